"""A process that goes on for many cycles holds no more at the end than near the start."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.benchmarks.company import served_company
from portal_pipeline_tests.benchmarks.soak import Soak

SETTLED, CYCLES = 14, 16
"""After a document's whole life every statement has been built once. The benchmark ``soak`` runs a
thousand cycles, and then many without news."""
NAMED_MAX = CYCLES // 2
"""Objects of one class: less than one in two cycles."""
BUILT_IN_MAX = 3 * CYCLES
"""Tuples, lists, references: the caches of database drivers take up some late."""
CACHED = ("builtins.", "sqlite3.Statement")
BOUNDED = {"urllib.parse.SplitResult", "weakref.ReferenceType"}
"""Of caches that are not full yet: ``urlsplit`` keeps 128 answers, SQLAlchemy its statements."""

pytestmark = pytest.mark.xdist_group("soak")


@pytest.fixture(scope="module")
def soaked():
    with served_company() as company:
        soak = Soak(company)
        soak.run(SETTLED)
        before = soak.held(), soak.types()
        soak.run(CYCLES)
        yield before, (soak.held(), soak.types())


@pytest.mark.parametrize("what", ["handles", "connections", "sockets", "threads"])
def test_no_cycle_leaves_anything_open(soaked, what):
    (before, _), (after, _) = soaked
    assert getattr(after, what) <= getattr(before, what)


def test_no_type_of_object_grows_with_the_cycles(soaked):
    (_, before), (_, after) = soaked
    grown = {
        name: n
        for name, n in (after - before).items()
        if n >= (BUILT_IN_MAX if name.startswith(CACHED) else NAMED_MAX) and name not in BOUNDED
    }
    assert grown == {}
