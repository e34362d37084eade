"""How an A/P invoice lies in Sage's tables: APIBH with its details, schedule and optional fields.

The identities of captured data hold (Web API sheet 5.2): total before tax = total with tax - tax;
distributed total = distributed before tax + tax; what is undistributed is the difference of
document total and distributed total.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.sandbox.sage.company.entries import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    SageRefused,
    TaxControl,
)
from portal_pipeline.sandbox.sage.company.purchasing import active_vendor
from portal_pipeline.sandbox.sage.company.store import functional, home_currency, rate_on
from portal_pipeline.sandbox.sage.company.taxes import (
    LineTax,
    TaxGroup,
    calculated,
    column_sums,
    distributed,
    five,
    numbered,
)
from portal_pipeline.sandbox.sage.company.unit import USER, Row, Unit

TRANSACTION = {
    ApDocumentType.INVOICE: 12,
    ApDocumentType.DEBIT_NOTE: 22,
    ApDocumentType.CREDIT_NOTE: 32,
    ApDocumentType.INTEREST: 40,
}
"""IDTRX by TEXTTRX."""
DETAIL_STEP = 20
"""Between two CNTLINE."""
TERMS_DAYS = 30
"""The terms' own table is not simulated: every term is due after 30 days."""


def insert_entry(
    unit: Unit, entry: ApEntry, group: TaxGroup, *, batch: int, number: int, source: str
) -> Decimal:
    """Put one entry into a batch; its distributed total with tax.

    Raises:
        SageRefused: ``apven_unknown``, ``vendor_inactive``, ``aprdc_unknown``, ``no_details``,
            ``currency_differs``; an account is only looked at when the batch posts.
    """
    vendor = active_vendor(unit, entry.vendor)
    if not entry.details:
        raise SageRefused("no_details", entry.number)
    if entry.currency and entry.currency != vendor["CURNCODE"]:
        raise SageRefused("currency_differs", f"{entry.currency}, vendor {vendor['CURNCODE']}")
    accounts = [_account(unit, detail) for detail in entry.details]
    taxes = _taxes(entry, group)
    header = _header(unit, entry, vendor, group, taxes)
    key = {"CNTBTCH": batch, "CNTITEM": number}
    unit.insert("APIBH", {**key, **header, "SRCEAPPL": source})
    unit.insert(
        "APIBD",
        *(
            {
                **key,
                "CNTLINE": n * DETAIL_STEP,
                "IDGLACCT": account,
                **_detail_row(detail, tax, header),
            }
            for n, (account, detail, tax) in enumerate(
                zip(accounts, entry.details, taxes, strict=True), start=1
            )
        ),
    )
    unit.insert("APIBHO", *unit.optional_rows(key, entry.optional_fields))
    unit.insert(
        "APIBS",
        {
            **key,
            "CNTPAYM": 1,
            "DATEDUE": header["DATEDUE"],
            "AMTDUE": header["AMTDUETC"],
            "AMTDUEHC": header["AMTDUEHC"],
        },
    )
    total: Decimal = header["AMTGROSDST"]
    return total


def _account(unit: Unit, detail: ApDetail) -> str:
    """The detail's own account, or its distribution code's."""
    if detail.gl_account or not detail.distribution_code:
        return detail.gl_account
    code = unit.needed("APRDC", {"DISTID": detail.distribution_code}, "IDGLACCT")
    return str(code["IDGLACCT"])


def _taxes(entry: ApEntry, group: TaxGroup) -> list[LineTax]:
    """The taxes of every detail, by the entry's tax control."""
    computed = [calculated(group, d.amount, d.tax_classes, d.tax_included) for d in entry.details]
    match entry.tax_control:
        case TaxControl.CALCULATE:
            return computed
        case TaxControl.DISTRIBUTE:
            return distributed(computed, entry.tax_amounts)
        case TaxControl.ENTER:
            return [
                LineTax(
                    classes=tax.classes,
                    rates=tax.rates,
                    included=tax.included,
                    bases=five(detail.tax_bases or tax.bases, ZERO),
                    amounts=five(detail.tax_amounts, ZERO),
                )
                for detail, tax in zip(entry.details, computed, strict=True)
            ]


def _header(
    unit: Unit,
    entry: ApEntry,
    vendor: Row,
    group: TaxGroup,
    taxes: Sequence[LineTax],
) -> dict[str, Any]:
    """The APIBH row without its key."""
    posting_date = entry.posting_date or entry.document_date
    rate_date = entry.rate_date or entry.document_date
    rate = entry.rate or rate_on(unit, vendor["CURNCODE"], rate_date) or ZERO
    is_credit = entry.document_type is ApDocumentType.CREDIT_NOTE
    due_date = entry.due_date or entry.document_date + timedelta(days=TERMS_DAYS)
    return {
        "IDVEND": entry.vendor,
        "IDINVC": entry.number,
        "IDRMITTO": entry.remit_to,
        "TEXTTRX": int(entry.document_type),
        "IDTRX": TRANSACTION[entry.document_type],
        "ORDRNBR": entry.order_number,
        "PONBR": entry.po_number,
        "INVCDESC": entry.description,
        "INVCAPPLTO": entry.applies_to,
        "IDACCTSET": entry.account_set or vendor["IDACCTSET"],
        "DATEINVC": entry.document_date,
        "DATEASOF": entry.as_of_date or entry.document_date,
        "DATEBUS": posting_date,
        "DATEDUE": entry.document_date if is_credit else due_date,
        "FISCYR": str(posting_date.year),
        "FISCPER": f"{posting_date.month:02d}",
        "CODECURN": vendor["CURNCODE"],
        "RATETYPE": entry.rate_type or vendor["RATETYPE"],
        "SWMANRTE": int(entry.rate is not None),
        "EXCHRATEHC": rate,
        "ORIGRATEHC": rate,
        "DATERATE": rate_date,
        "CODEOPER": entry.rate_operator,
        "TERMCODE": entry.terms or vendor["TERMSCODE"],
        "SWTERMOVRD": int(entry.due_date is not None),
        "LASTLINE": len(entry.details) * DETAIL_STEP,
        "DETAILCNT": len(entry.details),
        "CNTPAYMSCH": 1,
        "IDDISTSET": entry.distribution_set,
        "AMTDISTSET": entry.distribution_set_amount,
        "CODEVNDGRP": vendor["IDGRP"],
        "TEXTVEN": vendor["VENDNAME"],
        "IDN": entry.import_declaration,
        "SWHOLD": int(entry.is_on_hold),
        "ENTEREDBY": entry.entered_by or USER,
        "DRILLAPP": entry.drill_application,
        "DRILLTYPE": entry.drill_type,
        "DRILLDWNLK": entry.drill_link,
        "CODECURNRC": home_currency(unit),
        "VALUES": len(entry.optional_fields),
        **_money(entry, group, taxes, rate),
    }


def _money(
    entry: ApEntry, group: TaxGroup, taxes: Sequence[LineTax], rate: Decimal
) -> dict[str, Any]:
    """Taxes and totals of the APIBH row."""
    inside = sum((tax.included_total for tax in taxes), ZERO)
    net = sum((detail.amount for detail in entry.details), ZERO) - inside
    distributed_tax = sum((tax.total for tax in taxes), ZERO)
    is_entered = entry.tax_control is TaxControl.ENTER and bool(entry.tax_amounts)
    sums = column_sums([tax.amounts for tax in taxes])
    header_taxes = five(entry.tax_amounts, ZERO) if is_entered else sums
    header_tax = sum(header_taxes, ZERO)
    gross = net + distributed_tax
    document = gross if entry.document_total is None else entry.document_total

    def home(amount: Decimal) -> Decimal:
        return functional(amount, rate, entry.rate_operator)

    return {
        "SWCALCTX": int(entry.tax_control),
        "SWTXBSECTL": int(entry.tax_base_control),
        "SWTAXBL": 1,
        "CODETAXGRP": group.name,
        **numbered("CODETAX", five(group.authorities, "")),
        **numbered("TAXCLASS", five(entry.tax_classes or [1] * len(group.authorities), 0)),
        **numbered("BASETAX", column_sums([tax.bases for tax in taxes])),
        **numbered("AMTTAX", header_taxes),
        **numbered("TXAMT", [home(amount) for amount in header_taxes], "HC"),
        "AMTTAXDIST": distributed_tax,
        "AMTTAXTOT": header_tax,
        "AMTTOTDIST": net,
        "AMTGROSDST": gross,
        "AMTGROSTOT": document,
        "AMTINVCTOT": document - header_tax,
        "AMTDUETC": document,
        "AMTDUEHC": home(document),
        "AMTGROSHC": home(document),
    }


def _detail_row(line: ApDetail, tax: LineTax, header: dict[str, Any]) -> dict[str, Any]:
    """The APIBD row without its key and account."""
    net = line.amount - tax.included_total
    return {
        "IDDIST": line.distribution_code,
        "TEXTDESC": line.description,
        "SWMANLDIST": 0 if line.distribution_code else 1,
        "SWMANLTX": int(line.is_tax_entered),
        "AMTTOTTAX": tax.total,
        **numbered("BASETAX", tax.bases),
        **numbered("TAXCLASS", tax.classes),
        **numbered("SWTAXINCL", [int(is_inside) for is_inside in tax.included]),
        **numbered("RATETAX", tax.rates),
        **numbered("AMTTAX", tax.amounts),
        **numbered("AMTTAXREC", tax.amounts),
        "AMTDIST": line.amount,
        "AMTDISTNET": net,
        "AMTINCLTAX": tax.included_total,
        "AMTGLDIST": net,
        "AMTDISTHC": functional(line.amount, header["EXCHRATEHC"], header["CODEOPER"]),
        "IDITEM": line.item,
        "UNITMEAS": line.unit,
        "QTYINVC": line.quantity,
        "SWDISCABL": int(line.is_discountable),
    }
