"""What the portal accepts as a purchase order, checked before anything is sent.

Both validators count: the portal's schema and the stricter one of the old system.
Source: portal API sheet 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal_pipeline.core.wire import JsonObject

PAYMENT_FORMS = frozenset(
    f"F{number:02}" for number in (*range(1, 7), 8, *range(12, 16), 17, *range(23, 31), 99)
)
CFDI_USES = frozenset(
    {
        *(f"G{number:02}" for number in range(1, 4)),
        *(f"I{number:02}" for number in range(1, 9)),
        *(f"D{number:02}" for number in range(1, 11)),
        "P01",
    }
)
ORDER_STATES = frozenset({"OPEN", "CANCELLED", "GENERATED", "CLOSED"})

_REQUIRED = (
    *("external_id", "status", "provider_external_id", "currency", "date", "delivery_date"),
    *("delivery_contact", "requested_by_contact"),
)
_LENGTHS = {"provider_external_id": 50, "comments": 512, "reference": 100}
_ADDRESS_LENGTH_MAX = 100
_DESCRIPTION_LENGTH_MAX = 250
_ZIP_LENGTH = 5
_RATE_PLACES_MAX = 6
_CURRENCY_LENGTH = 3


def invalid_fields(payload: JsonObject) -> list[str]:
    """Names of the fields that the portal would refuse, in order; empty when it is well formed."""
    return [*_texts(payload), *_money(payload), *_addresses(payload), *_lines(payload)]


def _texts(payload: JsonObject) -> Iterator[str]:
    yield from (name for name in _REQUIRED if not payload.get(name))
    yield from (name for name, most in _LENGTHS.items() if len(str(payload.get(name) or "")) > most)
    if payload["status"] not in ORDER_STATES:
        yield "status"
    if payload.get("cfdi_use", "G01") not in CFDI_USES:
        yield "cfdi_use"
    if payload.get("cfdi_payment_form", "F01") not in PAYMENT_FORMS:
        yield "cfdi_payment_form"
    for place, pair in enumerate(payload.get("metadata", ()), 1):
        if not pair.get("key") or not pair.get("value"):
            yield f"metadata[{place}]"


def _money(payload: JsonObject) -> Iterator[str]:
    currency = payload.get("currency") or ""
    if currency and (len(currency) != _CURRENCY_LENGTH or not currency.isalpha()):
        yield "currency"
    rate: Decimal | None = payload.get("exchange_rate")
    if currency != "MXN" and (rate is None or rate <= 0 or _places(rate) > _RATE_PLACES_MAX):
        yield "exchange_rate"
    yield from (name for name in ("subtotal", "total", "vat_sum") if payload[name] < 0)


def _addresses(payload: JsonObject) -> Iterator[str]:
    if not payload["addresses"]:
        yield "addresses"
    for address in payload["addresses"]:
        for name in ("street", "type"):
            if not address.get(name):
                yield f"addresses.{name}"
        for name, value in address.items():
            if name != "zip_code" and len(value) > _ADDRESS_LENGTH_MAX:
                yield f"addresses.{name}"
        zip_code = address.get("zip_code")
        if zip_code is not None and not is_zip_code(zip_code):
            yield "addresses.zip_code"


def _lines(payload: JsonObject) -> Iterator[str]:
    if not payload["lines"]:
        yield "lines"
    for line in payload["lines"]:
        place = f"lines[{line['num']}]"
        yield from (f"{place}.{name}" for name in ("external_id", "code") if not line.get(name))
        if not 0 < len(line["description"]) <= _DESCRIPTION_LENGTH_MAX:
            yield f"{place}.description"
        if line["quantity"] <= 0:
            yield f"{place}.quantity"
        yield from (f"{place}.{name}" for name in ("price", "subtotal", "total") if line[name] < 0)


def is_zip_code(text: str) -> bool:
    """Whether a text is a postal code that both validators accept: five digits."""
    return len(text) == _ZIP_LENGTH and text.isascii() and text.isdigit()


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
