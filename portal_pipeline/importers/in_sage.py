"""Whether Sage holds a CFDI, asked of its database, whichever way it came.

Source: Web API sheet 7.3 (the strongest proof, without a page limit); rules 5.
"""

from __future__ import annotations

from portal_pipeline.core.errors import ConfigError, PipelineError, RetriableError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    NUMBER_TAKEN,
    POSTING_REFUSED,
)
from portal_pipeline.core.invoices.confirmation import ConfirmationState, confirm, is_failed_copy
from portal_pipeline.core.invoices.seen import IN_BATCH, IS_SAGE_DOCUMENT, document_name, place_of
from portal_pipeline.core.outcomes import Absent, Effects, Found, FoundOther, Link, LookUp, Unclear
from portal_pipeline.core.sage import SageDocument
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.sage.ap_documents import read_documents_by_number, read_documents_by_uuid
from portal_pipeline.sage.ap_setup import read_posting_errors
from portal_pipeline.sage.database import SageDatabase

NO_ANSWER = (RetriableError, ConfigError)
"""What a read raises when the other side gave no answer about the document."""


def look_up_in_sage(
    database: SageDatabase, fields: OptionalFields, uuid: str, vendor_id: str, number: str
) -> LookUp:
    """By UUID, then whether another document has its vendor and number."""
    try:
        found = read_documents_by_uuid(database, [uuid], fields).get(uuid, ())
        seen = confirm(uuid, found)
        if seen.document is not None:
            return _adopted(database, seen.state, seen.document)
        pair = (vendor_id, number)
        taken = read_documents_by_number(database, [pair], fields).get(pair, ())
        for one in taken:
            if one.uuid != uuid and not is_failed_copy(one):
                return FoundOther(finding=NUMBER_TAKEN(document=document_name(one)))
    except NO_ANSWER as error:
        return Unclear(detail=str(error))
    return Absent()


def _adopted(database: SageDatabase, state: ConfirmationState, document: SageDocument) -> Found:
    name, place = document_name(document), place_of(document)
    pending: Finding | None = BATCH_WAITS_FOR_POSTING(document=name, batch=document.batch or "-")
    if state == ConfirmationState.CONFIRMED:
        pending = None
    elif state == ConfirmationState.IN_ERROR_BATCH:
        pending = refusal(database, name, (document.batch, document.entry))
    return Found(remote_id=place, pending=pending, effects=effects_of(name, place, state.value))


def effects_of(name: str, place: str, state: str) -> Effects:
    """What an entry makes known: its document (``VENDOR/NUMBER``), and where it stands."""
    links = [
        Link(relation=IS_SAGE_DOCUMENT, target_type="sage_entry", target_key=name, source="import")
    ]
    if place:
        links.append(
            Link(relation=IN_BATCH, target_type="sage_batch", target_key=place, source="import")
        )
    return Effects(sage_id=name, sage_state=state, links=tuple(links))


def refusal(database: SageDatabase, name: str, place: tuple[int, int]) -> Finding:
    """Why posting refused an entry: Sage's own text of the error batch, where it gives one."""
    try:
        text = read_posting_errors(database, [place[0]]).get(place, "-")
    except PipelineError as error:
        text = str(error)
    return POSTING_REFUSED(document=name, batch=place[0], error=text)
