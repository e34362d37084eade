"""A company in the weather: the scenarios' town, whose runs can die, sleep and be overtaken."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine

from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.controllers.step import StepRun
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.errors import DefectError, LeaseBusy, PipelineError
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import ReportBuilder, StepReport
from portal_pipeline.ledger import Ledger
from portal_pipeline.orchestration.graph import UPSTREAM
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.web_api import ReadRetry as WebApiReadRetry
from portal_pipeline.sage.web_api import SageWebApi
from portal_pipeline.sandbox.http import Handler, mock_transport
from portal_pipeline.sandbox.sage.company import SageCompany
from portal_pipeline.sandbox.world.gate_watch import GateWatch
from portal_pipeline_tests.contract.controllers.bench import ORG, TTL, HandClock
from portal_pipeline_tests.scenarios.town import Town
from portal_pipeline_tests.simulation.strikes import Kind, Place, Strike
from portal_pipeline_tests.simulation.watch import Watch
from portal_pipeline_tests.simulation.weather import (
    StormyArchive,
    Weather,
    Wire,
    strike_database,
)

RUNS_AT_ONCE_MAX = 3
"""Runs of one tenant that are nested in each other: the sleeper, and those that take over."""

Deed = Callable[[], object]


@dataclass
class Stores:
    """What every world of a process uses again: open engines with their compiled statements.

    A world begins with its files as they were when they were new.
    """

    clock: HandClock
    weather: Weather
    databases: dict[str, tuple[SageCompany, list[Engine], SageDatabase]] = field(
        default_factory=dict
    )
    ledger: Ledger | None = None
    files: dict[Path, bytes] = field(default_factory=dict)

    def keep(self, *paths: Path) -> None:
        """Remember the files as they are."""
        self.files |= {path: path.read_bytes() for path in paths}

    def restore(self) -> None:
        """The files as they were; no connection is open."""
        for path, content in self.files.items():
            for beside in path.parent.glob(f"{path.name}-*"):
                beside.unlink()
            path.write_bytes(content)


class Company(Town):
    """``cycle`` is one run of all nine steps as Dagster does it, in whatever weather."""

    def __init__(
        self, folder: Path, stores: Stores, watch: Watch, chance: Random, **given: Any
    ) -> None:
        self._stores = stores
        super().__init__(folder, clock=stores.clock, **given)
        self.weather = weather = stores.weather
        self.gate: GateWatch
        self.watch = watch
        self.chance = chance
        self.world: list[Deed] = []
        """What people will do when the weather says so."""
        self.people: Callable[[], None] = lambda: None
        self.run_id = ""
        self.steps: tuple[ControllerName, ...] = tuple(ControllerName)
        self.failed: list[str] = []
        """Texts of steps that failed."""
        self.archive = StormyArchive(self.archive, weather)  # type: ignore[assignment]
        self.point = lambda name: weather.point(name, self.happens)
        self.portal_handler: Handler = self.portal.handle
        self._monotonic_s = 0.0
        self._numbers = itertools.count(1)

    # -- databases ---------------------------------------------------------------------------

    def _databases(self) -> tuple[SageCompany, list[Engine], SageDatabase]:
        known = self._stores.databases.get(self.key)
        if known is not None:
            return known
        _, engines, sage = opened = super()._databases()
        for engine in engines:
            engine.dispose()  # closing the last connection leaves one whole file
        self._stores.keep(*self.folder.glob("*.db"))
        for struck in (sage._company, sage._authorisations):
            if struck is not None:
                strike_database(struck, self._stores.weather, Place.SAGE, only_writes=False)
        self._stores.databases[self.key] = opened
        return opened

    def _ledger(self, folder: Path) -> Ledger:
        if self._stores.ledger is None:
            ledger = self._stores.ledger = super()._ledger(folder)
            ledger.close()
            self._stores.keep(folder / "ledger.db")
            strike_database(ledger._engine, self._stores.weather, Place.LEDGER, only_writes=True)
        return self._stores.ledger

    # -- the network -------------------------------------------------------------------------

    def _wire(self, handler: Handler, places: tuple[Place, Place]) -> httpx.BaseTransport:
        inner = mock_transport(handler)
        return Wire(inner, self.weather, places, sees=self._sees, happens=self.happens)

    def _sees(self, request: httpx.Request) -> None:
        path = request.url.path
        if request.method == "GET":
            self.watch.reads[self.key] += 1
        else:
            self.watch.about_to_write(self.key, self.run_id, f"{request.method} {path}")
        if "/tenants/" in path and f"/tenants/{self.key}/" not in f"{path}/":
            self.watch.violate("tenants", f"{self.key} asked for {path}")

    def _portal_client(self) -> PortalClient:
        return PortalClient(
            base_url=self.portal.base_url,
            tenant_id=self.key,
            key=SecretStr("key-1"),
            secret=SecretStr("secret-1"),
            transport=self._wire(self.portal_handler, (Place.PORTAL_READ, Place.PORTAL_WRITE)),
            retry=ReadRetry(attempts=2, wait_initial_s=0, sleep=self._sleep),
        )

    def _web_api_client(self) -> SageWebApi | None:  # type: ignore[override]
        if self.web_api_handler is None:
            return None
        return SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="PIPE",
            password=SecretStr(self.password),
            transport=self._wire(self.web_api_handler, (Place.WEB_API_READ, Place.WEB_API_WRITE)),
            retry=WebApiReadRetry(wait_initial_s=0, wait_max_s=0),
        )

    def _sleep(self, seconds: float) -> None:
        self._monotonic_s += seconds

    def advance(self, **delta: float) -> None:
        """Time passes; what was on its way arrives."""
        super().advance(**delta)
        self._monotonic_s += timedelta(**delta).total_seconds()
        if hasattr(self, "weather"):
            self.weather.deliver()

    # -- runs ----------------------------------------------------------------------------------

    def workspace(self, run_id: str | None = None) -> Workspace:
        work = super().workspace(run_id)
        work.monotonic = lambda: self._monotonic_s
        return work

    def cycle(self, **delta: float) -> Mapping[ControllerName, StepReport]:
        """All nine steps in one run, after some time (15 minutes unless told)."""
        self.advance(**(delta or {"minutes": 15}))
        return self.one_run()

    def one_run(
        self, names: Iterable[ControllerName] | None = None
    ) -> Mapping[ControllerName, StepReport]:
        """One run, now; a step that failed keeps those that wait for it from running."""
        reports: dict[ControllerName, StepReport] = {}
        outer, self.run_id = self.run_id, f"{self.key}-run-{next(self._numbers)}"
        self.weather.runs += 1
        failed: set[ControllerName] = set()
        work: Workspace | None = None
        try:
            work = self.workspace(self.run_id)
            for name in names or self.steps:
                if failed.intersection(UPSTREAM[name]):
                    failed.add(name)
                    continue
                try:
                    reports[name] = self._step(name, work)
                except PipelineError as error:
                    failed.add(name)
                    self._note(name, error)
            self.ledger_store.leases.release(work.lease)
        except Crash:
            pass  # the process is gone: nobody gives the lease back
        except PipelineError as error:
            self._note(None, error)
        except Exception as error:  # noqa: BLE001 - what escapes is what we look for
            self.watch.violate(
                "errors", f"{self.key} {self.run_id}: {type(error).__name__}: {error}"
            )
        finally:
            self.weather.runs -= 1
            self.run_id = outer
        return reports

    def run(self, factory: Any, *, run_id: str | None = None) -> StepReport:
        """One step in a run of its own; a scenario that asks for it needs its report."""
        reports = self.one_run([factory.name])
        return reports[factory.name]

    def _step(self, name: ControllerName, work: Workspace) -> StepReport:
        report = ReportBuilder(name)
        return StepRun(work, step_factory(name)(work, report), report).run()

    def _note(self, name: ControllerName | None, error: PipelineError) -> None:
        self.failed.append(f"{name.value if name else 'run'}: {error}")
        if isinstance(error, DefectError):
            self.watch.violate("errors", f"{self.key} {self.run_id} {name}: {error}")

    # -- what happens to a run -------------------------------------------------------------------

    def happens(self, strike: Strike) -> None:
        """A strike that needs the company."""
        match strike.kind:
            case Kind.SLOW:
                self.advance(seconds=5 + 55 * strike.size)
            case Kind.WORLD:
                self.next_deed()
            case Kind.PERSON:
                self.people()
            case Kind.NOT_WRITTEN:
                self.weather.strike_next(Place.LEDGER, strike)
            case Kind.CLOCK:
                hours = (48 if strike.size > 0.5 else -1) * strike.size
                self.clock.now += timedelta(hours=hours)
            case Kind.LEASE_ENDS:
                self._oversleeps(TTL + timedelta(minutes=1), runs=0)
            case Kind.RIVAL:
                self._other_runs(1)
            case Kind.TAKEN_OVER:
                self._oversleeps(TTL + timedelta(minutes=1 + 30 * strike.size), runs=1)
            case Kind.LONG_SLEEP:
                self._oversleeps(timedelta(hours=2), runs=2)

    def next_deed(self) -> None:
        """People do the next thing that they were going to do."""
        if self.world:
            self.world.pop(0)()

    def _oversleeps(self, time: timedelta, *, runs: int) -> None:
        self.watch.lost_lease(self.run_id)
        for _ in range(max(runs, 1)):
            self.advance(seconds=time.total_seconds())
            if runs:
                self._other_runs(1)

    def _other_runs(self, count: int) -> None:
        if self.weather.runs >= RUNS_AT_ONCE_MAX:
            return
        for _ in range(count):
            with suppress(LeaseBusy):
                self.one_run()

    # -- for the judge -----------------------------------------------------------------------

    def in_flight(self) -> list[str]:
        """Names of operations in doubt."""
        from sqlalchemy import select  # noqa: PLC0415

        from portal_pipeline.ledger.schema import operation  # noqa: PLC0415

        query = select(operation.c.kind, operation.c.key, operation.c.operation).where(
            operation.c.tenant == self.key, operation.c.status == "in_flight"
        )
        with self.ledger_store.reading() as connection:
            return [" ".join(row) for row in connection.execute(query)]
