"""What people do in several scenarios of payments, and how a payment reads in the portal."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.sage.company import ApDocumentType, Application
from portal_pipeline_tests.scenarios.town import Town

D = Decimal


def sent(town: Town, number: str) -> str:
    """The one payment of this number in the portal, as ``116.00 MXN: F1 116.00``; blank: none.

    Of an invoice in another currency than the payment: ``F1 116.00 USD = 2030.00``.
    """
    payments = town.treasury.in_portal(number)
    assert len(payments) < 2, "a payment is there twice"
    if not payments:
        return ""
    (payment,) = payments
    lines = []
    for line in payment.lines:
        cfdi = town.portal.cfdi(town.key, line.uuid)
        assert cfdi is not None
        name = cfdi.facts.folio.removeprefix(f"{town.key}-")
        other = f" {line.currency} = {line.payment_amount:.2f}"
        converted = other if line.currency != payment.currency else ""
        lines.append(f"{name} {line.amount:.2f}{converted}")
    return f"{payment.total_amount:.2f} {payment.currency}: {', '.join(sorted(lines))}"


def credit(number: str, amount: str) -> Application:
    """A credit note that a payment applies."""
    return Application(number=number, amount=-D(amount), document_type=ApDocumentType.CREDIT_NOTE)


def credit_note(town: Town, number: str, amount: str, invoice: str, of: str = "") -> None:
    """A supplier's credit note on both sides, taken off an invoice of the portal (``of``: part)."""
    note = town.treasury.upload(number, total=amount, tipo="E")
    town.treasury.capture(number, amount, kind=ApDocumentType.CREDIT_NOTE)
    lowered = town.portal.cfdi(town.key, town.treasury.uuid(invoice))
    assert lowered is not None
    town.portal.apply_credit_note(
        town.key, credit_note_id=note.id, invoice_id=lowered.id, amount=D(of or amount)
    )


def dollar_vendor(town: Town) -> None:
    """The supplier's second vendor, in dollars, with a provider of its own."""
    rfc = "EKU9003173C9"
    dollars = town.portal.add_provider(
        town.key, key="usd", name="Kemper", rfc=rfc, external_id="V002"
    )
    town.company.add_vendor(
        vendor="V002",
        name="Kemper USD",
        currency="USD",
        tax_group="IVA16",
        rfc=rfc,
        provider_id=dollars.id,
    )
    town.treasury.provider = dollars


def typed_in(town: Town, number: str, invoice: str, amount: str = "116.00") -> str:
    """Somebody registers a payment in the portal; its id there."""
    return town.treasury.type_in(number, invoice, amount).id
