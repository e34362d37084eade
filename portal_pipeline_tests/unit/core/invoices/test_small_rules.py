"""Number, posting date, route, approval: one table each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.download import windows
from portal_pipeline.core.invoices.listed import listed_of
from portal_pipeline.core.invoices.numbers import document_number, normalised, number_forms
from portal_pipeline.core.invoices.posting_date import posting_date
from portal_pipeline.core.invoices.routing import DocumentClass, class_of, route_of
from portal_pipeline.core.tenant import ImportRules, PostingDate, Route
from portal_pipeline_tests.unit.core.invoices.makers import UUID, candidate


@pytest.mark.parametrize(
    ("serie", "folio", "number"),
    [
        ("A", "1042", "A1042"),
        ("", "1042", "1042"),
        ("a b", " 10 42 ", "AB1042"),
        ("A", "", "A"),
        ("", "", "000000000001"),
        ("A", "1" * 21, "A" + "1" * 21),
        ("A", "1" * 22, "000000000001"),
    ],
)
def test_number_is_serie_and_folio_or_the_end_of_the_uuid(
    serie: str, folio: str, number: str
) -> None:
    assert document_number(serie, folio, UUID, 22) == number


@pytest.mark.parametrize("typed", ["A-1042", "a 1042", "A/1042", "A1042", "1042"])
def test_a_clerks_ways_to_write_a_number_are_the_same_number(typed: str) -> None:
    assert normalised(typed) in number_forms("A", "1042")


def test_leading_zeros_are_part_of_a_number() -> None:
    assert normalised("A01042") not in number_forms("A", "1042")


CLOSED = date(2026, 2, 28)


@pytest.mark.parametrize(
    ("rule", "document_date", "closed", "expected"),
    [
        (PostingDate.FIRST_OPEN, date(2026, 2, 10), None, date(2026, 2, 10)),
        (PostingDate.FIRST_OPEN, date(2026, 3, 1), CLOSED, date(2026, 3, 1)),
        (PostingDate.FIRST_OPEN, date(2026, 2, 28), CLOSED, date(2026, 3, 1)),
        (PostingDate.FIRST_OPEN, date(2025, 11, 3), CLOSED, date(2026, 3, 1)),
        (PostingDate.CFDI, date(2026, 3, 1), CLOSED, date(2026, 3, 1)),
        (PostingDate.CFDI, date(2026, 2, 28), CLOSED, None),
        (PostingDate.TODAY, date(2026, 2, 10), CLOSED, date(2026, 3, 10)),
        (PostingDate.TODAY, date(2026, 2, 10), date(2026, 3, 31), None),
    ],
)
def test_posting_date_is_in_an_open_period(
    rule: PostingDate, document_date: date, closed: date | None, expected: date | None
) -> None:
    rules = ImportRules(posting_date=rule, periods_closed_until=closed)
    assert posting_date(document_date, date(2026, 3, 10), rules) == expected


@pytest.mark.parametrize(
    ("kind", "details", "document_class", "route"),
    [
        (DocumentKind.INVOICE, {}, DocumentClass.INVOICE, Route.WEB_API),
        (DocumentKind.INVOICE, {"po_numbers": "PO1"}, DocumentClass.PO_INVOICE, Route.HOLD),
        (DocumentKind.INVOICE, {"po_numbers": "?"}, DocumentClass.PO_INVOICE, Route.HOLD),
        (DocumentKind.CREDIT_NOTE, {}, DocumentClass.CREDIT_NOTE, Route.WEB_API),
        (
            DocumentKind.CREDIT_NOTE,
            {"po_numbers": "PO1"},
            DocumentClass.CREDIT_NOTE,
            Route.WEB_API,
        ),
        (DocumentKind.INVOICE, {"portal_kind": "ADVANCED"}, DocumentClass.ADVANCE, Route.HOLD),
        (DocumentKind.CREDIT_NOTE, {"related": "07:X"}, DocumentClass.ADVANCE, Route.HOLD),
        (
            DocumentKind.INVOICE,
            {"related": "04:X;07:Y", "po_numbers": "PO1"},
            DocumentClass.ADVANCE,
            Route.HOLD,
        ),
    ],
)
def test_each_class_has_its_default_route(
    kind: DocumentKind, details: dict[str, str], document_class: DocumentClass, route: Route
) -> None:
    found = class_of(candidate(details, kind=kind).listed)
    assert found == document_class
    assert route_of(found, ImportRules()) == route


@pytest.mark.parametrize(
    ("details", "is_approved"),
    [
        ({}, True),
        ({"status_group": "IN_PROCESS", "approved_on": ""}, False),
        ({"status_group": "SENDING", "status": "TO_SEND", "approved_on": ""}, False),
        ({"status_group": "SENDING", "status": "TO_SEND"}, True),
        ({"status_group": "SENDING", "status": "REJECTED"}, False),
        ({"status_group": "SENDING", "status": "REJECTED_BY_CXP"}, False),
        ({"status_group": "ASSOCIATED", "status": "APPLIED", "approved_on": ""}, True),
    ],
)
def test_approved_is_what_an_approver_passed_and_nobody_rejected(
    details: dict[str, str], is_approved: bool
) -> None:
    """A part payment sends an invoice back to the supplier: it stays approved."""
    assert candidate(details).listed.is_approved is is_approved


def test_listed_facts_survive_the_ledger() -> None:
    kept = candidate({"related": "01:A,B;04:C", "po_numbers": "PO1,PO2", "balance": "10.50"})
    listed = listed_of(kept.row)
    assert listed.related_by("01") == ("A", "B")
    assert listed.related_by("04", "07") == ("C",)
    assert listed.po_numbers == ("PO1", "PO2")
    assert format(listed.balance or 0, "f") == "10.50"


@pytest.mark.parametrize("days", [0, 1, 27, 28, 100])
def test_windows_cover_every_day_once_within_a_month(days: int) -> None:
    first = date(2026, 1, 15)
    last = first + timedelta(days=days)
    spans = windows(first, last)
    covered: list[Any] = [
        start + timedelta(days=n) for start, end in spans for n in range((end - start).days + 1)
    ]
    assert covered == [first + timedelta(days=n) for n in range(days + 1)]
    assert all((end - start).days < 30 for start, end in spans)
