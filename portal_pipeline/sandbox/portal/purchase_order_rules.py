"""What the portal accepts as a purchase order: fields, lengths, catalogues.

Source: portal API sheet 5.2 and 11.5. Sums are not checked unless a switch says so.
"""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.portal.errors import PortalError, bad_request
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.records import PurchaseOrderLine
from portal_pipeline.sandbox.portal.switches import PortalSwitches

PO_STATES = frozenset({"OPEN", "CANCELLED", "GENERATED", "CLOSED"})
_ACCEPTANCE = frozenset({"ACCEPTED", "REFUSED", "PENDING_TO_REVIEW", ""})
_PAYMENT_FORMS = frozenset(
    f"F{number:02}" for number in (*range(1, 7), 8, *range(12, 16), 17, *range(23, 31), 99)
)
_USES = frozenset(
    {"P01"}
    | {f"G{number:02}" for number in range(1, 4)}
    | {f"I{number:02}" for number in range(1, 9)}
    | {f"D{number:02}" for number in range(1, 11)}
)
_TAX_CODES = frozenset({"IVA", "IEPS", "ISR"})
_ADDRESS_TEXTS = [
    "street",
    "exterior_number",
    "interior_number",
    "suburb",
    "city",
    "municipality",
    "state",
    "country",
    "identifier",
]
_CENT = Decimal("0.01")


def check_purchase_order(body: JsonFields, switches: PortalSwitches) -> None:
    """Passes a request that the schema admits.

    Raises:
        PortalError: 400 naming the first field that does not fit.
    """
    for name in ("external_id", "delivery_contact", "requested_by_contact"):
        body.required_text(name)
    body.required_text("provider_external_id", length_max=50)
    for name, length_max in (("comments", 512), ("reference", 100)):
        body.text(name, length_max=length_max)
    for name in ("num", "company_external_id", "warehouse"):
        body.text(name)
    _check_catalogues(body)
    _check_money(body)
    body.required_instant("date")
    body.required_instant("delivery_date")
    for address in body.objects("addresses", count_min=1):
        _check_address(address)
    _check_metadata(body)
    for line in body.objects("lines", count_min=1):
        _check_line(line)
    if switches.po_sums_checked:
        _check_sums(body)


def _check_catalogues(body: JsonFields) -> None:
    body.choice("status", PO_STATES, required=True)
    body.choice("acceptance_status", _ACCEPTANCE)
    body.choice("cfdi_payment_form", _PAYMENT_FORMS)
    body.choice("cfdi_payment_method", ("PPD", "PUE"))
    body.choice("cfdi_use", _USES)


def _check_money(body: JsonFields) -> None:
    currency = body.required_text("currency")
    if len(currency) != 3:
        raise bad_request("currency must have exactly 3 characters")
    rate = body.number("exchange_rate")
    if currency != "MXN" and (rate is None or rate <= 0):
        raise bad_request("exchange_rate is required when currency is not MXN")
    for name in ("subtotal", "total"):
        body.required_number(name)
    for name in ("vat_sum", "withhold_tax_sum", "requisition_number"):
        body.number(name)


def _check_address(address: JsonFields) -> None:
    address.required_text("street")
    address.choice("type", ("BILLING", "SHIPPING"), required=True)
    for name in _ADDRESS_TEXTS:
        address.text(name, length_max=100)
    address.text("zip_code")


def _check_metadata(owner: JsonFields) -> None:
    for pair in owner.objects("metadata"):
        pair.required_text("key")
        pair.required_text("value")


def _check_line(line: JsonFields) -> None:
    line.required_text("external_id")
    line.required_text("code")
    line.required_text("description", length_max=250)
    for name in ("quantity", "price", "subtotal", "total"):
        line.required_number(name)
    for name in ("unit_of_measure", "comments"):
        line.text(name)
    line.number("num")
    for list_name in ("vat_taxes", "withholding_taxes"):
        for tax in line.objects(list_name):
            tax.required_number("amount")
            tax.choice("code", _TAX_CODES)
            tax.text("external_code")
            tax.number("rate")
    _check_metadata(line)


def _check_sums(body: JsonFields) -> None:
    for line in body.objects("lines"):
        product = line.required_number("quantity") * line.required_number("price")
        if abs(product - line.required_number("subtotal")) > _CENT:
            raise PortalError(
                400, "PURCHASE_ORDERS__LINE_SUBTOTAL_NOT_MATCH", line.path("subtotal")
            )
    lines = sum((line.required_number("subtotal") for line in body.objects("lines")), Decimal(0))
    if abs(lines - body.required_number("subtotal")) > _CENT:
        raise PortalError(400, "PURCHASE_ORDERS__LINE_SUBTOTAL_NOT_MATCH", "subtotal")


def order_lines(body: JsonFields) -> tuple[PurchaseOrderLine, ...]:
    """The lines of a checked request; a missing number counts up from 1."""
    return tuple(
        PurchaseOrderLine(
            external_id=line.text("external_id"),
            num=int(line.number("num") or place),
            code=line.text("code"),
            quantity=line.required_number("quantity"),
            price=line.required_number("price"),
            subtotal=line.required_number("subtotal"),
            total=line.required_number("total"),
            unit_of_measure=line.text("unit_of_measure"),
        )
        for place, line in enumerate(body.objects("lines"), 1)
    )
