"""What holds for any order at all: nothing is written that must not be, and nothing blindly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given

from portal_pipeline.core.decisions import Status, Verdict
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.purchase_orders.classification import (
    classify,
    needs_payee,
    needs_portal,
)
from portal_pipeline.core.purchase_orders.content import (
    fingerprint_of_payload,
    fingerprint_of_portal,
)
from portal_pipeline.core.purchase_orders.documents import built_for
from portal_pipeline.core.purchase_orders.models import PoFacts
from portal_pipeline_tests.unit.core.purchase_orders.makers import (
    TENANT,
    facts,
    in_portal,
    line,
    order,
)
from portal_pipeline_tests.unit.core.purchase_orders.test_classification import any_facts

_WITH_CONTENT = (Operation.CREATE, Operation.UPDATE)


@given(any_facts())
def test_an_act_has_an_order_that_may_go_and_the_quantities_left(given_: PoFacts) -> None:
    decision = classify(given_, TENANT).decision
    if decision.verdict != Verdict.ACT or decision.act is None:
        return
    found = given_.order
    assert found is not None
    create = given_.rows.get(Operation.CREATE)
    is_created = create is not None and create.status == Status.DONE
    assert (decision.operation == Operation.CREATE) != is_created
    if decision.operation in (*_WITH_CONTENT, Operation.REOPEN):
        assert given_.authorisation.is_authorised
        assert not found.is_on_hold
    if decision.operation in _WITH_CONTENT:
        left = {str(one.line_id): one.ordered - one.cancelled for one in found.lines}
        for sent in decision.act.payload["lines"]:
            assert sent["quantity"] == left[sent["external_id"]] > 0


@given(any_facts())
def test_no_act_is_planned_without_a_look_at_portal_and_provider(given_: PoFacts) -> None:
    routed = classify(given_, TENANT)
    if routed.decision.verdict != Verdict.ACT:
        return
    assert needs_portal(given_, routed)
    if given_.payee is None and routed.decision.operation in _WITH_CONTENT:
        assert needs_payee(given_, routed)


def test_order_of_lines_and_decimals_of_prices_make_no_other_content() -> None:
    sent = order(line(), line(line_id=2, unit_cost=Decimal("0.333333")))
    content = built_for(facts(sent), "V001", TENANT).payload
    assert content is not None
    shown = in_portal(sent)
    rounded = [one.model_copy(update={"price": round(one.price, 2)}) for one in shown.lines]
    shown = shown.model_copy(update={"lines": tuple(reversed(rounded))})
    assert fingerprint_of_portal(shown) == fingerprint_of_payload(content)
    cheaper = shown.model_copy(update={"total": Decimal("1.00")})
    assert fingerprint_of_portal(cheaper) != fingerprint_of_payload(content)
