"""What the import program prints: kept, bounded, and never a reason for it to wait.

It often connects with the same login as we do: our secrets are hidden in what it prints.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from portal_pipeline.core.redaction import MARK

CHUNK_BYTES = 65_536
TAIL_BYTES = 8_000
TAIL_LINES = 20
TAIL_LINE_CHARACTERS = 400
_CODINGS = ("utf-8", "cp1252", "utf-16-le")
"""In which programs print."""
DRAIN_S = 5.0
"""For the last output to arrive once no process is left."""


class RunLog:
    """The file that keeps one run's output, as the bytes that came; our own lines begin ``---``.

    Once open, nothing that happens to it stops the run: see ``problem``.

    Args:
        folder: made where it is missing.
        started: when the run began; its name sorts by that.
        token: tells runs of the same moment apart.

    Raises:
        OSError: it cannot be written.
    """

    PATTERN = "run-*.log"

    def __init__(self, folder: Path, started: datetime, token: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        moment = started.astimezone(UTC)
        self.path = folder / f"run-{moment:%Y%m%dT%H%M%S.%fZ}-{token[:8]}.log"
        self.problem = ""
        """Why output was lost; empty while none was."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self.path, flags, 0o600), "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Add bytes as they came."""
        if self.problem:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self.problem = error.strerror or str(error)

    def note(self, text: str) -> None:
        """Add a line of ours."""
        self.write(f"\n--- {text}\n".encode())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def remove_older(self, kept: int) -> None:
        """Remove the oldest logs of the folder until so many are left; what fails is noted."""
        logs = sorted(self.path.parent.glob(self.PATTERN))
        for old in logs[: max(0, len(logs) - kept)]:
            try:
                old.unlink(missing_ok=True)
            except OSError as error:  # somebody reads it: the next run removes it
                self.note(f"{old.name} could not be removed: {error.strerror or error}")


class Hider:
    """Hides secrets in output that comes in pieces, however a secret lies across them."""

    def __init__(self, secrets: Collection[str]) -> None:
        forms = {s.encode(coding, "ignore") for s in secrets if s for coding in _CODINGS}
        self._forms = sorted((form for form in forms if form), key=len, reverse=True)
        self._longest = len(self._forms[0]) if self._forms else 0
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """What may be kept; an end that may begin a secret waits for the next piece."""
        data = self._rest + piece
        held = self._begun(data)
        self._rest = data[len(data) - held :]
        return self._hidden(data[: len(data) - held])

    def end(self) -> bytes:
        """What was still waiting."""
        rest, self._rest = self._rest, b""
        return self._hidden(rest)

    def _begun(self, data: bytes) -> int:
        """How many bytes at the end may be the beginning of a secret."""
        for length in range(min(self._longest - 1, len(data)), 0, -1):
            tail = data[-length:]
            if any(len(form) > length and form.startswith(tail) for form in self._forms):
                return length
        return 0

    def _hidden(self, data: bytes) -> bytes:
        for form in self._forms:
            data = data.replace(form, MARK.encode())
        return data


class OutputPump(threading.Thread):
    """Reads the program's output to its end; keeps the first bytes in the log, and the last lines.

    Args:
        pipe: the read end; closed when the last writer is gone.
        log: takes at most ``bytes_max``.
        bytes_max: what lies beyond is read, and discarded.
        secrets: hidden in both.
    """

    def __init__(
        self, pipe: IO[bytes], log: RunLog, bytes_max: int, secrets: Collection[str] = ()
    ) -> None:
        super().__init__(name="import-program-output", daemon=True)
        self._pipe = pipe
        self._log = log
        self._bytes_max = bytes_max
        self._hider = Hider(secrets)
        self._lock = threading.Lock()
        self._is_finished = False
        self._last = b""
        self._count = 0

    def run(self) -> None:
        """Read until the last writer is gone."""
        with self._pipe as pipe:
            while chunk := os.read(pipe.fileno(), CHUNK_BYTES):
                with self._lock:
                    self._take(self._hider.feed(chunk))

    def finish(self) -> str:
        """Wait for the end of the output, say in the log what was left out; the last lines.

        Whatever still comes afterwards is read and forgotten.
        """
        self.join(DRAIN_S)
        with self._lock:
            self._take(self._hider.end())
            self._is_finished = True
            remarks = []
            left_out = self._count - self._bytes_max
            if left_out > 0:
                self._log.note(f"{left_out} more bytes of output were discarded")
            if self.is_alive():
                remarks.append("a process that was not found holds the output open")
                self._log.note(remarks[-1])
            if self._log.problem:
                remarks.append(f"output not kept: {self._log.problem}")
            lines = last_lines(self._last, is_cut=self._count > len(self._last))
        return "\n".join([*(f"({remark})" for remark in remarks), *lines])

    def _take(self, chunk: bytes) -> None:
        if self._is_finished:
            return
        self._last = (self._last + chunk)[-TAIL_BYTES:]
        room = self._bytes_max - self._count
        self._count += len(chunk)
        if room > 0:
            self._log.write(chunk[:room])


def last_lines(data: bytes, *, is_cut: bool) -> list[str]:
    """The last lines of output as text that is safe to show.

    Lines are UTF-8, else Windows' western code page, as programs of that age print; what neither
    knows becomes a question mark. Control characters are left out.

    Args:
        data: the end of the output.
        is_cut: it begins in the middle, so its first line is left out if there is another.
    """
    lines = data.splitlines()
    if is_cut and len(lines) > 1:
        lines = lines[1:]
    texts = (_plain(_decoded(line))[:TAIL_LINE_CHARACTERS].rstrip() for line in lines)
    return [text for text in texts if text][-TAIL_LINES:]


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _plain(line: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in line)
