"""Payment complements that suppliers send, on their way back to the payment in Sage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

WRITE = Operation.WRITE_COMPLEMENT
COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT


def _paid(town: Town, number: str = "PY1", invoice: str = "F1") -> str:
    """A payment that the portal has; its id there."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice(invoice)
    town.treasury.pay(number, (invoice, "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal(number)
    return str(there.id)


def _stored(town: Town, number: str = "PY1") -> str:
    (payment,) = [one for one in town.company.payments() if one.number == number]
    return dict(payment.optional_fields).get("FOLIOCFD", "")


@scenario
def second_complement_of_a_payment(town: Town) -> None:
    """Of several valid complements the first stays in Sage; a substitute takes its place."""
    there = _paid(town)
    town.complement("C1", there, "F1")
    town.cycle()
    town.complement("C2", there, "F1")
    town.cycle()
    assert _stored(town) == uuid_of("C1")
    assert town.notes("PY1", WRITE, DocumentKind.PAYMENT) == ["several_complements"]


@scenario
def complement_before_its_payment_is_posted(town: Town) -> None:
    """A complement waits until Sage has posted its payment, and is written then."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    line = {
        "uuid": town.treasury.uuid("F1"),
        "amount": Decimal("116.00"),
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_amount": Decimal("116.00"),
    }
    request = {
        "external_id": "PY1",
        "currency": "MXN",
        "payment_date": "2026-03-02T10:00:00.000Z",
        "total_amount": Decimal("116.00"),
        "cfdis": [line],
    }
    there = town.portal.create_payment_by_person(town.key, request)
    town.complement("C1", there.id, "F1")
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "payment_not_in_sage"
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert _stored(town) == uuid_of("C1")


@scenario
def complement_that_fits_no_payment(town: Town) -> None:
    """A complement without a payment in the portal is matched only when the match is unique."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"), on=date(2026, 3, 12))
    sent = town.upload("C1", tipo="P", paid=((town.treasury.uuid("F1"), "116.00"),), approve=False)
    town.portal.review_complement(town.key, sent.id, authorize=True)
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "complement_without_payment"
    assert _stored(town) == ""


@scenario
def field_of_the_complement_is_not_defined(town: Town) -> None:
    """Nothing is half written where Sage cannot hold the complement's UUID and date."""
    town.set(fields=town.tenant.fields.model_copy(update={"complement_date": "OTRO"}))
    town.complement("C1", _paid(town), "F1")
    town.cycle()
    assert town.payment("PY1", WRITE) == "complement_field_unusable"
    assert _stored(town) == ""
