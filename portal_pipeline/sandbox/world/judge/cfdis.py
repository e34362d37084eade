"""Approved invoices and credit notes of the portal in Sage; complements in Sage's payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.portal import Cfdi, Payment
from portal_pipeline.sandbox.sage.company import InvoiceRecord
from portal_pipeline.sandbox.world.judge.evidence import Evidence, Finding

CREDIT_NOTE = 3
KINDS = {
    "INVOICE": "invoice",
    "ADVANCED": "invoice",
    "CREDIT_NOTE": "credit_note",
}
COMPLEMENT = "payment_complement"


def judged_invoices(evidence: Evidence) -> Iterator[Finding]:
    """Every invoice and credit note that an approver let through."""
    by_uuid, by_number = _documents(evidence)
    for cfdi in evidence.cfdis:
        kind = KINDS.get(cfdi.kind)
        if kind is None or not evidence.is_due(cfdi.authorized_at):
            continue
        found = by_uuid.get(cfdi.uuid) or [
            by_number[name]
            for name in evidence.ledger.sage_documents(cfdi.uuid)
            if name in by_number
        ]
        problem = _difference(cfdi, found)
        if evidence.ledger.explains(kind, cfdi.uuid):
            problem = ""
        yield f"{evidence.key} {kind} {cfdi.uuid}", problem


def _documents(
    evidence: Evidence,
) -> tuple[Mapping[str, list[InvoiceRecord]], Mapping[str, InvoiceRecord]]:
    """A/P documents by UUID, and by vendor and number."""
    by_uuid: dict[str, list[InvoiceRecord]] = defaultdict(list)
    for one in evidence.invoices:
        if one.uuid:
            by_uuid[one.uuid].append(one)
    return by_uuid, {f"{one.vendor}/{one.number}": one for one in evidence.invoices}


def _difference(cfdi: Cfdi, found: list[InvoiceRecord]) -> str:
    posted = [one for one in found if one.is_posted]
    if not posted:
        return "in Sage, but not posted" if found else "not in Sage"
    is_credit = cfdi.kind == "CREDIT_NOTE"
    for one in posted:
        if cents(one.total) != cfdi.facts.total:
            return f"{cfdi.facts.total} in the portal, {one.total} in Sage"
        if portal_currency(one.currency) != cfdi.facts.currency:
            return f"{cfdi.facts.currency} in the portal, {one.currency} in Sage"
        if (one.document_type == CREDIT_NOTE) is not is_credit:
            return "an invoice here, a credit note there"
    return ""


def judged_complements(evidence: Evidence) -> Iterator[Finding]:
    """Every complement that is accepted and not cancelled."""
    written = {
        one.number: one.optional_fields.get("FOLIOCFD", "").strip().upper()
        for one in evidence.payments
    }
    sent = [payment for several in evidence.portal_payments.values() for payment in several]
    for cfdi in evidence.cfdis:
        is_source = cfdi.kind == "PAYMENT_CFDI" and not cfdi.is_cancelled
        if not is_source or not evidence.is_due(cfdi.authorized_at):
            continue
        name = f"{evidence.key} complement {cfdi.uuid}"
        yield name, _complement_problem(evidence, cfdi, _documented(cfdi, sent), written)


def _documented(cfdi: Cfdi, sent: Sequence[Payment]) -> list[str]:
    """Numbers of the payments that a complement proves: by its links, else by what it says."""
    if cfdi.payment_ids:
        numbers = {payment.id: payment.external_id for payment in sent}
        return [numbers.get(payment_id, "") for payment_id in cfdi.payment_ids]
    paid = {
        (document["id_documento"].upper(), Decimal(document["importe_pagado"]))
        for pagos in load_json(cfdi.facts.raw)["complementos"].values()
        for pago in pagos["pagos"]
        for document in pago["documentos_relacionados"]
    }
    return [
        payment.external_id
        for payment in sent
        if any((line.uuid, line.applied) in paid for line in payment.lines)
    ]


def _complement_problem(
    evidence: Evidence, cfdi: Cfdi, linked: list[str], written: Mapping[str, str]
) -> str:
    ledger = evidence.ledger
    is_written = cfdi.uuid in written.values()
    missing = [number for number in linked if written.get(number) != cfdi.uuid]
    if is_written and not missing:
        return ""
    if ledger.explains(COMPLEMENT, cfdi.uuid):
        return ""
    writes = frozenset({"write_complement"})
    unexplained = [
        n for n in missing if not n or not ledger.explains("payment", n, operations=writes)
    ]
    if missing and not unexplained:
        return ""
    return f"not written to {', '.join(unexplained) or 'any payment'}"
