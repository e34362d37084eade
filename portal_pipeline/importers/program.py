"""Starting the vendor's import program, and being sure that it has ended.

Its exit code says nothing about a document (sync rules 4): what reached Sage is read from Sage,
by others. Here the program gets its time and not more, nothing of it is left running, its output
is kept, and nothing of ours reaches it but a few variables of the system.

On Windows, where the program is at home, the same code runs with a process group of its own and
CTRL_BREAK as the polite signal; that way is written, and untried.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from portal_pipeline.core.errors import DefectError, PipelineError
from portal_pipeline.importers.process_tree import COOKIE, Ended, ProcessTree
from portal_pipeline.importers.program_output import OutputPump, RunLog

PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("TEMP", "TMP", "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE", "PUBLIC"),
    *("PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"),
    *("COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)", "COMMONPROGRAMW6432"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "COMPUTERNAME"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "SESSIONNAME"),
)
"""Environment variables that the program gets, where we have them; no other."""
LOOK_S = 0.25
"""Between two looks at the program's descendants."""
_NEW_GROUP = int(getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
"""Windows: so that CTRL_BREAK reaches the program and not us. Untried."""


class ImporterProgramError(PipelineError):
    """The import program could not be started; it has done nothing."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, system="importer_program", remedy=remedy)


@dataclass(frozen=True)
class ProgramRun:
    """How one run of the program ended; what it did in Sage is to be read there."""

    exit_code: int | None
    """None: it did not end by itself. Negative: ended by that signal."""
    seconds: float
    timed_out: bool
    ended_processes: int
    """How many of its processes we had to end, at its timeout or after it ended."""
    output: Path
    """The kept log, bytes as the program printed them."""
    tail: str
    """Last lines of the output, bounded, without control characters."""
    left_running: tuple[int, ...] = ()
    """Ids of processes that could not be ended; empty as a rule."""


class ImporterProgram:
    """One tenant's import program. One run at a time: the lease of the tenant sees to it.

    Args:
        command: the program and its arguments; no shell reads them.
        working_folder: where it runs; None: where we do.
        timeout_s: from start to the polite end.
        output_folder: keeps the logs; made where it is missing.
        runs_kept: logs kept, the new one among them; at least 1.
        output_bytes_max: kept of one run's output; the rest is read and discarded.
        secrets: ours, hidden in the output.
        grace_s: between a polite end and the kill, and for what the program leaves running.
        monotonic: seconds, never going back.
        now: names the logs.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        working_folder: Path | None,
        timeout_s: float,
        output_folder: Path,
        runs_kept: int = 100,
        output_bytes_max: int = 1_000_000,
        secrets: Collection[str] = (),
        grace_s: float = 10,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._command = tuple(command)
        self._working_folder = working_folder
        self._timeout_s = timeout_s
        self._output_folder = output_folder
        self._runs_kept = max(1, runs_kept)
        self._output_bytes_max = output_bytes_max
        self._secrets = tuple(secrets)
        self._grace_s = grace_s
        self._monotonic = monotonic
        self._now = now

    def problem(self) -> str:
        """Why the program cannot be started, empty when it can; it is not started to find out."""
        if not self._command or not self._command[0].strip():
            return "no import program is named"
        name = self._command[0]
        if self._executable() is None:
            is_there = Path(name).is_file()
            reason = "may not be executed by us" if is_there else "does not exist"
            return f"the import program {name} {reason}"
        if self._working_folder is not None and not self._working_folder.is_dir():
            return f"the import program's working folder {self._working_folder} does not exist"
        return ""

    def run(self) -> ProgramRun:
        """Run the program to its end, or to its timeout; afterwards nothing of it is left.

        An interrupt of ours ends it, too, and goes on to the caller.

        Raises:
            ImporterProgramError: it could not be started.
        """
        if problem := self.problem():
            raise ImporterProgramError(problem, remedy="mend importer_program in the settings")
        mark = secrets.token_hex(16)
        log = self._new_log(mark)
        try:
            self._end_outliving(log)
            return self._run(f"{self._owner}/{mark}", log)
        finally:
            log.close()

    @property
    def _owner(self) -> str:
        """What all runs of this tenant's program have in their cookies."""
        return hashlib.sha256(str(self._output_folder.absolute()).encode()).hexdigest()[:16]

    def _end_outliving(self, log: RunLog) -> None:
        """End what an earlier run left when we were killed in the middle of it."""
        earlier = ProcessTree(self._owner, monotonic=self._monotonic)
        if not earlier.alive():
            return
        ended = earlier.end(self._grace_s)
        log.note(f"an earlier run was still at work; processes ended: {ended.processes}")
        if ended.left:
            raise ImporterProgramError(
                f"an earlier run of the import program cannot be ended: {ended.left}",
                remedy="end these processes by hand; two runs at once may import twice",
            )

    def _run(self, token: str, log: RunLog) -> ProgramRun:
        tree = ProcessTree(token, monotonic=self._monotonic)
        process, pump = None, None
        started = self._monotonic()
        log.note(f"started {self._now().astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
        try:
            process = self._start(token, log)
            tree.add_root(process.pid)
            pump = OutputPump(_output_of(process), log, self._output_bytes_max, self._secrets)
            pump.start()
            timed_out = not self._wait(process, tree, started + self._timeout_s)
            ended = self._clear(tree, wait_first=not timed_out)
        except BaseException as error:
            log.note(f"given up: {type(error).__name__}")
            tree.end(self._grace_s)  # by the cookie, even when the start itself was interrupted
            raise
        finally:
            if process is not None:
                _reap(process)
            tail = pump.finish() if pump else ""
        run = ProgramRun(
            exit_code=None if timed_out else process.returncode,
            seconds=self._monotonic() - started,
            timed_out=timed_out,
            ended_processes=ended.processes,
            output=log.path,
            tail=tail,
            left_running=ended.left,
        )
        log.note(_in_words(run))
        return run

    def _executable(self) -> str | None:
        """Whole path of the program, so that a change of folder does not mislay it."""
        found = shutil.which(self._command[0])
        return str(Path(found).absolute()) if found else None

    def _new_log(self, token: str) -> RunLog:
        try:
            log = RunLog(self._output_folder, self._now(), token)
        except OSError as error:
            raise ImporterProgramError(
                f"the import program's output cannot be kept: {error.strerror or error}",
                remedy=f"check that {self._output_folder} has room and can be written",
            ) from error
        log.remove_older(self._runs_kept)
        return log

    def _start(self, token: str, log: RunLog) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - the command is the tenant's setting
                [self._executable() or self._command[0], *self._command[1:]],
                cwd=self._working_folder,
                env={**passed_on(os.environ), COOKIE: token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                creationflags=_NEW_GROUP,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            log.note(f"not started: {reason}")
            raise ImporterProgramError(
                f"the import program {self._command[0]} could not be started: {reason}",
                remedy="start it once by hand on this machine, as the user of this service",
            ) from error

    def _wait(self, process: subprocess.Popen[bytes], tree: ProcessTree, deadline: float) -> bool:
        """Wait for the program itself; False at its timeout."""
        while (left := deadline - self._monotonic()) > 0:
            try:
                process.wait(min(LOOK_S, left))
            except subprocess.TimeoutExpired:
                tree.look()
            else:
                return True
        return False

    def _clear(self, tree: ProcessTree, *, wait_first: bool) -> Ended:
        """See to it that nothing of the tree runs any more."""
        if wait_first and tree.wait_until_gone(self._grace_s):
            return Ended(0, ())
        return tree.end(self._grace_s)


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """What of our environment the program gets."""
    return {name: environment[name] for name in PASSED_ON if name in environment}


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Take the exit code of a program that has ended, so that no zombie stays."""
    try:
        process.wait(LOOK_S)
    except subprocess.TimeoutExpired:  # it could not be ended: ``left_running`` names it
        return


def _output_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise DefectError("the import program was started without a pipe for its output")
    return process.stdout


def _in_words(run: ProgramRun) -> str:
    how = "timed out" if run.timed_out else f"ended with exit code {run.exit_code}"
    text = f"{how} after {run.seconds:.1f} s"
    if run.ended_processes:
        text += f"; processes that had to be ended: {run.ended_processes}"
    if run.left_running:
        text += f"; could not be ended: {', '.join(map(str, run.left_running))}"
    return text
