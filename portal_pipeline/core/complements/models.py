"""A payment complement as the ledger keeps it, and what is known of its payments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import DocumentRow
from portal_pipeline.core.invoices.listed import listed_of
from portal_pipeline.core.portal import PaidDocument
from portal_pipeline.core.sage import SagePayment

BROKEN = "invalid"
"""Verdict on a seal, as the download keeps it."""
SUBSTITUTES = "04"
"""SAT relation: this CFDI takes the place of the other."""
DOCUMENTS = "documents"
"""Relation of the link from a complement to the payment that it documents."""
CLOSES = "closes"
"""Relation of the link from a complement to an invoice whose payment it documents."""


class Complement(Frozen):
    """What the portal's list says about a complement."""

    uuid: str
    document: DocumentRow
    stamped_on: str = ""
    """``YYYYMMDD``, as Sage's date field takes it."""
    is_approved: bool = False
    is_cancelled: bool = False
    has_broken_seal: bool = False
    """The check of its download found that the Sello does not sign this content."""
    status: str = ""
    payment_ids: tuple[str, ...] = ()
    """Portal payments that it documents."""
    paid_documents: tuple[PaidDocument, ...] = ()
    replaces: frozenset[str] = frozenset()
    """UUIDs whose place it takes."""

    @property
    def is_valid(self) -> bool:
        """Whether it may be written to Sage."""
        is_sound = bool(self.stamped_on) and not self.has_broken_seal
        return is_sound and self.is_approved and not self.is_cancelled


def complement_of(document: DocumentRow) -> Complement:
    """The complement of a ledger row; what the row does not say is blank."""
    listed = listed_of(document)
    details = document.details
    return Complement(
        uuid=document.key,
        document=document,
        stamped_on=details.get("stamped_on", ""),
        is_approved=listed.is_approved,
        is_cancelled=listed.is_cancelled,
        has_broken_seal=details.get("seal", "") == BROKEN,
        status=listed.status,
        payment_ids=tuple(i for i in details.get("payment_ids", "").split(",") if i),
        paid_documents=tuple(
            _paid(text) for text in details.get("paid_documents", "").split(";") if text
        ),
        replaces=frozenset(listed.related_by(SUBSTITUTES)),
    )


def _paid(text: str) -> PaidDocument:
    uuid, amount, day = text.split(":")
    return PaidDocument(
        uuid=uuid,
        amount=Decimal(amount),
        paid_on=date(int(day[:4]), int(day[4:6]), int(day[6:])) if day else None,
    )


class PaidInvoice(Frozen):
    """A line of a Sage payment, by the UUID of its invoice; vendor currency."""

    uuid: str
    amount: Decimal
    payment: str
    paid_on: date | None = None


class ComplementFacts(Frozen):
    """One complement with what its links lead to."""

    complement: Complement
    numbers: Mapping[str, str] = Field(default_factory=dict)
    """Portal payment id -> our payment number; empty: a payment that is not ours."""
    unread: tuple[str, ...] = ()
    """Portal payments that could not be read now."""
    paid: tuple[PaidInvoice, ...] = ()
    """Sage payments of its related documents, where it has no link."""
    in_sage: frozenset[str] = frozenset()
    """Payment numbers that Sage has posted."""


class PaymentComplements(Frozen):
    """One Sage payment with every complement that is linked to it."""

    payment: SagePayment
    linked: tuple[Complement, ...] = ()
    stored: Complement | None = None
    """The complement whose UUID Sage holds, where the ledger knows it."""
    portal_id: str | None = None
    """Of the payment, where a link named it."""
