"""The company's people at the portal's screens."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.world.deals import CreditNote, Deal
from portal_pipeline.sandbox.world.people.deeds import Desk, deed


class Approvals(Desk):
    """What the company's people decide at the portal's screens."""

    @deed
    def approves(self, uuid: str) -> None:
        """The approver lets an invoice or credit note through."""
        self.portal.approve_cfdi(self.tenant, self.cfdi(uuid).id)

    @deed
    def rejects(self, uuid: str, comment: str) -> None:
        """The approver gives an invoice back to its supplier."""
        self.portal.reject_cfdi(self.tenant, self.cfdi(uuid).id, comment=comment)

    @deed
    def accepts_complement(self, uuid: str) -> None:
        """The approver accepts a payment complement."""
        self.portal.review_complement(self.tenant, self.cfdi(uuid).id, authorize=True)

    @deed
    def plans_payment(self, deal: Deal) -> None:
        """Somebody puts the invoice into a payment order of the portal."""
        self.portal.put_in_payment_order(self.tenant, self.cfdi(deal.uuid).id)

    @deed
    def drops_planned_payment(self, deal: Deal) -> None:
        """Somebody takes it out again."""
        self.portal.take_from_payment_order(self.tenant, self.cfdi(deal.uuid).id)

    @deed
    def applies_credit(self, note: CreditNote) -> None:
        """Somebody applies a credit note to its invoice in the portal."""
        self.portal.apply_credit_note(
            self.tenant,
            credit_note_id=self.cfdi(note.uuid).id,
            invoice_id=self.cfdi(note.deal.uuid).id,
        )

    @deed
    def pays_in_portal(
        self, deal: Deal, *, number: str = "", amount: Decimal | None = None
    ) -> None:
        """Somebody registers a payment at the portal's screen, past Sage.

        Values:
            number: the payment's in Sage, typed with it.
            amount: None: all that the portal's balance shows.
        """
        invoice = self.cfdi(deal.uuid)
        currency = invoice.facts.currency
        paid = invoice.balance if amount is None else amount
        line = {
            "uuid": invoice.uuid,
            "amount": paid,
            "currency": currency,
            "exchange_rate": Decimal(1),
            "payment_amount": paid,
        }
        self.portal.create_payment_by_person(
            self.tenant,
            {
                "external_id": number,
                "currency": currency,
                "total_amount": paid,
                "payment_date": f"{self.today.isoformat()}T10:00:00.000Z",
                "cfdis": [line],
            },
        )

    @deed
    def rejects_payment(self, deal: Deal, number: int = 1) -> None:
        """Somebody takes a payment back at the portal's screen."""
        held = self.payment(deal.payment(number))
        self.portal.reject_payment_by_person(self.tenant, held.id, comments="Capturado por error")
