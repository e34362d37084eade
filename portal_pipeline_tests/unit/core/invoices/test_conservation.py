"""Whatever an invoice is made of: its money arrives whole, and Sage gives one verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import Decision, Status, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.confirmation import ConfirmationState, confirm
from portal_pipeline.core.invoices.import_plan import (
    decide_before_building,
    decide_built,
    decide_in_sage,
)
from portal_pipeline.core.invoices.lines import Place
from portal_pipeline.core.invoices.models import (
    ContentLine,
    ContentTax,
    InvoiceContent,
    SageTaxGroup,
)
from portal_pipeline.core.invoices.payload import Wanted, build_invoice
from portal_pipeline.core.invoices.setup import SageSetup
from portal_pipeline.core.money import ZERO, cents
from portal_pipeline.core.sage import BatchStatus, SageDocument, SageDocumentSource
from portal_pipeline.core.tenant import ImportRules, TaxMode, Withholdings
from portal_pipeline_tests.unit.core.invoices.makers import (
    OTHER,
    TODAY,
    UUID,
    VENDOR,
    candidate,
    document,
    facts,
    operation,
    tenant,
)

D = Decimal
GROUP = SageTaxGroup(
    name="ANY",
    authorities=("IVA", "IEPS", "RETIVA", "RETISR"),
    rates=(
        {1: D(16), 2: D(8), 3: D(0), 4: D(0)},
        {1: D("26.5"), 2: D(8), 3: D(0)},
        {1: D("-10.66667"), 2: D(0)},
        {1: D(-10), 2: D("-1.25"), 3: D(0)},
    ),
)
RULES = ImportRules(
    tax_group_by_vendor={"P1": "ANY"},
    tax_class_by_rate={"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4},
    authority_by_tax={"IVA": "IVA", "IEPS": "IEPS", "RET_IVA": "RETIVA", "RET_ISR": "RETISR"},
    withholding_accounts={"RET_IVA": "7", "RET_ISR": "8"},
    local_tax_account="9",
    local_withholding_account="9",
)
SETUP = SageSetup(
    tax_groups={"ANY": GROUP},
    usable=frozenset(Place(account=one) for one in ("5100100", "7", "8", "9")),
    field_length=60,
)
PERCENT = {"IVA": ("16", "8", "0", None), "IEPS": ("26.5", "8"), "RET_IVA": ("10.6667",)}
PERCENT["RET_ISR"] = ("10", "1.25")


class Made(NamedTuple):
    """A CFDI, the settings by which it enters Sage, and what is withheld in it."""

    content: InvoiceContent
    rules: ImportRules
    withheld: Decimal


@st.composite
def taxed_lines(draw: st.DrawFn) -> ContentLine:
    amount = draw(st.decimals("0.01", "99999", places=draw(st.sampled_from([2, 6]))))
    taxes = []
    for kind in draw(st.lists(st.sampled_from(sorted(PERCENT)), unique=True, max_size=4)):
        percent = draw(st.sampled_from(PERCENT[kind]))
        rate = None if percent is None else D(percent)
        taxes.append(
            ContentTax(
                name=kind.removeprefix("RET_"),
                percent=rate,
                amount=(amount * (rate or 0) / 100).quantize(D("0.000001")),
                is_withheld=kind.startswith("RET_"),
            )
        )
    return ContentLine(product="1", description="x", amount=amount, taxes=tuple(taxes))


@st.composite
def invoices(draw: st.DrawFn) -> Made:
    lines = tuple(draw(st.lists(taxed_lines(), min_size=1, max_size=8)))
    sums: dict[tuple[str, bool], Decimal] = {}
    for tax in (tax for line in lines for tax in line.taxes):
        key = (tax.kind, tax.is_withheld)
        sums[key] = sums.get(key, ZERO) + tax.amount
    withheld = sum((cents(one) for (_, is_withheld), one in sums.items() if is_withheld), ZERO)
    charged = sum((cents(one) for (_, is_withheld), one in sums.items() if not is_withheld), ZERO)
    local = draw(st.sampled_from([D(0), D("1.50")]))
    net = cents(sum((line.amount for line in lines), ZERO))
    slip = D(draw(st.sampled_from([0, 0, 0, 1, -3, 9]))) / 100  # the supplier's own rounding
    currency = draw(st.sampled_from(["MXN", "USD"]))
    content = InvoiceContent(
        uuid=UUID,
        issuer_name="x",
        serie="A",
        folio="1",
        issued_on=date(2026, 3, 1),
        currency=currency,
        exchange_rate=D("17.5") if currency == "USD" else None,
        net=net,
        total=net + charged - withheld + local + slip,
        lines=lines,
        local_charged=local,
    )
    choices = {
        "tax_mode": draw(st.sampled_from(TaxMode)),
        "withholdings": draw(st.sampled_from(Withholdings)),
    }
    return Made(content, RULES.model_copy(update=choices), withheld)


def built(made: Made) -> Mapping[str, Any] | Finding:
    """The invoice that is sent."""
    wanted = Wanted(kind=DocumentKind.INVOICE, vendor=VENDOR, number="A1")
    body = build_invoice(made.content, wanted, tenant(made.rules), SETUP, TODAY)
    return body if isinstance(body, Finding) else body["Invoices"][0]


def total_in_sage(invoice: Mapping[str, Any]) -> Decimal:
    """What Sage makes of the lines and taxes; its own withholdings are no part of it."""
    details = invoice["InvoiceDetails"]
    total = sum((one["DistributedAmount"] for one in details), ZERO)
    for number, rates in enumerate(GROUP.rates, start=1):
        if f"EstimatedTaxWithheldAmount{number}" in invoice:
            continue
        if invoice["TaxAmountControl"] == "Calculate":
            total += sum(
                cents(one["DistributedAmount"] * rates[one[f"TaxClass{number}"]] / 100)
                for one in details
            )
            continue
        total += invoice[f"TaxAmount{number}"]
        if invoice["TaxAmountControl"] == "Enter":
            given = sum((one[f"TaxAmount{number}"] for one in details), ZERO)
            assert given == invoice[f"TaxAmount{number}"]
    return total


@given(invoices())
def test_whatever_lines_taxes_and_currency_the_document_is_the_cfdis_total_to_the_cent(
    made: Made,
) -> None:
    """Or it is held: nothing is lost, made up, or left undistributed."""
    invoice = built(made)
    if isinstance(invoice, Finding):
        assert invoice.code in {"tax_not_reproducible", "no_tax_class"}
        return
    by_sage = made.withheld if made.rules.withholdings == Withholdings.SAGE else ZERO
    assert invoice["DocumentTotalIncludingTax"] == made.content.total + by_sage
    assert total_in_sage(invoice) == made.content.total + by_sage
    amounts = [one["DistributedAmount"] for one in invoice["InvoiceDetails"]]
    assert all(cents(one) == one for one in amounts)
    assert invoice.get("ExchangeRate") == made.content.exchange_rate


@pytest.mark.parametrize("way", Withholdings)
@pytest.mark.parametrize("mode", TaxMode)
def test_a_common_mixture_is_never_held(way: Withholdings, mode: TaxMode) -> None:
    """Without this the property above could hold by holding everything."""
    fee = tuple(
        ContentTax(name=name, percent=D(percent), amount=D(amount), is_withheld=is_withheld)
        for name, percent, amount, is_withheld in (
            ("IVA", "16", "160.00", False),
            ("ISR", "10", "100.00", True),
            ("IVA", "10.6667", "106.67", True),
        )
    )
    line = ContentLine(product="1", description="x", amount=D("1000.00"), taxes=fee)
    content = InvoiceContent(
        uuid=UUID, issuer_name="x", serie="A", folio="1", issued_on=date(2026, 3, 1),
        currency="MXN", exchange_rate=None, net=D("1000.00"), total=D("953.33"), lines=(line,),
    )  # fmt: skip
    rules = RULES.model_copy(update={"tax_mode": mode, "withholdings": way})
    invoice = built(Made(content, rules, D("206.67")))
    assert not isinstance(invoice, Finding)


# -- one verdict -----------------------------------------------------------------------------------


@st.composite
def appearances(draw: st.DrawFn) -> SageDocument:
    return document(
        source=draw(st.sampled_from(SageDocumentSource)),
        vendor_id=draw(st.sampled_from(["P1", "P2"])),
        number=draw(st.sampled_from(["A1", "A2"])),
        uuid=draw(st.sampled_from([UUID, UUID, "", OTHER])),
        batch_status=draw(st.sampled_from([BatchStatus.OPEN, BatchStatus.POSTED])),
        error_batch=draw(st.sampled_from([0, 0, 9])),
        error_entry=draw(st.sampled_from([0, 0, 1])),
        batch=draw(st.sampled_from([7, 9])),
        has_reached_ap=draw(st.booleans()),
        is_reversed=draw(st.booleans()),
    )


@given(st.lists(appearances(), max_size=5), st.randoms(use_true_random=False))
def test_sage_gives_one_verdict_in_whatever_order_it_shows_its_documents(
    mixture: list[SageDocument], chance: Any
) -> None:
    found = confirm(UUID, mixture)
    shuffled = mixture.copy()
    chance.shuffle(shuffled)
    assert confirm(UUID, shuffled).state == found.state
    assert (found.document is None) == (found.state == ConfirmationState.ABSENT)


STATES = {
    ConfirmationState.CONFIRMED: Verdict.DONE,
    ConfirmationState.IN_OPEN_BATCH: Verdict.HOLD,
    ConfirmationState.ON_TWO_DOCUMENTS: Verdict.HOLD,
    ConfirmationState.IN_ERROR_BATCH: Verdict.REJECT,
    ConfirmationState.DIFFERS: Verdict.REJECT,
}


@given(
    st.lists(appearances(), max_size=4),
    st.fixed_dictionaries(
        {
            "is_cancelled": st.sampled_from(["yes", "no"]),
            "status_group": st.sampled_from(["RECEIVED", "SENDING", "ARCHIVED"]),
            "po_numbers": st.sampled_from(["", "PO1"]),
            "related": st.sampled_from(["", f"04:{OTHER}", f"07:{OTHER}"]),
        }
    ),
    st.sampled_from([None, *Status]),
)
@example([document()], {"is_cancelled": "yes"}, Status.HELD)
def test_every_invoice_has_one_decision_and_is_never_imported_while_sage_holds_it(
    mixture: list[SageDocument], details: dict[str, str], status: Status | None
) -> None:
    rows = () if status is None else (operation(status=status),)
    one = candidate(details, rows)
    held = tuple(each for each in mixture if each.uuid == UUID)
    known = facts(by_uuid={UUID: held} if held else {})
    decision = decide_in_sage(one, known) or decide_before_building(one, known, tenant())
    if not isinstance(decision, Decision):
        decision = decide_built(one, decision, known, tenant())
    state = confirm(UUID, held).state
    if state in STATES:
        assert decision.verdict in (STATES[state], Verdict.REJECT)
    else:
        assert decision.verdict in Verdict
    assert (decision.finding is None) == (decision.verdict in (Verdict.ACT, Verdict.DONE))
