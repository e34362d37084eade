"""The import's decision table: who is confirmed, linked, held, rejected, left out, built."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.core.decisions import Decision, Status, Verdict
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    BATCH_WAITS_FOR_POSTING,
    LOOKS_LIKE_PO_INVOICE,
    POSSIBLE_DUPLICATE,
)
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts, fingerprints
from portal_pipeline.core.invoices.import_plan import (
    decide_before_building,
    decide_built,
    decide_in_sage,
)
from portal_pipeline.core.invoices.models import UninvoicedReceipt
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.providers.matching import VendorMatch
from portal_pipeline.core.sage import BatchStatus, SageDocumentType
from portal_pipeline.core.tenant import Tenant
from portal_pipeline_tests.unit.core.invoices.makers import (
    OTHER,
    TODAY,
    UUID,
    candidate,
    content,
    document,
    entry,
    facts,
    operation,
    tenant,
)

CAPTURED = document(uuid="", number="A-1")
NO_VENDOR = VendorMatch(finding=Finding(code="vendor_for_currency"))
CONFLICT = VendorMatch(finding=Finding(code="provider_conflict"), is_conflict=True)
RECEIPT = UninvoicedReceipt(
    vendor_id="P1", number="R1", po_number="PO1", currency="MXP", total=Decimal("116.90")
)
WAITING = operation(remote_id="7/1", finding=BATCH_WAITS_FOR_POSTING(document="P1/A1", batch=7))


def linked(target: str = "P1/A-1", source: str = "person") -> Link:
    return Link(
        relation="is_sage_document", target_type="sage_entry", target_key=target, source=source
    )


def decide(one: Candidate, known: ImportFacts, of: Tenant | None = None) -> Decision:
    """The three parts of the plan, as the controller runs them."""
    company = of or tenant()
    found = decide_in_sage(one, known) or decide_before_building(one, known, company)
    return found if isinstance(found, Decision) else decide_built(one, found, known, company)


def code(decision: Decision) -> str:
    return decision.finding.code if decision.finding else ""


H, R, D, A = Verdict.HOLD, Verdict.REJECT, Verdict.DONE, Verdict.ACT
OUT = Verdict.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("one", "known", "verdict", "finding"),
    [
        # Confirm first: whatever else is wrong with it.
        pytest.param(
            candidate({"status_group": "SENDING", "approved_on": ""}),
            facts(by_uuid={UUID: (document(),)}),
            D,
            "",
            id="confirmed though not approved",
        ),
        pytest.param(
            candidate({"approved_on": "2025-01-01"}),
            facts(by_uuid={UUID: (document(),)}),
            D,
            "",
            id="confirmed though before the start",
        ),
        pytest.param(
            candidate({"po_numbers": "PO1"}),
            facts(by_uuid={UUID: (document(),)}, vendors={UUID: NO_VENDOR}, vendor_ids={}),
            D,
            "",
            id="confirmed though routed to a clerk and without a vendor",
        ),
        pytest.param(
            candidate(), facts(by_uuid={UUID: (entry(),)}), H, "batch_waits_for_posting", id="open"
        ),
        pytest.param(
            candidate(),
            facts(
                by_uuid={
                    UUID: (
                        entry(BatchStatus.POSTED, error_batch=9, error_entry=1),
                        entry(batch=9, entry=1),
                    )
                }
            ),
            R,
            "posting_refused",
            id="error batch",
        ),
        pytest.param(
            candidate(),
            facts(by_uuid={UUID: (document(total=Decimal(100)),)}),
            R,
            "sage_document_differs",
            id="another total in Sage",
        ),
        pytest.param(
            candidate(),
            facts(by_uuid={UUID: (document(), document(number="A2"))}),
            H,
            "uuid_on_two_documents",
            id="twice in Sage",
        ),
        # Links.
        pytest.param(
            candidate(),
            facts(links={UUID: (linked(),)}, by_number={("P1", "A-1"): (CAPTURED,)}),
            D,
            "",
            id="a person's link",
        ),
        pytest.param(
            candidate(),
            facts(links={UUID: (linked(),)}),
            R,
            "linked_document_missing",
            id="a person's link to nothing",
        ),
        pytest.param(
            candidate(),
            facts(vendor_documents={"P1": (CAPTURED,)}),
            D,
            "",
            id="automatic: vendor, number, currency, total",
        ),
        pytest.param(
            candidate({"po_numbers": "PO1"}),
            facts(vendor_documents={"P1": (entry(uuid="", number="1"),)}),
            H,
            "batch_waits_for_posting",
            id="automatic: a clerk's open PO invoice",
        ),
        pytest.param(
            candidate(),
            facts(vendor_documents={"P1": (CAPTURED, document(uuid="", number="1"))}),
            H,
            "possible_duplicate",
            id="two documents match: no link",
        ),
        pytest.param(
            candidate(),
            facts(
                vendor_documents={"P1": (CAPTURED,)},
                twins=frozenset(fingerprints(candidate().listed).values()),
            ),
            H,
            "possible_duplicate",
            id="two CFDIs match: no link",
        ),
        pytest.param(
            candidate(),
            facts(
                vendor_documents={"P1": (CAPTURED,)},
                link_owners={("P1", "A-1"): frozenset({OTHER})},
            ),
            A,
            "",
            id="the document is another CFDI's by link",
        ),
        pytest.param(
            candidate(),
            facts(vendor_documents={"P1": (document(uuid="", total=Decimal("115.99")),)}),
            A,
            "",
            id="a cent apart is no match",
        ),
        # Removed.
        pytest.param(
            candidate(operations=(WAITING,)), facts(), H, "entry_removed_in_sage", id="removed"
        ),
        pytest.param(
            candidate(
                operations=(
                    operation(
                        remote_id="7/1",
                        requeued=True,
                        finding=Finding(code="entry_removed_in_sage", params={"entry": "7/1"}),
                    ),
                )
            ),
            facts(),
            A,
            "",
            id="removed, and a person wants it again",
        ),
        pytest.param(
            candidate(operations=(operation(status=Status.DONE),)),
            facts(),
            D,
            "",
            id="confirmed before, cleared from Sage since",
        ),
        # Excluded.
        pytest.param(
            candidate({"is_cancelled": "yes"}),
            facts(),
            OUT,
            "cancelled_before_import",
            id="cancelled",
        ),
        pytest.param(
            candidate({"is_cancelled": "yes"}),
            facts(vendor_documents={"P1": (CAPTURED,)}),
            OUT,
            "cancelled_before_import",
            id="cancelled is never linked",
        ),
        pytest.param(
            candidate({"approved_on": "2025-12-31"}),
            facts(),
            H,
            "before_start_not_in_target",
            id="older, approved, unpaid, not in Sage",
        ),
        pytest.param(
            candidate({"approved_on": "", "created_on": "2025-12-31", "status_group": "SENDING"}),
            facts(),
            OUT,
            "before_start",
            id="older, not approved",
        ),
        pytest.param(
            candidate({"approved_on": "2025-12-31", "status_group": "ARCHIVED"}),
            facts(),
            OUT,
            "before_start",
            id="older, paid",
        ),
        pytest.param(
            candidate({"approved_on": "2025-12-31"}, admitted=True), facts(), A, "", id="admitted"
        ),
        pytest.param(
            candidate({"approved_on": "2026-01-01", "created_on": "2025-06-01"}),
            facts(),
            A,
            "",
            id="approved on the first day",
        ),
        pytest.param(
            candidate({"approved_on": "", "status_group": "IN_PROCESS"}),
            facts(),
            H,
            "not_approved",
            id="not approved",
        ),
        pytest.param(
            candidate({"status_group": "ARCHIVED"}),
            facts(),
            H,
            "paid_in_portal_not_in_sage",
            id="paid in the portal",
        ),
        pytest.param(
            candidate({"status_group": "ARCHIVED"}, admitted=True), facts(), A, "", id="let in"
        ),
        # Routes and reasons.
        pytest.param(
            candidate(), facts(vendors={UUID: NO_VENDOR}), H, "vendor_for_currency", id="vendor"
        ),
        pytest.param(
            candidate(), facts(vendors={UUID: CONFLICT}), R, "provider_conflict", id="conflict"
        ),
        pytest.param(
            candidate({"po_numbers": "PO1"}), facts(), H, "po_invoice_to_be_captured", id="PO"
        ),
        pytest.param(
            candidate({"portal_kind": "ADVANCED"}), facts(), H, "route_holds", id="advance"
        ),
        pytest.param(
            candidate(),
            facts(vendor_documents={"P1": (document(uuid="", number="ZZ"),)}),
            H,
            "possible_duplicate",
            id="possible duplicate under another number",
        ),
        pytest.param(
            candidate(),
            facts(
                vendor_documents={
                    "P1": (document(uuid="", number="ZZ", document_date=date(2026, 1, 29)),)
                }
            ),
            A,
            "",
            id="31 days away is no duplicate",
        ),
        pytest.param(
            candidate(),
            facts(vendor_documents={"P1": (document(uuid="", number="ZZ", currency="USD"),)}),
            A,
            "",
            id="another currency is no duplicate",
        ),
        pytest.param(
            candidate(),
            facts(receipts={"P1": (RECEIPT,)}),
            H,
            "looks_like_po_invoice",
            id="receipt",
        ),
        pytest.param(
            candidate(),
            facts(receipts={"P1": (RECEIPT.model_copy(update={"total": Decimal("117.17")}),)}),
            A,
            "",
            id="receipt more than 1 % away",
        ),
        pytest.param(
            candidate(),
            facts(by_number={("P1", "A1"): (document(uuid=OTHER),)}),
            H,
            "number_taken",
            id="number taken",
        ),
        pytest.param(
            candidate(operations=(operation(instruction={"number": "A1-X"}),)),
            facts(by_number={("P1", "A1"): (document(uuid=OTHER),)}),
            A,
            "",
            id="a person gave another number",
        ),
        pytest.param(candidate(), facts(contents={}), H, "not_downloaded", id="no XML"),
        pytest.param(candidate(), facts(), A, "", id="nothing against it"),
    ],
)
def test_decision(one: Candidate, known: ImportFacts, verdict: Verdict, finding: str) -> None:
    decision = decide(one, known)
    assert (decision.verdict, code(decision)) == (verdict, finding)


@pytest.mark.parametrize(
    ("held_by", "known"),
    [
        (
            POSSIBLE_DUPLICATE(document="P1/ZZ", dated="2026-03-01"),
            facts(vendor_documents={"P1": (document(uuid="", number="ZZ"),)}),
        ),
        (
            LOOKS_LIKE_PO_INVOICE(receipt="R1", po_number="PO1"),
            facts(receipts={"P1": (RECEIPT,)}),
        ),
    ],
)
def test_a_persons_requeue_overrules_a_doubt_for_good(held_by: Finding, known: ImportFacts) -> None:
    requeued = candidate(operations=(operation(finding=held_by, requeued=True),))
    decision = decide(requeued, known)
    assert decision.verdict == Verdict.ACT
    later = candidate({"accepted": decision.document.details["accepted"]})
    assert decide(later, known).verdict == Verdict.ACT


def test_the_number_stays_as_first_chosen() -> None:
    decision = decide(candidate({"sage_number": "CHOSEN", "folio": "999"}), facts())
    assert decision.act is not None
    assert decision.act.payload["Invoices"][0]["DocumentNumber"] == "CHOSEN"
    assert decision.document.details["sage_number"] == "CHOSEN"


def test_an_automatic_link_says_so() -> None:
    decision = decide(candidate(), facts(vendor_documents={"P1": (CAPTURED,)}))
    link = decision.links[0]
    assert (link.target_key, link.source) == ("P1/A-1", "automatic")


def test_cancellation_after_the_import_is_a_note_on_the_invoice() -> None:
    decision = decide(candidate({"is_cancelled": "yes"}), facts(by_uuid={UUID: (document(),)}))
    assert [note.code for note in decision.notes] == ["cancelled_after_import"]


NOTE: dict[str, Any] = {"kind": DocumentKind.CREDIT_NOTE}
PARENT = document(uuid=OTHER, number="A0", amount_due=Decimal("500.00"))


@pytest.mark.parametrize(
    ("related", "by_uuid", "verdict", "applies_to"),
    [
        pytest.param(f"01:{OTHER}", {OTHER: (PARENT,)}, A, "A0", id="posted parent"),
        pytest.param(f"03:{OTHER}", {OTHER: (PARENT,)}, A, "A0", id="return"),
        pytest.param(f"01:{OTHER}", {}, H, "", id="parent not in Sage"),
        pytest.param(f"01:{OTHER}", {OTHER: (entry(uuid=OTHER),)}, H, "", id="parent open"),
        pytest.param(
            f"01:{OTHER}",
            {OTHER: (PARENT.model_copy(update={"amount_due": Decimal("115.99")}),)},
            A,
            "",
            id="parent owes less",
        ),
        pytest.param(
            f"01:{OTHER}",
            {OTHER: (PARENT.model_copy(update={"is_paid": True}),)},
            A,
            "",
            id="parent settled",
        ),
        pytest.param(
            f"01:{OTHER}",
            {OTHER: (PARENT.model_copy(update={"vendor_id": "P2"}),)},
            A,
            "",
            id="parent of another vendor",
        ),
        pytest.param(f"01:{OTHER},CCCC", {OTHER: (PARENT,)}, A, "", id="several parents"),
        pytest.param("", {}, A, "", id="no parent"),
    ],
)
def test_a_credit_note_is_applied_to_its_posted_invoice(
    related: str, by_uuid: dict[str, Any], verdict: Verdict, applies_to: str
) -> None:
    decision = decide(candidate({"related": related}, **NOTE), facts(by_uuid=by_uuid))
    assert decision.verdict == verdict
    if decision.act is None:
        assert code(decision) == "parent_not_posted"
        return
    invoice = decision.act.payload["Invoices"][0]
    assert invoice.get("ApplytoDocument", "") == applies_to
    notes = [note.code for note in decision.notes]
    assert notes == ([] if applies_to else ["credit_note_unapplied"])


@pytest.mark.parametrize(
    ("original", "verdict", "finding"),
    [
        pytest.param(document(uuid=OTHER), D, "", id="posted, same: takes its place"),
        pytest.param(
            document(uuid=OTHER, total=Decimal(5)), H, "original_in_sage", id="another total"
        ),
        pytest.param(entry(uuid=OTHER), H, "original_in_sage", id="not posted yet"),
        pytest.param(
            document(uuid=OTHER, type=SageDocumentType.CREDIT_NOTE),
            H,
            "original_in_sage",
            id="another type",
        ),
    ],
)
def test_a_substitute_takes_the_place_of_its_posted_original(
    original: Any, verdict: Verdict, finding: str
) -> None:
    decision = decide(candidate({"related": f"04:{OTHER}"}), facts(by_uuid={OTHER: (original,)}))
    assert (decision.verdict, code(decision)) == (verdict, finding)
    if verdict == D:
        assert decision.links[0].target_key == "P1/A1"


@pytest.mark.parametrize(
    ("total", "verdict"), [pytest.param("116", D, id="same"), pytest.param("90", H, id="other")]
)
def test_a_substitute_knows_its_original_by_a_link_as_well(total: str, verdict: Verdict) -> None:
    """Captured without UUID: imported beside it, the money would be owed twice."""
    captured = document(uuid="", total=Decimal(total))
    decision = decide(
        candidate({"related": f"04:{OTHER}"}),
        facts(
            links={OTHER: (linked("P1/A1", "automatic"),)},
            by_number={("P1", "A1"): (captured,)},
        ),
    )
    assert decision.verdict == verdict


def test_a_substitute_whose_original_never_reached_sage_is_imported() -> None:
    assert decide(candidate({"related": f"04:{OTHER}"}), facts()).verdict == Verdict.ACT


def test_foreign_money_is_weighed_in_the_companys_currency() -> None:
    dollars = content(currency="USD", exchange_rate=Decimal(17))
    decision = decide(candidate(currency="USD"), facts(contents={UUID: dollars}))
    assert decision.act is not None
    assert decision.act.functional_amount == Decimal("1972.00")
    assert decision.act.payload["Invoices"][0]["PostingDate"] <= TODAY.isoformat()


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param((), id="cleared from Sage's history"),
        pytest.param((document(),), id="posted"),
        pytest.param((entry(),), id="in its open batch again"),
        pytest.param((document(), document(number="A-2")), id="on two documents"),
        pytest.param((document(total=Decimal(5)),), id="another total"),
        pytest.param(
            (
                entry(BatchStatus.POSTED, error_batch=9, error_entry=1),
                entry(batch=9, entry=1),
            ),
            id="in an error batch",
        ),
    ],
)
def test_what_was_done_is_never_written_again_and_what_waits_again_is_reopened(seen: Any) -> None:
    finished = candidate(operations=(operation(status=Status.DONE, remote_id="7/1"),))
    decision = decide(finished, facts(by_uuid={UUID: seen} if seen else {}))
    assert decision.verdict != Verdict.ACT
    assert decision.verdict == Verdict.DONE or decision.reopens
