"""Payments: entered by treasury, posted, reversed; adjustments; their optional fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from portal_pipeline.sandbox.sage.company.entries import (
    Application,
    OptionalValue,
    PostingResult,
    SageRefused,
)
from portal_pipeline.sandbox.sage.company.payment_entries import (
    ADJUSTMENTS,
    PAYMENTS,
    PaymentMade,
    RemitType,
    insert_adjustment,
    insert_batch,
    insert_payment,
)
from portal_pipeline.sandbox.sage.company.payment_posting import post_payments, reverse
from portal_pipeline.sandbox.sage.company.store import CompanyStore, needed_rate


class PaymentActions(CompanyStore):
    """What treasury does."""

    def open_payment_batch(
        self, *, bank: str, on: date | None = None, description: str = ""
    ) -> int:
        """A new open batch of payments from a bank; its number."""
        with self.writing() as unit:
            return insert_batch(unit, PAYMENTS, bank=bank, on=on or unit.today, text=description)

    def pay(
        self,
        *,
        bank: str,
        vendor: str = "",
        applications: Sequence[Application] = (),
        amount: Decimal | None = None,
        number: str = "",
        check: str = "",
        on: date | None = None,
        posting_date: date | None = None,
        remit_type: RemitType = RemitType.PAYMENT,
        payment_code: str = "TRANSF",
        rate: Decimal | None = None,
        text: str = "",
        reference: str = "",
        optional_fields: Sequence[OptionalValue] = (),
        batch: int | None = None,
        post: bool = True,
    ) -> PaymentMade:
        """A payment to a vendor, by default in a batch of its own that is posted at once.

        A vendor in dollars can be paid from a bank in pesos and the other way round, at the
        payment's rate. ``AMTRMIT`` is in the bank's currency, ``AMTRMITTC`` and the applied
        amounts in the vendor's.

        Values:
            applications: documents paid; credit notes with a negative amount.
            amount: vendor currency, for payments that apply nothing (prepayment, miscellaneous);
                None: the sum of the applications.
            number: DOCNBR; empty: the next.
            check: IDRMIT, number of the check or transfer; empty: the next.
            on: the payment's date; None: today.
            posting_date: DATEBUS; None: the payment's date.
            rate: pesos for one unit of the foreign currency; None: the rate of the day.
            batch: an open batch to add it to; then nothing is posted.
            post: False leaves the payment's own batch open.

        Raises:
            SageRefused: ``bkacct_unknown``, ``apven_unknown``, ``rate_missing``,
                ``payment_exists``, ``amount_negative``, ``batch_not_open``.
        """
        with self.writing() as unit:
            day = on or unit.today
            target = batch or insert_batch(unit, PAYMENTS, bank=bank, on=day, text=text)
            made = insert_payment(
                unit,
                target,
                bank=bank,
                vendor=vendor,
                applications=applications,
                amount=amount,
                number=number,
                check=check,
                day=day,
                posting_date=posting_date or day,
                remit_type=remit_type,
                payment_code=payment_code,
                foreign_rate=lambda currency: needed_rate(unit, currency, day, rate),
                text=text,
                reference=reference,
                optional_fields=optional_fields,
            )
            if post and batch is None:
                return replace(made, posting=post_payments(unit, PAYMENTS, target))
            return made

    def adjust(
        self, *, vendor: str, invoice: str, amount: Decimal, number: str = "", text: str = ""
    ) -> PaymentMade:
        """A posted adjustment (an ``AD`` batch, with numbers of its own) that lowers an invoice."""
        with self.writing() as unit:
            batch = insert_batch(unit, ADJUSTMENTS, bank="", on=unit.today, text=text)
            made = insert_adjustment(unit, batch, vendor, invoice, amount, number, text)
            return replace(made, posting=post_payments(unit, ADJUSTMENTS, batch))

    def post_payment_batch(self, batch: int) -> PostingResult:
        """Post an open batch of payments.

        An entry whose vendor is inactive, or that applies more than a posted document owes, goes
        to a new open error batch (``ERRBATCH``/``ERRENTRY`` name it), like A/P invoices.

        Raises:
            SageRefused: ``batch_not_postable``.
        """
        with self.writing() as unit:
            return post_payments(unit, PAYMENTS, batch)

    def reverse_payment(self, *, number: str, on: date | None = None, reason: str = "") -> None:
        """Reverse a posted payment in Bank Services: its invoices owe again.

        Only APPYM and the documents are stamped; the payment's entry is not.

        Raises:
            SageRefused: ``appym_unknown``, ``payment_reversed``.
        """
        with self.writing() as unit:
            reverse(unit, number, on or unit.today, reason)

    def set_payment_field(self, *, number: str, name: str, value: str) -> None:
        """Set an optional field of a payment, as a person would in Sage's own screens.

        Raises:
            SageRefused: ``aptcr_unknown``, and for the field.
        """
        with self.writing() as unit:
            names = ("CNTBTCH", "CNTENTR")
            entry = unit.needed("APTCR", {"BTCHTYPE": PAYMENTS, "DOCNBR": number}, *names)
            key = {"BTCHTYPE": PAYMENTS, **entry}
            unit.set_optional("APTCR", "APTCRO", key, OptionalValue(name=name, value=value))

    def clear_payment_batch(self, *, batch: int) -> None:
        """Period-end maintenance: a posted payment batch vanishes, APPYM and APOBL stay.

        Raises:
            SageRefused: ``batch_not_posted``.
        """
        with self.writing() as unit:
            header = unit.needed("APBTA", {"PAYMTYPE": PAYMENTS, "CNTBTCH": batch}, "BATCHSTAT")
            if header["BATCHSTAT"] != 3:
                raise SageRefused("batch_not_posted", str(batch))
            unit.delete("APTCP", {"BATCHTYPE": PAYMENTS, "CNTBTCH": batch})
            for table in ("APTCRO", "APTCR"):
                unit.delete(table, {"BTCHTYPE": PAYMENTS, "CNTBTCH": batch})
            unit.delete("APBTA", {"PAYMTYPE": PAYMENTS, "CNTBTCH": batch})
