"""Reading from the ledger what the asset checks judge; loaded only in a run."""

from __future__ import annotations

from datetime import timedelta

from portal_pipeline.core.counted import Counted
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings import load_all
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.tenant import Intervals
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.ledger.health import (
    Business,
    count_in,
    count_stuck,
    count_unaccounted,
    count_waiting,
)
from portal_pipeline.ledger.reports import latest_report
from portal_pipeline.orchestration.health import OPERATIONS_OF, TenantHealth


def health_of(
    ledger: TenantLedger, name: ControllerName, intervals: Intervals
) -> TenantHealth | None:
    """The state of one tenant, as far as one controller is concerned; None: it never ran.

    A fixed number of statements, whatever the number of documents.
    """
    latest = latest_report(ledger, name)
    if latest is None:
        return None  # there is nothing to judge
    at, report = latest
    held_too_long = intervals.held_too_long
    business = Business(*OPERATIONS_OF[name])
    is_import = name == ControllerName.CFDI_IMPORT
    ageless = sorted(code for code, kind in load_all().items() if not kind.ages)
    return TenantHealth(
        tenant=ledger.tenant,
        report=report,
        refused=count_in(ledger, business, (Status.REFUSED, Status.REJECTED)),
        stuck=count_stuck(ledger, business, intervals.in_doubt_too_long),
        too_long=count_waiting(ledger, business, ledger.clock() - held_too_long, ageless),
        in_doubt=count_in(ledger, business, (Status.IN_FLIGHT,)),
        # A download since the latest import step is that of a cycle that goes on now.
        unaccounted=count_unaccounted(ledger, business.kinds, at) if is_import else Counted(),
        hours=held_too_long // timedelta(hours=1),
    )
