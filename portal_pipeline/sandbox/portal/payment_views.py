"""A payment as the portal's answers show it: ExternalPaymentResponse (portal API sheet 6.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.portal.identity import instant_text
from portal_pipeline.sandbox.portal.records import Payment, PaymentLine
from portal_pipeline.sandbox.portal.state import Portal


def payment_json(portal: Portal, payment: Payment) -> dict[str, Any]:
    """The answer for one payment."""
    store = portal.store
    provider = store.providers.get(payment.tenant, payment.provider_id)
    company = store.companies.get(payment.tenant, payment.company_id)
    account = store.bank_accounts.get(payment.tenant, payment.bank_account_id)
    complement = (
        store.cfdis.get(payment.tenant, payment.complement_ids[-1])
        if payment.complement_ids
        else None
    )
    return {
        "id": payment.id,
        "external_id": payment.external_id or None,
        "operation_number": payment.operation_number,
        "status": payment.status,
        "currency": payment.currency,
        "total_amount": payment.total_amount,
        "payment_date": payment.payment_date,
        "operation_type": payment.operation_type,
        "reference": payment.reference or None,
        "comments": payment.comments or None,
        "open": False,
        "dummy": False,
        "delivered_to_erp": False,
        "payment_cfdi_id": complement.id if complement else None,
        "payment_cfdi": complement
        and {
            "id": complement.id,
            "uuid": complement.uuid,
            "serie": complement.facts.serie,
            "folio": complement.facts.folio,
            "identificador": complement.facts.identifier,
            "total": complement.facts.total,
        },
        "bank_account_id": payment.bank_account_id or None,
        "bank_account_name": account.name if account else None,
        "provider_id": payment.provider_id,
        "provider_external_id": provider.external_id if provider else None,
        "provider_name": provider.name if provider else None,
        "company_id": payment.company_id or None,
        "company_name": company.name if company else None,
        "tenant_id": payment.tenant,
        "count_cfdis": str(len(payment.lines)),
        "count_lines": len(payment.lines),
        "missing_cfdis": [],
        "cfdis": [_cfdi_line(portal, payment, line) for line in payment.lines],
        "lines": [_plain_line(place, line) for place, line in enumerate(payment.lines, 1)],
        "created_at": instant_text(payment.created_at),
        "rejection_request": None
        if not payment.is_rejected
        else {
            "status": "PAYMENT_FAILED",
            "comments": payment.rejection_comments,
            "rejection_request_date": instant_text(payment.rejected_at),
        },
    }


def _cfdi_line(portal: Portal, payment: Payment, line: PaymentLine) -> dict[str, Any]:
    cfdi = portal.store.cfdis.get(payment.tenant, line.cfdi_id)
    return {
        "id": line.cfdi_id,
        "uuid": line.uuid,
        "serie": cfdi.facts.serie if cfdi else None,
        "folio": cfdi.facts.folio if cfdi else None,
        "identificador": cfdi.facts.identifier if cfdi else None,
        "currency": line.currency,
        "total": cfdi.facts.total if cfdi else None,
        "amount": line.amount,
        "payment_amount": line.payment_amount,
        "exchange_rate": line.exchange_rate,
        "balance_before": line.balance_before,
        "balance_after": line.balance_after,
        "instalment_number": line.instalment_number,
        "tolerance": abs(line.amount - line.applied) if not payment.ignore_amounts else Decimal(0),
        "included_previously": False,
        "advance_payments": [],
    }


def _plain_line(place: int, line: PaymentLine) -> dict[str, Any]:
    return {
        "line_num": place,
        "payable_document_id": line.cfdi_id,
        "uuid": line.uuid,
        "currency": line.currency,
        "amount": line.amount,
        "rate": line.exchange_rate,
        "installment": line.instalment_number,
        "balance_before_payment": line.balance_before,
        "balance_after_payment": line.balance_after,
    }
