"""Errors, by what they ask of us.

PipelineError
├── ConfigError            stop before anything runs; the operator must act
│   ├── NoSettings         nothing is set up yet: no settings were found
│   └── CredentialsRefused a remote system does not accept our user, key or rights
├── RetriableError         a read, or a write that certainly did not arrive; try again later
│   ├── SystemUnavailable  a remote system, or a database, does not answer
│   ├── IncompleteListing  a list ended before its total: never read as "not there"
│   └── LeaseBusy          another run owns the tenant
├── DocumentError          this document is wrong; the others go on
├── LedgerError            our own store cannot be read or written: the step stops loudly
└── DefectError            our bug, or a broken promise of the other side; stop this tenant

A system named in an error is ``sage``, ``sage_web_api``, ``importer_program``, ``portal``,
``ledger``, ``archive``, ``disk`` (for temporary files) or ``settings``. Texts never hold a secret:
adapters redact before they raise.
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base of all our errors: what happened, in which system, and what to do about it."""

    def __init__(self, message: str, *, system: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.system = system
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"[{self.system}] " if self.system else ""
        what_to_do = f" - {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{what_to_do}"


class ConfigError(PipelineError):
    """Something set by people is missing or wrong; trying again changes nothing."""


class NoSettings(ConfigError):
    """No settings exist yet, which is not the same as settings that are wrong."""


class CredentialsRefused(ConfigError):
    """The remote system refuses our credentials or rights (HTTP 401 or 403, login failed)."""


class RetriableError(PipelineError):
    """Nothing was changed remotely; the same may work later."""


class SystemUnavailable(RetriableError):
    """A system gives no usable answer: refused connection, timeout of a read, 5xx, HTML."""


class IncompleteListing(RetriableError):
    """A listing ended before its total; what was not seen may still exist."""


class LeaseBusy(RetriableError):
    """Another run owns the tenant right now."""


class DocumentError(PipelineError):
    """One document cannot be treated; the others go on."""


class LedgerError(PipelineError):
    """The ledger cannot be read or written; no remote write may happen without it."""


class DefectError(PipelineError):
    """A broken invariant: ours, or a promise of the other side."""
