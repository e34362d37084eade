"""What a cycle costs in which nothing is new, and what a company costs that is not due.

``python -m portal_pipeline_tests.benchmarks.quiet_cycle [--json]``

Processor time of this process (threads included, the simulators' answers too), or of the child:

- ``warm_cycle``: the nine steps in a session, in a process that has done it before
- ``warm_run``: the same as a Dagster run in this process
- ``own_run``: ``portal-pipeline run`` as a process of its own, imports included
- ``skipped_tenant``: one more company in a tick of the sensor that asks for cycles, not due
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from portal_pipeline.cli.running import run_tenant
from portal_pipeline.orchestration.instance import dagster_instance
from portal_pipeline.orchestration.partitions import TENANT_PARTITIONS
from portal_pipeline_tests.benchmarks.company import ServedCompany, Trickle, served_company
from portal_pipeline_tests.benchmarks.figures import Statements, cpu_s, show

LIVES = 12
TIMES = 5
OWN_RUNS = 3
SKIPPED = 50
RUN_TIMEOUT_S = 300.0

TENANT = """
[tenants.t{number}]
name = "t{number}"
rfc = "ACM010101AB1"
mode = "sandbox"
sage = {{ url = "sqlite:///t{number}.db", org_id = "X", authorisation_url = "sqlite:///a.db" }}
portal = {{ url = "http://127.0.0.1:9", tenant_id = "t{number}", key = "k", secret = "s" }}
"""


def cost(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    before = cpu_s()
    work()
    return cpu_s() - before


def median_cost(work: Callable[[], object]) -> float:
    """Median of some calls, after one that is not counted."""
    work()
    return statistics.median(cost(work) for _ in range(TIMES))


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Variables for the product's own look-up of settings and home."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def in_dagster(company: ServedCompany, home: Path) -> float:
    """The job in this process."""

    def run() -> None:
        company.town.advance(minutes=15)
        result = run_tenant(instance, company.town.key)
        if not result.is_success:
            raise RuntimeError(f"the run failed: {result.failures}")

    with dagster_instance(home) as instance:
        return median_cost(run)


def own_process(company: ServedCompany) -> float:
    """The command, as a process of its own."""
    command = [sys.executable, "-m", "portal_pipeline.cli", "run", "--tenant", company.town.key]
    costs = []
    for _ in range(OWN_RUNS):
        company.town.advance(minutes=15)
        before = _children_s()
        subprocess.run(command, check=True, capture_output=True, timeout=RUN_TIMEOUT_S)
        costs.append(_children_s() - before)
    return statistics.median(costs)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tick(folder: Path, tenants: int) -> float:
    """One tick of the cycle sensor over companies that are not due."""
    from portal_pipeline.definitions import defs  # noqa: PLC0415 - loads the code location
    from portal_pipeline.orchestration.sensors import tenant_cycle  # noqa: PLC0415

    keys = [f"t{number}" for number in range(tenants)]
    settings = folder / f"{tenants}.toml"
    settings.write_text("".join(TENANT.format(number=number) for number in range(tenants)))
    cursor = json.dumps(dict.fromkeys(keys, datetime.now(UTC).isoformat()))
    with (
        dg.DagsterInstance.ephemeral() as instance,
        environment(PORTAL_PIPELINE_SETTINGS=str(settings)),
    ):
        instance.add_dynamic_partitions(TENANT_PARTITIONS, keys)

        def work() -> None:
            context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs)
            data = tenant_cycle.evaluate_tick(context)
            if data.run_requests:
                raise RuntimeError("a company was due")

        return median_cost(work)


def measured() -> dict[str, object]:
    """The figures."""
    with served_company() as company:
        trickle = Trickle(company)
        for cycle in range(LIVES):
            trickle.before(cycle)
            company.cycle()
        counts = Statements(company.installation.ledger)
        warm = median_cost(lambda: company.cycle(counts.look))
        home = company.folder / "home"
        with environment(
            PORTAL_PIPELINE_HOME=str(home), PORTAL_PIPELINE_SETTINGS=str(company.settings_file)
        ):
            warm_run = in_dagster(company, home)
            own_run = own_process(company)
        few, many = tick(company.folder, 1), tick(company.folder, 1 + SKIPPED)
    return {
        "warm_cycle_cpu_s": round(warm, 3),
        "warm_run_cpu_s": round(warm_run, 3),
        "own_run_cpu_s": round(own_run, 2),
        "skipped_tenant_cpu_ms": round((many - few) * 1000 / SKIPPED, 2),
        "sage_reads_per_cycle": counts.sage_reads(),
        "ledger_statements_per_cycle": counts.ledger // (TIMES + 1),
    }


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    show(measured(), write, as_json=given.json)


if __name__ == "__main__":
    main()
