"""The Dagster home is ready before the first program uses it."""

from __future__ import annotations

import sqlite3

from portal_pipeline.orchestration.instance import make_dagster_storage


def test_the_storage_exists_before_several_programs_open_it_at_once(tmp_path):
    folder = make_dagster_storage(tmp_path)
    versions = {}
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        connection = sqlite3.connect(folder / name)
        versions[name] = connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0]
        connection.close()
    assert set(versions.values()) == {1}
    assert make_dagster_storage(tmp_path) == folder
