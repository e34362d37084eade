"""The classification, clause by clause of rules 7: one step and one decision for any order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import DocumentRow, Status, Verdict
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.findings.providers import (
    PROVIDER_CONFLICT,
    PROVIDER_EXTERNAL_ID_MISSING,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.findings.purchase_orders import CHANGED_IN_PORTAL, INVOICES_LINKED
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.purchase_orders.classification import (
    classify,
    decisions_of,
    needs_payee,
    needs_portal,
)
from portal_pipeline.core.purchase_orders.content import SENT, fingerprint_of_portal
from portal_pipeline.core.purchase_orders.models import Authorisation, Payee, PortalView
from portal_pipeline.core.tenant import PurchaseOrderRules
from portal_pipeline_tests.unit.core.purchase_orders.makers import (
    PO,
    TENANT,
    facts,
    in_portal,
    known,
    line,
    order,
    receipt,
    row,
    view,
)

D = Decimal
CREATION, UPDATES = ControllerName.PO_CREATION, ControllerName.PO_UPDATES
CLOSURE, CANCELLATION = ControllerName.PO_CLOSURE, ControllerName.PO_CANCELLATION
STEPS = (CREATION, UPDATES, CLOSURE, CANCELLATION)
LATER = TENANT.model_copy(update={"start_date": date(2026, 4, 1)})

CANCELLED = order(line(cancelled=D(10)))
ZEROED = order(line(ordered=D(0), extended=D(0)))
DONE = order(is_complete=True, receipts=(receipt(is_invoiced=True),))
RETURNED = order(is_complete=True, receipts=(receipt(returned=D(10)),))
UNINVOICED = order(
    is_complete=True, receipts=(receipt("6", is_invoiced=True), receipt("4", returned=D(1)))
)
AMENDED = order(line(ordered=D(12)))
NOT_ALLOWED = Authorisation()
SHARED = TENANT.model_copy(
    update={"purchase_orders": PurchaseOrderRules(company_external_id="ACME")}
)


def said(routed):
    """(step, operation, verdict, code) of a decision."""
    finding = routed.decision.finding
    return (
        routed.controller,
        routed.decision.operation,
        routed.decision.verdict.value,
        finding.code if finding else "",
    )


def payee(verdict, finding, **more):
    return Payee(verdict=verdict, finding=finding, **more)


@pytest.mark.parametrize(
    ("given_", "tenant", "verdict", "code"),
    [
        pytest.param(facts(order()), TENANT, "act", "", id="create"),
        pytest.param(facts(order(receipts=(receipt(),), is_complete=True)), TENANT, "act", "",
                     id="all received: the supplier must still invoice"),
        pytest.param(facts(CANCELLED), TENANT, "out_of_scope", "finished_before_sending",
                     id="fully cancelled"),
        pytest.param(facts(DONE), TENANT, "out_of_scope", "finished_before_sending",
                     id="complete and invoiced"),
        pytest.param(facts(RETURNED), TENANT, "out_of_scope", "finished_before_sending",
                     id="complete and returned"),
        pytest.param(facts(order(is_on_hold=True)), TENANT, "hold", "po_on_hold", id="on hold"),
        pytest.param(facts(order(), authorisation=NOT_ALLOWED), TENANT, "out_of_scope",
                     "po_not_authorised", id="not authorised"),
        pytest.param(facts(order(order_type=4)), TENANT, "out_of_scope", "po_type_not_sent",
                     id="blanket order"),
        pytest.param(facts(order(buyer="")), TENANT, "reject", "po_field_invalid",
                     id="field missing"),
        pytest.param(facts(order(line(cancelled=D(10), received=D(0)), line(
            line_id=2, ordered=D(0), received=D(1)))), TENANT, "out_of_scope",
            "no_lines_to_send", id="nothing left to send"),
        pytest.param(facts(order()), LATER, "hold", "before_start_not_in_target",
                     id="older, unfinished"),
        pytest.param(facts(DONE), LATER, "out_of_scope", "finished_before_sending",
                     id="older, finished"),
        pytest.param(facts(order(), known=DocumentRow(kind=PO, key="OC1", admitted=True)), LATER,
                     "act", "", id="older, admitted"),
        pytest.param(facts(order(), rows={Operation.CREATE: row(
            Operation.CREATE, Status.REFUSED, attempts=1, sent_hash="x")}), LATER, "act", "",
            id="older, already tried"),
        pytest.param(facts(order(), payee=payee(
            Verdict.OUT_OF_SCOPE, VENDOR_NOT_ON_PORTAL(vendor="V"))), TENANT, "out_of_scope",
            "vendor_not_on_portal", id="vendor not on the portal"),
        pytest.param(facts(order(), payee=payee(
            Verdict.REJECT, PROVIDER_CONFLICT(vendor="V", provider="P", other="Q"))), TENANT,
            "reject", "provider_conflict", id="provider conflict"),
        pytest.param(facts(order(), payee=payee(
            Verdict.HOLD, PROVIDER_EXTERNAL_ID_MISSING(provider="P", vendor="V"),
            provider_id="P")), TENANT, "hold", "provider_external_id_missing", id="no id yet"),
        pytest.param(facts(None), TENANT, "out_of_scope", "po_gone_from_sage",
                     id="gone from Sage"),
        pytest.param(facts(order(), rows={Operation.CREATE: row(
            Operation.CREATE, Status.DISMISSED)}), TENANT, "done", "", id="dismissed"),
    ],
)  # fmt: skip
def test_an_order_that_is_not_in_the_portal_belongs_to_po_creation(given_, tenant, verdict, code):
    assert said(classify(given_, tenant)) == (CREATION, Operation.CREATE, verdict, code)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(known(CANCELLED), (CANCELLATION, Operation.CANCEL, "act", ""), id="2 cancel"),
        pytest.param(known(ZEROED), (CANCELLATION, Operation.CANCEL, "act", ""),
                     id="2 every line amended to nothing"),
        pytest.param(known(CANCELLED, state="CLOSED"),
                     (CANCELLATION, Operation.CANCEL, "done", ""), id="2 closed there"),
        pytest.param(known(CANCELLED, state="CANCELLED"),
                     (CANCELLATION, Operation.CANCEL, "done", ""), id="2 cancelled there"),
        pytest.param(known(CANCELLED, authorisation=NOT_ALLOWED),
                     (CANCELLATION, Operation.CANCEL, "act", ""), id="2 needs no authorisation"),
        pytest.param(known(DONE), (CLOSURE, Operation.CLOSE, "act", ""), id="3 invoiced"),
        pytest.param(known(RETURNED), (CLOSURE, Operation.CLOSE, "act", ""), id="3 returned"),
        pytest.param(known(DONE, state="CLOSED"), (CLOSURE, Operation.CLOSE, "done", ""),
                     id="3 closed there"),
        pytest.param(known(DONE, state="CANCELLED"),
                     (CLOSURE, Operation.CLOSE, "hold", "changed_in_portal"),
                     id="3 cancelled there by a person"),
        pytest.param(known(DONE, state="OPEN", state_set="CLOSED"),
                     (CLOSURE, Operation.CLOSE, "hold", "changed_in_portal"),
                     id="3 reopened there by a person"),
        pytest.param(known(AMENDED), (UPDATES, Operation.UPDATE, "act", ""), id="4 update"),
        pytest.param(known(AMENDED, authorisation=NOT_ALLOWED),
                     (UPDATES, Operation.UPDATE, "hold", "amended_not_authorised"),
                     id="4 not authorised"),
        pytest.param(known(order(line(ordered=D(12)), is_on_hold=True)),
                     (UPDATES, Operation.UPDATE, "hold", "amended_not_authorised"),
                     id="4 on hold"),
        pytest.param(known(order(line(ordered=D(12)), buyer="")),
                     (UPDATES, Operation.UPDATE, "reject", "po_field_invalid"), id="4 invalid"),
        pytest.param(known(AMENDED, payee=payee(
            Verdict.REJECT, PROVIDER_CONFLICT(vendor="V", provider="P", other="Q"))),
            (UPDATES, Operation.UPDATE, "reject", "provider_conflict"), id="4 conflict"),
        pytest.param(known(UNINVOICED), (CLOSURE, Operation.CREATE, "done", ""),
                     id="5 not invoiced"),
        pytest.param(known(order()), (UPDATES, Operation.CREATE, "done", ""), id="6 nothing"),
        pytest.param(known(order(is_on_hold=True)), (UPDATES, Operation.CREATE, "done", ""),
                     id="6 on hold, not amended"),
        pytest.param(known(order(), payee=payee(
            Verdict.REJECT, PROVIDER_CONFLICT(vendor="V", provider="P", other="Q"))),
            (UPDATES, Operation.CREATE, "done", ""), id="6 conflict, not amended"),
        pytest.param(known(None), (UPDATES, Operation.UPDATE, "hold", "missing_in_sage"),
                     id="gone from Sage"),
        pytest.param(known(None, state="CLOSED"), (UPDATES, Operation.CREATE, "done", ""),
                     id="gone from Sage, finished there"),
        pytest.param(known(order(), state="CLOSED", state_set="CLOSED"),
                     (UPDATES, Operation.REOPEN, "act", ""), id="closed by us"),
        pytest.param(known(order(), state="CLOSED", state_set="CLOSED",
                           authorisation=NOT_ALLOWED),
                     (UPDATES, Operation.UPDATE, "hold", "amended_not_authorised"),
                     id="closed by us, not authorised"),
        pytest.param(known(order(), state="CLOSED"),
                     (UPDATES, Operation.UPDATE, "hold", "changed_in_portal"),
                     id="closed by a person"),
        pytest.param(known(order(), state="CANCELLED", state_set="CANCELLED"),
                     (UPDATES, Operation.UPDATE, "hold", "po_cancelled_for_good"),
                     id="cancelled by us"),
        pytest.param(known(order(), view=view(None)),
                     (UPDATES, Operation.UPDATE, "hold", "po_missing_in_portal"),
                     id="gone from the portal"),
        pytest.param(known(order(), view=view(in_portal(total=D(5)))),
                     (UPDATES, Operation.UPDATE, "hold", "changed_in_portal"),
                     id="changed by a person"),
        pytest.param(known(AMENDED, view=view(in_portal(AMENDED))),
                     (UPDATES, Operation.UPDATE, "done", ""), id="changed alike by a person"),
        pytest.param(known(AMENDED, view=view(in_portal())),
                     (UPDATES, Operation.UPDATE, "act", ""), id="4 as confirmed there"),
    ],
)  # fmt: skip
def test_an_order_that_the_portal_has_from_us_belongs_to_one_step(given_, expected):
    assert said(classify(given_, TENANT)) == expected


def test_what_waits_for_its_invoice_names_the_receipts():
    decision = classify(known(UNINVOICED), TENANT).decision
    assert [(n.code, n.params) for n in decision.notes] == [
        ("receipt_not_invoiced", {"receipts": "RC1"})
    ]


@pytest.mark.parametrize(
    ("seen", "tenant", "verdict", "code"),
    [
        pytest.param(in_portal(), TENANT, "done", "", id="same content"),
        pytest.param(in_portal(total=D(5)), TENANT, "done", "", id="other content"),
        pytest.param(in_portal(status="CLOSED"), TENANT, "done", "", id="closed"),
        pytest.param(in_portal(provider_id="c" * 24), TENANT, "hold", "po_number_taken",
                     id="another provider"),
        pytest.param(in_portal(company_external_id="OTHER"), SHARED, "hold", "po_number_taken",
                     id="another company"),
        pytest.param(in_portal(company_external_id="ACME"), SHARED, "done", "",
                     id="our company"),
    ],
)  # fmt: skip
def test_an_order_that_is_there_already_is_adopted_or_another(seen, tenant, verdict, code):
    routed = classify(facts(order(), view=view(seen)), tenant)
    assert said(routed) == (CREATION, Operation.CREATE, verdict, code)


def test_only_an_adopted_order_with_the_same_content_counts_as_confirmed():
    same = classify(facts(order(), view=view(in_portal())), TENANT).decision
    other = classify(facts(order(), view=view(in_portal(reference="x"))), TENANT).decision
    assert same.confirms is not None
    assert other.confirms is None


def test_an_update_that_ended_without_telling_its_content_is_sent_again():
    """Looked up in vain: what the portal has is not known, so Sage's content goes there."""
    ended = row(Operation.UPDATE, sent_hash="y", content_hash=None)
    given_ = known(order(), rows={Operation.UPDATE: ended})
    assert said(classify(given_, TENANT)) == (UPDATES, Operation.UPDATE, "act", "")


def test_an_attempt_that_arrived_after_it_was_given_up_is_replaced():
    """The portal shows what we once sent, not what it confirmed: our own doing, sent anew."""
    late = known(order(), view=view(in_portal(AMENDED)))
    details = {**late.known.details, SENT: fingerprint_of_portal(in_portal(AMENDED))}
    given_ = late.model_copy(update={"known": late.known.model_copy(update={"details": details})})
    assert said(classify(given_, TENANT)) == (UPDATES, Operation.UPDATE, "act", "")


def test_skipped_warehouses_do_not_keep_a_cancelled_order_alive():
    rules = PurchaseOrderRules(skipped_warehouses=("ALM02",))
    tenant = TENANT.model_copy(update={"purchase_orders": rules})
    lines = (line(cancelled=D(10)), line(line_id=2, location="ALM02", received=D(3)))
    routed = classify(known(order(*lines)), tenant)
    assert said(routed) == (CANCELLATION, Operation.CANCEL, "act", "")


@pytest.mark.parametrize(
    ("one", "verdict", "code"),
    [
        pytest.param(
            payee(Verdict.OUT_OF_SCOPE, VENDOR_NOT_ON_PORTAL(vendor="V")),
            *("hold", "po_number_taken"),
            id="our vendor is not on the portal",
        ),
        pytest.param(
            payee(Verdict.REJECT, PROVIDER_CONFLICT(vendor="V", provider="P", other="Q")),
            *("reject", "provider_conflict"),
            id="conflict",
        ),
    ],
)
def test_an_order_that_is_there_already_is_ours_only_with_its_provider(one, verdict, code):
    routed = classify(facts(order(), payee=one, view=view(in_portal())), TENANT)
    assert said(routed) == (CREATION, Operation.CREATE, verdict, code)


def test_a_content_confirmed_by_nobody_is_an_update():
    """An adopted order has no content of ours: its difference is no person's doing."""
    adopted = known(
        order(),
        rows={Operation.CREATE: row(Operation.CREATE, content_hash=None)},
        known=DocumentRow(kind=PO, key="OC1", portal_id="a" * 24, portal_state="OPEN"),
        view=view(in_portal(total=D(5))),
    )
    assert said(classify(adopted, TENANT)) == (UPDATES, Operation.UPDATE, "act", "")


@pytest.mark.parametrize("seen", [None, in_portal()])
def test_what_sage_does_not_have_is_held_only_while_it_is_open_in_the_portal(seen):
    routed = classify(facts(None, view=view(seen)), TENANT)
    expected = ("hold", "missing_in_sage") if seen else ("out_of_scope", "po_gone_from_sage")
    assert said(routed)[2:] == expected


# -- history ---------------------------------------------------------------------------------


def _doubt(operation):
    return {operation: row(operation, Status.IN_FLIGHT, sent_hash="y")}


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(known(CANCELLED, rows=_doubt(Operation.UPDATE)),
                     (UPDATES, Operation.UPDATE, "out_of_scope", "po_step_not_needed"),
                     id="an update before the cancellation"),
        pytest.param(known(AMENDED, rows=_doubt(Operation.UPDATE)),
                     (UPDATES, Operation.UPDATE, "act", ""), id="an update still wanted"),
        pytest.param(known(order(), rows=_doubt(Operation.UPDATE)),
                     (UPDATES, Operation.UPDATE, "out_of_scope", "po_step_not_needed"),
                     id="an update taken back is not simply done"),
        pytest.param(known(AMENDED, rows=_doubt(Operation.CLOSE)),
                     (CLOSURE, Operation.CLOSE, "out_of_scope", "po_step_not_needed"),
                     id="a closure before the update"),
    ],
)  # fmt: skip
def test_what_is_in_doubt_is_settled_by_its_own_step_first(given_, expected):
    assert said(classify(given_, TENANT)) == expected


@pytest.mark.parametrize("controller", STEPS)
def test_a_step_ends_its_own_waiting_operations_that_nothing_needs(controller):
    waiting = row(Operation.CANCEL, Status.REFUSED, finding=INVOICES_LINKED(answer="x"))
    given_ = known(AMENDED, rows={Operation.CANCEL: waiting})
    found = [
        (d.operation, d.verdict.value) for d in decisions_of(controller, [given_], TENANT, set())
    ]
    assert (
        found
        == {
            CREATION: [],
            UPDATES: [(Operation.UPDATE, "act")],
            CLOSURE: [],
            CANCELLATION: [(Operation.CANCEL, "out_of_scope")],
        }[controller]
    )


def test_an_order_acted_on_in_this_run_is_no_candidate():
    assert decisions_of(UPDATES, [known(AMENDED)], TENANT, {"OC1"}) == []


# -- what must be asked ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "is_asked"),
    [
        pytest.param(known(order()), False, id="unchanged"),
        pytest.param(known(UNINVOICED), False, id="not invoiced"),
        pytest.param(known(AMENDED), True, id="update"),
        pytest.param(known(None), True, id="missing in Sage"),
        pytest.param(known(order(), rows={Operation.UPDATE: row(
            Operation.UPDATE, Status.HELD, finding=CHANGED_IN_PORTAL(state="OPEN", total="5"))}),
            True, id="held for what the portal had"),
        pytest.param(facts(order()), True, id="create"),
        pytest.param(facts(order(is_on_hold=True)), False, id="on hold"),
    ],
)  # fmt: skip
def test_the_portal_is_asked_only_where_the_decision_needs_it(given_, is_asked):
    assert needs_portal(given_, classify(given_, TENANT)) is is_asked


@pytest.mark.parametrize(
    ("given_", "is_asked"),
    [
        pytest.param(known(order(), payee=None), False, id="unchanged"),
        pytest.param(known(AMENDED, payee=None), True, id="update"),
        pytest.param(facts(order(), payee=None), True, id="create"),
        pytest.param(facts(order(), payee=None, view=view(in_portal())), True, id="adoption"),
        pytest.param(facts(DONE, payee=None), False, id="finished"),
        pytest.param(facts(None, payee=None), False, id="gone from Sage"),
    ],
)
def test_the_provider_is_asked_only_where_content_may_go(given_, is_asked):
    assert needs_payee(given_, classify(given_, TENANT)) is is_asked


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(facts(order()), (CREATION, Operation.CREATE), id="create"),
        pytest.param(known(AMENDED), (UPDATES, Operation.UPDATE), id="update"),
        pytest.param(known(CANCELLED), (CANCELLATION, Operation.CANCEL), id="cancel"),
    ],
)
def test_nothing_is_concluded_from_a_list_that_is_not_whole(given_, expected):
    problem = LISTING_INCOMPLETE(listing="purchase orders", detail="short")
    unread = given_.model_copy(update={"view": PortalView(problem=problem)})
    assert said(classify(unread, TENANT)) == (*expected, "hold", "listing_incomplete")


# -- any order -------------------------------------------------------------------------------

_QUANTITY = st.sampled_from([D(0), D(4), D(10)])
_LINES = st.lists(
    st.builds(
        lambda ordered, received, cancelled, location: line(
            ordered=ordered, received=received, cancelled=cancelled, location=location
        ),
        _QUANTITY,
        _QUANTITY,
        _QUANTITY,
        st.sampled_from(["ALM01", "ALM02"]),
    ),
    max_size=3,
)
_ORDERS = st.none() | st.builds(
    lambda lines, is_complete, on_hold, kind, buyer, came: order(
        is_complete=is_complete, is_on_hold=on_hold, order_type=kind, buyer=buyer, receipts=came
    ).model_copy(update={"lines": tuple(lines)}),
    _LINES,
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 4]),
    st.sampled_from(["jperez", ""]),
    st.sampled_from([(), (receipt(),), (receipt(is_invoiced=True),), (receipt(returned=D(10)),)]),
)
_VIEWS = st.sampled_from(
    [
        None,
        view(None),
        view(in_portal()),
        view(in_portal(status="CLOSED")),
        view(in_portal(status="CANCELLED", total=D(5))),
        PortalView(problem=LISTING_INCOMPLETE(listing="x", detail="y")),
    ]
)
_PAYEES = st.sampled_from(
    [
        None,
        facts(order()).payee,
        payee(Verdict.OUT_OF_SCOPE, VENDOR_NOT_ON_PORTAL(vendor="V")),
        payee(Verdict.REJECT, PROVIDER_CONFLICT(vendor="V", provider="P", other="Q")),
    ]
)
_STATUSES = st.none() | st.sampled_from(list(Status))


@st.composite
def any_facts(draw):
    rows = {
        operation: row(operation, status, content_hash=draw(st.sampled_from([None, "z"])))
        for operation in (
            Operation.CREATE,
            Operation.UPDATE,
            Operation.REOPEN,
            Operation.CLOSE,
            Operation.CANCEL,
        )
        if (status := draw(_STATUSES)) is not None
    }
    made = known(
        draw(_ORDERS),
        state=draw(st.sampled_from(["OPEN", "GENERATED", "CLOSED", "CANCELLED"])),
        state_set=draw(st.sampled_from(["OPEN", "CLOSED", "CANCELLED"])),
        view=draw(_VIEWS),
        payee=draw(_PAYEES),
        authorisation=draw(st.sampled_from([facts(order()).authorisation, NOT_ALLOWED])),
    )
    return made.model_copy(update={"rows": rows})


@given(any_facts(), st.sampled_from([TENANT, LATER]))
def test_any_order_belongs_to_exactly_one_step_with_one_decision(given_, tenant):
    """No order falls between the steps, none is decided twice, and every reason has a text."""
    routed = classify(given_, tenant)
    decision = routed.decision
    assert decision.key == "OC1"
    assert (decision.finding is None) == (decision.verdict in (Verdict.ACT, Verdict.DONE))
    assert (decision.act is None) == (decision.verdict != Verdict.ACT)
    deciding = [step for step in STEPS if decision in decisions_of(step, [given_], tenant, set())]
    assert deciding == [routed.controller]
    acts = [
        one
        for step in STEPS
        for one in decisions_of(step, [given_], tenant, set())
        if one.verdict == Verdict.ACT
    ]
    assert len(acts) <= 1


@given(any_facts())
def test_a_finished_order_in_the_portal_is_never_written_but_to_reopen_it(given_):
    """Closed and cancelled orders stay as they are, whatever Sage says."""
    routed = classify(given_, TENANT)
    is_created = given_.rows.get(Operation.CREATE) is not None and (
        given_.rows[Operation.CREATE].status == Status.DONE
    )
    if is_created and given_.portal_state in ("CLOSED", "CANCELLED"):
        assert routed.decision.act is None or routed.decision.operation == Operation.REOPEN
