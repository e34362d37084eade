"""Worlds that are made once; a test that changes one gets a copy of its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline_tests.contract.world.courier import Courier

URL = "http://127.0.0.1:8123"
STEPS = 8


@pytest.fixture(scope="session")
def fresh_folder(tmp_path_factory):
    """A default world at its beginning; nobody changes it."""
    folder = tmp_path_factory.mktemp("fresh")
    World.create(folder, WorldArguments(), base_url=URL).close()
    return folder


@pytest.fixture(scope="module")
def fresh(fresh_folder):
    """The default world at its beginning, to be read."""
    world = World.resume(fresh_folder, base_url=URL)
    yield world
    world.close()


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """A small world of one company at its beginning; nobody changes it."""
    folder = tmp_path_factory.mktemp("small")
    arguments = WorldArguments(tenants=1, size="small")
    World.create(folder, arguments, base_url=URL).close()
    return folder


@pytest.fixture(scope="session")
def lived_folder(small_folder, tmp_path_factory):
    """The small world after eight steps with the courier, and the courier's ledger."""
    folder = tmp_path_factory.mktemp("lived") / "world"
    courier = Courier(copied(small_folder, folder))
    courier.run(STEPS)
    courier.world.close()
    return folder, courier.rows


@pytest.fixture
def lived(lived_folder, tmp_path):
    """A copy of that world, and its ledger, to be spoilt."""
    folder, rows = lived_folder
    world = copied(folder, tmp_path / "world")
    yield world, {name: [dict(row) for row in table] for name, table in rows.items()}
    world.close()


@pytest.fixture
def small(small_folder, tmp_path):
    """A copy of the small world at its beginning."""
    world = copied(small_folder, tmp_path / "small")
    yield world
    world.close()


def copied(folder: Path, target: Path) -> World:
    """The world of a folder, in a copy of it."""
    shutil.copytree(folder, target)
    return World.resume(target, base_url=URL)
