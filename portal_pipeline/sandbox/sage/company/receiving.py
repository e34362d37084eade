"""Goods that arrive, and goods that go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.entries import ReceivedQuantity, SageRefused
from portal_pipeline.sandbox.sage.company.order_totals import (
    COMPLETE,
    line_money,
    move_line,
    refresh_header,
)
from portal_pipeline.sandbox.sage.company.purchasing import (
    LINE_STEP,
    active_vendor,
    order_header,
    order_line,
    tax_columns,
    vendor_columns,
)
from portal_pipeline.sandbox.sage.company.store import CompanyStore
from portal_pipeline.sandbox.sage.company.taxes import (
    AUTHORITIES,
    TaxGroup,
    column_sums,
    numbered,
)
from portal_pipeline.sandbox.sage.company.unit import Row, Unit


@dataclass(frozen=True)
class _Arrival:
    """One received line with where it belongs."""

    header: Row
    line: Row
    quantity: Decimal


class ReceivingActions(CompanyStore):
    """What the warehouse does."""

    def receive(
        self, *, quantities: Sequence[ReceivedQuantity], number: str = "", on: date | None = None
    ) -> str:
        """A posted receipt of one vendor's goods, from one purchase order or several; its number.

        More than is outstanding may arrive (OQRCPEXTRA). With several orders ``MULTIPOR`` is 1
        and the header names none of them: only the lines do.

        Raises:
            SageRefused: ``quantity_invalid``, ``vendors_differ``, ``order_on_hold``.
        """
        with self.writing() as unit:
            arrivals = _arrivals(unit, quantities)
            first = arrivals[0].header
            orders = {arrival.header["PONUMBER"]: arrival.header for arrival in arrivals}
            group = self._tax_group(unit, first["TAXGROUP"])
            sequence = unit.take("receipt")
            receipt = number or f"RC{sequence:06d}"
            if unit.row("PORCPH1", {"RCPNUMBER": receipt}, "RCPHSEQ") is not None:
                raise SageRefused("receipt_exists", receipt)
            rows = [
                _receipt_line(arrival, group, sequence, n)
                for n, arrival in enumerate(arrivals, start=1)
            ]
            day = on or unit.today
            supplier = active_vendor(unit, first["VDCODE"])
            unit.insert(
                "PORCPH1",
                {
                    "RCPHSEQ": sequence,
                    "RCPNUMBER": receipt,
                    "PORHSEQ": 0 if len(orders) > 1 else first["PORHSEQ"],
                    "PONUMBER": "" if len(orders) > 1 else first["PONUMBER"],
                    "MULTIPOR": int(len(orders) > 1),
                    "PORS": len(orders),
                    **_dates(day),
                    **receipt_totals(rows),
                    **{name: first[name] for name in ("CURRENCY", "RATE", "RATEOPER", "RATETYPE")},
                    "RATEDATE": day,
                    **tax_columns(group),
                    **vendor_columns(supplier),
                    "TERMSCODE": supplier["TERMSCODE"],
                },
            )
            unit.insert("PORCPL", *rows)
            for arrival in arrivals:
                received = arrival.line["OQRECEIVED"] + arrival.quantity
                move_line(unit, arrival.line, OQRECEIVED=received)
            for header in orders.values():
                _note_receipt(unit, header, receipt, day)
        return receipt

    def return_goods(
        self, *, receipt: str, quantities: Mapping[int, Decimal] | None = None, number: str = ""
    ) -> str:
        """Goods of a receipt that go back to the vendor; the return's number.

        The order's lines stay received. (The return documents' own tables are not simulated.)

        Values:
            quantities: by receipt line (RCPLSEQ), in ordering units; None: everything.

        Raises:
            SageRefused: ``quantity_invalid`` when more goes back than came.
        """
        with self.writing() as unit:
            header = receipt_header(unit, receipt)
            key = {"RCPHSEQ": header["RCPHSEQ"]}
            for line in unit.rows("PORCPL", key):
                came = line["OQRECEIVED"] - line["OQRETURNED"]
                back = came if quantities is None else quantities.get(line["RCPLSEQ"], ZERO)
                if not 0 <= back <= came:
                    raise SageRefused("quantity_invalid", f"line {line['RCPLSEQ']}: return {back}")
                if back:
                    total = line["OQRETURNED"] + back
                    unit.update(
                        "PORCPL",
                        {**key, "RCPLREV": line["RCPLREV"]},
                        OQRETURNED=total,
                        RQRETURNED=total,
                        SQRETURNED=total * line["ORDERCONV"],
                    )
            return number or f"RT{unit.take('return'):06d}"


def receipt_header(unit: Unit, number: str) -> Row:
    """The receipt's header."""
    return unit.needed("PORCPH1", {"RCPNUMBER": number})


def receipt_totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Header totals of receipt lines (also of the invoice that takes them whole)."""
    taxes = column_sums([[row[f"TAXAMOUNT{n}"] for n in _FIVE] for row in rows])
    bases = column_sums([[row[f"TAXBASE{n}"] for n in _FIVE] for row in rows])
    extended = sum((row["EXTENDED"] for row in rows), ZERO)
    tax = sum(taxes, ZERO)
    return {
        "NEXTLSEQ": len(rows) + 1,
        "LINES": len(rows),
        "TAXLINES": len(rows),
        "EXTENDED": extended,
        "DOCTOTAL": extended + tax,
        "AMOUNT": extended,
        "RQRECEIVED": sum((row["RQRECEIVED"] for row in rows), ZERO),
        "TXEXCLUDED": tax,
        "TAXAMOUNT": tax,
        **numbered("TAXBASE", bases),
        **numbered("TXEXCLUDE", taxes),
        **numbered("TAXAMOUNT", taxes),
    }


_FIVE = range(1, AUTHORITIES + 1)


def _dates(day: date) -> dict[str, Any]:
    return {
        "DATE": day,
        "POSTDATE": day,
        "FISCYEAR": str(day.year),
        "FISCPERIOD": day.month,
        "VENDS": 1,
    }


def _arrivals(unit: Unit, quantities: Sequence[ReceivedQuantity]) -> list[_Arrival]:
    """The lines that arrive, read once each."""
    if not quantities or any(item.quantity <= 0 for item in quantities):
        raise SageRefused("quantity_invalid", "nothing received")
    headers = {item.po_number: order_header(unit, item.po_number) for item in quantities}
    if len({header["VDCODE"] for header in headers.values()}) > 1:
        raise SageRefused("vendors_differ", ", ".join(headers))
    for number, header in headers.items():
        if header["ONHOLD"]:
            raise SageRefused("order_on_hold", number)
    found = []
    for item in quantities:
        header = headers[item.po_number]
        found.append(
            _Arrival(header, order_line(unit, header["PORHSEQ"], item.line), item.quantity)
        )
    return found


_COPIED = (
    *("PORHSEQ", "PORLSEQ", "ITEMEXISTS", "ITEMNO", "LOCATION", "ITEMDESC", "VENDITEMNO"),
    *("ORDERUNIT", "ORDERCONV", "ORDERDECML", "STOCKDECML", "OQORDERED", "SQORDERED"),
    *("UNITCOST", "GLACEXPENS"),
)


def _receipt_line(arrival: _Arrival, group: TaxGroup, sequence: int, number: int) -> dict[str, Any]:
    """A PORCPL row; the receiving unit is the ordering unit."""
    line, quantity = arrival.line, arrival.quantity
    money = line_money({**line, "OQORDERED": quantity}, group)
    left = max(ZERO, line["OQOUTSTAND"] - quantity)
    extra = max(ZERO, quantity - line["OQOUTSTAND"])
    own = {
        "RECEIVED": quantity,
        "PREVRECV": line["OQRECEIVED"],
        "OUTSTPO": line["OQOUTSTAND"],
        "OUTSTAND": left,
        "RCPEXTRA": extra,
    }
    return {
        "RCPHSEQ": sequence,
        "RCPLREV": number * LINE_STEP,
        "RCPLSEQ": number,
        "DETAILNUM": number,
        "PONUMBER": arrival.header["PONUMBER"],
        **{name: line[name] for name in _COPIED},
        "RCPUNIT": line["ORDERUNIT"],
        "RCPCONV": line["ORDERCONV"],
        "RQORDERED": line["OQORDERED"],
        **{f"OQ{name}": value for name, value in own.items()},
        **{f"RQ{name}": value for name, value in own.items()},
        **{f"SQ{name}": value * line["ORDERCONV"] for name, value in own.items()},
        "COMPLETION": COMPLETE,
        "POCOMPLETE": int(left == ZERO),
        "EXTENDED": money["EXTENDED"] - money["DISCOUNT"],
        **{name: value for name, value in money.items() if name[:-1] in _LINE_TAXES},
    }


_LINE_TAXES = ("TAXBASE", "TAXCLASS", "TAXRATE", "TAXAMOUNT")


def _note_receipt(unit: Unit, header: Row, receipt: str, day: date) -> None:
    """What a receipt changes in an order's header."""
    key = {"PORHSEQ": header["PORHSEQ"]}
    unit.update("POPORH1", key, LASTRECEIP=receipt, RCPDATE=day, RCPCOUNT=header["RCPCOUNT"] + 1)
    refresh_header(unit, header["PORHSEQ"])
