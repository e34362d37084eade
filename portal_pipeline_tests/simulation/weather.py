"""Faults where the product meets the world: HTTP, databases, archive, crash points.

Everything here is deterministic: passages are counted, nothing depends on real time or threads.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from portal_pipeline.archive import Archive, ArchivedFile
from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline_tests.simulation.strikes import Kind, Place, Strike

SETTLED = timedelta(minutes=58)
"""A call that timed out may still have its effect for less than this (settle_seconds: 60 min)."""
RETRY_AFTER_S = "30"
LOGIN_PAGE = b"<!DOCTYPE html><html><body><form>Iniciar sesi\xc3\xb3n</form></body></html>"
ERRORS = {Kind.AWAY: "database is away", Kind.DEADLOCK: "deadlock victim", Kind.LOCKED: "locked"}
WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")

Effect = Callable[[], object]
Happens = Callable[[Strike], None]


@dataclass
class Weather:
    """The strikes of a seed, and how often each place was passed."""

    now: Callable[[], datetime]
    strikes: tuple[Strike, ...] = ()
    is_calm: bool = False
    """Nothing strikes any more."""
    runs: int = 0
    """Runs under way: what people read or do at their desks is struck by nothing."""
    fired: list[Strike] = field(default_factory=list)
    passages: Counter[Place] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    crashes: frozenset[tuple[str, int]] = frozenset()
    """Named points at which the process dies, with the number of the passage."""
    late: list[tuple[datetime, Effect]] = field(default_factory=list)

    def begin(self, strikes: tuple[Strike, ...]) -> None:
        """A new world, in which nothing has happened yet."""
        self.strikes = strikes
        self.crashes = frozenset()
        self.is_calm = False
        self.runs = 0
        self.fired, self.late = [], []
        self.passages.clear()
        self.points.clear()

    def passing(self, place: Place) -> Strike | None:
        """Count a passage; the strike that hits it, if any."""
        if self.is_calm or not self.runs:
            return None
        self.passages[place] += 1
        for strike in self.strikes:
            if strike.place is place and strike.covers(self.passages[place]):
                self.fired.append(strike)
                return strike
        return None

    def strike_next(self, place: Place, cause: Strike) -> None:
        """The next passage of a place is struck, too."""
        self.strikes += (replace(cause, place=place, at=self.passages[place] + 1, span=1),)

    def deliver(self) -> None:
        """Late effects whose time has come happen now."""
        due = [one for one in self.late if one[0] <= self.now()]
        self.late = [one for one in self.late if one not in due]
        for _, effect in due:
            effect()

    def calm(self) -> None:
        """The faults end; what was on its way still arrives when its time comes."""
        self.is_calm = True

    def point(self, name: str, happens: Happens) -> None:
        """A named crash point; ``happens`` is told of strikes that need the company."""
        if not self.is_calm and self.runs:
            self.points[name] += 1
            if (name, self.points[name]) in self.crashes:
                raise Crash(name)
        strike = self.passing(Place.POINT)
        if strike is None:
            return
        if strike.kind is Kind.CRASH:
            raise Crash(name)
        happens(strike)


class Wire(httpx.BaseTransport):
    """The network between the product and one remote system."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        weather: Weather,
        places: tuple[Place, Place],
        *,
        sees: Callable[[httpx.Request], None],
        happens: Happens,
    ) -> None:
        """Values: where reads and writes pass; who is told of a request before it leaves."""
        self._inner = inner
        self._weather = weather
        self._read_place, self._write_place = places
        self._sees = sees
        self._happens = happens

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or what the weather makes of it."""
        request.read()
        self._weather.deliver()
        self._sees(request)
        is_write = request.method != "GET"
        strike = self._weather.passing(self._write_place if is_write else self._read_place)
        if strike is None:
            return self._inner.handle_request(request)
        return self._struck(strike, request)

    def _struck(self, strike: Strike, request: httpx.Request) -> httpx.Response:
        inner = self._inner.handle_request
        match strike.kind:
            case Kind.REFUSED:
                raise httpx.ConnectError("refused", request=request)
            case Kind.LOST_BEFORE:
                raise httpx.ReadTimeout("timed out", request=request)
            case Kind.LATE:
                due = self._weather.now() + SETTLED * strike.size
                self._weather.late.append((due, lambda: _unheard(inner, request)))
                raise httpx.ReadTimeout("timed out", request=request)
            case Kind.HTML:
                return httpx.Response(
                    200, headers={"content-type": "text/html"}, content=LOGIN_PAGE
                )
            case Kind.TOO_MANY:
                return httpx.Response(429, headers={"retry-after": RETRY_AFTER_S}, content=b"slow")
            case Kind.ERROR:
                return httpx.Response(503, content=b"unavailable")
            case Kind.WORLD:
                self._happens(strike)
                return inner(request)
        answer = inner(request)
        answer.read()
        if strike.kind is Kind.SLOW:
            self._happens(strike)
            return answer
        return _spoiled(strike.kind, request, answer)


def _unheard(inner: Callable[[httpx.Request], httpx.Response], request: httpx.Request) -> None:
    try:
        inner(request)
    except httpx.HTTPError:
        return  # nobody waits for this answer


def _spoiled(kind: Kind, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The answer of a call that had its effect."""
    headers = {"content-type": answer.headers.get("content-type", "application/json")}
    body = answer.content
    match kind:
        case Kind.LOST_AFTER:
            raise httpx.ReadTimeout("timed out", request=request)
        case Kind.RESET:
            raise httpx.ReadError("connection reset", request=request)
        case Kind.TRUNCATED:
            return httpx.Response(
                answer.status_code, headers=headers, content=body[: len(body) // 2]
            )
        case Kind.UNREADABLE:
            return httpx.Response(
                answer.status_code, headers=headers, content=b"\x00\xff\xfe" + body
            )
        case Kind.HTML_AFTER:
            return httpx.Response(200, headers={"content-type": "text/html"}, content=LOGIN_PAGE)
        case Kind.EMPTY:
            return httpx.Response(200, headers=headers, content=b"{}")
        case Kind.ERROR_AFTER:
            return httpx.Response(504, content=b"gateway timeout")
    return _spoiled_list(kind, answer, headers)


def _spoiled_list(kind: Kind, answer: httpx.Response, headers: dict[str, str]) -> httpx.Response:
    """A list that lies; other answers stay as they are."""
    try:
        page: Any = load_json(answer.content)
    except ValueError:
        page = None
    if answer.status_code == 200 and isinstance(page, dict) and isinstance(page.get("items"), list):
        items = page["items"]
        if kind is Kind.WRONG_TOTAL:
            page["total"] = int(page.get("total") or 0) + 1
        elif kind is Kind.NULL_ITEMS:
            page["items"] = None
        elif items:
            items[-1] = items[0]
    else:
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)
    return httpx.Response(200, headers=headers, content=dump_json(page).encode())


class StormyArchive:
    """An archive on a disk that can be full."""

    def __init__(self, inner: Archive, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather

    def put_if_absent(self, tenant: str, name: str, data: bytes) -> ArchivedFile:
        """As the archive, but for the weather."""
        strike = self._weather.passing(Place.ARCHIVE)
        if strike is not None and strike.kind is Kind.CRASH:
            raise Crash("archive")
        if strike is not None:
            raise ArchiveError("no space left on device", remedy="make room")
        return self._inner.put_if_absent(tenant, name, data)

    def get(self, tenant: str, name: str) -> bytes | None:
        """As the archive."""
        return self._inner.get(tenant, name)

    def exists(self, tenant: str, name: str) -> bool:
        """As the archive."""
        return self._inner.exists(tenant, name)


def strike_database(engine: Engine, weather: Weather, place: Place, *, only_writes: bool) -> None:
    """Let the weather strike an engine's statements, and its commits."""

    @event.listens_for(engine, "before_cursor_execute")
    def on_statement(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any
    ) -> None:
        if not only_writes or statement.lstrip().startswith(WRITES):
            _fail(weather, place, statement, parameters)

    if only_writes:

        @event.listens_for(engine, "commit")
        def on_commit(connection: Any) -> None:
            if connection.get_execution_options().get("writes"):
                _fail(weather, place, "COMMIT", ())


def _fail(weather: Weather, place: Place, statement: str, parameters: Any) -> None:
    strike = weather.passing(place)
    if strike is None:
        return
    if strike.kind is Kind.CRASH:
        raise Crash(place.value)
    text = ERRORS.get(strike.kind, "disk I/O error")
    raise OperationalError(statement, parameters, sqlite3.OperationalError(text))
