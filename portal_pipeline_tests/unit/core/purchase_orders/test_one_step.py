"""Which step an order belongs to: rules 7, clause by clause, and that it is always exactly one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import DocumentRow, Status, Verdict
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.purchase_orders.classification import (
    classify,
    decisions_of,
    needs_payee,
    needs_portal,
)
from portal_pipeline.core.purchase_orders.models import (
    Authorisation,
    Payee,
    PoFacts,
    PortalView,
    SagePoLine,
)
from portal_pipeline.core.purchase_orders.routing import OWNER
from portal_pipeline_tests.unit.core.purchase_orders.orders import (
    NUMBER,
    TENANT,
    known,
    new,
    payload,
    po,
    po_line,
    portal_order,
    receipt,
    row,
)

D = Decimal
CREATION, UPDATES = ControllerName.PO_CREATION, ControllerName.PO_UPDATES
CLOSURE, CANCELLATION = ControllerName.PO_CLOSURE, ControllerName.PO_CANCELLATION
STEPS = (CREATION, UPDATES, CLOSURE, CANCELLATION)
GONE_LINE = po_line(cancelled=D(10))
CAME = po_line(received=D(10))
PART = po_line(received=D(6), cancelled=D(4))
INVOICED, OPEN_RECEIPT = receipt(is_invoiced=True), receipt()
MORE = po(po_line(ordered="12"))
NOT_AUTHORISED = Authorisation()


@pytest.mark.parametrize(
    ("facts", "verdict", "code"),
    [
        pytest.param(new(po()), "act", "", id="1 create"),
        pytest.param(new(po(CAME, receipts=(OPEN_RECEIPT,))), "act", "", id="1 all received"),
        pytest.param(
            new(po(CAME, is_complete=True, receipts=(OPEN_RECEIPT,))),
            "act",
            "",
            id="1 complete, the supplier must still invoice",
        ),
        pytest.param(
            new(po(GONE_LINE, is_complete=True)),
            "out_of_scope",
            "finished_before_sending",
            id="1 fully cancelled",
        ),
        pytest.param(
            new(po(CAME, is_complete=True, receipts=(INVOICED,))),
            "out_of_scope",
            "finished_before_sending",
            id="1 invoiced",
        ),
        pytest.param(
            new(po(CAME, is_complete=True, receipts=(receipt(returned=D(10)),))),
            "out_of_scope",
            "finished_before_sending",
            id="1 returned",
        ),
        pytest.param(
            new(po(CAME, is_complete=True, receipts=(INVOICED, OPEN_RECEIPT))),
            "act",
            "",
            id="1 one receipt of two invoiced",
        ),
        pytest.param(new(po(is_on_hold=True)), "hold", "po_on_hold", id="1 on hold"),
        pytest.param(
            new(po(), authorisation=NOT_AUTHORISED),
            "out_of_scope",
            "po_not_authorised",
            id="not authorised",
        ),
        pytest.param(new(po(order_type=2)), "out_of_scope", "po_type_not_sent", id="standing"),
        pytest.param(new(po(buyer="")), "reject", "po_field_invalid", id="no contact"),
        pytest.param(
            new(po(), view=PortalView(problem=LISTING_INCOMPLETE(listing="x", detail="y"))),
            "hold",
            "listing_incomplete",
            id="nobody knows whether the portal has it",
        ),
        pytest.param(
            new(None, view=PortalView(order=portal_order(payload(po())))),
            "hold",
            "missing_in_sage",
            id="the portal alone has it",
        ),
        pytest.param(
            new(po(), view=PortalView(order=portal_order(payload(po())))),
            "done",
            "",
            id="there already: adopted",
        ),
        pytest.param(
            new(po(), view=PortalView(order=portal_order(payload(MORE), "CLOSED"))),
            "done",
            "",
            id="there with other content: adopted all the same",
        ),
        pytest.param(
            new(
                po(),
                view=PortalView(order=portal_order(payload(po()), provider_id="b" * 24)),
            ),
            "hold",
            "po_number_taken",
            id="there for another provider",
        ),
    ],
)
def test_an_order_never_sent_is_creations(facts: PoFacts, verdict: str, code: str) -> None:
    routed = classify(facts, TENANT)
    assert routed.controller == CREATION
    assert routed.decision.operation == Operation.CREATE
    finding = routed.decision.finding
    assert (routed.decision.verdict.value, finding.code if finding else "") == (verdict, code)


CLOSED_INVOICED = po(CAME, is_complete=True, receipts=(INVOICED,))
CANCELLED = po(GONE_LINE, is_complete=True)


@pytest.mark.parametrize(
    ("facts", "step", "operation", "verdict", "code"),
    [
        pytest.param(known(CANCELLED, sent=po()), CANCELLATION, "cancel", "act", "", id="2 cancel"),
        pytest.param(
            known(CANCELLED, sent=po(), state="CANCELLED"),
            CANCELLATION,
            "cancel",
            "done",
            "",
            id="2 cancelled there",
        ),
        pytest.param(
            known(CANCELLED, sent=po(), state="CLOSED"),
            CANCELLATION,
            "cancel",
            "done",
            "",
            id="2 closed there",
        ),
        pytest.param(known(CLOSED_INVOICED), CLOSURE, "close", "act", "", id="3 close"),
        pytest.param(
            known(po(PART, is_complete=True, receipts=(receipt(received="6", is_invoiced=True),))),
            CLOSURE,
            "close",
            "act",
            "",
            id="3 rest cancelled",
        ),
        pytest.param(
            known(CLOSED_INVOICED, state="CLOSED"),
            CLOSURE,
            "close",
            "done",
            "",
            id="3 closed there",
        ),
        pytest.param(
            known(CLOSED_INVOICED, state="OPEN", set_by_us="CLOSED"),
            CLOSURE,
            "close",
            "hold",
            "changed_in_portal",
            id="3 reopened there by a person",
        ),
        pytest.param(known(MORE, sent=po()), UPDATES, "update", "act", "", id="4 update"),
        pytest.param(
            known(MORE, sent=po(), authorisation=NOT_AUTHORISED),
            UPDATES,
            "update",
            "hold",
            "amended_not_authorised",
            id="4 not authorised any more",
        ),
        pytest.param(
            known(po(po_line(ordered="12"), is_on_hold=True), sent=po()),
            UPDATES,
            "update",
            "hold",
            "amended_not_authorised",
            id="4 on hold",
        ),
        pytest.param(
            known(po(is_on_hold=True), authorisation=NOT_AUTHORISED),
            UPDATES,
            "create",
            "done",
            "",
            id="6 on hold without change",
        ),
        pytest.param(
            known(po(CAME, is_complete=True, receipts=(OPEN_RECEIPT,))),
            CLOSURE,
            "create",
            "done",
            "",
            id="5 not invoiced",
        ),
        pytest.param(known(po(po_line(received=D(3)))), UPDATES, "create", "done", "", id="6"),
        pytest.param(
            known(po(po_line(received=D(15)))), UPDATES, "create", "done", "", id="6 over-received"
        ),
        pytest.param(
            known(None, sent=po()), UPDATES, "update", "hold", "missing_in_sage", id="gone in Sage"
        ),
        pytest.param(
            known(None, sent=po(), state="CLOSED"), UPDATES, "create", "done", "", id="gone, closed"
        ),
        pytest.param(
            known(po(), view=PortalView()),
            UPDATES,
            "update",
            "hold",
            "po_missing_in_portal",
            id="gone in the portal",
        ),
        pytest.param(
            known(MORE, sent=po(), state="CLOSED", set_by_us="CLOSED"),
            UPDATES,
            "reopen",
            "act",
            "",
            id="closed by us, reopened in Sage",
        ),
        pytest.param(
            known(po(), state="CLOSED"),
            UPDATES,
            "update",
            "hold",
            "changed_in_portal",
            id="closed by a person",
        ),
        pytest.param(
            known(MORE, sent=po(), state="CANCELLED", set_by_us="CANCELLED"),
            UPDATES,
            "update",
            "hold",
            "po_cancelled_for_good",
            id="cancelled by us",
        ),
        pytest.param(
            known(po(), view=PortalView(order=portal_order(payload(MORE)))),
            UPDATES,
            "update",
            "hold",
            "changed_in_portal",
            id="changed by a person",
        ),
        pytest.param(
            known(MORE, sent=po(), view=PortalView(order=portal_order(payload(MORE)))),
            UPDATES,
            "update",
            "done",
            "",
            id="a person made it what Sage says",
        ),
    ],
)
def test_an_order_that_the_portal_has_belongs_to_one_step(
    facts: PoFacts, step: ControllerName, operation: str, verdict: str, code: str
) -> None:
    routed = classify(facts, TENANT)
    decision = routed.decision
    assert (routed.controller, decision.operation.value) == (step, operation)
    finding = decision.finding.code if decision.finding else ""
    assert (decision.verdict.value, finding) == (verdict, code)


def test_an_uninvoiced_receipt_is_noted_and_does_not_age() -> None:
    facts = known(po(CAME, is_complete=True, receipts=(OPEN_RECEIPT,)))
    (note,) = classify(facts, TENANT).decision.notes
    assert (note.code, note.params["receipts"], note.kind.ages) == (
        "receipt_not_invoiced",
        "RC1",
        False,
    )


def test_without_confirmed_content_a_difference_is_an_update() -> None:
    """An order of the old system: nothing that we confirmed, so no person can have changed it."""
    facts = known(
        po(),
        rows={Operation.CREATE: row(Operation.CREATE)},
        known=DocumentRow(kind=DocumentKind.PURCHASE_ORDER, key=NUMBER, portal_id="f" * 24),
        view=PortalView(order=portal_order(payload(MORE))),
    )
    routed = classify(facts, TENANT)
    assert (routed.controller, routed.decision.verdict) == (UPDATES, Verdict.ACT)


def test_what_is_in_doubt_is_settled_before_anything_else() -> None:
    rows = {
        Operation.CREATE: row(Operation.CREATE),
        Operation.UPDATE: row(Operation.UPDATE, Status.IN_FLIGHT, sent_hash="x"),
    }
    routed = classify(known(CLOSED_INVOICED, rows=rows), TENANT)
    assert (routed.controller, routed.decision.operation) == (UPDATES, Operation.UPDATE)


@pytest.mark.parametrize(
    ("on", "order", "expected"),
    [
        pytest.param(date(2026, 3, 2), {}, "act", id="authorised since"),
        pytest.param(date(2026, 2, 1), {}, "hold", id="older: may have been lost"),
        pytest.param(
            date(2026, 2, 1),
            {"lines": (CAME,), "is_complete": True, "receipts": (INVOICED,)},
            "out_of_scope",
            id="older and finished",
        ),
        pytest.param(None, {"ordered_on": date(2026, 3, 1)}, "act", id="no tables: its own date"),
    ],
)
def test_scope_counts_by_authorisation(
    on: date | None, order: dict[str, Any], expected: str
) -> None:
    tenant = TENANT.model_copy(update={"start_date": date(2026, 3, 1)})
    facts = new(
        po().model_copy(update=order), authorisation=Authorisation(is_authorised=True, on=on)
    )
    assert classify(facts, tenant).decision.verdict.value == expected


def test_a_wait_that_nothing_needs_any_more_is_ended_by_its_own_step() -> None:
    rows = {
        Operation.CREATE: known(po()).rows[Operation.CREATE],
        Operation.CANCEL: row(Operation.CANCEL, Status.REFUSED),
    }
    facts = known(po(), rows=rows)
    (ended,) = decisions_of(CANCELLATION, [facts], TENANT, set())
    assert (ended.operation, ended.verdict) == (Operation.CANCEL, Verdict.OUT_OF_SCOPE)


def test_an_order_acted_on_in_this_run_is_nobodys() -> None:
    for step in STEPS:
        assert decisions_of(step, [known(MORE, sent=po())], TENANT, {NUMBER}) == []


# -- any order at all --------------------------------------------------------------------------

amounts = st.integers(0, 12).map(D)


@st.composite
def lines(draw: st.DrawFn) -> tuple[SagePoLine, ...]:
    return tuple(
        po_line(
            n,
            ordered=str(draw(st.integers(0, 12))),
            received=draw(amounts),
            cancelled=draw(amounts),
            location=draw(st.sampled_from(["ALM01", "NONE"])),
        )
        for n in range(1, draw(st.integers(0, 3)) + 1)
    )


@st.composite
def any_facts(draw: st.DrawFn) -> PoFacts:
    order = draw(
        st.none()
        | st.builds(
            lambda lines, **flags: po().model_copy(update={"lines": lines, **flags}),
            lines=lines(),
            is_complete=st.booleans(),
            is_on_hold=st.booleans(),
            order_type=st.sampled_from([1, 1, 1, 4]),
            receipts=st.lists(
                st.builds(
                    receipt,
                    line_id=st.integers(1, 3),
                    returned=amounts,
                    is_invoiced=st.booleans(),
                ),
                max_size=3,
            ).map(tuple),
        )
    )
    states = st.sampled_from(["OPEN", "GENERATED", "CLOSED", "CANCELLED"])
    base = known(po(), state=draw(states), set_by_us=draw(states))
    rows = {
        operation: row(operation, status, content_hash=draw(st.sampled_from([None, "h"])))
        for operation in OWNER
        if (status := draw(st.none() | st.sampled_from(list(Status)))) is not None
    }
    problem = PortalView(problem=LISTING_INCOMPLETE(listing="x", detail="y"))
    return base.model_copy(
        update={
            "order": order,
            "rows": rows,
            "view": draw(st.sampled_from([None, PortalView(), problem, base.view])),
            "known": draw(st.sampled_from([None, base.known])),
            "payee": draw(st.sampled_from([None, base.payee, Payee()])),
            "authorisation": Authorisation(is_authorised=draw(st.booleans())),
        }
    )


@given(any_facts())
def test_any_order_belongs_to_exactly_one_step(facts: PoFacts) -> None:
    routed = classify(facts, TENANT)
    claimed = [
        decision
        for step in STEPS
        for decision in decisions_of(step, [facts], TENANT, set())
        if decision.operation == routed.decision.operation
    ]
    assert claimed == [routed.decision]
    assert OWNER[routed.decision.operation] == routed.controller or (
        routed.decision.verdict == Verdict.DONE
    )


@given(any_facts())
def test_nothing_is_ever_written_that_must_not_be(facts: PoFacts) -> None:
    decision = classify(facts, TENANT).decision
    if decision.verdict != Verdict.ACT:
        return
    create = facts.rows.get(Operation.CREATE)
    is_created = create is not None and create.status == Status.DONE
    assert facts.order is not None
    assert (decision.operation == Operation.CREATE) != is_created
    if decision.operation in (Operation.CREATE, Operation.UPDATE, Operation.REOPEN):
        assert facts.authorisation.is_authorised
        assert not facts.order.is_on_hold
    if facts.seen is not None and facts.seen.status in ("CLOSED", "CANCELLED"):
        assert decision.operation == Operation.REOPEN
    if decision.operation in (Operation.CREATE, Operation.UPDATE):
        assert decision.act is not None
        by_id = {str(one.line_id): one for one in facts.order.lines}
        for sent in decision.act.payload["lines"]:
            line = by_id[sent["external_id"]]
            assert sent["quantity"] == line.ordered - line.cancelled > 0


@given(any_facts())
def test_no_write_is_planned_blind(facts: PoFacts) -> None:
    routed = classify(facts, TENANT)
    if routed.decision.verdict == Verdict.ACT:
        assert needs_portal(facts, routed)
        if facts.payee is None and routed.decision.operation in (
            Operation.CREATE,
            Operation.UPDATE,
        ):
            assert needs_payee(facts, routed)
