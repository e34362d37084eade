"""How far our own entries go after their creation: ready to post, or posted.

Source: rules 5 "posting"; Web API sheet 7.1.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import Decision, Status, act, done, hold, reject
from portal_pipeline.core.findings.invoices import ENTRY_REMOVED_IN_SAGE
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.confirmation import Confirmation, ConfirmationState
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts
from portal_pipeline.core.invoices.seen import (
    confirmation_of,
    document_name,
    place_of,
    posting_refused,
    waits,
)
from portal_pipeline.core.money import ZERO
from portal_pipeline.core.sage import BatchStatus
from portal_pipeline.core.tenant import ImportRules, Posting

POSTING_OPERATIONS = (Operation.MARK_READY, Operation.POST)


def plan_posting(candidate: Candidate, facts: ImportFacts, rules: ImportRules) -> list[Decision]:
    """Acts for an entry that our import created and that still is as we made it.

    Operations begun earlier are ended here when the clerk, or Sage, has moved on.
    """
    found = confirmation_of(candidate, facts)
    if found.document is None or found.state == ConfirmationState.ABSENT:
        return _gone(candidate)
    if found.is_confirmed:
        document = candidate.document(sage_id=document_name(found.document), sage_state="posted")
        return [done(document, operation) for operation in _begun(candidate)]
    if found.state == ConfirmationState.IN_ERROR_BATCH:
        refused = posting_refused(found.document, facts)
        return [reject(candidate.document(), one, refused) for one in _begun(candidate)]
    if found.state != ConfirmationState.IN_OPEN_BATCH or not _is_ours(candidate, found):
        return [hold(candidate.document(), one, waits(found.document)) for one in _begun(candidate)]
    return _acts(candidate, found, rules)


def _begun(candidate: Candidate) -> list[Operation]:
    """Posting operations that are not finished."""
    return [
        operation
        for operation in POSTING_OPERATIONS
        if (row := candidate.operations.get(operation)) is not None
        and row.status not in (Status.DONE, Status.DISMISSED)
    ]


def _gone(candidate: Candidate) -> list[Decision]:
    row = candidate.imported
    finding = ENTRY_REMOVED_IN_SAGE(entry=(row.remote_id if row else "") or "-")
    return [hold(candidate.document(), operation, finding) for operation in _begun(candidate)]


def _is_ours(candidate: Candidate, found: Confirmation) -> bool:
    """Whether the entry stands where we put it, as it should be, and may be posted."""
    row = candidate.imported
    return (
        row is not None
        and found.document is not None
        and place_of(found.document) == row.remote_id
        and not found.difference
        and not candidate.listed.is_cancelled
    )


def _acts(candidate: Candidate, found: Confirmation, rules: ImportRules) -> list[Decision]:
    entry = found.document
    if entry is None or entry.batch_status not in (BatchStatus.OPEN, BatchStatus.READY):
        return []
    payload = {"batch": entry.batch, "entry": entry.entry}
    document = candidate.document(details={"sage_place": place_of(entry)})
    # The invoice's money was weighed when it was created.
    decisions: list[Decision] = []
    if entry.batch_status == BatchStatus.OPEN:
        decisions.append(act(document, Operation.MARK_READY, payload, functional_amount=ZERO))
    elif Operation.MARK_READY in _begun(candidate):
        decisions.append(done(document, Operation.MARK_READY))
    if rules.posting == Posting.POST:
        after = (candidate.uuid,) if entry.batch_status == BatchStatus.OPEN else ()
        decisions.append(
            act(document, Operation.POST, payload, functional_amount=ZERO, after=after)
        )
    return decisions
