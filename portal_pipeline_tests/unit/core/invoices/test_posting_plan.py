"""Posting goes on only with our own entry, as we made it; what was begun is always ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.core.decisions import Status, Verdict
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.posting_plan import plan_posting
from portal_pipeline.core.sage import BatchStatus
from portal_pipeline.core.tenant import Posting
from portal_pipeline_tests.unit.core.invoices.makers import (
    RULES,
    UUID,
    candidate,
    document,
    entry,
    facts,
    operation,
)

READY, POST = Operation.MARK_READY, Operation.POST
IMPORTED = operation(remote_id="7/1")
BEGUN = operation(READY, status=Status.REFUSED)
A, D, H, R = Verdict.ACT, Verdict.DONE, Verdict.HOLD, Verdict.REJECT
FAILED = (
    entry(BatchStatus.POSTED, error_batch=9, error_entry=1),
    entry(batch=9, entry=1),
)


@pytest.mark.parametrize(
    ("how", "appearances", "rows", "details", "expected"),
    [
        pytest.param(Posting.READY, (entry(),), (IMPORTED,), {}, [(READY, A)], id="ready"),
        pytest.param(Posting.POST, (entry(),), (IMPORTED,), {}, [(READY, A), (POST, A)], id="post"),
        pytest.param(
            Posting.POST,
            (entry(BatchStatus.READY),),
            (IMPORTED, BEGUN),
            {},
            [(READY, D), (POST, A)],
            id="ready already",
        ),
        pytest.param(
            Posting.POST, (entry(BatchStatus.POSTING),), (IMPORTED,), {}, [], id="being posted"
        ),
        pytest.param(Posting.POST, (entry(batch=8),), (IMPORTED,), {}, [], id="in a clerk's batch"),
        pytest.param(
            Posting.POST, (entry(entry=2),), (IMPORTED,), {}, [], id="another entry of the batch"
        ),
        pytest.param(
            Posting.POST,
            (entry(total=Decimal("115.99")),),
            (IMPORTED, BEGUN),
            {},
            [(READY, H)],
            id="changed by someone",
        ),
        pytest.param(
            Posting.POST, (entry(),), (IMPORTED,), {"is_cancelled": "yes"}, [], id="cancelled"
        ),
        pytest.param(Posting.POST, (document(),), (IMPORTED, BEGUN), {}, [(READY, D)], id="posted"),
        pytest.param(Posting.POST, FAILED, (IMPORTED, BEGUN), {}, [(READY, R)], id="refused"),
        pytest.param(Posting.POST, (), (IMPORTED, BEGUN), {}, [(READY, H)], id="taken out"),
        pytest.param(Posting.POST, (), (IMPORTED,), {}, [], id="taken out, nothing begun"),
    ],
)
def test_posting_follows_the_entry(
    how: Posting,
    appearances: tuple[Any, ...],
    rows: tuple[Any, ...],
    details: dict[str, str],
    expected: list[tuple[Operation, Verdict]],
) -> None:
    rules = RULES.model_copy(update={"posting": how})
    decisions = plan_posting(
        candidate(details, operations=rows), facts(by_uuid={UUID: appearances}), rules
    )
    assert [(one.operation, one.verdict) for one in decisions] == expected


def test_the_batch_is_posted_only_after_it_was_made_ready() -> None:
    rules = RULES.model_copy(update={"posting": Posting.POST})
    ready, post = plan_posting(
        candidate(operations=(IMPORTED,)), facts(by_uuid={UUID: (entry(),)}), rules
    )
    assert ready.act is not None
    assert post.act is not None
    assert (ready.act.after, post.act.after) == ((), (UUID,))
    assert post.document.details["sage_place"] == "7/1"
    assert ready.act.functional_amount == post.act.functional_amount == Decimal(0)
