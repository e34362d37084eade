"""What is written into a Sage payment: UUID and stamping date of its complement, or why not.

Source: rules 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal_pipeline.core.complements.models import Complement, PaymentComplements
from portal_pipeline.core.decisions import (
    Decision,
    Document,
    act,
    done,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.complements import (
    COMPLEMENT_CANCELLED,
    OTHER_UUID_PRESENT,
    SEVERAL_COMPLEMENTS,
    SQL_WRITES_OFF,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import cents, portal_currency
from portal_pipeline.core.sage import SagePayment
from portal_pipeline.core.tenant import PaymentRules
from portal_pipeline.core.wire import JsonObject

_WRITE = Operation.WRITE_COMPLEMENT


def plan_write(facts: PaymentComplements, rules: PaymentRules) -> Decision | None:
    """The decision for one payment; None while none of its complements may be written."""
    payment = facts.payment
    valid = [one for one in facts.linked if one.is_valid]
    document = _document(payment, facts.portal_id)
    if not valid:
        return _without_valid(facts, document)
    notes = _notes(valid)
    stored = payment.complement_uuid
    wanted = _wanted(stored, valid, facts)
    if wanted is None:
        offered = ", ".join(one.uuid for one in valid[:5])
        finding = OTHER_UUID_PRESENT(stored=stored, offered=offered)
        return reject(document, _WRITE, finding, notes=notes, reopens=True)
    if wanted.uuid == stored and payment.complement_date:
        return done(document, _WRITE, notes=notes)
    if not rules.allow_sage_sql_writes:
        return _left_out(document, SQL_WRITES_OFF(uuid=wanted.uuid))
    return act(document, _WRITE, _payload(payment, wanted), notes=notes)


def _without_valid(facts: PaymentComplements, document: Document) -> Decision | None:
    """Nothing to write while one waits for approval, nor once all of them are cancelled."""
    if not all(one.is_cancelled for one in facts.linked):
        return None
    if facts.payment.complement_uuid in {one.uuid for one in facts.linked}:
        return done(document, _WRITE)
    return _left_out(document, COMPLEMENT_CANCELLED())


def _left_out(document: Document, finding: Finding) -> Decision:
    return out_of_scope(document, _WRITE, finding).model_copy(update={"reopens": True})


def _wanted(
    stored: str, valid: Sequence[Complement], facts: PaymentComplements
) -> Complement | None:
    """The complement that Sage shall hold; None where another value stands in its way.

    The first stays; one that substitutes the stored one, or follows its cancellation, replaces it.
    """
    known = {one.uuid: one for one in facts.linked}
    if facts.stored is not None:
        known[facts.stored.uuid] = facts.stored
    last = [one for one in valid if not any(_replaces(other, one.uuid, known) for other in valid)]
    candidates = sorted(last or valid, key=lambda one: (one.stamped_on, one.uuid))
    if not stored:
        return candidates[0]
    same = next((one for one in candidates if one.uuid == stored), None)
    if same is not None:
        return same
    substitute = next((one for one in candidates if _replaces(one, stored, known)), None)
    if substitute is not None:
        return substitute
    is_cancelled = stored in known and known[stored].is_cancelled
    return candidates[0] if is_cancelled else None


def _replaces(one: Complement, uuid: str, known: Mapping[str, Complement]) -> bool:
    """Whether it takes the place of ``uuid``, directly or through others in between."""
    seen: set[str] = set()
    open_uuids = set(one.replaces)
    while open_uuids:
        current = open_uuids.pop()
        if current == uuid:
            return True
        seen.add(current)
        between = known.get(current)
        open_uuids |= (between.replaces if between else frozenset()) - seen
    return False


def _notes(valid: Sequence[Complement]) -> tuple[Finding, ...]:
    if len(valid) < 2:
        return ()
    return (SEVERAL_COMPLEMENTS(uuids=", ".join(sorted(one.uuid for one in valid)[:5])),)


def _payload(payment: SagePayment, wanted: Complement) -> JsonObject:
    """What the writer receives; ``replaces`` is what it must find there."""
    return {
        "payment": payment.number,
        "batch": payment.batch,
        "entry": payment.entry,
        "uuid": wanted.uuid,
        "stamped_on": wanted.stamped_on,
        "replaces": payment.complement_uuid,
    }


def _document(payment: SagePayment, portal_id: str | None) -> Document:
    return Document(
        kind=DocumentKind.PAYMENT,
        key=payment.number,
        counterparty=payment.vendor_id,
        amount=cents(payment.amount),
        currency=portal_currency(payment.bank_currency),
        dated=payment.posted_on,
        portal_id=portal_id,
        sage_id=f"{payment.batch}/{payment.entry}",
    )
