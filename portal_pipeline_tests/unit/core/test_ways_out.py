"""Which ways out an operation offers: those of its finding, in a state that waits."""

from __future__ import annotations

import pytest

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings import Exit, Finding, load_all
from portal_pipeline.core.transitions import Refusal, after
from portal_pipeline.core.ways_out import Way, not_offered, offered

HELD = Status.HELD


def finding(code: str) -> Finding:
    return Finding(code=code)


@pytest.mark.parametrize(
    ("status", "code", "exits"),
    [
        (HELD, "plan_above_guard", (Exit.CONFIRM, Exit.DISMISS)),
        (Status.OUT_OF_SCOPE, "before_start", (Exit.ADMIT,)),
        (Status.OUT_OF_SCOPE, "reversed", ()),
        (Status.IN_FLIGHT, None, (Exit.REQUEUE, Exit.DISMISS)),
        (HELD, None, (Exit.REQUEUE, Exit.DISMISS)),
        (HELD, "of_a_newer_release", ()),
        (Status.DONE, "plan_above_guard", ()),
        (Status.DISMISSED, "plan_above_guard", ()),
    ],
)
def test_exits_are_those_of_the_finding_while_the_operation_waits(status, code, exits):
    assert offered(status, finding(code) if code else None) == exits


@pytest.mark.parametrize("code", sorted(load_all()))
@pytest.mark.parametrize("way", [way for way in Way if way != Way.RESTORE])
def test_a_way_out_is_possible_exactly_when_the_finding_names_it(way, code):
    names = {one.value for one in load_all()[code].exits}
    reason = not_offered(way, HELD, finding(code))
    assert (reason == "") == (way.value in names)
    assert all(name in reason for name in names if reason)


def test_only_a_dismissal_can_be_taken_back():
    assert not_offered(Way.RESTORE, Status.DISMISSED, None) == ""
    assert not_offered(Way.RESTORE, HELD, None) == "held is not dismissed"


@pytest.mark.parametrize("way", list(Way))
def test_every_way_out_is_an_event_of_the_state_table(way):
    status = Status.DISMISSED if way == Way.RESTORE else HELD
    assert not isinstance(after(status, way.event), Refusal)
