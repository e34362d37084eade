"""Loads what payment_check decides on: complements, the payments they name, what Sage holds.

Set-based per chunk; the portal is asked only for payments that the ledger does not know.
Source: rules 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal_pipeline.controllers.payment_reading import read_several
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.complements.models import (
    DOCUMENTS,
    Complement,
    ComplementFacts,
    PaidInvoice,
    PaymentComplements,
    complement_of,
)
from portal_pipeline.core.errors import DocumentError, RetriableError
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.sage import SagePayment
from portal_pipeline.sage.ap_documents import read_documents_by_uuid
from portal_pipeline.sage.payments import (
    read_numbered_keys,
    read_paying_keys,
    read_payments,
)

_COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT


@dataclass
class _Numbers:
    """Our payment number of portal payments; empty: not ours."""

    by_id: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class LoadedComplements:
    """Complements of a chunk, and the Sage payments that they may concern, by number."""

    complements: tuple[ComplementFacts, ...]
    payments: Mapping[str, SagePayment]
    portal_ids: Mapping[str, str]
    """Payment number -> portal id."""


class ComplementFactsLoader:
    """Facts of complements and of their payments."""

    def __init__(self, work: Workspace) -> None:
        self._work = work

    def load(self, keys: Sequence[str]) -> LoadedComplements:
        """The complements with these UUIDs.

        Raises:
            SystemUnavailable, ConfigError: Sage or the portal cannot be read.
        """
        rows = self._work.ledger.documents(_COMPLEMENT, keys)
        complements = [complement_of(rows[key]) for key in sorted(rows)]
        numbers = self._numbers({i for one in complements for i in one.payment_ids})
        unlinked = [one for one in complements if not one.payment_ids]
        uuids = sorted({paid.uuid for one in unlinked for paid in one.paid_documents})
        payments, paid = self._payments(set(filter(None, numbers.by_id.values())), uuids)
        facts = tuple(_facts(one, numbers, paid, payments) for one in complements)
        portal_ids = {number: i for i, number in sorted(numbers.by_id.items()) if number}
        return LoadedComplements(facts, payments, portal_ids)

    def _numbers(self, portal_ids: set[str]) -> _Numbers:
        """From the ledger, else from the portal's payment itself."""
        known = self._work.ledger.documents_by_portal_id(DocumentKind.PAYMENT, sorted(portal_ids))
        found = _Numbers({i: document.key for i, document in known.items()})
        missing = sorted(portal_ids - known.keys())
        for portal_id, number in read_several(self._work, self._number, missing).items():
            if number is None:
                found.unread.add(portal_id)
            else:
                found.by_id[portal_id] = number
        return found

    def _number(self, portal_id: str) -> str | None:
        """Our number of a portal payment, empty when it has none; None: it cannot be read."""
        try:
            payment = self._work.portal.payment_by_id(portal_id)
        except (DocumentError, RetriableError):
            return None  # its complements wait, the others go on
        return payment.external_id.strip() if payment else ""

    def _payments(
        self, numbers: set[str], uuids: Sequence[str]
    ) -> tuple[dict[str, SagePayment], tuple[PaidInvoice, ...]]:
        """(posted payments by number, what they paid of these invoices)."""
        sage, fields = self._work.sage, self._work.tenant.fields
        keys = set(read_numbered_keys(sage, sorted(numbers)))
        pairs = self._pairs(uuids)
        if pairs:
            keys |= set(read_paying_keys(sage, sorted(pairs)))
        payments = read_payments(sage, sorted(keys), fields) if keys else ()
        paid = tuple(
            PaidInvoice(
                uuid=pairs[line.vendor_id, line.number],
                amount=line.amount,
                payment=payment.number,
                paid_on=payment.paid_on,
            )
            for payment in payments
            if not payment.is_reversed
            for line in payment.lines
            if (line.vendor_id, line.number) in pairs
        )
        return {payment.number: payment for payment in payments}, paid

    def _pairs(self, uuids: Sequence[str]) -> dict[tuple[str, str], str]:
        """Vendor and number of the invoices, from Sage and from links."""
        if not uuids:
            return {}
        found: dict[tuple[str, str], str] = {}
        read = read_documents_by_uuid(self._work.sage, uuids, self._work.tenant.fields)
        for uuid, appearances in read.items():
            found |= {(one.vendor_id, one.number): uuid for one in appearances}
        links = self._work.ledger.links_of(DocumentKind.INVOICE, uuids, "is_sage_document")
        for uuid, link in links:
            vendor, _, number = link.target_key.partition("/")
            found[vendor, number] = uuid
        return found

    def load_payments(
        self, numbers: Iterable[str], loaded: LoadedComplements
    ) -> list[PaymentComplements]:
        """The payments with every complement that is linked to them, of whatever cycle."""
        wanted = sorted(set(numbers))
        links = self._work.ledger.links_to(DocumentKind.PAYMENT.value, wanted, DOCUMENTS)
        keys = {ref.key for ref, _ in links}
        keys |= {p.complement_uuid for p in loaded.payments.values() if p.complement_uuid}
        rows = self._work.ledger.documents(_COMPLEMENT, sorted(keys))
        known = {key: complement_of(row) for key, row in rows.items()}
        by_payment: dict[str, list[Complement]] = {number: [] for number in wanted}
        for ref, link in links:
            if ref.key in known:
                by_payment[link.target_key].append(known[ref.key])
        return [
            PaymentComplements(
                payment=loaded.payments[number],
                linked=tuple(by_payment[number]),
                stored=known.get(loaded.payments[number].complement_uuid),
                portal_id=loaded.portal_ids.get(number),
            )
            for number in wanted
        ]


def _facts(
    complement: Complement,
    numbers: _Numbers,
    paid: Sequence[PaidInvoice],
    payments: Mapping[str, SagePayment],
) -> ComplementFacts:
    ids = complement.payment_ids
    uuids = {one.uuid for one in complement.paid_documents}
    return ComplementFacts(
        complement=complement,
        numbers={i: numbers.by_id[i] for i in ids if i in numbers.by_id},
        unread=tuple(i for i in ids if i in numbers.unread),
        paid=() if ids else tuple(line for line in paid if line.uuid in uuids),
        in_sage=frozenset(payments),
    )
