"""Treasury: payments in Sage."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.sage.company import (
    ApDocumentType,
    Application,
    RemitType,
    SageRefused,
)
from portal_pipeline.sandbox.world.deals import Deal, Paid, Supplier
from portal_pipeline.sandbox.world.people.deeds import Desk, deed

BANK_OF_CURRENCY = {"MXP": "BANMXP", "USD": "BANUSD"}
UNMAPPED_BANK = "BANOTRO"


class Treasury(Desk):
    """What treasury does."""

    @deed
    def pays(
        self,
        *parts: Paid | Deal,
        number: int = 1,
        bank: str = "",
    ) -> None:
        """A posted payment of one supplier's invoices, named after the first one's deal.

        Values:
            number: the deal's first, second, ... payment.
            bank: empty: the one of the deal's currency.
        """
        paid = [part if isinstance(part, Paid) else Paid(deal=part) for part in parts]
        first = paid[0].deal
        applications = [application for part in paid for application in _applications(part)]
        made = self.sage.pay(
            bank=bank or BANK_OF_CURRENCY[first.currency],
            vendor=first.vendor,
            applications=applications,
            number=first.payment(number),
            text=f"Pago {first.supplier.name}"[:60],
            reference=f"SPEI {first.number}",
        )
        if made.posting is None or made.posting.errors:
            raise SageRefused("payment_not_posted", f"{made.number}: {made.posting}")

    @deed
    def pays_ahead(self, supplier: Supplier, number: str, amount: Decimal) -> None:
        """A prepayment: nothing is applied."""
        self.sage.pay(
            bank=BANK_OF_CURRENCY[supplier.currency],
            vendor=supplier.vendor,
            amount=amount,
            number=number,
            remit_type=RemitType.PREPAYMENT,
            text=f"Anticipo {supplier.name}"[:60],
        )

    @deed
    def reverses(self, deal: Deal, number: int = 1) -> None:
        """The bank sends the payment back."""
        self.sage.reverse_payment(number=deal.payment(number), reason="Devuelto por el banco")

    @deed
    def types_uuid(self, deal: Deal, uuid: str, number: int = 1) -> None:
        """Somebody types a UUID into the payment's optional field."""
        self.sage.set_payment_field(number=deal.payment(number), name="FOLIOCFD", value=uuid)

    @deed
    def opens_unmapped_bank(self) -> None:
        """A new bank account in Sage, of which the portal knows nothing."""
        with self.sage.writing() as unit:
            if unit.row("BKACCT", {"BANK": UNMAPPED_BANK}, "BANK") is None:
                unit.insert(
                    "BKACCT",
                    {
                        "BANK": UNMAPPED_BANK,
                        "NAME": "Banco nuevo",
                        "CURNSTMT": "MXP",
                        "MULTICUR": 1,
                        "BKACCT": "9876543210",
                        "IDACCT": "1020100",
                    },
                )


def _applications(part: Paid) -> list[Application]:
    """The invoice's line, then those of its credit notes with their negative amounts."""
    notes = [
        Application(
            number=note.number, amount=-note.total, document_type=ApDocumentType.CREDIT_NOTE
        )
        for note in part.notes
    ]
    return [Application(number=part.deal.invoice_number, amount=part.cash), *notes]
