"""Importing invoices through the Web API, with a round trip of 80 ms, in figures.

``python -m portal_pipeline_tests.benchmarks.import_invoices [--invoices 1000] [--ms 80] [--json]``

One company, one writer; the whole step with ledger, archive, rules and read-back, against both
simulators in one process. ``floor_s`` is what the round trips alone take.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.controllers.step import StepFactory
from portal_pipeline.core.report import StepReport
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline.sandbox.http import Request, Response, mock_transport
from portal_pipeline_tests.contract.controllers.bench import ORG
from portal_pipeline_tests.contract.controllers.mailroom import Mailroom


class SlowRoom(Mailroom):
    """A mailroom whose Web API answers after a while."""

    delay_s = 0.0
    calls = 0

    def _web_api_client(self) -> SageWebApi:
        def handle(request: Request) -> Response:
            time.sleep(self.delay_s)
            self.calls += 1
            return self.web_api.handle(request)

        return SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="PIPE",
            password=SecretStr("secret"),
            transport=mock_transport(handle),
        )


def measured(room: SlowRoom, step: StepFactory) -> tuple[StepReport, float, float]:
    """The report of a step, its wall-clock and its processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    report = room.run(step)
    return report, time.perf_counter() - wall, time.process_time() - cpu


def main(arguments: list[str] | None = None, write: Callable[[str], object] = print) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=1000)
    parser.add_argument("--ms", type=float, default=80.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        room = SlowRoom(Path(folder))
        try:
            for number in range(given.invoices):
                # Totals far apart, so that no document looks like another.
                room.upload(f"{number}", total=f"{116 * (number + 1)}.00")
            _, download_s, _ = measured(room, CfdiDownload)
            room.delay_s = given.ms / 1000
            report, wall_s, cpu_s = measured(room, CfdiImport)
            calls = room.calls
        finally:
            room.close()
    floor_s = calls * given.ms / 1000
    figures = {
        "invoices": given.invoices,
        "imported": report.succeeded,
        "round_trip_ms": given.ms,
        "web_api_calls": calls,
        "download_s": round(download_s, 1),
        "import_s": round(wall_s, 1),
        "floor_s": round(floor_s, 1),
        "over_floor": round(wall_s / floor_s, 2),
        "invoices_per_s": round(given.invoices / wall_s, 1),
        "cpu_ms_per_invoice": round(cpu_s * 1000 / given.invoices, 1),
    }
    if given.json:
        write(json.dumps(figures))
        return
    for name, value in figures.items():
        write(f"{name:20} {value}")


if __name__ == "__main__":
    main()
