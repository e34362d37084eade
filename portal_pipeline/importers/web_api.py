"""Importing through Sage's Web API: create, read back, mark ready, post, read back per entry.

Source: Web API sheet 7 and 8; rules 5; design 6. Whether a document is in Sage is asked of its
database first: the API cannot search inside batches.
"""

from __future__ import annotations

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    READ_BACK_DIFFERS,
    WEB_API_UNREACHABLE,
)
from portal_pipeline.core.invoices.payload import batch_description
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.outcomes import (
    Absent,
    Found,
    FoundOther,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
    Unknown,
)
from portal_pipeline.core.sage import BatchStatus
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.importers.in_sage import NO_ANSWER, effects_of, refusal
from portal_pipeline.importers.port import Entry
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import ApBatch, ApEntry, SageWebApi


class WebApiImporter:
    """The Web API of one company; None stands for a tenant that has none configured."""

    def __init__(
        self, api: SageWebApi | None, database: SageDatabase, fields: OptionalFields
    ) -> None:
        self._api = api
        self._database = database
        self._fields = fields
        self._shells: dict[str, int] = {}
        """Open batches of ours without an entry, by UUID: what a refused POST may leave behind."""

    @property
    def _web_api(self) -> SageWebApi:
        if self._api is None:
            raise ConfigError(
                "no Sage Web API is set for the tenant",
                system="settings",
                remedy="set sage_web_api, or route the documents to hold",
            )
        return self._api

    def problem(self) -> str:
        """Why nothing can be imported now, by a read that needs our rights in A/P."""
        try:
            self._web_api.metadata("AP")
        except NO_ANSWER as error:
            return str(error)
        return ""

    # -- create ------------------------------------------------------------------------------------

    def create(self, uuid: str, payload: JsonObject) -> Outcome:
        """One batch with one invoice, read back; pending until it is posted.

        A batch of ours that the look-up found empty is filled instead of making another (Web API
        sheet 7.3).
        """
        shell = self._shells.pop(uuid, None)
        if shell is None:
            outcome = self._web_api.create_invoice_batch(payload)
        else:
            outcome = self._web_api.insert_invoice(shell, payload)
        match outcome:
            case Succeeded(remote_id=place) if "/" in place:
                return self._created(uuid, payload, place)
            case Succeeded(remote_id=batch_number):  # filled: the answer is empty
                return self._inserted(uuid, payload, int(batch_number))
            case Refused(is_attempt=False, detail=detail):
                finding = WEB_API_UNREACHABLE(detail=detail or outcome.code)
                return outcome.model_copy(update={"finding": finding})
            case _:
                return outcome

    def _created(self, uuid: str, payload: JsonObject, place: str) -> Outcome:
        """What the answer names, checked by reading it back where that is possible.

        The create is certain either way: a read-back that fails is made up for by the next cycle,
        which reads the entry from Sage's database.
        """
        sent = payload["Invoices"][0]
        name = f"{sent['VendorNumber']}/{sent['DocumentNumber']}"
        batch_number = int(place.partition("/")[0])
        pending = BATCH_WAITS_FOR_POSTING(document=name, batch=batch_number)
        try:
            batch = self._web_api.invoice_batch(batch_number)
        except NO_ANSWER:
            batch = None
        else:
            wrong = _difference(batch, uuid, payload, self._fields.cfdi_uuid)
            if wrong:
                pending = READ_BACK_DIFFERS(entry=place, difference=wrong)
        return Succeeded(remote_id=place, pending=pending, effects=effects_of(name, place, "open"))

    def _inserted(self, uuid: str, payload: JsonObject, batch_number: int) -> Outcome:
        """Which entry the invoice became, by reading the batch."""
        batch = self._batch(batch_number)
        if isinstance(batch, Unclear):
            return Unknown(detail=batch.detail)
        for entry in batch.entries if batch else ():
            if _uuid_of(entry, self._fields.cfdi_uuid) == uuid:
                return self._created(uuid, payload, f"{batch_number}/{entry.entry}")
        return Unknown(detail=f"Sage answered, but batch {batch_number} does not show the invoice")

    def look_up(self, uuid: str) -> LookUp:
        """Our batch of it, by its description."""
        if self._api is None:
            return Absent()  # nothing can have been sent this way
        try:
            return self._look_up_token(uuid)
        except NO_ANSWER as error:
            return Unclear(detail=str(error))

    def _look_up_token(self, uuid: str) -> LookUp:
        """Our batch by its description; an empty one is what a refused POST may leave behind."""
        for batch in self._web_api.invoice_batches_by_description(batch_description(uuid)):
            if batch.status == BatchStatus.OPEN and not batch.entries:
                self._shells[uuid] = batch.batch
            for entry in batch.entries if batch.status != BatchStatus.DELETED else ():
                if _uuid_of(entry, self._fields.cfdi_uuid) == uuid:
                    name, place = (
                        f"{entry.vendor_id}/{entry.number}",
                        f"{batch.batch}/{entry.entry}",
                    )
                    pending = BATCH_WAITS_FOR_POSTING(document=name, batch=batch.batch)
                    return Found(
                        remote_id=place,
                        pending=pending,
                        effects=effects_of(name, place, batch.status.value),
                    )
        return Absent()

    # -- ready and post: check state, act, check state ---------------------------------------------

    def mark_ready(self, entry: Entry) -> Outcome:
        """The batch is ready to post afterwards, and holds our entry alone."""
        before = self._before(entry)
        if isinstance(before, Refused):
            return before
        if before.status != BatchStatus.OPEN:
            return Succeeded(remote_id=entry.place)
        outcome = self._web_api.set_batch_status(entry.batch, "ReadyToPost")
        if not isinstance(outcome, Succeeded):
            return outcome
        return _as_outcome(self.look_up_ready(entry))

    def look_up_ready(self, entry: Entry) -> LookUp:
        """Found from READY on."""
        batch = self._batch(entry.batch)
        if isinstance(batch, Unclear):
            return batch
        if batch is None or batch.status in (BatchStatus.OPEN, BatchStatus.DELETED):
            return Absent()
        return Found(remote_id=entry.place)

    def post(self, entry: Entry) -> Outcome:
        """The entry is posted afterwards, or refused with Sage's posting error."""
        before = self._before(entry)
        if isinstance(before, Refused):
            return before
        if before.status == BatchStatus.OPEN:
            return Refused(code="not_ready", detail="the batch is open", is_attempt=False)
        if before.status == BatchStatus.READY:
            outcome = self._web_api.post_invoice_batch(entry.batch)
            if not isinstance(outcome, Succeeded):
                return outcome
        return _as_outcome(self.look_up_posted(entry))

    def look_up_posted(self, entry: Entry) -> LookUp:
        """Per entry: a batch reads as posted although some of its entries failed (sheet 8)."""
        batch = self._batch(entry.batch)
        if isinstance(batch, Unclear):
            return batch
        if batch is not None and batch.status == BatchStatus.POSTING:
            return Unclear(detail="Sage is posting the batch")
        if batch is None or batch.status != BatchStatus.POSTED:
            return Absent()
        ours = _entry_of(batch, entry)
        if ours is None:
            return Unclear(detail=f"the posted batch {batch.batch} has no entry {entry.entry}")
        name = f"{ours.vendor_id}/{ours.number}"
        if ours.error_entry:
            return FoundOther(
                finding=refusal(self._database, name, (ours.error_batch, ours.error_entry))
            )
        return Found(
            remote_id=str(batch.posting_sequence), effects=effects_of(name, entry.place, "posted")
        )

    def _before(self, entry: Entry) -> ApBatch | Refused:
        """The batch, when it holds our entry and no other."""
        batch = self._batch(entry.batch)
        if isinstance(batch, Unclear):
            finding = WEB_API_UNREACHABLE(detail=batch.detail)
            return Refused(code="no_answer", detail=batch.detail, finding=finding, is_attempt=False)
        ours = _entry_of(batch, entry) if batch else None
        if batch is None or ours is None:
            return Refused(code="entry_gone", detail=f"no entry {entry.place}")
        if len(batch.entries) != 1 or _uuid_of(ours, self._fields.cfdi_uuid) != entry.uuid:
            why = f"{len(batch.entries)} entries, UUID {_uuid_of(ours, self._fields.cfdi_uuid)}"
            finding = READ_BACK_DIFFERS(entry=entry.place, difference=why)
            return Refused(code="batch_changed", detail=why, finding=finding)
        return batch

    def _batch(self, number: int) -> ApBatch | Unclear | None:
        try:
            return self._web_api.invoice_batch(number)
        except NO_ANSWER as error:
            return Unclear(detail=str(error))


def _as_outcome(seen: LookUp) -> Outcome:
    """A write's outcome from what the state says after it."""
    match seen:
        case Found(remote_id=remote_id, effects=effects):
            return Succeeded(remote_id=remote_id, effects=effects)
        case FoundOther(finding=finding):
            return Refused(
                code=finding.code, detail=finding.params.get("error", "-"), finding=finding
            )
        case Absent():
            return Unknown(detail="Sage answered, but the batch has not changed")
        case Unclear(detail=detail):
            return Unknown(detail=detail)


def _entry_of(batch: ApBatch, entry: Entry) -> ApEntry | None:
    return next((one for one in batch.entries if one.entry == entry.entry), None)


def _uuid_of(entry: ApEntry, field: str) -> str:
    return entry.optional_fields.get(field, "").upper()


def _difference(batch: ApBatch | None, uuid: str, payload: JsonObject, field: str) -> str:
    """What of the created entry is not as sent; empty when all is."""
    if batch is None or len(batch.entries) != 1:
        return f"{len(batch.entries) if batch else 0} entries"
    entry, sent = batch.entries[0], payload["Invoices"][0]
    pairs = (
        ("VendorNumber", sent["VendorNumber"], entry.vendor_id),
        ("DocumentNumber", sent["DocumentNumber"], entry.number),
        ("DocumentTotalIncludingTax", sent["DocumentTotalIncludingTax"], entry.total_with_tax),
        ("UndistributedAmount", ZERO, entry.undistributed),
        (field, uuid, _uuid_of(entry, field)),
    )
    return ", ".join(f"{name} {one} / {other}" for name, one, other in pairs if one != other)
