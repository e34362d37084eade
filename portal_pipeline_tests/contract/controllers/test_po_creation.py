"""po_creation: every authorised order reaches the portal once, whole, or its reason is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal_pipeline.controllers.po_creation import PoCreation
from portal_pipeline.core.errors import SystemUnavailable
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.tenant import Guard, Mode
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.sage.company import OptionalValue
from portal_pipeline_tests.contract.controllers.bench import ORG, Bench
from portal_pipeline_tests.contract.controllers.buyers import BUYER, PO, Buyers, line

D = Decimal
CREATE = Operation.CREATE
POSTS = ("POST", "*/purchase-orders")


@pytest.fixture
def buyers(bench: Bench) -> Buyers:
    return Buyers(bench)


def rules(bench: Bench, **changes: object) -> None:
    bench.set(purchase_orders=bench.tenant.purchase_orders.model_copy(update=changes))


def test_an_authorised_order_is_created_once_with_all_its_content(
    bench: Bench, buyers: Buyers
) -> None:
    rules(bench, company_external_id=ORG)
    bench.company.set_vendor_optional_field(vendor="V001", name="METODOPAGO", value="03")
    number = buyers.order(
        line("10", "100"),
        line("3", "33.333333", item="TUBO"),
        on=date(2026, 3, 10),
        expected_on=date(2026, 4, 1),
        description="Acero",
        comment="urgente",
        reference="REF-9",
        requisition="RQ-1",
        optional_fields=(OptionalValue(name="USOCFDI", value="G01"),),
    )
    reports = buyers.cycle()
    assert buyers.acts(reports) == [(number, "create", "succeeded")]
    sent = buyers.sent(number)
    lines = sent.pop("lines")
    address = sent.pop("addresses")
    assert sent == {
        "external_id": number,
        "num": number,
        "status": "OPEN",
        "acceptance_status": "ACCEPTED",
        "provider_external_id": "V001",
        "company_external_id": ORG,
        "currency": "MXN",
        "date": "2026-03-10T00:00:00.000Z",
        "delivery_date": "2026-04-01T00:00:00.000Z",
        "delivery_contact": BUYER,
        "requested_by_contact": sent["requested_by_contact"],
        "subtotal": D("1100.00"),
        "vat_sum": D("176.00"),
        "withhold_tax_sum": 0,
        "total": D("1276.00"),
        "comments": "Acero urgente",
        "reference": "REF-9",
        "warehouse": "ALM01",
        "cfdi_use": "G01",
        "cfdi_payment_form": "F03",
        "metadata": [
            {"key": "REQUISICION", "value": "RQ-1"},
            {"key": "CONDICIONES", "value": "N30"},
            {"key": "USUARIO_DE_COMPRA", "value": BUYER},
        ],
    }
    assert address[0]["street"] == "Av. Industria 100"
    assert address[0]["zip_code"] == "66600"
    assert [(one["external_id"], one["quantity"], one["price"]) for one in lines] == [
        ("1", D(10), D(100)),
        ("2", D(3), D("33.333333")),
    ]
    assert [one["subtotal"] for one in lines] == [D("1000.00"), D("100.00")]
    document = bench.ledger.documents(PO, [number])[number]
    assert document.portal_id == buyers.there(number).id
    assert (document.portal_state, document.amount, document.currency) == (
        "OPEN",
        D("1276.00"),
        "MXN",
    )
    links = {link.relation: link for _, link in bench.ledger.links_of(PO, [number])}
    assert links["is_portal_order"].target_key == buyers.there(number).id
    for _ in range(3):
        assert buyers.acts(buyers.cycle()) == []
    assert buyers.changes(number) == ["CREATE"]


def test_an_order_authorised_days_late_is_not_lost(bench: Bench, buyers: Buyers) -> None:
    number = buyers.order(authorise=False)
    buyers.cycle()
    assert not buyers.in_portal(number)
    assert buyers.status(number, CREATE) == ("", "")
    bench.advance(days=9)
    bench.company.authorise_purchase_order(number=number)
    assert buyers.acts(buyers.cycle(days=3)) == [(number, "create", "succeeded")]


def test_within_a_day_only_what_changed_is_read(bench: Bench, buyers: Buyers) -> None:
    first = buyers.order()
    buyers.cycle()
    bench.advance(days=2)
    buyers.cycle()
    second = buyers.order()
    report = buyers.cycle()["po_creation"]
    assert (report.seen, report.acted) == (1, 1)
    assert buyers.in_portal(first)
    assert buyers.in_portal(second)


@pytest.mark.parametrize(
    ("given", "code", "verdict"),
    [
        pytest.param({"is_on_hold": True}, "po_on_hold", "held", id="on hold"),
        pytest.param({"buyer": ""}, "po_field_invalid", "rejected", id="no delivery contact"),
        pytest.param({"order_type": 4}, "", "", id="a blanket order is no candidate"),
    ],
)
def test_what_cannot_go_says_why(
    bench: Bench, buyers: Buyers, given: dict[str, object], code: str, verdict: str
) -> None:
    number = buyers.order(**given)
    buyers.cycle()
    assert buyers.status(number, CREATE) == (verdict, code)
    assert not buyers.in_portal(number)


def test_an_order_released_from_hold_goes(bench: Bench, buyers: Buyers) -> None:
    number = buyers.order(is_on_hold=True)
    buyers.cycle()
    bench.company.set_purchase_order_hold(number=number, is_on_hold=False)
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]


def test_finished_before_sending_is_left_out(bench: Bench, buyers: Buyers) -> None:
    cancelled, invoiced, returned = (buyers.order() for _ in range(3))
    bench.company.cancel_outstanding(number=cancelled)
    buyers.invoice(buyers.receive(invoiced, "10"))
    bench.company.return_goods(receipt=buyers.receive(returned, "10"))
    buyers.cycle()
    for number in (cancelled, invoiced, returned):
        assert buyers.status(number, CREATE) == ("out_of_scope", "finished_before_sending")
        assert not buyers.in_portal(number)


def test_all_received_but_not_invoiced_is_still_created_with_what_was_ordered(
    bench: Bench, buyers: Buyers
) -> None:
    number = buyers.order(line("10"))
    buyers.receive(number, "10")
    buyers.cycle()
    assert buyers.sent(number)["lines"][0]["quantity"] == 10
    assert buyers.there(number).status == "OPEN"


@pytest.mark.parametrize(
    ("group", "vat", "withheld", "total"),
    [
        ("IVA16", "160.00", "0", "1160.00"),
        ("IVA0", "0", "0", "1000.00"),
        ("IVA16HON", "160.00", "-206.67", "953.33"),
    ],
)
def test_taxes_are_summed_by_sign(
    bench: Bench, buyers: Buyers, group: str, vat: str, withheld: str, total: str
) -> None:
    number = buyers.order(tax_group=group)
    buyers.cycle()
    sent = buyers.sent(number)
    assert (sent["vat_sum"], sent["withhold_tax_sum"], sent["total"]) == (
        D(vat),
        D(withheld),
        D(total),
    )
    assert "po_totals_differ" not in buyers.notes(number, CREATE)


def test_quantity_and_price_are_in_ordering_units(bench: Bench, buyers: Buyers) -> None:
    number = buyers.order(line("5", "12.345678", conversion=D(12), unit="CAJA12"))
    buyers.cycle()
    sent = buyers.sent(number)["lines"][0]
    assert (sent["quantity"], sent["price"], sent["unit_of_measure"]) == (
        5,
        D("12.345678"),
        "CAJA12",
    )
    assert sent["subtotal"] == D("61.73")


def test_a_discount_lowers_the_line(bench: Bench, buyers: Buyers) -> None:
    number = buyers.order(line("10", "100", discount_percent=D(5)))
    buyers.cycle()
    sent = buyers.sent(number)
    assert (sent["subtotal"], sent["total"]) == (D("950.00"), D("1102.00"))


def test_a_dollar_order_carries_its_rate(bench: Bench, buyers: Buyers) -> None:
    foreign = bench.portal.add_provider(
        bench.key, key="usa", name="Acme Inc", rfc="", external_id="V900", currency="USD"
    )
    bench.company.add_vendor(
        vendor="V900", name="Acme Inc", currency="USD", provider_id=foreign.id, tax_group="IVA0"
    )
    number = buyers.order(vendor="V900", rate=D("18.1234567"))
    buyers.cycle()
    sent = buyers.sent(number)
    assert (sent["currency"], sent["exchange_rate"]) == ("USD", D("18.123457"))


def test_skipped_warehouses_and_cancelled_lines_stay_out_and_are_noted(
    bench: Bench, buyers: Buyers
) -> None:
    rules(bench, skipped_warehouses=("ALM02",))
    number = buyers.order(line("10"), line("5", location="ALM02"), line("2", item="X"))
    bench.company.cancel_quantity(number=number, line=3, quantity=D(2))
    nothing = buyers.order(line(location="ALM02"))
    buyers.cycle()
    sent = buyers.sent(number)
    assert [one["external_id"] for one in sent["lines"]] == ["1"]
    assert sent["subtotal"] == D("1000.00")
    assert "po_lines_left_out" in buyers.notes(number, CREATE)
    assert buyers.status(nothing, CREATE) == ("out_of_scope", "no_lines_to_send")


def test_a_lost_answer_is_adopted_once(bench: Bench, buyers: Buyers) -> None:
    bench.portal.faults.add(Fault(FaultKind.DROP, *POSTS, calls=(1,), after_commit=True))
    number = buyers.order()
    assert buyers.acts(buyers.cycle()) == [(number, "create", "unknown")]
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("done", "")
    for _ in range(2):
        assert buyers.acts(buyers.cycle()) == []
    assert buyers.changes(number) == ["CREATE"], "neither created nor updated again"


def test_a_call_that_never_arrived_is_sent_again(bench: Bench, buyers: Buyers) -> None:
    bench.portal.faults.add(Fault(FaultKind.DROP, *POSTS, calls=(1,)))
    number = buyers.order()
    buyers.cycle()
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]
    assert buyers.changes(number) == ["CREATE"]


def test_a_look_up_without_answer_sends_nothing(bench: Bench, buyers: Buyers) -> None:
    bench.portal.faults.add(Fault(FaultKind.DROP, *POSTS, calls=(1,), after_commit=True))
    number = buyers.order()
    buyers.cycle()
    bench.portal.faults.clear()
    bench.portal.faults.add(Fault(FaultKind.NULL_ITEMS, "GET", "*/purchase-orders"))
    posts = buyers.writes()
    with pytest.raises(SystemUnavailable, match="purchase"):
        bench.run(PoCreation)
    assert buyers.writes() == posts
    bench.portal.faults.clear()
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("done", "")


def test_an_order_of_the_old_system_is_adopted_and_its_difference_updated(
    bench: Bench, buyers: Buyers
) -> None:
    same, other = buyers.order(), buyers.order()
    buyers.cycle()
    template = buyers.sent(same)
    left, older = buyers.order(), buyers.order(on=date(2025, 1, 1))
    for number, total in ((left, "1160.00"), (older, "999.00")):
        content = template | {"external_id": number, "num": number, "total": D(total)}
        bench.portal.create_po_by_person(bench.key, content)
    bench.set(start_date=date(2026, 1, 1))
    buyers.cycle(days=1)
    for number in (left, older):
        assert buyers.status(number, CREATE) == ("done", "")
    buyers.cycle()
    assert buyers.changes(left) == ["CREATE"]
    assert buyers.changes(older) == ["CREATE", "MODIFY"]
    assert buyers.sent(older)["total"] == D("1160.00")
    assert buyers.changes(other) == ["CREATE"]


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        pytest.param({}, ["CREATE"], id="same content"),
        pytest.param({"total": D("1.00")}, ["CREATE", "MODIFY"], id="other content"),
    ],
)
def test_an_order_typed_in_just_before_ours_is_adopted(
    bench: Bench, buyers: Buyers, change: dict[str, object], changes: list[str]
) -> None:
    """The portal refuses ours as a duplicate (409, 2602): looked up, ours, compared."""
    sample = buyers.order()
    buyers.cycle()
    number = buyers.order()
    typed = buyers.sent(sample) | {"external_id": number, "num": number} | change
    bench.portal.faults.before(*POSTS, lambda: bench.portal.create_po_by_person(bench.key, typed))
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]
    buyers.cycle()
    buyers.cycle()
    assert buyers.changes(number) == changes
    assert buyers.sent(number)["total"] == D("1160.00")


def test_a_number_that_the_portal_has_for_another_provider_is_never_touched(
    bench: Bench, buyers: Buyers
) -> None:
    number = buyers.order()
    bench.portal.add_provider(
        bench.key, key="other", name="Otro", rfc="OTR010101AB1", external_id="V002"
    )
    sample = buyers.order()
    bench.run(PoCreation)
    # The first order went; a third one's number was taken by a person for somebody else.
    taken = buyers.order()
    content = buyers.sent(sample) | {"external_id": taken, "provider_external_id": "V002"}
    bench.portal.create_po_by_person(bench.key, content)
    buyers.cycle()
    assert buyers.status(taken, CREATE) == ("held", "po_number_taken")
    assert buyers.changes(taken) == ["CREATE"]
    assert buyers.in_portal(number)


def test_a_number_that_another_company_takes_just_before_ours_is_never_touched(
    bench: Bench, buyers: Buyers
) -> None:
    """The duplicate answer is about an order of a company that shares the portal's tenant."""
    rules(bench, company_external_id=ORG)
    bench.portal.add_company(bench.key, external_id="SUR", name="Del Sur", rfc="SUR010101AB1")
    sample = buyers.order()
    buyers.cycle()
    number = buyers.order()
    theirs = buyers.sent(sample) | {"external_id": number, "company_external_id": "SUR"}
    bench.portal.faults.before(*POSTS, lambda: bench.portal.create_po_by_person(bench.key, theirs))
    for _ in range(2):
        buyers.cycle()
        assert buyers.status(number, CREATE)[1] == "po_number_taken"
    assert buyers.changes(number) == ["CREATE"]
    assert buyers.there(number).company_external_id == "SUR"


def test_a_portal_order_that_sage_does_not_have_is_held(bench: Bench, buyers: Buyers) -> None:
    number = buyers.order()
    buyers.cycle()
    content = buyers.sent(number) | {"external_id": "GHOST", "num": "GHOST"}
    bench.portal.create_po_by_person(bench.key, content)
    buyers.cycle(days=1)
    assert buyers.status("GHOST", CREATE) == ("held", "missing_in_sage")


def test_a_refusal_is_tried_again_at_its_interval(bench: Bench, buyers: Buyers) -> None:
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=False)
    number = buyers.order()
    assert buyers.acts(buyers.cycle()) == [(number, "create", "refused")]
    assert buyers.acts(buyers.cycle()) == []
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=True)
    assert buyers.acts(buyers.cycle()) == []
    assert buyers.acts(buyers.cycle(minutes=240)) == [(number, "create", "succeeded")]


def test_a_requeued_refusal_goes_now(bench: Bench, buyers: Buyers) -> None:
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=False)
    number = buyers.order()
    buyers.cycle()
    bench.portal.set_provider_enabled(bench.key, bench.provider.id, enabled=True)
    buyers.person().requeue(buyers.ref(number), CREATE)
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]


def test_a_vendor_without_provider_is_out_of_scope(bench: Bench, buyers: Buyers) -> None:
    bench.company.add_vendor(vendor="RENTA", name="Arrendadora")
    number = buyers.order(vendor="RENTA")
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("out_of_scope", "vendor_not_on_portal")


def test_a_provider_without_number_holds_the_order(bench: Bench, buyers: Buyers) -> None:
    bench.portal.link_provider_by_person(bench.key, bench.provider.id, "")
    number = buyers.order()
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("held", "provider_external_id_missing")
    bench.portal.link_provider_by_person(bench.key, bench.provider.id, "V-OTHER")
    buyers.cycle()
    assert buyers.sent(number)["provider_external_id"] == "V-OTHER"


def test_an_incomplete_list_of_providers_is_never_read_as_no_provider(
    bench: Bench, buyers: Buyers
) -> None:
    bench.company.add_vendor(vendor="RENTA", name="Arrendadora")
    number = buyers.order(vendor="RENTA")
    bench.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, "GET", "*/providers"))
    report = buyers.cycle()["po_creation"]
    assert buyers.status(number, CREATE) == ("held", "listing_incomplete")
    assert any(not one.is_complete for one in report.listings)


def test_a_provider_that_an_incomplete_list_lacks_is_no_conflict_yet(
    bench: Bench, buyers: Buyers
) -> None:
    bench.company.add_vendor(vendor="V300", name="Otro", provider_id="not-in-the-list")
    number = buyers.order(vendor="V300")
    bench.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, "GET", "*/providers"))
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("held", "listing_incomplete")
    bench.portal.faults.clear()
    buyers.cycle()
    assert buyers.status(number, CREATE) == ("rejected", "provider_conflict")


def test_before_the_start_only_what_may_be_lost_is_held(bench: Bench, buyers: Buyers) -> None:
    bench.set(start_date=date(2026, 3, 1))
    old = buyers.order(authorise=False, on=date(2026, 1, 5))
    bench.company.authorise_purchase_order(number=old, on=date(2026, 1, 6))
    late = buyers.order(authorise=False, on=date(2026, 1, 5))
    bench.company.authorise_purchase_order(number=late, on=date(2026, 3, 2))
    buyers.cycle()
    assert buyers.status(old, CREATE) == ("held", "before_start_not_in_target")
    assert buyers.in_portal(late)
    buyers.person().admit(buyers.ref(old), CREATE)
    assert buyers.acts(buyers.cycle()) == [(old, "create", "succeeded")]


def test_without_authorisation_tables_the_orders_own_date_counts(
    bench: Bench, buyers: Buyers
) -> None:
    rules(bench, authorisation="none")
    bench.set(start_date=date(2026, 3, 1))
    number = buyers.order(authorise=False, on=date(2026, 3, 2))
    buyers.cycle()
    assert buyers.in_portal(number)


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(bench: Bench, buyers: Buyers) -> None:
    bench.set(mode=Mode.DRY_RUN)
    number = buyers.order()
    buyers.cycle()
    assert buyers.writes() == 0
    assert buyers.status(number, CREATE) == ("held", "dry_run")
    bench.set(mode=Mode.SANDBOX)
    assert buyers.acts(buyers.cycle()) == [(number, "create", "succeeded")]


def test_a_plan_above_the_guard_waits_for_a_person(bench: Bench, buyers: Buyers) -> None:
    bench.set(guard=Guard(is_on=True, max_acts_first=1))
    numbers = [buyers.order(), buyers.order()]
    assert buyers.cycle()["po_creation"].held == 2
    assert buyers.writes() == 0
    for number in numbers:
        buyers.person().confirm(buyers.ref(number), CREATE)
    assert len(buyers.acts(buyers.cycle())) == 2


def test_statements_grow_with_chunks_not_with_orders(bench: Bench, buyers: Buyers) -> None:
    buyers.order()
    bench.run(PoCreation)
    bench.advance(days=1)
    before = bench.sage.reads
    bench.run(PoCreation)
    one = bench.sage.reads - before
    for _ in range(30):
        buyers.order()
    bench.advance(days=1)
    before = bench.sage.reads
    bench.run(PoCreation)
    assert bench.sage.reads - before <= one + 12
