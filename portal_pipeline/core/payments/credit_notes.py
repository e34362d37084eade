"""Which invoice a credit note lowers: portal, CFDI relation and INVCAPPLTO, in that order.

Source: rules 6 "Amounts". A source that names another document than those paid is not overruled
by a weaker one: the credit note then lowers nothing here, and the payment's sum shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal_pipeline.core.money import ZERO
from portal_pipeline.core.payments.facts import AppliedDocument, Pair

CREDITING_RELATIONS = frozenset({"01", "03", "07"})
"""SAT relation types by which a credit note names its invoice (04 names what it replaces)."""


def lowered_by(
    note: Pair,
    amount: Decimal,
    documents: Mapping[Pair, AppliedDocument],
    invoices: frozenset[Pair],
) -> Mapping[Pair, Decimal]:
    """How much of a credit note (``amount``, positive) each of the invoices takes.

    Empty where no invoice of the payment is named, or several are and none is certain.
    """
    known = documents.get(note)
    if known is None:
        return {}
    by_portal = _by_portal(known, documents, invoices)
    if len(by_portal) == 1:
        return dict.fromkeys(by_portal, amount)
    if by_portal:
        return by_portal if sum(by_portal.values(), ZERO) == amount else {}
    named = frozenset(
        uuid
        for relation, uuids in (known.cfdi.related if known.cfdi else ())
        if relation in CREDITING_RELATIONS
        for uuid in uuids
    )
    applied_to = (note[0], known.applies_to)
    if named:
        targets = {pair for pair in invoices if _uuid_of(documents, pair) in named}
        if len(targets) > 1:
            targets &= {applied_to}
        return dict.fromkeys(targets, amount)
    return {applied_to: amount} if applied_to in invoices else {}


def _by_portal(
    note: AppliedDocument, documents: Mapping[Pair, AppliedDocument], invoices: frozenset[Pair]
) -> dict[Pair, Decimal]:
    if note.cfdi is None:
        return {}
    found: dict[Pair, Decimal] = {}
    for pair in sorted(invoices):
        known = documents.get(pair)
        for use in known.cfdi.credit_notes if known and known.cfdi else ():
            if use.credit_note_id == note.cfdi.id:
                found[pair] = found.get(pair, ZERO) + use.amount
    return found


def _uuid_of(documents: Mapping[Pair, AppliedDocument], pair: Pair) -> str | None:
    known = documents.get(pair)
    return known.uuid or None if known else None
