"""Tests that share something dear run in one worker, whatever the plugin makes of their marks."""

from __future__ import annotations

import pytest

from portal_pipeline_tests.conftest import ROOT, scope_of

HERE = "portal_pipeline_tests"


@pytest.mark.parametrize(
    ("test", "group"),
    [
        (f"{HERE}/e2e/test_demo.py::test_a", "demo"),
        (f"{HERE}/e2e/test_commands.py::test_b[run --help]", "demo"),
        (f"{HERE}/e2e/test_served.py::test_c", "served"),
        (f"{HERE}/e2e/test_ui.py::test_d", "served"),
        (f"{HERE}/contract/world/test_judge.py::test_e", "world"),
    ],
)
def test_the_tests_of_a_group_are_given_to_one_worker(test, group):
    """A demo, a served sandbox and a world are made once, not once a worker."""
    assert scope_of(test) == group


def test_every_other_test_is_given_on_its_own():
    """The workers stay busy to the end."""
    test = f"{HERE}/unit/test_grouping.py::test_every_other_test_is_given_on_its_own"
    assert scope_of(test) == test


def test_each_file_that_uses_what_is_made_once_names_its_group():
    """Session fixtures are made again in every worker that gets one of their tests."""
    shared = [
        *(ROOT / HERE / "e2e").glob("test_*.py"),
        *(ROOT / HERE / "contract/world").glob("test_*.py"),
    ]
    assert shared
    alone = [path.name for path in shared if "::" in scope_of(f"{path.relative_to(ROOT)}::test")]
    assert not alone
