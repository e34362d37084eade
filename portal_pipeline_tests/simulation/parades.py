"""Business in which every remote operation is done for three documents: first, middle, last.

A parade is a list of days; on each, people do something and a run follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portal_pipeline.core.identity import ControllerName as Name
from portal_pipeline.core.tenant import Posting
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.contract.controllers.reception import CREATING, RFC
from portal_pipeline_tests.simulation.company import Company

Day = Callable[[Company], object]
THREE = ("1", "2", "3")


@dataclass(frozen=True)
class Parade:
    """The controllers at work, and what people do each day."""

    steps: tuple[Name, ...]
    days: Sequence[Day]


def _apply(town: Company) -> None:
    town.set(vendors=CREATING)
    for n in THREE:
        town.apply(f"new{n}", rfc=f"NEW01010{n}AB1")
        number = f"OLD{n}"
        town.company.add_vendor(vendor=number, name=number, rfc=RFC)
        town.apply(f"old{n}", external_id=number)


def _upload_invoices(town: Company) -> None:
    town.set_posting(Posting.POST)
    for n in THREE:
        town.treasury.upload(n)


def _pay(town: Company) -> None:
    town.set_payments(allow_sage_sql_writes=True, on_reversal="reject")
    for n in (*THREE, "4", "5", "6"):
        town.treasury.invoice(n)
        town.treasury.pay(f"PY{n}", (n, "116.00"))


def _complement_or_reverse(town: Company) -> None:
    for n in THREE:
        there = town.treasury.in_portal(f"PY{n}")
        if there:
            town.complement(f"{town.key}-C{n}", there[0].id, n)
    for n in ("4", "5", "6"):
        town.company.reverse_payment(number=f"PY{n}")


def _raise_orders(town: Company) -> None:
    for n in range(9):
        town.buyers.order(number=f"OC{n}")


def _change_orders(town: Company) -> None:
    for n in range(3):
        town.buyers.amend(f"OC{n}", add=(line("3", "10", item="MAS"),))
        town.buyers.invoice(town.buyers.receive(f"OC{n + 3}"))
        town.company.cancel_outstanding(number=f"OC{n + 6}")


def _reopen_orders(town: Company) -> None:
    for n in range(3):
        town.buyers.amend(f"OC{n + 3}", add=(line("3", "10", item="MAS"),))


def _nothing(town: Company) -> None:
    del town


PARADES: Mapping[str, Parade] = {
    "providers": Parade((Name.PROVIDER_SYNC,), (_apply, _nothing)),
    "invoices": Parade(
        (Name.CFDI_DOWNLOAD, Name.CFDI_IMPORT), (_upload_invoices, _nothing, _nothing)
    ),
    "payments": Parade(
        (Name.CFDI_DOWNLOAD, Name.CFDI_IMPORT, Name.PAYMENT_CHECK, Name.PAYMENT_UPLOAD),
        (_pay, _complement_or_reverse, _nothing),
    ),
    "orders": Parade(
        (Name.PO_CREATION, Name.PO_UPDATES, Name.PO_CLOSURE, Name.PO_CANCELLATION),
        (_raise_orders, _change_orders, _reopen_orders, _nothing),
    ),
}
