"""A whole story: Sage's identities hold everywhere, twice the same, also in T-SQL.

Source: Sage tables sheet 3, seeding checklist.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
import sqlglot
from sqlalchemy import event

from portal_pipeline.sage.tables import table_specs
from portal_pipeline.sandbox.sage.company import (
    Application,
    OptionalValue,
    ReceivedQuantity,
)
from portal_pipeline_tests.contract.sage_company.conftest import (
    START,
    UUID,
    Bench,
    copied,
    entry,
    line,
)
from portal_pipeline_tests.t_sql import sent

D = Decimal
PARENTS = {
    "APVENO": ("APVEN", ("VENDORID",)),
    "POPORHO": ("POPORH1", ("PORHSEQ",)),
    "POINVHO": ("POINVH1", ("INVHSEQ",)),
    "POCRNHO": ("POCRNH1", ("CRNHSEQ",)),
    "APIBHO": ("APIBH", ("CNTBTCH", "CNTITEM")),
    "APOBLO": ("APOBL", ("IDVEND", "IDINVC")),
    "APTCRO": ("APTCR", ("BTCHTYPE", "CNTBTCH", "CNTENTR")),
}


def live(bench: Bench) -> None:
    """Everything the checklist asks for, once."""
    company = bench.company
    folio = (OptionalValue(name="FOLIOCFD", value=UUID.lower()),)
    boxes = bench.order(line(conversion=D(12), unit="CAJA"), line(item="TUBO-2"))
    partly, cancelled = bench.order(), bench.order(vendor="P2")
    company.cancel_quantity(number=partly, line=1, quantity=D(4))
    company.cancel_outstanding(number=cancelled)
    company.authorise_purchase_order(number=boxes)
    receipt = company.receive(
        quantities=[
            ReceivedQuantity(po_number=boxes, line=1, quantity=D(11)),
            ReceivedQuantity(po_number=partly, line=1, quantity=D(2)),
        ]
    )
    captured = company.capture_po_invoice(receipts=[receipt], number="F1", uuid=UUID)
    company.credit_po_invoice(vendor="P1", invoice="F1", number="NC1", uuid=None, net_amount=D(100))
    batch = company.create_ap_invoice_batch(
        description="x", date=START.date(), entries=[entry(optional_fields=folio), entry()]
    )
    company.post_ap_invoice_batch(batch)
    cleared = company.create_ap_invoice_batch(
        description="y", date=START.date(), entries=[entry(number="OLD", optional_fields=folio)]
    )
    company.post_ap_invoice_batch(cleared)
    company.clear_posted_batch(batch=cleared)
    part = Application(number="F1", amount=captured.total / 4)
    company.pay(bank="BANMXP", vendor="P1", applications=[part])
    gone = company.pay(bank="BANUSD", vendor="P1", applications=[part], rate=D(18))
    company.adjust(vendor="P1", invoice="A1", amount=D(1))
    company.reverse_payment(number=gone.number)
    company.set_payment_field(number=gone.number, name="FOLIOCFD", value=UUID)


@pytest.fixture(scope="module")
def lived(template, tmp_path_factory):
    """The story, lived once; tests only read it."""
    with copied(template, tmp_path_factory.mktemp("lived")) as bench:
        live(bench)
        yield bench


@pytest.mark.parametrize("table", PARENTS)
def test_every_record_counts_its_optional_fields(lived, table):
    parent, key = PARENTS[table]
    rows = Counter(tuple(row[name] for name in key) for row in lived.rows(table))
    for row in lived.rows(parent):
        assert row["VALUES"] == rows[tuple(row[name] for name in key)]


def test_order_quantities_are_consistent(lived):
    for row in lived.rows("POPORL"):
        ordered, received, cancelled = (row[f"OQ{n}"] for n in ("ORDERED", "RECEIVED", "CANCELED"))
        assert row["OQOUTSTAND"] == max(0, ordered - received - cancelled)
        assert row["OQRCPEXTRA"] == max(0, received + cancelled - ordered)
        for name in ("ORDERED", "RECEIVED", "CANCELED", "RCPEXTRA", "OUTSTAND"):
            assert row[f"SQ{name}"] == row[f"OQ{name}"] * row["ORDERCONV"]


def test_every_posted_entry_has_its_document_and_every_payment_its_posted_payment(lived):
    posted = {row["CNTBTCH"] for row in lived.rows("APIBC") if row["BTCHSTTS"] == 3}
    columns = ("IDVEND", "IDINVC", "CNTBTCH", "CNTITEM")
    documents = {tuple(row[name] for name in columns) for row in lived.rows("APOBL")}
    for row in lived.rows("APIBH"):
        is_there = tuple(row[name] for name in columns) in documents
        assert is_there is (row["CNTBTCH"] in posted and row["ERRENTRY"] == 0)
    for batch in (*lived.rows("APIBC", BTCHSTTS=3), *lived.rows("APBTA", BATCHSTAT=3)):
        assert batch["POSTSEQNBR"] > 0
    paid = {row["IDINVC"] for row in lived.rows("APPYM")}
    assert paid == {row["DOCNBR"] for row in lived.rows("APTCR", BTCHTYPE="PY")}


def test_what_is_owed_is_what_was_invoiced_less_what_was_applied(lived):
    for document in lived.rows("APOBL"):
        if document["TXTTRXTYPE"] in {1, 2}:
            key = {"IDVEND": document["IDVEND"], "IDINVC": document["IDINVC"]}
            applied = sum(row["AMTPAYMTC"] for row in lived.rows("APOBP", **key))
            assert document["AMTDUETC"] == document["AMTINVCTC"] - applied
            assert document["SWPAID"] == int(document["AMTDUETC"] == 0)
            schedule = lived.row("APOBS", **key)
            assert schedule["AMTPYMRMTC"] == document["AMTDUETC"]


def test_batch_headers_agree_with_their_entries(lived):
    for batch in lived.rows("APIBC"):
        entries = lived.rows("APIBH", CNTBTCH=batch["CNTBTCH"])
        assert batch["CNTINVCENT"] == len(entries)
        assert batch["AMTENTR"] == sum(row["AMTGROSDST"] for row in entries)


def test_the_checklist_is_covered(lived):
    """The cases that a seeded Sage must hold are all there."""
    assert any(row["ORDERCONV"] != 1 for row in lived.rows("POPORL"))
    assert any(row["MULTIPOR"] for row in lived.rows("PORCPH1"))
    assert any(row["ERRENTRY"] for row in lived.rows("APIBH"))
    assert any(row["SWCHKCLRD"] == 2 for row in lived.rows("APPYM"))
    keys = [(row["CNTBTCH"], row["CNTENTR"]) for row in lived.rows("APTCR")]
    assert len(set(keys)) < len(keys)
    assert {row["CURNSTMT"] for row in lived.rows("BKACCT")} == {"MXP", "USD"}
    states = [order.is_cancelled for order in lived.company.purchase_orders()]
    assert states == [False, False, True]
    assert any(invoice.batch_state == 0 for invoice in lived.company.invoices())


def test_a_uuid_is_found_wherever_it_lies(lived):
    found = {
        (i.number, i.batch, i.batch_state, i.error_entry): i.uuid for i in lived.company.invoices()
    }
    assert found == {
        ("F1", 1, 3, 0): UUID,
        ("NC1", 2, 3, 0): "",
        ("A1", 3, 3, 0): UUID,
        ("A1", 3, 3, 1): "",
        ("A1", 4, 1, 0): "",
        ("OLD", 5, 0, 0): UUID,
    }


def test_the_same_actions_give_the_same_rows(lived, bench):
    live(bench)
    for table in table_specs():
        assert bench.rows(table) == lived.rows(table)


def test_every_statement_is_valid_t_sql(bench):
    """The same company can live on SQL Server: no MERGE, nothing of SQLite's own."""
    seen: set[str] = set()

    def note(_connection, statement, multiparams, params, _options):
        given = (multiparams or [params])[0]
        seen.add(sent(statement, given).statement)

    event.listen(bench.company.engine, "before_execute", note)
    live(bench)
    bench.company.payments()
    assert len(seen) > 50
    for statement in seen:
        assert sqlglot.parse_one(statement, read="tsql")
        assert "MERGE" not in statement
