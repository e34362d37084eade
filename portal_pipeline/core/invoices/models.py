"""What the import knows beside Sage's documents: the CFDI's content, receipts, tax set-up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.money import cents


class ContentTax(Frozen):
    """One tax of one line of a CFDI."""

    name: str
    """IVA, ISR, IEPS."""
    percent: Decimal | None
    """Of the base; None: exempt, or an amount per unit."""
    amount: Decimal
    """Positive, also of a withholding; unrounded as in the document."""
    is_withheld: bool = False
    is_per_unit: bool = False
    """TipoFactor Cuota: no percentage gives it."""
    base: Decimal | None = None
    """As in the document; None: not given."""

    @property
    def kind(self) -> str:
        """``IVA``, ``IEPS``, ``IEPSCUOTA``, ``RET_ISR``: the tax whatever its rate."""
        name = f"RET_{self.name}" if self.is_withheld else self.name
        return f"{name}CUOTA" if self.is_per_unit else name

    @property
    def signature(self) -> str:
        """Name by which mappings know it: ``IVA16``, ``IVAEX``, ``RET_ISR1.25``, ``IEPSCUOTA``."""
        if self.is_per_unit:
            return self.kind
        return f"{self.kind}{'EX' if self.percent is None else plain(self.percent)}"

    @property
    def rate(self) -> Decimal:
        """Percent as a Sage authority has it: negative for a withholding, 0 for an exemption."""
        percent = self.percent or Decimal(0)
        return -percent if self.is_withheld else percent


class ContentLine(Frozen):
    """One concept of a CFDI."""

    product: str
    """ClaveProdServ."""
    description: str
    amount: Decimal
    """Importe less Descuento, before tax, unrounded as in the document."""
    taxes: tuple[ContentTax, ...] = ()


class InvoiceContent(Frozen):
    """What of a CFDI enters Sage; amounts in the CFDI's currency."""

    uuid: str
    issuer_name: str
    serie: str
    folio: str
    issued_on: date
    currency: str
    """ISO code."""
    exchange_rate: Decimal | None
    """Pesos for one unit (TipoCambio); None: not given."""
    net: Decimal
    """SubTotal less Descuento."""
    total: Decimal
    lines: tuple[ContentLine, ...]
    local_charged: Decimal = Decimal(0)
    """Local taxes (implocal) within the total."""
    local_withheld: Decimal = Decimal(0)

    @property
    def withheld(self) -> Decimal:
        """Federal taxes withheld, in cents by tax, as the document's summary has them."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            for tax in line.taxes:
                if tax.is_withheld:
                    sums[tax.kind] = sums.get(tax.kind, Decimal(0)) + tax.amount
        return sum((cents(amount) for amount in sums.values()), Decimal(0))


def plain(value: Decimal) -> str:
    """A number without trailing zeros: ``16``, ``1.25``."""
    return format(value.normalize(), "f")


class UninvoicedReceipt(Frozen):
    """A purchase receipt that no invoice has been captured for (PORCPH1)."""

    vendor_id: str
    number: str
    po_number: str
    currency: str
    total: Decimal
    """With tax (DOCTOTAL), in ``currency``."""
    received_on: date | None = None


class SageTaxGroup(Frozen):
    """A tax group for purchases: its authorities in order, and their rates by item class.

    Rates are percent of the base; a withholding's is negative. Source: Sage tables sheet 2 (TXGRP,
    TXRATE).
    """

    name: str
    authorities: tuple[str, ...] = ()
    rates: tuple[Mapping[int, Decimal], ...] = Field(default=())
    """One map per authority: item class -> percent (vendor class 1)."""
