"""The portal's refusals: HTTP status, number, symbolic name.

Only four numbers of the real portal are known. Every other failure gets a number in a private
range, with its symbolic name in the description, so that no client learns a false number.
Source: portal API sheet 2.4 and 11.1.
"""

from __future__ import annotations

from portal_pipeline.sandbox.http import Response

_KNOWN_CODES = {
    "PURCHASE_ORDERS__DUPLICATED": 2602,
    "PAYMENT_CFDIS_NOT_FOUND": 1800,
    "PAYMENT_CFDI_ALREADY_PAID": 1827,
    "PAYMENT__EXTERNAL_CFDIS_EMPTY_TYPE": 2390,
}
_PRIVATE_NAMES = (
    "GENERAL__NOT_READABLE",
    "GENERAL__WRONG_METHOD",
    "GENERAL__NOT_FOUND",
    "GENERAL__BAD_REQUEST",
    "GENERAL__UNAUTHORIZED",
    "GENERAL__FORBIDDEN",
    "TENANT__NOT_FOUND",
    "INVALID_RANGE_DATE",
    "PROVIDERS__NOT_FOUND",
    "PROVIDERS__REPEATED_RFC_EXTERNAL_ID",
    "PROVIDERS__IS_DISABLE",
    "COMPANIES__NOT_FOUND",
    "CFDI__NOT_FOUND",
    "CFDI__DUPLICATED",
    "CFDI__ALREADY_PAID",
    "CFDI__IS_CANCELLED",
    "CFDI__NOT_INVOICE_TYPE",
    "CFDI__IS_NOT_PAYMENT_CFDI",
    "CFDI__WRONG_STAGE_SEND_ERP",
    "CFDI__NOT_DELIVERED_ERP_STAGE",
    "CFDI__PENDING_PAYMENT_NOT_RECORD_FOUND",
    "CFDI__INVALID_DATE_RANGE",
    "CFDI__PERIOD_EXCEEDS_LIMIT",
    "CFDI__INVALID_PAGINATION_PARAMS",
    "DOWNLOAD_FILE_NOT_FOUND",
    "PAYMENT__NOT_FOUND",
    "PAYMENT__DUPLICATED",
    "PAYMENT_CFDIS_CANCELLED",
    "PAYMENT_CFDI_ALREADY_IN_PAYMENT_ORDER",
    "PAYMENT_CURRENCY_NOT_EQUALS",
    "PAYMENT_CFDIS_AMOUNT_NOT_ALLOWED",
    "PAYMENT__CFDI_AMOUNT_INCORRECT",
    "PAYMENT__AMOUNT_INCORRECT",
    "PAYMENT__AMOUNT_AND_PAYMENT_AMOUNT_IS_NOT_SAME",
    "PAYMENT_PARTIALLY_INVALID_IN_PUE",
    "PAYMENT__BANK_ACCOUNT_NOT_FOUND",
    "PAYMENT__EXTERNAL_CREATE_EMPTY_CFDIS",
    "PAYMENT__PROVIDER_IS_NOT_SAME_THAN_PROVIDER_IN_PAYMENT",
    "PAYMENT__CFDIS_COMPANY_NOT_EQUALS",
    "PAYMENT__STATUS_NOT_ALLOWED_TO_INVALIDATE",
    "PAYMENT__CAN_NOT_REJECTED_BECAUSE_HAS_PAYMENT_CFDI_RELATED",
    "PURCHASE_ORDERS__NOT_FOUND",
    "PURCHASE_ORDERS__NOT_OPEN",
    "PURCHASE_ORDERS__NOT_ACCEPTED",
    "PURCHASE_ORDERS__WRONG_PAGINATION",
    "PURCHASE_ORDERS__EXTERNAL_AND_INTERNAL_IDS_MISMATCH",
    "PURCHASE_ORDERS__LINE_SUBTOTAL_NOT_MATCH",
    "PURCHASE_ORDER_CANNOT_CANCELLED",
    "PURCHASE_ORDER_ALREADY_CANCELLED_CLOSED",
    "PURCHASE_ORDER_CHANGE_STATUS_FAIL",
    "PURCHASE_ORDER_ALREADY_RELATED_INVOICE",
)
CODES = _KNOWN_CODES | {name: 90000 + place for place, name in enumerate(_PRIVATE_NAMES)}
"""Symbolic name -> number; 90000 and above are the simulator's own."""


class PortalError(Exception):
    """The portal refuses; raised to API callers as shape A and to people as it is."""

    def __init__(self, status: int, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.status = status
        self.name = name
        self.text = text

    @property
    def code(self) -> int:
        """The number sent: one of the four known ones, or a private one."""
        return CODES[self.name]

    def response(self) -> Response:
        """Shape A of the portal API sheet 2.4; the name stands only beside a private code."""
        text = self.text if self.name in _KNOWN_CODES else str(self)
        return Response.json({"code": self.code, "description": text}, self.status)


def bad_request(text: str) -> PortalError:
    """400 for a request that the schema does not admit; the text names the field."""
    return PortalError(400, "GENERAL__BAD_REQUEST", text)
