"""A/P batches: saved as entered, posted entry by entry, with an error batch for the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    BatchState,
    OptionalValue,
    SageRefused,
    TaxControl,
)
from portal_pipeline_tests.contract.sage_company.conftest import START, UUID, entry

D = Decimal
TODAY = START.date()
FOLIO = (OptionalValue(name="FOLIOCFD", value=UUID),)


def batch_of(bench, *entries, description="CFDI"):
    return bench.company.create_ap_invoice_batch(
        description=description, date=TODAY, entries=entries
    )


def details(*amounts, **more):
    return tuple(ApDetail(amount=D(amount), gl_account="5100100", **more) for amount in amounts)


def test_a_new_batch_is_open_and_adds_up(bench):
    batch = batch_of(bench, entry(), entry(number="A2", details=details("500", "0.01")))
    header = bench.row("APIBC", CNTBTCH=batch)
    assert (header["BTCHSTTS"], header["CNTINVCENT"], header["CNTLSTITEM"]) == (1, 2, 2)
    assert header["AMTENTR"] == D("1740.01")
    assert (header["POSTSEQNBR"], header["SRCEAPPL"], header["BTCHDESC"]) == (0, "AP", "CFDI")
    second = bench.row("APIBH", CNTBTCH=batch, CNTITEM=2)
    assert second["AMTINVCTOT"] == second["AMTGROSTOT"] - second["AMTTAXTOT"]
    assert second["AMTGROSDST"] == second["AMTTOTDIST"] + second["AMTTAXDIST"]
    assert (second["LASTLINE"], second["DETAILCNT"]) == (40, 2)
    lines = bench.rows("APIBD", CNTBTCH=batch, CNTITEM=2)
    assert [line["CNTLINE"] for line in lines] == [20, 40]
    assert sum(line["AMTTOTTAX"] for line in lines) == second["AMTTAXTOT"] == 80
    assert bench.rows("APOBL") == []


@pytest.mark.parametrize(
    ("given", "taxes", "total"),
    [
        pytest.param({}, ("160", "0", "0"), "1160", id="calculated"),
        pytest.param({"tax_group": "IVA16HON"}, ("160", "-106.67", "-100"), "953.33", id="fees"),
        pytest.param(
            {"details": details("1160", tax_included=(True,))},
            ("160", "0", "0"),
            "1160",
            id="included",
        ),
        pytest.param(
            {
                "tax_control": TaxControl.DISTRIBUTE,
                "tax_amounts": (D("160.01"),),
                "details": details("333.33", "333.33", "333.34"),
            },
            ("160.01", "0", "0"),
            "1160.01",
            id="distributed to the cent",
        ),
        pytest.param(
            {
                "tax_control": TaxControl.ENTER,
                "tax_amounts": (D("159.99"),),
                "details": details("1000", tax_amounts=(D("159.99"),)),
            },
            ("159.99", "0", "0"),
            "1159.99",
            id="entered",
        ),
    ],
)
def test_taxes_follow_their_control(bench, given, taxes, total):
    batch = batch_of(bench, entry(**given))
    header = bench.row("APIBH", CNTBTCH=batch)
    assert tuple(header[f"AMTTAX{n}"] for n in (1, 2, 3)) == tuple(D(tax) for tax in taxes)
    assert header["AMTGROSDST"] == header["AMTGROSTOT"] == D(total)
    lines = bench.rows("APIBD", CNTBTCH=batch)
    assert sum(line["AMTTAX1"] for line in lines) == D(taxes[0])


def test_a_distribution_code_brings_its_account(bench):
    line = ApDetail(amount=D(10), distribution_code="FLETE")
    batch_of(bench, entry(details=(line,)))
    assert bench.row("APIBD")["IDGLACCT"] == "5100200"


def test_posting_makes_a_document_with_fields_and_schedule(bench):
    batch = batch_of(bench, entry(optional_fields=FOLIO, po_number="OC1", order_number="7"))
    result = bench.company.post_ap_invoice_batch(batch)
    assert (result.posted, result.errors, result.error_batch) == ((1,), (), 0)
    header = bench.row("APIBC", CNTBTCH=batch)
    assert (header["BTCHSTTS"], header["NBRERRORS"]) == (3, 0)
    assert header["POSTSEQNBR"] == result.posting_sequence > 0
    document = bench.row("APOBL")
    assert (document["CNTBTCH"], document["CNTITEM"]) == (batch, 1)
    assert document["POSTSEQNCE"] == result.posting_sequence
    assert (document["AMTINVCTC"], document["AMTDUETC"], document["SWPAID"]) == (1160, 1160, 0)
    assert (document["TXTTRXTYPE"], document["IDTRXTYPE"]) == (1, 12)
    assert (document["IDPONBR"], document["IDORDERNBR"], document["VALUES"]) == ("OC1", "7", 1)
    assert bench.row("APOBLO")["VALUE"] == UUID
    assert bench.row("APOBS")["AMTPYMRMTC"] == 1160


BAD = {
    "out_of_balance": {"document_total": D("1160.01")},
    "account_inactive": {"details": (ApDetail(amount=D(1000), gl_account="5100999"),)},
    "period_closed": {"posting_date": date(2026, 1, 31)},
    "duplicate_document": {"number": "TAKEN"},
    "rate_missing": {"vendor": "U1", "document_date": date(2026, 2, 27), "tax_group": "IVA0"},
    "vendor_inactive": {"vendor": "P2", "tax_group": "IVA16"},
}


@pytest.mark.parametrize("reason", BAD)
def test_posting_half_succeeds(bench, reason):
    """The good entry posts; the bad one goes to an error batch with everything it has."""
    bench.company.post_ap_invoice_batch(batch_of(bench, entry(number="TAKEN")))
    bad = {"number": "BAD", "optional_fields": FOLIO, **BAD[reason]}
    batch = batch_of(bench, entry(**bad), entry(number="GOOD"))
    bench.company.set_periods_closed(through=date(2026, 1, 31))
    bench.company.set_vendor_active(vendor="P2", is_active=False)
    bench.company.set_ap_batch_state(batch=batch, state=BatchState.READY)
    result = bench.company.post_ap_invoice_batch(batch)
    (error,) = result.errors
    assert (result.posted, error.entry, error.code, error.error_entry) == ((2,), 1, reason, 1)
    assert bench.row("APIBC", CNTBTCH=batch)["NBRERRORS"] == 1
    assert bench.row("APIBC", CNTBTCH=batch)["BTCHSTTS"] == 3
    original = bench.row("APIBH", CNTBTCH=batch, CNTITEM=1)
    assert (original["ERRBATCH"], original["ERRENTRY"]) == (result.error_batch, 1)
    header = bench.row("APIBC", CNTBTCH=result.error_batch)
    assert (header["BTCHSTTS"], header["POSTSEQNBR"], header["CNTINVCENT"]) == (1, 0, 1)
    copy = bench.row("APIBH", CNTBTCH=result.error_batch)
    assert (copy["IDINVC"], copy["ERRENTRY"]) == (original["IDINVC"], 0)
    assert copy["AMTGROSTOT"] == original["AMTGROSTOT"]
    assert len(bench.rows("APIBD", CNTBTCH=result.error_batch)) == 1
    assert [row["VALUE"] for row in bench.rows("APIBHO", CNTBTCH=result.error_batch)] == [UUID]
    note = bench.row("APPTER")
    assert (note["POSTINGSEQ"], note["CNTBATCH"], note["CNTITEM"]) == (
        result.posting_sequence,
        batch,
        1,
    )
    assert (note["CNTERRBTCH"], note["CNTERRITEM"]) == (result.error_batch, 1)
    assert note["ERRDESC"]
    assert {row["IDINVC"] for row in bench.rows("APOBL")} == {"TAKEN", "GOOD"}


def test_a_number_posts_once_even_within_one_batch(bench):
    result = bench.company.post_ap_invoice_batch(batch_of(bench, entry(), entry()))
    assert (result.posted, result.errors[0].code) == ((1,), "duplicate_document")


def test_an_error_batch_can_be_mended_and_posted(bench):
    batch = batch_of(bench, entry())
    bench.company.require_invoice_fields("FOLIOCFD")
    result = bench.company.post_ap_invoice_batch(batch)
    assert result.errors[0].code == "optional_field_missing"
    bench.company.set_ap_entry_field(batch=result.error_batch, entry=1, name="FOLIOCFD", value=UUID)
    assert bench.company.post_ap_invoice_batch(result.error_batch).posted == (1,)
    first, second = bench.company.invoices()
    assert (first.is_posted, first.error_entry, second.is_posted) == (False, 1, True)


def test_a_cleared_batch_leaves_its_documents(bench):
    batch = batch_of(bench, entry(optional_fields=FOLIO))
    with pytest.raises(SageRefused, match="batch_not_posted"):
        bench.company.clear_posted_batch(batch=batch)
    bench.company.post_ap_invoice_batch(batch)
    bench.company.clear_posted_batch(batch=batch)
    for table in ("APIBC", "APIBH", "APIBD", "APIBHO", "APIBS"):
        assert bench.rows(table) == []
    (record,) = bench.company.invoices()
    assert (record.uuid, record.batch_state, record.is_posted) == (UUID, 0, True)
    assert batch_of(bench, entry(number="A2")) == batch + 1


def test_an_open_batch_can_be_changed(bench):
    batch = batch_of(bench, entry())
    assert bench.company.append_ap_entries(batch=batch, entries=[entry(number="A2")]) == (2,)
    bench.company.remove_ap_entry(batch=batch, entry=1)
    header = bench.row("APIBC", CNTBTCH=batch)
    assert (header["CNTINVCENT"], header["CNTLSTITEM"], header["AMTENTR"]) == (1, 2, 1160)
    assert [row["CNTITEM"] for row in bench.rows("APIBD")] == [2]


@pytest.mark.parametrize(
    ("state", "is_editable", "can_post"),
    [
        (BatchState.OPEN, True, True),
        (BatchState.READY, False, True),
        (BatchState.DELETED, False, False),
    ],
)
def test_what_a_batch_allows_depends_on_its_state(bench, state, is_editable, can_post):
    batch = batch_of(bench, entry())
    bench.company.set_ap_batch_state(batch=batch, state=state)
    if not is_editable:
        with pytest.raises(SageRefused, match="batch_not_open"):
            bench.company.append_ap_entries(batch=batch, entries=[entry(number="A2")])
    if can_post:
        assert bench.company.post_ap_invoice_batch(batch).posted == (1,)
    with pytest.raises(SageRefused, match="batch_not_postable"):
        bench.company.post_ap_invoice_batch(batch)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"vendor": "NADIE"}, "apven_unknown"),
        ({"details": ()}, "no_details"),
        ({"currency": "USD"}, "currency_differs"),
        ({"tax_group": "NADA"}, "txgrp_unknown"),
        ({"number": "X" * 23}, "text_too_long"),
        ({"optional_fields": (OptionalValue(name="NADA", value="1"),)}, "optional_field_unknown"),
    ],
)
def test_a_refused_entry_leaves_no_batch(bench, given, reason):
    with pytest.raises(SageRefused) as refused:
        batch_of(bench, entry(), entry(**given))
    assert refused.value.reason == reason
    assert bench.rows("APIBC") == bench.rows("APIBH") == []


@pytest.mark.parametrize(
    ("credit", "invoice_due", "credit_due"),
    [
        pytest.param("200", "928", "0", id="smaller than the invoice"),
        pytest.param("2000", "0", "1160", id="larger than the invoice"),
    ],
)
def test_a_posted_credit_note_settles_the_document_it_names(bench, credit, invoice_due, credit_due):
    note = entry(
        number="NC1",
        document_type=ApDocumentType.CREDIT_NOTE,
        applies_to="A1",
        details=details(credit),
    )
    bench.company.post_ap_invoice_batch(batch_of(bench, entry()))
    bench.company.post_ap_invoice_batch(batch_of(bench, note))
    invoice, credit_note = bench.company.invoices()
    assert (invoice.due, credit_note.due) == (D(invoice_due), D(credit_due))
    assert bench.row("APOBL", IDINVC="A1")["SWPAID"] == int(invoice_due == "0")
    assert credit_note.total == D(credit) * D("1.16")


def test_a_credit_note_for_an_unknown_document_stays_open(bench):
    note = entry(number="NC1", document_type=ApDocumentType.CREDIT_NOTE, applies_to="NADA")
    bench.company.post_ap_invoice_batch(batch_of(bench, note))
    assert bench.company.invoices()[0].due == 1160


def test_a_dollar_invoice_keeps_its_functional_amounts(bench):
    invoice = entry(vendor="U1", rate=D("18.1234567"), details=details("100"))
    bench.company.post_ap_invoice_batch(batch_of(bench, invoice))
    document = bench.row("APOBL")
    assert (document["AMTINVCTC"], document["AMTINVCHC"]) == (D(100), D("1812.35"))
    assert (document["CODECURN"], document["EXCHRATEHC"]) == ("USD", D("18.1234567"))


def test_batches_made_by_several_threads_have_numbers_of_their_own(bench):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: batch_of(bench, entry(number=f"T{n}")), range(20)))
    assert sorted(made) == list(range(1, 21))
    assert len(bench.rows("APIBH")) == 20


def test_a_batch_being_posted_is_not_final(bench):
    batch = batch_of(bench, entry())
    bench.company.set_ap_batch_posting(batch=batch)
    assert bench.row("APIBC", CNTBTCH=batch)["BTCHSTTS"] == 5
    assert bench.company.post_ap_invoice_batch(batch).posted == (1,)
