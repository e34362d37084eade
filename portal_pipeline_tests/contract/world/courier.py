"""A small honest stand-in for the product: it carries documents, and writes down what it leaves.

Just enough that the stories which wait for the portal go on, and that the judge has a ledger to
read. It is no second product: orders and payments that ask for a decision are written down as held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.core.wire import dump_json
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.sage.company import InvoiceRecord, OrderRecord, PaymentRecord
from portal_pipeline.sandbox.world import LedgerRows, World
from portal_pipeline.sandbox.world.people import Office


@dataclass
class Courier:
    """Carries what is plain, in one cycle after each step."""

    world: World
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"documents": [], "operations": [], "links": []}
    )

    def run(self, steps: int) -> None:
        """So many steps, with a cycle after each."""
        for _ in range(steps):
            self.world.advance()
            self.cycle()

    def cycle(self) -> None:
        """Send orders and payments, write complements, remember what is left."""
        self.rows = {"documents": [], "operations": [], "links": []}
        for office in self.world.offices:
            for order in office.sage.purchase_orders():
                self._order(office, order)
            for payment in office.sage.payments():
                self._payment(office, payment)
            self._complements(office)
            self._remember_the_rest(office)

    def ledger(self) -> LedgerRows:
        """The ledger of the last cycle."""
        return self.rows

    def call(self, office: Office, method: str, path: str, body: object = None) -> Response:
        """A request of the tenant to its portal, through the world's own handlers."""
        company = office.company
        headers = {"pdptenantkey": company.portal_key, "pdptenantsecret": company.portal_secret}
        path = f"/api/1.0/extern/tenants/{office.tenant}/{path}"
        sent = b"" if body is None else dump_json(body).encode()
        return self.world.handlers()["/api/"](Request(method, path, (), headers, sent))

    # --- what it carries ---------------------------------------------------------------------

    def _order(self, office: Office, order: OrderRecord) -> None:
        is_wanted = order.authorised_on or not office.company.profile.has_authorisations
        known = office.portal.purchase_order(office.tenant, order.number)
        if is_wanted and known is None and not order.is_on_hold and not order.is_cancelled:
            self.call(office, "POST", "purchase-orders", _order_body(office, order))
        self._hold(office, "purchase_order", order.number, "create")

    def _payment(self, office: Office, payment: PaymentRecord) -> None:
        body = payment_body(office, payment)
        known = office.portal.payments_of(office.tenant, payment.number)
        if body is not None and not known and not payment.is_reversed:
            self.call(office, "POST", "payments", body)
        self._hold(office, "payment", payment.number, "upload")

    def _complements(self, office: Office) -> None:
        """Written to payments that have none, or one that was cancelled."""
        written = {p.number: p.optional_fields.get("FOLIOCFD") for p in office.sage.payments()}
        cfdis = office.portal.cfdis(office.tenant)
        free = {None, "", *(cfdi.uuid for cfdi in cfdis if cfdi.is_cancelled)}
        for cfdi in cfdis:
            if cfdi.kind != "PAYMENT_CFDI" or cfdi.authorized_at is None or cfdi.is_cancelled:
                continue
            for payment in office.portal.payments(office.tenant):
                number = payment.external_id
                is_free = number in written and written[number] in free
                if payment.id in cfdi.payment_ids and is_free:
                    office.sage.set_payment_field(number=number, name="FOLIOCFD", value=cfdi.uuid)
            self._hold(office, "payment_complement", cfdi.uuid, "write_complement")

    # --- what it remembers -------------------------------------------------------------------

    def _remember_the_rest(self, office: Office) -> None:
        for cfdi in office.portal.cfdis(office.tenant):
            kind = "credit_note" if cfdi.kind == "CREDIT_NOTE" else "invoice"
            if cfdi.kind != "PAYMENT_CFDI":
                self._hold(office, kind, cfdi.uuid, "import")
        for provider in office.portal.providers(office.tenant):
            self._hold(office, "provider", provider.id.lower(), "create_vendor")

    def _hold(self, office: Office, kind: str, key: str, operation: str) -> None:
        self.rows["operations"].append(
            {
                "tenant": office.company.key,
                "kind": kind,
                "key": key,
                "operation": operation,
                "status": "held",
                "finding": "left_by_the_courier",
            }
        )


def payment_body(office: Office, payment: PaymentRecord) -> dict[str, Any] | None:
    """The plain payment of one supplier's open CFDIs; None where it is anything else."""
    provider = _provider_of(office, payment.vendor)
    lines = [*_payment_lines(office, payment)]
    is_plain = payment.remit_type == 1 and payment.is_posted
    is_same = payment.vendor_currency == payment.bank_currency
    if not lines or None in lines or not provider or not is_plain or not is_same:
        return None
    if payment.bank not in {"BANMXP", "BANUSD"}:
        return None
    return {
        "external_id": payment.number,
        "provider_external_id": provider,
        "currency": portal_currency(payment.bank_currency),
        "total_amount": payment.amount,
        "bank_account_id": office.sage.portal_accounts()[payment.bank],
        "payment_date": f"{payment.paid_on.isoformat()}T10:00:00.000Z",
        "cfdis": lines,
    }


def _payment_lines(office: Office, payment: PaymentRecord) -> Iterator[dict[str, Any] | None]:
    """Each invoice as a line; None for one that a careful product would wait with."""
    documents: dict[tuple[str, str], InvoiceRecord] = {
        (one.vendor, one.number): one for one in office.sage.invoices() if one.is_posted
    }
    for line in payment.lines:
        document = documents.get((payment.vendor, line.number))
        cfdi = office.portal.cfdi(office.tenant, document.uuid) if document else None
        is_ready = (
            document is not None
            and cfdi is not None
            and line.document_type == 1
            and not cfdi.is_cancelled
            and cfdi.group != "PAYMENT_ORDER"
            and cfdi.balance >= line.amount
            and not (cfdi.facts.metodo_pago == "PUE" and document.due)
        )
        if not is_ready or cfdi is None:
            yield None
            return
        yield {
            "uuid": cfdi.uuid,
            "amount": cents(line.amount),
            "currency": cfdi.facts.currency,
            "exchange_rate": 1,
            "payment_amount": cents(line.amount),
        }


def _provider_of(office: Office, vendor: str) -> str:
    fields = {one.vendor: one.optional_fields for one in office.sage.vendors()}
    named = fields[vendor].get("PROVIDERID", "") if vendor in fields else ""
    for provider in office.portal.providers(office.tenant):
        if provider.external_id and (provider.id == named or provider.external_id == vendor):
            return provider.external_id
    return ""


def _order_body(office: Office, order: OrderRecord) -> dict[str, Any]:
    lines = [line for line in order.lines if line.ordered > line.cancelled]
    net = sum(cents((line.ordered - line.cancelled) * line.unit_cost) for line in lines)
    return {
        "external_id": order.number,
        "provider_external_id": _provider_of(office, order.vendor) or "nobody",
        "status": "OPEN",
        "currency": portal_currency(order.currency),
        "exchange_rate": order.rate,
        "subtotal": net,
        "total": net,
        "date": f"{order.ordered_on.isoformat()}T10:00:00.000Z",
        "delivery_date": f"{order.ordered_on.isoformat()}T10:00:00.000Z",
        "delivery_contact": "Laura",
        "requested_by_contact": "ADMIN",
        "addresses": [{"street": "Av. Industria 100", "type": "SHIPPING"}],
        "lines": [
            {
                "external_id": str(line.line),
                "code": line.item,
                "description": line.description,
                "quantity": line.ordered - line.cancelled,
                "price": line.unit_cost,
                "subtotal": cents((line.ordered - line.cancelled) * line.unit_cost),
                "total": cents((line.ordered - line.cancelled) * line.unit_cost),
            }
            for line in lines
        ],
    }


def answer(response: Response) -> Any:
    """The JSON of an answer."""
    return json.loads(response.body)
