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
    def pays_in_portal(self, deal: Deal) -> None:
        """Somebody registers a payment at the portal's screen, past Sage."""
        invoice = self.cfdi(deal.uuid)
        currency = invoice.facts.currency
        line = {
            "uuid": invoice.uuid,
            "amount": invoice.balance,
            "currency": currency,
            "exchange_rate": Decimal(1),
            "payment_amount": invoice.balance,
        }
        self.portal.create_payment_by_person(
            self.tenant,
            {
                "currency": currency,
                "total_amount": invoice.balance,
                "payment_date": f"{self.today.isoformat()}T10:00:00.000Z",
                "cfdis": [line],
            },
        )
