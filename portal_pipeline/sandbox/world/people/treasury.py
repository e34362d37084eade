"""Treasury: payments in Sage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.sage.company import (
    ApDocumentType,
    Application,
    RemitType,
    SageRefused,
)
from portal_pipeline.sandbox.world.deals import CreditNote, Deal, Paid, Supplier
from portal_pipeline.sandbox.world.people.deeds import Desk, deed

BANK_OF_CURRENCY = {"MXP": "BANMXP", "USD": "BANUSD"}
UNMAPPED_BANK = "BANOTRO"
WRONG_BANK = "BANVIEJO"
"""Names an account that the portal does not have."""
PREPAYMENT = 10
"""APTCP.DOCTYPE of a prepayment that a payment applies."""


class Treasury(Desk):
    """What treasury does."""

    @deed
    def pays(
        self,
        *parts: Paid | Deal,
        number: int = 1,
        bank: str = "",
        on: date | None = None,
        less_advance: Decimal = Decimal(0),
    ) -> None:
        """A posted payment of one supplier's invoices, named after the first one's deal.

        Values:
            number: the deal's first, second, ... payment.
            bank: empty: the one of the deal's currency.
            on: the payment's date; None: today.
            less_advance: taken off the deal's first payment, which was a prepayment.
        """
        paid = [part if isinstance(part, Paid) else Paid(deal=part) for part in parts]
        first = paid[0].deal
        applications = [application for part in paid for application in _applications(part)]
        if less_advance:
            advance = Application(
                number=first.payment(), amount=-less_advance, document_type=PREPAYMENT
            )
            applications.append(advance)
        made = self.sage.pay(
            bank=bank or BANK_OF_CURRENCY[first.currency],
            vendor=first.vendor,
            applications=applications,
            number=first.payment(number),
            text=f"Pago {first.supplier.name}"[:60],
            on=on,
            reference=_reference(first),
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
        self._open_bank(UNMAPPED_BANK)

    @deed
    def opens_bank_with_wrong_account(self) -> None:
        """A new bank account in Sage, with the id of another portal's account."""
        self._open_bank(WRONG_BANK)
        self.sage.set_bank_portal_account(bank=WRONG_BANK, account="0" * 24)

    @deed
    def corrects_account(self) -> None:
        """Somebody types the id that the portal's account has."""
        account = self.sage.portal_accounts()[BANK_OF_CURRENCY["MXP"]]
        self.sage.set_bank_portal_account(bank=WRONG_BANK, account=account)

    # --- what is entered as a payment and is none ------------------------------------------------

    @deed
    def pays_on_account(self, supplier: Supplier, number: str, amount: Decimal) -> None:
        """An ordinary payment that nobody applied to a document."""
        self._enter(RemitType.PAYMENT, supplier.vendor, number, amount)

    @deed
    def enters_adjustment(self, supplier: Supplier, number: str, amount: Decimal) -> None:
        """An adjustment among the payments."""
        self._enter(RemitType.ADJUSTMENT, supplier.vendor, number, amount)

    @deed
    def pays_without_vendor(self, number: str, amount: Decimal) -> None:
        """A miscellaneous payment: somebody who is no vendor."""
        self._enter(RemitType.MISCELLANEOUS, "", number, amount)

    @deed
    def applies_in_sage(self, note: CreditNote) -> None:
        """A posted credit note is applied to its posted invoice: no money moves."""
        deal = note.deal
        self.sage.pay(
            bank=BANK_OF_CURRENCY[deal.currency],
            vendor=deal.vendor,
            applications=_applications(Paid(deal=deal, amount=note.total, notes=(note,))),
            number=deal.payment(),
            remit_type=RemitType.APPLY_DOCUMENT,
            text=f"Aplicacion {note.number}",
        )

    @deed
    def adjusts(self, deal: Deal, amount: Decimal) -> None:
        """An adjustment lowers what an invoice owes, as for a tax that is withheld later."""
        made = self.sage.adjust(
            vendor=deal.vendor, invoice=deal.invoice_number, amount=amount, text="Retencion"
        )
        if made.posting is None or made.posting.errors:
            raise SageRefused("adjustment_not_posted", f"{made.number}: {made.posting}")

    # --- what is typed wrong, and mended ---------------------------------------------------------

    @deed
    def types_number(self, deal: Deal, number: str) -> None:
        """The only payment of a deal gets another number."""
        self._retype_payment(deal, DOCNBR=number)

    @deed
    def types_amount(self, deal: Deal, amount: Decimal) -> None:
        """The only payment of a deal gets another amount; its lines stay."""
        self._retype_payment(deal, AMTRMIT=amount)

    @deed
    def types_rate(self, deal: Deal, rate: Decimal) -> None:
        """The only payment of a deal gets another rate: pesos for one unit of the vendor's."""
        self._retype_payment(deal, RATEEXCHTC=rate)

    @deed
    def clears_payment_batch(self, deal: Deal) -> None:
        """Period-end maintenance takes the posted batch of the deal's payment out of Sage."""
        with self.sage.reading() as unit:
            entry = unit.needed("APTCR", {"DOCNBR": deal.payment()}, "CNTBTCH")
        self.sage.clear_payment_batch(batch=entry["CNTBTCH"])

    def _enter(self, kind: RemitType, vendor: str, number: str, amount: Decimal) -> None:
        self.sage.pay(
            bank=BANK_OF_CURRENCY["MXP"],
            vendor=vendor,
            amount=amount,
            number=number,
            remit_type=kind,
            text="Varios",
        )

    def _retype_payment(self, deal: Deal, **columns: Any) -> None:
        named = {"BTCHTYPE": "PY", "TXTRMITREF": _reference(deal)}
        with self.sage.writing() as unit:
            unit.update("APTCR", named, **columns)

    def _open_bank(self, code: str) -> None:
        with self.sage.writing() as unit:
            if unit.row("BKACCT", {"BANK": code}, "BANK") is None:
                unit.insert(
                    "BKACCT",
                    {
                        "BANK": code,
                        "NAME": "Banco nuevo",
                        "CURNSTMT": "MXP",
                        "MULTICUR": 1,
                        "BKACCT": "9876543210",
                        "IDACCT": "1020100",
                    },
                )


def _reference(deal: Deal) -> str:
    """TXTRMITREF of a deal's payments."""
    return f"SPEI {deal.number}"


def _applications(part: Paid) -> list[Application]:
    """The invoice's line, then those of its credit notes with their negative amounts."""
    notes = [
        Application(
            number=note.number, amount=-note.total, document_type=ApDocumentType.CREDIT_NOTE
        )
        for note in part.notes
    ]
    invoice = Application(number=part.deal.invoice_number, amount=part.cash, discount=part.discount)
    return [invoice, *notes]
