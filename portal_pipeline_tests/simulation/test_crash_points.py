"""A process that dies at any named point loses nothing, doubles nothing and comes to rest."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.simulation.crash_points import deaths_of, played
from portal_pipeline_tests.simulation.parades import PARADES

OPERATIONS = {
    "providers": ("create_vendor", "update_vendor", "set_external_id"),
    "invoices": ("download", "import", "mark_ready", "post"),
    "payments": ("upload", "reverse", "write_complement"),
    "orders": ("create", "update", "reopen", "close", "cancel"),
}
POINTS = ("before_intent", "after_intent", "after_call", "after_outcome")
EVERY_POINT = [
    (parade, f"{operation}.{point}")
    for parade, operations in OPERATIONS.items()
    for operation in operations
    for point in POINTS
]


@pytest.mark.parametrize("parade", PARADES)
def test_every_named_point_is_passed_by_at_least_three_documents(parade):
    of_parade = {(parade, point) for point, _ in deaths_of(parade)}
    assert of_parade >= {one for one in EVERY_POINT if one[0] == parade}
    last = dict(deaths_of(parade))
    assert min(last.values()) >= 3


@pytest.mark.parametrize(("parade", "point"), EVERY_POINT)
def test_a_death_at_any_point_leaves_nothing_lost_or_twice(parade, point):
    for death in deaths_of(parade):
        if death[0] == point:
            assert played(parade, [death]).wrong == [], death
