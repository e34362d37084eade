"""``APPostInvoices('$process')``: which batches post, and when. Source: rules 19 to 21."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused
from portal_pipeline.sandbox.sage.company.ap_batches import BatchState
from portal_pipeline.sandbox.sage.company.unit import Unit
from portal_pipeline.sandbox.sage.web_api.ap_shapes import POST_INVOICES
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.records import all_rows
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

BATCHES_MAX = 1_000


def batches_to_post(
    unit: Unit, payload: Mapping[str, Any], switches: WebApiSwitches
) -> tuple[int, ...]:
    """The ready batches that a process call names.

    Raises:
        WebApiError: General for a posted batch, an empty range and, by the switch, a batch that
            is not ready; InvalidPayload.
    """
    values = POST_INVOICES.accepted(payload)
    rows = all_rows(unit, "APIBC", "CNTBTCH", "BTCHSTTS")
    is_ready = {row["CNTBTCH"]: row["BTCHSTTS"] == BatchState.READY for row in rows}
    if values.get("ProcessAllBatches"):
        return tuple(batch for batch, ready in is_ready.items() if ready)
    first, last = values.get("FromBatch", 0), values.get("ToBatch", 0)
    named = [row for row in rows if first <= row["CNTBTCH"] <= last]
    if not named or len(named) > BATCHES_MAX:
        raise WebApiError("General", f"No batches from {first} to {last} can be posted")
    for row in named:
        batch, state = row["CNTBTCH"], row["BTCHSTTS"]
        if state in {BatchState.POSTED, BatchState.POSTING}:
            raise WebApiError("General", f"Batch {batch} is posted already")
        if state != BatchState.READY and switches.batch_not_ready == "error":
            raise WebApiError("General", f"Batch {batch} is not ready to post")
    return tuple(row["CNTBTCH"] for row in named if is_ready[row["CNTBTCH"]])


class PostingQueue:
    """Batches that read as being posted until their time has come."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, SageCompany, int]] = []

    def post(self, company: SageCompany, batch: int, *, now: datetime, takes_s: float) -> None:
        """Post a batch, at once or after that time."""
        if takes_s <= 0:
            company.post_ap_invoice_batch(batch)
            return
        company.set_ap_batch_posting(batch=batch)
        self._due.append((now + timedelta(seconds=takes_s), company, batch))

    def settle(self, now: datetime) -> None:
        """Post what is due."""
        due = [item for item in self._due if item[0] <= now]
        self._due = [item for item in self._due if item[0] > now]
        for _, company, batch in due:
            try:
                company.post_ap_invoice_batch(batch)
            except SageRefused as refusal:
                if refusal.reason != "batch_not_postable":
                    raise
                # A person posted or deleted it in the meantime.
