"""Faults on demand: which call, and how its answer goes wrong.

Nothing here depends on arrival order across documents: a fault counts the calls that match it, and
a keyed one only those about its document. Source: portal API sheet 11.7.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.http import ConnectionDropped, Request, Response
from portal_pipeline.sandbox.portal.state import digest

_LOGIN_PAGE = b"<!DOCTYPE html><html><body><form>Iniciar sesi\xc3\xb3n</form></body></html>"
_JSON = {"content-type": "application/json"}


class FaultKind(StrEnum):
    """How an answer goes wrong."""

    STATUS = "status"  # an HTTP status with a body that is not JSON
    DROP = "drop"  # the connection closes without an answer
    HTML = "html"  # a login page with 200
    EMPTY_OBJECT = "empty_object"  # {} with 200
    NULL_ITEMS = "null_items"  # items: null with 200
    TRUNCATED = "truncated"  # half of the JSON
    SLOW = "slow"  # the right answer, after delay_s
    WRONG_TOTAL = "wrong_total"  # total is one too high
    REPEATED_ITEM = "repeated_item"  # the last item of the page gives way to a copy of the first
    RUN = "run"  # something happens just before the call, which is then answered normally


_BEFORE = frozenset({FaultKind.STATUS, FaultKind.DROP, FaultKind.HTML, FaultKind.EMPTY_OBJECT})


@dataclass(frozen=True)
class Fault:
    """One fault; it strikes the calls that match ``method``, ``path`` and ``key``.

    ``path`` is a shell pattern over the whole path. ``key`` must be a segment of the path, a value
    of the query, or a text value of the JSON body, in any case. ``calls`` are counted from 1 among
    the matching calls; None is every one of them. ``share`` strikes that part of the calls, drawn
    from the request's own content and the number of times it came before.

    With ``after_commit`` the call has its effect and only its answer is lost or spoilt; without,
    STATUS, DROP, HTML and EMPTY_OBJECT leave no effect. All other kinds always answer after it.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    key: str = ""
    calls: tuple[int, ...] | None = None
    share: float = 1.0
    status: int = 503
    retry_after_s: int | None = None
    after_commit: bool = False
    delay_s: float = 0.0
    action: Callable[[], object] | None = None

    @property
    def is_before_effect(self) -> bool:
        """Whether the call never reaches the portal's logic."""
        return self.kind in _BEFORE and not self.after_commit


class FaultPlan:
    """The faults to come; of several that strike one call the first planned one counts."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._faults: list[Fault] = []
        self._match_counts: Counter[int] = Counter()
        self._request_counts: Counter[str] = Counter()
        self.fired: list[tuple[Fault, str]] = []

    def add(self, *faults: Fault) -> None:
        """Plan faults."""
        self._faults.extend(faults)

    def before(
        self, method: str, path: str, action: Callable[[], object], *, calls: tuple[int, ...] = (1,)
    ) -> None:
        """Run ``action`` just before a matching call: what people do between two requests."""
        self.add(Fault(FaultKind.RUN, method, path, calls=calls, action=action))

    def clear(self) -> None:
        """Plan nothing any more; what has fired stays known."""
        self._faults.clear()
        self._match_counts.clear()

    def strike(self, request: Request) -> Fault | None:
        """The fault for this call, if any; actions run at once."""
        if not self._faults:
            return None
        struck: list[Fault] = []
        draw = self._draw(request)
        for place, fault in enumerate(self._faults):
            if not _is_match(fault, request):
                continue
            self._match_counts[place] += 1
            is_due = fault.calls is None or self._match_counts[place] in fault.calls
            if is_due and draw < fault.share:
                struck.append(fault)
        for fault in struck:
            if fault.action is not None:
                self.fired.append((fault, request.path))
                fault.action()
        chosen = next((fault for fault in struck if fault.kind is not FaultKind.RUN), None)
        if chosen is not None:
            self.fired.append((chosen, request.path))
        return chosen

    def _draw(self, request: Request) -> float:
        """A number in [0, 1) that depends on the request and how often it came, nothing else."""
        content = f"{request.method}|{request.path}|{sorted(request.query)}|{request.body!r}"
        self._request_counts[content_key := digest(content)] += 1
        times = self._request_counts[content_key]
        return int(digest(f"{self._seed}|{content_key}|{times}")[:13], 16) / 16**13


def _is_match(fault: Fault, request: Request) -> bool:
    if fault.method not in {"*", request.method}:
        return False
    return fnmatchcase(request.path, fault.path) and (
        not fault.key or _is_about(fault.key, request)
    )


def _is_about(key: str, request: Request) -> bool:
    folded = key.casefold()
    if folded in request.path.casefold().split("/"):
        return True
    if any(value.casefold() == folded for _, value in request.query):
        return True
    body = request.body.decode("utf-8", "replace").casefold()
    return json.dumps(folded, ensure_ascii=False) in body


def spoiled(fault: Fault, response: Response | None) -> Response:
    """The answer as the fault leaves it; ``response`` is None when the call had no effect.

    Raises:
        ConnectionDropped: where the fault closes the connection.
    """
    if fault.kind is FaultKind.DROP:
        raise ConnectionDropped("fault: the connection closes without an answer")
    if fault.kind is FaultKind.STATUS:
        headers = {"content-type": "text/plain"}
        if fault.retry_after_s is not None:
            headers["retry-after"] = str(fault.retry_after_s)
        return Response(fault.status, f"error {fault.status}".encode(), headers)
    if fault.kind is FaultKind.HTML:
        return Response(200, _LOGIN_PAGE, {"content-type": "text/html; charset=utf-8"})
    if fault.kind is FaultKind.EMPTY_OBJECT or response is None:
        return Response(200, b"{}", _JSON)
    if fault.kind is FaultKind.TRUNCATED:
        half = response.body[: len(response.body) // 2]
        return Response(response.status, half, response.headers)
    if fault.kind is FaultKind.SLOW:
        return Response(response.status, response.body, response.headers, fault.delay_s)
    return _spoiled_page(fault.kind, response)


def _spoiled_page(kind: FaultKind, response: Response) -> Response:
    if response.status != 200:
        return response
    page: Any = load_json(response.body)
    if not isinstance(page, dict) or "items" not in page:
        return response
    match kind:
        case FaultKind.NULL_ITEMS:
            page["items"] = None
        case FaultKind.WRONG_TOTAL:
            page["total"] = page.get("total", 0) + 1
        case FaultKind.REPEATED_ITEM if page["items"]:
            page["items"][-1] = page["items"][0]
    return Response.json(page)
