"""What we write is for the service's own account, whatever its umask; and stays in its folder."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.archive import LocalArchive
from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.core.errors import ConfigError
from portal_pipeline.importers.drop_folder import DropFolder, DropFolderError
from portal_pipeline.importers.program import ImporterProgram
from portal_pipeline.importers.program_output import Hider
from portal_pipeline.orchestration.instance import prepare_dagster_home
from portal_pipeline.settings.home import others_can_enter, private_folder
from portal_pipeline.settings.models import Settings
from portal_pipeline.wiring import Installation

POSIX = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
SECRET = "zq-s3cret-ñ-55"
OUTSIDE = [
    *("", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:\\x", "x\x00", "x\n", "~", "a.b"),
    *("é", "x" * 129, "%2e%2e%2fx", "..%2fx", "file:///x"),
]


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path, open_umask) -> Path:
    """A home that holds one of everything."""
    folder = tmp_path / "home"
    with closing(Installation(Settings(source="test", folder=folder, tenants=()))) as ours:
        ours.archive.put_if_absent("acme", "U-1", b"<x/>")
    program = ImporterProgram(
        [sys.executable, "-c", "print('hola')"],
        working_folder=None,
        timeout_s=30,
        output_folder=folder / "importer_program" / "acme" / "output",
    )
    program.run()
    drop = tmp_path / "drop"
    drop.mkdir()
    DropFolder(drop).put("U-1.xml", b"<x/>")
    DropFolder(drop).withdraw("U-1.xml", folder / "importer_program" / "acme" / "taken_back")
    return folder


@POSIX
def test_the_home_is_closed_to_others_whoever_makes_it(home, tmp_path):
    """Nobody gets into what lies below it, whatever its own rights."""
    prepare_dagster_home(tmp_path / "second" / "home")
    made = (home, tmp_path / "second", tmp_path / "second" / "home")
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


@POSIX
def test_ledger_archive_and_program_outputs_are_closed_to_others(home):
    files = [path for path in home.rglob("*") if path.is_file()]
    kinds = {path.relative_to(home).parts[0] for path in files}
    assert kinds >= {"ledger.sqlite", "archive", "importer_program"}
    shared = {path.parent.name for path in files if path.stat().st_mode & 0o077}
    assert shared == {"taken_back"}, "it keeps the rights that it had, in the closed home"


@POSIX
def test_a_folder_that_exists_keeps_its_rights_and_check_can_tell(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    assert private_folder(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert others_can_enter(folder)
    folder.chmod(0o700)
    assert not others_can_enter(folder)


def test_a_home_that_cannot_be_made_is_told_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="PORTAL_PIPELINE_HOME"):
        private_folder(tmp_path / "file" / "home")


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_leads_out_of_the_archive(name, tmp_path):
    archive = LocalArchive(tmp_path / "archive")
    for tenant, document in (("acme", name), (name, "U-1")):
        with pytest.raises(ArchiveError):
            archive.put_if_absent(tenant, document, b"x")
        with pytest.raises(ArchiveError):
            archive.get(tenant, document)
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=60))
def test_whatever_the_name_only_its_own_folder_is_touched(tmp_path_factory, name):
    root = tmp_path_factory.mktemp("a")
    with contextlib.suppress(ArchiveError):
        LocalArchive(root / "in").put_if_absent("acme", name, b"x")
    assert {path.name for path in root.iterdir()} <= {"in"}


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in OUTSIDE if name != "a.b"),
        *("CON.xml", "nul", "LPT1.xml", "com9.txt", "x.", ".x", "x ", "a:b.xml", "x.xml:stream"),
    ],
)
def test_no_name_leads_out_of_the_import_programs_folder(name, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    drop = DropFolder(folder)
    with pytest.raises(DropFolderError):
        drop.put(name, b"x")
    with pytest.raises(DropFolderError):
        drop.withdraw(name, tmp_path / "back")
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "back").exists()


@POSIX
def test_a_symbolic_link_in_the_folder_is_replaced_never_written_through(tmp_path):
    folder, victim = tmp_path / "drop", tmp_path / "victim"
    folder.mkdir()
    victim.write_bytes(b"precious")
    (folder / "U-1.xml").symlink_to(victim)
    DropFolder(folder).put("U-1.xml", b"<x/>")
    assert victim.read_bytes() == b"precious"
    assert not (folder / "U-1.xml").is_symlink()
    assert (folder / "U-1.xml").read_bytes() == b"<x/>"


@POSIX
def test_a_symbolic_link_that_is_taken_back_moves_itself_not_what_it_names(tmp_path):
    folder, victim = tmp_path / "drop", tmp_path / "victim"
    folder.mkdir()
    victim.write_bytes(b"precious")
    (folder / "U-1.xml").symlink_to(victim)
    DropFolder(folder).withdraw("U-1.xml", tmp_path / "back")
    assert victim.read_bytes() == b"precious"


# -- the import program ----------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["utf-8", "cp1252", "utf-16-le"])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1_000])
def test_a_secret_is_hidden_wherever_the_pieces_of_output_are_cut(coding, step):
    output = f"login {SECRET} and {SECRET}{SECRET[:5]}\n".encode(coding)
    hider = Hider([SECRET, SECRET[:4], "other"])
    kept = b"".join(hider.feed(output[at : at + step]) for at in range(0, len(output), step))
    kept += hider.end()
    assert SECRET.encode(coding) not in kept
    assert kept.count(b"[redacted]") >= 2
    assert kept.startswith("login ".encode(coding))


@given(st.lists(st.sampled_from([b"ab", b"abc", b"a", b"b", b"x", b"cab"]), max_size=12))
def test_output_without_a_secret_is_kept_byte_for_byte(pieces):
    hider = Hider(["abcd", "bb!"])
    assert b"".join([*(hider.feed(piece) for piece in pieces), hider.end()]) == b"".join(pieces)


def test_the_program_sees_no_secret_of_ours_and_what_it_prints_of_them_is_hidden(
    tmp_path, monkeypatch
):
    """It has the same SQL login from its own settings, and prints it when it fails."""
    monkeypatch.setenv("PORTAL_PIPELINE_SAGE_PASSWORD", SECRET)
    code = (
        "import os, sys; sys.stdout.reconfigure(encoding='utf-8')\n"
        "print(dict(os.environ))\n"
        f"print('cannot connect: PWD=' + {SECRET!r})"
    )
    run = ImporterProgram(
        [sys.executable, "-c", code],
        working_folder=None,
        timeout_s=30,
        output_folder=tmp_path / "out",
        secrets=(SECRET,),
    ).run()
    kept = run.output.read_bytes()
    assert b"cannot connect: PWD=[redacted]" in kept
    assert SECRET.encode() not in kept
    assert SECRET not in run.tail
    assert b"PORTAL_PIPELINE_SAGE" not in kept


def test_a_start_of_a_fresh_interpreter_makes_no_wider_file(tmp_path):
    """The umask of a service is often 022: what counts is the right asked for, not what it cuts."""
    code = (
        "import os; os.umask(0)\n"
        "from pathlib import Path\n"
        "from portal_pipeline.archive.atomic import write_atomically\n"
        f"write_atomically(Path({str(tmp_path / 'x')!r}), b'x')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
