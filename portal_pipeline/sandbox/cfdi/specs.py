"""What a document says, with its amounts computed: exact by construction.

Source: CFDI sheet 3, 4 and 10. Amounts have the two decimals of MXN and USD; a line's tax is its
base times the rate, rounded half up, so that sums of rounded values need no further rounding.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
ISR, IVA, IEPS = "001", "002", "003"


def rounded(amount: Decimal) -> Decimal:
    """Two decimals, half up."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def deterministic_uuid(*parts: object) -> str:
    """An upper-case UUID that depends on the parts alone."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4)).upper()


@dataclass(frozen=True)
class TaxSpec:
    """One tax of a line; ``rate`` None is exempt."""

    code: str
    rate: Decimal | None
    is_withheld: bool = False


def iva(percent: int) -> TaxSpec:
    """IVA charged at 16, 8 or 0 percent."""
    return TaxSpec(IVA, Decimal(percent) / 100)


def exempt() -> TaxSpec:
    """IVA exempt."""
    return TaxSpec(IVA, None)


def ieps(rate: Decimal) -> TaxSpec:
    """IEPS charged."""
    return TaxSpec(IEPS, rate)


def isr_withheld(rate: Decimal = Decimal("0.10")) -> TaxSpec:
    """ISR withheld (fees: 10 percent)."""
    return TaxSpec(ISR, rate, is_withheld=True)


def iva_withheld(rate: Decimal = Decimal("0.106667")) -> TaxSpec:
    """IVA withheld (fees: two thirds)."""
    return TaxSpec(IVA, rate, is_withheld=True)


@dataclass(frozen=True)
class PartySpec:
    """Issuer or receiver."""

    rfc: str
    name: str
    regime: str = "601"
    postal_code: str = "64000"


@dataclass(frozen=True)
class LineSpec:
    """One Concepto."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[TaxSpec, ...] = (TaxSpec(IVA, Decimal("0.16")),)
    product_key: str = "43211500"
    unit_key: str = "H87"
    unit: str = "PZA"
    sku: str = ""
    discount: Decimal = _ZERO

    @property
    def amount(self) -> Decimal:
        """Importe, before discount."""
        return rounded(self.quantity * self.unit_price)

    @property
    def base(self) -> Decimal:
        """What taxes are computed of."""
        return self.amount - self.discount

    def tax_amount(self, tax: TaxSpec) -> Decimal:
        """Importe of one of its taxes."""
        return _ZERO if tax.rate is None else rounded(self.base * tax.rate)


TaxKey = tuple[str, Decimal | None]


@dataclass(frozen=True)
class _Document:
    uuid: str
    issuer: PartySpec
    receiver: PartySpec
    issued_at: datetime
    """Local time of the issuer, without zone."""
    lines: tuple[LineSpec, ...]
    serie: str = ""
    folio: str = ""
    currency: str = "MXN"
    exchange_rate: Decimal | None = None
    payment_method: str = "PPD"
    payment_form: str = "99"
    cfdi_use: str = "G03"
    version: str = "4.0"
    relations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(TipoRelacion, UUIDs)."""
    addenda: bytes | None = None
    conditions: str = ""
    local_charged: Decimal = _ZERO
    """TotaldeTraslados of the complement for local taxes; zero: it has none."""

    @property
    def subtotal(self) -> Decimal:
        """SubTotal."""
        return sum((line.amount for line in self.lines), _ZERO)

    @property
    def discount(self) -> Decimal:
        """Descuento."""
        return sum((line.discount for line in self.lines), _ZERO)

    @property
    def charged(self) -> Decimal:
        """TotalImpuestosTrasladados."""
        return sum((amount for _, amount in self.tax_sums(is_withheld=False).values()), _ZERO)

    @property
    def withheld(self) -> Decimal:
        """TotalImpuestosRetenidos."""
        return sum((amount for _, amount in self.tax_sums(is_withheld=True).values()), _ZERO)

    @property
    def total(self) -> Decimal:
        """Total."""
        return self.subtotal - self.discount + self.charged - self.withheld + self.local_charged

    def tax_sums(self, *, is_withheld: bool) -> dict[TaxKey, tuple[Decimal, Decimal]]:
        """(tax, rate) -> (base, amount) over all lines."""
        sums: dict[TaxKey, tuple[Decimal, Decimal]] = defaultdict(lambda: (_ZERO, _ZERO))
        for line in self.lines:
            for tax in line.taxes:
                if tax.is_withheld == is_withheld:
                    base, amount = sums[tax.code, tax.rate]
                    sums[tax.code, tax.rate] = (base + line.base, amount + line.tax_amount(tax))
        return dict(sums)


@dataclass(frozen=True)
class InvoiceSpec(_Document):
    """Type I."""


@dataclass(frozen=True)
class CreditNoteSpec(_Document):
    """Type E; ``relations`` names the invoices that it reduces."""

    payment_method: str = "PUE"
    payment_form: str = "17"
    cfdi_use: str = "G02"


@dataclass(frozen=True)
class PaidInvoiceSpec:
    """One DoctoRelacionado; amounts in the invoice's currency."""

    uuid: str
    serie: str
    folio: str
    currency: str
    balance_before: Decimal
    paid: Decimal
    instalment: int = 1
    equivalence: Decimal = Decimal(1)
    """Invoice currency per unit of payment currency."""


@dataclass(frozen=True)
class PaymentSpec:
    """One Pago."""

    paid_at: datetime
    amount: Decimal
    documents: tuple[PaidInvoiceSpec, ...]
    currency: str = "MXN"
    exchange_rate: Decimal = Decimal(1)
    form: str = "03"
    operation: str = ""


@dataclass(frozen=True)
class ComplementSpec:
    """Type P."""

    uuid: str
    issuer: PartySpec
    receiver: PartySpec
    issued_at: datetime
    payments: tuple[PaymentSpec, ...]
    serie: str = "P"
    folio: str = ""
    relations: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
