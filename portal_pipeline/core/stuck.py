"""What will not move by itself any more (rules 9): everything else waits for time or for others."""

from __future__ import annotations

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings import RetryClass, load_all

ALWAYS_STUCK = (Status.REJECTED,)
"""Our rules say that it cannot go as it is: somebody must mend the source."""
STUCK_WHERE_CURED_BY_PEOPLE = (Status.REFUSED,)
"""Tried again only on change or on request, where the finding is one of ``cured_by_people``."""
STUCK_AFTER_A_WHILE = (Status.IN_FLIGHT,)
"""Two looks settle a doubt; one that lasts for hours is not settled by another look."""


def cured_by_people() -> tuple[str, ...]:
    """Codes of the refusals that are not tried again at an interval, attempts used up included."""
    kinds = load_all().values()
    return tuple(sorted(kind.code for kind in kinds if kind.retry == RetryClass.ON_CHANGE))
