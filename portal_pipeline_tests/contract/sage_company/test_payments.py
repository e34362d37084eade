"""Payments: amounts in both currencies, what invoices still owe, reversals, their own series."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    Application,
    OptionalValue,
    RemitType,
    SageRefused,
)
from portal_pipeline_tests.contract.sage_company.conftest import START, UUID, entry

D = Decimal


@pytest.fixture
def owed(bench):
    """P1 is owed A1 and A2 (1,160.00 each) and has the credit note NC1 (232.00); U1 is owed 100."""
    details = (ApDetail(amount=D(200), gl_account="5100100"),)
    note = entry(number="NC1", document_type=ApDocumentType.CREDIT_NOTE, details=details)
    dollars = (ApDetail(amount=D(100), gl_account="5100100"),)
    batch = bench.company.create_ap_invoice_batch(
        description="x",
        date=START.date(),
        entries=[
            entry(),
            entry(number="A2"),
            note,
            entry(vendor="U1", number="US1", details=dollars, document_date=date(2026, 3, 2)),
        ],
    )
    assert len(bench.company.post_ap_invoice_batch(batch).posted) == 4
    return bench


def pays(bench, *what, vendor="P1", bank="BANMXP", **more):
    applications = [
        item if isinstance(item, Application) else Application(number=item[0], amount=D(item[1]))
        for item in what
    ]
    return bench.company.pay(bank=bank, vendor=vendor, applications=applications, **more)


def due(bench, number):
    return next(i.due for i in bench.company.invoices() if i.number == number)


def test_a_payment_in_full_settles_its_invoices(owed):
    made = pays(owed, ("A1", 1160), ("A2", 1160), payment_code="TRANSF", reference="ref")
    assert made.amount == 2320
    for number in ("A1", "A2"):
        document = owed.row("APOBL", IDVEND="P1", IDINVC=number)
        assert (document["AMTDUETC"], document["SWPAID"]) == (0, 1)
        assert document["DATEPAID"] == owed.company.today
    posted = owed.row("APPYM")
    assert (posted["IDINVC"], posted["SWCHKCLRD"], posted["TRXTYPETXT"]) == (made.number, 0, 11)
    assert (posted["CNTBTCH"], posted["CNTITEM"]) == (made.batch, made.entry)
    document = owed.row("APOBL", IDINVC=made.number)
    assert (document["TXTTRXTYPE"], document["IDTRXTYPE"], document["SWPAID"]) == (11, 51, 1)
    header = owed.row("APBTA", PAYMTYPE="PY", CNTBTCH=made.batch)
    assert (header["BATCHSTAT"], header["CNTENTER"], header["AMTENTER"]) == (3, 1, 2320)
    assert header["POSTSEQNBR"] > 0
    assert len(owed.rows("APOBP")) == 2


def test_a_part_payment_leaves_the_rest(owed):
    pays(owed, ("A1", "1000.01"))
    assert due(owed, "A1") == D("159.99")
    pays(owed, ("A1", "159.99"))
    assert due(owed, "A1") == 0
    assert [row["CNTSEQNCE"] for row in owed.rows("APOBP")] == [1, 2]


def test_a_credit_note_line_lowers_the_cash(owed):
    note = Application(number="NC1", amount=D(-232), document_type=ApDocumentType.CREDIT_NOTE)
    made = pays(owed, ("A1", 1160), note)
    assert made.amount == 928
    assert (due(owed, "A1"), due(owed, "NC1")) == (0, 0)
    (payment,) = owed.company.payments()
    assert [(line.document_type, line.amount) for line in payment.lines] == [(1, 1160), (3, -232)]


def test_a_discount_settles_without_cash(owed):
    pays(owed, Application(number="A1", amount=D(1136), discount=D(24)))
    row = owed.row("APTCR")
    assert (row["AMTRMIT"], row["AMTDISCTC"]) == (1136, 24)
    assert due(owed, "A1") == 0


@pytest.mark.parametrize(
    ("vendor", "bank", "line", "rate", "in_bank", "in_vendor", "rates"),
    [
        pytest.param("P1", "BANMXP", ("A1", "1160"), None, "1160", "1160", (1, 1), id="pesos"),
        pytest.param("U1", "BANUSD", ("US1", "100"), "18", "100", "100", (18, 18), id="dollars"),
        pytest.param(
            "U1",
            "BANMXP",
            ("US1", "99.99"),
            "18.3333",
            "1833.15",
            "99.99",
            ("18.3333", 1),
            id="dollars from pesos",
        ),
        pytest.param(
            "P1",
            "BANUSD",
            ("A1", "1160"),
            "18",
            "64.44",
            "1160",
            (1, 18),
            id="pesos from dollars",
        ),
        pytest.param(
            "U1",
            "BANMXP",
            ("US1", "100"),
            None,
            "1750",
            "100",
            ("17.5", 1),
            id="rate of the day",
        ),
    ],
)
def test_each_side_has_its_currency(owed, vendor, bank, line, rate, in_bank, in_vendor, rates):
    pays(owed, line, vendor=vendor, bank=bank, rate=D(rate) if rate else None)
    row = owed.row("APTCR")
    assert (row["AMTRMIT"], row["AMTRMITTC"]) == (D(in_bank), D(in_vendor))
    assert (row["RATEEXCHTC"], row["RATEEXCHHC"]) == tuple(D(value) for value in rates)
    assert (row["OPERVEND"], row["OPERBANK"]) == (1, 1)
    assert owed.row("APTCP")["AMTPAYM"] == D(in_vendor)
    assert (row["CODECURNBC"], row["CODECURN"]) == (
        bank.removeprefix("BAN"),
        "USD" if vendor == "U1" else "MXP",
    )


def test_a_reversal_reopens_the_invoices_and_stamps_only_the_posted_payment(owed):
    made = pays(owed, ("A1", 1160), ("A2", 160))
    entered = owed.row("APTCR")
    owed.clock.now += timedelta(days=7)
    owed.company.reverse_payment(number=made.number, reason="Devuelto")
    assert (due(owed, "A1"), due(owed, "A2")) == (1160, 1160)
    posted = owed.row("APPYM")
    assert (posted["SWCHKCLRD"], posted["DATERVRSD"]) == (2, owed.company.today)
    assert owed.row("APTCR") == entered
    (payment,) = owed.company.payments()
    assert payment.is_reversed
    with pytest.raises(SageRefused, match="payment_reversed"):
        owed.company.reverse_payment(number=made.number)
    assert pays(owed, ("A1", 1160)).number != made.number


def test_an_unposted_payment_settles_nothing(owed):
    made = pays(owed, ("A1", 1160), post=False)
    assert due(owed, "A1") == 1160
    assert owed.rows("APPYM") == []
    assert not owed.company.payments()[0].is_posted
    assert owed.company.post_payment_batch(made.batch).posted == (1,)
    assert owed.company.payments()[0].is_posted


def test_several_payments_can_share_a_batch(owed):
    batch = owed.company.open_payment_batch(bank="BANMXP", description="Viernes")
    entries = [pays(owed, (number, 1160), batch=batch).entry for number in ("A1", "A2")]
    assert entries == [1, 2]
    owed.company.post_payment_batch(batch)
    header = owed.row("APBTA", CNTBTCH=batch)
    assert (header["CNTENTER"], header["CNTLSTRMIT"], header["AMTENTER"]) == (2, 2, 2320)
    with pytest.raises(SageRefused, match="batch_not_open"):
        pays(owed, ("A1", 1), batch=batch)


def test_a_payment_that_exceeds_its_invoice_goes_to_an_error_batch(owed):
    batch = owed.company.open_payment_batch(bank="BANMXP")
    pays(owed, ("A1", "1160.01"), batch=batch)
    pays(owed, ("A2", 1160), batch=batch)
    result = owed.company.post_payment_batch(batch)
    assert (result.posted, result.errors[0].code) == ((2,), "amount_exceeds_due")
    original = owed.row("APTCR", CNTBTCH=batch, CNTENTR=1)
    assert (original["ERRBATCH"], original["ERRENTRY"]) == (result.error_batch, 1)
    assert owed.row("APBTA", CNTBTCH=result.error_batch)["BATCHSTAT"] == 1
    copy = owed.row("APTCP", CNTBTCH=result.error_batch)
    assert (copy["IDINVC"], copy["AMTPAYM"]) == ("A1", D("1160.01"))
    assert [row["IDINVC"] for row in owed.rows("APPYM")] == ["PY00000002"]


def test_adjustments_count_apart_from_payments(owed):
    paid = pays(owed, ("A1", 1160))
    adjusted = owed.company.adjust(vendor="P1", invoice="A2", amount=D("0.5"))
    assert (paid.batch, paid.entry) == (adjusted.batch, adjusted.entry) == (1, 1)
    assert [row["BTCHTYPE"] for row in owed.rows("APTCR")] == ["AD", "PY"]
    assert due(owed, "A2") == D("1159.50")
    assert len(owed.rows("APPYM")) == 1
    assert [payment.number for payment in owed.company.payments()] == [paid.number]


@pytest.mark.parametrize(
    ("remit_type", "vendor", "given", "kinds", "cash"),
    [
        pytest.param(RemitType.PREPAYMENT, "P1", {"amount": D(500)}, [10], 1, id="prepayment"),
        pytest.param(RemitType.MISCELLANEOUS, "", {"amount": D(9)}, [], 1, id="miscellaneous"),
        pytest.param(RemitType.APPLY_DOCUMENT, "P1", {}, [], 0, id="apply document"),
    ],
)
def test_other_kinds_of_payment(owed, remit_type, vendor, given, kinds, cash):
    applied = []
    if remit_type is RemitType.APPLY_DOCUMENT:
        note = Application(number="NC1", amount=D(-232), document_type=ApDocumentType.CREDIT_NOTE)
        applied = [("A1", 232), note]
    pays(owed, *applied, vendor=vendor, remit_type=remit_type, **given)
    documents = [row["TXTTRXTYPE"] for row in owed.rows("APOBL") if row["TXTTRXTYPE"] >= 10]
    assert documents == kinds
    assert len(owed.rows("APPYM")) == cash
    assert owed.row("APTCR")["RMITTYPE"] == remit_type


def test_fields_of_a_payment_are_counted_and_stay_off_its_namesake(owed):
    made = pays(owed, ("A1", 1160))
    owed.company.adjust(vendor="P1", invoice="A2", amount=D(1))
    owed.company.set_payment_field(number=made.number, name="FOLIOCFD", value=UUID)
    owed.company.set_payment_field(number=made.number, name="FECHACFD", value="20260302")
    owed.company.set_payment_field(number=made.number, name="FECHACFD", value="20260303")
    assert owed.row("APTCR", BTCHTYPE="PY")["VALUES"] == 2
    assert owed.row("APTCR", BTCHTYPE="AD")["VALUES"] == 0
    (payment,) = owed.company.payments()
    assert payment.optional_fields == {"FOLIOCFD": UUID, "FECHACFD": "20260303"}


def test_a_payment_can_be_entered_with_its_fields(owed):
    pays(owed, ("A1", 1160), optional_fields=[OptionalValue(name="FOLIOCFD", value=UUID)])
    assert owed.row("APTCR")["VALUES"] == 1


def test_a_cleared_payment_batch_leaves_the_posted_payment(owed):
    made = pays(owed, ("A1", 1160))
    owed.company.clear_payment_batch(batch=made.batch)
    assert owed.rows("APTCR") == owed.rows("APTCP") == owed.rows("APBTA") == []
    assert owed.row("APPYM")["IDINVC"] == made.number


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"number": "PY1"}, "payment_exists"),
        ({"bank": "NADA"}, "bkacct_unknown"),
        ({"vendor": "NADIE"}, "apven_unknown"),
        ({"amount": D(-1)}, "amount_negative"),
    ],
)
def test_what_sage_would_not_take_is_refused(owed, given, reason):
    pays(owed, ("A1", 1), number="PY1")
    with pytest.raises(SageRefused) as refused:
        pays(owed, ("A2", 1), **{"vendor": "P1", "bank": "BANMXP", **given})
    assert refused.value.reason == reason
    assert len(owed.rows("APTCR")) == 1
