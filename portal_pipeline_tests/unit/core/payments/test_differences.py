"""What tells our own payment in the portal from another one under its number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.core.payments.payload import differences
from portal_pipeline.core.portal import PortalPayment, PortalPaymentLine

UUID, OTHER = "A" * 8, "B" * 8
BY_UUID = {"uuid": UUID, "amount": Decimal("116.00")}
BY_NUMBER = {"identifier": "F acme-F1", "document_type": "FOREIGN", "amount": Decimal("116.00")}


def shown(uuid: str, identifier: str, amount: str = "116.00") -> PortalPaymentLine:
    value = Decimal(amount)
    return PortalPaymentLine(
        uuid=uuid, identifier=identifier, currency="MXN", amount=value, payment_amount=value
    )


@pytest.mark.parametrize(
    ("sent", "line", "expected"),
    [
        pytest.param(BY_UUID, shown(UUID, "A1"), (), id="a CFDI, by its UUID"),
        pytest.param(BY_UUID, shown(OTHER, "A1"), (f"invoices {UUID}, {OTHER}",), id="another"),
        pytest.param(BY_NUMBER, shown(OTHER, "F acme-F1"), (), id="foreign, with an id of its own"),
        pytest.param(BY_NUMBER, shown("", "F acme-F1"), (), id="foreign, without any"),
        pytest.param(BY_NUMBER, shown(OTHER, "F acme-F2"), (f"invoices {OTHER}, F acme-F1",),
                     id="another foreign document"),
        pytest.param(BY_NUMBER, shown(OTHER, "F acme-F1", "1.00"), ("amounts of F acme-F1",),
                     id="another amount"),
    ],
)  # fmt: skip
def test_lines_are_compared_by_the_name_under_which_we_sent_them(sent, line, expected):
    payload = {
        "total_amount": Decimal("116.00"),
        "currency": "MXN",
        "provider_external_id": "V1",
        "ignore_amounts": False,
        "cfdis": [sent],
    }
    held = PortalPayment(id="p1", external_id="PY1", status="PAID", lines=(line,))
    assert differences(payload, held) == expected
