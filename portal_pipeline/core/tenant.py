"""A tenant: one company, its rules and its choices (no secrets, no connections).

The settings build it; rules receive it. Where a fact about the real systems is unknown, the
switch stands here with its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.identity import ControllerName, DocumentKind, TenantKey


class Mode(StrEnum):
    """What a tenant may do."""

    DRY_RUN = "dry_run"
    LIVE = "live"
    SANDBOX = "sandbox"


class Route(StrEnum):
    """How an invoice enters Sage (``executable`` is not in this release)."""

    WEB_API = "web_api"
    HOLD = "hold"


class Posting(StrEnum):
    """How far our import goes."""

    OPEN = "open"
    READY = "ready"
    POST = "post"


class PostingDate(StrEnum):
    """Which date an imported invoice is posted on."""

    FIRST_OPEN = "first_open"
    CFDI = "cfdi"
    TODAY = "today"


class OptionalFields(Frozen):
    """Names of the Sage optional fields at this site (site conventions)."""

    cfdi_uuid: str = "FOLIOCFD"
    vendor_rfc: str = "RFC"
    provider_id: str = "PROVIDERID"
    payment_form: str = "METODOPAGO"
    po_afe: str = "AFE"
    po_cfdi_use: str = "USOCFDI"
    complement_uuid: str = "FOLIOCFD"
    complement_date: str = "FECHACFD"


class ShipTo(Frozen):
    """Default ship-to address, used field by field where the location has none."""

    street: str = ""
    municipality: str = ""
    city: str = ""
    state: str = ""
    country: str = "MEXICO"
    zip_code: str = ""


class PurchaseOrderRules(Frozen):
    """Choices for purchase orders."""

    authorisation: str = "tables"
    """``tables`` (Autoriza_OC) or ``none``."""
    price_decimals: int = Field(default=6, ge=2, le=6)
    skipped_warehouses: tuple[str, ...] = ()
    ship_to: ShipTo = ShipTo()
    company_external_id: str = ""
    """``company_external_id`` of the company in the portal; empty: left out."""


class ImportRules(Frozen):
    """Choices for invoices entering Sage."""

    invoice_route: Route = Route.WEB_API
    po_invoice_route: Route = Route.HOLD
    credit_note_route: Route = Route.WEB_API
    advance_route: Route = Route.HOLD
    posting: Posting = Posting.OPEN
    posting_date: PostingDate = PostingDate.FIRST_OPEN
    periods_closed_until: date | None = None
    """Last day of the last closed A/P period; the fiscal calendar's columns are not known."""
    account_by_product: Mapping[str, str] = Field(default_factory=dict)
    """ClaveProdServ -> G/L account (unformatted)."""
    account_by_vendor: Mapping[str, str] = Field(default_factory=dict)
    default_account: str = ""
    tax_group_by_taxes: Mapping[str, str] = Field(default_factory=dict)
    """Signature of the taxes present (``IVA16``, ``IVA16+RET_ISR10``) -> Sage tax group."""
    tax_class_by_rate: Mapping[str, int] = Field(default_factory=dict)
    """``IVA16``, ``IVA8``, ``IVA0``, ``IVAEX`` -> item tax class of the first authority."""
    number_length_max: int = 22


class PaymentRules(Frozen):
    """Choices for payments."""

    settle_minutes: int = Field(default=60, ge=0)
    """``payment_settle_minutes``."""
    bank_accounts: Mapping[str, str] = Field(default_factory=dict)
    """Sage bank -> portal account id; default: the bank's ADDR1."""
    operation_types: Mapping[str, str] = Field(default_factory=dict)
    """Payment code -> portal operation_type; default TRANSFER."""
    send_foreign: bool = False
    allow_ignore_amounts: bool = False
    on_reversal: str = "report"
    """``report`` or ``reject``."""
    rate_direction: str = "multiply"
    """Portal: payment_amount = amount x exchange_rate (``multiply``) or / (``divide``)."""
    allow_sage_sql_writes: bool = False


class VendorField(StrEnum):
    """What provider_sync may keep equal to the portal in a Sage vendor (rules 3)."""

    NAME = "name"
    ADDRESS = "address"
    CONTACT = "contact"
    EMAIL = "email"
    TERMS = "terms"


class VendorRules(Frozen):
    """Choices for suppliers."""

    create_vendors: bool = False
    vendor_fields: tuple[VendorField, ...] = ()
    """Of name, address, contact, email, terms: written when they differ."""
    group: str = ""
    terms: str = ""
    """Sage terms of a new vendor whose credit days are not in ``terms_by_credit_days``."""
    terms_by_credit_days: Mapping[str, str] = Field(default_factory=dict)
    """Credit days in the portal (``30``) -> Sage terms (``N30``)."""
    tax_group: str = ""
    account_set: str = ""
    number_rule: str = ""
    """``rfc`` or ``prefix:P`` (P + six digits of the provider id's hash); empty: not set."""


class Intervals(Frozen):
    """When a refusal is tried again, and when a cycle is due."""

    payments: timedelta = timedelta(minutes=30)
    purchase_orders: timedelta = timedelta(minutes=240)
    cfdis: timedelta = timedelta(minutes=60)
    cycle: timedelta = timedelta(minutes=15)
    max_attempts: int = Field(default=20, ge=1)
    settle_s: int = Field(default=3600, ge=0)
    """``settle_seconds``: how long after a call an absence may still become a presence."""
    held_too_long: timedelta = timedelta(hours=120)


class Guard(Frozen):
    """Limits of a plan (rules 1)."""

    is_on: bool = True
    max_acts_per_cycle: int = Field(default=1000, ge=1)
    max_acts_first: int = Field(default=50, ge=1)
    max_amount_per_cycle: Decimal | None = None


class Tenant(Frozen):
    """One company and its choices."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True
    )

    key: TenantKey
    name: str
    rfc: str
    zone: ZoneInfo
    mode: Mode = Mode.DRY_RUN
    start_date: date | None = None
    start_dates: Mapping[DocumentKind, date] = Field(default_factory=dict)
    home_currency: str = "MXP"
    fields: OptionalFields = OptionalFields()
    purchase_orders: PurchaseOrderRules = PurchaseOrderRules()
    imports: ImportRules = ImportRules()
    payments: PaymentRules = PaymentRules()
    vendors: VendorRules = VendorRules()
    intervals: Intervals = Intervals()
    guard: Guard = Guard()
    step_budget_s: int = Field(default=600, ge=1)

    def start_of(self, kind: DocumentKind) -> date | None:
        """First day in scope for a kind; None: everything is."""
        return self.start_dates.get(kind, self.start_date)

    def retry_interval(self, controller: ControllerName) -> timedelta:
        """Wait after a refusal (rules 9)."""
        if controller.startswith("po_"):
            return self.intervals.purchase_orders
        if controller.startswith("payment_"):
            return self.intervals.payments
        return self.intervals.cfdis
