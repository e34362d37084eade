"""Suppliers at the portal's screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from portal_pipeline.core.money import portal_currency
from portal_pipeline.sandbox.cfdi import (
    ComplementSpec,
    PaidInvoiceSpec,
    PartySpec,
    PaymentSpec,
    build_complement,
    build_credit_note,
    build_invoice,
    deterministic_uuid,
)
from portal_pipeline.sandbox.portal import (
    Dossier,
    DossierEntry,
    Payment,
    PoLink,
    PoReference,
)
from portal_pipeline.sandbox.world.deals import CreditNote, Deal, Supplier
from portal_pipeline.sandbox.world.people.deeds import Desk, deed

MORNING = time(9, 15)
NOT_XML = b"<!DOCTYPE html><html><body>Su sesi\xc3\xb3n ha expirado</body></html>"


class SupplierSide(Desk):
    """What suppliers do: their dossier, their CFDIs, their complements."""

    @deed
    def registers(self, supplier: Supplier) -> None:
        """The supplier signs up and sends its dossier, in the state that it is to have."""
        companies = [
            company.id
            for company in self.portal.companies(self.tenant)
            if (company.rfc == self.company.rfc) == supplier.is_related
        ]
        now = self.clock()
        is_accepted = supplier.dossier == "ACCEPTED"
        is_foreign = supplier.kind == "FOREIGN"
        self.portal.add_provider(
            self.tenant,
            key=supplier.provider_key,
            name=supplier.name,
            rfc=supplier.rfc,
            external_id=supplier.vendor if supplier.has_external_id and supplier.is_vendor else "",
            type=supplier.kind,
            tax_id="98-7654321" if is_foreign else "",
            country="USA" if is_foreign else "MEX",
            currency=portal_currency(supplier.currency),
            credit_days=supplier.credit_days,
            company_ids=tuple(companies),
            dossier=Dossier(
                status=supplier.dossier,
                approved_at=now if is_accepted else None,
                reviewed_at=now if is_accepted else None,
                addresses=(_address(),),
                contacts=(_contact(f"ventas.{supplier.vendor.lower()}@example.com"),),
                bank_accounts=(bank_account(supplier),) if supplier.has_bank else (),
                fields=_fields(supplier),
            ),
        )

    @deed
    def accepts_dossier(self, supplier: Supplier) -> None:
        """The company accepts what the supplier sent."""
        self.portal.accept_dossier(self.tenant, supplier.provider_id)

    @deed
    def disables(self, supplier: Supplier) -> None:
        """The company shuts the supplier out."""
        self.portal.set_provider_enabled(self.tenant, supplier.provider_id, enabled=False)

    @deed
    def enables(self, supplier: Supplier) -> None:
        """The company lets the supplier in again."""
        self.portal.set_provider_enabled(self.tenant, supplier.provider_id, enabled=True)

    @deed
    def changes_bank(self, supplier: Supplier) -> None:
        """The supplier sends the account of another bank, and the company accepts it."""
        self._resends(supplier, bank_accounts=(bank_account(supplier, "Banco Nuevo"),))

    @deed
    def changes_contact(self, supplier: Supplier, email: str) -> None:
        """Somebody else answers for the supplier, and the company accepts it."""
        self._resends(supplier, contacts=(_contact(email),))

    @deed
    def takes_supplier_out(self, supplier: Supplier) -> None:
        """The portal's support takes a supplier out, such as one that registered twice."""
        self.portal.delete_provider(self.tenant, supplier.provider_id)

    @deed
    def links(self, supplier: Supplier, external_id: str) -> None:
        """A person types a vendor number at the portal's screen."""
        self.portal.link_provider_by_person(self.tenant, supplier.provider_id, external_id)

    @deed
    def bills(
        self,
        deal: Deal,
        *,
        order: str = "",
        served_body: bytes | None = None,
        is_advance: bool = False,
        approved: bool = False,
        account: Supplier | None = None,
    ) -> None:
        """The supplier uploads the CFDI and sends it.

        Values:
            order: ``link``: linked line by line to the portal's purchase order; ``name``: the
                order's number in a field of its own; empty: nothing said.
            served_body: what a download gives instead of the CFDI.
            approved: the approver agrees at once.
            account: whose account of the portal it uses; None: its own.
        """
        links = (self._order_link(deal),) if order == "link" else ()
        uploaded = self.portal.upload_cfdi(
            self.tenant,
            xml=build_invoice(deal.invoice(self._issued_at(deal))),
            provider_id=(account or deal.supplier).provider_id,
            po_links=links,
            additional_info={"oc": deal.po_number} if order == "name" else {},
            served_body=served_body,
            is_advance=is_advance,
        )
        self.portal.send_cfdi(self.tenant, uploaded.id)
        if approved:
            self.portal.approve_cfdi(self.tenant, uploaded.id)

    @deed
    def credits(self, note: CreditNote, *, approved: bool = False) -> None:
        """The supplier uploads a credit note and sends it."""
        uploaded = self.portal.upload_cfdi(
            self.tenant,
            xml=build_credit_note(note.spec(self.local_time())),
            provider_id=note.deal.supplier.provider_id,
        )
        self.portal.send_cfdi(self.tenant, uploaded.id)
        if approved:
            self.portal.approve_cfdi(self.tenant, uploaded.id)

    @deed
    def sends_again(self, uuid: str) -> None:
        """The supplier sends a document that the portal has given back."""
        self.portal.send_cfdi(self.tenant, self.cfdi(uuid).id)

    @deed
    def withdraws(self, uuid: str) -> None:
        """The supplier takes a document that nobody has paid out of the portal."""
        self.portal.delete_cfdi(self.tenant, self.cfdi(uuid).id)

    @deed
    def cancels_cfdi(self, uuid: str) -> None:
        """The supplier cancels a CFDI at the tax authority."""
        self.portal.cancel_cfdi(self.tenant, self.cfdi(uuid).id, by_sat=True)

    @deed
    def complements(
        self, *numbers: str, version: int = 1, replaces: int = 0, linked: bool = True
    ) -> None:
        """The supplier sends one payment complement for payments that the portal has.

        Values:
            numbers: of the payments, in Sage.
            version: the first complement, or a later one.
            replaces: version of the complement that it substitutes (relation 04); 0: none.
            linked: attached to its payments in the portal.
        """
        payments = [self.payment(number) for number in numbers]
        self._attach(
            payments,
            self.complement_uuid(*numbers, version=version),
            [self.complement_uuid(*numbers, version=replaces)] if replaces else [],
            linked=linked,
        )

    @deed
    def complements_persons_payment(self, deal: Deal) -> None:
        """The same for a payment that a person registered in the portal."""
        paid = self.cfdi(deal.uuid).payment_ids
        payments = [one for one in self.portal.payments(self.tenant) if one.id in paid]
        self._attach(payments, self.complement_uuid(deal.uuid), [], linked=True)

    def _resends(self, supplier: Supplier, **changes: Any) -> None:
        known = self.portal.provider(self.tenant, supplier.provider_id)
        if known is None or known.dossier is None:
            raise KeyError(supplier.provider_id)
        self.portal.send_dossier(self.tenant, known.id, replace(known.dossier, **changes))
        self.portal.accept_dossier(self.tenant, known.id)

    def complement_uuid(self, *numbers: str, version: int = 1) -> str:
        """Of a complement."""
        seed, tenant = self.company.seed, self.tenant
        return deterministic_uuid(seed, tenant, "complement", *numbers, version)

    def _attach(
        self, payments: Sequence[Payment], uuid: str, replaced: Sequence[str], *, linked: bool
    ) -> None:
        provider = self.portal.provider(self.tenant, payments[0].provider_id)
        assert provider is not None, "a payment has its provider"  # noqa: S101 - our own logic
        spec = ComplementSpec(
            uuid=uuid,
            issuer=PartySpec(rfc=provider.rfc, name=provider.name.upper()),
            receiver=self.company.party,
            issued_at=self.local_time(),
            payments=tuple(self._documented(payment) for payment in payments),
            folio=str(payments[0].operation_number % 100_000),
            relations=(("04", tuple(replaced)),) if replaced else (),
        )
        self.portal.attach_complement(
            self.tenant,
            payment_ids=tuple(payment.id for payment in payments) if linked else (),
            xml=build_complement(spec),
            provider_id=provider.id,
        )

    def _documented(self, payment: Payment) -> PaymentSpec:
        """A payment as its complement says it."""
        is_foreign = payment.currency != "MXN"
        documents = []
        for line in payment.lines:
            facts = self.cfdi(line.uuid).facts
            same = line.currency == payment.currency
            documents.append(
                PaidInvoiceSpec(
                    uuid=line.uuid,
                    serie=facts.serie,
                    folio=facts.folio,
                    currency=line.currency,
                    balance_before=line.balance_before,
                    paid=line.applied,
                    instalment=line.instalment_number,
                    equivalence=Decimal(1)
                    if same
                    else (line.amount / line.payment_amount).quantize(Decimal("0.0000000001")),
                )
            )
        return PaymentSpec(
            paid_at=datetime.fromisoformat(payment.payment_date).replace(tzinfo=None),
            amount=payment.total_amount,
            documents=tuple(documents),
            currency=payment.currency,
            exchange_rate=self._dollar_rate() if is_foreign else Decimal(1),
        )

    def _dollar_rate(self) -> Decimal:
        return self.sage.exchange_rate(currency="USD", on=self.today) or Decimal(1)

    def _issued_at(self, deal: Deal) -> datetime:
        if deal.issued_on is None:
            return self.local_time()
        return datetime.combine(deal.issued_on, MORNING)

    def _order_link(self, deal: Deal) -> PoLink:
        order = self.portal.purchase_order(self.tenant, deal.po_number)
        if order is None:
            raise KeyError(deal.po_number)
        return PoLink(
            purchase_order_external_id=order.external_id,
            references=tuple(
                PoReference(
                    concept_index=place,
                    line_external_id=line.external_id,
                    quantity=line.quantity,
                    price=line.price,
                    line_num=line.num,
                )
                for place, line in enumerate(order.lines)
            ),
        )


def _address() -> DossierEntry:
    return DossierEntry(
        "fiscal",
        {
            "street": "Av. Principal",
            "exterior_number": "1",
            "suburb": "Centro",
            "city": "Monterrey",
            "municipality": "Monterrey",
            "state": "Nuevo Leon",
            "country": "Mexico",
            "zip_code": "64000",
        },
    )


def _contact(email: str) -> DossierEntry:
    return DossierEntry("ventas", {"first_name": "Ana", "last_name": "Ventas", "email": email})


def _fields(supplier: Supplier) -> tuple[DossierEntry, ...]:
    form = {"value": supplier.payment_form, "value_external_id": supplier.payment_form}
    return (DossierEntry("formapago", form),) if supplier.payment_form else ()


def bank_account(supplier: Supplier, name: str = "Banco de Prueba") -> DossierEntry:
    """The one that a dossier names."""
    digits = "".join(character for character in supplier.vendor if character.isdigit())
    return DossierEntry(
        "cuenta",
        {
            "bank_name": name,
            "account": digits.zfill(10),
            "clabe": digits.zfill(18),
            "currency": portal_currency(supplier.currency),
        },
    )
