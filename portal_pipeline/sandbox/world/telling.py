"""The story of one purchase order, told from the stores of both simulated systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal_pipeline.sage.types import stamp_of
from portal_pipeline.sandbox.portal import Cfdi
from portal_pipeline.sandbox.sage.company.unit import Row, Unit
from portal_pipeline.sandbox.world.calendar import ZONE
from portal_pipeline.sandbox.world.deals import Deal
from portal_pipeline.sandbox.world.people import Office

SAGE, PORTAL = "Sage 300", "Portal"
_STAMP = ("AUDTDATE", "AUDTTIME")


@dataclass(frozen=True)
class StoryLine:
    """One thing that happened, in local time."""

    time: datetime
    system: str
    text: str


def told(office: Office, deal: Deal) -> tuple[StoryLine, ...]:
    """What has happened so far to a deal, in the order of time."""
    with office.sage.reading() as unit:
        in_sage = [*_in_sage(unit, office, deal)]
    lines = [*in_sage, *_in_portal(office, deal)]
    return tuple(sorted(lines, key=lambda line: line.time))


def _in_sage(unit: Unit, office: Office, deal: Deal) -> Iterator[StoryLine]:
    """Each line from a row that nobody stamps again afterwards."""
    columns = ("PORHSEQ", "VDNAME", "DOCTOTAL", "CURRENCY")
    order = unit.row("POPORH1", {"PONUMBER": deal.po_number}, *columns)
    if order is None:
        return
    key = {"PORHSEQ": order["PORHSEQ"]}
    raised = unit.needed("POPORHO", key, *_STAMP)
    authorised = " and authorised" if office.company.profile.has_authorisations else ""
    yield _sage(
        raised,
        f"purchase order {deal.po_number} to {order['VDNAME']} raised{authorised}: "
        f"{_money(order['DOCTOTAL'], order['CURRENCY'])}",
    )
    line = unit.needed("POPORL", key, "OQRECEIVED", *_STAMP)
    if line["OQRECEIVED"]:
        yield _sage(line, f"the goods are received ({deal.receipt()})")
    captured = unit.row(
        "POINVH1", {"VDCODE": deal.vendor, "INVNUMBER": deal.invoice_number}, *_STAMP
    )
    if captured is not None:
        text = f"a clerk captures invoice {deal.invoice_number} from the receipt and posts it"
        yield _sage(captured, text)
    paid = unit.row("APPYM", {"IDINVC": deal.payment()}, "AMTPAYM", "CODECURN", *_STAMP)
    if paid is not None:
        amount = _money(paid["AMTPAYM"], paid["CODECURN"])
        yield _sage(paid, f"payment {deal.payment()} posted: {amount}")
    yield from _written_back(unit, deal)


def _written_back(unit: Unit, deal: Deal) -> Iterator[StoryLine]:
    key = {"BTCHTYPE": "PY", "DOCNBR": deal.payment()}
    entry = unit.row("APTCR", key, "CNTBTCH", "CNTENTR")
    if entry is None:
        return
    fields = {"BTCHTYPE": "PY", **entry, "OPTFIELD": "FOLIOCFD"}
    folio = unit.row("APTCRO", fields, "VALUE", *_STAMP)
    if folio is not None:
        yield _sage(folio, f"complement {folio['VALUE']} written back to payment {deal.payment()}")


def _in_portal(office: Office, deal: Deal) -> Iterator[StoryLine]:
    order = office.portal.purchase_order(office.tenant, deal.po_number)
    if order is not None:
        yield _portal(order.created_at, f"purchase order {deal.po_number} arrives")
        for log in order.logs:
            if log.change == "CLOSED":
                yield _portal(log.at, f"purchase order {deal.po_number} closed")
    invoice = office.portal.cfdi(office.tenant, deal.uuid)
    if invoice is not None:
        shown = f"{_money(invoice.facts.total, invoice.facts.currency)}"
        yield _portal(
            invoice.created_at,
            f"the supplier uploads invoice {invoice.facts.identifier} ({shown}, {invoice.uuid})",
        )
        if invoice.authorized_at is not None:
            yield _portal(invoice.authorized_at, "the invoice is approved")
    for payment in office.portal.payments_of(office.tenant, deal.payment()):
        yield _portal(payment.created_at, f"payment {payment.external_id} arrives")
    complement = office.portal.cfdi(office.tenant, office.complement_uuid(deal.payment()))
    if complement is not None:
        yield from _complement(complement)


def _complement(cfdi: Cfdi) -> Iterator[StoryLine]:
    yield _portal(cfdi.created_at, f"the supplier sends payment complement {cfdi.uuid}")
    if cfdi.authorized_at is not None:
        yield _portal(cfdi.authorized_at, "the complement is accepted")


def _sage(row: Row, text: str) -> StoryLine:
    moment = stamp_of(row["AUDTDATE"], row["AUDTTIME"])
    assert moment is not None, "the sandbox stamps every row"  # noqa: S101 - our own logic
    return StoryLine(moment.astimezone(ZONE), SAGE, text)


def _portal(moment: datetime, text: str) -> StoryLine:
    return StoryLine(moment.astimezone(ZONE), PORTAL, text)


def _money(amount: Any, currency: str) -> str:
    return f"{amount:,.2f} {currency}"
