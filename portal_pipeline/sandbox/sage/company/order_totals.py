"""What a purchase order's columns hold: line amounts, quantities, header totals.

Quantities: ``OQ`` in ordering units, ``SQ`` in stocking units (times ORDERCONV); outstanding =
ordered - received - cancelled, never below 0, the excess is OQRCPEXTRA. EXTENDED is before
discount; taxes are computed on EXTENDED - DISCOUNT; DOCTOTAL = EXTENDED - DISCOUNT + TXEXCLUDED.
Neither shrinks when goods arrive or quantities are cancelled (open in Sage tables sheet 2): what
was received and cancelled is in EXTRECEIVE and EXTCANCEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.sandbox.sage.company.entries import OrderLine, SageRefused
from portal_pipeline.sandbox.sage.company.taxes import (
    AUTHORITIES,
    TaxGroup,
    calculated,
    column_sums,
    numbered,
)
from portal_pipeline.sandbox.sage.company.unit import Unit

NOT_COMPLETE = 1
COMPLETE = 2
"""POPORL.COMPLETION; 3 is complete as well, after day-end."""


@dataclass(frozen=True)
class Amounts:
    """Money of a quantity at a price: before discount, discount, net."""

    extended: Decimal
    discount: Decimal

    @property
    def net(self) -> Decimal:
        """After discount, before tax."""
        return self.extended - self.discount


def amounts_of(quantity: Decimal, unit_cost: Decimal, discount_percent: Decimal) -> Amounts:
    """Extended cost and discount in cents."""
    extended = cents(quantity * unit_cost)
    return Amounts(extended, cents(extended * discount_percent / 100))


def quantities(line: Mapping[str, Any]) -> dict[str, Decimal]:
    """The derived quantity columns of a POPORL row, from ordered, received and cancelled."""
    ordered, received = line["OQORDERED"], line["OQRECEIVED"]
    cancelled, conversion = line["OQCANCELED"], line["ORDERCONV"]
    own = {
        "ORDERED": ordered,
        "RECEIVED": received,
        "CANCELED": cancelled,
        "RCPEXTRA": max(ZERO, received + cancelled - ordered),
        "OUTSTAND": max(ZERO, ordered - received - cancelled),
    }
    stocking = {f"SQ{name}": quantity * conversion for name, quantity in own.items()}
    return {**{f"OQ{name}": quantity for name, quantity in own.items()}, **stocking}


def line_money(line: Mapping[str, Any], group: TaxGroup, prefix: str = "OQ") -> dict[str, Any]:
    """The money columns of a line for its quantity (``OQORDERED`` of an order)."""
    amounts = amounts_of(line[f"{prefix}ORDERED"], line["UNITCOST"], line["DISCPCT"])
    tax = calculated(group, amounts.net, [line[f"TAXCLASS{n}"] for n in _numbers(group)])
    return {
        "EXTENDED": amounts.extended,
        "DISCOUNT": amounts.discount,
        **numbered("TAXBASE", tax.bases),
        **numbered("TAXCLASS", tax.classes),
        **numbered("TAXRATE", tax.rates),
        **numbered("TAXAMOUNT", tax.amounts),
        "TXEXCLUDED": tax.total,
        "TAXAMOUNT": tax.total,
    }


def _numbers(group: TaxGroup) -> range:
    return range(1, len(group.authorities) + 1)


def new_line(order: OrderLine, group: TaxGroup) -> dict[str, Any]:
    """A POPORL row without its keys.

    Raises:
        SageRefused: ``quantity_invalid`` when quantity, cost or conversion make no sense.
    """
    if order.quantity <= 0 or order.unit_cost < 0 or order.conversion <= 0:
        raise SageRefused("quantity_invalid", f"{order.item}: {order.quantity}")
    line: dict[str, Any] = {
        "COMPLETION": NOT_COMPLETE,
        "ITEMEXISTS": int(order.is_stock_item),
        "STOCKITEM": int(order.is_stock_item),
        "ITEMNO": order.item,
        "LOCATION": order.location,
        "ITEMDESC": order.description or order.item,
        "EXPARRIVAL": order.expected_on,
        "VENDITEMNO": order.vendor_item,
        "ORDERUNIT": order.unit,
        "ORDERCONV": order.conversion,
        "OQORDERED": order.quantity,
        "OQRECEIVED": ZERO,
        "OQCANCELED": ZERO,
        "UNITCOST": order.unit_cost,
        "DISCPCT": order.discount_percent,
        "GLACEXPENS": order.gl_account,
        **numbered("TAXCLASS", group.classes(order.tax_classes)),
    }
    return {**line, **quantities(line), **line_money(line, group)}


LINE_TOTALS = (
    *("PORLREV", "COMPLETION", "OQORDERED", "OQRECEIVED", "OQCANCELED", "OQOUTSTAND"),
    *("UNITCOST", "DISCPCT", "EXTENDED", "DISCOUNT", "EXTRECEIVE", "EXTCANCEL", "TAXAMOUNT"),
    *(f"{name}{n}" for name in ("TAXBASE", "TAXAMOUNT") for n in range(1, AUTHORITIES + 1)),
)
"""Columns of POPORL that the header adds up."""


def refresh_header(unit: Unit, sequence: int) -> None:
    """Make a purchase order's header agree with its lines: totals, counts, completion."""
    lines = unit.rows("POPORL", {"PORHSEQ": sequence}, *LINE_TOTALS)
    columns = ("ISCOMPLETE", "DTCOMPLETE", "CURRENCY")
    header = unit.needed("POPORH1", {"PORHSEQ": sequence}, *columns)
    taxes = column_sums([[line[f"TAXAMOUNT{n}"] for n in range(1, 6)] for line in lines])
    bases = column_sums([[line[f"TAXBASE{n}"] for n in range(1, 6)] for line in lines])
    extended = sum((line["EXTENDED"] for line in lines), ZERO)
    discount = sum((line["DISCOUNT"] for line in lines), ZERO)
    tax = sum(taxes, ZERO)
    completed = [line for line in lines if line["COMPLETION"] != NOT_COMPLETE]
    is_complete = bool(lines) and len(completed) == len(lines)
    finished_on = (header["DTCOMPLETE"] or unit.today) if is_complete else None
    unit.update(
        "POPORH1",
        {"PORHSEQ": sequence},
        POSTDATE=unit.today,
        LINES=len(lines),
        TAXLINES=len(lines),
        LINESCMPL=len(completed),
        ISCOMPLETE=int(is_complete),
        DTCOMPLETE=finished_on,
        OQORDERED=sum((line["OQORDERED"] for line in lines), ZERO),
        EXTENDED=extended,
        DISCOUNT=discount,
        EXTRECEIVE=sum((line["EXTRECEIVE"] for line in lines), ZERO),
        EXTCANCEL=sum((line["EXTCANCEL"] for line in lines), ZERO),
        DOCTOTAL=extended - discount + tax,
        TXEXCLUDED=tax,
        TAXAMOUNT=tax,
        **numbered("TAXBASE", bases),
        **numbered("TXEXCLUDE", taxes),
        **numbered("TAXAMOUNT", taxes),
    )
    unit.update(
        "POPORH2",
        {"PORHSEQ": sequence},
        SREXTORDER=extended,
        SRRECEIVED=sum((line["EXTRECEIVE"] for line in lines), ZERO),
    )


def move_line(unit: Unit, line: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """Change received or cancelled quantity of a POPORL row, and all that follows from it.

    Gives back the row as it is now; ``refresh_header`` is the caller's next step.
    """
    row = {**line, **changed}
    moved = quantities(row)
    is_complete = moved["OQOUTSTAND"] == ZERO
    values = {
        **moved,
        "COMPLETION": COMPLETE if is_complete else NOT_COMPLETE,
        "DTCOMPLETE": (line["DTCOMPLETE"] or unit.today) if is_complete else None,
        "ISRECEIVED": int(row["OQRECEIVED"] > 0),
        "EXTRECEIVE": cents(row["OQRECEIVED"] * row["UNITCOST"]),
        "SRRECEIVED": cents(row["OQRECEIVED"] * row["UNITCOST"]),
        "EXTCANCEL": cents(row["OQCANCELED"] * row["UNITCOST"]),
    }
    unit.update("POPORL", {name: line[name] for name in ("PORHSEQ", "PORLREV")}, **values)
    return {**row, **values}
