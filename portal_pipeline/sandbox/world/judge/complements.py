"""Payment complements of the portal, and the UUIDs that Sage's payments carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.portal import Cfdi, Payment
from portal_pipeline.sandbox.world.gate_watch import replaced_uuids
from portal_pipeline.sandbox.world.judge.cfdis import COMPLEMENT
from portal_pipeline.sandbox.world.judge.evidence import Evidence
from portal_pipeline.sandbox.world.judge.finding import Finding, by_rule, compared

KIND = "payment_complement"
FIELD = "FOLIOCFD"
WRITES = frozenset({"write_complement"})
FIRST_STAYS = "of several valid ones of a payment the first stays"


def judged_complements(evidence: Evidence) -> Iterator[Finding]:
    """Every complement, whatever its state."""
    written = {
        one.number: one.optional_fields.get(FIELD, "").strip().upper() for one in evidence.payments
    }
    made = (*evidence.portal_payments.values(), *evidence.typed_payments.values())
    sent = [payment for several in made for payment in several]
    known = {cfdi.uuid: cfdi for cfdi in evidence.cfdis if cfdi.kind == COMPLEMENT}
    for cfdi in known.values():
        name = f"{evidence.key} complement {cfdi.uuid}"
        holders = [number for number, uuid in written.items() if uuid == cfdi.uuid]
        proved = _documented(cfdi, sent)
        strange = sorted(set(holders) - set(proved))
        if rule := _not_written(evidence, cfdi):
            yield by_rule(KIND, name, rule, _left(evidence, cfdi, rule, holders))
        elif strange:
            yield Finding(KIND, name, f"written to {', '.join(strange)}, which it does not prove")
        elif _first_stays(cfdi, proved, sent, {n: known.get(written.get(n, "")) for n in proved}):
            is_told = evidence.ledger.explains(KIND, cfdi.uuid)
            unlinked = set(proved) - evidence.ledger.documented_payments(cfdi.uuid)
            problem = f"not linked to {', '.join(sorted(unlinked))}" if unlinked else ""
            yield by_rule(KIND, name, FIRST_STAYS, "" if is_told else problem)
        else:
            yield _written(evidence, cfdi, name, [*proved], holders)


def _not_written(evidence: Evidence, cfdi: Cfdi) -> str:
    """Why a complement is not to be written to Sage; empty: it is."""
    if cfdi.is_cancelled:
        return "cancelled"
    if cfdi.authorized_at is None:
        return "not accepted"
    if cfdi.authorized_at >= evidence.now:
        return "accepted after the last cycle began"
    return "" if evidence.is_due(KIND, cfdi.authorized_at) else "accepted before the start"


def _left(evidence: Evidence, cfdi: Cfdi, rule: str, holders: Sequence[str]) -> str:
    """What is wrong with a UUID that is in Sage although it should not be."""
    told = [n for n in holders if evidence.ledger.explains("payment", n, operations=WRITES)]
    if not holders or len(told) == len(holders) or evidence.ledger.explains(KIND, cfdi.uuid):
        return ""
    return f"{rule}, but in {', '.join(sorted(holders))}"


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


def _first_stays(
    cfdi: Cfdi,
    proved: Sequence[str],
    sent: Sequence[Payment],
    stored: Mapping[str, Cfdi | None],
) -> bool:
    """Whether each of its payments has another valid complement in Sage, which it leaves there."""
    return bool(proved) and all(
        other is not None
        and other.uuid != cfdi.uuid
        and other.authorized_at is not None
        and not other.is_cancelled
        and other.uuid not in replaced_uuids(cfdi)
        and number in _documented(other, sent)
        for number, other in stored.items()
    )


def _written(
    evidence: Evidence, cfdi: Cfdi, name: str, proved: list[str], holders: Sequence[str]
) -> Finding:
    ledger = evidence.ledger
    missing = [number for number in proved if number not in holders]
    unexplained = [
        n for n in missing if not n or not ledger.explains("payment", n, operations=WRITES)
    ]
    is_told = ledger.explains(KIND, cfdi.uuid) or (bool(missing) and not unexplained)
    difference = f"not written to {', '.join(unexplained) or 'any payment'}"
    return compared(KIND, name, "" if holders and not missing else difference, is_told=is_told)
