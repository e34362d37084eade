"""What a person may do with an operation (rules 1: ways out for a person)."""

from __future__ import annotations

from enum import StrEnum

from portal_pipeline.core.decisions import OPEN_STATUSES, Status
from portal_pipeline.core.findings import Exit, Finding, load_all
from portal_pipeline.core.transitions import Event


class Way(StrEnum):
    """A way out, or the taking back of one."""

    REQUEUE = "requeue"
    LINK = "link"
    DISMISS = "dismiss"
    RESTORE = "restore"
    """Takes a dismissal back (``dismiss --undo``)."""
    ADMIT = "admit"
    CONFIRM = "confirm"

    @property
    def event(self) -> Event:
        """Its line of history."""
        return Event.APPROVE if self == Way.CONFIRM else Event(self.value)


UNEXPLAINED = (Exit.REQUEUE, Exit.DISMISS)
"""Exits of what is in flight or taken up again and has no finding yet: those of a doubt."""


def offered(status: Status, finding: Finding | None) -> tuple[Exit, ...]:
    """The exits of an operation; none once it is finished or dismissed.

    A finding that this release does not know offers none.
    """
    if status not in (*OPEN_STATUSES, Status.OUT_OF_SCOPE):
        return ()
    if finding is None:
        return UNEXPLAINED
    kind = load_all().get(finding.code)
    return kind.exits if kind else ()


def not_offered(way: Way, status: Status, finding: Finding | None) -> str:
    """Why the finding does not allow a way out, with those that it offers; blank: it does."""
    if way == Way.RESTORE:
        return "" if status == Status.DISMISSED else f"{status.value} is not dismissed"
    exits = offered(status, finding)
    if way.value in {one.value for one in exits}:
        return ""
    what = finding.code if finding and status not in (Status.DONE, Status.DISMISSED) else status
    names = ", ".join(one.value for one in exits) or "no way out"
    return f"{what} offers {names}"
