"""The mutants are what they say, and the page lists only mutants that there are."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from portal_pipeline.core.decisions import Verdict
from portal_pipeline_tests.mutation.__main__ import CORE, LISTED, TESTS_OF, row_of
from portal_pipeline_tests.mutation.mutants import changes, mutants
from portal_pipeline_tests.mutation.runner import ROOT

SOURCE = '''
"""A page of rules."""
LIMIT = 2
TABLE = {"a": Verdict.HOLD}
def rule(x: int, y: int) -> bool:
    """A sentence."""
    if not x:
        return False
    return x < LIMIT and all(y)
'''
CHANGES = {
    (None, "LIMIT = 2 -> LIMIT = 3"),
    (None, "TABLE = {'a': Verdict.HOLD} -> TABLE = {}"),
    (None, "TABLE = {'a': Verdict.HOLD} -> TABLE = {'aX': Verdict.HOLD}"),
    (None, "TABLE = {'a': Verdict.HOLD} -> TABLE = {'a': Verdict.REJECT}"),
    ("rule", "not x -> True"),
    ("rule", "not x -> False"),
    ("rule", "not x -> x"),
    ("rule", "return False -> return None"),
    ("rule", "return False -> return True"),
    ("rule", "return x < LIMIT and all(y) -> return None"),
    ("rule", "return x < LIMIT and all(y) -> return x < LIMIT"),
    ("rule", "return x < LIMIT and all(y) -> return all(y)"),
    ("rule", "return x < LIMIT and all(y) -> return x < LIMIT or all(y)"),
    ("rule", "return x < LIMIT and all(y) -> return x <= LIMIT and all(y)"),
    ("rule", "return x < LIMIT and all(y) -> return x >= LIMIT and all(y)"),
    ("rule", "return x < LIMIT and all(y) -> return x < LIMIT and any(y)"),
}


def test_each_mutant_is_one_change_of_the_source():
    made = list(mutants(SOURCE, {"Verdict": Verdict}, "rules.py"))
    assert {(mutant.function, mutant.change) for mutant in made} == CHANGES
    assert len(made) == len(CHANGES)


def test_a_mutant_does_what_it_says():
    found = {}
    for mutant in mutants(SOURCE, {"Verdict": Verdict}, "rules.py"):
        names = {"Verdict": Verdict}
        exec(mutant.code, names)  # noqa: S102 - the source above
        found[mutant.change] = names["rule"](2, [1])
    assert found["LIMIT = 2 -> LIMIT = 3"] is True
    assert found["return x < LIMIT and all(y) -> return x <= LIMIT and all(y)"] is True
    assert found["not x -> False"] is False


@pytest.mark.parametrize("tests", sorted({test for tests in TESTS_OF.values() for test in tests}))
def test_the_tests_of_a_module_are_there(tests):
    assert (ROOT / tests).exists()


def test_the_page_lists_only_mutants_that_there_are():
    listed = re.findall(
        r"^\| `(\S+)` \| `(.+?)` \| ", LISTED.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed
    names = {name for name in TESTS_OF if any(_is_in(place, name) for place, _ in listed)}
    there = {
        row_of(".".join(filter(None, [name.removeprefix(f"{CORE}."), function])), change)
        for name in names
        for function, change in _changes_of(name)
    }
    assert [row for row in listed if f"| `{row[0]}` | `{row[1]}` |" not in there] == []


def _is_in(place: str, name: str) -> bool:
    return f"{CORE}.{place}.".startswith(f"{name}.")


def _changes_of(name: str):
    module = importlib.import_module(name)
    path = Path(str(module.__file__))
    return changes(path.read_text(encoding="utf-8"), vars(module))
