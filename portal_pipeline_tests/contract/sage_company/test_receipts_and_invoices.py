"""Goods arrive, go back and are invoiced; every document leads to the next one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.sandbox.sage.company import ReceivedQuantity, SageRefused
from portal_pipeline_tests.contract.sage_company.conftest import UUID, line

D = Decimal


def arrive(bench, *what):
    return bench.company.receive(
        quantities=[
            ReceivedQuantity(po_number=number, line=n, quantity=D(quantity))
            for number, n, quantity in what
        ]
    )


@pytest.mark.parametrize(
    ("quantity", "expected", "is_complete"),
    [
        pytest.param(4, {"RECEIVED": 4, "OUTSTAND": 6, "RCPEXTRA": 0}, False, id="in part"),
        pytest.param(10, {"RECEIVED": 10, "OUTSTAND": 0, "RCPEXTRA": 0}, True, id="in full"),
        pytest.param(12, {"RECEIVED": 12, "OUTSTAND": 0, "RCPEXTRA": 2}, True, id="too much"),
    ],
)
def test_a_receipt_moves_the_order(bench, quantity, expected, is_complete):
    number = bench.order(line(conversion=D(5)))
    receipt = arrive(bench, (number, 1, quantity))
    row = bench.rows("POPORL")[0]
    for name, value in expected.items():
        assert (row[f"OQ{name}"], row[f"SQ{name}"]) == (value, value * 5)
    header = bench.row("POPORH1", PONUMBER=number)
    assert bool(header["ISCOMPLETE"]) is is_complete
    assert (header["LASTRECEIP"], header["RCPCOUNT"]) == (receipt, 1)
    assert header["EXTRECEIVE"] == quantity * 100
    own = bench.row("PORCPL")
    assert (own["RQRECEIVED"], own["OQRECEIVED"], own["SQRECEIVED"]) == (
        quantity,
        quantity,
        quantity * 5,
    )
    assert bench.row("PORCPH1")["DOCTOTAL"] == D(quantity) * D(116)


def test_a_receipt_of_several_orders_is_named_by_its_lines_alone(bench):
    first, second = bench.order(), bench.order()
    arrive(bench, (first, 1, 10), (second, 1, 5))
    header = bench.row("PORCPH1")
    assert (header["MULTIPOR"], header["PORS"]) == (1, 2)
    assert (header["PORHSEQ"], header["PONUMBER"]) == (0, "")
    (receipt,) = bench.company.receipts()
    assert [(row.po_number, row.received) for row in receipt.lines] == [(first, 10), (second, 5)]
    states = [order.is_complete for order in bench.company.purchase_orders()]
    assert states == [True, False]


def test_goods_of_two_vendors_do_not_share_a_receipt(bench):
    with pytest.raises(SageRefused, match="vendors_differ"):
        arrive(bench, (bench.order(), 1, 1), (bench.order(vendor="P2"), 1, 1))


def test_an_order_on_hold_receives_nothing(bench):
    with pytest.raises(SageRefused, match="order_on_hold"):
        arrive(bench, (bench.order(is_on_hold=True), 1, 1))


def test_returned_goods_are_not_invoiced(bench):
    number = bench.order(line(), line(item="TUBO-2"))
    receipt = arrive(bench, (number, 1, 10), (number, 2, 10))
    bench.company.return_goods(receipt=receipt, quantities={1: D(10), 2: D(4)})
    captured = bench.company.capture_po_invoice(receipts=[receipt], number="F1", uuid=UUID)
    (record,) = bench.company.receipts()
    assert [(row.returned, row.is_invoiced) for row in record.lines] == [(10, False), (4, True)]
    assert captured.total == D("696.00")


def test_more_cannot_go_back_than_came(bench):
    receipt = arrive(bench, (bench.order(), 1, 3))
    with pytest.raises(SageRefused, match="quantity_invalid"):
        bench.company.return_goods(receipt=receipt, quantities={1: D(4)})


def test_a_captured_invoice_reaches_ap_and_is_found_by_its_drill_down(bench):
    number = bench.order(vendor="P2")
    receipt = arrive(bench, (number, 1, 10))
    captured = bench.company.capture_po_invoice(receipts=[receipt], number="F-77", uuid=UUID)
    invoice = bench.row("POINVH1")
    ap = bench.row("APIBH", CNTBTCH=captured.batch, CNTITEM=captured.entry)
    assert (ap["DRILLAPP"], ap["DRILLDWNLK"], ap["SRCEAPPL"]) == ("PO", invoice["INVHSEQ"], "PO")
    assert ap["AMTGROSDST"] == ap["AMTGROSTOT"] == invoice["DOCTOTAL"] == captured.total == 1120
    document = bench.row("APOBL", IDVEND="P2", IDINVC="F-77")
    assert (document["AMTINVCTC"], document["IDPONBR"]) == (1120, number)
    header = bench.row("PORCPH1")
    assert (header["ISINVOICED"], header["INVNUMBER"]) == (1, "F-77")
    assert [row.is_invoiced for row in bench.company.receipts()[0].lines] == [True]
    assert bench.row("APIBC", CNTBTCH=captured.batch)["BTCHTYPE"] == 3


@pytest.mark.parametrize(
    ("uuid", "reaches_ap", "in_purchase", "in_ap"),
    [
        pytest.param(UUID.lower(), False, [UUID.lower()], [], id="in the PO invoice alone"),
        pytest.param(UUID, True, [UUID], [UUID], id="in both"),
        pytest.param(None, False, [], [], id="captured without"),
    ],
)
def test_the_uuid_lies_where_the_clerk_put_it(bench, uuid, reaches_ap, in_purchase, in_ap):
    receipt = arrive(bench, (bench.order(), 1, 10))
    bench.company.capture_po_invoice(
        receipts=[receipt], number="F1", uuid=uuid, uuid_reaches_ap=reaches_ap
    )
    assert [row["VALUE"] for row in bench.rows("POINVHO")] == in_purchase
    assert [row["VALUE"] for row in bench.rows("APIBHO")] == in_ap
    assert [row["VALUE"] for row in bench.rows("APOBLO")] == in_ap
    assert bench.row("POINVH1")["VALUES"] == len(in_purchase)
    (record,) = bench.company.invoices()
    assert record.uuid == (uuid or "").upper()


def test_an_invoice_can_take_several_receipts_and_none_twice(bench):
    number = bench.order()
    receipts = [arrive(bench, (number, 1, 4)), arrive(bench, (number, 1, 6))]
    captured = bench.company.capture_po_invoice(receipts=receipts, number="F1", uuid=UUID)
    invoice = bench.row("POINVH1")
    assert (invoice["MULTIRCP"], invoice["RCPS"], invoice["RCPHSEQ"]) == (1, 2, 0)
    assert captured.total == 1160
    with pytest.raises(SageRefused, match="receipt_invoiced"):
        bench.company.capture_po_invoice(receipts=receipts[:1], number="F2", uuid=None)


def test_an_unposted_invoice_has_not_reached_ap(bench):
    receipt = arrive(bench, (bench.order(), 1, 10))
    captured = bench.company.capture_po_invoice(
        receipts=[receipt], number="F1", uuid=UUID, post=False
    )
    assert captured.posting is None
    assert bench.rows("APOBL") == []
    (record,) = bench.company.invoices()
    assert (record.is_posted, record.batch_state) == (False, 1)


def test_a_credit_note_lowers_the_invoice_it_names(bench):
    receipt = arrive(bench, (bench.order(), 1, 10))
    bench.company.capture_po_invoice(receipts=[receipt], number="F1", uuid=UUID)
    other = UUID.replace("6F", "7F")
    bench.company.credit_po_invoice(
        vendor="P1", invoice="F1", number="NC1", uuid=other, net_amount=D(200)
    )
    note = bench.row("POCRNH1")
    assert (note["TRANSTYPE"], note["FROMDOC"], note["DOCTOTAL"]) == (6, 5, 232)
    invoice, credit = bench.company.invoices()
    assert (invoice.due, credit.due) == (928, 0)
    assert (credit.uuid, credit.document_type, credit.applies_to) == (other, 3, "F1")
    assert bench.row("APOBL", IDINVC="NC1")["AMTINVCTC"] == -232
    assert bench.row("APOBP")["AMTPAYMTC"] == 232
