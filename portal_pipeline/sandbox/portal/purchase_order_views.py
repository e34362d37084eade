"""A purchase order as the portal's answers show it: PurchaseOrderCoreResponse.

Names differ from the request's: number, item_code, line_num, line_total, externalCode.
Source: portal API sheet 5.3.
"""

from __future__ import annotations

from typing import Any

from portal_pipeline.core.wire import dump_json, load_json
from portal_pipeline.sandbox.portal.identity import instant_text
from portal_pipeline.sandbox.portal.records import Cfdi, Provider, PurchaseOrder
from portal_pipeline.sandbox.portal.state import Portal

_ECHOED = [
    "date",
    "delivery_date",
    "delivery_contact",
    "requested_by_contact",
    "warehouse",
    "reference",
    "comments",
    "vat_sum",
    "withhold_tax_sum",
    "cfdi_use",
    "cfdi_payment_form",
    "cfdi_payment_method",
    "addresses",
]
_CONTENT_CHANGES = frozenset({"CREATE", "MODIFY"})


def purchase_order_text(portal: Portal, order: PurchaseOrder) -> str:
    """The JSON text of one order, reused until something that it shows has changed."""
    provider = portal.store.providers.get(order.tenant, order.provider_id)
    cfdis = tuple(
        cfdi
        for cfdi_id in order.cfdi_ids
        if (cfdi := portal.store.cfdis.get(order.tenant, cfdi_id)) is not None
    )
    return portal.rendered.text(
        ("purchase_order", order.tenant, order.id),
        (order, provider, *cfdis),
        lambda: dump_json(_order_json(portal, order, provider, cfdis)),
    )


def _order_json(
    portal: Portal, order: PurchaseOrder, provider: Provider | None, cfdis: tuple[Cfdi, ...]
) -> dict[str, Any]:
    sent: dict[str, Any] = load_json(order.request)
    companies = portal.store.companies.find(order.tenant, order.company_external_id)
    return {name: sent.get(name) for name in _ECHOED} | {
        "id": order.id,
        "external_id": order.external_id,
        "number": sent.get("num") or order.external_id,
        "status": order.status,
        "acceptance_status": order.acceptance_status,
        "currency": order.currency,
        "exchange_rate": order.exchange_rate,
        "subtotal": order.subtotal,
        "total": order.total,
        "total_lines": len(order.lines),
        "provider_id": order.provider_id,
        "provider_name": provider.name if provider else None,
        "provider": provider
        and {
            "id": provider.id,
            "external_id": provider.external_id or None,
            "name": provider.name,
            "rfc": provider.rfc,
        },
        "company_id": companies[0].id if companies else None,
        "company_external_id": order.company_external_id or None,
        "tenant_id": order.tenant,
        "metadata": sent.get("metadata") or [],
        "owners": sent.get("owners") or [],
        "cfdi_ids": [cfdi.id for cfdi in cfdis],
        "cfdis": [
            {"id": cfdi.id, "uuid": cfdi.uuid, "identifier": cfdi.facts.identifier}
            for cfdi in cfdis
        ],
        "lines": [
            _line_json(line, place, order, cfdis) for place, line in enumerate(sent["lines"])
        ],
        "logs": [
            {"batch_id": None, "date": instant_text(log.at), "type": log.change}
            for log in order.logs
            if log.change in _CONTENT_CHANGES
        ],
    }


def _line_json(
    sent: dict[str, Any], place: int, order: PurchaseOrder, cfdis: tuple[Cfdi, ...]
) -> dict[str, Any]:
    line = order.lines[place]
    return {
        "external_id": line.external_id,
        "external_id_line": line.external_id,
        "line_num": line.num,
        "item_code": line.code,
        "description": sent.get("description"),
        "quantity": line.quantity,
        "price": line.price,
        "subtotal": line.subtotal,
        "line_total": line.total,
        "unit_of_measure": line.unit_of_measure or None,
        "metadata": sent.get("metadata") or [],
        "vat_taxes": _taxes(sent.get("vat_taxes")),
        "withholding_taxes": _taxes(sent.get("withholding_taxes")),
        "cfdis": [
            {
                "id": cfdi.id,
                "uuid": cfdi.uuid,
                "identifier": cfdi.facts.identifier,
                "concepts": concepts,
            }
            for cfdi in cfdis
            if (concepts := _linked_concepts(cfdi, order.external_id, line.external_id))
        ],
        "deliveries": [],
    }


def _taxes(sent: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [
        {
            "code": tax.get("code"),
            "externalCode": tax.get("external_code"),
            "rate": tax.get("rate"),
            "amount": tax["amount"],
        }
        for tax in sent or []
    ]


def _linked_concepts(cfdi: Cfdi, number: str, line_external_id: str) -> list[int]:
    return [
        reference.concept_index
        for link in cfdi.po_links
        if link.purchase_order_external_id == number
        for reference in link.references
        if reference.line_external_id == line_external_id
    ]
