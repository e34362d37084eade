"""Confirmation: one answer to "is this CFDI posted in Sage", whoever captured it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.invoices.confirmation import ConfirmationState, Expected, Origin, confirm
from portal_pipeline.core.sage import (
    BatchStatus,
    SageDocument,
    SageDocumentSource,
    SageDocumentType,
)
from portal_pipeline_tests.unit.core.invoices.makers import OTHER, UUID, document, entry

POSTED = document()
POSTED_ENTRY = entry(BatchStatus.POSTED)
FAILED = entry(BatchStatus.POSTED, error_batch=9, error_entry=2)
ERROR_COPY = entry(batch=9, entry=2)
PO_INVOICE = document(source=SageDocumentSource.PO_INVOICE, batch=0, entry=0)
REACHED = PO_INVOICE.model_copy(update={"has_reached_ap": True})
S = ConfirmationState


@pytest.mark.parametrize(
    ("appearances", "state"),
    [
        pytest.param([], S.ABSENT, id="nowhere"),
        pytest.param([POSTED], S.CONFIRMED, id="posted document, batch cleared"),
        pytest.param([POSTED_ENTRY], S.CONFIRMED, id="entry of a posted batch"),
        pytest.param([POSTED, POSTED_ENTRY], S.CONFIRMED, id="one document in two tables"),
        pytest.param([PO_INVOICE], S.IN_OPEN_BATCH, id="PO invoice that has not reached A/P"),
        pytest.param([REACHED], S.CONFIRMED, id="PO invoice that has reached A/P"),
        pytest.param([REACHED, document(uuid="")], S.CONFIRMED, id="UUID on the PO invoice alone"),
        pytest.param([entry()], S.IN_OPEN_BATCH, id="open batch"),
        pytest.param([entry(BatchStatus.READY)], S.IN_OPEN_BATCH, id="ready batch"),
        pytest.param([entry(BatchStatus.POSTING)], S.IN_OPEN_BATCH, id="being posted"),
        pytest.param([FAILED, ERROR_COPY], S.IN_ERROR_BATCH, id="posting refused it"),
        pytest.param(
            [FAILED, ERROR_COPY.model_copy(update={"number": "A1-BIS"})],
            S.IN_ERROR_BATCH,
            id="renumbered in the error batch",
        ),
        pytest.param(
            [FAILED, ERROR_COPY.model_copy(update={"batch_status": BatchStatus.POSTED}), POSTED],
            S.CONFIRMED,
            id="posted out of the error batch",
        ),
        pytest.param([FAILED], S.ABSENT, id="taken out of the error batch"),
        pytest.param([POSTED, document(number="A2")], S.ON_TWO_DOCUMENTS, id="two numbers"),
        pytest.param([POSTED, document(vendor_id="P2")], S.ON_TWO_DOCUMENTS, id="two vendors"),
        pytest.param([POSTED, entry(number="A2")], S.ON_TWO_DOCUMENTS, id="posted and open"),
        pytest.param(
            [POSTED, document(number="A2", is_reversed=True)], S.CONFIRMED, id="one reversed"
        ),
        pytest.param([document(uuid=OTHER)], S.ABSENT, id="another CFDI's document"),
        pytest.param([document(uuid="")], S.ABSENT, id="no UUID and no link"),
    ],
)
def test_state_follows_from_where_sage_shows_the_uuid(
    appearances: list[SageDocument], state: ConfirmationState
) -> None:
    assert confirm(UUID, appearances).state == state
    assert confirm(UUID.lower(), list(reversed(appearances))).state == state


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        pytest.param(Expected(), "", id="nothing asked"),
        pytest.param(Expected(currency="MXN", total=Decimal("116.00")), "", id="agrees"),
        pytest.param(Expected(vendor_id="P2"), "vendor P2 / P1", id="vendor"),
        pytest.param(Expected(currency="USD"), "currency USD / MXN", id="currency"),
        pytest.param(Expected(total=Decimal("116.01")), "total 116.01 / 116.00", id="one cent"),
        pytest.param(
            Expected(type=SageDocumentType.CREDIT_NOTE), "type credit_note / invoice", id="type"
        ),
    ],
)
def test_a_posted_document_confirms_only_when_it_is_what_the_cfdi_says(
    expected: Expected, difference: str
) -> None:
    found = confirm(UUID, [POSTED], expected=expected)
    assert found.difference == difference
    assert found.state == (S.DIFFERS if difference else S.CONFIRMED)


def test_a_link_confirms_a_document_without_uuid() -> None:
    captured = document(uuid="")
    found = confirm(UUID, [captured], linked=captured)
    assert (found.state, found.origin) == (S.CONFIRMED, Origin.LINK)


def test_a_link_to_an_open_entry_waits() -> None:
    captured = entry(uuid="")
    assert confirm(UUID, [captured], linked=captured).state == S.IN_OPEN_BATCH


def test_a_link_decides_between_two_documents() -> None:
    right = document(number="A2")
    assert confirm(UUID, [POSTED, right], linked=right).document == right


def test_a_link_to_the_document_of_another_cfdi_differs() -> None:
    foreign = document(uuid=OTHER)
    assert confirm(UUID, [foreign], linked=foreign).state == S.DIFFERS


def test_a_substitute_may_be_linked_to_the_document_of_its_original() -> None:
    original = document(uuid=OTHER)
    assert confirm(UUID, [original], linked=original, substitutes=[OTHER]).is_confirmed


@st.composite
def appearances(draw: st.DrawFn) -> SageDocument:
    source = draw(st.sampled_from(list(SageDocumentSource)))
    status = draw(st.sampled_from([BatchStatus.OPEN, BatchStatus.POSTED, BatchStatus.READY]))
    return document(
        source=source,
        vendor_id=draw(st.sampled_from(["P1", "P2"])),
        number=draw(st.sampled_from(["A1", "A2"])),
        uuid=draw(st.sampled_from(["", UUID, OTHER])),
        batch_status=status,
        error_entry=draw(st.sampled_from([0, 0, 2])),
        has_reached_ap=draw(st.booleans()),
    )


@given(st.lists(appearances(), max_size=6))
def test_confirmed_always_means_one_posted_document_of_this_uuid(
    mixture: list[SageDocument],
) -> None:
    """Never on another CFDI's document, never on one that is not posted, never on two."""
    found = confirm(UUID, mixture)
    if not found.is_confirmed:
        return
    assert found.document is not None
    assert found.document.is_posted
    assert found.document.uuid in ("", UUID)
    alive = [
        one
        for one in mixture
        if one.uuid == UUID
        and not (
            one.source == SageDocumentSource.AP_ENTRY
            and one.batch_status == BatchStatus.POSTED
            and one.error_entry
        )
    ]
    assert {(one.vendor_id, one.number) for one in alive} == {
        (found.document.vendor_id, found.document.number)
    }
