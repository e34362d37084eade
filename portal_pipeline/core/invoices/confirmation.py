"""Whether Sage holds a CFDI, and where: one answer for the import and for the payment gate.

Source: rules 5 "Confirm first, from Sage itself, whoever captured it".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from enum import StrEnum

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.money import cents, portal_currency, same_currency
from portal_pipeline.core.sage import (
    BatchStatus,
    SageDocument,
    SageDocumentSource,
    SageDocumentType,
)
from portal_pipeline.core.tenant import Withholdings


class ConfirmationState(StrEnum):
    """How far a CFDI is in Sage."""

    CONFIRMED = "confirmed"
    """Posted in A/P, read now, and what it should be."""
    IN_OPEN_BATCH = "in_open_batch"
    """Captured, or ready to post; also a PO invoice that has not reached A/P."""
    IN_ERROR_BATCH = "in_error_batch"
    """Posting failed; the entry waits in an error batch."""
    ON_TWO_DOCUMENTS = "on_two_documents"
    DIFFERS = "differs"
    """The document that carries the UUID, or is linked, is not what the CFDI says."""
    ABSENT = "absent"


class Origin(StrEnum):
    """How we know which Sage document the CFDI is."""

    UUID = "uuid"
    LINK = "link"
    NONE = ""


class Expected(Frozen):
    """What the Sage document of a CFDI must be; None is not compared."""

    vendor_id: str | None = None
    type: SageDocumentType | None = None
    currency: str | None = None
    total: Decimal | None = None
    """With tax, in the document's currency."""


def total_in_sage(
    total: Decimal | None, withheld: Decimal, withholdings: Withholdings
) -> Decimal | None:
    """The total that the Sage document of a CFDI has, in the CFDI's currency.

    With Sage's own tax withholding the document holds what is withheld, too (Web API sheet 11 b).
    """
    if total is None or withholdings != Withholdings.SAGE:
        return total
    return total + withheld


class Confirmation(Frozen):
    """The state, the appearance that proves it best, and how the document was found."""

    state: ConfirmationState
    document: SageDocument | None = None
    origin: Origin = Origin.NONE
    difference: str = ""
    """What differs, as ``total 100.00 / 90.00`` (CFDI / Sage)."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the CFDI is posted in Sage."""
        return self.state == ConfirmationState.CONFIRMED


def confirm(
    uuid: str,
    appearances: Sequence[SageDocument],
    *,
    linked: SageDocument | None = None,
    expected: Expected | None = None,
    substitutes: Collection[str] = (),
) -> Confirmation:
    """Whether the CFDI is confirmed as posted in Sage, and why not.

    Args:
        uuid: of the CFDI.
        appearances: where Sage shows documents with this UUID, and every appearance of the linked
            document (same vendor and number). Those that carry another UUID are not the CFDI's.
        linked: one appearance of the document that a link names; it decides between two.
        expected: what vendor, type, currency and total must be.
        substitutes: UUIDs that the CFDI stands in for (relation 04): a link may name a document
            that still carries one of them.
    """
    wanted = upper_uuid(uuid)
    accepted = {wanted, "", *substitutes}
    ours = [one for one in appearances if one.uuid in accepted and not one.is_reversed]
    failed = [one for one in ours if is_failed_copy(one)]
    documents = _documents([one for one in ours if not is_failed_copy(one)])
    if linked is not None:
        if linked.uuid not in accepted:
            return _of_another(wanted, linked)
        chain = documents.get((linked.vendor_id, linked.number), [linked])
        return _state_of(chain, failed, Origin.LINK, expected)
    by_uuid = [chain for chain in documents.values() if any(one.uuid == wanted for one in chain)]
    if not by_uuid:
        return Confirmation(state=ConfirmationState.ABSENT)
    if len(by_uuid) > 1:
        best = _best([one for chain in by_uuid for one in chain])
        return Confirmation(
            state=ConfirmationState.ON_TWO_DOCUMENTS, document=best, origin=Origin.UUID
        )
    return _state_of(by_uuid[0], failed, Origin.UUID, expected)


def is_failed_copy(one: SageDocument) -> bool:
    """Whether it is what stays in a posted batch of an entry that posting refused.

    The entry itself lives on in its error batch, where it may have got another number. Source: Web
    API sheet 8.
    """
    return (
        one.source == SageDocumentSource.AP_ENTRY
        and one.batch_status == BatchStatus.POSTED
        and one.error_entry != 0
    )


def _documents(
    appearances: Sequence[SageDocument],
) -> dict[tuple[str, str], list[SageDocument]]:
    """The appearances by document: vendor and number are its identity in A/P."""
    documents: dict[tuple[str, str], list[SageDocument]] = {}
    for one in appearances:
        documents.setdefault((one.vendor_id, one.number), []).append(one)
    return documents


def _of_another(uuid: str, linked: SageDocument) -> Confirmation:
    """A linked document that carries the UUID of another CFDI is that other's."""
    return Confirmation(
        state=ConfirmationState.DIFFERS,
        document=linked,
        origin=Origin.LINK,
        difference=f"UUID {uuid} / {linked.uuid}",
    )


def _state_of(
    chain: Sequence[SageDocument],
    failed: Sequence[SageDocument],
    origin: Origin,
    expected: Expected | None,
) -> Confirmation:
    document = _best(chain)
    difference = difference_of(document, expected)
    if document.is_posted:
        state = ConfirmationState.DIFFERS if difference else ConfirmationState.CONFIRMED
    elif _is_in_error_batch(chain, failed):
        state = ConfirmationState.IN_ERROR_BATCH
    else:
        state = ConfirmationState.IN_OPEN_BATCH
    return Confirmation(state=state, document=document, origin=origin, difference=difference)


def _best(chain: Sequence[SageDocument]) -> SageDocument:
    """What proves most: posted document, posted entry, waiting entry, PO document."""
    return max(chain, key=_rank)


def _rank(one: SageDocument) -> tuple[bool, int, int]:
    source = {
        SageDocumentSource.POSTED: 2,
        SageDocumentSource.AP_ENTRY: 1,
        SageDocumentSource.PO_INVOICE: 0,
        SageDocumentSource.PO_CREDIT_NOTE: 0,
    }[one.source]
    return one.is_posted, source, one.batch


def _is_in_error_batch(chain: Sequence[SageDocument], failed: Sequence[SageDocument]) -> bool:
    """Whether an entry of the chain stands where posting put what it refused."""
    places = {(one.error_batch, one.error_entry) for one in failed}
    return any((one.batch, one.entry) in places for one in chain if one.batch)


def difference_of(document: SageDocument, expected: Expected | None) -> str:
    """What of the document is not as expected, CFDI before Sage; empty when all agrees."""
    if expected is None:
        return ""
    differences: list[str] = []
    if expected.vendor_id is not None and expected.vendor_id != document.vendor_id:
        differences.append(f"vendor {expected.vendor_id} / {document.vendor_id}")
    if expected.type is not None and expected.type != document.type:
        differences.append(f"type {expected.type.value} / {document.type.value}")
    if expected.currency is not None and not same_currency(expected.currency, document.currency):
        differences.append(
            f"currency {portal_currency(expected.currency)} / {portal_currency(document.currency)}"
        )
    if expected.total is not None and cents(expected.total) != cents(document.total):
        differences.append(f"total {cents(expected.total)} / {cents(document.total)}")
    return ", ".join(differences)
