"""The generated pages of ``docs/`` say what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parents[2] / "docs" / "generate.py"


def pages():
    spec = importlib.util.spec_from_file_location("docs_generate", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAGES


@pytest.mark.skipif(not GENERATOR.is_file(), reason="installed without its docs")
def test_generated_pages_are_current():
    stale = {
        name
        for name, build in pages().items()
        if (GENERATOR.parent / name).read_text(encoding="utf-8") != build()
    }
    assert not stale, "run: python docs/generate.py"
