"""What payments apply, as Sage, the ledger's links and the portal know it now.

Source: rules 5 (confirmed) and 6 (the gate reads in this step).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.invoices.confirmation import (
    Confirmation,
    Expected,
    confirm,
    total_in_sage,
)
from portal_pipeline.core.payments.facts import AppliedDocument, Pair
from portal_pipeline.core.portal import PortalCfdi
from portal_pipeline.core.sage import SageDocument, SageDocumentSource, SagePayment
from portal_pipeline.core.tenant import Withholdings
from portal_pipeline.sage.ap_documents import (
    read_credits,
    read_documents_by_number,
    read_documents_by_uuid,
)

PERSON = "person"
PUE = "PUE"
SUBSTITUTES = "04"

Appearances = Mapping[Pair, tuple[SageDocument, ...]]


@dataclass(frozen=True)
class _LinkedUuid:
    """The CFDI that a ledger link names for a Sage document."""

    uuid: str
    source: str


@dataclass(frozen=True)
class _Read:
    """What was read for a chunk of payments."""

    by_number: Appearances
    by_uuid: Mapping[str, tuple[SageDocument, ...]]
    links: Mapping[Pair, _LinkedUuid]
    credits: Mapping[Pair, Decimal]
    cfdis: Mapping[str, PortalCfdi]
    is_listing_complete: bool
    withholdings: Withholdings


def load_applied(work: Workspace, payments: Sequence[SagePayment]) -> dict[Pair, AppliedDocument]:
    """Every document that the payments apply, by vendor and number; set-based.

    Raises:
        SystemUnavailable, ConfigError: Sage or the portal gave nothing at all.
    """
    pairs = sorted({(line.vendor_id, line.number) for p in payments for line in p.lines})
    if not pairs:
        return {}
    fields = work.tenant.fields
    by_number = read_documents_by_number(work.sage, pairs, fields)
    links = _links(work, pairs)
    uuids = sorted(
        {link.uuid for link in links.values()}
        | {one.uuid for appearances in by_number.values() for one in appearances if one.uuid}
    )
    listing = work.portal.cfdis_by_uuid(uuids) if uuids else None
    cfdis = {cfdi.uuid: cfdi for cfdi in listing.items} if listing else {}
    read = _Read(
        by_number=by_number,
        by_uuid=read_documents_by_uuid(work.sage, uuids, fields) if uuids else {},
        links=links,
        credits=_credits(work, by_number, links, cfdis),
        cfdis=cfdis,
        is_listing_complete=listing is None or listing.proves_absence,
        withholdings=work.tenant.imports.withholdings,
    )
    return {pair: _applied(pair, read) for pair in pairs}


def _credits(
    work: Workspace,
    by_number: Appearances,
    links: Mapping[Pair, _LinkedUuid],
    cfdis: Mapping[str, PortalCfdi],
) -> Mapping[Pair, Decimal]:
    """Credit notes posted onto the PUE invoices, which owe nothing once they are paid."""
    at_once = {uuid for uuid, cfdi in cfdis.items() if cfdi.payment_method == PUE}
    pairs = {pair for pair, each in by_number.items() if at_once & {one.uuid for one in each}}
    pairs |= {pair for pair, link in links.items() if link.uuid in at_once}
    return read_credits(work.sage, sorted(pairs)) if pairs else {}


def _links(work: Workspace, pairs: Sequence[Pair]) -> dict[Pair, _LinkedUuid]:
    """The latest link of each document."""
    by_target = {f"{vendor}/{number}": (vendor, number) for vendor, number in pairs}
    found = work.ledger.links_to("sage_entry", sorted(by_target), relation="is_sage_document")
    return {
        by_target[link.target_key]: _LinkedUuid(upper_uuid(ref.key), link.source)
        for ref, link in found
    }


def _applied(pair: Pair, read: _Read) -> AppliedDocument:
    appearances = read.by_number.get(pair, ())
    in_sage = next((one.uuid for one in sorted(appearances, key=_proof) if one.uuid), "")
    link = read.links.get(pair)
    uuid = link.uuid if link and _prevails(link, pair, in_sage, read) else in_sage
    posted = [one for one in appearances if one.source == SageDocumentSource.POSTED]
    is_confirmed, state = _confirmed(pair, uuid, in_sage, read)
    return AppliedDocument(
        number=pair[1],
        uuid=uuid,
        is_confirmed=is_confirmed,
        confirmation=state,
        amount_due=posted[0].amount_due if posted else None,
        applies_to=next((one.applies_to for one in appearances if one.applies_to), ""),
        credited=read.credits.get(pair, Decimal(0)),
        cfdi=read.cfdis.get(uuid),
        is_listing_complete=read.is_listing_complete,
    )


def _proof(one: SageDocument) -> tuple[bool, int]:
    """Posted appearances first, then the latest batch: their UUID counts."""
    return not one.is_posted, -one.batch


def _prevails(link: _LinkedUuid, pair: Pair, in_sage: str, read: _Read) -> bool:
    """Whether a link names the CFDI against the UUID in Sage: a person's, or a substitute's.

    A CFDI whose UUID stands on a document of its own is that one, whatever a person says of
    another which carries another UUID: he took one for the other.
    """
    if in_sage in ("", link.uuid):
        return True
    if link.source == PERSON:
        carriers = {(one.vendor_id, one.number) for one in read.by_uuid.get(link.uuid, ())}
        return carriers <= {pair}
    cfdi = read.cfdis.get(link.uuid)
    related = cfdi.related if cfdi else ()
    return any(kind == SUBSTITUTES and in_sage in uuids for kind, uuids in related)


def _confirmed(pair: Pair, uuid: str, in_sage: str, read: _Read) -> tuple[bool, str]:
    """(confirmed, state shown): posted with this UUID; without any UUID, posted at all."""
    appearances = read.by_number.get(pair, ())
    if not uuid:
        return any(one.is_posted for one in appearances), ""
    linked = None
    if uuid != in_sage:
        # The link takes the place of the UUID that Sage holds (rules 5, substitute).
        appearances = tuple(one.model_copy(update={"uuid": ""}) for one in appearances)
        linked = min(appearances, key=_proof, default=None)
    found = confirm(
        uuid,
        (*read.by_uuid.get(uuid, ()), *appearances),
        linked=linked,
        expected=_expected(pair, read.cfdis.get(uuid), read.withholdings),
    )
    return _is_of(pair, found), found.difference or found.state.value


def _is_of(pair: Pair, found: Confirmation) -> bool:
    document = found.document
    return (
        found.is_confirmed
        and document is not None
        and (document.vendor_id, document.number) == pair
    )


def _expected(pair: Pair, cfdi: PortalCfdi | None, withholdings: Withholdings) -> Expected:
    """What Sage's document is checked against, as at the import (rules 5).

    The gate holds a CFDI that the portal does not show.
    """
    if cfdi is None:
        return Expected(vendor_id=pair[0])
    return Expected(
        vendor_id=pair[0],
        currency=cfdi.currency,
        total=total_in_sage(cfdi.total, cfdi.withheld, withholdings),
    )
