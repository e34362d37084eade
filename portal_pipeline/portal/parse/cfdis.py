"""Documents of the CFDI list. Source: portal API sheet 4.2."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from portal_pipeline.core.portal import (
    AdditionalAmount,
    AppliedCreditNote,
    PaidDocument,
    PoLink,
    PoReference,
    PortalCfdi,
)
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.parse.fields import (
    MalformedItem,
    child,
    children,
    code,
    day,
    flag,
    identifier,
    identifiers,
    moment,
    number,
    portal_id,
    required_id,
    required_number,
    text,
    uuid,
    whole,
)


def cfdi(node: JsonObject) -> PortalCfdi:
    """One document: what its XML says, and what the portal adds."""
    raw, metadata = child(node, "cfdi"), child(node, "metadata")
    stamp = child(raw, "timbre")
    payment_info = child(metadata, "payment_info")
    return PortalCfdi(
        id=required_id(node),
        uuid=uuid(stamp, "uuid"),
        document_type=code(node, "type"),
        kind=code(metadata, "type"),
        cfdi_type=code(raw, "tipo_comprobante"),
        status=identifier(node, "status") or identifier(metadata, "status"),
        status_group=identifier(metadata, "cfdi_status_group"),
        serie=text(raw, "serie"),
        folio=text(raw, "folio"),
        issued_on=day(raw, "fecha_emision") or day(node, "date"),
        stamped_on=day(stamp, "fecha_timbrado"),
        currency=code(raw, "moneda") or code(node, "currency"),
        exchange_rate=number(raw, "tipo_cambio"),
        total=_total(raw, node),
        withheld=sum(
            (
                number(tax, "importe") or Decimal(0)
                for tax in children(child(raw, "impuestos"), "retenciones")
            ),
            Decimal(0),
        ),
        balance=number(metadata, "balance"),
        payment_method=code(raw, "metodo_pago"),
        issuer_rfc=code(child(raw, "emisor"), "rfc") or code(child(node, "issuer"), "rfc"),
        receiver_rfc=code(child(raw, "receptor"), "rfc"),
        company_rfc=code(metadata, "company_rfc"),
        provider_id=portal_id(metadata, "provider_id"),
        provider_external_id=identifier(metadata, "provider_external_id"),
        created_at=moment(metadata, "created_at"),
        authorized_at=moment(metadata, "authorized_at"),
        is_cancelled=flag(metadata, "cancelled_by_sat") or flag(metadata, "cancelled_in_tenant"),
        related=tuple(
            (text(relation, "tipo_relacion"), _uuids(relation, "uuids_relacionados"))
            for relation in children(raw, "cfdis_relacionados")
        ),
        po_links=_po_links(metadata),
        additional=_additional(metadata),
        additional_amount=_additional_amount(child(metadata, "additional_amount")),
        credit_notes=tuple(
            AppliedCreditNote(
                credit_note_id=required_id(note, "credit_note_id"),
                amount=required_number(note, "amount"),
            )
            for note in children(metadata, "credit_notes")
        ),
        payment_ids=_ids((children(node, "payment_complement_info"), "payment_id")),
        paid_by=_ids(
            (children(payment_info, "payments"), "payment_id"),
            (children(payment_info, "payments_response"), "id"),
        ),
        payment_numbers=_distinct(
            identifier(payment, "external_id")
            for name in ("payments", "payments_response")
            for payment in children(payment_info, name)
        ),
        paid_documents=_paid_documents(child(raw, "complementos")),
    )


def _total(raw: JsonObject, node: JsonObject) -> Decimal | None:
    total = number(raw, "total")
    return number(node, "total") if total is None else total


def _uuids(node: JsonObject, name: str) -> tuple[str, ...]:
    return tuple(value.upper() for value in identifiers(node, name))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _po_links(metadata: JsonObject) -> tuple[PoLink, ...]:
    """Every order that the invoice is linked to, by whichever of three keys names it.

    An order named by its portal id alone is kept: an invoice with an order must never pass for one
    without (rules 5).
    """
    links = [
        PoLink(
            po_number=identifier(link, "purchase_order_external_id"),
            po_id=portal_id(link, "purchase_order_id"),
            references=tuple(
                PoReference(
                    concept_index=whole(reference, "concept_index"),
                    line_external_id=identifier(reference, "line_external_id"),
                    quantity=number(reference, "line_quantity"),
                )
                for reference in children(link, "references")
            ),
        )
        for link in children(metadata, "purchase_orders")
    ]
    numbers = {link.po_number for link in links}
    flat: dict[str, list[PoReference]] = {}
    for row in children(metadata, "purchase_orders_response"):
        if (po_number := identifier(row, "purchase_order_number")) and po_number not in numbers:
            flat.setdefault(po_number, []).append(_flat_reference(row))
    links.extend(PoLink(po_number=n, references=tuple(found)) for n, found in flat.items())
    ids = [order_id.lower() for order_id in identifiers(metadata, "purchase_order_ids")]
    known_ids = {link.po_id for link in links}
    unnamed = [order_id for order_id in dict.fromkeys(ids) if order_id not in known_ids]
    # A link named by number alone may be one of these ids: only what exceeds the links is added.
    unnamed = unnamed[: max(0, len(set(ids)) - len(links))]
    links.extend(PoLink(po_number="", po_id=order_id) for order_id in unnamed)
    return tuple(links)


def _flat_reference(row: JsonObject) -> PoReference:
    concepts = row.get("concepts")
    first = concepts[0] if isinstance(concepts, list) and concepts else None
    return PoReference(
        concept_index=first if isinstance(first, int) and not isinstance(first, bool) else None,
        line_external_id=identifier(row, "purchase_order_line_external_id"),
        quantity=number(row, "quantity"),
    )


def _additional(metadata: JsonObject) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in children(metadata, "additional_info"):
        name = text(child(entry, "field"), "external_id").lower()
        value = entry.get("value")
        raw = value.get("raw") if isinstance(value, dict) else value
        # A field of the tenant's own may hold anything; only plain values are of use to us.
        if name and isinstance(raw, str | int) and not isinstance(raw, bool):
            found.setdefault(name, text({"raw": raw}, "raw"))
    return found


def _additional_amount(node: JsonObject) -> AdditionalAmount | None:
    name, amount = text(node, "name"), number(node, "amount")
    return AdditionalAmount(name=name, amount=amount) if name and amount is not None else None


def _paid_documents(complements: JsonObject) -> tuple[PaidDocument, ...]:
    found: list[PaidDocument] = []
    for version in ("pagos20", "pagos"):
        node = complements.get(version)
        payments = children({"pagos": node} if isinstance(node, list) else node or {}, "pagos")
        for payment in payments:
            found.extend(_documents_of(payment, day(payment, "fecha_pago")))
    return tuple(found)


def _documents_of(payment: JsonObject, paid_on: date | None) -> list[PaidDocument]:
    documents = children(payment, "documentos_relacionados")
    found: list[PaidDocument] = []
    for document in documents:
        amount = number(document, "importe_pagado")
        if amount is None and len(documents) == 1:
            # Complement 1.0 may leave the amount out where one document takes the whole payment.
            amount = number(payment, "monto")
        if amount is None:
            raise MalformedItem("importe_pagado is missing")
        found.append(
            PaidDocument(uuid=uuid(document, "id_documento"), amount=amount, paid_on=paid_on)
        )
    return found


def _ids(*sources: tuple[list[JsonObject], str]) -> tuple[str, ...]:
    return _distinct(portal_id(node, name) for nodes, name in sources for node in nodes)
