"""Loads what payment_upload decides on: payments, payees, banks, invoices, the portal's state.

Set-based per chunk; the portal is asked for single payments only where an invoice shows one that
the ledger does not know, or a payment from before the start may be missing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from portal_pipeline.controllers.payment_documents import load_applied
from portal_pipeline.controllers.payment_reading import read_several
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    DocumentRow,
    OperationRow,
    Verdict,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.findings.payments import BANK_ACCOUNT_UNKNOWN, BANK_NOT_MAPPED
from portal_pipeline.core.findings.providers import (
    PROVIDER_EXTERNAL_ID_MISSING,
    VENDOR_NOT_ON_PORTAL,
)
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Unclear
from portal_pipeline.core.payments.facts import AppliedDocument, Pair, PayeeFacts, PaymentFacts
from portal_pipeline.core.payments.planner import may_be_lost, needs_documents
from portal_pipeline.core.portal import PortalBankAccount, PortalPayment, PortalProvider
from portal_pipeline.core.providers.matching import Match, ProviderIndex, provider_of_vendor
from portal_pipeline.core.sage import SagePayment, SageVendor
from portal_pipeline.core.scope import was_taken_up
from portal_pipeline.portal.listing import Listing
from portal_pipeline.portal.look_up import LookUpResult, Seen
from portal_pipeline.sage.payments import PaymentKey, read_payments
from portal_pipeline.sage.vendors import read_vendors

Rows = Mapping[tuple[str, Operation], OperationRow]


class PaymentFactsLoader:
    """Facts of payments, chunk by chunk; masters of the portal are read once a step."""

    def __init__(self, work: Workspace) -> None:
        self._work = work

    def load(self, keys: Sequence[PaymentKey], repeated: frozenset[str]) -> list[PaymentFacts]:
        """The facts of these payments, in their order.

        Raises:
            SystemUnavailable, ConfigError: Sage or the portal cannot be read.
        """
        work = self._work
        payments = read_payments(work.sage, keys, work.tenant.fields)
        numbers = sorted({payment.number for payment in payments})
        rows = work.ledger.operations(DocumentKind.PAYMENT, numbers, [Operation.UPLOAD])
        known = work.ledger.documents(DocumentKind.PAYMENT, numbers)
        wanted = [p for p in payments if needs_documents(p, _row(rows, p))]
        applied = load_applied(work, wanted)
        payees = self._payees(wanted)
        owners = self._owners(applied)
        reversed_numbers = self._reversed(owners)
        bare = [
            self._facts(payment, rows, known, payees, applied, owners, reversed_numbers)
            if needs_documents(payment, _row(rows, payment))
            else PaymentFacts(
                payment=payment,
                row=_row(rows, payment),
                known=known.get(payment.number),
            )
            for payment in payments
        ]
        looked_up = self._look_up([facts for facts in bare if self._must_ask(facts)])
        return [
            _with_look_up(facts, looked_up.get(facts.payment.number)).model_copy(
                update={"is_number_unique": facts.payment.number not in repeated}
            )
            for facts in bare
        ]

    def _facts(
        self,
        payment: SagePayment,
        rows: Rows,
        known: Mapping[str, DocumentRow],
        payees: Mapping[str, PayeeFacts],
        applied: Mapping[Pair, AppliedDocument],
        owners: Mapping[str, str],
        reversed_numbers: frozenset[str],
    ) -> PaymentFacts:
        pairs = {(line.vendor_id, line.number) for line in payment.lines}
        documents = {pair: applied[pair] for pair in sorted(pairs)}
        paid_by = {i for d in documents.values() if d.cfdi for i in d.cfdi.paid_by}
        account, finding = self._bank(payment)
        earlier = {owners[i] for i in paid_by} & reversed_numbers - {payment.number}
        return PaymentFacts(
            payment=payment,
            documents=documents,
            payee=payees[payment.vendor_id],
            bank_account_id=account,
            bank_finding=finding,
            row=_row(rows, payment),
            known=known.get(payment.number),
            earlier_reversed=tuple(sorted(earlier)),
            strangers={portal_id: owners[portal_id] for portal_id in paid_by},
        )

    # -- payees (rules 2) ----------------------------------------------------------------------

    @cached_property
    def _providers(self) -> Listing[PortalProvider]:
        return self._work.portal.providers(status=None)

    @cached_property
    def _index(self) -> ProviderIndex:
        return ProviderIndex(self._providers.items)

    def _payees(self, payments: Sequence[SagePayment]) -> dict[str, PayeeFacts]:
        numbers = {payment.vendor_id for payment in payments}
        if not numbers:
            return {}
        vendors = read_vendors(self._work.sage, numbers, self._work.tenant.fields)
        return {number: self._payee(number, vendors.get(number)) for number in numbers}

    def _payee(self, number: str, vendor: SageVendor | None) -> PayeeFacts:
        tenant = self._work.tenant
        match = (
            provider_of_vendor(vendor, self._index, tenant)
            if vendor is not None
            else Match(finding=VENDOR_NOT_ON_PORTAL(vendor=number), is_out_of_scope=True)
        )
        provider = match.provider
        if provider is None:
            return self._without_provider(match)
        if not provider.external_id:
            finding = PROVIDER_EXTERNAL_ID_MISSING(provider=provider.id, vendor=number)
            return PayeeFacts(provider_id=provider.id, verdict=Verdict.HOLD, finding=finding)
        return PayeeFacts(
            provider_id=provider.id,
            external_id=provider.external_id,
            is_foreign=provider.is_foreign,
        )

    def _without_provider(self, match: Match) -> PayeeFacts:
        """Why there is no provider; nothing is concluded from a list that is not complete."""
        if not self._providers.proves_absence:
            finding = LISTING_INCOMPLETE(listing="providers", detail=self._providers.problem)
            return PayeeFacts(verdict=Verdict.HOLD, finding=finding)
        if match.is_out_of_scope:
            return PayeeFacts(verdict=Verdict.OUT_OF_SCOPE, finding=match.finding)
        verdict = Verdict.REJECT if match.is_conflict else Verdict.HOLD
        return PayeeFacts(verdict=verdict, finding=match.finding)

    # -- bank ----------------------------------------------------------------------------------

    @cached_property
    def _accounts(self) -> Listing[PortalBankAccount]:
        return self._work.portal.bank_accounts()

    def _bank(self, payment: SagePayment) -> tuple[str, Finding | None]:
        """(portal account id, why there is none): setting, else the bank's ADDR1 in Sage."""
        mapped = self._work.tenant.payments.bank_accounts
        account = mapped.get(payment.bank) or payment.bank_portal_account
        if not account:
            return "", BANK_NOT_MAPPED(bank=payment.bank or "-")
        for one in self._accounts.items:
            if one.id.casefold() == account.casefold() and one.is_active:
                return one.id, None
        if not self._accounts.proves_absence:
            detail = self._accounts.problem
            return "", LISTING_INCOMPLETE(listing="bank accounts", detail=detail)
        return "", BANK_ACCOUNT_UNKNOWN(bank=payment.bank, account=account)

    # -- what the portal already has -----------------------------------------------------------

    def _owners(self, applied: Mapping[Pair, AppliedDocument]) -> dict[str, str]:
        """Portal payment id -> our payment number, of all that the invoices show; else empty."""
        ids = sorted({i for d in applied.values() if d.cfdi for i in d.cfdi.paid_by})
        found = self._work.ledger.documents_by_portal_id(DocumentKind.PAYMENT, ids)
        return {i: found[i].key if i in found else "" for i in ids}

    def _reversed(self, owners: Mapping[str, str]) -> frozenset[str]:
        """Payments among them whose reversal is not through yet."""
        numbers = sorted({number for number in owners.values() if number})
        rows = self._work.ledger.operations(DocumentKind.PAYMENT, numbers, [Operation.REVERSE])
        return frozenset(key for (key, _), row in rows.items() if row.status in OPEN_STATUSES)

    def _must_ask(self, facts: PaymentFacts) -> bool:
        """Whether only the portal can say if it has the payment already."""
        start = self._work.tenant.start_of(DocumentKind.PAYMENT)
        posted_on = facts.payment.posted_on
        is_older = start is not None and (posted_on is None or posted_on < start)
        if is_older and not was_taken_up(facts.row):
            return bool(facts.documents) and may_be_lost(facts.payment, self._work.tenant)
        return any(number in ("", facts.payment.number) for number in facts.strangers.values())

    def _look_up(self, asked: Sequence[PaymentFacts]) -> dict[str, LookUpResult[PortalPayment]]:
        numbers = sorted({facts.payment.number for facts in asked})
        return read_several(self._work, self._work.portal.look_up_payment, numbers)


def _row(rows: Rows, payment: SagePayment) -> OperationRow | None:
    return rows.get((payment.number, Operation.UPLOAD))


def _with_look_up(facts: PaymentFacts, result: LookUpResult[PortalPayment] | None) -> PaymentFacts:
    match result:
        case Seen(item=held):
            return facts.model_copy(update={"in_portal": held})
        case Unclear(detail=detail):
            return facts.model_copy(update={"portal_problem": detail})
        case _:
            return facts
