"""Whatever the ledger remembers of a complement, its next decision can be carried out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.complements.matching import decide_complement
from portal_pipeline.core.complements.models import PaymentComplements
from portal_pipeline.core.complements.planner import plan_write
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Mode, PaymentRules
from portal_pipeline_tests.unit.core.complements.test_complements import about, complement
from portal_pipeline_tests.unit.core.legality import illegal, rows
from portal_pipeline_tests.unit.core.payments.cases import NOW, payment, tenant

WRITE = Operation.WRITE_COMPLEMENT
MODES = st.sampled_from([Mode.SANDBOX, Mode.DRY_RUN])
STATES = st.fixed_dictionaries(
    {
        "is_cancelled": st.sampled_from(["no", "yes"]),
        "approved_on": st.sampled_from(["2026-03-22", ""]),
        "related": st.sampled_from(["", "04:C1", "04:C2"]),
        "stamped_on": st.sampled_from(["20260321", ""]),
        "payment_ids": st.sampled_from(["p1", ""]),
    }
)


@settings(max_examples=200)
@given(
    STATES,
    st.sampled_from(["", "PY1"]),
    st.booleans(),
    rows(DocumentKind.PAYMENT_COMPLEMENT, "C1", WRITE, NOW),
    MODES,
)
def test_the_decision_on_a_complement_is_possible_whatever_came_before(
    state, number, is_in_sage, row, mode
):
    company = tenant().model_copy(update={"mode": mode})
    in_sage = frozenset({"PY1"} if is_in_sage else ())
    decision = decide_complement(
        about(complement("C1", **state), numbers={"p1": number}, in_sage=in_sage)
    )
    assert illegal(decision, row, company, NOW) == set()


@settings(max_examples=200)
@given(
    st.lists(STATES, min_size=1, max_size=3),
    st.sampled_from(["", "C1", "C2", "X"]),
    st.sampled_from(["", "20260321"]),
    st.booleans(),
    rows(DocumentKind.PAYMENT, "PY1", WRITE, NOW),
    MODES,
)
def test_the_decision_on_a_write_is_possible_whatever_came_before(
    states, stored, stamped, is_allowed, row, mode
):
    company = tenant().model_copy(update={"mode": mode})
    linked = tuple(complement(f"C{n}", **state) for n, state in enumerate(states, start=1))
    paid = payment(complement_uuid=stored, complement_date=stamped)
    decision = plan_write(
        PaymentComplements(payment=paid, linked=linked),
        PaymentRules(allow_sage_sql_writes=is_allowed),
    )
    if decision is not None:
        assert illegal(decision, row, company, NOW) == set()
