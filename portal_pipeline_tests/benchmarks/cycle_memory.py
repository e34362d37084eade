"""Peak memory of a cycle with 5,000 and with 50,000 documents in it.

``python -m portal_pipeline_tests.benchmarks.cycle_memory [--small 5000] [--large 50000] [--json]``

The ledger is filled as in ``ledger_scale``; the cycle is the day's full sweep, which decides on
every invoice, complement and order again. Each size is measured in a process of its own; the
simulators in it stay small. Peaks are of the whole process, in MiB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
from collections.abc import Callable, Mapping

from portal_pipeline_tests.benchmarks.company import Trickle, served_company
from portal_pipeline_tests.benchmarks.figures import MEBIBYTE, cpu_s, show
from portal_pipeline_tests.benchmarks.ledger_scale import LIVES, filled


def peak_mb() -> float:
    """Highest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MEBIBYTE if sys.platform == "darwin" else peak / 1024


def sweep(documents: int) -> Mapping[str, float]:
    """A sweep over so many documents."""
    with served_company() as company:
        trickle = Trickle(company)
        for cycle in range(LIVES):
            trickle.before(cycle)
            company.cycle()
        with company.installation.ledger.writing(company.town.key) as connection:
            filled(connection, documents)
        company.cycle()
        before, cpu = peak_mb(), cpu_s()
        reports = company.cycle(hours=24)
        return {
            "decided": sum(one.seen for one in reports.values()),
            "cpu_s": round(cpu_s() - cpu, 1),
            "peak_before_mb": round(before, 1),
            "peak_mb": round(peak_mb(), 1),
        }


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    sizes = (given.small, given.large)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = [pool.apply(sweep, (size,)) for size in sizes]
    figures = {
        f"{name}_{size}": value
        for size, one in zip(sizes, found, strict=True)
        for name, value in one.items()
    }
    more = found[1]["decided"] - found[0]["decided"]
    grown = found[1]["peak_mb"] - found[0]["peak_mb"]
    figures["peak_ratio"] = round(found[1]["peak_mb"] / found[0]["peak_mb"], 3)
    figures["peak_bytes_per_further_document"] = round(grown * MEBIBYTE / max(1, more))
    show(figures, write, as_json=given.json)


if __name__ == "__main__":
    main()
