"""A text in Spanish is Spanish to its last word."""

from __future__ import annotations

import pytest

from portal_pipeline.core.findings.general import LISTING_INCOMPLETE
from portal_pipeline.core.findings.purchase_orders import (
    AMENDED_NOT_AUTHORISED,
    FINISHED_BEFORE_SENDING,
    STEP_NOT_NEEDED,
)
from portal_pipeline.messages.catalogue import text_of


@pytest.mark.parametrize(
    ("finding", "es", "en"),
    [
        (AMENDED_NOT_AUTHORISED(why="on hold"), "retenida", "on hold"),
        (AMENDED_NOT_AUTHORISED(why="not authorised"), "sin autorizar", "not authorised"),
        (FINISHED_BEFORE_SENDING(why="cancelled"), "cancelada", "cancelled"),
        (STEP_NOT_NEEDED(operation="cancel"), "cancelar", "cancel"),
        (LISTING_INCOMPLETE(listing="providers", detail="x"), "proveedores", "providers"),
    ],
)
def test_a_fixed_word_is_said_in_the_language_of_its_text(finding, es, en):
    assert es in text_of(finding, "es")[0]
    assert en not in text_of(finding, "es")[0].replace(es, "")
    assert en in text_of(finding, "en")[0]


def test_a_value_that_is_no_fixed_word_stays_as_it_is():
    assert "x" in text_of(AMENDED_NOT_AUTHORISED(why="x"), "es")[0]
