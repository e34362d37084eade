"""How many stories begin."""

from __future__ import annotations

from portal_pipeline.sandbox.world.deals import Deal
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Scene, ago


def captured(people: Office, *deals: Deal, days_ago: int = 10) -> list[Scene]:
    """Invoices that lie in both systems: approved in the portal, captured two days later."""
    return [
        ago(days_ago, *(people.bills(deal, approved=True) for deal in deals)),
        ago(days_ago - 2, *(people.captures(deal) for deal in deals)),
    ]
