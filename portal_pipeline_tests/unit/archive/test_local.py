"""Original bytes are kept once, and never overwritten."""

from __future__ import annotations

import hashlib

import pytest

from portal_pipeline.archive import LocalArchive
from portal_pipeline.archive.local import BYTES_MAX, ArchiveError

UUID = "6F1E0C2A-7B1D-4E55-9A64-0D2C5B7F9E11"


@pytest.fixture
def archive(tmp_path):
    return LocalArchive(tmp_path / "archive")


def test_bytes_come_back_as_they_were(archive):
    data = b"\xef\xbb\xbf<?xml version='1.0'?>\r\n<a/>"
    kept = archive.put_if_absent("acme", UUID, data)
    assert (kept.sha256, kept.is_new, kept.conflicts_with) == (
        hashlib.sha256(data).hexdigest(),
        True,
        None,
    )
    assert archive.get("acme", UUID) == data
    assert archive.exists("acme", UUID)


def test_the_same_bytes_again_are_nothing_new(archive):
    archive.put_if_absent("acme", UUID, b"<a/>")
    again = archive.put_if_absent("acme", UUID, b"<a/>")
    assert (again.is_new, again.conflicts_with) == (False, None)


def test_other_bytes_under_a_known_uuid_are_a_conflict_and_the_first_stay(archive):
    first = archive.put_if_absent("acme", UUID, b"<first/>")
    for _ in range(2):
        other = archive.put_if_absent("acme", UUID, b"<other/>")
        assert other.conflicts_with == first.sha256
    assert archive.get("acme", UUID) == b"<first/>"


def test_tenants_do_not_see_each_other(archive):
    archive.put_if_absent("acme", UUID, b"<a/>")
    assert archive.get("beta", UUID) is None
    assert not archive.exists("beta", UUID)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a\\b", "x" * 200, "a\x00b", "a\n"])
def test_a_name_cannot_leave_the_archive(archive, name):
    with pytest.raises(ArchiveError, match="cannot name a file"):
        archive.put_if_absent("acme", name, b"x")


def test_bytes_changed_on_the_disk_are_noticed(archive, tmp_path):
    kept = archive.put_if_absent("acme", UUID, b"<a/>")
    (tmp_path / "archive/acme/objects" / kept.sha256[:2] / kept.sha256).write_bytes(b"<b/>")
    with pytest.raises(ArchiveError, match="changed on the disk"):
        archive.get("acme", UUID)


def test_bytes_that_were_taken_away_are_kept_again(archive, tmp_path):
    kept = archive.put_if_absent("acme", UUID, b"<a/>")
    (tmp_path / "archive/acme/objects" / kept.sha256[:2] / kept.sha256).unlink()
    assert not archive.exists("acme", UUID)
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.get("acme", UUID)
    archive.put_if_absent("acme", UUID, b"<a/>")
    assert archive.get("acme", UUID) == b"<a/>"


@pytest.mark.parametrize("content", [b"../../etc/passwd", b"\xff\xfe", b"abc"])
def test_a_list_of_contents_changed_on_the_disk_is_noticed(archive, tmp_path, content):
    archive.put_if_absent("acme", UUID, b"<a/>")
    (tmp_path / "archive/acme/names" / UUID).write_bytes(content)
    with pytest.raises(ArchiveError, match="changed on the disk"):
        archive.get("acme", UUID)


def test_nothing_but_the_bytes_and_their_names_is_left_in_the_folder(archive, tmp_path):
    archive.put_if_absent("acme", UUID, b"<a/>")
    archive.put_if_absent("acme", UUID, b"<b/>")
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert len(files) == 3
    assert not [path for path in files if path.name.startswith(".")]


def test_too_many_bytes_are_refused(archive):
    with pytest.raises(ArchiveError, match="more than"):
        archive.put_if_absent("acme", UUID, b"x" * (BYTES_MAX + 1))


def test_a_disk_that_cannot_be_written_is_said_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "archive").write_text("a file where the folder should be")
    with pytest.raises(ArchiveError, match="cannot be archived"):
        LocalArchive(tmp_path / "archive").put_if_absent("acme", UUID, b"<a/>")
