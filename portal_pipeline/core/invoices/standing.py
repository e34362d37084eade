"""Where a CFDI stands in Sage and how that is known: short texts that the ledger keeps.

Written with every reading of Sage (rules 5); read by traces, reports and checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal_pipeline.core.invoices.confirmation import Confirmation, Origin
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.sage import SageDocument

SAGE_BATCH = "sage_batch"
"""Detail: ``BATCH/ENTRY`` of the Sage document at the last reading."""
KNOWN_BY = "known_by"
"""Detail: ``uuid``, or the source of the link that names the Sage document."""
UUID_ON = "uuid_on"
"""Detail: where in Sage that document carries the UUID, as ``ap_entry,posted``."""
ROUTE = "route"
"""Detail: the way by which our import was sent."""
BY_UUID = "uuid"

SEEN_IN_SAGE = frozenset(
    {
        "batch_waits_for_posting",
        "posting_refused",
        "read_back_differs",
        "sage_document_differs",
        "uuid_on_two_documents",
    }
)
"""Findings of an import that say that Sage holds the document, though it is not confirmed."""


def standing_of(
    found: Confirmation, place: str, by_uuid: Sequence[SageDocument], link: Link | None
) -> dict[str, str]:
    """The details of a CFDI that Sage holds.

    Args:
        found: how far it is in Sage, with the document that proves it.
        place: ``BATCH/ENTRY`` of that document, empty where it has none.
        by_uuid: Sage's documents that carry the UUID.
        link: the link that counts, where the CFDI was found by one.
    """
    document = found.document
    if document is None:
        return {}
    sources = {
        one.source.value
        for one in by_uuid
        if (one.vendor_id, one.number) == (document.vendor_id, document.number)
    }
    by_link = link.source if link else ""
    return {
        SAGE_BATCH: place,
        KNOWN_BY: BY_UUID if found.origin == Origin.UUID else by_link,
        UUID_ON: ",".join(sorted(sources)),
    }
