"""Purchase orders, as buyers raise, authorise, change and cancel them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, update

from portal_pipeline.core.money import MULTIPLY
from portal_pipeline.sage.authorisation_tables import AUTORIZA_OC, AUTORIZA_OC_DETALLE
from portal_pipeline.sandbox.sage.company.engine import WRITES
from portal_pipeline.sandbox.sage.company.entries import OptionalValue, OrderLine, SageRefused
from portal_pipeline.sandbox.sage.company.order_totals import (
    line_money,
    move_line,
    new_line,
    refresh_header,
)
from portal_pipeline.sandbox.sage.company.store import CompanyStore, needed_rate
from portal_pipeline.sandbox.sage.company.taxes import TaxGroup, five, numbered
from portal_pipeline.sandbox.sage.company.unit import USER, Row, Unit

LINE_STEP = 1000
"""Between two PORLREV."""
ACTIVE = 1
"""PORTYPE of an ordinary purchase order."""

VENDOR_COLUMNS = (
    *("VENDORID", "VENDNAME", "CURNCODE", "CODETAXGRP", "TERMSCODE", "IDACCTSET", "SWACTV"),
    *("TEXTSTRE1", "NAMECITY", "CODESTTE", "CODEPSTL", "CODECTRY", "EMAIL2", "IDGRP"),
    *("RATETYPE", "GLACCNT", "DISTCODE"),
)


class PurchasingActions(CompanyStore):
    """What buyers do with purchase orders; lines are named by their PORLSEQ (1, 2, ...)."""

    def raise_purchase_order(
        self,
        *,
        vendor: str,
        lines: Sequence[OrderLine],
        number: str = "",
        on: date | None = None,
        rate: Decimal | None = None,
        tax_group: str = "",
        optional_fields: Sequence[OptionalValue] = (),
        description: str = "",
        reference: str = "",
        comment: str = "",
        buyer: str = "",
        requisition: str = "",
        order_type: int = ACTIVE,
        expected_on: date | None = None,
        is_on_hold: bool = False,
    ) -> str:
        """A new purchase order in the vendor's currency; its number.

        Values:
            on: the order's date; None: today.
            rate: pesos for one unit of the currency; None: the rate of the day.
            buyer: delivery contact (FOBPOINT).

        Raises:
            SageRefused: ``apven_unknown``, ``vendor_inactive``, ``po_exists``, ``rate_missing``...
        """
        with self.writing() as unit:
            supplier = active_vendor(unit, vendor)
            group = self._tax_group(unit, tax_group or supplier["CODETAXGRP"])
            sequence = unit.take("po")
            po_number = number or f"OC{sequence:06d}"
            if unit.row("POPORH1", {"PONUMBER": po_number}, "PORHSEQ") is not None:
                raise SageRefused("po_exists", po_number)
            day = on or unit.today
            header = {
                "PORHSEQ": sequence,
                "PONUMBER": po_number,
                "NEXTLSEQ": len(lines) + 1,
                "DATE": day,
                "PORTYPE": order_type,
                "ONHOLD": int(is_on_hold),
                "ISPRINTED": 1,
                "ORDEREDON": day,
                "EXPARRIVAL": expected_on,
                "FOBPOINT": buyer,
                "DESCRIPTIO": description,
                "REFERENCE": reference,
                "COMMENT": comment,
                "RQNNUMBER": requisition,
                "TERMSCODE": supplier["TERMSCODE"],
                "VALUES": len(optional_fields),
                **_money_columns(supplier, needed_rate(unit, supplier["CURNCODE"], day, rate), day),
                **tax_columns(group),
                **vendor_columns(supplier),
            }
            unit.insert("POPORH1", header)
            unit.insert("POPORH2", _second_half(sequence, supplier, len(lines) + 1))
            _insert_lines(unit, sequence, lines, group, first=1)
            key = {"PORHSEQ": sequence}
            unit.insert("POPORHO", *unit.optional_rows(key, optional_fields))
            refresh_header(unit, sequence)
        return po_number

    def amend_purchase_order(
        self,
        *,
        number: str,
        quantities: Mapping[int, Decimal] | None = None,
        unit_costs: Mapping[int, Decimal] | None = None,
        add: Sequence[OrderLine] = (),
        remove: Sequence[int] = (),
        description: str | None = None,
    ) -> None:
        """Change ordered quantities or prices of lines, add lines, take lines out.

        More quantity, or a new line, opens a complete order again.

        Raises:
            SageRefused: ``poporl_unknown``, ``line_in_use`` (something was received or cancelled),
                ``quantity_invalid`` (less than received and cancelled).
        """
        with self.writing() as unit:
            header = order_header(unit, number)
            sequence = header["PORHSEQ"]
            group = self._tax_group(unit, header["TAXGROUP"])
            for line in remove:
                _remove_line(unit, sequence, line)
            changes = _merged(("OQORDERED", quantities), ("UNITCOST", unit_costs))
            for line, changed in changes.items():
                _amend_line(unit, order_line(unit, sequence, line), changed, group)
            if add:
                _insert_lines(unit, sequence, add, group, first=header["NEXTLSEQ"])
                unit.update(
                    "POPORH1", {"PORHSEQ": sequence}, NEXTLSEQ=header["NEXTLSEQ"] + len(add)
                )
            if description is not None:
                unit.update("POPORH1", {"PORHSEQ": sequence}, DESCRIPTIO=description)
            refresh_header(unit, sequence)

    def cancel_quantity(self, *, number: str, line: int, quantity: Decimal) -> None:
        """Cancel some of what is outstanding of a line, in ordering units.

        Raises:
            SageRefused: ``quantity_invalid`` when it is more than outstanding.
        """
        with self.writing() as unit:
            sequence = order_header(unit, number)["PORHSEQ"]
            _cancel(unit, order_line(unit, sequence, line), quantity)
            refresh_header(unit, sequence)

    def cancel_outstanding(self, *, number: str) -> None:
        """Cancel whatever is outstanding of every line: the order is complete then."""
        with self.writing() as unit:
            sequence = order_header(unit, number)["PORHSEQ"]
            for line in unit.rows("POPORL", {"PORHSEQ": sequence}):
                if line["OQOUTSTAND"] > 0:
                    _cancel(unit, line, line["OQOUTSTAND"])
            refresh_header(unit, sequence)

    def set_purchase_order_hold(self, *, number: str, is_on_hold: bool) -> None:
        """Put an order on hold or release it."""
        with self.writing() as unit:
            sequence = order_header(unit, number)["PORHSEQ"]
            unit.update("POPORH1", {"PORHSEQ": sequence}, ONHOLD=int(is_on_hold))

    def set_purchase_order_field(self, *, number: str, name: str, value: str) -> None:
        """Set an optional field (``AFE``, ``USOCFDI``) of an order."""
        with self.writing() as unit:
            key = {"PORHSEQ": order_header(unit, number)["PORHSEQ"]}
            field = OptionalValue(name=name, value=value)
            unit.set_optional("POPORH1", "POPORHO", key, field)

    def delete_purchase_order(self, *, number: str) -> None:
        """Take an order of which nothing was received out of Sage, with all its rows."""
        with self.writing() as unit:
            sequence = order_header(unit, number)["PORHSEQ"]
            if unit.row("PORCPL", {"PORHSEQ": sequence}, "RCPHSEQ") is not None:
                raise SageRefused("order_in_use", number)
            for table in ("POPORHO", "POPORL", "POPORH2", "POPORH1"):
                unit.delete(table, {"PORHSEQ": sequence})

    # --- the third-party authorisation database ----------------------------------------------

    def authorise_purchase_order(self, *, number: str, on: date | None = None) -> None:
        """Approve an order; again after an amendment, with a later date.

        Raises:
            SageRefused: ``no_authorisation_database``.
        """
        key = self._authorisation_key(number)
        with self._authorising() as connection:
            where = (AUTORIZA_OC.c.PONumber == number, AUTORIZA_OC.c.Empresa == self.empresa)
            done = connection.execute(update(AUTORIZA_OC).where(*where).values(Autorizada=1))
            if not done.rowcount:
                connection.execute(insert(AUTORIZA_OC), {**key, "Autorizada": 1})
            connection.execute(insert(AUTORIZA_OC_DETALLE), {**key, "Fecha": on or self.today})

    def revoke_authorisation(self, *, number: str, forget: bool = False) -> None:
        """Take the approval back; ``forget`` removes its rows altogether."""
        self._authorisation_key(number)
        with self._authorising() as connection:
            for table in (AUTORIZA_OC, AUTORIZA_OC_DETALLE):
                where = (table.c.PONumber == number, table.c.Empresa == self.empresa)
                if forget:
                    connection.execute(delete(table).where(*where))
                elif table is AUTORIZA_OC:
                    connection.execute(update(table).where(*where).values(Autorizada=0))

    def _authorisation_key(self, number: str) -> dict[str, Any]:
        with self.reading() as unit:
            order_header(unit, number)
        return {"PONumber": number, "Empresa": self.empresa}

    def _authorising(self) -> Any:
        if self.authorisation_engine is None:
            raise SageRefused("no_authorisation_database", self.org_id)
        return self.authorisation_engine.execution_options(**{WRITES: True}).begin()


def active_vendor(unit: Unit, vendor: str) -> Row:
    """The vendor, who must be active."""
    found = unit.needed("APVEN", {"VENDORID": vendor}, *VENDOR_COLUMNS)
    if not found["SWACTV"]:
        raise SageRefused("vendor_inactive", vendor)
    return found


def order_header(unit: Unit, number: str) -> Row:
    """The order's header."""
    return unit.needed("POPORH1", {"PONUMBER": number})


def order_line(unit: Unit, sequence: int, line: int) -> Row:
    """One line of an order, by its PORLSEQ."""
    return unit.needed("POPORL", {"PORHSEQ": sequence, "PORLSEQ": line})


def vendor_columns(vendor: Row) -> dict[str, Any]:
    """The copy of the vendor that purchase documents keep."""
    return {
        "VDCODE": vendor["VENDORID"],
        "VDEXISTS": 1,
        "VDNAME": vendor["VENDNAME"],
        "VDADDRESS1": vendor["TEXTSTRE1"],
        "VDCITY": vendor["NAMECITY"],
        "VDSTATE": vendor["CODESTTE"],
        "VDZIP": vendor["CODEPSTL"],
        "VDCOUNTRY": vendor["CODECTRY"],
        "VDEMAIL": vendor["EMAIL2"],
    }


def tax_columns(group: TaxGroup) -> dict[str, Any]:
    """The tax group and its authorities, as purchase documents keep them."""
    return {
        "TAXGROUP": group.name,
        "TAXAUTOCAL": 1,
        **numbered("TAXAUTH", five(group.authorities, "")),
        **numbered("TAXCLASS", five([1] * len(group.authorities), 0)),
    }


def _money_columns(vendor: Row, rate: Decimal, day: date) -> dict[str, Any]:
    return {
        "CURRENCY": vendor["CURNCODE"],
        "RATE": rate,
        "RATETYPE": vendor["RATETYPE"],
        "RATEDATE": day,
        "RATEOPER": MULTIPLY,
        "SCURNDECML": 2,
    }


def _second_half(sequence: int, vendor: Row, next_detail: int) -> dict[str, Any]:
    return {
        "PORHSEQ": sequence,
        "VDACCTSET": vendor["IDACCTSET"],
        "ENTEREDBY": USER,
        "DETAILNEXT": next_detail,
    }


def _insert_lines(
    unit: Unit, sequence: int, lines: Sequence[OrderLine], group: TaxGroup, *, first: int
) -> None:
    unit.insert(
        "POPORL",
        *(
            {
                "PORHSEQ": sequence,
                "PORLREV": number * LINE_STEP,
                "PORLSEQ": number,
                "DETAILNUM": number,
                **new_line(line, group),
            }
            for number, line in enumerate(lines, start=first)
        ),
    )


def _remove_line(unit: Unit, sequence: int, line: int) -> None:
    row = order_line(unit, sequence, line)
    if row["OQRECEIVED"] or row["OQCANCELED"]:
        raise SageRefused("line_in_use", f"line {line}")
    unit.delete("POPORL", {"PORHSEQ": sequence, "PORLREV": row["PORLREV"]})


def _amend_line(unit: Unit, row: Row, changed: Mapping[str, Decimal], group: TaxGroup) -> None:
    line = {**row, **changed}
    if line["OQORDERED"] <= 0 or line["OQORDERED"] < row["OQRECEIVED"] + row["OQCANCELED"]:
        raise SageRefused("quantity_invalid", f"line {row['PORLSEQ']}: {line['OQORDERED']}")
    money = line_money(line, group)
    unit.update("POPORL", {k: row[k] for k in ("PORHSEQ", "PORLREV")}, **{**changed, **money})
    move_line(unit, {**line, **money})


def _cancel(unit: Unit, line: Row, quantity: Decimal) -> None:
    if not 0 < quantity <= line["OQOUTSTAND"]:
        raise SageRefused("quantity_invalid", f"line {line['PORLSEQ']}: cancel {quantity}")
    move_line(unit, line, OQCANCELED=line["OQCANCELED"] + quantity)


def _merged(
    *changes: tuple[str, Mapping[int, Decimal] | None],
) -> dict[int, dict[str, Decimal]]:
    """Changes of several columns by line."""
    merged: dict[int, dict[str, Decimal]] = {}
    for column, by_line in changes:
        for line, value in (by_line or {}).items():
            merged.setdefault(line, {})[column] = value
    return merged
