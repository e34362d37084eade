"""What accounts payable does with vendors, batches and periods, beside its daily captures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, BatchState
from portal_pipeline.sandbox.world.deals import Deal, Supplier
from portal_pipeline.sandbox.world.people.clerks import EXPENSES, Clerks
from portal_pipeline.sandbox.world.people.deeds import deed


class Bookkeeping(Clerks):
    """Second thoughts about batches, and the set-up that invoices depend on."""

    @deed
    def gives_account(self, supplier: Supplier) -> None:
        """The vendor gets an account that can be used."""
        self.sage.set_vendor_account(vendor=supplier.vendor, account=EXPENSES)

    @deed
    def checks_amounts(self, supplier: Supplier, *, is_on: bool = True) -> None:
        """Sage rejects a second document of the same amount from this vendor, or no more."""
        self.sage.set_vendor_amount_check(vendor=supplier.vendor, is_on=is_on)

    @deed
    def closes_month(self, last: date) -> None:
        """Accounts payable is closed until a day."""
        self.sage.set_periods_closed(through=last)

    @deed
    def clears_batch(self, deal: Deal) -> None:
        """Period-end maintenance: the batch goes, its posted documents stay."""
        self.sage.clear_posted_batch(batch=self._place(deal)[0])

    @deed
    def takes_out(self, deal: Deal) -> None:
        """A clerk takes the entry out of its batch, and deletes what is left of that."""
        batch, entry = self._place(deal)
        self.sage.set_ap_batch_state(batch=batch, state=BatchState.OPEN)
        self.sage.remove_ap_entry(batch=batch, entry=entry)
        self.sage.set_ap_batch_state(batch=batch, state=BatchState.DELETED)

    @deed
    def adds_beside(self, deal: Deal, number: str, amount: Decimal) -> None:
        """A clerk opens the deal's batch and types another invoice of the vendor into it."""
        batch, _ = self._place(deal)
        self.sage.set_ap_batch_state(batch=batch, state=BatchState.OPEN)
        entry = ApEntry(
            vendor=deal.vendor,
            number=number,
            document_date=self.today,
            details=(ApDetail(amount=amount, gl_account=EXPENSES),),
        )
        self.sage.append_ap_entries(batch=batch, entries=(entry,))

    @deed
    def captures_what_is_missing(self, *deals: Deal) -> None:
        """A clerk captures those that Sage has no entry of, under a number that is free."""
        with self.sage.reading() as unit:
            entered = unit.rows("APIBHO", {"OPTFIELD": "FOLIOCFD"}, "VALUE")
        known = {row["VALUE"] for row in entered}
        for deal in deals:
            if deal.uuid not in known:
                self.captures(deal, number=f"{deal.invoice_number}-B")()

    @deed
    def posts_batch(self, deal: Deal) -> None:
        """A clerk posts the batch in which the deal's invoice is."""
        self.sage.post_ap_invoice_batch(self._place(deal)[0])

    def _place(self, deal: Deal) -> tuple[int, int]:
        """Batch and entry of the deal's invoice."""
        named = {"IDVEND": deal.vendor, "IDINVC": deal.invoice_number}
        with self.sage.reading() as unit:
            row = unit.needed("APIBH", named, "CNTBTCH", "CNTITEM")
        return row["CNTBTCH"], row["CNTITEM"]
