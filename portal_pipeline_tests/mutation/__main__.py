"""Mutants of the rules that money depends on, and which of them the tests do not see.

``python -m portal_pipeline_tests.mutation [--module PART_OF_A_NAME] [--json]`` changes one thing at
a time in each module and runs its tests. Exit code 1 when a mutant survives that
``docs/mutation.md`` does not list with its reason, or when the tests fail as they are.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from portal_pipeline_tests.mutation.mutants import mutants
from portal_pipeline_tests.mutation.runner import (
    KILLED,
    ROOT,
    SURVIVED,
    TIMED_OUT,
    import_tests,
    outcome,
)

CORE = "portal_pipeline.core"
UNIT = "portal_pipeline_tests/unit/core"
ORDERS = (
    f"{UNIT}/purchase_orders/test_classification.py",
    f"{UNIT}/purchase_orders/test_decisions.py",
)
TESTS_OF = {
    f"{CORE}.transitions": (f"{UNIT}/test_transitions.py",),
    f"{CORE}.payments.gate": (f"{UNIT}/payments/test_gate.py", f"{UNIT}/payments/test_planner.py"),
    f"{CORE}.payments.amounts": (f"{UNIT}/payments/test_amounts.py",),
    f"{CORE}.purchase_orders.amounts": (
        f"{UNIT}/purchase_orders/test_builder.py",
        f"{UNIT}/purchase_orders/test_conservation.py",
    ),
    f"{CORE}.purchase_orders.classification": ORDERS,
    f"{CORE}.settling": (f"{UNIT}/test_settling.py",),
    f"{CORE}.guard": (f"{UNIT}/test_guard.py",),
}
"""What decides about documents and money, and the tests that must see a change of it."""
LISTED = ROOT / "docs" / "mutation.md"
CPU_S_MAX = 60
"""Of the tests of one mutant; they need seconds."""


def main(arguments: list[str]) -> int:
    """Run, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m portal_pipeline_tests.mutation")
    parser.add_argument("--module", default="", help="Part of the names of the modules.")
    parser.add_argument("--json", action="store_true", help="One line of JSON.")
    given = parser.parse_args(arguments)
    chosen = [name for name in TESTS_OF if given.module in name]
    if not chosen:
        parser.error(f"no module is named {given.module}; there are {', '.join(TESTS_OF)}")
    listed = LISTED.read_text(encoding="utf-8")
    figures = {name: judged(name, listed) for name in chosen}
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "modules": figures,
        "cpu_seconds": round(time.process_time() + spent.ru_utime + spent.ru_stime),
    }
    print(json.dumps(told, indent=None if given.json else 2))  # noqa: T201 - a command
    return 1 if any(one["unlisted"] for one in figures.values()) else 0


def judged(name: str, listed: str) -> dict[str, object]:
    """Figures of one module."""
    module = importlib.import_module(name)
    tests = TESTS_OF[name]
    import_tests(tests)
    path = Path(str(module.__file__))
    if outcome(module, None, tests, CPU_S_MAX) != SURVIVED:
        raise SystemExit(f"{name}: its tests fail as it is; mend them first")
    counted: Counter[str] = Counter()
    survivors: list[str] = []
    for mutant in mutants(path.read_text(encoding="utf-8"), vars(module), str(path)):
        verdict = outcome(module, mutant, tests, CPU_S_MAX)
        counted[verdict] += 1
        if verdict == SURVIVED:
            place = ".".join(filter(None, [name.removeprefix(f"{CORE}."), mutant.function]))
            survivors.append(row_of(place, mutant.change))
            print(f"{path.name}:{mutant.line} {survivors[-1]}", file=sys.stderr, flush=True)  # noqa: T201 - progress
    return {
        "mutants": counted.total(),
        **{verdict: counted[verdict] for verdict in (KILLED, TIMED_OUT, SURVIVED)},
        "unlisted": [one for one in survivors if one not in listed],
    }


def row_of(place: str, change: str) -> str:
    """How the page lists a survivor, before its reason."""
    return f"| `{place}` | `{change.replace('|', chr(92) + '|')}` |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
