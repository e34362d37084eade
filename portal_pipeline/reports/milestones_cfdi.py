"""The milestones of what comes from suppliers: invoices, credit notes, payment complements."""

from __future__ import annotations

from datetime import datetime

from portal_pipeline.core.complements.models import CLOSES, DOCUMENTS, complement_of
from portal_pipeline.core.decisions import DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.import_plan import PARENT_RELATIONS
from portal_pipeline.core.invoices.listed import ORDER_WITHOUT_NUMBER, listed_of
from portal_pipeline.core.invoices.orders import OF_ORDER
from portal_pipeline.core.invoices.seen import IN_BATCH, IS_SAGE_DOCUMENT
from portal_pipeline.core.invoices.standing import (
    BY_UUID,
    KNOWN_BY,
    ROUTE,
    SAGE_BATCH,
    SEEN_IN_SAGE,
    UUID_ON,
)
from portal_pipeline.core.transitions import Event
from portal_pipeline.ledger.tracing import Edge, HistoryLine
from portal_pipeline.messages.story import PHRASES
from portal_pipeline.reports.saying import (
    Milestone,
    each,
    invoice_text,
    joined,
    now,
    payment_text,
    refused,
    sent,
    standing,
)
from portal_pipeline.reports.story import Speech, Story

CHECK, SEAL, SCHEMA = "check", "seal", "schema"
"""Details that the download keeps: ``ok`` or codes; what seal and schema checks said."""
_IMPORT, _POST = Operation.IMPORT, Operation.POST
_TAKEN_OUT = frozenset({"entry_removed_in_sage", "linked_document_missing"})
_WRITTEN = frozenset({Event.ACCEPT.value, Event.SUCCEED.value, Event.ADOPT.value})
_LOOKED = frozenset(
    {
        *(Event.HOLD.value, Event.REJECT.value, Event.EXCLUDE.value),
        *(Event.REFUSE.value, Event.FIND_OTHER.value, Event.PROVE_ABSENT.value),
    }
)
"""Events that say anew whether Sage holds the document; all others leave that as it was."""


def invoice_milestones(story: Story, speech: Speech) -> list[Milestone]:
    """Of an invoice or a credit note."""
    told = (_IMPORT, Operation.MARK_READY, _POST)
    is_note = story.document.kind == DocumentKind.CREDIT_NOTE
    return [
        _listed(story, speech),
        _downloaded(story, speech),
        _checked(story, speech),
        _sent(story, speech),
        _in_sage(story, speech),
        refused(story, speech, *told) or _posted(story, speech),
        _confirmed(story, speech),
        *_paid_by(story, speech),
        *(_lowers(story) if is_note else _closed_by(story, speech)),
        *_orders(story, speech),
        *now(story, speech, told=told),
    ]


def complement_milestones(story: Story, speech: Speech) -> list[Milestone]:
    """Of a payment complement."""
    return [
        _listed(story, speech),
        _downloaded(story, speech),
        _checked(story, speech),
        *_documents(story, speech),
        *_closes(story, speech),
        *now(story, speech),
    ]


# -- portal and archive ----------------------------------------------------------------------------


def _listed(story: Story, speech: Speech) -> Milestone:
    document = story.document
    listed = listed_of(document)
    approved = listed.approved_on
    text = joined(
        speech.say("listed", state=document.portal_state or "-"),
        speech.say("approved_on", day=speech.day(approved)) if approved else "",
        speech.say("is_cancelled") if listed.is_cancelled else "",
    )
    return Milestone("listed", document.first_seen_at, text)


def _downloaded(story: Story, speech: Speech) -> Milestone:
    row, line = story.row(Operation.DOWNLOAD), story.finished(Operation.DOWNLOAD)
    if row is None or row.status != Status.DONE:
        return Milestone("downloaded")
    sha256 = row.remote_id or story.document.details.get("sha256", "-")
    return Milestone("downloaded", line.at if line else None, speech.say("bytes", sha256=sha256))


def _checked(story: Story, speech: Speech) -> Milestone:
    """What the checks of the download said; codes of findings stand as they are."""
    details = story.document.details
    if not any(details.get(name) for name in (CHECK, SEAL, SCHEMA)):
        return Milestone("checked", None, speech.say("not_checked"))
    verdicts = {name: details.get(name) or "not_checked" for name in (CHECK, SEAL, SCHEMA)}
    said = {name: speech.say(one) if one in PHRASES else one for name, one in verdicts.items()}
    return Milestone("checked", None, speech.say("checked", **said))


# -- Sage ------------------------------------------------------------------------------------------


def _sent(story: Story, speech: Speech) -> Milestone:
    details = story.document.details
    way = details.get(ROUTE, "")
    named = f"{details.get('sage_vendor', '')}/{details.get('sage_number', '')}".strip("/")
    told = sent(
        story,
        _IMPORT,
        speech,
        speech.say("by_way", way=speech.say(way) if way in PHRASES else way) if way else "",
        speech.say("as_number", name=named) if named else "",
    )
    if told.at is None and _is_in_sage(story.row(_IMPORT)):
        return Milestone("sent", None, speech.say("not_by_us"))
    return told


def _is_in_sage(row: OperationRow | None) -> bool:
    """Whether Sage held the document when it was last looked at."""
    if row is None:
        return False
    return row.status == Status.DONE or (
        row.finding is not None and row.finding.code in SEEN_IN_SAGE
    )


def _in_sage(story: Story, speech: Speech) -> Milestone:
    row = story.row(_IMPORT)
    if row is not None and row.finding is not None and row.finding.code in _TAKEN_OUT:
        line = story.last(_IMPORT, row.status)
        return Milestone("in_sage", line.at if line else None, speech.reasons(row))
    if row is None or not _is_in_sage(row):
        return Milestone("in_sage")
    text = joined(
        story.document.sage_id or "-",
        _place(story, row, speech),
        speech.say("said_by", source=speech.say(source)) if (source := _source(story)) else "",
    )
    return Milestone("in_sage", _in_sage_since(story), text)


def _place(story: Story, row: OperationRow, speech: Speech) -> str:
    """Batch and entry: as last read, else as our import named it, else by the newest link."""
    linked = [edge.link.target_key for edge in story.outgoing.of(IN_BATCH)]
    known = (story.document.details.get(SAGE_BATCH, ""), row.remote_id, *reversed(linked))
    batch, _, entry = next((one for one in known if "/" in one), "").partition("/")
    return speech.say("place", batch=batch, entry=entry) if batch else ""


def _source(story: Story) -> str:
    """How the Sage document was first known to be the CFDI's."""
    named = story.document.sage_id
    for edge in story.outgoing.of(IS_SAGE_DOCUMENT):
        if edge.link.target_key == named and edge.link.source in PHRASES:
            return edge.link.source
    known = story.document.details.get(KNOWN_BY, "")
    return known if known in PHRASES else ""


def _in_sage_since(story: Story) -> datetime | None:
    """When we first knew it there, since it was last seen to be missing."""
    since: datetime | None = None
    for line in story.lines(_IMPORT):
        if _tells_presence(line):
            since = since or line.at
        elif line.event in _LOOKED:
            since = None
    return since


def _tells_presence(line: HistoryLine) -> bool:
    is_seen = line.finding is not None and line.finding.code in SEEN_IN_SAGE
    return is_seen or line.event in _WRITTEN or line.status == Status.DONE.value


def _posted(story: Story, speech: Speech) -> Milestone:
    ours = story.finished(_POST)
    row = story.row(_POST)
    if ours is not None and row is not None and ours.event != Event.CONFIRM_DONE.value:
        text = speech.say("posted_by_us", sequence=row.remote_id or "-")
        return Milestone("posted", ours.at, text)
    line = ours or story.finished(_IMPORT)
    if line is None and not story.is_done(_IMPORT):
        return Milestone("posted")
    return Milestone("posted", line.at if line else None, speech.say("posted_seen"))


def _confirmed(story: Story, speech: Speech) -> Milestone:
    if not story.is_done(_IMPORT):
        return Milestone("confirmed")
    line = story.finished(_IMPORT)
    document = story.document
    name, known = document.sage_id or "-", document.details.get(KNOWN_BY, "")
    sources = document.details.get(UUID_ON, "").split(",")
    where = joined(*(speech.say(one) for one in sources if one in PHRASES))
    if known == BY_UUID and where:
        text = speech.say("by_uuid", name=name, where=where)
    elif (known or (known := _source(story))) in PHRASES:
        text = speech.say("by_link", name=name, source=speech.say(known))
    else:
        text = joined(name, speech.say("by_reading"))
    return Milestone("confirmed", line.at if line else None, text)


# -- neighbours ------------------------------------------------------------------------------------


def _paid_by(story: Story, speech: Speech) -> list[Milestone]:
    def text(edge: Edge) -> str:
        payment = story.neighbour_of(edge, outgoing=False)
        return payment_text(payment, edge.ref.key, speech)

    return each("paid_by", story.incoming, "pays", speech, text)


def _closed_by(story: Story, speech: Speech) -> list[Milestone]:
    def text(edge: Edge) -> str:
        found = story.neighbour_of(edge, outgoing=False)
        if found is None:
            return edge.ref.key
        return joined(
            edge.ref.key,
            _paid_of(found.document, story.document.key, speech),
            _complement_state(found.document, speech),
        )

    return each("closed_by", story.incoming, CLOSES, speech, text)


def _paid_of(complement: DocumentRow, uuid: str, speech: Speech) -> str:
    """What a complement says was paid of an invoice."""
    lines = [one for one in complement_of(complement).paid_documents if one.uuid.upper() == uuid]
    return joined(
        *(
            speech.say(
                "complement_of", amount=speech.money(one.amount, ""), day=speech.day(one.paid_on)
            )
            for one in lines
        ),
        by="; ",
    )


def _complement_state(document: DocumentRow, speech: Speech) -> str:
    if listed_of(document).is_cancelled:
        return speech.say("is_cancelled")
    return speech.say("in_state", state=document.portal_state or "-")


def complement_text(story: Story, edge: Edge, speech: Speech) -> str:
    """A complement that documents the payment."""
    found = story.neighbour_of(edge, outgoing=False)
    state = _complement_state(found.document, speech) if found else ""
    return joined(edge.ref.key, state or speech.say("unknown_to_ledger"))


def _lowers(story: Story) -> list[Milestone]:
    """The invoices that a credit note lowers, by its own relations."""
    parents = listed_of(story.document).related_by(*PARENT_RELATIONS)
    return [Milestone("lowers", None, parent) for parent in parents] or [Milestone("lowers")]


def _orders(story: Story, speech: Speech) -> list[Milestone]:
    """The purchase orders that the portal names, with the lines of each."""
    document = story.document
    named = [n for n in listed_of(document).po_numbers if n != ORDER_WITHOUT_NUMBER]
    lines: dict[str, list[str]] = {}
    for text in document.details.get("po_lines", "").split(";"):
        number, _, rest = text.partition("/")
        if line := rest.partition("/")[0]:
            lines.setdefault(number.strip(), []).append(line)
    when: dict[str, datetime] = {}
    by_id: list[str] = []
    for edge in story.outgoing.of(OF_ORDER):
        found = story.neighbour_of(edge, outgoing=True)
        is_number = edge.link.target_type == DocumentKind.PURCHASE_ORDER.value
        number = edge.link.target_key if is_number else found.document.key if found else ""
        when[number or edge.link.target_key] = edge.at
        if not is_number:
            by_id.append(number or speech.say("order_by_id", id=edge.link.target_key))
    from_orders = [edge.ref.key for edge in story.incoming.of("has_invoice")]
    when |= {edge.ref.key: edge.at for edge in story.incoming.of("has_invoice")}
    told = []
    for number in dict.fromkeys((*named, *by_id, *from_orders)):
        of_order = ", ".join(dict.fromkeys(lines.get(number, ())))
        text = joined(number, speech.say("lines", lines=of_order) if of_order else "")
        told.append(Milestone("purchase_order", when.get(number), text))
    return told or [Milestone("purchase_order")]


def _documents(story: Story, speech: Speech) -> list[Milestone]:
    def text(edge: Edge) -> str:
        key = edge.link.target_key
        payment = story.neighbour_of(edge, outgoing=True)
        row = payment.operations.get(Operation.WRITE_COMPLEMENT) if payment else None
        written = standing(row, speech, speech.say("is_written")) if row else ""
        return joined(payment_text(payment, key, speech), written, by="; ")

    return each("documents", story.outgoing, DOCUMENTS, speech, text)


def _closes(story: Story, speech: Speech) -> list[Milestone]:
    def text(edge: Edge) -> str:
        key = edge.link.target_key
        return joined(
            invoice_text(story.neighbour_of(edge, outgoing=True), key, speech),
            _paid_of(story.document, key, speech),
            by="; ",
        )

    return each("closes", story.outgoing, CLOSES, speech, text)
