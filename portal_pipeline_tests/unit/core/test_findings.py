"""The catalogue of findings is whole: texts, placeholders and ways out."""

from __future__ import annotations

import re
import string

import pytest

from portal_pipeline.core.findings import Decides, Finding, WaitsFor, by_area, load_all
from portal_pipeline.messages.base import WHOSE_TURN
from portal_pipeline.messages.catalogue import catalogue, text_of

KINDS = load_all()
TEXTS = catalogue()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_has_a_text_and_every_text_a_code():
    assert set(TEXTS) == set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_text_fills_all_its_placeholders_in_both_languages(code):
    kind = KINDS[code]
    message = TEXTS[code]
    for text in (message.es, message.en, message.action_es, message.action_en):
        assert text.strip()
        assert placeholders(text) <= set(kind.params)
    finding = kind(**{name: f"<{name}>" for name in kind.params})
    for language in ("es", "en"):
        assert "{" not in "".join(text_of(finding, language))


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_hold_or_reject_names_every_one_of_its_exits(code):
    kind, message = KINDS[code], TEXTS[code]
    for one in kind.exits:
        assert f"`{one.value}" in message.action_es, one
        assert f"`{one.value}" in message.action_en, one
    named = set(re.findall(r"`(requeue|link|dismiss|admit|confirm)", message.action_es))
    assert named == {one.value for one in kind.exits}


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_states_its_rule_in_one_sentence(code):
    rule = KINDS[code].rule
    assert re.fullmatch(r"[A-Z][^\n]{20,}[^.\n]\.", rule), rule
    assert ". " not in rule
    assert rule not in {kind.rule for kind in KINDS.values() if kind.code != code}


@pytest.mark.parametrize("code", sorted(KINDS))
def test_what_waits_says_for_whom_and_has_a_way_out_and_nothing_else_waits(code):
    kind = KINDS[code]
    waits = kind.decides in (Decides.HOLD, Decides.REJECT)
    assert (kind.waits_for is not None) == waits
    assert kind.exits or not waits
    assert waits or not kind.ages


def test_a_rejected_document_waits_for_somebody():
    for kind in KINDS.values():
        if kind.decides == Decides.REJECT:
            assert kind.waits_for not in (WaitsFor.NEXT_CYCLE, WaitsFor.SYSTEM), kind.code


def test_everybody_that_something_waits_for_is_named_in_both_languages():
    assert set(WHOSE_TURN) == set(WaitsFor)
    assert all(all(words) for words in WHOSE_TURN.values())


def test_every_code_belongs_to_one_area():
    listed = [kind.code for kinds in by_area().values() for kind in kinds]
    assert sorted(listed) == sorted(KINDS)


def test_a_finding_of_an_older_release_is_still_readable():
    assert text_of(Finding(code="gone_since", params={}), "es") == ("gone_since", "")
    assert "{amount}" in text_of(Finding(code="plan_above_guard", params={"count": "1"}), "en")[0]
