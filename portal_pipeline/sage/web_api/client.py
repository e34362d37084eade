"""The Sage Web API of one company: bounded reads, and writes with three outcomes.

Source: Web API sheet 2, 7 and 8. Reads raise; writes never do, they return an outcome and are
sent once. Who writes reads back: posting can succeed by half (sheet 1.4).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Literal, Self
from urllib.parse import quote

from pydantic import SecretStr

from portal_pipeline.core.errors import DefectError, SystemUnavailable
from portal_pipeline.core.outcomes import Outcome, Refused, Succeeded, Unknown
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.sage.web_api import records
from portal_pipeline.sage.web_api.decisions import Failure, OnWrite, Success, judged
from portal_pipeline.sage.web_api.metadata import parsed_metadata
from portal_pipeline.sage.web_api.models import (
    ApBatch,
    PostedDocument,
    VendorRecord,
    WebApiMetadata,
)
from portal_pipeline.sage.web_api.reading import Reader, ReadRetry
from portal_pipeline.sage.web_api.transport import (
    SYSTEM,
    HttpTransport,
    NoAnswer,
    NotSent,
    Timeouts,
    Transport,
)

MAX_BODY_BYTES = 32 * 1024 * 1024
_TIMEOUTS = Timeouts()
_RETRY = ReadRetry()


class SageWebApi:
    """One company's Web API; safe to share between threads, one write at a time.

    Sage wants one writer per company (sheet 7.6). ``transport`` takes the place of the network.
    """

    def __init__(
        self,
        *,
        base_url: str,
        company: str,
        user: str,
        password: SecretStr,
        transport: HttpTransport | None = None,
        timeouts: Timeouts = _TIMEOUTS,
        retry: ReadRetry = _RETRY,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._http = Transport(
            base_url=base_url,
            company=company,
            user=user,
            password=password,
            timeouts=timeouts,
            max_body_bytes=max_body_bytes,
            transport=transport,
        )
        self._reader = Reader(self._http, retry)
        self._one_writer = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SageWebApi({self._http.root})"

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # Reads; the errors that each can raise are named at Reader.

    def metadata(self, module: str) -> WebApiMetadata:
        """What the installation offers in a module (``AP``, ``PO``)."""
        path = f"{quote(module, safe='')}/$metadata"
        return parsed_metadata(module, self._reader.document(path, "application/xml"))

    def invoice_batch(self, batch: int) -> ApBatch | None:
        """The A/P invoice batch with its entries, or None when there is none of that number."""
        record = self._reader.record(f"AP/APInvoiceBatches({batch})")
        return None if record is None else records.ap_batch(record)

    def invoice_batches_by_description(self, description: str) -> list[ApBatch]:
        """All batches of exactly that description, blanks at the ends and case apart.

        Raises:
            IncompleteListing: the server gave fewer than it counted, or more pages than allowed.
        """
        wanted = description.strip()
        rows = self._reader.listing("AP/APInvoiceBatches", f"Description eq {_literal(wanted)}")
        batches = [records.ap_batch(row) for row in rows]
        return [batch for batch in batches if batch.description.upper() == wanted.upper()]

    def posted_document(self, vendor: str, number: str) -> PostedDocument | None:
        """The posted A/P document of a vendor, or None when that number is not posted."""
        key = f"VendorNumber={_key(vendor)},DocumentNumber={_key(number)}"
        record = self._reader.record(f"AP/APPostedDocuments({key})")
        return None if record is None else records.posted_document(record)

    def vendor(self, vendor_id: str) -> VendorRecord | None:
        """The vendor, or None when there is none of that number."""
        record = self._reader.record(f"AP/APVendors({_key(vendor_id)})")
        return None if record is None else records.vendor(record)

    # Writes: sent once, properties in the order of the mapping given (Sage applies them so).

    def create_invoice_batch(self, payload: JsonObject) -> Outcome:
        """Create an open batch with one invoice; ``remote_id`` is ``BATCH/ENTRY``.

        A refusal may leave a batch without entries behind (sheet 1.5).

        Raises:
            DefectError: when the payload holds other than one invoice.
        """
        _the_invoice(payload)
        return self._write("POST", "AP/APInvoiceBatches", payload, is_create=True, name=_batch_name)

    def insert_invoice(self, batch: int, payload: JsonObject) -> Outcome:
        """Put the one invoice of a batch's payload into an open batch that exists already.

        The answer is empty: read the batch back to know the entry. Source: Web API sheet 7.2.

        Raises:
            DefectError: when the payload holds other than one invoice.
        """
        change = {"Invoices": [{"UpdateOperation": "Insert", **_the_invoice(payload)}]}
        path = f"AP/APInvoiceBatches({batch})"
        return self._write("PATCH", path, change, name=lambda _: str(batch))

    def set_batch_status(self, batch: int, status: Literal["ReadyToPost", "Open"]) -> Outcome:
        """Mark a batch ready to post, or open it again; read the batch back to know."""
        path = f"AP/APInvoiceBatches({batch})"
        return self._write("PATCH", path, {"BatchStatus": status}, name=lambda _: str(batch))

    def post_invoice_batch(self, batch: int) -> Outcome:
        """Ask Sage to post one batch; success says only that it answered: read the batch back."""
        payload = {
            "ProcessAllBatches": "Donotpostallbatches",
            "FromBatch": batch,
            "ToBatch": batch,
        }
        path = "AP/APPostInvoices('$process')"
        return self._write("POST", path, payload, name=lambda _: str(batch))

    def create_vendor(self, payload: JsonObject) -> Outcome:
        """Create a vendor; ``remote_id`` is its number. One that exists is a duplicate."""
        vendor_id = str(payload.get("VendorNumber", ""))
        return self._write(
            "POST", "AP/APVendors", payload, is_create=True, name=lambda _: vendor_id
        )

    def patch_vendor(self, vendor_id: str, payload: JsonObject) -> Outcome:
        """Change the given fields of a vendor; optional fields not named stay as they are."""
        path = f"AP/APVendors({_key(vendor_id)})"
        return self._write("PATCH", path, payload, name=lambda _: vendor_id)

    def _write(
        self,
        method: str,
        path: str,
        payload: JsonObject,
        *,
        name: Callable[[Mapping[str, object] | None], str],
        is_create: bool = False,
    ) -> Outcome:
        body = dump_json(payload)
        try:
            with self._one_writer:
                answer = self._http.send(method, path, body)
        except NotSent as error:
            return Refused(code="NotSent", detail=str(error), is_attempt=False)
        except NoAnswer as error:
            return Unknown(detail=str(error))
        match judged(answer):
            case Success(value):
                try:
                    return Succeeded(remote_id=name(value))
                except SystemUnavailable as error:
                    return Unknown(detail=self._http.redacted(error.message))
            case Failure() as failure:
                return self._outcome(failure, is_create=is_create)

    def _outcome(self, failure: Failure, *, is_create: bool) -> Outcome:
        consequence = failure.consequence
        kind = consequence.on_create if is_create else consequence.on_change
        detail = self._http.redacted(failure.message)
        if kind == OnWrite.UNKNOWN:
            return Unknown(detail=self._http.redacted(f"{failure.code}: {failure.message}"))
        return Refused(
            code=self._http.redacted(failure.code),
            detail=detail,
            is_duplicate=kind == OnWrite.DUPLICATE,
            is_attempt=kind != OnWrite.NOT_AN_ATTEMPT,
            retry_after_s=failure.retry_after_s,
        )


def _the_invoice(payload: JsonObject) -> JsonObject:
    invoices = payload.get("Invoices")
    if not isinstance(invoices, list | tuple) or len(invoices) != 1:
        raise DefectError(
            "a batch is created with exactly one invoice",
            system=SYSTEM,
            remedy="whether a request of several is atomic is not known: send one each",
        )
    invoice: JsonObject = invoices[0]
    return invoice


def _batch_name(record: Mapping[str, object] | None) -> str:
    """``BATCH/ENTRY`` of a created batch.

    Raises:
        SystemUnavailable: when the answer does not name both.
    """
    if record is None:
        raise records.unreadable("the created batch came back empty")
    batch = records.whole(record, "BatchNumber")
    entries = records.records(record, "Invoices")
    if batch <= 0 or len(entries) != 1:
        raise records.unreadable(f"the created batch {batch} came back with {len(entries)} entries")
    return f"{batch}/{records.whole(entries[0], 'EntryNumber')}"


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _key(text: str) -> str:
    """A text key for the path: quoted, quotes doubled, everything unsafe percent-encoded."""
    return quote(_literal(text), safe="'")
