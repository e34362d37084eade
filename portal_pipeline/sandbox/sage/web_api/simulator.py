"""The simulated Web API: one function from request to response, over simulated companies.

Thread-safe and deterministic: numbers come from the company, time from the clock, faults from a
plan. Source: Web API sheet 10.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.http import ConnectionDropped, Request, Response
from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused
from portal_pipeline.sandbox.sage.company.unit import Unit
from portal_pipeline.sandbox.sage.web_api import vendors
from portal_pipeline.sandbox.sage.web_api.access import WebApiUser, checked_user
from portal_pipeline.sandbox.sage.web_api.ap_shapes import INVOICE_BATCH
from portal_pipeline.sandbox.sage.web_api.batches import BatchWriter, as_web_api_error
from portal_pipeline.sandbox.sage.web_api.catalogue import Resource, find_resource
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.faults import Commit, FaultPlan, spoiled
from portal_pipeline.sandbox.sage.web_api.feeds import entry, feed, keyed_row
from portal_pipeline.sandbox.sage.web_api.metadata import metadata_document
from portal_pipeline.sandbox.sage.web_api.posting import PostingQueue, batches_to_post
from portal_pipeline.sandbox.sage.web_api.routes import Address, Key, parsed_address
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

RECORDED_REQUESTS_MAX = 20_000
DEFAULT_SWITCHES = WebApiSwitches()
_NO_CONTENT = Response(204)


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came, without its headers; ``status`` is None when no answer went out."""

    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    status: int | None


@dataclass
class _Waiting:
    """A request whose effect comes later; ``calls`` is how many requests away."""

    request: Request
    calls: int


@dataclass(frozen=True)
class _Call:
    """One request with what its address names."""

    company: SageCompany
    resource: Resource
    address: Address
    request: Request


class SageWebApiSimulator:
    """The Web API of every company of one Sage server.

    ``companies`` by their company id (upper case); ``switches`` may be changed between calls.
    """

    def __init__(
        self,
        companies: Mapping[str, SageCompany],
        users: Iterable[WebApiUser],
        *,
        clock: Callable[[], datetime],
        switches: WebApiSwitches = DEFAULT_SWITCHES,
    ) -> None:
        self.switches = switches
        self.faults = FaultPlan()
        self.requests: deque[RecordedRequest] = deque(maxlen=RECORDED_REQUESTS_MAX)
        self._companies = {code.upper(): company for code, company in companies.items()}
        self._users = {user.name.upper(): user for user in users}
        self._clock = clock
        self._lock = threading.RLock()
        self._posting = PostingQueue()
        self._waiting: list[_Waiting] = []
        self._held: dict[tuple[str, int], tuple[datetime, str]] = {}

    def handle(self, request: Request) -> Response:
        """The Web API's answer.

        Raises:
            ConnectionDropped: where a fault closes the connection.
        """
        with self._lock:
            self._settle_waiting()
            self._posting.settle(self._clock())
            fault = self.faults.strike(request)
            try:
                if fault is None:
                    response = self._answer(request)
                else:
                    if fault.commit is Commit.LATER:
                        self._waiting.append(_Waiting(request, fault.later_calls))
                    answer = self._answer(request) if fault.has_normal_effect else None
                    response = spoiled(fault, answer)
            except ConnectionDropped:
                self._record(request, None)
                raise
            self._record(request, response.status)
            return replace(response, delay_s=response.delay_s + self._delay_s(request))

    def hold_batch(self, company: str, batch: int, *, seconds: float, user: str = "ADMIN") -> None:
        """Someone has the batch open in the desktop: changing or posting it fails that long."""
        until = self._clock() + timedelta(seconds=seconds)
        with self._lock:
            self._held[company.upper(), batch] = (until, user)

    def settle(self) -> None:
        """Let every effect that was to come later come now, and post what is due."""
        with self._lock:
            for waiting in self._waiting:
                waiting.calls = 1
            self._settle_waiting()
            self._posting.settle(self._clock())

    def _settle_waiting(self) -> None:
        for waiting in self._waiting:
            waiting.calls -= 1
        due = [waiting for waiting in self._waiting if waiting.calls <= 0]
        self._waiting = [waiting for waiting in self._waiting if waiting.calls > 0]
        for waiting in due:
            self._answer(waiting.request)

    def _record(self, request: Request, status: int | None) -> None:
        self.requests.append(
            RecordedRequest(
                at=self._clock(),
                method=request.method,
                path=request.path,
                query=request.query,
                body=request.body,
                status=status,
            )
        )

    def _delay_s(self, request: Request) -> float:
        """How long the real server would take (rule 22); 0 unless switched on."""
        now, switches = self._clock(), self.switches
        idle = timedelta(seconds=switches.idle_after_s)
        is_cold = len(self.requests) < 2 or now - self.requests[-2].at > idle
        start = switches.start_delay_s if is_cold else 0.0
        if request.method == "GET":
            return start + switches.read_delay_s
        if "$process" in request.path.lower():
            return start + switches.process_delay_s
        lines = request.body.count(b'"DistributedAmount"')
        return start + switches.write_delay_s + lines * switches.line_delay_s

    def _answer(self, request: Request) -> Response:
        try:
            return self._routed(request)
        except WebApiError as error:
            return error.response()
        except SageRefused as error:
            return as_web_api_error(error).response()

    def _routed(self, request: Request) -> Response:
        address = parsed_address(request.path)
        company = self._companies.get(address.company)
        if company is None:
            raise WebApiError("Unauthorized", f"No company {address.company}")
        checked_user(self._users, self.switches, request.headers, address.company, address.module)
        self._check_content_type(request)
        if address.resource.lower() == "$metadata":
            return metadata_document(address.module, tells_verbs=self.switches.metadata_tells_verbs)
        resource = find_resource(address.module, address.resource)
        if resource is None:
            raise WebApiError("ResourceNotFound", f"No {address.module}/{address.resource}")
        if request.method not in resource.verbs:
            raise WebApiError(
                "MethodNotAllowed", f"{request.method} is not offered by {resource.name}"
            )
        call = _Call(company, resource, address, request)
        return self._read(call) if request.method == "GET" else self._written(call)

    def _check_content_type(self, request: Request) -> None:
        is_read = request.method == "GET"
        if is_read and not self.switches.content_type_needed_on_reads:
            return
        if "application/json" not in request.headers.get("content-type", "").lower():
            raise WebApiError("InternalServerError", "Object reference not set to an instance")

    def _read(self, call: _Call) -> Response:
        with call.company.reading() as unit:
            if call.address.key is None:
                return feed(unit, call.resource, call.request, self.switches)
            return entry(unit, call.resource, call.address.key, call.request)

    def _written(self, call: _Call) -> Response:
        payload = _payload(call.request) if call.request.method != "DELETE" else {}
        key = call.address.key
        if call.request.method == "POST":
            if call.resource.is_process:
                return self._processed(call, payload)
            if key is not None:
                raise WebApiError("InvalidAction", "POST takes no key but $process, $template")
            return self._inserted(call, payload)
        if key is None:
            raise WebApiError("InvalidEntityKey", f"{call.request.method} needs a key")
        return self._changed(call, key, payload)

    def _inserted(self, call: _Call, payload: Mapping[str, Any]) -> Response:
        match call.resource.name:
            case "APInvoiceBatches":
                batch = self._insert_batch(call.company, payload)
                created: Key = (("", str(batch)),)
            case "APVendors":
                with call.company.writing() as unit:
                    created = (("", vendors.create_vendor(unit, payload)),)
            case name:
                raise WebApiError("General", f"POST to {name} is not simulated")
        with call.company.reading() as unit:
            shown = entry(unit, call.resource, created, replace(call.request, query=()))
        return replace(shown, status=self.switches.success_status)

    def _insert_batch(self, company: SageCompany, payload: Mapping[str, Any]) -> int:
        INVOICE_BATCH.check(payload)
        # The number is taken by itself: Sage does not give it back when the rest fails (rule 11).
        burnt = None
        if self.switches.failed_post_burns_number:
            with company.writing() as unit:
                burnt = unit.take("ap_invoice_batch")
        with company.writing() as unit:
            batch = burnt or unit.take("ap_invoice_batch")
            failure = self._writer(unit, company).insert(batch, payload)
            is_kept = unit.row("APIBC", {"CNTBTCH": batch}, "CNTBTCH") is not None
            if failure is not None and not is_kept:
                raise failure  # within the transaction: an unburnt number goes back
        if failure is not None:
            raise failure
        return batch

    def _changed(self, call: _Call, key: Key, payload: Mapping[str, Any]) -> Response:
        with call.company.writing() as unit:
            row = keyed_row(unit, call.resource, key)
            match call.request.method, call.resource.name:
                case "PATCH", "APInvoiceBatches":
                    batch = int(row["CNTBTCH"])
                    self._check_not_held(call.address.company, batch)
                    INVOICE_BATCH.check(payload)
                    self._writer(unit, call.company).change(batch, payload)
                case "PATCH", _:
                    vendors.change_vendor(unit, row["VENDORID"], payload)
                case "PUT", _:
                    vendors.replace_vendor(unit, row["VENDORID"], payload)
                case _:
                    vendors.delete_vendor(unit, row["VENDORID"])
        return _NO_CONTENT

    def _processed(self, call: _Call, payload: Mapping[str, Any]) -> Response:
        if call.address.action != "process":
            raise WebApiError("InvalidAction", f"{call.resource.name} takes $process only")
        with call.company.reading() as unit:
            batches = batches_to_post(unit, payload, self.switches)
        for batch in batches:
            self._check_not_held(call.address.company, batch)
        for batch in batches:
            self._posting.post(
                call.company, batch, now=self._clock(), takes_s=self.switches.posting_takes_s
            )
        return _NO_CONTENT

    def _check_not_held(self, company: str, batch: int) -> None:
        until, user = self._held.get((company, batch), (self._clock(), ""))
        if self._clock() < until:
            raise WebApiError("General", f"Batch {batch} is in use by {user}. Try again later.")

    def _writer(self, unit: Unit, company: SageCompany) -> BatchWriter:
        return BatchWriter(unit, company.tax_group, self.switches)


def _payload(request: Request) -> Mapping[str, Any]:
    try:
        value = load_json(request.body)
    except ValueError as error:
        raise WebApiError("InvalidPayload", "The body is not JSON") from error
    if not isinstance(value, dict):
        raise WebApiError("InvalidPayload", "The body is not a JSON object")
    return value
