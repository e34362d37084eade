"""The generated pages of ``docs/`` say what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parents[2] / "docs" / "generate.py"
THREATS = GENERATOR.parent / "threats.md"
TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)


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


@pytest.mark.skipif(not THREATS.is_file(), reason="installed without its docs")
def test_what_the_page_of_threats_names_exists():
    """A test that was renamed or dropped would leave a threat without its proof."""
    root = GENERATOR.parents[1]
    tests = root / "portal_pipeline_tests"
    defined = {name for path in tests.rglob("test_*.py") for name in TEST.findall(_read(path))}
    files = {path.name for path in tests.rglob("test_*.py")}
    page = _read(THREATS)
    named = set(re.findall(r"`(test_\w+(?:\.py)?)`", page))
    assert len(named) > 25
    assert named - defined - files == set()
    modules = set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", page))
    assert len(modules) > 5
    assert {name for name in modules if not (root / "portal_pipeline" / name).is_file()} == set()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
