"""Every scenario ends as it says, and between them and the stories every finding is produced."""

from __future__ import annotations

import re

import pytest

from portal_pipeline.core.findings import Decides, load_all
from portal_pipeline.sandbox.world.stories import all_stories
from portal_pipeline_tests.scenarios.base import HAS_SAT, all_scenarios, played
from portal_pipeline_tests.scenarios.stories import told_stories

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

KINDS = load_all()
SCENARIOS = {one.name: one for one in all_scenarios()}
OF_SAT = frozenset({"cfdi_has_errors", "complement_seal_broken"})
"""Findings that only scenarios show which need the optional extra."""


FAULT, SETTING, BEGINNING = "a fault of a system", "another setting", "going live"
NOT_IN_THE_WORLD = {
    **dict.fromkeys(("archive_damaged", "not_downloaded", "xml_changed"), FAULT),
    **dict.fromkeys(("web_api_unreachable", "program_unusable", "listing_incomplete"), FAULT),
    **dict.fromkeys(("outcome_unknown", "next_cycle", "unexpected_error"), FAULT),
    **dict.fromkeys(("portal_payment_unreadable", "complement_without_stamp_date"), FAULT),
    **dict.fromkeys(("vendor_change_not_stored", "addenda_of_other_supplier"), FAULT),
    "external_id_differs": "a race between our reading and our writing",
    **dict.fromkeys(("web_api_not_set", "importer_company_unknown", "period_closed"), SETTING),
    **dict.fromkeys(("optional_field_unusable", "complement_field_unusable"), SETTING),
    **dict.fromkeys(("dry_run", "plan_above_guard", "payment_without_date"), BEGINNING),
    "attempts_used_up": "days of refusals",
    "linked_document_missing": "a person's command with a wrong number",
    "too_many_lines": "thousands of lines",
    **dict.fromkeys(OF_SAT, "the optional extra that verifies seals"),
}
"""Findings that people's ordinary business does not bring about; scenarios alone show them."""


@pytest.fixture(scope="module")
def seen():
    """Every finding that the stories and the scenarios showed."""
    shown = set(told_stories().seen)
    for name in SCENARIOS:
        shown |= played(name).seen
    return shown


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_as_it_says(name):
    error = played(name).error
    if error is not None:
        raise error


def test_every_finding_is_produced_by_a_story_or_a_scenario(seen):
    missing = set(KINDS) - {one.code for one in seen}
    assert missing <= (frozenset() if HAS_SAT else OF_SAT), "tell a scenario that ends with it"


def test_the_world_shows_every_finding_but_those_named_with_why_it_does_not():
    assert set(KINDS) - {one.code for one in told_stories().seen} == set(NOT_IN_THE_WORLD)


def test_a_finding_decides_what_its_entry_says(seen):
    """A hold may also stand as a note, beside the one that is told first."""
    wrong = {
        one
        for one in seen
        if one.decided not in (KINDS[one.code].decides, Decides.NOTE)
        or (one.decided == Decides.NOTE) < (KINDS[one.code].decides == Decides.NOTE)
    }
    assert not wrong


def test_every_story_and_scenario_states_its_rule_in_one_sentence():
    rules = {one.name: one.rule for one in (*all_stories(), *SCENARIOS.values())}
    assert {n for n, rule in rules.items() if not re.fullmatch(r"[A-Z].{15,}\.", rule)} == set()
    assert len(set(rules.values())) == len(rules)
