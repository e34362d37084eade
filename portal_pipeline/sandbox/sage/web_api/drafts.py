"""JSON of an invoice -> the entry that it describes, property by property in JSON order.

The order is the order of field Puts in the Sage view: VendorNumber loads the vendor's currency,
rate type, terms, tax group, classes, account set and remit-to, and so overwrites what was sent
before it. Source: Web API sheet 1.1 and 5, rules 8 to 10 and 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.sage.company.entries import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    OptionalValue,
    TaxControl,
)
from portal_pipeline.sandbox.sage.company.unit import Unit
from portal_pipeline.sandbox.sage.web_api.ap_shapes import (
    INVOICE_DETAIL,
    INVOICE_OPTIONAL_FIELD,
)
from portal_pipeline.sandbox.sage.web_api.changes import changes
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError

LOADED_BY_VENDOR = frozenset(
    {
        "CurrencyCode",
        "RateType",
        "ExchangeRate",
        "CurrencyCodeOperator",
        "Terms",
        "DueDate",
        "TaxGroup",
        *(f"TaxClass{n}" for n in range(1, 6)),
        "AccountSet",
        "RemitToLocation",
    }
)
"""What Put of VendorNumber overwrites (rule 9)."""
_FIVE = range(1, 6)


def drafted_entry(unit: Unit, values: Mapping[str, Any]) -> ApEntry:
    """The entry that the checked values of an item of ``Invoices`` describe, in their order.

    Raises:
        WebApiError: RecordInvalid (required value missing, currency not the vendor's).
    """
    values = applied(values)
    for name in ("VendorNumber", "DocumentNumber"):
        if not values.get(name):
            raise WebApiError("RecordInvalid", f"{name} is required")
    vendor = unit.row("APVEN", {"VENDORID": values["VendorNumber"]}, "CURNCODE", "SWACTV")
    if vendor is None or not vendor["SWACTV"]:
        state = "does not exist" if vendor is None else "is inactive"
        raise WebApiError("RecordInvalid", f"Vendor {values['VendorNumber']} {state}")
    if values.get("CurrencyCode", vendor["CURNCODE"]) != vendor["CURNCODE"]:
        raise WebApiError("RecordInvalid", "CurrencyCode must be the vendor's")
    if not values.get("InvoiceDetails"):
        raise WebApiError("RecordInvalid", "An invoice needs at least one detail")
    return _entry(values, unit.today)


def applied(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that stand after all Puts, in the given order."""
    standing: dict[str, Any] = {}
    for name, value in values.items():
        if name == "VendorNumber":
            standing = {k: v for k, v in standing.items() if k not in LOADED_BY_VENDOR}
        standing[name] = value
    return standing


def _entry(values: Mapping[str, Any], today: date) -> ApEntry:
    """The entry of checked values; what is absent is Sage's default."""
    document_date = values.get("DocumentDate") or today
    fields = {
        item.key: OptionalValue(name=item.key or "", value=item.values.get("Value", ""))
        for item in changes(
            INVOICE_OPTIONAL_FIELD, values.get("InvoiceOptionalFields", ()), "OptionalField", ()
        )
    }
    entry = ApEntry(
        vendor=values["VendorNumber"],
        number=values["DocumentNumber"],
        document_type=ApDocumentType(values.get("DocumentType", ApDocumentType.INVOICE)),
        description=values.get("InvoiceDescription", ""),
        document_date=document_date,
        posting_date=values.get("PostingDate"),
        as_of_date=values.get("AsOfDate"),
        currency=values.get("CurrencyCode", ""),
        rate_type=values.get("RateType", ""),
        rate_date=values.get("RateDate"),
        rate=values.get("ExchangeRate"),
        rate_operator=values.get("CurrencyCodeOperator", 1),
        order_number=values.get("OrderNumber", ""),
        po_number=values.get("PONumber", ""),
        applies_to=values.get("ApplytoDocument", ""),
        terms=values.get("Terms", ""),
        due_date=values.get("DueDate"),
        tax_group=values.get("TaxGroup", ""),
        tax_classes=_five(values, "TaxClass{}", 0),
        details=tuple(_detail(item) for item in _details(values)),
        # Not sent, the control total stays 0 and the whole is undistributed (sheet 5.2, row 17).
        document_total=values.get("DocumentTotalIncludingTax", Decimal(0)),
        is_on_hold=bool(values.get("OnHold", 0)),
        remit_to=values.get("RemitToLocation", ""),
        account_set=values.get("AccountSet", ""),
        distribution_set=values.get("DistributionSet", ""),
        distribution_set_amount=values.get("DistributionSetAmount", Decimal(0)),
        import_declaration=values.get("ImportDeclarationNumber", ""),
        optional_fields=tuple(fields.values()),
    )
    return _with_taxes(entry, values)


def _with_taxes(entry: ApEntry, values: Mapping[str, Any]) -> ApEntry:
    """The entry with the header's tax modes and amounts; amounts are read only if not computed."""
    return replace(
        entry,
        tax_control=TaxControl(values.get("TaxAmountControl", TaxControl.CALCULATE)),
        tax_base_control=TaxControl(values.get("TaxBaseControl", TaxControl.CALCULATE)),
        tax_bases=_five(values, "TaxBase{}", Decimal(0)),
        tax_amounts=_five(values, "TaxAmount{}", Decimal(0)),
    )


def _details(values: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (
        item.values for item in changes(INVOICE_DETAIL, values["InvoiceDetails"], "LineNumber", ())
    )


def _detail(values: Mapping[str, Any]) -> ApDetail:
    """The line of checked values."""
    return ApDetail(
        amount=values.get("DistributedAmount", Decimal(0)),
        gl_account=values.get("GLAccount", ""),
        distribution_code=values.get("DistributionCode", ""),
        description=values.get("DistributionDescription", ""),
        tax_classes=_five(values, "TaxClass{}", 0),
        tax_included=tuple(bool(flag) for flag in _five(values, "TaxInclusive{}", 0)),
        tax_bases=_five(values, "BaseTax{}", Decimal(0)),
        tax_amounts=_five(values, "TaxAmount{}", Decimal(0)),
        is_tax_entered=bool(values.get("ManualTaxEntry", 0)),
        is_discountable=bool(values.get("Discountable", 1)),
        quantity=values.get("Quantity", Decimal(0)),
        unit=values.get("UnitOfMeasure", ""),
        item=values.get("ItemNumber", ""),
    )


def _five(values: Mapping[str, Any], name: str, fill: Any) -> tuple[Any, ...]:
    """Values 1 to the last that was given; empty when none was."""
    given = [n for n in _FIVE if name.format(n) in values]
    last = max(given, default=0)
    return tuple(values.get(name.format(n), fill) for n in range(1, last + 1))
