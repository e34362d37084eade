"""People around CFDIs: suppliers upload and send, approvers decide, credit notes are applied.

Source: portal API sheet 11.4 (lifecycle) and 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sandbox.portal.cfdi_states import (
    DOCUMENT_TYPES,
    INVOICE_KINDS,
    KIND_OF_TIPO,
    moved,
)
from portal_pipeline.sandbox.portal.cfdi_xml import read_cfdi
from portal_pipeline.sandbox.portal.errors import PortalError, bad_request
from portal_pipeline.sandbox.portal.payments import find_payment
from portal_pipeline.sandbox.portal.purchase_orders import find_purchase_order
from portal_pipeline.sandbox.portal.records import (
    AdditionalAmount,
    Cfdi,
    CfdiFacts,
    CreditNoteUse,
    Payment,
    PoLink,
    PurchaseOrder,
    StatusChange,
)
from portal_pipeline.sandbox.portal.state import Desk

_NO_COMPANY = ""


class CfdiDesk(Desk):
    """What suppliers and the tenant's approvers do with documents at the portal's screens."""

    def upload_cfdi(
        self,
        tenant: str,
        *,
        xml: bytes,
        provider_id: str,
        document_type: str = "CFDI",
        is_advance: bool = False,
        po_links: tuple[PoLink, ...] = (),
        additional_info: Mapping[str, str] | None = None,
        additional_amount: AdditionalAmount | None = None,
        served_body: bytes | None = None,
        has_xml: bool = True,
    ) -> Cfdi:
        """A supplier uploads a document: group SENDING, status TO_SEND.

        What is listed comes from ``xml``. ``served_body`` makes the download give other bytes
        (HTML, half a file, another document); ``has_xml=False`` makes it give none.

        Raises:
            NotACfdi: when ``xml`` is not a stamped CFDI.
            PortalError: 409 for a known UUID or an order that takes no invoices, 404 for an
                unknown provider or order.
        """
        with self._portal.lock:
            self._check_provider(tenant, provider_id)
            if document_type not in DOCUMENT_TYPES:
                raise bad_request(f"document_type {document_type}")
            facts = read_cfdi(xml, self._portal.switches.filter_time_zone)
            orders = [self._linkable(tenant, link, provider_id) for link in po_links]
            kind = "ADVANCED" if is_advance else KIND_OF_TIPO.get(facts.tipo, "INVOICE")
            created = self._new(tenant, facts, xml, provider_id, kind, "SENDING", "TO_SEND")
            created = replace(
                created,
                document_type=document_type,
                po_links=po_links,
                additional_info=dict(additional_info or {}),
                additional_amount=additional_amount,
                served_body=served_body,
                has_xml=has_xml,
            )
            linked = [replace(o, cfdi_ids=(*o.cfdi_ids, created.id)) for o in orders]
            self._portal.store.put(created, *linked)
            return created

    def send_cfdi(self, tenant: str, cfdi_id: str) -> Cfdi:
        """The supplier sends a document for approval."""
        with self._portal.lock:
            cfdi = self._open(tenant, cfdi_id, "SENDING")
            sent = moved(cfdi, "IN_PROCESS", "IN_REVIEW", self._portal.now())
            return self._put_cfdi(replace(sent, sent_at=self._portal.now()))

    def approve_cfdi(self, tenant: str, cfdi_id: str) -> Cfdi:
        """The tenant approves: an invoice waits for its payment, a credit note for its use."""
        with self._portal.lock:
            cfdi = self._open(tenant, cfdi_id, "IN_PROCESS", "VALIDATION")
            status = "PENDING_APPLICATION" if cfdi.kind == "CREDIT_NOTE" else "PENDING_PAYMENT"
            approved = moved(cfdi, "RECEIVED", status, self._portal.now())
            return self._put_cfdi(replace(approved, authorized_at=self._portal.now()))

    def reject_cfdi(self, tenant: str, cfdi_id: str, *, comment: str = "") -> Cfdi:
        """The tenant rejects: the document is the supplier's again."""
        with self._portal.lock:
            cfdi = self._open(tenant, cfdi_id, "IN_PROCESS", "VALIDATION", "RECEIVED")
            return self._put_cfdi(moved(cfdi, "SENDING", "REJECTED", self._portal.now(), comment))

    def cancel_cfdi(
        self, tenant: str, cfdi_id: str, *, by_sat: bool = False, in_tenant: bool = False
    ) -> Cfdi:
        """The document is cancelled; a complement's payments wait for another one again."""
        if not by_sat and not in_tenant:
            raise bad_request("by_sat or in_tenant")
        with self._portal.lock:
            cfdi = self._cfdi(tenant, cfdi_id)
            now = self._portal.now()
            cancelled = replace(
                moved(cfdi, "ARCHIVED", self._portal.switches.cancelled_status, now),
                cancelled_by_sat=cfdi.cancelled_by_sat or by_sat,
                cancelled_in_tenant=cfdi.cancelled_in_tenant or in_tenant,
                cancelled_at=now,
            )
            payments: list[Payment] = []
            if cfdi.kind == "PAYMENT_CFDI":
                payments = [self._without_complement(p, cfdi) for p in self._proven(cfdi)]
            self._portal.store.put(cancelled, *payments)
            return cancelled

    def delete_cfdi(self, tenant: str, cfdi_id: str) -> None:
        """The document goes away; refused once an invoice has a payment (sheet 6.5)."""
        with self._portal.lock:
            cfdi = self._cfdi(tenant, cfdi_id)
            if cfdi.payment_ids:
                raise PortalError(409, "CFDI__ALREADY_PAID", "the document has a payment")
            self._portal.store.delete(cfdi)

    def lose_stamp(self, tenant: str, cfdi_id: str, *, name: str = "") -> Cfdi:
        """The list shows nothing of the document's stamp any more, or lacks one ``name`` of it.

        Source: portal API sheet 4.2 (``cfdi.timbre`` may be absent).
        """
        with self._portal.lock:
            cfdi = self._cfdi(tenant, cfdi_id)
            raw = dict(load_json(cfdi.facts.raw))
            stamp = raw.pop("timbre", {})
            if name:
                raw["timbre"] = {key: value for key, value in stamp.items() if key != name}
            return self._put_cfdi(replace(cfdi, facts=replace(cfdi.facts, raw=dump_json(raw))))

    def find_stamp(self, tenant: str, cfdi_id: str) -> Cfdi:
        """The list shows the document's stamp, as its XML has it."""
        with self._portal.lock:
            cfdi = self._cfdi(tenant, cfdi_id)
            facts = read_cfdi(cfdi.xml, self._portal.switches.filter_time_zone)
            return self._put_cfdi(replace(cfdi, facts=facts))

    def mend_file(self, tenant: str, cfdi_id: str) -> Cfdi:
        """A download gives the document's own XML from now on."""
        with self._portal.lock:
            mended = replace(self._cfdi(tenant, cfdi_id), served_body=None, has_xml=True)
            return self._put_cfdi(mended)

    def put_in_payment_order(self, tenant: str, cfdi_id: str) -> Cfdi:
        """A person puts an approved invoice into a payment order."""
        with self._portal.lock:
            cfdi = self._open(tenant, cfdi_id, "RECEIVED")
            return self._put_cfdi(
                moved(cfdi, "PAYMENT_ORDER", "IN_PAYMENT_ORDER", self._portal.now())
            )

    def take_from_payment_order(self, tenant: str, cfdi_id: str) -> Cfdi:
        """A person takes an invoice out of its payment order."""
        with self._portal.lock:
            cfdi = self._open(tenant, cfdi_id, "PAYMENT_ORDER")
            return self._put_cfdi(moved(cfdi, "RECEIVED", "PENDING_PAYMENT", self._portal.now()))

    def apply_credit_note(
        self, tenant: str, *, credit_note_id: str, invoice_id: str, amount: Decimal | None = None
    ) -> Cfdi:
        """The invoice after a credit note lowered its balance (by all it can unless told).

        Raises:
            PortalError: 400 when currencies or kinds differ, or a balance does not suffice.
        """
        with self._portal.lock:
            note, invoice = self._cfdi(tenant, credit_note_id), self._cfdi(tenant, invoice_id)
            if note.kind != "CREDIT_NOTE" or invoice.kind not in INVOICE_KINDS:
                raise PortalError(400, "CFDI__NOT_INVOICE_TYPE", "a credit note and an invoice")
            if note.facts.currency != invoice.facts.currency:
                raise PortalError(400, "PAYMENT_CURRENCY_NOT_EQUALS", "currencies differ")
            usable = min(note.balance, invoice.balance)
            used = usable if amount is None else amount
            if not 0 < used <= usable:
                raise PortalError(400, "PAYMENT_CFDIS_AMOUNT_NOT_ALLOWED", f"{used} of {usable}")
            now = self._portal.now()
            use = CreditNoteUse(
                credit_note_id=note.id,
                invoice_id=invoice.id,
                amount=used,
                previous_balance=invoice.balance,
                new_balance=invoice.balance - used,
                applied_at=now,
            )
            lowered = _with_use(invoice, use)
            if lowered.balance == 0:
                lowered = moved(lowered, "ARCHIVED", "PAID", now)
            spent = _with_use(note, use)
            if spent.balance == 0:
                spent = moved(spent, "ASSOCIATED", "APPLIED", now)
            self._portal.store.put(lowered, spent)
            return lowered

    def attach_complement(
        self, tenant: str, *, payment_ids: tuple[str, ...], xml: bytes, provider_id: str = ""
    ) -> Cfdi:
        """A supplier attaches a payment complement to its payments, one or several.

        Without any payment the complement has no link, and its provider must be named.
        """
        with self._portal.lock:
            payments = [find_payment(self._portal, tenant, i) for i in payment_ids]
            owner = payments[0].provider_id if payments else provider_id
            self._check_provider(tenant, owner)
            facts = read_cfdi(xml, self._portal.switches.filter_time_zone)
            if facts.tipo != "P":
                raise PortalError(400, "CFDI__IS_NOT_PAYMENT_CFDI", facts.uuid)
            created = self._new(
                tenant, facts, xml, owner, "PAYMENT_CFDI", "IN_PROCESS", "PAYMENT_CFDI_IN_REVIEW"
            )
            created = replace(
                created, payment_ids=tuple(p.id for p in payments), sent_at=created.created_at
            )
            waiting = [
                replace(
                    payment,
                    status="IN_REVIEW_PAYMENT_CFDI",
                    complement_ids=(*payment.complement_ids, created.id),
                )
                for payment in payments
            ]
            self._portal.store.put(created, *waiting)
            return created

    def review_complement(self, tenant: str, cfdi_id: str, *, authorize: bool) -> Cfdi:
        """The tenant approves or rejects a complement; its payments follow (sheet 6.5)."""
        with self._portal.lock:
            cfdi = self._cfdi(tenant, cfdi_id)
            if cfdi.kind != "PAYMENT_CFDI":
                raise PortalError(400, "CFDI__IS_NOT_PAYMENT_CFDI", cfdi.uuid)
            now = self._portal.now()
            if authorize:
                reviewed = replace(moved(cfdi, "ASSOCIATED", "ATTACHED", now), authorized_at=now)
                payments = [replace(p, status="PAYMENT_CFDI_ATTACHED") for p in self._proven(cfdi)]
            else:
                reviewed = moved(cfdi, "SENDING", "PAYMENT_CFDI_REJECTED", now)
                payments = [
                    replace(self._without_complement(p, cfdi), status="REJECTED_PAYMENT_CFDI")
                    for p in self._proven(cfdi)
                ]
            self._portal.store.put(reviewed, *payments)
            return reviewed

    def _new(
        self,
        tenant: str,
        facts: CfdiFacts,
        xml: bytes,
        provider_id: str,
        kind: str,
        group: str,
        status: str,
    ) -> Cfdi:
        store = self._portal.store
        if store.cfdis.find(tenant, facts.uuid):
            raise PortalError(409, "CFDI__DUPLICATED", facts.uuid)
        companies = (c for c in store.companies.newest(tenant) if c.rfc == facts.receiver_rfc)
        now = self._portal.now()
        return Cfdi(
            tenant=tenant,
            id=self._portal.id_for(tenant, "cfdi", facts.uuid),
            provider_id=provider_id,
            company_id=next((company.id for company in companies), _NO_COMPANY),
            document_type="CFDI",
            kind=kind,
            facts=facts,
            xml=xml,
            status=status,
            group=group,
            balance=Decimal(0) if kind == "PAYMENT_CFDI" else facts.total,
            created_at=now,
            history=(StatusChange(status=status, previous_status="", at=now),),
        )

    def _linkable(self, tenant: str, link: PoLink, provider_id: str) -> PurchaseOrder:
        """The order that an invoice may be linked to: open, accepted, of the same provider."""
        order = find_purchase_order(self._portal, tenant, link.purchase_order_external_id)
        if order.status != "OPEN":
            raise PortalError(409, "PURCHASE_ORDERS__NOT_OPEN", f"order is {order.status}")
        if order.acceptance_status != "ACCEPTED" or order.provider_id != provider_id:
            raise PortalError(409, "PURCHASE_ORDERS__NOT_ACCEPTED", order.external_id)
        return order

    def _proven(self, complement: Cfdi) -> list[Payment]:
        return [
            find_payment(self._portal, complement.tenant, payment_id)
            for payment_id in complement.payment_ids
        ]

    @staticmethod
    def _without_complement(payment: Payment, complement: Cfdi) -> Payment:
        left = tuple(i for i in payment.complement_ids if i != complement.id)
        status = payment.status if left else "PENDING_PAYMENT_CFDI"
        return replace(payment, complement_ids=left, status=status)

    def _check_provider(self, tenant: str, provider_id: str) -> None:
        if self._portal.store.providers.get(tenant, provider_id) is None:
            raise PortalError(404, "PROVIDERS__NOT_FOUND", f"no provider {provider_id}")

    def _cfdi(self, tenant: str, cfdi_id: str) -> Cfdi:
        cfdi = self._portal.store.cfdis.get(tenant, cfdi_id)
        if cfdi is None:
            raise PortalError(404, "CFDI__NOT_FOUND", f"no document {cfdi_id}")
        return cfdi

    def _open(self, tenant: str, cfdi_id: str, *groups: str) -> Cfdi:
        """The document, which must be in one of the groups and not cancelled."""
        cfdi = self._cfdi(tenant, cfdi_id)
        if cfdi.is_cancelled:
            raise PortalError(409, "CFDI__IS_CANCELLED", cfdi.uuid)
        if cfdi.group not in groups:
            raise PortalError(409, "CFDI__NOT_FOUND", f"{cfdi.uuid} is in {cfdi.group}")
        return cfdi

    def _put_cfdi(self, cfdi: Cfdi) -> Cfdi:
        self._portal.store.put(cfdi)
        return cfdi


def _with_use(cfdi: Cfdi, use: CreditNoteUse) -> Cfdi:
    return replace(cfdi, balance=cfdi.balance - use.amount, credit_notes=(*cfdi.credit_notes, use))
