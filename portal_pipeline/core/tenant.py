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
from portal_pipeline.core.importer_elements import Existing


class Mode(StrEnum):
    """What a tenant may do."""

    DRY_RUN = "dry_run"
    LIVE = "live"
    SANDBOX = "sandbox"


class Route(StrEnum):
    """How an invoice enters Sage."""

    WEB_API = "web_api"
    EXECUTABLE = "executable"
    """The vendor's import program."""
    HOLD = "hold"
    """A person captures it."""


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


class TaxMode(StrEnum):
    """Who says what the taxes of an imported document are (Web API sheet 6)."""

    AUTOMATIC = "automatic"
    """Sage calculates where it comes to the CFDI's taxes; where cents differ, their totals are
    distributed; a tax per unit (Cuota) is entered."""
    CALCULATED = "calculated"
    """Sage calculates; a cent of difference holds the document."""
    DISTRIBUTED = "distributed"
    """The CFDI's totals are given, and Sage spreads them over the lines."""
    ENTERED = "entered"
    """The CFDI's taxes and bases are given, header and lines."""


class Withholdings(StrEnum):
    """How taxes that the buyer withholds are carried in Sage (Web API sheet 11)."""

    AUTHORITY = "authority"
    """A tax authority with a negative rate; the document's total is the CFDI's."""
    SAGE = "sage"
    """Sage's own tax withholding: the document's total is the CFDI's plus what is withheld, and
    the payment is reduced."""
    LINE = "line"
    """A negative line without tax on the account of ``withholding_accounts``."""


class RateSource(StrEnum):
    """Where the exchange rate of a foreign invoice comes from."""

    CFDI = "cfdi"
    """TipoCambio of the CFDI overrides Sage's rate."""
    SAGE = "sage"
    """Sage's own rate table on the document's date."""


class RateOperator(StrEnum):
    """How the company's rates turn a currency into the functional one."""

    MULTIPLY = "multiply"
    DIVIDE = "divide"


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
    """Invoices without purchase order: ``web_api``, ``executable`` or ``hold``."""
    po_invoice_route: Route = Route.HOLD
    """Invoices with purchase order; ``web_api`` books a plain A/P invoice and never closes the
    order."""
    credit_note_route: Route = Route.WEB_API
    """Credit notes."""
    advance_route: Route = Route.HOLD
    """Advances, and invoices that apply one (relation 07)."""
    posting: Posting = Posting.OPEN
    """``open`` (a clerk posts), ``ready`` (marked ready to post) or ``post``."""
    posting_date: PostingDate = PostingDate.FIRST_OPEN
    """``first_open``, ``cfdi`` or ``today``."""
    periods_closed_until: date | None = None
    """Last day of the last closed A/P period; the fiscal calendar's columns are not known."""
    account_by_vendor_and_product: Mapping[str, str] = Field(default_factory=dict)
    """``VENDOR/ClaveProdServ`` -> G/L account (unformatted), or ``code:X`` for distribution code X.
    The first of these mappings that knows the line counts, in the order of this list."""
    account_by_product: Mapping[str, str] = Field(default_factory=dict)
    """ClaveProdServ -> account or ``code:X``."""
    account_by_vendor: Mapping[str, str] = Field(default_factory=dict)
    """Vendor -> account or ``code:X``."""
    account_by_expense_field: Mapping[str, str] = Field(default_factory=dict)
    """Value of the dossier's expense field -> account or ``code:X``."""
    expense_field: str = "cuenta_de_gastos"
    """External id of the dossier's expense field in the portal."""
    expense_field_is_account: bool = False
    """A value of the expense field that is not mapped is itself a G/L account."""
    default_account: str = ""
    """Account or ``code:X`` of lines that nothing else places: the mappings above, then the
    distribution code or account of the vendor in Sage."""
    tax_group_by_vendor: Mapping[str, str] = Field(default_factory=dict)
    """Vendor -> Sage tax group. Of all that these mappings name, the first group counts that can
    carry the document's taxes."""
    tax_group_by_dossier: Mapping[str, str] = Field(default_factory=dict)
    """Value of the dossier's tax group field -> Sage tax group."""
    tax_group_field: str = "grupo_de_impuestos"
    """External id of the dossier's tax group field in the portal."""
    tax_group_by_taxes: Mapping[str, str] = Field(default_factory=dict)
    """Signature of the taxes present (``IVA16``, ``IVA16+RET_ISR10``) -> Sage tax group; the
    vendor's own group in Sage comes last."""
    tax_class_by_rate: Mapping[str, int] = Field(default_factory=dict)
    """``IVA16``, ``IVA8``, ``IVA0``, ``IVAEX`` -> item tax class of the first authority."""
    authority_by_tax: Mapping[str, str] = Field(default_factory=dict)
    """``IVA``, ``IEPS``, ``IEPSCUOTA``, ``RET_ISR``, ``RET_IVA`` -> tax authority; without it the
    first authority is IVA, and the others are known by their rates."""
    tax_mode: TaxMode = TaxMode.AUTOMATIC
    """``automatic``, ``calculated``, ``distributed`` or ``entered``."""
    withholdings: Withholdings = Withholdings.AUTHORITY
    """``authority`` (negative rate), ``sage`` (Sage's tax withholding) or ``line``."""
    withholding_accounts: Mapping[str, str] = Field(default_factory=dict)
    """With ``withholdings = "line"``: ``RET_ISR``, ``RET_IVA`` -> G/L account."""
    local_tax_account: str = ""
    """G/L account of local taxes charged (implocal), one line without tax."""
    local_withholding_account: str = ""
    """G/L account of local taxes withheld, one negative line without tax."""
    rate: RateSource = RateSource.CFDI
    """Exchange rate of foreign invoices: ``cfdi`` or ``sage``."""
    rate_operator: RateOperator = RateOperator.MULTIPLY
    """Operator of the company's rates in Sage; with ``divide`` one over TipoCambio is sent."""
    number_length_max: int = Field(default=22, ge=12, le=22)
    """Longest document number; a longer one becomes the last 12 characters of the UUID."""


class Check(StrEnum):
    """Whether a check is made that needs the optional extra ``sat``."""

    OFF = "off"
    WHEN_AVAILABLE = "when_available"
    """Where the extra is installed; else the document reads "not checked"."""
    REQUIRED = "required"
    """What cannot be checked is not imported."""


class CfdiRules(Frozen):
    """Choices for the check of CFDIs."""

    seal: Check = Check.WHEN_AVAILABLE
    """The seal: ``off``, ``when_available`` (the extra ``sat``) or ``required``."""
    schema_check: Check = Check.WHEN_AVAILABLE
    """The SAT's schemas: ``off``, ``when_available`` or ``required``."""
    accept_test_certificates: bool = False
    """Say nothing about certificates of the SAT's test authorities."""
    max_bytes: int = Field(default=10_000_000, ge=10_000, le=50_000_000)
    """Larger files are refused unread."""
    document_types: tuple[str, ...] = ("CFDI",)
    """Document types of the portal that are taken, such as ``HONORARIUM``; each must hold a CFDI:
    what has no UUID waits."""


class ProgramRules(Frozen):
    """Choices for tenants whose invoices or suppliers enter Sage through the import program."""

    id_base: str = ""
    """IdBase: the company's id in the program's own tables (FESAPARAM)."""
    regime: str = ""
    """RegimenFiscal of the company in the provider XML."""
    provider_regime: str = ""
    """RegimenFiscalReceptor of every provider: what the program makes of it is not known."""
    existing_addenda: Existing = Existing.KEEP
    """``keep`` a supplier's own addenda beside ours, or ``replace`` it in the copy."""
    bank_required: bool = False
    """Hold the invoices of a supplier whose dossier has no bank account."""


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
    """Suppliers that Sage does not know are created."""
    route: Route = Route.WEB_API
    """How: ``web_api``, or ``executable`` (a provider XML for the import program)."""
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
    cfdi: CfdiRules = CfdiRules()
    imports: ImportRules = ImportRules()
    program: ProgramRules = ProgramRules()
    payments: PaymentRules = PaymentRules()
    vendors: VendorRules = VendorRules()
    intervals: Intervals = Intervals()
    guard: Guard = Guard()
    step_budget_s: int = Field(default=600, ge=1)

    @property
    def uses_program(self) -> bool:
        """Whether anything enters Sage through the import program."""
        imports = self.imports
        return Route.EXECUTABLE in (
            imports.invoice_route,
            imports.po_invoice_route,
            imports.credit_note_route,
            imports.advance_route,
            self.vendors.route,
        )

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
