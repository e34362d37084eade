"""A CFDI as the portal's answers show it: CfdiExternResponse with its metadata.

Source: portal API sheet 4.2.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sandbox.portal.identity import instant_json, instant_text
from portal_pipeline.sandbox.portal.payment_views import payment_json
from portal_pipeline.sandbox.portal.records import Cfdi, Company, Payment, PoLink, Provider
from portal_pipeline.sandbox.portal.state import Portal

_CENT = Decimal("0.01")


def cfdi_text(
    portal: Portal, cfdi: Cfdi, *, with_history: bool = False, with_validations: bool = False
) -> str:
    """The JSON text of one document, reused until something that it shows has changed."""
    store = portal.store
    provider = store.providers.get(cfdi.tenant, cfdi.provider_id)
    company = store.companies.get(cfdi.tenant, cfdi.company_id) if cfdi.company_id else None
    payments = tuple(
        payment
        for payment_id in cfdi.payment_ids
        if (payment := store.payments.get(cfdi.tenant, payment_id)) is not None
    )

    def make() -> str:
        item = _item(cfdi, payments)
        item["metadata"] = _metadata(portal, cfdi, provider, company, payments)
        if with_history:
            item["metadata"]["history"] = _history(cfdi)
        if with_validations:
            item["metadata"]["validations"] = []
        return f'{dump_json(item)[:-1]}, "cfdi": {cfdi.facts.raw}}}'

    variant = f"history={with_history} validations={with_validations}"
    return portal.rendered.text(
        ("cfdi", cfdi.tenant, cfdi.id, variant), (cfdi, provider, company, *payments), make
    )


def _item(cfdi: Cfdi, payments: tuple[Payment, ...]) -> dict[str, Any]:
    facts = cfdi.facts
    item: dict[str, Any] = {
        "id": cfdi.id,
        "identifier": facts.identifier,
        "type": cfdi.document_type,
        "status": cfdi.status,
        "date": instant_text(facts.issued_at),
        "last_payment": instant_text(cfdi.last_payment_at),
        "currency": facts.currency,
        "total": facts.total,
        "total_for_prorrate": facts.total,
        "issuer": {"name": facts.issuer_name, "rfc": facts.issuer_rfc},
        "file_name": f"{facts.uuid}.xml",
        "description": facts.concepts[0] if facts.concepts else None,
        "concepts": [{"description": text} for text in facts.concepts],
        "owners": [],
        "payment_complement_info": [],
        "allow_link_po": True,
        "validate_amounts_line_po": "NONE",
        "error": None,
        "error_code": None,
        **facts.taxes,
    }
    if cfdi.kind == "PAYMENT_CFDI":
        item["payment_complement_info"] = [
            {"payment_id": payment.id, "operation_number": payment.operation_number}
            for payment in payments
        ]
    return item


def _metadata(
    portal: Portal,
    cfdi: Cfdi,
    provider: Provider | None,
    company: Company | None,
    payments: tuple[Payment, ...],
) -> dict[str, Any]:
    tenant = portal.store.tenants.get(cfdi.tenant, cfdi.tenant)
    facts = cfdi.facts
    total_mxn = (facts.total * facts.exchange_rate).quantize(_CENT, ROUND_HALF_UP)
    return {
        "provider_id": cfdi.provider_id,
        "provider_external_id": provider.external_id if provider else None,
        "provider_name": provider.name if provider else None,
        "provider_rfc": provider.rfc if provider else None,
        "provider_tax_id": provider.tax_id if provider else None,
        "company_id": company.id if company else None,
        "company_name": company.name if company else facts.receiver_name,
        "company_rfc": company.rfc if company else facts.receiver_rfc,
        "tenant_id": cfdi.tenant,
        "tenant_name": tenant.name if tenant else None,
        "type": cfdi.kind,
        "status": cfdi.status,
        "custom_status": None,
        "cfdi_status_group": cfdi.group,
        "balance": cfdi.balance,
        "total_mxn": total_mxn,
        "subtotal_base": facts.subtotal,
        "partially_payed": cfdi.partially_paid,
        "balanced_by_credit_note": bool(cfdi.credit_notes) and cfdi.balance == 0,
        "erp_status": cfdi.erp_status or None,
        "created_at": instant_json(cfdi.created_at, epoch_ms=portal.switches.epoch_ms_dates),
        "send_at": instant_text(cfdi.sent_at),
        "authorized_at": instant_text(cfdi.authorized_at),
        "cancelled_by_sat": cfdi.cancelled_by_sat,
        "cancelled_in_tenant": cfdi.cancelled_in_tenant,
        "cfdi_valid": not cfdi.cancelled_by_sat,
        "uso_cfdi": facts.uso_cfdi,
        "payment_info": _payment_info(portal, cfdi, payments),
        "additional_info": [
            {
                "field": {
                    "id": portal.id_for(cfdi.tenant, "field", name),
                    "external_id": name,
                    "name": name,
                    "type": "TEXT",
                },
                "value": {"raw": value},
                "updated_at": instant_text(cfdi.created_at),
            }
            for name, value in cfdi.additional_info.items()
        ],
        "additional_amount": (
            {"name": cfdi.additional_amount.name, "amount": cfdi.additional_amount.amount}
            if cfdi.additional_amount
            else None
        ),
        **_purchase_orders(portal, cfdi),
        "warehouse_delivery_ids": [],
        "credit_notes": _credit_notes(portal, cfdi),
        "read_only": {"active": False},
    }


def _payment_info(portal: Portal, cfdi: Cfdi, payments: tuple[Payment, ...]) -> dict[str, Any]:
    if cfdi.kind == "PAYMENT_CFDI" and not portal.switches.complement_payment_info:
        return {"payments": [], "payments_response": [], "credit_notes": []}
    return {
        # external_id is not in the schema, but the old system reads it (sheet 4.2, C against S).
        "payments": [{"payment_id": p.id, "external_id": p.external_id} for p in payments],
        "payments_response": [payment_json(portal, payment) for payment in payments],
        "credit_notes": [{"cfdi_id": use.credit_note_id} for use in _uses_as_invoice(cfdi)],
    }


def _uses_as_invoice(cfdi: Cfdi) -> tuple[Any, ...]:
    return tuple(use for use in cfdi.credit_notes if use.invoice_id == cfdi.id)


def _credit_notes(portal: Portal, cfdi: Cfdi) -> list[dict[str, Any]]:
    shown = []
    for use in _uses_as_invoice(cfdi):
        note = portal.store.cfdis.get(cfdi.tenant, use.credit_note_id)
        shown.append(
            {
                "credit_note_id": use.credit_note_id,
                "amount": use.amount,
                "currency": cfdi.facts.currency,
                "issue_date": instant_text(note.facts.issued_at) if note else None,
                "serie_folio": note.facts.identifier if note else None,
                "previous_balance": use.previous_balance,
                "new_balance": use.new_balance,
            }
        )
    return shown


def _purchase_orders(portal: Portal, cfdi: Cfdi) -> dict[str, Any]:
    linked: list[dict[str, Any]] = []
    flat: list[dict[str, Any]] = []
    for link in cfdi.po_links:
        orders = portal.store.purchase_orders.find(cfdi.tenant, link.purchase_order_external_id)
        order_id = orders[0].id if orders else None
        linked.append(
            {
                "purchase_order_id": order_id,
                "purchase_order_external_id": link.purchase_order_external_id,
                "references": _references(link),
            }
        )
        flat.extend(
            {
                "purchase_order_number": link.purchase_order_external_id,
                "purchase_order_line_external_id": reference.line_external_id,
                "quantity": reference.quantity,
                "price": reference.quantity * reference.price,
                "unit_price": reference.price,
                "concepts": [reference.concept_index],
            }
            for reference in link.references
        )
    return {
        "purchase_order_ids": [link["purchase_order_id"] for link in linked],
        "purchase_orders": linked,
        "purchase_orders_response": flat,
    }


def _references(link: PoLink) -> list[dict[str, Any]]:
    return [
        {
            "concept_index": reference.concept_index,
            "line_external_id": reference.line_external_id,
            "line_num": reference.line_num,
            "line_price": reference.price,
            "line_quantity": reference.quantity,
        }
        for reference in link.references
    ]


def _history(cfdi: Cfdi) -> list[dict[str, Any]]:
    return [
        {
            "status": change.status,
            "previous_status": change.previous_status or None,
            "comments": change.comment or None,
            "created_at": instant_text(change.at),
        }
        for change in cfdi.history
    ]


def cfdi_json(portal: Portal, cfdi: Cfdi) -> dict[str, Any]:
    """The same document as a JSON value, for answers that nest it."""
    value: dict[str, Any] = load_json(cfdi_text(portal, cfdi))
    return value
