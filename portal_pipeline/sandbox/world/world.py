"""The world: both simulated systems, the people around them, and their calendar."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Self

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.sandbox.http import Handler
from portal_pipeline.sandbox.portal import Fault, FaultKind, PortalSimulator
from portal_pipeline.sandbox.sage.web_api import SageWebApiSimulator, WebApiUser
from portal_pipeline.sandbox.world.arguments import WorldArguments
from portal_pipeline.sandbox.world.calendar import (
    BEGIN,
    VirtualClock,
    local_day,
    step_time,
    within_step,
)
from portal_pipeline.sandbox.world.databases import AUTHORISATIONS, Databases
from portal_pipeline.sandbox.world.founding import SETTLED, found_company
from portal_pipeline.sandbox.world.gate_watch import GateWatch
from portal_pipeline.sandbox.world.handlers import OwnHandler
from portal_pipeline.sandbox.world.judge import LedgerRows, Verdict, judged
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.playbook import Play, rehearsed
from portal_pipeline.sandbox.world.scenes import Progress, Scene, Staged
from portal_pipeline.sandbox.world.settings_file import (
    program_folder,
    settings_text,
    web_api_user,
)
from portal_pipeline.sandbox.world.state import WorldState, load_state, save_state
from portal_pipeline.sandbox.world.telling import StoryLine, told
from portal_pipeline.sandbox.world.tenants import companies

TOLD = "order_to_complement"
"""The story that ``World.story`` tells."""
PORTAL_STORE = "portal.sqlite"
CLERK_FRACTION = Decimal("0.05")
"""The clerk posts what waits early in the step, before anybody pays."""


def system_time() -> datetime:
    """The machine's time: the world never passes it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class StepSummary:
    """One step: its moment, its number, and how many scenes each company's people played."""

    now: datetime
    step: int
    scenes: Mapping[str, int] = field(default_factory=dict)


class World:
    """One world in its folder; safe to share between threads.

    Stories go on after a restart: they follow from the arguments, and how far each has come is
    saved after every step. A process that is killed in the middle of a step spoils its world.
    """

    def __init__(
        self,
        folder: Path,
        state: WorldState,
        *,
        base_url: str,
        real_now: Callable[[], datetime] = system_time,
    ) -> None:
        """Open the databases; ``create`` and ``resume`` are the ways in."""
        self.folder = folder
        self.arguments = state.arguments
        self.step = state.step
        self.base_url = base_url.rstrip("/")
        self._sage_url = state.sage_url
        self._real_now = real_now
        self._lock = threading.RLock()
        self._clock = VirtualClock(step_time(state.step))
        self._databases = Databases(folder, state.sage_url)
        self.companies = companies(state.arguments.seed, state.arguments.tenants)
        if not (folder / PORTAL_STORE).is_file():
            names = [company.org_id for company in self.companies]
            self._databases.prepare([*names])
        for company in self.companies:
            if company.profile.keeps_program:
                program_folder(folder, company).mkdir(parents=True, exist_ok=True)
        self.portal = PortalSimulator(
            clock=self._clock, store_path=folder / PORTAL_STORE, base_url=self.base_url
        )
        self.offices = tuple(
            Office(company, self._databases.company(company, self._clock), self.portal, self._clock)
            for company in self.companies
        )
        self.web_api = SageWebApiSimulator(
            {office.company.org_id: office.sage for office in self.offices},
            [
                WebApiUser(
                    web_api_user(one), one.web_api_password, companies=frozenset({one.org_id})
                )
                for one in self.companies
            ],
            clock=self._clock,
        )
        self.plays = rehearsed(state.arguments, self.offices, state.progress)
        self._watch = GateWatch(folder, {office.tenant: office for office in self.offices})

    @classmethod
    def create(
        cls,
        folder: Path,
        arguments: WorldArguments,
        *,
        base_url: str,
        sage_url: str | None = None,
        real_now: Callable[[], datetime] = system_time,
    ) -> Self:
        """A fresh world with its history, at its beginning.

        Values:
            folder: empty; everything of the world is kept in it.
            base_url: under which its handlers will be served.
            sage_url: SQLAlchemy URL with ``{database}`` in it; None: one SQLite file each.

        Raises:
            ConfigError: a database is not the sandbox's own.
        """
        state = WorldState(arguments, sage_url, step=0, progress={})
        world = cls(folder, state, base_url=base_url, real_now=real_now)
        world._clock.set(SETTLED)
        for play in world.plays:
            found_company(play.office, play.suppliers)
        world._live_history()
        world._clock.set(BEGIN)
        world._save()
        world._plan_interruptions()
        return world

    @classmethod
    def resume(
        cls, folder: Path, *, base_url: str, real_now: Callable[[], datetime] = system_time
    ) -> Self:
        """The world of a folder, where it stopped.

        Raises:
            ConfigError: the folder holds no world.
        """
        world = cls(folder, load_state(folder), base_url=base_url, real_now=real_now)
        world._plan_interruptions()
        return world

    def close(self) -> None:
        """Close every store."""
        with self._lock:
            self.portal.close()
            self._databases.close()

    # --- time --------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The world's time, in UTC."""
        return self._clock()

    def advance(self) -> StepSummary:
        """Move on by a step: whoever sees what they waited for acts.

        Everybody looks first and acts then, at moments of their own within the step: nobody's
        doings depend on the order of the stories.

        Raises:
            ConfigError: the step would end after the real time.
        """
        with self._lock:
            step = self.step + 1
            end = step_time(step)
            if end > self._real_now():
                raise ConfigError(
                    f"the world has caught up with the real time at step {self.step}",
                    system="sandbox",
                    remedy="start a fresh world",
                )
            acting = self._looked_round(step)
            scenes: Counter[str] = Counter()
            clerks = within_step(step, CLERK_FRACTION)
            self._clock.set(clerks)
            for play in self.plays:
                play.office.posts_what_waits()()
            for moment, play, staged, scene in acting:
                self._clock.set(max(moment, clerks))
                _play(staged, scene, step)
                scenes[play.office.company.key] += 1
            self.step = step
            self._clock.set(end)
            self._save()
            return StepSummary(end, step, dict(scenes))

    def _looked_round(self, step: int) -> list[tuple[datetime, Play, Staged, Scene]]:
        """Every scene that is due, in the order of time."""
        due = []
        for place, play in enumerate(self.plays):
            play.office.sees.refresh()
            for staged in play.staged:
                scene = staged.due(step)
                if scene is not None:
                    moment = within_step(step, staged.fraction(step))
                    due.append(((moment, place, staged.ordinal), play, staged, scene))
        due.sort(key=lambda one: one[0])
        return [(order[0], play, staged, scene) for order, play, staged, scene in due]

    def _live_history(self) -> None:
        """Play the scenes of the past, in the order of time; clerks post every evening."""
        past = [
            ((moment, place, ordinal, turn), staged, scene)
            for place, play in enumerate(self.plays)
            for staged in play.staged
            for moment, ordinal, turn, scene in staged.history()
        ]
        past.sort(key=lambda one: one[0])
        today = local_day(SETTLED)
        for order, staged, scene in past:
            if local_day(order[0]) != today:
                self._close_day()
                today = local_day(order[0])
            self._clock.set(order[0])
            _play(staged, scene, 0)
        self._close_day()

    def _close_day(self) -> None:
        """Every clerk posts the batch of the day, at the time of its last entry."""
        for play in self.plays:
            play.office.posts_the_day()()

    def _plan_interruptions(self) -> None:
        """Documents that arrive between the first and the second page of a list."""
        for play in self.plays:
            tenant = play.office.tenant
            for uuid, deed in play.interruptions:
                if self.portal.cfdi(tenant, uuid) is None:
                    self.portal.faults.add(
                        Fault(
                            FaultKind.RUN,
                            "GET",
                            f"*/tenants/{tenant}/cfdis",
                            key="PENDING_TO_PAY",
                            calls=(2,),
                            action=deed,
                        )
                    )

    def _save(self) -> None:
        progress: dict[str, Progress] = {
            staged.key: staged.progress
            for play in self.plays
            for staged in play.staged
            if staged.progress.played
        }
        save_state(self.folder, WorldState(self.arguments, self._sage_url, self.step, progress))

    # --- outside -----------------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """What answers below each path prefix."""
        own = OwnHandler(self._told_time, self._told_step)
        return {
            "/api/": self._watch.handle,
            "/files/": self.portal.handle,
            "/v3/": self.portal.handle,
            "/Sage300WebApi": self.web_api.handle,
            "/sandbox/": own.handle,
        }

    def tenants_toml(self) -> str:
        """A ready settings file for the product."""
        return settings_text(self.companies, self._databases, self.base_url, self.folder)

    def connection_facts(self) -> JsonObject:
        """All that is needed to reach the world from outside."""
        return {
            "url": self.base_url,
            "clock_url": f"{self.base_url}/sandbox/clock",
            "advance_url": f"{self.base_url}/sandbox/advance",
            "portal_url": self.base_url,
            "sage_web_api_url": f"{self.base_url}/Sage300WebApi",
            "authorisation_url": self._databases.url(AUTHORISATIONS),
            "folder": str(self.folder),
            "seed": self.arguments.seed,
            "size": self.arguments.size,
            "step": self.step,
            "now": self.now().isoformat(),
            "tenants": [
                {
                    "tenant": company.key,
                    "name": company.name,
                    "rfc": company.rfc,
                    "portal_tenant_id": company.portal_id,
                    "portal_key": company.portal_key,
                    "portal_secret": company.portal_secret,
                    "sage_company": company.org_id,
                    "sage_url": self._databases.url(company.org_id),
                    "sage_web_api_user": web_api_user(company),
                    "sage_web_api_password": company.web_api_password,
                }
                for company in self.companies
            ],
        }

    def _told_time(self) -> JsonObject:
        return {"now": self.now().isoformat(), "step": self.step}

    def _told_step(self) -> JsonObject:
        summary = self.advance()
        return {
            "now": summary.now.isoformat(),
            "step": summary.step,
            "scenes": dict(summary.scenes),
        }

    # --- afterwards --------------------------------------------------------------------------

    def judge(self, rows: LedgerRows) -> Verdict:
        """Whether every document is where it belongs, or the given ledger says why not."""
        return judged(self.offices, rows, self.now(), self._watch.early())

    def story(self) -> tuple[StoryLine, ...]:
        """The fixed story of one purchase order, as far as it has come."""
        for play in self.plays:
            for staged in play.staged:
                if staged.key == f"{play.office.company.key}/{TOLD}/0":
                    return told(play.office, staged.deals[0])
        return ()


def _play(staged: Staged, scene: Scene, step: int) -> None:
    """Everybody of a scene acts; the story has come one scene further."""
    for deed in scene.deeds:
        deed()
    staged.progress.played += 1
    staged.progress.last_step = step
