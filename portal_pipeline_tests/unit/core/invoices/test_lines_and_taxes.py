"""Where lines are booked, and how their taxes and withholdings are carried in Sage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.lines import Place, booked_lines, place_for
from portal_pipeline.core.invoices.models import ContentTax, InvoiceContent, SageTaxGroup
from portal_pipeline.core.invoices.payload import Wanted, build_invoice, group_names
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import ImportRules, TaxMode, Withholdings
from portal_pipeline_tests.unit.core.invoices.makers import (
    GROUPS,
    RULES,
    SETUP,
    TODAY,
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
IEPS = SageTaxGroup(
    name="IEPS",
    authorities=("IVA", "IEPS"),
    rates=({1: Decimal(16), 3: Decimal(0)}, {1: Decimal(8), 2: Decimal(0)}),
)
PLACES = frozenset({*SETUP.usable, Place(account="2160100"), Place(account="2160200")})
SETUP_ALL = replace(SETUP, usable=PLACES, tax_groups={**GROUPS, "IEPS": IEPS})


def build(
    built: InvoiceContent, wanted: Wanted = WANTED, /, **rules: object
) -> dict[str, Any] | Finding:
    """The invoice that is sent, or why there is none."""
    body = build_invoice(built, wanted, tenant(RULES.model_copy(update=rules)), SETUP_ALL, TODAY)
    return body if isinstance(body, Finding) else body["Invoices"][0]


def sent(built: InvoiceContent, wanted: Wanted = WANTED, /, **rules: object) -> dict[str, Any]:
    """The invoice that is sent."""
    invoice = build(built, wanted, **rules)
    assert not isinstance(invoice, Finding), invoice
    return invoice


def in_sage(invoice: dict[str, Any]) -> Decimal:
    """What Sage makes of the lines: amounts plus the taxes that it computes or is given."""
    group = SETUP_ALL.tax_groups[invoice["TaxGroup"]]
    total: Decimal = sum((one["DistributedAmount"] for one in invoice["InvoiceDetails"]), ZERO)
    for n, rates in enumerate(group.rates, start=1):
        if invoice["TaxAmountControl"] != "Calculate":
            total += invoice[f"TaxAmount{n}"]
            continue
        for detail in invoice["InvoiceDetails"]:
            total += cents(detail["DistributedAmount"] * rates[detail[f"TaxClass{n}"]] / 100)
    return total


# -- accounts --------------------------------------------------------------------------------------

MAPPINGS: dict[str, Any] = {
    "account_by_vendor_and_product": {"P1/31161500": "1"},
    "account_by_product": {"31161500": "2"},
    "account_by_vendor": {"P1": "3"},
    "account_by_expense_field": {"FLETES": "code:FLETE"},
    "expense_field_is_account": True,
    "default_account": "6",
}
OWN = SageVendor(vendor_id="P1", distribution_code="COMPRA", gl_account="5100100")


@pytest.mark.parametrize(
    ("without", "expense", "vendor", "place"),
    [
        ((), "FLETES", OWN, "1"),
        (("account_by_vendor_and_product",), "FLETES", OWN, "2"),
        (("account_by_vendor_and_product", "account_by_product"), "FLETES", OWN, "3"),
        (tuple(MAPPINGS)[:3], "FLETES", OWN, "code:FLETE"),
        (tuple(MAPPINGS)[:3], "6200300", OWN, "6200300"),
        (tuple(MAPPINGS)[:5], "6200300", OWN, "code:COMPRA"),
        (tuple(MAPPINGS)[:3], "", VENDOR, "5100100"),
        (tuple(MAPPINGS)[:5], "", SageVendor(vendor_id="P1"), "6"),
        (tuple(MAPPINGS), "", SageVendor(vendor_id="P1"), None),
    ],
)
def test_a_line_is_booked_where_the_most_particular_mapping_says(
    without: tuple[str, ...], expense: str, vendor: SageVendor, place: str | None
) -> None:
    rules = ImportRules(**{name: value for name, value in MAPPINGS.items() if name not in without})
    found = place_for(line("1.00"), vendor, expense, rules)
    assert (found.name if found else None) == place


def test_a_distribution_code_is_sent_alone_and_an_account_too() -> None:
    by_code = sent(content(), account_by_vendor={"P1": "code:COMPRA"})["InvoiceDetails"][0]
    by_account = sent(content(), account_by_vendor={"P1": "7"})["InvoiceDetails"][0]
    assert (by_code.get("DistributionCode"), by_code.get("GLAccount")) == ("COMPRA", None)
    assert (by_account.get("DistributionCode"), by_account.get("GLAccount")) == (None, "7")


# -- tax groups ------------------------------------------------------------------------------------


def test_groups_are_tried_from_the_vendors_mapping_to_the_vendors_own_in_sage() -> None:
    rules = RULES.model_copy(
        update={
            "tax_group_by_vendor": {"P1": "G1"},
            "tax_group_by_dossier": {"NACIONAL": "G2"},
            "tax_group_by_taxes": {"IVA16": "G3"},
        }
    )
    vendor = SageVendor(vendor_id="P1", tax_group="G4")
    wanted = WANTED.model_copy(update={"vendor": vendor, "tax_group": "NACIONAL"})
    assert group_names(content(), wanted, rules) == ("G1", "G2", "G3", "G4")


def test_the_first_group_that_can_carry_the_taxes_is_used() -> None:
    """The vendor's usual group has no place for the withholdings of this document."""
    invoice = sent(HONORARIUM, tax_group_by_vendor={"P1": "IVA16"})
    assert invoice["TaxGroup"] == "IVA16HON"


def test_withholdings_find_the_authority_and_class_of_their_rate() -> None:
    detail = sent(HONORARIUM)["InvoiceDetails"][0]
    assert [detail[f"TaxClass{n}"] for n in (1, 2, 3)] == [1, 1, 1]


def test_rates_of_one_tax_are_item_classes_of_one_authority() -> None:
    mixed = content(
        (line("100.00", iva("16.00")), line("50.00", iva("0", "0")), line("10.00")),
        net=Decimal("160.00"),
        total=Decimal("176.00"),
    )
    invoice = sent(mixed)
    assert [one["TaxClass1"] for one in invoice["InvoiceDetails"]] == [1, 3, 4]


def test_a_mapped_authority_counts_before_a_rate_that_happens_to_fit() -> None:
    """Both withholdings are of 10 %: only the mapping can tell them apart."""
    same = SageTaxGroup(
        name="SAME",
        authorities=("IVA", "ONE", "TWO"),
        rates=(GROUPS["IVA16"].rates[0], {1: Decimal(-10), 2: ZERO}, {1: Decimal(-10), 2: ZERO}),
    )
    taxes = (iva("16.00"), withheld("ISR", "10", "10.00"))
    built = content((line("100.00", *taxes),), total=Decimal("106.00"))
    rules = RULES.model_copy(
        update={
            "tax_group_by_taxes": {"IVA16+RET_ISR10": "SAME"},
            "authority_by_tax": {"RET_ISR": "TWO"},
        }
    )
    setup = replace(SETUP, tax_groups={"SAME": same})
    body = build_invoice(built, WANTED, tenant(rules), setup, TODAY)
    assert not isinstance(body, Finding)
    detail = body["Invoices"][0]["InvoiceDetails"][0]
    assert (detail["TaxClass2"], detail["TaxClass3"]) == (2, 1)


# -- tax modes -------------------------------------------------------------------------------------

CENT_APART = content(
    tuple(line("0.03", iva("0.0048")) for _ in range(3)), net=Decimal("0.09"), total=Decimal("0.10")
)
"""Sage rounds each of three taxes to 0.00, the SAT their sum to 0.01."""


@pytest.mark.parametrize(
    ("mode", "built", "control"),
    [
        (TaxMode.AUTOMATIC, content(), "Calculate"),
        (TaxMode.AUTOMATIC, CENT_APART, "Distribute"),
        (TaxMode.CALCULATED, content(), "Calculate"),
        (TaxMode.CALCULATED, CENT_APART, "tax_not_reproducible"),
        (TaxMode.DISTRIBUTED, content(), "Distribute"),
        (TaxMode.DISTRIBUTED, CENT_APART, "Distribute"),
        (TaxMode.ENTERED, content(), "Enter"),
        (TaxMode.ENTERED, CENT_APART, "Enter"),
    ],
)
def test_the_mode_says_who_gives_the_taxes(
    mode: TaxMode, built: InvoiceContent, control: str
) -> None:
    invoice = build(built, tax_mode=mode)
    if isinstance(invoice, Finding):
        assert invoice.code == control
        return
    assert invoice["TaxAmountControl"] == control
    assert in_sage(invoice) == invoice["DocumentTotalIncludingTax"] == built.total


def test_entered_taxes_are_those_of_the_lines_with_the_cfdis_own_bases() -> None:
    """VAT is due on the IEPS, too: Sage's percent of the line would not give it."""
    ieps = ContentTax(name="IEPS", percent=Decimal(8), amount=Decimal("8.00"), base=Decimal(100))
    vat = ContentTax(name="IVA", percent=Decimal(16), amount=Decimal("17.28"), base=Decimal(108))
    built = content((line("100.00", ieps, vat),), total=Decimal("125.28"))
    rules = {"tax_group_by_taxes": {"IEPS8+IVA16": "IEPS"}}
    refused = build(built, **rules)
    assert isinstance(refused, Finding)
    assert refused.code == "tax_not_reproducible"
    invoice = sent(built, tax_mode=TaxMode.ENTERED, **rules)
    (detail,) = invoice["InvoiceDetails"]
    assert [detail[f"TaxAmount{n}"] for n in (1, 2)] == [Decimal("17.28"), Decimal("8.00")]
    assert [detail[f"BaseTax{n}"] for n in (1, 2)] == [Decimal("108.00"), Decimal("100.00")]
    assert (invoice["TaxBaseControl"], invoice["TaxBase1"]) == ("Enter", Decimal("108.00"))
    assert in_sage(invoice) == Decimal("125.28")


def test_a_tax_per_unit_is_entered_because_no_percentage_gives_it() -> None:
    quota = ContentTax(name="IEPS", percent=None, amount=Decimal("5.91"), is_per_unit=True)
    built = content((line("100.00", iva("16.00"), quota),), total=Decimal("121.91"))
    invoice = sent(
        built,
        tax_group_by_taxes={"IEPSCUOTA+IVA16": "IEPS"},
        authority_by_tax={"IEPSCUOTA": "IEPS"},
    )
    assert (invoice["TaxAmountControl"], invoice["TaxAmount2"]) == ("Enter", Decimal("5.91"))
    assert in_sage(invoice) == Decimal("121.91")


# -- withholdings and local taxes ------------------------------------------------------------------


def test_a_withholding_by_authority_is_within_the_taxes_of_the_document() -> None:
    invoice = sent(HONORARIUM)
    assert invoice["TaxGroup"] == "IVA16HON"
    assert in_sage(invoice) == invoice["DocumentTotalIncludingTax"] == Decimal("95.33")


def test_a_withholding_by_line_is_negative_and_untaxed_on_its_account() -> None:
    invoice = sent(
        HONORARIUM,
        withholdings=Withholdings.LINE,
        withholding_accounts={"RET_ISR": "2160100", "RET_IVA": "2160200"},
    )
    assert invoice["TaxGroup"] == "IVA16"
    assert [
        (one["GLAccount"], one["DistributedAmount"], one["TaxClass1"])
        for one in invoice["InvoiceDetails"]
    ] == [
        ("5100100", Decimal("100.00"), 1),
        ("2160100", Decimal("-10.00"), 4),
        ("2160200", Decimal("-10.67"), 4),
    ]
    assert in_sage(invoice) == invoice["DocumentTotalIncludingTax"] == Decimal("95.33")


def test_a_withholding_line_without_account_holds_the_document() -> None:
    found = build(HONORARIUM, withholdings=Withholdings.LINE)
    assert isinstance(found, Finding)
    assert (found.code, found.params["tax"]) == ("account_of_tax_missing", "RET_ISR")


def test_sages_own_withholding_leaves_the_document_whole() -> None:
    """What is withheld is kept back at payment: the document is the CFDI's total plus that."""
    invoice = sent(
        HONORARIUM, withholdings=Withholdings.SAGE, tax_group_by_taxes={"IVA16": "IVA16"}
    )
    assert invoice["DocumentTotalIncludingTax"] == Decimal("116.00")
    assert invoice["TaxGroup"] == "IVA16"
    assert in_sage(invoice) == Decimal("116.00")
    assert not [name for name in invoice if name.startswith("EstimatedTaxWithheld")]


def test_sages_own_withholding_is_named_where_the_group_has_its_authority() -> None:
    group = replace_rates(GROUPS["IVA16HON"], {1: Decimal("10.66667")}, {1: Decimal(10)})
    setup = replace(SETUP, tax_groups={**GROUPS, "WHT": group})
    rules = RULES.model_copy(
        update={
            "withholdings": Withholdings.SAGE,
            "tax_group_by_vendor": {"P1": "WHT"},
            "authority_by_tax": {"RET_IVA": "RETIVA", "RET_ISR": "RETISR"},
        }
    )
    body = build_invoice(HONORARIUM, WANTED, tenant(rules), setup, TODAY)
    assert not isinstance(body, Finding)
    invoice = body["Invoices"][0]
    assert invoice["TaxAmountControl"] == "Calculate"
    assert invoice["EstimatedTaxWithheldAmount2"] == Decimal("10.67")
    assert invoice["EstimatedTaxWithheldAmount3"] == Decimal("10.00")


def replace_rates(group: SageTaxGroup, *rates: dict[int, Decimal]) -> SageTaxGroup:
    """The group with other rates of its withholdings."""
    return group.model_copy(update={"name": "WHT", "rates": (group.rates[0], *rates)})


def test_local_taxes_are_lines_without_tax_on_their_accounts() -> None:
    built = content(
        local_charged=Decimal("3.00"), local_withheld=Decimal("0.50"), total=Decimal("118.50")
    )
    invoice = sent(built, local_tax_account="7", local_withholding_account="8")
    assert [(one["GLAccount"], one["DistributedAmount"]) for one in invoice["InvoiceDetails"]] == [
        ("5100100", Decimal("100.00")),
        ("7", Decimal("3.00")),
        ("8", Decimal("-0.50")),
    ]
    assert in_sage(invoice) == Decimal("118.50")


# -- whatever the document -------------------------------------------------------------------------

amounts = st.decimals("0.01", "99999", places=6)


@given(
    values=st.lists(amounts, min_size=1, max_size=8),
    withholdings=st.sampled_from(Withholdings),
    mode=st.sampled_from(TaxMode),
)
def test_what_sage_makes_of_the_lines_is_the_total_that_is_sent_in_every_mode(
    values: list[Decimal], withholdings: Withholdings, mode: TaxMode
) -> None:
    """To the cent, or the document is held: nothing is ever left undistributed."""
    lines = tuple(
        line(
            str(value),
            iva(str(value * Decimal("0.16"))),
            withheld("ISR", "10", str(value * Decimal("0.1"))),
            withheld("IVA", "10.6667", str(value * Decimal("0.106667"))),
        )
        for value in values
    )
    net = cents(sum(values, ZERO))
    sums = [
        cents(sum((one.taxes[n].amount for one in lines), ZERO)) * sign
        for n, sign in enumerate((1, -1, -1))
    ]
    total = net + sum(sums, ZERO)
    invoice = build(
        content(lines, net=net, total=total),
        withholdings=withholdings,
        withholding_accounts={"RET_ISR": "2160100", "RET_IVA": "2160200"},
        tax_mode=mode,
    )
    if isinstance(invoice, Finding):
        assert invoice.code == "tax_not_reproducible"
        return
    assert in_sage(invoice) == invoice["DocumentTotalIncludingTax"]
    kept_back = -sums[1] - sums[2] if withholdings == Withholdings.SAGE else ZERO
    assert invoice["DocumentTotalIncludingTax"] == total + kept_back
    if invoice["TaxAmountControl"] == "Enter":
        for n in range(1, len(SETUP_ALL.tax_groups[invoice["TaxGroup"]].authorities) + 1):
            of_lines = sum((one[f"TaxAmount{n}"] for one in invoice["InvoiceDetails"]), ZERO)
            assert of_lines == invoice[f"TaxAmount{n}"]


def test_extra_lines_never_change_the_concepts() -> None:
    rules = RULES.model_copy(
        update={
            "withholdings": Withholdings.LINE,
            "withholding_accounts": {"RET_ISR": "2160100", "RET_IVA": "2160200"},
        }
    )
    plain, extra = (booked_lines(HONORARIUM, VENDOR, "", one) for one in (RULES, rules))
    assert not isinstance(plain, Finding)
    assert not isinstance(extra, Finding)
    assert [one.net for one in extra[:1]] == [one.net for one in plain]
    assert sum((one.net for one in extra), ZERO) == Decimal("79.33")
