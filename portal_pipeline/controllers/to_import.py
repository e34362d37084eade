"""Which downloaded documents cfdi_import still has to decide on, between two daily sweeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.ledger.open_documents import FollowUp, not_followed_up
from portal_pipeline.ledger.reports import ListingState

SWEEP = "ledger.cfdi_import"
"""Under this name the ledger keeps when every import was last looked at."""
OVERLAP = timedelta(days=1)
IMPORT = FollowUp(
    first=Operation.DOWNLOAD,
    begun=(Status.DONE,),
    then=Operation.IMPORT,
    ended=(Status.DONE, Status.DISMISSED, Status.OUT_OF_SCOPE),
)


def to_import(ledger: TenantLedger, kind: DocumentKind, swept: ListingState) -> Iterator[str]:
    """Keys of what is downloaded and not finished.

    ``swept`` is what is known of the last complete sweep (``SWEEP``), which has given every earlier
    document a row.
    """
    since = None if swept.watermark is None else swept.watermark - OVERLAP
    return not_followed_up(ledger, kind, IMPORT, since)
