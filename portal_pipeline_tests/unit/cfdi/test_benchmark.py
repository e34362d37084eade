"""The benchmark runs, and counts what a step refuses; its times are for people."""

from __future__ import annotations

import json
import subprocess
import sys

from portal_pipeline_tests.benchmarks.cfdi_reading import PLAIN, measure
from portal_pipeline_tests.unit.cfdi.test_reader import GOOD


def test_the_benchmark_measures_every_step_on_documents_of_its_own(tmp_path):
    # A process of its own: it imports other libraries, which the product and its tests never do.
    module = "portal_pipeline_tests.benchmarks.cfdi_reading"
    command = [sys.executable, "-m", module, "--files", str(tmp_path), "--rounds", "1", "--json"]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert shown["documents"] > 0
    rows = {row["name"]: row for row in shown["rows"]}
    assert rows[PLAIN]["ratio"] == 1
    assert all(row["refused"] == 0 for name, row in rows.items() if name.startswith("read"))


def test_a_step_that_refuses_a_document_is_counted():
    def refuse(_: bytes) -> object:
        raise KeyError

    plain, other = measure({PLAIN: len, "other": refuse}, [GOOD], rounds=1)
    assert (plain.refused, other.refused) == (0, 1)
