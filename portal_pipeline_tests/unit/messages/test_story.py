"""The words of a story are whole in both languages, and each of them is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import portal_pipeline
from portal_pipeline.messages.story import LABELS, PHRASES, how_known, say

PACKAGE = Path(portal_pipeline.__file__).parent


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", sorted({**LABELS, **PHRASES}))
def test_both_languages_say_the_same(name):
    for words in (LABELS.get(name), PHRASES.get(name)):
        if words is not None:
            spanish, english = words
            assert spanish.strip()
            assert english.strip()
            assert placeholders(spanish) == placeholders(english)


def test_a_phrase_that_lacks_a_value_is_an_error():
    with pytest.raises(KeyError):
        say("place", "es", batch=1)


def test_a_source_of_knowledge_that_a_newer_release_wrote_is_still_readable():
    assert how_known("oracle", "es") == "oracle"
    assert how_known("", "es") == ""
    assert how_known("person", "en") == "a person (link)"


def test_no_phrase_lies_unused():
    sources = [*PACKAGE.glob("reports/*.py"), *PACKAGE.glob("cli/*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'"([a-z_0-9]+)"', text))
    data = {
        *("web_api", "executable", "import", "person", "automatic", "sage", "uuid"),
        *("ok", "valid", "invalid", "absent", "not_checked"),
        *("ap_entry", "posted", "po_invoice", "po_credit_note"),
        *("ended_succeed", "ended_adopt", "ended_confirm_done"),
    }
    assert set(PHRASES) <= named | data
    assert set(LABELS) <= named
