"""The shape of the settings. Field docstrings are the manual: ``docs/settings.md`` is made of them.

Rules of a tenant are the models of :mod:`portal_pipeline.core.tenant`; here stand connections and
the installation.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

from portal_pipeline.core.identity import DocumentKind, TenantKey
from portal_pipeline.core.importer_elements import Existing
from portal_pipeline.core.tenant import (
    CfdiRules,
    Guard,
    ImportRules,
    Intervals,
    Mode,
    OptionalFields,
    PaymentRules,
    ProgramRules,
    PurchaseOrderRules,
    Tenant,
    VendorRules,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Section(BaseModel):
    """A table of the settings file: unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine only."""
    return urlsplit(url).hostname in LOOPBACK


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL such as https://host.example")
    if parts.scheme == "http" and not is_loopback(value):
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must have no user, password or query; they have settings of their own")
    return value.rstrip("/")


_HOST_NAME = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"


def _connection_part(value: str) -> str:
    """A value that cannot add another setting (``;Encrypt=no``) to a connection string."""
    if not value.isprintable() or set(value) & set(";{}="):
        raise ValueError("must have no ; { } = and no control characters")
    return value


class SageSettings(Section):
    """The tenant's Sage database."""

    server: str = ""
    """SQL Server, ``host`` or ``host,port``. Either this or ``url``."""
    database: str = ""
    """Name of the company's database on the server."""
    user: str = ""
    """SQL login; empty: the Windows account of the service."""
    password: SecretStr = SecretStr("")
    """Password of the login."""
    driver: str = ""
    """ODBC driver by name or path; empty: the newest Microsoft driver that is installed."""
    trust_server_certificate: bool = False
    """Accept the server's own certificate unchecked (the connection is encrypted all the same).
    In mode live only with ``allow_unverified_sql_server``."""
    allow_unverified_sql_server: bool = False
    """Let a live company connect although nobody vouches for the server
    (``trust_server_certificate``, or the FreeTDS driver, which checks no certificate): whoever
    stands between can read and change everything, the password included."""
    url: str = ""
    """Any SQLAlchemy URL, for the sandbox and dry runs; without a password outside the sandbox."""
    org_id: Text
    """Company id in Sage (CSCOM.ORGID, at most 6 characters)."""
    authorisation_database: str = ""
    """Database with the tables Autoriza_OC and Autoriza_OC_detalle, on the same server."""
    authorisation_url: str = ""
    """The same as a SQLAlchemy URL, for the sandbox."""
    authorisation_company: str = ""
    """Value of their column Empresa; empty: the database's name."""
    audit_stamps_zone: str = "UTC"
    """Zone of Sage's audit stamps (AUDTDATE, AUDTTIME)."""

    _check_parts = field_validator(
        "server", "database", "user", "driver", "authorisation_database"
    )(_connection_part)

    @property
    def identity(self) -> str:
        """What two tenants may not share."""
        return self.url or f"{self.server}/{self.database}".lower()

    @property
    def company_name(self) -> str:
        """Value of Empresa in the authorisation tables."""
        return self.authorisation_company or self.database or self.org_id


class WebApiSettings(Section):
    """Sage's Web API; without it nothing is imported."""

    url: Text
    """Up to and including ``/Sage300WebApi``."""
    company: str = ""
    """Company in the address; empty: ``org_id`` of the Sage section."""
    user: Text
    """Sage user with the right "Sage 300 Web API"; not ADMIN."""
    password: SecretStr
    """Password of that user."""

    _check_url = field_validator("url")(_http_url)


class ImporterProgramSettings(Section):
    """The vendor's import program, for tenants that keep it (routes ``executable``)."""

    folder: Text
    """Folder from which the program takes its XML files; it must exist, and be this tenant's
    own."""
    command: tuple[str, ...] = ()
    """Program and arguments; ``{database}`` stands for the company's database, ``{folder}`` for
    the folder. Empty: somebody else starts it."""
    working_folder: str = ""
    """Where the program runs; empty: where the product does."""
    timeout_seconds: int = Field(default=600, ge=1, le=1800)
    """After so long the program and everything that it started is ended."""
    runs_kept: int = Field(default=100, ge=1, le=10_000)
    """Outputs of the program that are kept."""
    id_base: Text
    """IdBase: the company's id in the program's own tables (FESAPARAM)."""
    regime: str = ""
    """RegimenFiscal of the company in the provider XML."""
    provider_regime: str = ""
    """RegimenFiscalReceptor of every provider; what the program makes of it is not known."""
    existing_addenda: Existing = Existing.KEEP
    """``keep`` a supplier's own addenda beside ours, or ``replace`` it in the program's copy."""
    bank_required: bool = False
    """Hold the invoices of a supplier whose dossier has no bank account."""

    @property
    def place(self) -> Path:
        """The folder, whichever way it is written: no two tenants share one."""
        return Path(self.folder).resolve()


class PortalSettings(Section):
    """Portal de Proveedores."""

    url: Text = "https://api.portaldeproveedores.mx"
    """Base address of the API."""
    tenant_id: Text
    """The company's tenant id in the portal."""
    key: SecretStr
    """PDPTenantKey."""
    secret: SecretStr
    """PDPTenantSecret."""
    requests_per_second: int = Field(default=50, ge=1, le=500)
    """Our own limit; the portal documents none."""
    file_hosts: tuple[Annotated[str, StringConstraints(pattern=_HOST_NAME)], ...] = ()
    """Hosts, with their subdomains, to which links of files may lead besides the portal's own and
    Amazon's S3; over https and at public addresses only."""

    _check_url = field_validator("url")(_http_url)


class TimingSettings(Section):
    """When things are tried again, and how long they may take."""

    cycle_minutes: int = Field(default=15, ge=1)
    """A cycle is due after so many minutes."""
    payment_retry_minutes: int = Field(default=30, ge=1)
    """A refused payment is tried again after so many minutes."""
    purchase_order_retry_minutes: int = Field(default=240, ge=1)
    """A refused purchase order is tried again after so many minutes."""
    cfdi_retry_minutes: int = Field(default=60, ge=1)
    """A refused download or import is tried again after so many minutes."""
    max_attempts: int = Field(default=20, ge=1)
    """After so many refusals only a change or a person starts another attempt."""
    settle_seconds: int = Field(default=3600, ge=0)
    """How long after a lost answer a write may still appear in its target."""
    held_too_long_hours: int = Field(default=120, ge=1)
    """A document that waits for more hours turns the check red."""
    in_doubt_too_long_hours: int = Field(default=24, ge=1)
    """A write whose answer is unknown for more hours counts as stuck: a person must look."""
    step_budget_seconds: int = Field(default=600, ge=70)
    """After so long no further write of a step starts; the rest waits for the next cycle."""


class TenantSettings(Section):
    """One company."""

    key: TenantKey
    """Letters, digits, ``_`` and ``-``; the name of the partition in Dagster."""
    name: Text
    """Name of the company."""
    rfc: Annotated[str, StringConstraints(pattern=r"^[A-Z&Ñ]{3,4}\d{6}[A-Z0-9]{2}[0-9A]$")]
    """RFC of the company."""
    zone: str = "America/Mexico_City"
    """Time zone of the company's calendar days."""
    mode: Mode = Mode.DRY_RUN
    """``dry_run`` plans and writes nothing remote; ``live``; ``sandbox``."""
    start_date: date | None = None
    """First day in scope; must be set when live."""
    start_dates: dict[DocumentKind, date] = Field(default_factory=dict)
    """First day by kind of document, where it differs."""
    home_currency: str = "MXP"
    """Functional currency in Sage (CSCOM.HOMECUR)."""
    sage: SageSettings
    sage_web_api: WebApiSettings | None = None
    importer_program: ImporterProgramSettings | None = None
    portal: PortalSettings
    clock_url: str = ""
    """Clock of the sandbox (``/sandbox/clock``); only in mode sandbox."""
    timing: TimingSettings = TimingSettings()
    guard: Guard = Guard()
    optional_fields: OptionalFields = OptionalFields()
    purchase_orders: PurchaseOrderRules = PurchaseOrderRules()
    cfdi: CfdiRules = CfdiRules()
    imports: ImportRules = ImportRules()
    payments: PaymentRules = PaymentRules()
    vendors: VendorRules = VendorRules()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{value!r} is no time zone; write one such as America/Mexico_City"
            ) from error
        return value

    def _program_rules(self) -> ProgramRules:
        given = self.importer_program
        if given is None:
            return ProgramRules()
        return ProgramRules(
            id_base=given.id_base,
            regime=given.regime,
            provider_regime=given.provider_regime,
            existing_addenda=given.existing_addenda,
            bank_required=given.bank_required,
        )

    def tenant(self) -> Tenant:
        """The tenant as the rules see it."""
        timing = self.timing
        return Tenant(
            key=self.key,
            name=self.name,
            rfc=self.rfc,
            zone=ZoneInfo(self.zone),
            mode=self.mode,
            start_date=self.start_date,
            start_dates=self.start_dates,
            home_currency=self.home_currency,
            fields=self.optional_fields,
            purchase_orders=self.purchase_orders,
            cfdi=self.cfdi,
            imports=self.imports,
            program=self._program_rules(),
            payments=self.payments,
            vendors=self.vendors,
            guard=self.guard,
            step_budget_s=timing.step_budget_seconds,
            intervals=Intervals(
                payments=timedelta(minutes=timing.payment_retry_minutes),
                purchase_orders=timedelta(minutes=timing.purchase_order_retry_minutes),
                cfdis=timedelta(minutes=timing.cfdi_retry_minutes),
                cycle=timedelta(minutes=timing.cycle_minutes),
                max_attempts=timing.max_attempts,
                settle_s=timing.settle_seconds,
                held_too_long=timedelta(hours=timing.held_too_long_hours),
                in_doubt_too_long=timedelta(hours=timing.in_doubt_too_long_hours),
            ),
        )


class KeepSettings(Section):
    """How long history is kept that ``portal-pipeline prune`` may delete."""

    events_days: int = Field(default=1825, ge=30)
    """Decisions of finished documents in the ledger, by the company's business clock."""
    runs_days: int = Field(default=90, ge=7)
    """Dagster's runs with their logs, and the ledger's reports of steps."""


class InstallationSettings(Section):
    """What all tenants share."""

    ledger: SecretStr = SecretStr("")
    """SQLAlchemy URL of the ledger; empty: ``ledger.sqlite`` in the home. With a password in it:
    ``{ env = "NAME" }`` or ``{ file = "PATH" }``."""
    archive: str = ""
    """Folder of the archive; empty: ``archive`` in the home."""
    language: Annotated[str, StringConstraints(pattern="^(es|en)$")] = "es"
    """Language of texts for people: ``es`` or ``en``."""
    cycle_sensor_runs_per_tick: int = Field(default=10, ge=1, le=100)
    """Runs that the cycle sensor asks for at one tick."""
    keep: KeepSettings = KeepSettings()


class Settings(Section):
    """All settings, and where they came from."""

    source: str
    folder: Path
    """Folder that relative paths of the installation refer to."""
    installation: InstallationSettings = InstallationSettings()
    tenants: tuple[TenantSettings, ...]

    def by_key(self, key: str) -> TenantSettings | None:
        """One tenant, or None."""
        return next((tenant for tenant in self.tenants if tenant.key == key), None)

    @property
    def ledger_url(self) -> str:
        """Where the ledger is."""
        given = self.installation.ledger.get_secret_value()
        return given or f"sqlite:///{self.folder / 'ledger.sqlite'}"

    def program_folder(self, key: str) -> Path:
        """Where the outputs of a tenant's import program, and files taken back from it, are."""
        return self.folder / "importer_program" / key

    @property
    def archive_folder(self) -> Path:
        """Where original bytes are."""
        return self.folder / (self.installation.archive or "archive")
