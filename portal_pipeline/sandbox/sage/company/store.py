"""What every action of a company needs: its database, its clock, its set-up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from portal_pipeline.core.money import DIVIDE, ZERO, cents, to_functional
from portal_pipeline.sage.authorisation_tables import AUTHORISATION_METADATA
from portal_pipeline.sage.tables import sage_metadata
from portal_pipeline.sandbox.sage.company.engine import WRITES
from portal_pipeline.sandbox.sage.company.entries import SageRefused
from portal_pipeline.sandbox.sage.company.marker import claim
from portal_pipeline.sandbox.sage.company.seed import PURCHASES, TAX_GROUPS, seed_company
from portal_pipeline.sandbox.sage.company.taxes import TaxGroup
from portal_pipeline.sandbox.sage.company.unit import Unit

_USUAL_CLASSES = {group.name: group.usual_classes for group in TAX_GROUPS}


class CompanyStore:
    """One company's database; actions are serialised, each is one transaction.

    Args:
        engine: of the Sage database (see ``sandbox_engine``).
        org_id: ``CSCOM.ORGID``, at most 6 characters.
        clock: the sandbox's clock; gives aware moments.
        zone: the company's zone; business dates are dates there, audit stamps are UTC.
        authorisation_engine: of the third-party authorisation database; None: there is none.
        empresa: the company's name in that database.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        org_id: str,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        authorisation_engine: Engine | None = None,
        empresa: str = "",
    ) -> None:
        self.engine = engine
        self.org_id = org_id
        self.clock = clock
        self.zone = zone
        self.authorisation_engine = authorisation_engine
        self.empresa = empresa or org_id
        self._lock = threading.RLock()
        self._tax_groups: dict[str, TaxGroup] = {}

    @classmethod
    def create(
        cls,
        engine: Engine,
        *,
        org_id: str,
        name: str,
        rfc: str,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        authorisation_engine: Engine | None = None,
        empresa: str = "",
    ) -> Self:
        """The company, with tables and set-up; opened as it is when it exists already.

        Raises:
            SageRefused: ``not_a_sandbox`` when either database is not the sandbox's.
        """
        claim(engine, sage_metadata(empty_defaults=True), org_id)
        if authorisation_engine is not None:
            claim(authorisation_engine, AUTHORISATION_METADATA, "authorisations")
        company = cls(
            engine,
            org_id=org_id,
            clock=clock,
            zone=zone,
            authorisation_engine=authorisation_engine,
            empresa=empresa,
        )
        with company.writing() as unit:
            if unit.fact("seeded") is None:
                seed_company(unit, name=name, rfc=rfc)
                unit.set_fact("seeded", "1")
        return company

    @property
    def today(self) -> date:
        """The business date."""
        return self.clock().astimezone(self.zone).date()

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """A transaction; everything or nothing of an action."""
        with self._lock, self._connected(writes=True) as connection:
            yield self._unit(connection)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A transaction that only reads."""
        with self._connected(writes=False) as connection:
            yield self._unit(connection)

    @contextmanager
    def _connected(self, *, writes: bool) -> Iterator[Connection]:
        options = {WRITES: writes}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def _unit(self, connection: Connection) -> Unit:
        return Unit(connection, org_id=self.org_id, moment=self.clock(), today=self.today)

    # --- set-up that actions look up ---------------------------------------------------------

    def _tax_group(self, unit: Unit, name: str) -> TaxGroup:
        """A tax group with its rates; set-up is read once.

        Raises:
            SageRefused: ``txgrp_unknown``.
        """
        if name not in self._tax_groups:
            row = unit.needed("TXGRP", {"GROUPID": name, "TTYPE": PURCHASES})
            named = (row[f"AUTHORITY{n}"] for n in range(1, 6))
            authorities = tuple(filter(None, named))
            self._tax_groups[name] = TaxGroup(
                name=name,
                authorities=authorities,
                rates=tuple(_rates(unit, authority) for authority in authorities),
                usual_classes=_USUAL_CLASSES.get(name, (1,) * len(authorities)),
            )
        return self._tax_groups[name]

    def tax_group(self, name: str) -> TaxGroup:
        """A tax group for purchases with its rates by item class.

        Raises:
            SageRefused: ``txgrp_unknown``.
        """
        if name in self._tax_groups:
            return self._tax_groups[name]
        with self.reading() as unit:
            return self._tax_group(unit, name)

    def set_exchange_rate(self, *, currency: str, rate: Decimal, on: date | None = None) -> None:
        """Pesos for one unit of a currency, from a day on."""
        with self.writing() as unit:
            unit.set_fact(f"rate:{currency}:{on or unit.today:%Y%m%d}", str(rate))

    def exchange_rate(self, *, currency: str, on: date) -> Decimal | None:
        """The rate of that day or the last before it; 1 for pesos; None where none is known."""
        with self.reading() as unit:
            return rate_on(unit, currency, on)

    def set_periods_closed(self, *, through: date) -> None:
        """Close every period until that day: nothing posts to it any more."""
        with self.writing() as unit:
            unit.set_fact("closed_through", through.isoformat())

    def periods_closed_through(self) -> date | None:
        """Last day of the last closed period."""
        with self.reading() as unit:
            return closed_through(unit)

    def require_invoice_fields(self, *names: str) -> None:
        """Make optional fields required for A/P invoices: without them an entry does not post."""
        with self.writing() as unit:
            unit.set_fact("required_invoice_fields", " ".join(names))


def _rates(unit: Unit, authority: str) -> Mapping[int, Decimal]:
    """Percent by item class."""
    key = {"AUTHORITY": authority, "TTYPE": PURCHASES, "BUYERCLASS": 1}
    row = unit.needed("TXRATE", key)
    return {n: row[f"ITEMRATE{n}"] for n in range(1, 11)}


def closed_through(unit: Unit) -> date | None:
    """Last day of the last closed period."""
    found = unit.fact("closed_through")
    return date.fromisoformat(found) if found else None


def home_currency(unit: Unit) -> str:
    """The company's functional currency."""
    return str(unit.needed("CSCOM", {"ORGID": unit.org_id}, "HOMECUR")["HOMECUR"])


def rate_on(unit: Unit, currency: str, day: date) -> Decimal | None:
    """Rate to functional currency by multiplication; None where none is known."""
    if currency == home_currency(unit):
        return Decimal(1)
    known = unit.facts(f"rate:{currency}:")
    before = [since for since in known if since <= f"{day:%Y%m%d}"]
    return Decimal(known[max(before)]) if before else None


def needed_rate(unit: Unit, currency: str, day: date, given: Decimal | None) -> Decimal:
    """The given rate, else the one of the day.

    Raises:
        SageRefused: ``rate_missing``.
    """
    rate = given if given is not None else rate_on(unit, currency, day)
    if rate is None:
        raise SageRefused("rate_missing", f"no rate of {currency} for {day}")
    return rate


def functional(amount: Decimal, rate: Decimal, operator: int) -> Decimal:
    """Functional amount in cents; 0 while the rate is not known."""
    return cents(to_functional(amount, rate, operator)) if rate > 0 else ZERO


def source_amount(amount: Decimal, rate: Decimal, operator: int) -> Decimal:
    """The amount in a currency whose functional amount this is, in cents."""
    return cents(amount * rate if operator == DIVIDE else amount / rate)
