"""The import program never sees half a file, and a file that is not there is never an error."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.importers import drop_folder
from portal_pipeline.importers.drop_folder import (
    STALE_AFTER,
    UNFINISHED,
    Change,
    DropFolder,
    DropFolderError,
)

NAME = "6F1E0C2A-7B1D-4E55-9A64-0D2C5B7F9E11.xml"
OTHER = "7A2E0C2A-7B1D-4E55-9A64-0D2C5B7F9E12.xml"
XML = b"<?xml version='1.0'?>\r\n<a/>"


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "xml"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(place):
    return DropFolder(place)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_a_file_appears_with_its_bytes_and_nothing_beside_it(folder, place):
    put = folder.put(NAME, XML)
    assert put == (hashlib.sha256(XML).hexdigest(), Change.NEW)
    assert (place / NAME).read_bytes() == XML
    assert names(place) == [NAME]


def test_the_program_may_read_the_file_as_any_other_user_may(folder, place):
    (place / "usual").write_bytes(b"")
    folder.put(NAME, XML)
    assert (place / NAME).stat().st_mode == (place / "usual").stat().st_mode


def test_the_same_bytes_again_leave_the_file_alone(folder, place):
    folder.put(NAME, XML)
    before = (place / NAME).stat()
    assert folder.put(NAME, XML).change is Change.SAME
    after = (place / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("other", [b"", XML[:-1], XML + b" ", XML.replace(b"a", b"b")])
def test_other_bytes_replace_the_file_and_say_so(folder, place, other):
    folder.put(NAME, other)
    assert folder.put(NAME, XML).change is Change.REPLACED
    assert (place / NAME).read_bytes() == XML


def test_what_the_program_reads_is_the_old_file_or_the_new_one(folder, place):
    folder.put(NAME, b"old")
    with (place / NAME).open("rb") as reading:
        folder.put(NAME, XML)
        assert reading.read() == b"old"


def test_a_name_being_written_is_never_taken_for_a_document():
    assert UNFINISHED.startswith(".")
    assert ".xml" not in UNFINISHED


def test_a_write_that_fails_leaves_the_folder_as_it_was(folder, place, monkeypatch):
    folder.put(NAME, b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DropFolderError, match="No space left") as caught:
        folder.put(NAME, XML)
    assert "has room" in caught.value.remedy
    assert caught.value.system == "importer_program"
    assert names(place) == [NAME]
    assert (place / NAME).read_bytes() == b"old"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x.xml", "a/b.xml", "a\\b.xml", "C:x.xml", "/x.xml", ".hidden.xml"),
        *("x.xml.", "x .xml", "x\x00.xml", "x.xml\n", "ñ.xml", "x" * 200, "CON", "nul.xml"),
    ],
)
def test_a_name_cannot_leave_the_folder_or_mean_a_device(folder, place, name):
    with pytest.raises(DropFolderError, match="cannot name a file"):
        folder.put(name, XML)
    with pytest.raises(DropFolderError, match="cannot name a file"):
        folder.withdraw(name, place)
    assert names(place) == []


@given(st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,30}\.xml", fullmatch=True))
def test_every_accepted_name_is_a_file_directly_in_the_folder(name):
    if drop_folder._DEVICE.fullmatch(name):
        return
    assert (Path("/folder") / drop_folder._safe(name)).parent == Path("/folder")


def test_too_many_bytes_are_refused(folder, place, monkeypatch):
    monkeypatch.setattr(drop_folder, "BYTES_MAX", 10)
    with pytest.raises(DropFolderError, match="more than 10 bytes"):
        folder.put(NAME, b"x" * 11)
    assert names(place) == []


def test_presence_ignores_the_case_of_letters_and_everything_but_files(folder, place):
    folder.put(NAME.lower(), XML)
    (place / OTHER).mkdir()
    assert folder.present([NAME, NAME.lower(), OTHER, "third.xml"]) == {NAME, NAME.lower()}
    assert folder.present([]) == frozenset()


def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(tmp_path):
    folder = DropFolder(tmp_path / "away")
    for ask in (lambda: folder.present([NAME]), lambda: folder.waiting(5)):
        with pytest.raises(DropFolderError, match="No such file"):
            ask()


def test_a_folder_with_too_many_files_is_not_listed_in_part(folder, monkeypatch):
    for name in (NAME, OTHER):
        folder.put(name, XML)
    monkeypatch.setattr(drop_folder, "FILES_MAX", 1)
    with pytest.raises(DropFolderError, match="more than 1 files"):
        folder.present([NAME])


def test_a_withdrawn_file_is_in_our_folder_and_no_longer_in_the_programs(folder, place, tmp_path):
    ours = tmp_path / "ours" / "withdrawn"
    folder.put(NAME, XML)
    assert folder.withdraw(NAME, ours)
    assert (ours / NAME).read_bytes() == XML
    assert names(place) == []
    assert not folder.withdraw(NAME, ours)
    assert (ours / NAME).read_bytes() == XML


def test_a_file_is_withdrawn_whatever_the_case_of_its_name(folder, place, tmp_path):
    folder.put(NAME.lower(), XML)
    assert folder.withdraw(NAME, tmp_path / "ours")
    assert names(place) == []
    assert names(tmp_path / "ours") == [NAME.lower()]


@pytest.fixture
def elsewhere(tmp_path):
    """A folder on another file system."""
    shm = Path("/dev/shm")  # noqa: S108 - a file system of its own, not a place for secrets
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm as a second file system")
    folder = shm / f"portal-pipeline-{os.getpid()}-{time.monotonic_ns()}"
    yield folder
    for path in folder.glob("*"):
        path.unlink()
    folder.rmdir()


def test_a_file_is_withdrawn_to_another_file_system(folder, place, elsewhere):
    folder.put(NAME, XML)
    assert folder.withdraw(NAME, elsewhere)
    assert (elsewhere / NAME).read_bytes() == XML
    assert names(elsewhere) == [NAME]
    assert names(place) == []


def test_a_file_that_cannot_be_moved_stays_and_the_reason_is_said(folder, place, tmp_path):
    (tmp_path / "ours").write_text("a file where the folder should be")
    folder.put(NAME, XML)
    with pytest.raises(DropFolderError, match="cannot be taken out of"):
        folder.withdraw(NAME, tmp_path / "ours")
    assert names(place) == [NAME]


def test_waiting_names_our_files_alone_the_oldest_first(place):
    now = 1_800_000_000.0
    folder = DropFolder(place, now=lambda: now)
    ages = {NAME: 60, OTHER: 3600, "providers-260316-180000.xml": 5, "nota del contador.xml": 9000}
    for name, age in ages.items():
        (place / name).write_bytes(XML)
        os.utime(place / name, (now - age, now - age))
    (place / "Procesados").mkdir()
    assert folder.waiting(2) == [(OTHER, timedelta(hours=1)), (NAME, timedelta(minutes=1))]
    assert [one.name for one in folder.waiting(10)] == [OTHER, NAME, "providers-260316-180000.xml"]


def test_a_file_from_the_future_has_no_negative_age(place):
    folder = DropFolder(place, now=lambda: 1000.0)
    folder.put(NAME, XML)
    assert folder.waiting(1) == [(NAME, timedelta(0))]


def test_what_a_crash_left_unfinished_is_removed_after_an_hour_and_nothing_else(place):
    stale = STALE_AFTER.total_seconds()
    now = time.time()
    ages = {
        f"{UNFINISHED}old": stale + 10,
        f"{UNFINISHED}young": stale - 10,
        ".other-old": stale + 10,
        "x.part": stale + 10,
    }
    for name, age in ages.items():
        (place / name).write_bytes(b"<a")
        os.utime(place / name, (now - age, now - age))
    DropFolder(place).put(NAME, XML)
    assert names(place) == sorted([*(set(ages) - {f"{UNFINISHED}old"}), NAME])


def test_a_good_folder_has_no_problem_and_looking_changes_nothing(folder, place):
    assert folder.problem() == ""
    assert names(place) == []


def test_a_missing_folder_is_a_problem_and_is_not_made(tmp_path):
    away = tmp_path / "away"
    folder = DropFolder(away)
    assert "does not exist" in folder.problem()
    with pytest.raises(DropFolderError, match="cannot be put into") as caught:
        folder.put(NAME, XML)
    assert str(away) in caught.value.remedy
    assert not away.exists()


def test_a_file_in_place_of_the_folder_is_a_problem(tmp_path):
    (tmp_path / "xml").write_text("")
    assert "is a file" in DropFolder(tmp_path / "xml").problem()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_a_problem(folder, place):
    place.chmod(0o555)
    assert "may not be read and written" in folder.problem()
