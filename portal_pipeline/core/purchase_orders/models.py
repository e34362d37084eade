"""What Sage knows of a purchase order, and all that a decision about one is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import DocumentRow, OperationRow, Verdict
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.portal import PortalPurchaseOrder

ACTIVE_ORDER = 1
"""PORTYPE: 1 active, 2 standing, 3 future, 4 blanket (Sage tables sheet 2)."""

FINISHED_STATES = frozenset({"CLOSED", "CANCELLED"})
"""Portal states in which a supplier can do nothing more with an order."""


class LineTax(Frozen):
    """One authority's tax of a line, in the order's currency; withholdings have negative rates."""

    rate: Decimal
    """Percent."""
    base: Decimal
    """What Sage taxes of the line as it stands there (TAXBASE)."""
    is_included: bool = False
    """The tax lies inside the price."""


class SagePoLine(Frozen):
    """One line of a purchase order (POPORL); quantities in ordering units."""

    line_id: int
    """PORLSEQ: never changes."""
    item: str
    description: str
    location: str
    unit: str
    ordered: Decimal
    received: Decimal = ZERO
    cancelled: Decimal = ZERO
    unit_cost: Decimal
    """Per ordering unit, before tax on top, in the order's currency."""
    discount_percent: Decimal = ZERO
    extended: Decimal = ZERO
    """Amount that Sage shows, before discount."""
    discount: Decimal = ZERO
    taxes: tuple[LineTax, ...] = ()

    @property
    def quantity(self) -> Decimal:
        """What the supplier is to deliver in all: ordered less cancelled; receipts lower nothing.

        Source: rules 7 "Builder".
        """
        return max(ZERO, self.ordered - self.cancelled)


class ReceiptLine(Frozen):
    """What one receipt brought of a line (PORCPL), in ordering units."""

    receipt: str
    line_id: int
    received: Decimal
    returned: Decimal = ZERO
    is_invoiced: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether no invoice is to come for it: invoiced, or all of it went back."""
        return self.is_invoiced or self.returned >= self.received


class SagePurchaseOrder(Frozen):
    """A purchase order (POPORH1, POPORH2, POPORL, POPORHO) with its receipts."""

    number: str
    sequence: int
    vendor_id: str
    order_type: int = ACTIVE_ORDER
    is_on_hold: bool = False
    is_complete: bool = False
    ordered_on: date | None = None
    expected_on: date | None = None
    buyer: str = ""
    """FOBPOINT: sites keep the purchasing user there."""
    entered_by: str = ""
    description: str = ""
    reference: str = ""
    comment: str = ""
    requisition: str = ""
    terms: str = ""
    currency: str = ""
    """Sage's code."""
    rate: Decimal = Decimal(1)
    rate_operator: int = 1
    extended: Decimal = ZERO
    discount: Decimal = ZERO
    total: Decimal = ZERO
    """DOCTOTAL."""
    afe: str = ""
    cfdi_use: str = ""
    lines: tuple[SagePoLine, ...] = ()
    """By PORLREV."""
    receipts: tuple[ReceiptLine, ...] = ()


class SageLocation(Frozen):
    """Where goods are to go (ICLOC)."""

    code: str
    street: str = ""
    municipality: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    zip_code: str = ""


class Authorisation(Frozen):
    """Whether a purchase order is approved, and when it was last."""

    is_authorised: bool = False
    on: date | None = None


class Payee(Frozen):
    """The provider of the order's vendor, or what stands in the way (rules 2)."""

    provider_id: str = ""
    external_id: str = ""
    verdict: Verdict | None = None
    """With ``finding``: what becomes of an order that needs its provider."""
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()


class PortalView(Frozen):
    """What the portal was seen to hold under an order's number, in this step."""

    order: PortalPurchaseOrder | None = None
    problem: Finding | None = None
    """The portal's list was not complete: nothing may be concluded from ``order`` being None."""


class PoFacts(Frozen):
    """Everything that one order's decision follows from."""

    number: str
    order: SagePurchaseOrder | None = None
    """None: Sage does not have it."""
    authorisation: Authorisation = Authorisation()
    payment_form: str = ""
    """Description of the vendor's payment form; begins with the SAT's two digits."""
    locations: Mapping[str, SageLocation] = Field(default_factory=dict)
    payee: Payee | None = None
    """None: not asked for, because nothing is to be sent as far as we know."""
    view: PortalView | None = None
    """None: the portal was not asked; the ledger's knowledge counts."""
    known: DocumentRow | None = None
    rows: Mapping[Operation, OperationRow] = Field(default_factory=dict)

    def detail(self, name: str) -> str:
        """A text that the ledger keeps with the order."""
        return self.known.details.get(name, "") if self.known else ""

    @property
    def seen(self) -> PortalPurchaseOrder | None:
        """The order as the portal was seen to hold it in this step."""
        return self.view.order if self.view else None

    @property
    def portal_state(self) -> str:
        """The order's state in the portal, as far as we know."""
        if self.seen is not None:
            return self.seen.status
        return (self.known.portal_state or "") if self.known else ""

    @property
    def portal_id(self) -> str | None:
        """The portal's own id of the order."""
        if self.seen is not None:
            return self.seen.id
        return self.known.portal_id if self.known else None
