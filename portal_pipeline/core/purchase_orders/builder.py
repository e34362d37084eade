"""The one builder of an order's content for the portal, for create and update alike (rules 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings.base import Finding
from portal_pipeline.core.findings.purchase_orders import (
    LINES_LEFT_OUT,
    NO_LINES_TO_SEND,
    PO_FIELD_INVALID,
    TOTALS_DIFFER,
    VALUE_LEFT_OUT,
)
from portal_pipeline.core.money import DIVIDE, cents, portal_currency, to_functional
from portal_pipeline.core.purchase_orders.amounts import (
    LineAmounts,
    OrderAmounts,
    line_amounts,
    order_amounts,
)
from portal_pipeline.core.purchase_orders.models import (
    SageLocation,
    SagePoLine,
    SagePurchaseOrder,
)
from portal_pipeline.core.purchase_orders.validation import (
    CFDI_USES,
    PAYMENT_FORMS,
    invalid_fields,
    is_zip_code,
)
from portal_pipeline.core.tenant import PurchaseOrderRules, ShipTo
from portal_pipeline.core.wire import JsonObject

OPEN = "OPEN"
RATE_STEP = Decimal("0.000001")
"""The old validator admits six decimals of a rate (portal API sheet 5.2)."""
LINES_SHOWN_MAX = 20


class Built(Frozen):
    """An order as the portal is to hold it, or why it cannot be: ``payload`` or ``problem``."""

    payload: JsonObject | None = None
    total: Decimal
    functional_total: Decimal
    """In the company's currency, by Sage's own rate."""
    problem: Finding | None = None
    is_empty: bool = False
    """The problem is that no line is left to send: out of scope rather than a reject."""
    notes: tuple[Finding, ...] = ()


def build(
    order: SagePurchaseOrder,
    provider_external_id: str,
    payment_form: str,
    locations: Mapping[str, SageLocation],
    rules: PurchaseOrderRules,
) -> Built:
    """The content of an order; everything that was left out is noted."""
    numbered = list(enumerate(order.lines, 1))
    kept = [
        (num, line, line_amounts(line))
        for num, line in numbered
        if line.quantity > 0 and not is_skipped(line, rules)
    ]
    left_out = _left_out(numbered, rules)
    amounts = order_amounts(money for _, _, money in kept)
    functional = functional_total(order, amounts.total)
    if not kept:
        return Built(
            total=amounts.total,
            functional_total=functional,
            problem=NO_LINES_TO_SEND(lines=left_out or "-"),
            is_empty=True,
        )
    notes = [LINES_LEFT_OUT(lines=left_out)] if left_out else []
    notes += _disagreement(order, amounts, rules)
    payload = {
        **_header(order, provider_external_id, amounts, rules),
        **_optional(order, payment_form, kept[0][1], notes),
        "addresses": [_address(locations.get(kept[0][1].location), kept[0][1], rules.ship_to)],
        "lines": [_line(num, line, money, rules) for num, line, money in kept],
    }
    invalid = invalid_fields(payload)
    return Built(
        payload=None if invalid else payload,
        total=amounts.total,
        functional_total=functional,
        problem=PO_FIELD_INVALID(fields=", ".join(invalid)) if invalid else None,
        notes=tuple(notes),
    )


def is_skipped(line: SagePoLine, rules: PurchaseOrderRules) -> bool:
    """Whether the line goes to a warehouse whose goods the portal does not handle."""
    return line.location in rules.skipped_warehouses


def _left_out(numbered: Sequence[tuple[int, SagePoLine]], rules: PurchaseOrderRules) -> str:
    """The lines left out with the quantity or warehouse that is the reason."""
    reasons = [
        f"{num} ({line.location if is_skipped(line, rules) else '0'})"
        for num, line in numbered
        if line.quantity <= 0 or is_skipped(line, rules)
    ]
    more = len(reasons) - LINES_SHOWN_MAX
    return ", ".join(reasons[:LINES_SHOWN_MAX]) + (f" +{more}" if more > 0 else "")


def _disagreement(
    order: SagePurchaseOrder, amounts: OrderAmounts, rules: PurchaseOrderRules
) -> list[Finding]:
    """Our total against Sage's, where nothing is cancelled or left out for its warehouse."""
    if any(line.cancelled or is_skipped(line, rules) for line in order.lines):
        return []
    in_sage = cents(order.total)
    if in_sage == amounts.total and cents(order.extended - order.discount) == amounts.subtotal:
        return []
    return [TOTALS_DIFFER(computed=amounts.total, in_sage=in_sage)]


def _header(
    order: SagePurchaseOrder,
    provider_external_id: str,
    amounts: OrderAmounts,
    rules: PurchaseOrderRules,
) -> dict[str, Any]:
    currency = portal_currency(order.currency)
    header: dict[str, Any] = {
        "external_id": order.number,
        "num": order.number,
        "status": OPEN,
        "acceptance_status": "ACCEPTED",
        "provider_external_id": provider_external_id,
        "currency": currency,
        "date": _instant(order.ordered_on),
        "delivery_date": _instant(order.expected_on or order.ordered_on),
        "delivery_contact": order.buyer.strip(),
        "requested_by_contact": order.entered_by.strip(),
        "subtotal": amounts.subtotal,
        "total": amounts.total,
        "vat_sum": amounts.vat,
        "withhold_tax_sum": amounts.withheld,
    }
    if currency != "MXN":
        header["exchange_rate"] = _rate(order)
    if rules.company_external_id:
        header["company_external_id"] = rules.company_external_id
    return header


def _optional(
    order: SagePurchaseOrder, payment_form: str, first: SagePoLine, notes: list[Finding]
) -> dict[str, Any]:
    """The fields that are left out where Sage has nothing, or nothing that the portal knows."""
    comments = f"{order.description.strip()} {order.comment.strip()}".strip()
    values = {
        "comments": comments,
        "reference": order.reference.strip(),
        "warehouse": first.location,
        "cfdi_use": _listed("cfdi_use", order.cfdi_use, CFDI_USES, notes),
        "cfdi_payment_form": _listed(
            "cfdi_payment_form", _form(payment_form), PAYMENT_FORMS, notes
        ),
    }
    metadata = {
        "AFE": order.afe,
        "REQUISICION": order.requisition,
        "CONDICIONES": order.terms,
        "USUARIO_DE_COMPRA": order.buyer,
    }
    pairs = [{"key": key, "value": text.strip()} for key, text in metadata.items() if text.strip()]
    found: dict[str, Any] = {name: text for name, text in values.items() if text}
    return found | ({"metadata": pairs} if pairs else {})


def _form(description: str) -> str:
    """Portal code of a payment form whose description begins with the SAT's two digits."""
    digits = description.strip()[:2]
    return f"F{digits}" if digits else ""


def _listed(field: str, value: str, catalogue: frozenset[str], notes: list[Finding]) -> str:
    code = value.strip().upper()
    if not code or code in catalogue:
        return code
    notes.append(VALUE_LEFT_OUT(field=field, value=code))
    return ""


def _address(location: SageLocation | None, first: SagePoLine, default: ShipTo) -> dict[str, str]:
    """Where the goods go: the first line's location, field by field else the tenant's default."""
    own = location or SageLocation(code=first.location)
    zip_codes = [code for code in (own.zip_code, default.zip_code) if is_zip_code(code)]
    address = {
        "type": "SHIPPING",
        "identifier": first.location,
        "street": own.street or default.street,
        "municipality": own.municipality or default.municipality,
        "city": own.city or default.city,
        "state": own.state or default.state,
        "country": own.country or default.country,
        "zip_code": zip_codes[0] if zip_codes else "",
    }
    return {name: text for name, text in address.items() if text}


def _line(
    num: int, line: SagePoLine, money: LineAmounts, rules: PurchaseOrderRules
) -> dict[str, Any]:
    """One line; its number is its place in Sage, so that it stays when another line goes.

    Line taxes stay empty and the line's total is its net amount: what the portal is known to accept
    (portal API sheet 5.2).
    """
    step = Decimal(1).scaleb(-rules.price_decimals)
    unit = {"unit_of_measure": line.unit} if line.unit else {}
    return {
        "external_id": str(line.line_id),
        "num": num,
        "code": line.item,
        "description": line.description.strip(),
        "quantity": _shortest(line.quantity),
        "price": _shortest(line.unit_cost.quantize(step, rounding=ROUND_HALF_UP)),
        "subtotal": money.net,
        "total": money.net,
        "vat_taxes": [],
        "withholding_taxes": [],
        **unit,
    }


def _instant(day: date | None) -> str:
    """The day as the portal takes it; empty for none (portal API sheet 2.3)."""
    return f"{day.isoformat()}T00:00:00.000Z" if day else ""


def _rate(order: SagePurchaseOrder) -> Decimal:
    """Pesos for one unit of the order's currency; zero when Sage has no rate."""
    if order.rate <= 0:
        return Decimal(0)
    rate = 1 / order.rate if order.rate_operator == DIVIDE else order.rate
    return _shortest(rate.quantize(RATE_STEP, rounding=ROUND_HALF_UP))


def functional_total(order: SagePurchaseOrder, total: Decimal) -> Decimal:
    """A total in the company's currency by Sage's own rate; as it is where Sage has none."""
    if order.rate <= 0:
        return total
    return cents(to_functional(total, order.rate, order.rate_operator))


def _shortest(number: Decimal) -> Decimal:
    """The number without trailing zeros, never in exponent form."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
