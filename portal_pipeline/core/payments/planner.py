"""What happens to each payment that Sage has posted: sent, held with every reason, or left out.

Source: rules 6. Pure: facts in, decisions out, in the order of payment date and number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from portal_pipeline.core.decisions import (
    Decision,
    Document,
    OperationRow,
    Status,
    Verdict,
    act,
    done,
    hold,
    out_of_scope,
    reject,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import ATTEMPTS_USED_UP, BEFORE_START
from portal_pipeline.core.findings.payments import (
    ADJUSTMENT_NOT_SENT,
    APPLY_DOCUMENT_NOT_SENT,
    FOREIGN_DOCUMENTS,
    MISCELLANEOUS_PAYMENT_NOT_SENT,
    NO_CASH_PAID,
    NOTHING_APPLIED,
    PAID_IN_PORTAL,
    PAYMENT_NUMBER_TWICE,
    PAYMENT_SETTLING,
    PAYMENT_WITHOUT_DATE,
    PORTAL_PAYMENT_DIFFERS,
    PORTAL_PAYMENT_REJECTED,
    PORTAL_PAYMENT_UNREADABLE,
    PORTAL_STATUS_CHANGED,
    PREPAYMENT_NOT_SENT,
    REPLACES_REVERSED_PAYMENT,
    REVERSED,
    WAITING_FOR_SUPPLIER,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import ZERO, cents, portal_currency, same_currency
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.payments.amounts import Allocation, allocate, functional_amount
from portal_pipeline.core.payments.facts import NAMED_MAX, PaymentFacts
from portal_pipeline.core.payments.gate import GateLine, pass_gate
from portal_pipeline.core.payments.payload import build_payload, differences
from portal_pipeline.core.portal import PortalPayment
from portal_pipeline.core.sage import SagePayment
from portal_pipeline.core.scope import before_start
from portal_pipeline.core.settling import is_due
from portal_pipeline.core.tenant import Tenant

INSTALMENTS = "instalments"
"""Detail of a payment: its invoices that were paid in part before, with their portal status."""

ORDINARY_PAYMENT = 1
_KINDS_NOT_SENT = {
    2: PREPAYMENT_NOT_SENT,
    3: APPLY_DOCUMENT_NOT_SENT,
    4: MISCELLANEOUS_PAYMENT_NOT_SENT,
    5: ADJUSTMENT_NOT_SENT,
}
_UPLOAD = Operation.UPLOAD


@dataclass
class _Taken:
    """What the acts planned so far take: cash by UUID, and who comes last for a UUID."""

    cash: dict[str, Decimal] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    def add(self, decision: Decision, lines: Sequence[GateLine]) -> Decision:
        """The act, placed after those that it shares an invoice with."""
        uuids = [line.invoice.uuid for line in lines if line.invoice.uuid]
        before = tuple(sorted({self.last[u] for u in uuids if u in self.last}))
        for line in lines:
            uuid = line.invoice.uuid
            if uuid:
                self.cash[uuid] = self.cash.get(uuid, ZERO) + line.share.amount
                self.last[uuid] = decision.key
        placed = decision.act.model_copy(update={"after": before}) if decision.act else None
        return decision.model_copy(update={"act": placed})


def needs_documents(payment: SagePayment, row: OperationRow | None) -> bool:
    """Whether a decision needs to know what the payment applies."""
    is_ordinary = payment.remit_type == ORDINARY_PAYMENT and bool(payment.lines)
    return is_ordinary and not payment.is_reversed and not _is_finished(row)


def _is_finished(row: OperationRow | None) -> bool:
    return row is not None and row.status in (Status.DONE, Status.DISMISSED)


def in_order(payment: SagePayment) -> tuple[date, str]:
    """Sort key: payment date, then number."""
    return payment.paid_on or date.min, payment.number


def plan_uploads(
    candidates: Sequence[PaymentFacts], tenant: Tenant, now: datetime
) -> list[Decision]:
    """One decision per candidate."""
    taken = _Taken()
    ordered = sorted(candidates, key=lambda facts: in_order(facts.payment))
    return [_decide(facts, tenant, now, taken) for facts in ordered]


def _decide(facts: PaymentFacts, tenant: Tenant, now: datetime, taken: _Taken) -> Decision:
    document = document_of(facts)
    if _is_finished(facts.row):
        return done(document, _UPLOAD)
    reason = _not_sent(facts, tenant)
    if reason is not None:
        return out_of_scope(document, _UPLOAD, reason)
    early = _too_early(facts, tenant, now)
    if early is not None:
        is_outside = early.code == BEFORE_START.code
        decide = out_of_scope if is_outside else hold
        return decide(document, _UPLOAD, early)
    allocation = allocate(facts.payment, facts.documents)
    if facts.in_portal is not None:
        return _adopted(facts, facts.in_portal, document, allocation, tenant)
    return _at_the_gate(facts, document, allocation, tenant, now, taken)


def document_of(facts: PaymentFacts) -> Document:
    """The payment as people recognise it, with its invoices that were paid in part before."""
    payment = facts.payment
    return Document(
        kind=DocumentKind.PAYMENT,
        key=payment.number,
        counterparty=payment.vendor_id,
        amount=cents(payment.amount),
        currency=portal_currency(payment.bank_currency),
        dated=payment.posted_on,
        sage_id=f"{payment.batch}/{payment.entry}",
        details={INSTALMENTS: _instalments(facts)} if facts.documents else {},
    )


def _instalments(facts: PaymentFacts) -> str:
    paid_before = sorted((c.uuid, c.status) for c in facts.cfdis if c.paid_by)
    shown = [f"{uuid} {status}" for uuid, status in paid_before[:NAMED_MAX]]
    return ", ".join(shown)


def _not_sent(facts: PaymentFacts, tenant: Tenant) -> Finding | None:
    """Why it is not ours to send."""
    payment = facts.payment
    if payment.remit_type != ORDINARY_PAYMENT:
        kind = _KINDS_NOT_SENT.get(payment.remit_type, MISCELLANEOUS_PAYMENT_NOT_SENT)
        return kind()
    if payment.is_reversed:
        return REVERSED()
    if not payment.lines:
        return NOTHING_APPLIED()
    if facts.payee.verdict == Verdict.OUT_OF_SCOPE:
        return facts.payee.finding
    if facts.payee.is_foreign and not tenant.payments.send_foreign:
        return FOREIGN_DOCUMENTS(vendor=payment.vendor_id)
    return None


def _too_early(facts: PaymentFacts, tenant: Tenant, now: datetime) -> Finding | None:
    """Before the tenant's start, or not settled yet."""
    payment = facts.payment
    outside = before_start(
        tenant,
        DocumentKind.PAYMENT,
        payment.posted_on,
        facts.known,
        facts.row,
        may_be_lost=may_be_lost(payment, tenant) and facts.in_portal is None,
    )
    if outside is not None:
        return outside
    if not facts.is_number_unique:
        return PAYMENT_NUMBER_TWICE(number=payment.number)
    settle = timedelta(minutes=tenant.payments.settle_minutes)
    settles_from = _settles_from(facts, now)
    if settles_from is not None and now < settles_from + settle:
        return PAYMENT_SETTLING(minutes=tenant.payments.settle_minutes)
    return None


def _settles_from(facts: PaymentFacts, now: datetime) -> datetime | None:
    """The stamp; where that lies in the future, and so is wrong, when the payment was first seen.

    Source: rules 1 "Reading": a stamp that lies costs a day, never a document.
    """
    stamped = facts.payment.stamped_at
    if stamped is None or stamped <= now:
        return stamped
    seen = facts.known.first_seen_at if facts.known else None
    return seen or now


def may_be_lost(payment: SagePayment, tenant: Tenant) -> bool:
    """Whether a payment from before the start was stamped since: the old system may lack it."""
    start = tenant.start_of(DocumentKind.PAYMENT)
    stamped = payment.stamped_at
    return start is not None and stamped is not None and stamped.date() >= start


def _at_the_gate(
    facts: PaymentFacts,
    document: Document,
    allocation: Allocation,
    tenant: Tenant,
    now: datetime,
    taken: _Taken,
) -> Decision:
    lines = _gate_lines(facts, allocation, taken.cash)
    gate = pass_gate(lines, facts.payee, allow_ignore_amounts=tenant.payments.allow_ignore_amounts)
    paid_on = facts.payment.paid_on or facts.payment.posted_on
    waits = _waits(facts, lines)
    own = [facts.payee.finding, facts.bank_finding, allocation.problem]
    problems = [*waits, *(finding for finding in own if finding is not None), *gate.failed]
    if not problems and not allocation.shares:
        return out_of_scope(document, _UPLOAD, NO_CASH_PAID())
    if not problems and paid_on is None:
        problems.append(PAYMENT_WITHOUT_DATE())
    links = _links(facts)
    if problems or paid_on is None:
        is_rejected = facts.payee.verdict == Verdict.REJECT and problems[0] == facts.payee.finding
        decide = reject if is_rejected else hold
        return decide(document, _UPLOAD, problems[0], notes=tuple(problems[1:]), links=links)
    payload = build_payload(
        facts, allocation, paid_on, tenant.payments, ignore_amounts=gate.ignore_amounts
    )
    sent = act(
        document,
        _UPLOAD,
        payload,
        links=links,
        look_up_first=True,  # the old system, or a person, may have sent it
        functional_amount=_functional(facts.payment, tenant),
    )
    return taken.add(sent, lines) if _goes_now(sent, facts.row, now) else sent


def _goes_now(sent: Decision, row: OperationRow | None, now: datetime) -> bool:
    """Whether the act starts in this cycle: one that waits takes nothing from a later payment."""
    if row is None or sent.act is None:
        return True
    is_refused = row.status == Status.REFUSED and not is_due(row, sent.act, now)
    return row.status != Status.IN_FLIGHT and not is_refused


def _gate_lines(
    facts: PaymentFacts, allocation: Allocation, taken: Mapping[str, Decimal]
) -> tuple[GateLine, ...]:
    """The invoices that get cash; where the amounts have a problem, every invoice without any."""
    return tuple(
        GateLine(
            invoice=facts.documents[share.pair],
            share=share,
            currency=allocation.invoice_currency,
            spoken_for=taken.get(facts.documents[share.pair].uuid, ZERO),
        )
        for share in allocation.shares
    )


def _waits(facts: PaymentFacts, lines: Sequence[GateLine]) -> list[Finding]:
    """What the portal's own state asks us to wait for, before the gate's conditions."""
    found: list[Finding] = []
    if facts.earlier_reversed:
        found.append(REPLACES_REVERSED_PAYMENT(earlier=", ".join(facts.earlier_reversed)))
    if facts.portal_problem:
        found.append(PORTAL_PAYMENT_UNREADABLE(detail=facts.portal_problem))
    paid = {line.invoice.uuid: ids for line in lines if (ids := _paying_others(facts, line))}
    if paid:
        others = sorted({portal_id for ids in paid.values() for portal_id in ids})
        found.append(
            PAID_IN_PORTAL(
                count=len(paid),
                invoices="; ".join(sorted(paid)[:NAMED_MAX]),
                payments=", ".join(others[:NAMED_MAX]),
            )
        )
    if _has_status_changed(facts):
        found.append(PORTAL_STATUS_CHANGED(statuses=_instalments(facts)))
    return found


def _paying_others(facts: PaymentFacts, line: GateLine) -> tuple[str, ...]:
    """Portal payments, none of ours, of an invoice that the portal has as fully paid."""
    cfdi = line.invoice.cfdi
    if cfdi is None or cfdi.balance is None or cfdi.balance > 0:
        return ()
    return tuple(portal_id for portal_id in cfdi.paid_by if not facts.strangers.get(portal_id))


def _has_status_changed(facts: PaymentFacts) -> bool:
    """A refused instalment whose invoice has moved in the portal: it is due in the next cycle."""
    row, known = facts.row, facts.known
    if row is None or row.status != Status.REFUSED or row.finding is None or known is None:
        return False
    is_waiting = row.finding.code in (WAITING_FOR_SUPPLIER.code, ATTEMPTS_USED_UP.code)
    before = known.details.get(INSTALMENTS, "")
    return is_waiting and before != _instalments(facts)


def _adopted(
    facts: PaymentFacts,
    held: PortalPayment,
    document: Document,
    allocation: Allocation,
    tenant: Tenant,
) -> Decision:
    """The portal has our number: adopted when it is this payment, else held for a person."""
    if held.is_rejected:
        return hold(document, _UPLOAD, PORTAL_PAYMENT_REJECTED(portal_id=held.id))
    paid_on = facts.payment.paid_on or facts.payment.posted_on or date.min
    payload = build_payload(facts, allocation, paid_on, tenant.payments)
    other = differences(payload, held)
    if other:
        finding = PORTAL_PAYMENT_DIFFERS(portal_id=held.id, differences="; ".join(other))
        return hold(document, _UPLOAD, finding, links=_links(facts))
    adopted = document.model_copy(update={"portal_id": held.id, "portal_state": held.status})
    return done(adopted, _UPLOAD, links=(*_links(facts), portal_link(held.id)))


def _links(facts: PaymentFacts) -> tuple[Link, ...]:
    """The payment's invoices, so that complements and cancellations find it."""
    uuids = sorted({d.uuid for d in facts.documents.values() if d.uuid})
    return tuple(
        Link(relation="pays", target_type="invoice", target_key=uuid, source="sage")
        for uuid in uuids
    )


def portal_link(portal_id: str) -> Link:
    """The portal's payment of a Sage payment."""
    return Link(
        relation="is_portal_payment",
        target_type="portal_payment",
        target_key=portal_id,
        source="portal",
    )


def _functional(payment: SagePayment, tenant: Tenant) -> Decimal | None:
    """Amount in the company's currency, where that is another."""
    if same_currency(payment.bank_currency, tenant.home_currency):
        return None
    return functional_amount(payment)
