"""A small company whose systems outlive its processes: served over loopback, and judged.

About a dozen documents of all kinds in three scenes; the portal, Sage's Web API, the clock and the
people live in this process, the product in processes of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal_pipeline.ledger import Ledger, TenantLedger
from portal_pipeline.ledger.export import ledger_rows
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sandbox.http import Handler, Request, Response
from portal_pipeline.sandbox.server import SandboxServer
from portal_pipeline.sandbox.world.gate_watch import GateWatch
from portal_pipeline.sandbox.world.handlers import OwnHandler
from portal_pipeline.sandbox.world.judge import judged
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.tenants import Company, Profile
from portal_pipeline_tests.contract.controllers.bench import ORG, RFC
from portal_pipeline_tests.contract.controllers.bench import TENANT as TENANT_KEY
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.processes.child import Job, Strike
from portal_pipeline_tests.processes.ledger_rules import write_without_intent
from portal_pipeline_tests.scenarios.town import Town

SCENES = 3
QUIET_CYCLES = 2
ATTEMPTS_MAX = 5
"""``timing.max_attempts`` of the company: few, so that a test can use them up."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")

SETTINGS = """
[installation]
language = "en"
ledger = "{ledger}"
archive = "{folder}/archive"
{tenants}"""
TENANT = """
[tenants.{key}]
name = "{key}"
rfc = "{rfc}"
mode = "sandbox"
zone = "America/Mexico_City"
start_date = 2026-02-02
clock_url = "{url}/sandbox/clock"
sage = {{ url = "sqlite:///{sage}/sage.db", org_id = "{org}", \
authorisation_url = "sqlite:///{sage}/authorisations.db" }}
sage_web_api = {{ url = "{url}/Sage300WebApi", company = "{org}", user = "PIPE", \
password = "secret" }}
portal = {{ url = "{url}", tenant_id = "{portal}", key = "key-1", secret = "secret-1", \
requests_per_second = 500 }}
guard = {{ is_on = false }}
timing = {{ settle_seconds = 0, max_attempts = {attempts} }}
cfdi = {{ seal = "off", schema_check = "off" }}
payments = {{ allow_sage_sql_writes = true, on_reversal = "reject" }}
vendors = {{ create_vendors = true, group = "NAC", terms = "N30", tax_group = "IVA16", \
number_rule = "prefix:P" }}

[tenants.{key}.imports]
posting = "post"
default_account = "5100100"
tax_group_by_taxes = {{ IVA16 = "IVA16" }}
tax_class_by_rate = {{ IVA16 = 1 }}
"""


class Resident(Company):
    """A company of the bench, as the sandbox's judge knows companies."""

    @property
    def portal_id(self) -> str:
        """Every bench's portal names its tenant alike."""
        return TENANT_KEY


class Plant(Town):
    """The company, its served systems, its settings file, and the verdict on both systems.

    ``around`` sees every request but the clock's: it is given the request and what answers it.
    ``called`` is its name in the settings and the ledger; the portal knows it by ``key``.
    """

    def __init__(self, folder: Path, *, ledger_url: str = "", called: str = "acme") -> None:
        super().__init__(folder)
        self.called = called
        self._lease_ahead_s = 0.0
        self._stack = ExitStack()
        self.url_of_ledger = ledger_url or f"sqlite:///{folder / 'ledger.sqlite'}"
        self.around: Callable[[Request, Handler], Response] = lambda request, answer: answer(
            request
        )
        self.without_intent: list[str] = []
        self._lease_clock = folder / "lease_clock"
        self.advance_leases(0)
        self._sage_place = folder / f"{called}-sage"
        self.sage_comes_back()
        self.memory = Ledger(self.url_of_ledger, lease_clock=self.lease_now)
        self._stack.callback(self.memory.close)
        self._lock = threading.Lock()
        profile = Profile(called, called, RFC, ORG, "post")
        resident = Resident(1, called, called, RFC, ORG, profile)
        self.office = Office(resident, self.company, self.portal, self.clock)  # type: ignore[arg-type]
        self._watch = GateWatch(folder, {self.key: self.office})
        self.server = self._stack.enter_context(SandboxServer(self._handlers()))
        self.portal.base_url = self.server.url
        self.settings = folder / "tenants.toml"
        self.settings.write_text(
            SETTINGS.format(
                ledger=self.url_of_ledger, folder=folder, tenants=self.tenant_text(self.server.url)
            ),
            encoding="utf-8",
        )

    @property
    def ledger(self) -> TenantLedger:
        """The one that the processes work on, not the bench's own."""
        return self.memory.tenant(self.called, self.clock)

    def tenant_text(self, url: str) -> str:
        """Its table in a settings file."""
        return TENANT.format(
            key=self.called,
            portal=self.key,
            rfc=RFC,
            url=url,
            sage=self._sage_place,
            org=ORG,
            attempts=ATTEMPTS_MAX,
        )

    def lease_now(self) -> datetime:
        """The lease clock of every process, running ones included."""
        return datetime.now(UTC) + timedelta(seconds=self._lease_ahead_s)

    def advance_leases(self, seconds: float) -> None:
        """Move the lease clock on."""
        self._lease_ahead_s += seconds
        partial = self._lease_clock.with_suffix(".part")
        partial.write_text(str(self._lease_ahead_s), encoding="ascii")
        partial.rename(self._lease_clock)

    def sage_goes_away(self) -> None:
        """The product cannot reach Sage's databases any more; Sage's people can."""
        self._sage_place.unlink()

    def sage_comes_back(self) -> None:
        """The product reaches Sage's databases."""
        self._sage_place.symlink_to(self.folder, target_is_directory=True)

    def close(self) -> None:
        """Stop serving, and close every store."""
        self._stack.close()
        super().close()

    # -- what is served ------------------------------------------------------------------------

    def _handlers(self) -> dict[str, Handler]:
        clock = OwnHandler(lambda: {"now": self.clock.now.isoformat()}, dict)
        systems = {
            "/api/": self._watch.handle,
            "/files/": self.portal.handle,
            "/v3/": self.portal.handle,
            "/Sage300WebApi": self.web_api.handle,
        }
        return {
            "/sandbox/": clock.handle,
            **{prefix: self._seen(handle) for prefix, handle in systems.items()},
        }

    def _seen(self, handle: Handler) -> Handler:
        def answer(request: Request) -> Response:
            with self._lock:
                if request.method in WRITES:
                    problem = write_without_intent(self.memory, self.called)
                    if problem:
                        self.without_intent.append(f"{request.method} {request.path}: {problem}")
                return self.around(request, handle)

        return answer

    # -- the story -----------------------------------------------------------------------------

    def play(self, scene: int) -> None:
        """What people do before the cycle of this number, from 1; later ones are quiet."""
        self.advance(minutes=15)
        scenes = {1: self._morning, 2: self._noon, 3: self._evening}
        scenes.get(scene, lambda: self.advance(hours=5))()

    def _morning(self) -> None:
        """Orders, a new supplier, invoices on the portal, one of them captured and paid."""
        self.orders = [self.buyers.order(line()) for _ in range(3)]
        self.apply("nuevo")
        for number in "12":
            self.treasury.upload(number, additional_info={"OC": ""})
        self.treasury.invoice("3")
        paid = ("01", self.treasury.uuid("3"))
        self.treasury.upload("N1", tipo="E", total="11.60", related=paid)
        self.treasury.pay("PY3", ("3", "50.00"))

    def _noon(self) -> None:
        """One order of each fate; what was imported is paid; the first complement."""
        amended, cancelled, finished = self.orders
        self.buyers.amend(amended, quantities={1: Decimal(12)})
        self.company.cancel_quantity(number=cancelled, line=1, quantity=Decimal(10))
        self.buyers.invoice(self.buyers.receive(finished))
        self.treasury.pay("PY1", ("FACME-1", "116.00"))
        (sent,) = self.treasury.in_portal("PY3")
        self.complement("C3", sent.id, "3")

    def _evening(self) -> None:
        """A payment is taken back, another one made; the amended order is amended again."""
        self.company.reverse_payment(number="PY1", reason="wrong bank")
        self.treasury.pay("PY2", ("FACME-2", "116.00"))
        self.buyers.amend(self.orders[0], unit_costs={1: Decimal(110)})

    # -- processes -----------------------------------------------------------------------------

    def job(self, run_id: str, strike: Strike | None = None, **changes: Any) -> Job:
        """A run of the company."""
        return Job(
            settings=str(self.settings),
            tenant=self.called,
            run_id=run_id,
            out=str(self.settings.parent / f"{run_id}.json"),
            lease_clock=str(self._lease_clock),
            strike=strike,
            **changes,
        )

    # -- the verdict ---------------------------------------------------------------------------

    def verdict(self) -> list[str]:
        """What is lost, twice or early, told by the sandbox's own judge."""
        found = judged([self.office], ledger_rows(self.memory), self.clock.now, self._watch.early())
        return [*found.lost, *found.duplicated, *found.early_payments]

    def holdings(self) -> dict[str, Any]:
        """What both systems hold, without what depends on the order of writing."""
        return {
            "orders": sorted(
                (o.external_id, o.status, [(str(x.quantity), str(x.price)) for x in o.lines])
                for o in self.portal.purchase_orders(self.key)
            ),
            "payments": sorted(
                (p.external_id, p.is_rejected, str(p.total_amount), [x.uuid for x in p.lines])
                for p in self.portal.payments(self.key)
            ),
            "invoices": sorted(
                (i.uuid, i.number, str(i.total), i.is_posted) for i in self.company.invoices()
            ),
            "complements": sorted(
                (p.number, p.optional_fields.get("FOLIOCFD", "")) for p in self.company.payments()
            ),
            "vendors": sorted(
                (v.vendor, v.optional_fields.get("PROVIDERID", "")) for v in self.company.vendors()
            ),
            "external_ids": sorted((p.id, p.external_id) for p in self.portal.providers(self.key)),
            "batches": self._empty_batches(),
        }

    def _empty_batches(self) -> int:
        """A/P batches without an entry: what a lost write may leave, and the next one must fill."""
        batches, entries = sage_table("APIBC"), sage_table("APIBH")
        with self.company.engine.connect() as connection:
            made = set(connection.execute(select(batches.c.CNTBTCH)).scalars())
            used = set(connection.execute(select(entries.c.CNTBTCH)).scalars())
        return len(made - used)
