"""Dagster's history in this process: the stock files, written without opening them each time."""

from __future__ import annotations

import sqlite3

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from portal_pipeline.orchestration import history
from portal_pipeline.orchestration.history import OPEN_MAX, OpenFiles, instance_ref
from portal_pipeline.orchestration.instance import dagster_instance, prepare_dagster_home


@dg.op
def nothing():
    """Does nothing."""


@dg.job
def quiet():
    """One step."""
    nothing()


@pytest.fixture
def engines(monkeypatch):
    """URLs of the engines that are made."""
    made = []
    make = history._engine
    monkeypatch.setattr(history, "_engine", lambda url: (made.append(url), make(url))[1])
    return made


def test_a_run_opens_each_of_its_files_once(tmp_path, engines):
    """And not once an event: the index, the list of runs, and the run's own."""
    with dagster_instance(tmp_path) as instance:
        run = quiet.execute_in_process(instance=instance)
        names = sorted(url.rsplit("/", 1)[1] for url in engines)
    assert run.success
    assert names == sorted([f"{run.run_id}.db", "index.db", "runs.db"])


def test_the_stock_storage_reads_what_was_written(tmp_path):
    """``dagster dev`` and ``portal-pipeline up`` show the same history."""
    with dagster_instance(tmp_path) as instance:
        run = quiet.execute_in_process(instance=instance)
    folder = prepare_dagster_home(tmp_path)
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder))) as stock:
        assert [one.run_id for one in stock.get_runs()] == [run.run_id]
        written = [e.event_type for e in run.all_events]
        assert [r.dagster_event.event_type for r in stock.all_logs(run.run_id)] == written


def test_a_history_that_lies_elsewhere_is_left_as_it_is(tmp_path):
    """An operator's own storage is the operator's."""
    folder = prepare_dagster_home(tmp_path)
    text = (folder / "dagster.yaml").read_text(encoding="utf-8")
    stock = f"  sqlite:\n    base_dir: {folder.as_posix()}\n"
    assert stock in text
    other = "  custom:\n    module: somewhere\n    class: Else\n    config: {}\n"
    (folder / "dagster.yaml").write_text(text.replace(stock, other), encoding="utf-8")
    assert instance_ref(folder).storage_data.class_name == "Else"


def test_only_a_few_files_stay_open(tmp_path):
    """However many runs are looked at."""
    files = OpenFiles()
    connections = []
    for number in range(OPEN_MAX + 2):
        engine = files.engine(f"sqlite:///{tmp_path}/{number}.db")
        with engine.connect() as connection:
            connections.append(connection.connection.driver_connection)
    closed = 0
    for one in connections:
        try:
            one.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            closed += 1
    files.close()
    assert closed == 2
