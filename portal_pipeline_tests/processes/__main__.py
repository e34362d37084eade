"""The long run: processes killed by SIGKILL at drawn moments, and started again.

``python -m portal_pipeline_tests.processes --kills 500 [--first N] [--postgres] [--threads]
[--json]`` prints figures; exit code 1 when anything was violated. Seeds count from ``--first``
on, so that a long run can be done in slices; a violation names its seed and the command that lives
that life again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import ExitStack

from portal_pipeline_tests.processes.kills import Figures, Runner, killed
from portal_pipeline_tests.processes.nursery import Nursery
from portal_pipeline_tests.processes.postgres import NoPostgres, served_postgres


def main(arguments: list[str]) -> int:
    """Run, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m portal_pipeline_tests.processes")
    parser.add_argument("--kills", type=int, default=500, help="How many processes to kill.")
    parser.add_argument("--first", type=int, default=1, help="The first seed.")
    parser.add_argument("--threads", action="store_true", help="Acts run several at a time.")
    parser.add_argument("--postgres", action="store_true", help="The ledger lies on PostgreSQL.")
    parser.add_argument("--json", action="store_true", help="One line of JSON.")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    with ExitStack() as stack:
        nursery = stack.enter_context(Nursery())
        ledger_url = str
        if given.postgres:
            try:
                ledger_url = stack.enter_context(served_postgres()).fresh_database
            except NoPostgres as error:
                parser.error(str(error))
        runner = Runner(nursery, ledger_url=ledger_url, is_threaded=given.threads)
        figures = killed(runner, given.kills, given.first)
        cpu_s = nursery.cpu_s() + time.process_time()
    result = told(figures, given.first) | {
        "cpu_seconds": round(cpu_s, 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result, indent=None if given.json else 2))  # noqa: T201 - a command
    return 1 if figures.violated else 0


def told(figures: Figures, first: int) -> dict[str, object]:
    """The figures as JSON."""
    return {
        "kills": figures.total,
        "by_kind": dict(sorted(figures.kills.items())),
        "lives": figures.lives,
        "seeds": f"{first}-{first + figures.lives - 1}",
        "violations": [
            {"seed": life.seed, "text": text, "killed": life.kills, "replay": life.replay}
            for life in figures.violated
            for text in life.problems
        ],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
