"""A company between both simulators, served over loopback, and the product's own wiring on it.

Nothing of the product is replaced: settings file, ledger on disk, a session per cycle with lease,
heartbeat, connections and threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.report import StepReport
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.server import SandboxServer
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.contract.controllers.bench import ORG, RFC
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml
from portal_pipeline_tests.scenarios.town import Town

SETTINGS = """
[installation]
ledger = "sqlite:///{home}/ledger.sqlite"
archive = "{home}/archive"

[tenants.{key}]
name = "Comercial del Norte"
rfc = "{rfc}"
mode = "sandbox"
start_date = 2026-01-01
clock_url = "{url}/sandbox/clock"
guard = {{ is_on = false }}
cfdi = {{ seal = "off", schema_check = "off" }}
payments = {{ allow_sage_sql_writes = true }}
purchase_orders = {{ company_external_id = "{org}" }}

[tenants.{key}.imports]
default_account = "5100100"
tax_group_by_taxes = {{ IVA16 = "IVA16" }}
tax_class_by_rate = {{ IVA16 = 1 }}

[tenants.{key}.sage]
url = "sqlite:///{sage}/sage.db"
org_id = "{org}"
authorisation_url = "sqlite:///{sage}/authorisations.db"
authorisation_company = "{org}"

[tenants.{key}.sage_web_api]
url = "{url}/Sage300WebApi"
user = "PIPE"
password = "secret"

[tenants.{key}.portal]
url = "{url}"
tenant_id = "{key}"
key = "key-1"
secret = "secret-1"
requests_per_second = 500
"""


class ServedCompany:
    """A town behind its web server, with the installation that works on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.town = Town(folder)
        self.town.ledger_store.close()  # the installation has one of its own
        handlers = {
            "/": self.town.portal.handle,
            "/Sage300WebApi": self.town.web_api.handle,
            "/sandbox/clock": self._clock,
        }
        self._server = SandboxServer(handlers)
        self._server.__enter__()
        self.town.portal.base_url = self._server.url
        self.settings_file = folder / "tenants.toml"
        self.settings_file.write_text(
            SETTINGS.format(
                home=folder,
                key=self.town.key,
                rfc=RFC,
                org=ORG,
                url=self._server.url,
                sage=self.town.folder,
            ),
            encoding="utf-8",
        )
        self.installation = Installation(load_settings(self.settings_file))
        self._cycles = 0

    def _clock(self, _: Request) -> Response:
        return Response.json({"now": self.town.clock.now.isoformat()})

    @property
    def ledger_file(self) -> Path:
        """The product's ledger."""
        return self.folder / "ledger.sqlite"

    @property
    def archive_folder(self) -> Path:
        """The product's archive."""
        return self.folder / "archive"

    def cycle(
        self, look: Callable[[TenantSession], None] | None = None, **delta: float
    ) -> Mapping[ControllerName, StepReport]:
        """One cycle as a run does it, after some time (15 minutes unless told)."""
        self.town.advance(**(delta or {"minutes": 15}))
        self._cycles += 1
        session = TenantSession(self.installation, self.town.key, f"cycle-{self._cycles}")
        try:
            if look is not None:
                look(session)
            return {name: session.run_step(name) for name in ControllerName}
        finally:
            session.close()

    def close(self) -> None:
        """Stop serving and close everything."""
        self.installation.close()
        self._server.__exit__(None, None, None)
        self.town.close()


class Trickle:
    """What people do between cycles: a new document now and then, and its later steps."""

    def __init__(self, company: ServedCompany) -> None:
        self._town = company.town
        self._orders: list[str] = []
        self.documents = 0

    def before(self, cycle: int) -> None:
        """New ones every fourth cycle; those of earlier cycles go on to their end."""
        turn, number = cycle % 4, cycle // 4
        if turn == 0:
            self._new(number)
        elif turn == 1:
            self._pay(number)
        elif turn == 2:
            self._complete(number)
        else:
            self._finish_order(number)

    def _new(self, number: int) -> None:
        town = self._town
        town.treasury.invoice(f"S{number}", f"{116 * (number + 1)}.00")
        self._orders.append(town.buyers.order(line()))
        self.documents += 2

    def _pay(self, number: int) -> None:
        town, before = self._town, self._town.clock.now
        town.treasury.pay(f"P{number}", (f"S{number}", f"{116 * (number + 1)}.00"))
        town.clock.now = before
        self.documents += 1

    def _complete(self, number: int) -> None:
        for payment in self._town.treasury.in_portal(f"P{number - 2}"):
            uuid = self._town.treasury.uuid(f"S{number - 2}")
            self._send_complement(number - 2, payment.id, uuid)

    def _send_complement(self, number: int, payment_id: str, uuid: str) -> None:
        town = self._town
        xml = cfdi_xml(f"C{number}", tipo="P", paid=((uuid, f"{116 * (number + 1)}.00"),))
        sent = town.portal.attach_complement(
            town.key, payment_ids=(payment_id,), xml=xml, provider_id=town.provider.id
        )
        town.portal.review_complement(town.key, sent.id, authorize=True)
        self.documents += 1

    def _finish_order(self, number: int) -> None:
        order = self._orders[number]
        receipt = self._town.buyers.receive(order)
        self._town.buyers.invoice(receipt)


@contextmanager
def served_company() -> Iterator[ServedCompany]:
    """A company in a folder of its own."""
    with TemporaryDirectory(prefix="company-") as folder:
        company = ServedCompany(Path(folder))
        try:
            yield company
        finally:
            company.close()
