"""The invoice that Sage is sent: order of properties, amounts, taxes, accounts, reasons not to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.models import InvoiceContent
from portal_pipeline.core.invoices.payload import Wanted, build_invoice, line_amounts
from portal_pipeline.core.invoices.taxes import SageTaxes, sage_taxes, signature_of
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import ImportRules, PostingDate
from portal_pipeline_tests.unit.core.invoices.makers import (
    GROUPS,
    RULES,
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
HONORARIUM = content(
    (
        line(
            "100.00",
            iva("16.00"),
            withheld("ISR", "10", "10.00"),
            withheld("IVA", "10.6667", "10.6667"),
        ),
    ),
    total=Decimal("95.33"),
)


def build(
    built: InvoiceContent,
    rules: ImportRules = RULES,
    wanted: Wanted = WANTED,
) -> Any:
    return build_invoice(built, wanted, tenant(rules), GROUPS, TODAY)


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
    ("vendor", "rules", "place"),
    [
        (VENDOR, {}, ("GLAccount", "5100100")),
        ({"distribution_code": "COMPRA", "gl_account": "1"}, {}, ("DistributionCode", "COMPRA")),
        (VENDOR, {"default_account": "9"}, ("GLAccount", "9")),
        (VENDOR, {"default_account": "9", "account_by_vendor": {"P1": "8"}}, ("GLAccount", "8")),
        (
            VENDOR,
            {"account_by_vendor": {"P1": "8"}, "account_by_product": {"31161500": "7"}},
            ("GLAccount", "7"),
        ),
    ],
)
def test_account_is_of_the_product_then_vendor_then_default_then_the_vendors_own(
    vendor: Any, rules: dict[str, Any], place: tuple[str, str]
) -> None:
    chosen = vendor if isinstance(vendor, SageVendor) else SageVendor(vendor_id="P1", **vendor)
    wanted = Wanted(kind=DocumentKind.INVOICE, vendor=chosen, number="A1")
    body = build(content(), RULES.model_copy(update=rules), wanted)
    assert body["Invoices"][0]["InvoiceDetails"][0][place[0]] == place[1]


@pytest.mark.parametrize(
    ("changes", "rules", "vendor", "code"),
    [
        ({"lines": ()}, {}, VENDOR, "case_not_supported"),
        (
            {},
            {"posting_date": PostingDate.CFDI, "periods_closed_until": date(2026, 3, 31)},
            VENDOR,
            "period_closed",
        ),
        ({"currency": "USD"}, {}, VENDOR, "rate_missing"),
        ({"currency": "USD", "exchange_rate": ZERO}, {}, VENDOR, "rate_missing"),
        ({}, {}, SageVendor(vendor_id="P1"), "no_account_for_line"),
        ({"net": Decimal("99.00")}, {}, VENDOR, "case_not_supported"),
        ({}, {"tax_group_by_taxes": {}}, VENDOR, "no_tax_group"),
        ({}, {"tax_group_by_taxes": {"IVA16": "UNKNOWN"}}, VENDOR, "no_tax_group"),
        ({"total": Decimal("117.00")}, {}, VENDOR, "tax_not_reproducible"),
        (
            {"lines": (line("100.00", iva("15.00")),), "total": Decimal("115.00")},
            {},
            VENDOR,
            "tax_not_reproducible",
        ),
    ],
)
def test_what_cannot_be_built_says_why(
    changes: dict[str, Any], rules: dict[str, Any], vendor: SageVendor, code: str
) -> None:
    wanted = Wanted(kind=DocumentKind.INVOICE, vendor=vendor, number="A1")
    built = build(content().model_copy(update=changes), RULES.model_copy(update=rules), wanted)
    assert isinstance(built, Finding)
    assert built.code == code


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
    assert signature_of(content((line("100.00", *taxes),))) == signature


def test_withholdings_find_the_authority_and_class_of_their_rate() -> None:
    found = sage_taxes(HONORARIUM, (Decimal("100.00"),), RULES, GROUPS)
    assert found == SageTaxes(group="IVA16HON", classes=((1, 1, 1),))


def test_rates_of_one_tax_are_item_classes_of_one_authority() -> None:
    mixed = content(
        (line("100.00", iva("16.00")), line("50.00", iva("0", "0")), line("10.00")),
        net=Decimal("160.00"),
        total=Decimal("176.00"),
    )
    found = sage_taxes(mixed, (Decimal(100), Decimal(50), Decimal(10)), RULES, GROUPS)
    assert found == SageTaxes(group="IVA16", classes=((1,), (3,), (4,)))


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
