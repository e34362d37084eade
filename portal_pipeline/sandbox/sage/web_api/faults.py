"""Faults on demand: which call, what becomes of its effect, what becomes of its answer.

A fault counts the calls that match it, and a keyed one only those about its document, so that
nothing depends on arrival order. Source: Web API sheet 10, rule 23.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from portal_pipeline.sandbox.http import ConnectionDropped, Request, Response
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError, html_page


class FaultKind(StrEnum):
    """How the answer goes wrong."""

    DROP = "drop"
    """The connection closes without an answer."""
    ERROR = "error"
    """Sage's error body with ``code``."""
    HTML = "html"
    """A page of IIS with ``status``."""
    TRUNCATED = "truncated"
    """Half of the right answer."""
    SLOW = "slow"
    """The right answer after ``delay_s``."""
    RUN = "run"
    """``action`` happens just before the call, which is then answered normally."""


class Commit(StrEnum):
    """What becomes of the call's effect."""

    NEVER = "never"
    NOW = "now"
    LATER = "later"
    """It happens just before a later request (a server that was slower than the client)."""


@dataclass(frozen=True)
class Fault:
    """One fault; it strikes the calls that match ``method``, ``path`` and ``key``.

    ``path`` is a shell pattern over the whole path, case apart. ``key`` is a text that the path,
    the query or the body must hold, case apart. ``calls`` are counted from 1 among the matching
    calls; None is every one. With ``Commit.LATER`` the effect comes before the request that is
    ``later_calls`` after this one, whatever that request is.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    key: str = ""
    calls: tuple[int, ...] | None = (1,)
    commit: Commit = Commit.NEVER
    later_calls: int = 1
    code: str = "InternalServerError"
    status: int = 503
    retry_after_s: int | None = None
    delay_s: float = 0.0
    action: Callable[[], object] | None = None

    @property
    def has_normal_effect(self) -> bool:
        """Whether the call is carried out at once."""
        return self.commit is Commit.NOW or self.kind in {
            FaultKind.SLOW,
            FaultKind.TRUNCATED,
            FaultKind.RUN,
        }


class FaultPlan:
    """The faults to come; of several that strike one call the first planned one counts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._match_counts: Counter[int] = Counter()
        self.fired: list[tuple[Fault, str]] = []

    def add(self, *faults: Fault) -> None:
        """Plan faults."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Plan nothing any more; what has fired stays known."""
        self._faults.clear()
        self._match_counts.clear()

    def strike(self, request: Request) -> Fault | None:
        """The fault for this call, if any; actions run at once."""
        struck: list[Fault] = []
        for place, fault in enumerate(self._faults):
            if not _is_match(fault, request):
                continue
            self._match_counts[place] += 1
            if fault.calls is None or self._match_counts[place] in fault.calls:
                struck.append(fault)
        for fault in struck:
            if fault.action is not None:
                fault.action()
                self.fired.append((fault, request.path))
        chosen = next((fault for fault in struck if fault.kind is not FaultKind.RUN), None)
        if chosen is not None:
            self.fired.append((chosen, request.path))
        return chosen


def _is_match(fault: Fault, request: Request) -> bool:
    if fault.method not in {"*", request.method}:
        return False
    if not fnmatchcase(request.path.casefold(), fault.path.casefold()):
        return False
    if not fault.key:
        return True
    body = request.body.decode("utf-8", "replace")
    whole = "\n".join((request.path, *(value for _, value in request.query), body))
    return fault.key.casefold() in whole.casefold()


def spoiled(fault: Fault, answer: Response | None) -> Response:
    """The answer as the fault leaves it; ``answer`` is None when the call had no effect.

    Raises:
        ConnectionDropped: where the fault closes the connection.
    """
    match fault.kind:
        case FaultKind.ERROR:
            page = WebApiError(fault.code, "simulated fault").response()
        case FaultKind.HTML:
            page = html_page(fault.status)
        case FaultKind.TRUNCATED if answer is not None:
            page = Response(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
        case FaultKind.SLOW if answer is not None:
            page = answer
        case _:
            raise ConnectionDropped("fault: the connection closes without an answer")
    headers = dict(page.headers)
    if fault.retry_after_s is not None:
        headers["retry-after"] = str(fault.retry_after_s)
    delay_s = page.delay_s + fault.delay_s
    return Response(page.status, page.body, headers, delay_s)
