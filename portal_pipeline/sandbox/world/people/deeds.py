"""Deeds: what a person will do, said before it is done; and what every person works with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from portal_pipeline.sandbox.portal import Cfdi, Payment, PortalSimulator
from portal_pipeline.sandbox.sage.company import SageCompany
from portal_pipeline.sandbox.world.calendar import ZONE, VirtualClock
from portal_pipeline.sandbox.world.scenes import Deed
from portal_pipeline.sandbox.world.tenants import Company

P = ParamSpec("P")
S = TypeVar("S")


def deed(method: Callable[Concatenate[S, P], object]) -> Callable[Concatenate[S, P], Deed]:
    """Turn what a person does into a method that gives it as a deed, to be done later."""

    @wraps(method)
    def later(self: S, /, *args: P.args, **kwargs: P.kwargs) -> Deed:
        return partial(method, self, *args, **kwargs)

    return later


class Desk:
    """One company's Sage and portal, and the time."""

    def __init__(
        self, company: Company, sage: SageCompany, portal: PortalSimulator, clock: VirtualClock
    ) -> None:
        self.company = company
        self.sage = sage
        self.portal = portal
        self.clock = clock

    @property
    def tenant(self) -> str:
        """The portal's id of the tenant."""
        return self.company.portal_id

    @property
    def today(self) -> date:
        """In the company's zone."""
        return self.sage.today

    def local_time(self) -> datetime:
        """Now, as a CFDI says it: local, without zone."""
        return self.clock().astimezone(ZONE).replace(tzinfo=None, microsecond=0)

    def cfdi(self, uuid: str) -> Cfdi:
        """The portal's document.

        Raises:
            KeyError: the portal has none.
        """
        found = self.portal.cfdi(self.tenant, uuid)
        if found is None:
            raise KeyError(uuid)
        return found

    def payment(self, number: str) -> Payment:
        """The portal's payment of a number of Sage.

        Raises:
            KeyError: the portal has none.
        """
        found = self.portal.payments_of(self.tenant, number)
        if not found:
            raise KeyError(number)
        return found[0]
