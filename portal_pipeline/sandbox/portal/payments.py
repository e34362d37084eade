"""Payments: create, look up, reject. Effects are all or nothing.

Source: portal API sheet 6 and 11.6.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from portal_pipeline.sandbox.http import Response
from portal_pipeline.sandbox.portal.cfdi_states import reopened, settled
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.identity import operation_number
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.payment_rules import (
    AcceptedPayment,
    Application,
    accept_payment,
    read_payment,
)
from portal_pipeline.sandbox.portal.payment_views import payment_json
from portal_pipeline.sandbox.portal.query import is_external_id
from portal_pipeline.sandbox.portal.records import Actor, Cfdi, Payment, PaymentLine
from portal_pipeline.sandbox.portal.state import Call, Portal


def post_payment(call: Call) -> Response:
    """Creates one payment."""
    payment = create_payment(call.portal, call.tenant_id, call.body(), by="api")
    return Response.json(payment_json(call.portal, payment))


def get_payment(call: Call) -> Response:
    """One payment by id, or by the ERP's number with ``id_type=EXTERNAL``."""
    return Response.json(payment_json(call.portal, _named(call)))


def post_reject(call: Call) -> Response:
    """Invalidates a payment: an empty 200."""
    body = call.body()
    comments = body.required_text("comments")
    body.text("erp_status")
    reject_payment(call.portal, _named(call), comments)
    return Response(200)


def create_payment(portal: Portal, tenant: str, body: JsonFields, *, by: Actor) -> Payment:
    """The new payment, stored together with the invoices that it pays.

    Raises:
        PortalError: the first of the checks that fails; nothing is changed then.
    """
    accepted = accept_payment(portal, tenant, read_payment(body))
    now = portal.now()
    payment = _payment(portal, tenant, accepted, now, by)
    invoices = tuple(_paid(portal, payment, a, now) for a in accepted.applications)
    portal.store.put(payment, *invoices)
    return payment


def _payment(
    portal: Portal, tenant: str, accepted: AcceptedPayment, now: datetime, by: Actor
) -> Payment:
    wanted, account = accepted.wanted, accepted.bank_account
    first = accepted.applications[0].cfdi
    key = _document_key(portal, tenant, accepted)
    is_deferred = any(a.cfdi.facts.metodo_pago == "PPD" for a in accepted.applications)
    return Payment(
        tenant=tenant,
        id=portal.id_for(tenant, "payment", key),
        external_id=wanted.external_id,
        operation_number=operation_number(tenant, key),
        status="PENDING_PAYMENT_CFDI" if is_deferred else "NO_NEED_PAYMENT_CFDI",
        currency=wanted.currency,
        total_amount=wanted.total_amount,
        payment_date=wanted.payment_date,
        provider_id=first.provider_id,
        company_id=first.company_id,
        bank_account_id=account.id if account else "",
        operation_type=wanted.operation_type or "TRANSFER",
        reference=wanted.reference,
        comments=wanted.comments,
        ignore_amounts=wanted.ignore_amounts,
        lines=tuple(_line(a) for a in accepted.applications),
        created_at=now,
        by=by,
    )


def _document_key(portal: Portal, tenant: str, accepted: AcceptedPayment) -> str:
    """What names the payment: its external id, else its content; a repeat gets a number."""
    wanted = accepted.wanted
    if wanted.external_id:
        repeats = len(portal.store.payments.find(tenant, wanted.external_id))
        return f"{wanted.external_id}|{repeats + 1}" if repeats else wanted.external_id
    uuids = ",".join(sorted(a.cfdi.uuid for a in accepted.applications))
    balances = ",".join(str(a.cfdi.balance) for a in accepted.applications)
    return f"|{uuids}|{wanted.payment_date}|{wanted.total_amount}|{balances}"


def _line(application: Application) -> PaymentLine:
    wanted, cfdi = application.line, application.cfdi
    return PaymentLine(
        cfdi_id=cfdi.id,
        uuid=cfdi.uuid,
        currency=wanted.currency,
        amount=wanted.amount,
        applied=application.applied,
        exchange_rate=wanted.exchange_rate,
        payment_amount=wanted.payment_amount,
        balance_before=cfdi.balance,
        balance_after=cfdi.balance - application.applied,
        instalment_number=len(cfdi.payment_ids) + 1,
        metodo_pago=cfdi.facts.metodo_pago,
        provider_id=cfdi.provider_id,
        status_before=cfdi.status,
        group_before=cfdi.group,
        was_approved=cfdi.authorized_at is not None,
        was_in_payment_order=cfdi.group == "PAYMENT_ORDER",
        was_cancelled_by_sat=cfdi.cancelled_by_sat,
        was_cancelled_in_tenant=cfdi.cancelled_in_tenant,
    )


def _paid(portal: Portal, payment: Payment, application: Application, now: datetime) -> Cfdi:
    cfdi = application.cfdi
    paid = replace(
        cfdi,
        balance=cfdi.balance - application.applied,
        payment_ids=(*cfdi.payment_ids, payment.id),
        last_payment_at=now,
    )
    return settled(paid, now, portal.switches)


def reject_payment(portal: Portal, payment: Payment, comments: str) -> Payment:
    """The payment, rejected and reversed, stored together with its invoices.

    Raises:
        PortalError: 409 when it is rejected already, or a complement is attached.
    """
    if payment.is_rejected:
        raise PortalError(
            409, "PAYMENT__STATUS_NOT_ALLOWED_TO_INVALIDATE", "payment is rejected already"
        )
    if payment.complement_ids:
        raise PortalError(
            409,
            "PAYMENT__CAN_NOT_REJECTED_BECAUSE_HAS_PAYMENT_CFDI_RELATED",
            "a payment complement is attached",
        )
    now = portal.now()
    rejected = replace(
        payment, status="FAILED", is_rejected=True, rejected_at=now, rejection_comments=comments
    )
    invoices = [
        _unpaid(cfdi, payment, line, now)
        for line in payment.lines
        if (cfdi := portal.store.cfdis.get(payment.tenant, line.cfdi_id)) is not None
    ]
    portal.store.put(rejected, *invoices)
    return rejected


def _unpaid(cfdi: Cfdi, payment: Payment, line: PaymentLine, now: datetime) -> Cfdi:
    open_again = replace(
        cfdi,
        balance=cfdi.balance + line.applied,
        payment_ids=tuple(i for i in cfdi.payment_ids if i != payment.id),
    )
    return reopened(open_again, now) if line.applied > 0 else open_again


def find_payment(portal: Portal, tenant: str, payment_id: str) -> Payment:
    """The payment with that portal id; 404 when there is none."""
    payment = portal.store.payments.get(tenant, payment_id)
    if payment is None:
        raise PortalError(404, "PAYMENT__NOT_FOUND", f"no payment {payment_id}")
    return payment


def _named(call: Call) -> Payment:
    wanted = call.path_values["id"]
    if not is_external_id(call.request):
        return find_payment(call.portal, call.tenant_id, wanted)
    found = call.portal.store.payments.find(call.tenant_id, wanted)
    if not found:
        raise PortalError(404, "PAYMENT__NOT_FOUND", f"no payment {wanted}")
    # Where a rejected payment freed its number, the number names the one that counts.
    return next((payment for payment in found if not payment.is_rejected), found[-1])
