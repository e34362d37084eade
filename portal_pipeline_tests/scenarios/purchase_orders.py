"""Purchase orders that buyers raise, amend and end in Sage, and what the portal then holds."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Guard, Mode
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
CREATE, UPDATE, CANCEL = Operation.CREATE, Operation.UPDATE, Operation.CANCEL
PO = DocumentKind.PURCHASE_ORDER
SAGE, PORTAL = "open 1160.00: 10", "OPEN 1160.00: 10"
SENT = (SAGE, PORTAL, "create done")


def _sent(town: Town) -> str:
    """An order of 10 boxes that the portal has."""
    number = town.buyers.order()
    town.cycle()
    assert town.order(number) == "done"
    return number


@scenario
def authorisation_revoked_before_sending(town: Town) -> None:
    """An order that waits and is no longer authorised is not ours until it is again."""
    number = town.buyers.order(is_on_hold=True)
    town.cycle()
    assert town.order(number) == "po_on_hold"
    town.company.revoke_authorisation(number=number)
    town.company.set_purchase_order_hold(number=number, is_on_hold=False)
    town.cycle()
    assert town.order(number) == "po_not_authorised"
    town.company.authorise_purchase_order(number=number)
    town.cycle()
    assert ends(town, number) == SENT


@scenario
def order_becomes_a_standing_one(town: Town) -> None:
    """Only active orders are sent; one that became another type while it waited is not ours."""
    number = town.buyers.order(is_on_hold=True)
    town.cycle()
    with town.company.writing() as unit:
        unit.update("POPORH1", {"PONUMBER": number}, PORTYPE=2, ONHOLD=0)
    town.cycle()
    assert ends(town, number) == (SAGE, "", "create out_of_scope po_type_not_sent")


@scenario
def order_deleted_before_sending(town: Town) -> None:
    """An order that waited and is deleted in Sage needs nothing more."""
    number = town.buyers.order(is_on_hold=True)
    town.cycle()
    town.company.delete_purchase_order(number=number)
    town.cycle()
    assert ends(town, number) == ("", "", "create out_of_scope po_gone_from_sage")


@scenario
def order_deleted_after_sending(town: Town) -> None:
    """An order that the portal has and Sage has no longer is left as it is, and told."""
    number = _sent(town)
    town.company.delete_purchase_order(number=number)
    town.cycle()
    assert ends(town, number) == ("", PORTAL, "create done, update held missing_in_sage")
    town.portal.set_po_status_by_person(town.key, number, "CANCELLED")
    town.cycle()
    assert ends(town, number) == ("", "CANCELLED 1160.00: 10", "create done, update done")


@scenario
def totals_that_do_not_add_up(town: Town) -> None:
    """The amounts sent are computed from the lines; a difference from Sage's total is told."""
    number = town.buyers.order()
    with town.company.writing() as unit:
        unit.update("POPORH1", {"PONUMBER": number}, DOCTOTAL=D("1160.55"))
    town.cycle()
    assert ends(town, number) == ("open 1160.55: 10", PORTAL, "create done")
    assert "po_totals_differ" in town.notes(number, CREATE, PO)


@scenario
def value_that_the_portal_does_not_know(town: Town) -> None:
    """A value that the portal's catalogue lacks is left out and told; the order goes."""
    with town.company.writing() as unit:
        unit.insert("CSOPTFD", {"OPTFIELD": "METODOPAGO", "VALUE": "88", "VDESC": "88 Otro"})
    town.company.set_vendor_optional_field(vendor=VENDOR, name="METODOPAGO", value="88")
    number = town.buyers.order()
    town.cycle()
    assert ends(town, number) == SENT
    assert "cfdi_payment_form" not in town.buyers.sent(number)
    assert "po_value_left_out" in town.notes(number, CREATE, PO)


@scenario
def order_without_a_delivery_contact(town: Town) -> None:
    """An order that the portal would not accept is rejected until Sage has the data."""
    number = town.buyers.order(buyer="")
    town.cycle()
    assert ends(town, number) == (SAGE, "", "create rejected po_field_invalid")
    with town.company.writing() as unit:
        unit.update("POPORH1", {"PONUMBER": number}, FOBPOINT="jperez")
    town.cycle()
    assert ends(town, number) == SENT


@scenario
def changed_by_a_person_in_the_portal(town: Town) -> None:
    """What a person changed in the portal is not overwritten, whatever Sage says since."""
    number = _sent(town)
    town.portal.edit_po_by_person(town.key, number, {"total": D(999)})
    town.buyers.amend(number, quantities={1: D(20)})
    town.cycle()
    held = "create done, update held changed_in_portal"
    assert ends(town, number) == ("open 2320.00: 20", "OPEN 999.00: 10", held)


@scenario
def cancelled_and_opened_again(town: Town) -> None:
    """An order that was cancelled in the portal stays so; Sage needs a new one."""
    number = _sent(town)
    town.company.cancel_outstanding(number=number)
    town.cycle()
    assert town.buyers.state(number) == "CANCELLED"
    town.buyers.amend(number, quantities={1: D(12)})
    town.cycle()
    assert ends(town, number) == (
        "open 1392.00: 12 less 10",
        "CANCELLED 1160.00: 10",
        "create done, update held po_cancelled_for_good, cancel done",
    )


@scenario
def cancellation_taken_back_before_it_went(town: Town) -> None:
    """A step that waited and is no longer needed ends; the order goes on as Sage has it."""
    number = _sent(town)
    town.upload("A1", po_links=(town.buyers.po_link(number),))
    town.company.cancel_outstanding(number=number)
    town.cycle()
    assert town.order(number, CANCEL) == "invoices_linked"
    town.buyers.amend(number, quantities={1: D(12)})
    town.cycle()
    town.cycle()
    assert ends(town, number) == (
        "open 1392.00: 12 less 10",
        "OPEN 232.00: 2",
        "create done, update done, cancel out_of_scope po_step_not_needed",
    )


@scenario
def number_taken_by_another_supplier(town: Town) -> None:
    """An order of another provider under our number is never touched."""
    sample = _sent(town)
    town.portal.add_provider(
        town.key, key="other", name="Otro", rfc="OTR010101AB1", external_id="V002"
    )
    taken = town.buyers.order()
    content = town.buyers.sent(sample) | {"external_id": taken, "provider_external_id": "V002"}
    town.portal.create_po_by_person(town.key, content)
    town.cycle()
    assert ends(town, taken) == (SAGE, PORTAL, "create held po_number_taken")
    assert town.buyers.sent(taken)["provider_external_id"] == "V002"
    assert town.buyers.changes(taken) == ["CREATE"]


@scenario
def provider_without_a_number(town: Town) -> None:
    """An order waits while its provider has no external id, which is then written by itself."""
    town.portal.link_provider_by_person(town.key, town.provider.id, "")
    town.portal.faults.add(Fault(FaultKind.STATUS, "PUT", "*/external-id", calls=(1,), status=500))
    number = town.buyers.order()
    town.cycle()
    assert town.order(number) == "provider_external_id_missing"
    for _ in range(3):
        town.cycle(hours=1)
    assert ends(town, number) == SENT
    assert town.external_id(town.provider) == VENDOR


@scenario
def order_of_a_disabled_supplier(town: Town) -> None:
    """What the portal refuses is tried again at the interval, and not for ever."""
    town.set(intervals=town.tenant.intervals.model_copy(update={"max_attempts": 2}))
    town.portal.set_provider_enabled(town.key, town.provider.id, enabled=False)
    number = town.buyers.order()
    town.cycle()
    assert town.order(number) == "refused_by_remote"
    town.cycle(hours=4)
    assert town.order(number) == "attempts_used_up"
    town.portal.set_provider_enabled(town.key, town.provider.id, enabled=True)
    town.cycle(hours=4)
    assert not town.buyers.in_portal(number)
    town.buyers.person().requeue(town.buyers.ref(number), CREATE)
    town.cycle()
    assert ends(town, number) == SENT


@scenario
def answer_of_the_portal_lost(town: Town) -> None:
    """A write whose answer was lost is looked up and not made twice."""
    town.portal.faults.add(
        Fault(FaultKind.DROP, "POST", "*/purchase-orders", calls=(1,), after_commit=True)
    )
    number = town.buyers.order()
    town.cycle()
    assert town.order(number) == "outcome_unknown"
    town.cycle()
    assert ends(town, number) == SENT
    assert town.buyers.changes(number) == ["CREATE"]


@scenario
def list_of_orders_not_read_to_its_end(town: Town) -> None:
    """From an incomplete list nothing is concluded."""
    _sent(town)
    town.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, "GET", "*/purchase-orders"))
    number = town.buyers.order()
    town.cycle(days=1)
    assert town.order(number) == "listing_incomplete"
    town.portal.faults.clear()
    town.cycle()
    assert ends(town, number) == SENT


@scenario
def dry_run_before_going_live(town: Town) -> None:
    """A dry run says what would be done and writes nothing."""
    town.set(mode=Mode.DRY_RUN)
    number = town.buyers.order()
    town.cycle()
    assert town.order(number) == "dry_run"
    assert town.buyers.writes() == 0
    town.set(mode=Mode.SANDBOX)
    town.cycle()
    assert ends(town, number) == SENT


@scenario
def more_orders_than_the_guard_allows(town: Town) -> None:
    """A plan above the guard does nothing until a person confirms it."""
    town.set(guard=Guard(is_on=True, max_acts_first=1))
    numbers = [town.buyers.order(), town.buyers.order()]
    town.cycle()
    assert {town.order(number) for number in numbers} == {"plan_above_guard"}
    assert town.buyers.writes() == 0
    for number in numbers:
        town.buyers.person().confirm(town.buyers.ref(number), CREATE)
    town.cycle()
    assert {ends(town, number) for number in numbers} == {SENT}
