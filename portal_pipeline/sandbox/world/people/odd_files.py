"""Suppliers whose files, or whose entries in the portal's list, are not what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from portal_pipeline.sandbox.cfdi import build_credit_note, build_invoice
from portal_pipeline.sandbox.world.deals import CreditNote, Deal, Supplier
from portal_pipeline.sandbox.world.people.deeds import deed
from portal_pipeline.sandbox.world.people.suppliers import SupplierSide, bank_account


class OddFiles(SupplierSide):
    """What suppliers do besides, and what support mends."""

    @deed
    def uploads(
        self,
        deal: Deal,
        *,
        document_type: str = "CFDI",
        miswritten: Mapping[str, str] | None = None,
        served: Deal | None = None,
        has_xml: bool = True,
    ) -> None:
        """The supplier uploads and sends a document, and the approver agrees at once.

        Values:
            document_type: as what it is uploaded.
            miswritten: texts of the XML, and what the supplier's program writes in their place.
            served: the deal whose CFDI a download gives instead; None: its own.
            has_xml: whether a download gives anything.
        """
        xml = self._written(deal).decode()
        for text, written in (miswritten or {}).items():
            if text not in xml:
                raise ValueError(f"the CFDI of deal {deal.number} has no {text}")
            xml = xml.replace(text, written)
        uploaded = self.portal.upload_cfdi(
            self.tenant,
            xml=xml.encode(),
            provider_id=deal.supplier.provider_id,
            document_type=document_type,
            served_body=None if served is None else self._written(served),
            has_xml=has_xml,
        )
        self.portal.send_cfdi(self.tenant, uploaded.id)
        self.portal.approve_cfdi(self.tenant, uploaded.id)

    @deed
    def credits_orders(self, note: CreditNote, *ordered: Deal) -> None:
        """The supplier uploads a credit note linked to several orders, and it is approved."""
        uploaded = self.portal.upload_cfdi(
            self.tenant,
            xml=build_credit_note(note.spec(self.local_time())),
            provider_id=note.deal.supplier.provider_id,
            po_links=tuple(self._order_link(deal) for deal in ordered),
        )
        self.portal.send_cfdi(self.tenant, uploaded.id)
        self.portal.approve_cfdi(self.tenant, uploaded.id)

    @deed
    def sends_bank_account(self, supplier: Supplier) -> None:
        """The supplier adds a bank account to its dossier, which is accepted again."""
        provider = self.portal.provider(self.tenant, supplier.provider_id)
        if provider is None or provider.dossier is None:
            raise KeyError(supplier.provider_id)
        dossier = replace(provider.dossier, status="SENT", bank_accounts=(bank_account(supplier),))
        self.portal.send_dossier(self.tenant, supplier.provider_id, dossier)
        self.portal.accept_dossier(self.tenant, supplier.provider_id)

    @deed
    def mends_file(self, deal: Deal) -> None:
        """The portal's support puts the document's own XML in its place."""
        self.portal.mend_file(self.tenant, self.cfdi(deal.uuid).id)

    @deed
    def loses_stamp(self, deal: Deal) -> None:
        """The portal's list shows nothing of the stamp any more."""
        self.portal.lose_stamp(self.tenant, self.cfdi(deal.uuid).id)

    @deed
    def finds_stamp(self, deal: Deal) -> None:
        """The portal's list shows the stamp again."""
        self.portal.find_stamp(self.tenant, self.cfdi(deal.uuid).id)

    def _written(self, deal: Deal) -> bytes:
        return build_invoice(deal.invoice(self._issued_at(deal)))
