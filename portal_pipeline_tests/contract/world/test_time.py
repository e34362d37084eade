"""The same arguments give the same world; it goes on after a restart as if there had been none."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.sandbox.http import Request
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.sandbox.world.calendar import days_before, step_time, within_step
from portal_pipeline_tests.contract.world.conftest import URL, copied
from portal_pipeline_tests.contract.world.courier import Courier, answer

pytestmark = pytest.mark.xdist_group("world")

MEXICO = ZoneInfo("America/Mexico_City")
SMALL = WorldArguments(tenants=2, size="small")


def dump(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every database of a world."""
    found = {}
    for path in sorted(folder.glob("*.sqlite")):
        with sqlite3.connect(path) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in sorted(names):
                rows = database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
                found[f"{path.name}/{name}"] = sorted(rows, key=repr)
    state = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    found["world.json"] = [(state["step"],), *sorted(state["progress"].items())]
    return found


def lived_dump(folder: Path, *, stops: int) -> dict[str, list[tuple[object, ...]]]:
    """Three steps with the courier, restarted so many times."""
    world = World.create(folder, SMALL, base_url=URL)
    for step in range(3):
        Courier(world).run(1)
        if step < stops:
            world.close()
            world = World.resume(folder, base_url=URL)
    world.close()
    return dump(folder)


def test_the_same_arguments_give_the_same_stores_and_a_restart_changes_nothing(tmp_path):
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    straight, stopped = (
        lived_dump(folder, stops=stops) for folder, stops in zip(folders, (0, 3), strict=True)
    )
    assert straight.keys() == stopped.keys()
    for name, rows in straight.items():
        assert rows == stopped[name], name


def test_another_seed_is_another_world(small, tmp_path):
    other = World.create(tmp_path, WorldArguments(seed=8, tenants=1, size="small"), base_url=URL)
    numbers = [{p.number for p in w.offices[0].sage.payments()} for w in (small, other)]
    totals = [sorted(p.amount for p in w.offices[0].sage.payments()) for w in (small, other)]
    assert numbers[0] == numbers[1]
    assert totals[0] != totals[1]
    other.close()


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        (0, datetime(2026, 3, 2, 8, 0, tzinfo=MEXICO)),
        (1, datetime(2026, 3, 2, 10, 30, tzinfo=MEXICO)),
        (4, datetime(2026, 3, 2, 18, 0, tzinfo=MEXICO)),
        (5, datetime(2026, 3, 3, 10, 30, tzinfo=MEXICO)),
        (20, datetime(2026, 3, 6, 18, 0, tzinfo=MEXICO)),
        (21, datetime(2026, 3, 9, 10, 30, tzinfo=MEXICO)),
    ],
)
def test_steps_are_quarters_of_working_days(step, moment):
    assert step_time(step) == moment


def test_people_act_within_their_step(small):
    for step in range(1, 9):
        first, last = (within_step(step, small.plays[0].staged[0].fraction(n)) for n in (1, 2))
        assert step_time(step - 1) <= min(first, last)
        assert max(first, last) < step_time(step)


@pytest.mark.parametrize("days", range(1, 15))
def test_nobody_works_on_weekends(days):
    moment = days_before(days, Decimal("0.9999")).astimezone(MEXICO)
    assert moment.weekday() < 5
    assert 9 <= moment.hour < 18


def test_a_step_moves_the_clock_and_says_who_acted(small):
    summary = small.advance()
    assert (summary.step, small.step) == (1, 1)
    assert summary.now == small.now() == step_time(1)
    assert summary.scenes["norte"] > 3


def test_the_world_never_passes_the_real_time(small_folder, tmp_path):
    shutil.copytree(small_folder, tmp_path / "world")
    almost = step_time(2) - timedelta(seconds=1)
    world = World.resume(tmp_path / "world", base_url=URL, real_now=lambda: almost)
    world.advance()
    with pytest.raises(ConfigError, match="caught up with the real time"):
        world.advance()
    assert (world.step, world.now()) == (1, step_time(1))
    posted = world.handlers()["/sandbox/"](Request("POST", "/sandbox/advance"))
    assert posted.status == 409
    world.close()


def test_a_folder_without_a_world_is_said_so(tmp_path):
    with pytest.raises(ConfigError, match="holds no world"):
        World.resume(tmp_path, base_url=URL)


@pytest.mark.parametrize("wrong", [{"tenants": 0}, {"tenants": 51}, {"size": "huge"}], ids=str)
def test_arguments_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"tenants|size"):
        WorldArguments(**wrong)


def test_the_clock_and_the_step_are_served(small):
    handle = small.handlers()["/sandbox/"]
    assert answer(handle(Request("GET", "/sandbox/clock"))) == {
        "now": step_time(0).isoformat(),
        "step": 0,
    }
    moved = answer(handle(Request("POST", "/sandbox/advance")))
    assert (moved["step"], moved["now"]) == (1, step_time(1).isoformat())
    assert handle(Request("GET", "/sandbox/advance")).status == 405
    assert handle(Request("GET", "/sandbox/nothing")).status == 404


def test_a_killed_save_leaves_the_old_state(small, tmp_path):
    (small.folder / "world.json.new").write_text("{", encoding="utf-8")
    small.close()
    again = copied(small.folder, tmp_path / "again")
    assert again.step == 0
    assert again.now() == step_time(0).astimezone(UTC)
    again.close()
