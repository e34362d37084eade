"""The invoice that Sage is sent: order of properties, amounts, taxes, accounts, reasons not to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.lines import line_amounts
from portal_pipeline.core.invoices.models import InvoiceContent
from portal_pipeline.core.invoices.payload import Wanted, build_invoice
from portal_pipeline.core.invoices.taxes import signature_of
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import ImportRules, PostingDate, RateOperator, RateSource
from portal_pipeline_tests.unit.core.invoices.makers import (
    RULES,
    SETUP,
    TODAY,
    UUID,
    VENDOR,
    content,
    iva,
    line,
    tenant,
    withheld,
)

WANTED = Wanted(kind=DocumentKind.INVOICE, vendor=VENDOR, number="A1")


def build(
    built: InvoiceContent,
    rules: ImportRules = RULES,
    wanted: Wanted = WANTED,
) -> Any:
    return build_invoice(built, wanted, tenant(rules), SETUP, TODAY)


def test_an_invoice_is_sent_in_the_order_that_sage_takes_its_fields() -> None:
    body = build(content())
    assert list(body) == ["Description", "Invoices"]
    assert body["Description"] == f"CFDI {UUID}"
    invoice = body["Invoices"][0]
    assert list(invoice) == [
        "VendorNumber",
        "DocumentType",
        "DocumentNumber",
        "InvoiceDescription",
        "DocumentDate",
        "PostingDate",
        "TaxGroup",
        "TaxAmountControl",
        "DocumentTotalIncludingTax",
        "InvoiceDetails",
        "InvoiceOptionalFields",
    ]
    assert invoice["InvoiceDetails"] == [
        {
            "DistributionDescription": "Lamina cal 18",
            "GLAccount": "5100100",
            "DistributedAmount": Decimal("100.00"),
            "TaxClass1": 1,
        }
    ]
    assert invoice["InvoiceOptionalFields"] == [{"OptionalField": "FOLIOCFD", "Value": UUID}]
    assert invoice["DocumentTotalIncludingTax"] == Decimal("116.00")


def test_a_credit_note_has_positive_amounts_and_its_invoice() -> None:
    wanted = Wanted(kind=DocumentKind.CREDIT_NOTE, vendor=VENDOR, number="NC1", applies_to="A1")
    invoice = build(content(), wanted=wanted)["Invoices"][0]
    assert invoice["DocumentType"] == "CreditNote"
    assert invoice["ApplytoDocument"] == "A1"
    assert invoice["DocumentTotalIncludingTax"] > 0


def test_a_foreign_invoice_carries_the_cfdis_own_rate() -> None:
    foreign = content(currency="USD", exchange_rate=Decimal("17.1234"))
    invoice = build(foreign)["Invoices"][0]
    assert (invoice["RateDate"], invoice["ExchangeRate"]) == ("2026-03-01", Decimal("17.1234"))


@pytest.mark.parametrize(
    ("rules", "rate"),
    [
        ({}, Decimal("17.5")),
        ({"rate_operator": RateOperator.DIVIDE}, Decimal("0.0571429")),
        ({"rate": RateSource.SAGE}, None),
    ],
)
def test_the_rate_is_the_cfdis_by_the_companys_operator_or_sages_own(
    rules: dict[str, Any], rate: Decimal | None
) -> None:
    foreign = content(currency="USD", exchange_rate=Decimal("17.5"))
    invoice = build(foreign, RULES.model_copy(update=rules))["Invoices"][0]
    assert invoice.get("ExchangeRate") == rate
    assert ("RateDate" in invoice) == (rate is not None)


@pytest.mark.parametrize(
    ("code", "changes", "rules", "setup"),
    [
        ("too_many_lines", {"lines": (), "net": ZERO, "total": ZERO}, {}, {}),
        (
            "period_closed",
            {},
            {"posting_date": PostingDate.CFDI, "periods_closed_until": date(2026, 3, 31)},
            {},
        ),
        ("rate_missing", {"currency": "USD"}, {}, {}),
        ("rate_missing", {"currency": "USD", "exchange_rate": ZERO}, {}, {}),
        ("lines_differ_from_subtotal", {"net": Decimal("99.00")}, {}, {}),
        ("account_unusable", {}, {"account_by_vendor": {"P1": "5109999"}}, {}),
        ("account_unusable", {}, {"account_by_vendor": {"P1": "code:NONE"}}, {}),
        ("optional_field_unusable", {}, {}, {"field_length": None}),
        ("optional_field_unusable", {}, {}, {"field_length": 35}),
        ("no_tax_group", {}, {"tax_group_by_taxes": {}}, {}),
        ("no_tax_group", {}, {"tax_group_by_taxes": {"IVA16": "UNKNOWN"}}, {}),
        ("tax_not_reproducible", {"total": Decimal("117.00")}, {}, {}),
        (
            "tax_not_reproducible",
            {"lines": (line("100.00", iva("15.00")),), "total": Decimal("115.00")},
            {},
            {},
        ),
        ("account_of_tax_missing", {"local_charged": Decimal(1)}, {}, {}),
        ("account_of_tax_missing", {"local_withheld": Decimal(1)}, {}, {}),
    ],
)
def test_what_cannot_be_built_says_why(
    code: str, changes: dict[str, Any], rules: dict[str, Any], setup: dict[str, Any]
) -> None:
    built = build_invoice(
        content().model_copy(update=changes),
        WANTED,
        tenant(RULES.model_copy(update=rules)),
        replace(SETUP, **setup),
        TODAY,
    )
    assert isinstance(built, Finding)
    assert built.code == code


def test_a_vendor_without_any_account_holds_the_line() -> None:
    wanted = Wanted(kind=DocumentKind.INVOICE, vendor=SageVendor(vendor_id="P1"), number="A1")
    found = build(content(), wanted=wanted)
    assert (found.code, found.params["line"]) == ("no_account_for_line", "1")


@pytest.mark.parametrize(
    ("taxes", "signature"),
    [
        ((), "IVA0"),
        ((iva("16"),), "IVA16"),
        ((iva("0", None),), "IVAEX"),
        ((iva("16"), withheld("ISR", "1.25", "1.25")), "IVA16+RET_ISR1.25"),
        ((withheld("ISR", "10.0000", "10"), iva("16")), "IVA16+RET_ISR10"),
    ],
)
def test_signature_names_the_taxes_present(taxes: tuple[Any, ...], signature: str) -> None:
    assert signature_of([taxes]) == signature


def test_cents_of_rounding_are_given_to_sage_to_spread() -> None:
    """Three lines of 0.03 VAT 16 %: Sage rounds each to 0.00, the SAT the sum to 0.01."""
    lines = tuple(line("0.03", iva("0.0048")) for _ in range(3))
    built = content(lines, net=Decimal("0.09"), total=Decimal("0.10"))
    invoice = build(built)["Invoices"][0]
    assert invoice["TaxAmountControl"] == "Distribute"
    assert invoice["TaxAmount1"] == Decimal("0.01")


amounts = st.decimals("0.01", "9999", places=6)


@given(st.lists(amounts, min_size=1, max_size=12))
def test_lines_in_cents_add_up_to_the_subtotal(values: list[Decimal]) -> None:
    lines = tuple(line(str(value)) for value in values)
    net = cents(sum(values, ZERO))
    nets = line_amounts(content(lines, net=net))
    assert nets is not None
    assert sum(nets, ZERO) == net
    assert all(cents(one) == one for one in nets)


@given(st.lists(amounts, min_size=1, max_size=12))
def test_what_is_sent_always_comes_to_the_cfdis_total(values: list[Decimal]) -> None:
    """Lines plus the tax that Sage computes, or is given, are the document's total to the cent."""
    taxes = [value * Decimal("0.16") for value in values]
    lines = tuple(line(str(value), iva(str(tax))) for value, tax in zip(values, taxes, strict=True))
    net = cents(sum(values, ZERO))
    total = net + cents(sum(taxes, ZERO))
    built = build(content(lines, net=net, total=total))
    if isinstance(built, Finding):
        assert built.code == "tax_not_reproducible"
        return
    invoice = built["Invoices"][0]
    nets = [detail["DistributedAmount"] for detail in invoice["InvoiceDetails"]]
    computed = sum((cents(one * 16 / 100) for one in nets), ZERO)
    assert sum(nets, ZERO) + invoice.get("TaxAmount1", computed) == total
