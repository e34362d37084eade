"""The Dagster instance of a home: the packaged ``dagster.yaml`` with absolute paths."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import dagster as dg

from portal_pipeline.orchestration.partitions import TENANT_PARTITIONS
from portal_pipeline.settings.home import private_folder

DEFAULT_STORAGE = ".portal_pipeline/dagster"


def packaged_yaml() -> str:
    """The ``dagster.yaml`` of the repository root, which the wheel carries too."""
    packaged = files("portal_pipeline.orchestration") / "dagster.yaml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    root = Path(__file__).resolve().parents[2] / "dagster.yaml"
    return root.read_text(encoding="utf-8")


def prepare_dagster_home(home: Path) -> Path:
    """Folder to use as ``DAGSTER_HOME``: storage of the home, and its ``dagster.yaml``.

    It is the same storage that a plain ``dagster dev`` uses in a folder whose home is the default.
    A ``dagster.yaml`` that is there is the operator's and stays, unless the home was moved.
    """
    folder = private_folder(home / "dagster")
    target = folder / "dagster.yaml"
    if not target.is_file() or folder.as_posix() not in target.read_text(encoding="utf-8"):
        text = packaged_yaml().replace(DEFAULT_STORAGE, folder.as_posix())
        target.write_text(text, encoding="utf-8")
    return folder


def make_dagster_storage(home: Path) -> Path:
    """As :func:`prepare_dagster_home`, and the storage exists afterwards.

    Dagster makes its tables at first use, and of two programs that do so at once one breaks off
    ("table alembic_version already exists").
    """
    folder = prepare_dagster_home(home)
    with dg.DagsterInstance.from_config(str(folder)):
        return folder


@contextmanager
def dagster_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of the home, for runs in this process."""
    folder = prepare_dagster_home(home)
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(folder)
    try:
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before


def add_missing_partitions(instance: dg.DagsterInstance, tenants: Collection[str]) -> None:
    """Let Dagster know tenants at once, where no sensor has run yet."""
    missing = sorted(set(tenants) - set(instance.get_dynamic_partitions(TENANT_PARTITIONS)))
    if missing:
        instance.add_dynamic_partitions(TENANT_PARTITIONS, missing)
