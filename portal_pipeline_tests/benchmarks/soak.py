"""A thousand cycles of one company in one process: what grows?

``python -m portal_pipeline_tests.benchmarks.soak [--cycles 1000] [--still 200] [--trace] [--json]``

Every cycle is a whole session of the product (settings, lease, heartbeat, connections, threads, all
nine steps) against both simulators served over loopback from this process, with a trickle of new
documents and of old ones that end: one new document a cycle. The simulators keep every document in
the memory of this process; so afterwards come cycles in which nothing new happens (``--still``),
and what grows there is the product's own. ``--trace`` (twice as slow) tells by file what grew.

Times of cycles are compared from the second simulated day on: every cycle reads again what changed
within a day.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

import psutil

from portal_pipeline_tests.benchmarks.company import ServedCompany, Trickle, served_company
from portal_pipeline_tests.benchmarks.figures import (
    cpu_s,
    folder_bytes,
    ledger_figures,
    rss_mb,
    show,
)

SETTLED_AFTER = 20
"""Cycles after which caches are filled."""
DAY = 100
"""Cycles of somewhat more than a day."""
TOP = 12


@dataclass(frozen=True)
class Held:
    """What the process holds at one moment, between two cycles."""

    cycle: int
    rss_mb: float
    handles: int
    connections: int
    """Open connections of the ledger's pool; each session's others are closed with it."""
    sockets: int
    threads: int
    objects: int


class Soak:
    """Cycles one after the other, with a look at the process in between."""

    def __init__(self, company: ServedCompany) -> None:
        self.company = company
        self.trickle = Trickle(company)
        self.cpu: list[float] = []

    def run(self, cycles: int, *, is_still: bool = False) -> None:
        """So many cycles more; with ``is_still`` nothing new happens in them."""
        for _ in range(cycles):
            if not is_still:
                self.trickle.before(len(self.cpu))
            before = cpu_s()
            self.company.cycle()
            self.cpu.append(cpu_s() - before)

    def held(self) -> Held:
        """What is held now, garbage aside."""
        self.forget_simulators()
        gc.collect()
        process = psutil.Process()
        pool = self.company.installation.ledger._engine.pool
        return Held(
            cycle=len(self.cpu),
            rss_mb=round(rss_mb(), 1),
            handles=process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
            connections=pool.checkedin() + pool.checkedout(),  # type: ignore[attr-defined]
            sockets=len(process.net_connections()),
            threads=threading.active_count(),
            objects=len(gc.get_objects()),
        )

    def forget_simulators(self) -> None:
        """The simulators remember requests and rendered answers; that growth is theirs."""
        portal = self.company.town.portal
        portal.requests.clear()
        portal._portal.rendered.clear()

    def types(self) -> Counter[str]:
        """Living objects by type, the simulators' own aside."""
        self.forget_simulators()
        gc.collect()
        names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
        return Counter(name for name in names if not name.startswith("portal_pipeline.sandbox"))


def measured(
    cycles: int, every: int, still: int, *, traces: bool, write: Callable[[str], object]
) -> dict[str, object]:
    """The figures of so many cycles, and of ``still`` more without anything new."""
    with served_company() as company:
        soak = Soak(company)
        soak.run(min(SETTLED_AFTER, cycles))
        looks = [soak.held()]
        if traces:
            tracemalloc.start(1)
            first = tracemalloc.take_snapshot()
        while len(soak.cpu) < cycles:
            soak.run(min(every, cycles - len(soak.cpu)))
            looks.append(soak.held())
            write(json.dumps(asdict(looks[-1])))
        cpu = list(soak.cpu)
        soak.run(min(DAY, still), is_still=True)
        rest = [soak.held()]
        soak.run(max(0, still - DAY), is_still=True)
        rest.append(soak.held())
        if traces:
            _write_growth(first, tracemalloc.take_snapshot(), write)
            tracemalloc.stop()
        ledger = ledger_figures(company.installation.ledger._engine, company.ledger_file)
        archive = folder_bytes(company.archive_folder)
        documents = ledger["document_rows"]
    return {
        "cycles": cycles,
        "documents": documents,
        "held_after_20": json.dumps(asdict(looks[0])),
        "held_at_end": json.dumps(asdict(looks[-1])),
        "still_from": json.dumps(asdict(rest[0])),
        "still_to": json.dumps(asdict(rest[1])),
        **_cpu_figures(cpu),
        **{f"ledger_{name}": value for name, value in ledger.items()},
        "ledger_bytes_per_document": round(ledger["bytes"] / documents),
        "archive_bytes_per_document": round(archive / documents),
    }


def _cpu_figures(cpu: list[float]) -> dict[str, object]:
    """Median of the first, the middle and the last hundred (or fifth) after the first day."""
    settled = cpu[DAY:] or cpu
    width = min(100, max(1, len(settled) // 5))
    middle = len(settled) // 2
    parts = {
        "first": settled[:width],
        "middle": settled[middle - width // 2 : middle - width // 2 + width],
        "last": settled[-width:],
    }
    return {
        f"cpu_s_per_cycle_{k}_{width}": round(statistics.median(v), 3) for k, v in parts.items()
    }


def _write_growth(
    first: tracemalloc.Snapshot, last: tracemalloc.Snapshot, write: Callable[[str], object]
) -> None:
    for one in last.compare_to(first, "filename")[:TOP]:
        place = "/".join(one.traceback[0].filename.split("/")[-4:])
        write(f"grew {one.size_diff / 1024:10.1f} KiB {one.count_diff:8} blocks  {place}")


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--still", type=int, default=200)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    figures = measured(
        given.cycles,
        given.every,
        given.still,
        traces=given.trace,
        write=(lambda _: None) if given.json else write,
    )
    show(figures, write, as_json=given.json)


if __name__ == "__main__":
    main()
