"""The judge finds what was lost, done twice, or paid too early, and nothing else."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.world import World
from portal_pipeline.sandbox.world.deals import Deal, Paid
from portal_pipeline_tests.contract.world.courier import Courier, payment_body

pytestmark = pytest.mark.xdist_group("world")

TOLD = "order_to_complement"
PAID = "payment_of_earlier_days"


def deals(world: World, story: str) -> tuple[Deal, ...]:
    """The deals of a story of the first company."""
    staged = {one.key.split("/")[1]: one for one in world.plays[0].staged}
    return staged[story].deals


def office_of(world: World):
    return world.offices[0]


def without(rows, kind: str, key: str):
    """A ledger that has forgotten a document."""
    kept = [row for row in rows["operations"] if (row["kind"], row["key"]) != (kind, key)]
    assert len(kept) < len(rows["operations"])
    return {**rows, "operations": kept}


def forget(world: World, kind: str, record_id: str) -> None:
    """Take a record out of the portal's file."""
    with sqlite3.connect(world.folder / "portal.sqlite") as database:
        done = database.execute(
            "DELETE FROM record WHERE kind = ? AND id = ?", (kind, record_id.lower())
        )
        assert done.rowcount == 1


def reopened(world: World) -> World:
    world.close()
    return World.resume(world.folder, base_url=world.base_url)


def test_a_world_with_an_honest_product_has_nothing_to_complain_about(lived):
    world, rows = lived
    verdict = world.judge(rows)
    assert (verdict.lost, verdict.duplicated, verdict.early_payments) == ([], [], [])
    assert verdict.explained > 150


def test_without_a_ledger_only_what_lies_in_its_target_is_explained(lived):
    world, rows = lived
    bare, told = world.judge({}), world.judge(rows)
    assert bare.explained + len(bare.lost) == told.explained
    assert bare.lost


def test_an_order_that_vanishes_from_the_portal_is_lost(lived):
    world, rows = lived
    number = deals(world, "order_authorised_last_week")[0].po_number
    order = world.portal.purchase_order(office_of(world).tenant, number)
    rows = without(rows, "purchase_order", number)
    assert world.judge(rows).lost == []
    forget(world, "PurchaseOrder", order.id)
    assert reopened(world).judge(rows).lost == [f"norte purchase order {number}: not in the portal"]


def test_an_order_with_another_content_is_lost(lived):
    world, rows = lived
    number = deals(world, "order_authorised_last_week")[0].po_number
    rows = without(rows, "purchase_order", number)
    office_of(world).sage.amend_purchase_order(number=number, quantities={1: Decimal(500)})
    [name] = world.judge(rows).lost
    assert name.startswith(f"norte purchase order {number}: lines ")


def test_an_order_that_sage_has_no_longer_is_lost_until_somebody_ends_it_in_the_portal(lived):
    world, rows = lived
    deal, office = deals(world, "order_authorised_last_week")[0], office_of(world)
    rows = without(rows, "purchase_order", deal.po_number)
    office.deletes(deal)()
    lost = [f"norte purchase order {deal.po_number}: in the portal, not in Sage"]
    assert world.judge(rows).lost == lost
    office.cancels_in_portal(deal)()
    assert world.judge(rows).lost == []


def test_a_line_for_a_skipped_warehouse_does_not_belong_in_the_portal(lived):
    world, rows = lived
    deal, office = deals(world, "order_partly_received")[0], office_of(world)
    rows = without(rows, "purchase_order", deal.po_number)
    with office.sage.writing() as unit:
        key = {"PORHSEQ": office.sage.purchase_order(deal.po_number).sequence, "PORLREV": 1000}
        unit.update("POPORL", key, LOCATION="ALM02")
    assert world.judge(rows).lost == []
    skipping = replace(office.company.profile, skipped_warehouses=("ALM02",))
    office.company = replace(office.company, profile=skipping)
    [name] = world.judge(rows).lost
    assert name.startswith(f"norte purchase order {deal.po_number}: lines ")


def test_a_payment_that_vanishes_from_the_portal_is_lost(lived):
    world, rows = lived
    number = deals(world, PAID)[0].payment()
    payment = world.portal.payments_of(office_of(world).tenant, number)[0]
    rows = without(rows, "payment", number)
    forget(world, "Payment", payment.id)
    lost = reopened(world).judge(rows).lost
    assert f"norte payment {number}: not in the portal" in lost


@pytest.mark.parametrize(
    ("kind", "story", "name"),
    [
        pytest.param("payment", "payment_from_unmapped_bank", "payment", id="payment"),
        pytest.param("invoice", "invoice_without_order", "invoice", id="invoice"),
        pytest.param("purchase_order", "order_on_hold", "purchase order", id="order"),
        pytest.param("provider", "supplier_new", "provider", id="provider"),
    ],
)
def test_a_document_that_the_ledger_does_not_mention_is_lost(lived, kind, story, name):
    world, rows = lived
    if kind == "provider":
        rejected = [r for r in rows["operations"] if r["kind"] == "provider"]
        vendors = {
            v.optional_fields.get("PROVIDERID", "").lower() for v in office_of(world).sage.vendors()
        }
        key = next(row["key"] for row in rejected if row["key"] not in vendors)
    else:
        deal = deals(world, story)[0]
        keys = {"payment": deal.payment(), "invoice": deal.uuid, "purchase_order": deal.po_number}
        key = keys[kind]
    [found] = world.judge(without(rows, kind, key)).lost
    assert found.startswith(f"norte {name} {key}: ")


@pytest.mark.parametrize("status", ["done", "in_flight"])
def test_neither_done_nor_in_flight_explains_what_is_missing(lived, status):
    world, rows = lived
    number = deals(world, "payment_from_unmapped_bank")[0].payment()
    for row in rows["operations"]:
        if row["key"] == number:
            row["status"] = status
    assert world.judge(rows).lost == [f"norte payment {number}: not in the portal"]


def test_a_second_payment_with_the_same_number_is_a_duplicate(lived):
    world, rows = lived
    office, number = office_of(world), deals(world, PAID)[0].payment()
    world.portal.switches = replace(world.portal.switches, accept_duplicate_payments=True)
    payment = next(one for one in office.sage.payments() if one.number == number)
    before = world.portal.payments_of(office.tenant, number)[0]
    body = {
        "external_id": number,
        "currency": "MXN",
        "total_amount": payment.amount,
        "payment_date": before.payment_date,
        "cfdis": [
            {
                "uuid": line.uuid,
                "amount": line.amount,
                "currency": "MXN",
                "exchange_rate": 1,
                "payment_amount": line.amount,
            }
            for line in before.lines
        ],
    }
    assert Courier(world).call(office, "POST", "payments", body).status == 200
    assert world.judge(rows).duplicated == [f"norte payment {number}: 2 times in the portal"]


def test_one_cfdi_in_two_entries_of_sage_is_a_duplicate(lived):
    world, rows = lived
    deal = deals(world, "invoice_captured_by_hand")[0]
    office_of(world).captures(deal, number="OTRO-1", is_waiting=True)()
    [name] = world.judge(rows).duplicated
    assert deal.uuid in name
    assert "2 entries in Sage" in name


@pytest.mark.parametrize(
    ("finding", "attempts", "is_told"),
    [
        pytest.param("uuid_on_two_documents", 0, True, id="clerks typed it twice"),
        pytest.param("uuid_on_two_documents", 1, False, id="one is the product's own"),
        pytest.param("number_taken", 0, False, id="the ledger says something else"),
    ],
)
def test_a_uuid_that_clerks_typed_twice_is_no_duplicate_where_the_ledger_says_so(
    lived, finding, attempts, is_told
):
    world, rows = lived
    deal = deals(world, "invoice_captured_by_hand")[0]
    office_of(world).captures(deal, number="OTRO-1")()
    said = {"tenant": "norte", "kind": "invoice", "key": deal.uuid, "operation": "import"}
    held = {**said, "status": "held", "finding": finding, "attempts": attempts}
    kept = [row for row in rows["operations"] if row["key"] != deal.uuid]
    verdict = world.judge({**rows, "operations": [*kept, held]})
    assert (verdict.duplicated == []) is is_told


@pytest.mark.parametrize(
    ("finding", "is_lost"),
    [("listed_without_uuid", False), ("listed_under_its_uuid", True)],
)
def test_what_the_portal_lists_without_uuid_is_explained_under_its_id_until_it_has_one(
    lived, finding, is_lost
):
    world, rows = lived
    office = office_of(world)
    deal = deals(world, "invoice_without_order")[0]
    cfdi = office.cfdi(deal.uuid)
    kept = [row for row in rows["operations"] if row["key"] != deal.uuid]
    said = {"tenant": "norte", "kind": "invoice", "key": f"PORTAL:{cfdi.id}"}
    row = {**said, "operation": "download", "status": "held", "finding": finding}
    lost = world.judge({**rows, "operations": [*kept, row]}).lost
    assert any(deal.uuid in text for text in lost) is is_lost


def test_two_vendors_of_one_provider_in_one_currency_are_a_duplicate(lived):
    world, rows = lived
    supplier = deals(world, PAID)[0].supplier
    office_of(world).sage.add_vendor(vendor="DOBLE", name="Doble", provider_id=supplier.provider_id)
    [name] = world.judge(rows).duplicated
    assert "DOBLE" in name


def paid_early(world: World, deal: Deal, **changes) -> list[str]:
    """Send a payment whatever the gate says; which conditions the watch missed."""
    office = office_of(world)
    payment = next(one for one in office.sage.payments() if one.number == deal.payment())
    body = {
        "external_id": payment.number,
        "currency": "MXN",
        "total_amount": payment.amount,
        "payment_date": "2026-03-02T10:00:00.000Z",
        "cfdis": [
            {
                "uuid": deal.uuid,
                "amount": payment.amount,
                "currency": "MXN",
                "exchange_rate": 1,
                "payment_amount": payment.amount,
            }
        ],
        **changes,
    }
    answer = Courier(world).call(office, "POST", "payments", body)
    assert answer.status == 200, answer.body
    return world.judge({}).early_payments


def test_a_payment_of_an_invoice_that_is_not_in_sage_is_early(small):
    deal = deals(small, "invoice_without_order")[0]
    office = office_of(small)
    other = deals(small, "payment_from_unmapped_bank")[0]
    [found] = paid_early(
        small,
        other,
        cfdis=[
            {
                "uuid": deal.uuid,
                "amount": other.total,
                "currency": "MXN",
                "exchange_rate": 1,
                "payment_amount": other.total,
            }
        ],
        ignore_amounts=True,
    )
    assert office.sage.payments()
    assert "a: invoice not posted in Sage" in found
    assert "e: another provider" in found
    assert "c: " in found


def test_a_part_payment_of_a_pue_invoice_is_early(small):
    deal = deals(small, "payment_of_pue_in_part")[0]
    small.portal.switches = replace(small.portal.switches, pue_partial_allowed=True)
    [found] = paid_early(small, deal)
    assert found == f"norte payment {deal.payment()}: g: PUE paid in part ({deal.uuid})"


def test_an_early_payment_stays_early_after_a_restart(small):
    deal = deals(small, "payment_of_pue_in_part")[0]
    small.portal.switches = replace(small.portal.switches, pue_partial_allowed=True)
    found = paid_early(small, deal)
    assert reopened(small).judge({}).early_payments == found


def test_a_payment_that_sage_does_not_have_is_early(small):
    deal = deals(small, "invoice_captured_by_hand")[0]
    office = office_of(small)
    body = {
        "external_id": "PY99999999",
        "currency": "MXN",
        "total_amount": deal.total,
        "payment_date": "2026-03-02T10:00:00.000Z",
        "cfdis": [
            {
                "uuid": deal.uuid,
                "amount": deal.total,
                "currency": "MXN",
                "exchange_rate": 1,
                "payment_amount": deal.total,
            }
        ],
    }
    assert Courier(small).call(office, "POST", "payments", body).status == 200
    assert small.judge({}).early_payments == ["norte payment PY99999999: not posted in Sage"]


def test_an_invoice_captured_without_uuid_may_be_paid_once_its_cfdi_makes_it_certain(small):
    deal = deals(small, "payment_of_invoice_captured_without_uuid")[0]
    office_of(small).bills(deal, approved=True)()
    assert paid_early(small, deal) == []


def test_a_payment_in_time_is_not_early(small):
    deal = deals(small, PAID)[0]
    office = office_of(small)
    payment = next(one for one in office.sage.payments() if one.number == deal.payment())
    body = payment_body(office, payment)
    assert Courier(small).call(office, "POST", "payments", body).status == 200
    assert small.judge({}).early_payments == []


def test_an_invoice_above_its_balance_is_early(small):
    deal = deals(small, "payment_in_two_parts")[0]
    office = office_of(small)
    rest = deal.total - (deal.total / 3).quantize(Decimal("0.01"))
    office.pays(Paid(deal=deal, amount=rest), number=2)()
    small.portal.switches = replace(small.portal.switches, amount_tolerance=Decimal(10**9))
    [found] = paid_early(
        small,
        deal,
        total_amount=deal.total + 1,
        cfdis=[
            {
                "uuid": deal.uuid,
                "amount": deal.total + 1,
                "currency": "MXN",
                "exchange_rate": 1,
                "payment_amount": deal.total + 1,
            }
        ],
    )
    assert "f: above the balance" in found
