"""The clerks of accounts payable: vendors, invoices, batches."""

from __future__ import annotations

from datetime import date

from portal_pipeline.sandbox.portal import PortalSimulator
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    BatchState,
    OptionalValue,
    SageCompany,
)
from portal_pipeline.sandbox.sage.company.seed import INACTIVE_ACCOUNT
from portal_pipeline.sandbox.world.calendar import VirtualClock
from portal_pipeline.sandbox.world.deals import CreditNote, Deal, Supplier, dollar_rate
from portal_pipeline.sandbox.world.people.deeds import Desk, deed
from portal_pipeline.sandbox.world.tenants import Company

WAITING = "EN ESPERA"
"""Begins the description of a batch that the clerk leaves open on purpose."""
EXPENSES = "5100100"


class Clerks(Desk):
    """What clerks do in Sage's accounts payable."""

    def __init__(
        self, company: Company, sage: SageCompany, portal: PortalSimulator, clock: VirtualClock
    ) -> None:
        super().__init__(company, sage, portal, clock)
        self._tray: list[ApEntry] = []
        """Entries of the batch that is posted in the evening."""
        self._looked_at: set[str] = set()
        """Vendors whose batches the clerk posts only when a story says so."""

    def looks_at(self, supplier: Supplier) -> None:
        """No deed: a story that says so, in whatever process, posts this supplier's batches."""
        self._looked_at.add(supplier.vendor)

    @deed
    def opens_vendor(self, supplier: Supplier) -> None:
        """The vendor is set up in Sage, one for each currency it sells in."""
        for currency in [supplier.currency, *(["USD"] if supplier.dollar_vendor else [])]:
            self._open_vendor(supplier, currency)

    @deed
    def opens_dollar_vendor(self, supplier: Supplier) -> None:
        """A second vendor of a supplier that is known in pesos."""
        self._open_vendor(supplier, "USD")

    @deed
    def captures(
        self,
        deal: Deal,
        *,
        with_uuid: bool = True,
        uuid: str = "",
        number: str = "",
        is_waiting: bool = False,
        is_wrong: bool = False,
        is_routine: bool = False,
    ) -> None:
        """A clerk types an invoice without purchase order into a batch and posts it.

        Values:
            with_uuid: types the UUID, too.
            uuid: of another CFDI, copied by mistake.
            number: as the clerk writes it; empty: as it should be.
            is_waiting: leaves the batch open.
            is_wrong: to an inactive account, so that it does not post.
            is_routine: into the batch of the day, which is posted in the evening (history only).
        """
        entry = ApEntry(
            vendor=deal.vendor,
            number=number or deal.invoice_number,
            document_date=self._issued(deal),
            description=deal.supplier.name[:60],
            tax_group=deal.tax_group,
            rate=dollar_rate(self._issued(deal)) if deal.currency == "USD" else None,
            details=tuple(
                ApDetail(
                    amount=concept.amount,
                    gl_account=INACTIVE_ACCOUNT if is_wrong else EXPENSES,
                    description=concept.description,
                )
                for concept in deal.invoice(self.local_time()).lines
            ),
            optional_fields=_folio(uuid or deal.uuid) if with_uuid else (),
        )
        if is_routine:
            self._tray.append(entry)
        elif is_waiting:
            self._batch(entry, description=f"{WAITING} {deal.number}")
        else:
            self._batch(entry, description=f"Captura {deal.number}")

    @deed
    def posts_the_day(self) -> None:
        """In the evening the clerk posts the batch of the day."""
        entries, self._tray = self._tray, []
        if entries:
            self._batch(*entries, description=f"Captura {self.today:%d/%m}")

    @deed
    def captures_note(self, note: CreditNote) -> None:
        """A clerk types a credit note with its UUID, applied to nothing, and posts it."""
        entry = ApEntry(
            vendor=note.deal.vendor,
            number=note.number,
            document_type=ApDocumentType.CREDIT_NOTE,
            document_date=self._day_of(note.uuid),
            details=(ApDetail(amount=note.net, gl_account=EXPENSES),),
            tax_group=note.deal.tax_group,
            optional_fields=_folio(note.uuid),
        )
        self._batch(entry, description=f"Captura {note.number}")

    @deed
    def takes_uuid_off(self, deal: Deal) -> None:
        """A UUID that does not belong to a posted document is taken off it."""
        named = {"IDVEND": deal.vendor, "IDINVC": deal.invoice_number}
        field = {"OPTFIELD": "FOLIOCFD"}
        with self.sage.writing() as unit:
            place = unit.needed("APIBH", named, "CNTBTCH", "CNTITEM")
            unit.update("APIBHO", {**place, **field}, VALUE="")
            unit.update("APOBLO", {**named, **field}, VALUE="")

    @deed
    def captures_order_invoice(
        self, deal: Deal, *, receipts: int = 1, reaches_payables: bool = False
    ) -> None:
        """A clerk matches the invoice with the order's receipts and posts it.

        Values:
            reaches_payables: Sage copies the UUID to the A/P entry, too.
        """
        self.sage.capture_po_invoice(
            receipts=[deal.receipt(number) for number in range(1, receipts + 1)],
            number=deal.invoice_number,
            uuid=deal.uuid,
            on=self._issued(deal),
            description=deal.supplier.name[:60],
            uuid_reaches_ap=reaches_payables,
        )

    @deed
    def posts_waiting_batches(self, deal: Deal) -> None:
        """The clerk posts the batch that was left open for a deal."""
        with self.sage.reading() as unit:
            described = {"BTCHDESC": f"{WAITING} {deal.number}", "BTCHSTTS": 1}
            batches = unit.rows("APIBC", described, "CNTBTCH")
        for batch in batches:
            self.sage.post_ap_invoice_batch(batch["CNTBTCH"])

    @deed
    def posts_what_waits(self) -> None:
        """The clerk posts every invoice batch that is open or ready, and meant to be posted."""
        if self.company.profile.posting == "post":
            return
        with self.sage.reading() as unit:
            states = [int(BatchState.OPEN), int(BatchState.READY)]
            batches = unit.rows("APIBC", {"BTCHSTTS": states}, "CNTBTCH", "BTCHDESC")
            left = {row["CNTERRBTCH"] for row in unit.rows("APPTER", {}, "CNTERRBTCH")}
            looked_at = {"IDVEND": sorted(self._looked_at)}
            left |= {row["CNTBTCH"] for row in unit.rows("APIBH", looked_at, "CNTBTCH")}
        for batch in batches:
            is_meant = not batch["BTCHDESC"].startswith(WAITING)
            if is_meant and batch["CNTBTCH"] not in left:
                self.sage.post_ap_invoice_batch(batch["CNTBTCH"])

    def _open_vendor(self, supplier: Supplier, currency: str) -> None:
        rfc = supplier.rfc if supplier.rfc_in_sage is None else supplier.rfc_in_sage
        known = supplier.has_provider_id and supplier.is_on_portal
        is_second = currency != supplier.currency
        self.sage.add_vendor(
            vendor=supplier.vendor_for(currency),
            name=supplier.name,
            rfc="" if supplier.kind == "FOREIGN" else rfc,
            provider_id=supplier.provider_id if known or is_second else "",
            currency=currency,
            tax_group=supplier.tax_group,
            email=f"ventas.{supplier.vendor.lower()}@example.com",
            payment_form="03",
            gl_account=EXPENSES if supplier.gl_account is None else supplier.gl_account,
        )

    def _batch(self, *entries: ApEntry, description: str) -> None:
        batch = self.sage.create_ap_invoice_batch(
            description=description, date=self.today, entries=entries
        )
        if not description.startswith(WAITING):
            self.sage.post_ap_invoice_batch(batch)

    def _issued(self, deal: Deal) -> date:
        """Date of the CFDI: what the portal says, else what is known."""
        return self._day_of(deal.uuid, deal.issued_on)

    def _day_of(self, uuid: str, otherwise: date | None = None) -> date:
        known = self.portal.cfdi(self.tenant, uuid)
        return known.facts.issued_on if known is not None else otherwise or self.today


def _folio(uuid: str) -> tuple[OptionalValue, ...]:
    return (OptionalValue(name="FOLIOCFD", value=uuid),)
