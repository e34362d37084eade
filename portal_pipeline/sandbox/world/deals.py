"""A deal: the one model from which order, receipt, CFDI, entry, payment and complement derive.

Amounts are exact in both systems: a line is quantity times price in cents, its taxes are computed
per line in cents, as Sage and the CFDI builder do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.sandbox.cfdi import (
    CreditNoteSpec,
    InvoiceSpec,
    LineSpec,
    PartySpec,
    TaxSpec,
    deterministic_uuid,
    iva,
)
from portal_pipeline.sandbox.portal.identity import portal_id

DOLLAR = "USD"
PESO = "MXP"
RATES: Mapping[date, Decimal] = {
    date(2026, 1, 1): Decimal("17.25"),
    date(2026, 2, 16): Decimal("17.40"),
}
"""Pesos for one dollar, from a day on."""
NUMBER_CHARS_MAX = 22
"""Of a document number in Sage (IDINVC)."""
_ANY_TIME = datetime(2026, 1, 1)  # noqa: DTZ001 - a CFDI's time is local; amounts ignore it


def dollar_rate(day: date) -> Decimal:
    """Pesos for one dollar on a day."""
    return RATES[max(since for since in RATES if since <= day)]


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """Whoever sells: a provider in the portal, a vendor in Sage, or only one of them."""

    tenant: str
    """The portal's id of the tenant."""
    vendor: str
    name: str
    rfc: str
    currency: str = PESO
    tax_group: str = "IVA16"
    kind: str = "REGULAR"
    """The portal's type of provider."""
    rfc_in_sage: str | None = None
    """Where Sage has another one than the portal; None: the same."""
    is_on_portal: bool = True
    is_vendor: bool = True
    has_provider_id: bool = True
    """Whether the vendor's PROVIDERID is filled."""
    has_external_id: bool = True
    """Whether the provider's external id is filled."""
    dossier: str = "ACCEPTED"
    dollar_vendor: bool = False
    """Whether there is a second vendor for dollars."""
    is_related: bool = True
    """Whether the portal relates the provider to the company."""
    credit_days: int = 30
    issuer_rfc: str = ""
    """With which its CFDIs are issued; empty: its own."""
    gl_account: str | None = None
    """Its account in Sage; None: the usual one, empty: it has none."""
    has_bank: bool = True
    """Whether its dossier names a bank account."""
    payment_form: str = ""
    """What its dossier says of how it is paid; empty: nothing."""

    @property
    def provider_key(self) -> str:
        """What names the provider for its id."""
        return self.vendor

    @property
    def provider_id(self) -> str:
        """The portal's id."""
        return portal_id(self.tenant, "provider", self.provider_key)

    @property
    def party(self) -> PartySpec:
        """The supplier as issuer of CFDIs."""
        return PartySpec(rfc=self.issuer_rfc or self.rfc, name=self.name.upper())

    def vendor_for(self, currency: str) -> str:
        """The vendor number in a currency."""
        is_second = self.dollar_vendor and currency == DOLLAR
        return f"{self.vendor}D" if is_second else self.vendor


@dataclass(frozen=True, kw_only=True)
class DealLine:
    """One line; quantity in ordering units, price per ordering unit before tax."""

    item: str
    description: str
    quantity: Decimal
    unit_cost: Decimal
    unit: str = "PZA"
    conversion: Decimal = Decimal(1)
    product_key: str = "43211500"
    location: str = "ALM01"
    """The warehouse that it is ordered for."""
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Deal:
    """One purchase, whatever documents it gets."""

    number: int
    """Unique in the tenant; every document's number is made of it."""
    seed: int
    supplier: Supplier
    receiver: PartySpec
    lines: tuple[DealLine, ...]
    currency: str = PESO
    """Sage's code."""
    method: str = "PPD"
    version: str = "4.0"
    taxes: tuple[TaxSpec, ...] = (iva(16),)
    tax_group: str = "IVA16"
    serie: str = "A"
    issued_on: date | None = None
    """None: the day on which the supplier uploads it."""
    relations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    own_folio: str | None = None
    """As the supplier writes it; None: the deal's number."""
    has_rate: bool = True
    """Whether the CFDI of a foreign deal says its exchange rate."""
    local_tax: Decimal = Decimal(0)
    """Charged on top by a state, such as that on lodging."""

    @property
    def po_number(self) -> str:
        """Of its purchase order."""
        return f"OC{self.number:06d}"

    @property
    def purpose(self) -> str:
        """Description of its purchase order."""
        return f"Compra {self.number}"

    @property
    def requisition(self) -> str:
        """Reference of its purchase order."""
        return f"REQ-{self.number}"

    def receipt(self, number: int = 1) -> str:
        """Of its first, second, ... receipt."""
        return f"RC{self.number:06d}-{number}"

    @property
    def folio(self) -> str:
        """Of its CFDI."""
        return str(self.number) if self.own_folio is None else self.own_folio

    @property
    def invoice_number(self) -> str:
        """Its document number in Sage; a number that Sage cannot hold is the end of the UUID."""
        joined = f"{self.serie}{self.folio}".replace(" ", "").upper()
        return joined if 0 < len(joined) <= NUMBER_CHARS_MAX else self.uuid[-12:]

    def payment(self, number: int = 1) -> str:
        """Of its first, second, ... payment."""
        return f"PY{self.number:06d}{number:02d}"

    @property
    def uuid(self) -> str:
        """Of its CFDI."""
        return deterministic_uuid(self.seed, self.supplier.tenant, self.number, "invoice")

    @property
    def vendor(self) -> str:
        """Its vendor in Sage."""
        return self.supplier.vendor_for(self.currency)

    @property
    def total(self) -> Decimal:
        """With tax, in its currency."""
        return self.invoice(_ANY_TIME).total

    @property
    def net(self) -> Decimal:
        """Before tax."""
        return self.invoice(_ANY_TIME).subtotal

    def invoice(self, issued_at: datetime) -> InvoiceSpec:
        """Its CFDI, issued at a local time."""
        is_foreign = self.currency != PESO
        return InvoiceSpec(
            uuid=self.uuid,
            issuer=self.supplier.party,
            receiver=self.receiver,
            issued_at=issued_at,
            lines=tuple(self._concept(line) for line in self.lines),
            serie=self.serie,
            folio=self.folio,
            currency=portal_currency(self.currency),
            exchange_rate=dollar_rate(issued_at.date()) if is_foreign and self.has_rate else None,
            payment_method=self.method,
            payment_form="03" if self.method == "PUE" else "99",
            version=self.version,
            relations=self.relations,
            local_charged=self.local_tax,
        )

    def _concept(self, line: DealLine) -> LineSpec:
        return LineSpec(
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_cost,
            taxes=self.taxes,
            product_key=line.product_key,
            unit=line.unit,
            sku=line.item,
            discount=cents(cents(line.quantity * line.unit_cost) * line.discount_percent / 100),
        )


@dataclass(frozen=True, kw_only=True)
class CreditNote:
    """A credit note of a deal's invoice."""

    deal: Deal
    net: Decimal
    """Before tax."""
    ordinal: int = 1
    relations: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    """None: a credit note (01) of the deal's invoice."""

    @property
    def uuid(self) -> str:
        """Of its CFDI."""
        parts = (self.deal.seed, self.deal.supplier.tenant, self.deal.number)
        return deterministic_uuid(*parts, "credit note", self.ordinal)

    @property
    def folio(self) -> str:
        """Of its CFDI."""
        return f"{self.deal.number}{self.ordinal}"

    @property
    def number(self) -> str:
        """Its document number in Sage."""
        return f"NC{self.folio}"

    @property
    def total(self) -> Decimal:
        """With tax, positive."""
        return self.spec(_ANY_TIME).total

    def spec(self, issued_at: datetime) -> CreditNoteSpec:
        """Its CFDI."""
        deal = self.deal
        line = LineSpec(
            description="Bonificacion", quantity=Decimal(1), unit_price=self.net, taxes=deal.taxes
        )
        is_foreign = deal.currency != PESO
        return CreditNoteSpec(
            uuid=self.uuid,
            issuer=deal.supplier.party,
            receiver=deal.receiver,
            issued_at=issued_at,
            lines=(line,),
            serie="NC",
            folio=self.folio,
            currency=portal_currency(deal.currency),
            exchange_rate=dollar_rate(issued_at.date()) if is_foreign else None,
            relations=(("01", (deal.uuid,)),) if self.relations is None else self.relations,
        )


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A deal's part in a payment."""

    deal: Deal
    amount: Decimal | None = None
    """Of the deal's currency; None: all of it."""
    notes: tuple[CreditNote, ...] = ()
    """Credit notes that the same payment applies."""
    discount: Decimal = Decimal(0)
    """For paying early: settled, but not paid."""

    @property
    def cash(self) -> Decimal:
        """What the invoice's line says."""
        return self.deal.total - self.discount if self.amount is None else self.amount
