"""Whatever the ledger remembers of an invoice, its next decision can be carried out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    ENTRY_REMOVED_IN_SAGE,
    NOT_DOWNLOADED,
)
from portal_pipeline.core.handed import FILE_MARK
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.import_plan import (
    decide_before_building,
    decide_built,
    decide_in_sage,
)
from portal_pipeline.core.invoices.posting_plan import POSTING_OPERATIONS, plan_posting
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.providers.matching import VendorMatch
from portal_pipeline.core.sage import BatchStatus
from portal_pipeline.core.tenant import Mode, Posting, Route
from portal_pipeline_tests.unit.core.invoices.makers import (
    OTHER,
    RULES,
    UUID,
    VENDOR,
    candidate,
    content,
    document,
    entry,
    facts,
    tenant,
)
from portal_pipeline_tests.unit.core.legality import illegal, rows

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
FILE = f"{UUID}.xml"
DETAILS = st.fixed_dictionaries(
    {
        "status_group": st.sampled_from(["RECEIVED", "SENDING", "ARCHIVED"]),
        "approved_on": st.sampled_from(["2026-03-05", "2025-01-01", ""]),
        "is_cancelled": st.sampled_from(["no", "yes"]),
        "po_numbers": st.sampled_from(["", "PO1"]),
        "related": st.sampled_from(["", f"04:{OTHER}"]),
    }
)
IN_SAGE = st.sampled_from(
    [
        (),
        (document(),),
        (entry(),),
        (document(total=Decimal(100)),),
        (document(), document(number="A2")),
        (entry(BatchStatus.POSTED, error_batch=9, error_entry=1), entry(batch=9, entry=1)),
    ]
)
LINKED = Link(
    relation="is_sage_document", target_type="sage_entry", target_key="P1/X", source="person"
)
VENDORS = st.sampled_from(
    [
        VendorMatch(vendor=VENDOR),
        VendorMatch(finding=Finding(code="vendor_for_currency")),
        VendorMatch(finding=Finding(code="provider_conflict"), is_conflict=True),
    ]
)
FINDINGS = st.sampled_from(
    [
        None,
        BATCH_WAITS_FOR_POSTING(document="P1/A1", batch=7),
        ENTRY_REMOVED_IN_SAGE(entry="7/1"),
    ]
)
MODES = st.sampled_from([Mode.SANDBOX, Mode.DRY_RUN])


@settings(max_examples=150)
@given(
    details=DETAILS,
    in_sage=IN_SAGE,
    original=st.sampled_from([(), (document(uuid=OTHER),)]),
    links=st.sampled_from([(), (LINKED,)]),
    vendor=VENDORS,
    captured=st.sampled_from([(), (document(uuid="", number="A-1"),)]),
    body=st.sampled_from([content(), NOT_DOWNLOADED()]),
    route=st.sampled_from(Route),
    row=rows(DocumentKind.INVOICE, UUID, Operation.IMPORT, NOW),
    remote_id=st.sampled_from(["", "7/1", FILE_MARK + FILE]),
    finding=FINDINGS,
    files=st.sampled_from([frozenset(), frozenset({FILE})]),
    mode=MODES,
)
def test_the_decision_on_an_import_is_possible_whatever_came_before(
    details, in_sage, original, links, vendor, captured, body, route, row, remote_id, finding,
    files, mode,
):  # fmt: skip
    if row is not None:
        row = row.model_copy(update={"remote_id": remote_id, "finding": finding})
    one = candidate(details, operations=(row,) if row else ())
    known = facts(
        by_uuid={UUID: in_sage, OTHER: original},
        links={UUID: links},
        vendors={UUID: vendor},
        vendor_documents={"P1": captured},
        contents={UUID: body},
        files=files,
    )
    company = tenant(RULES.model_copy(update={"invoice_route": route}), mode=mode)
    planned = decide_in_sage(one, known) or decide_before_building(one, known, company)
    if not isinstance(planned, Decision):
        planned = decide_built(one, planned, known, company)
    assert illegal(planned, row, company, NOW) == set()


@settings(max_examples=100)
@given(
    in_sage=IN_SAGE,
    ready=rows(DocumentKind.INVOICE, UUID, Operation.MARK_READY, NOW),
    posted=rows(DocumentKind.INVOICE, UUID, Operation.POST, NOW),
    imported=rows(DocumentKind.INVOICE, UUID, Operation.IMPORT, NOW),
    posting=st.sampled_from(Posting),
    mode=MODES,
)
def test_the_decision_on_a_posting_is_possible_whatever_came_before(
    in_sage, ready, posted, imported, posting, mode
):
    by_operation = dict(zip(POSTING_OPERATIONS, (ready, posted), strict=True))
    ours = imported.model_copy(update={"remote_id": "7/1"}) if imported else None
    one = candidate(operations=tuple(row for row in (ours, ready, posted) if row))
    company = tenant(RULES.model_copy(update={"posting": posting}), mode=mode)
    for planned in plan_posting(one, facts(by_uuid={UUID: in_sage}), company.imports):
        assert illegal(planned, by_operation[planned.operation], company, NOW) == set()
