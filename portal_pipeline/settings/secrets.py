"""Secrets: from the environment or a file; a literal only in the sandbox."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

SECRET_BYTES_MAX = 10_000
_PASSWORD_IN_URL = re.compile(r"://[^/?#]*:[^/?#]*@|(?:pwd|password)\s*(?:=|%3d)", re.IGNORECASE)


class SecretProblem(ValueError):
    """Why a secret cannot be had, and how to mend it; never holds the secret."""


def resolve(value: object, *, literal_allowed: bool) -> SecretStr:
    """The secret named by ``{env = "NAME"}`` or ``{file = "PATH"}``, or a sandbox literal.

    Raises:
        SecretProblem: it is missing, unreadable, readable by others, or a literal outside the
            sandbox.
    """
    if isinstance(value, str):
        if not literal_allowed:
            raise SecretProblem(
                'a secret stands in the file; write { env = "NAME" } or { file = "PATH" } instead'
            )
        return SecretStr(value)
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, Mapping) and set(value) == {"env"}:
        return _from_environment(str(value["env"]))
    if isinstance(value, Mapping) and set(value) == {"file"}:
        return _from_file(Path(str(value["file"])))
    raise SecretProblem('must be { env = "NAME" } or { file = "PATH" }')


def _from_environment(name: str) -> SecretStr:
    text = os.environ.get(name)
    if not text:
        raise SecretProblem(f"the environment variable {name} is not set; set it for the service")
    return SecretStr(text)


def _from_file(path: Path) -> SecretStr:
    try:
        with path.open("rb") as file:  # what is looked at is what is read, whatever the name is now
            _refuse_unguarded(path, os.fstat(file.fileno()))
            text = file.read(SECRET_BYTES_MAX).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretProblem(
            f"the secret file {path} cannot be read ({type(error).__name__}); create it"
        ) from None
    if not text:
        raise SecretProblem(f"the secret file {path} is empty")
    return SecretStr(text)


def _refuse_unguarded(path: Path, found: os.stat_result) -> None:
    """Windows keeps rights elsewhere: there the folder's access list is the operator's business."""
    if not stat.S_ISREG(found.st_mode):
        raise SecretProblem(f"the secret file {path} is no file")
    if os.name != "posix":
        return
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretProblem(f"the secret file {path} can be read by others; run: chmod 600 {path}")
    if found.st_uid not in {0, os.geteuid()}:
        raise SecretProblem(
            f"the secret file {path} belongs to another user (id {found.st_uid}), who can change "
            "it; make it the service's own, or root's"
        )


def holds_password(url: str) -> bool:
    """Whether a password stands in a database URL."""
    return _PASSWORD_IN_URL.search(url) is not None


SECRET_NAMES = frozenset({"password", "key", "secret"})
