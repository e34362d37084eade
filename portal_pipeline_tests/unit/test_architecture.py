"""The shape of the code base: import directions, sizes, purity of the rules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "portal_pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = {"pydantic", "portal_pipeline"}


def test_every_folder_imports_only_what_its_row_names():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_core_imports_only_the_standard_library_and_pydantic(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= PURE | set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", ["datetime.now", "date.today", "time.time", "random."])
def test_core_reads_no_clock_and_no_randomness(name):
    users = [p.name for p in (PACKAGE / "core").rglob("*.py") if name in p.read_text("utf-8")]
    assert users == []


def test_modules_and_functions_stay_small():
    too_long = []
    for path in MODULES:
        if "migrations" in path.parts:
            continue  # a schema is one list, however long
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            too_long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 70:
                    too_long.append(f"{path.name}:{node.name} {length}")
    assert too_long == []


def test_remote_writes_are_called_by_handlers_of_controllers_alone():
    """Adapters offer one function per write; only a handler's ``call`` may name one."""
    writes = (
        "create_purchase_order(",
        "update_purchase_order(",
        "set_purchase_order_status(",
        "create_payment(",
        "reject_payment(",
        "set_provider_external_id(",
        "create_invoice_batch(",
        "set_batch_status(",
        "post_invoice_batch(",
        "create_vendor(",
        "patch_vendor(",
    )
    allowed = ("controllers", "importers", "portal", "sage", "sandbox")
    outside = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in allowed
        and any(name in path.read_text(encoding="utf-8") for name in writes)
    ]
    assert outside == []
