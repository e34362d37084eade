"""What a tenant asks of the checks is what holds a document; nothing unchecked reads as good."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import datetime
from decimal import Decimal

import pytest

from portal_pipeline.cfdi.verdict import checked
from portal_pipeline.core.tenant import CfdiRules, Check
from portal_pipeline.sandbox.cfdi import InvoiceSpec, LineSpec, PartySpec, build_invoice

HAS_EXTRA = all(importlib.util.find_spec(name) for name in ("satcfdi", "cryptography"))
OFF = CfdiRules(seal=Check.OFF, schema_check=Check.OFF)
INVOICE = build_invoice(
    InvoiceSpec(
        uuid="AAAAAAAA-0000-4000-8000-000000000001",
        issuer=PartySpec(rfc="EKU9003173C9", name="ESCUELA KEMPER URGATE"),
        receiver=PartySpec(rfc="AAA010101AAA", name="COMPRADORA"),
        issued_at=datetime(2026, 3, 10, 9, 30),
        lines=(LineSpec("Lamina", Decimal(2), Decimal("50.00")),),
        serie="A",
        folio="1",
    )
)
WITHOUT_EXTRA = """
import sys
sys.modules["satcfdi"] = None
from portal_pipeline.cfdi.verdict import checked
from portal_pipeline.core.tenant import CfdiRules, Check
found = checked(sys.stdin.buffer.read(), CfdiRules(seal=Check(sys.argv[1])))
print(found.details, sorted(f.code for f in found.findings if f.severity == "error"))
"""


def test_what_is_switched_off_reads_not_checked() -> None:
    assert checked(INVOICE, OFF).details == {
        "check": "ok",
        "seal": "not_checked",
        "schema": "not_checked",
    }


@pytest.mark.skipif(not HAS_EXTRA, reason="the extra portal-pipeline[sat] is not installed")
def test_a_seal_that_verifies_as_nothing_is_an_error() -> None:
    found = checked(INVOICE, CfdiRules(schema_check=Check.OFF))
    assert found.details["seal"] == "invalid"
    assert "seal_invalid" in {one.code for one in found.findings if one.severity == "error"}


@pytest.mark.parametrize(("wish", "errors"), [("when_available", []), ("required", ["seal"])])
def test_without_the_extra_a_required_check_is_an_error_and_another_is_not(
    wish: str, errors: list[str]
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, wish], input=INVOICE, capture_output=True, check=True
    ).stdout.decode()
    assert "'seal': 'not_checked'" in told
    assert f"{[f'{one}_required' for one in errors]}" in told


def test_many_findings_are_cut_to_what_a_ledger_line_shows() -> None:
    bad = INVOICE
    for good, wrong in (
        (b'Total="116.00"', b'Total="999.00"'),
        (b'SubTotal="100.00"', b'SubTotal="1.000"'),
        (b'Moneda="MXN"', b'Moneda="USD"'),
        (b'MetodoPago="PPD"', b'MetodoPago="XYZ"'),
        (b'Rfc="EKU9003173C9"', b'Rfc="EKU"'),
        (b'Serie="A"', b'Serie="' + b"A" * 30 + b'"'),
        (b'Folio="1"', b'Folio="1|2"'),
        (b'Importe="100.00"', b'Importe="7.00"'),
        (b'TotalImpuestosTrasladados="16.00"', b'TotalImpuestosTrasladados="1.00"'),
    ):
        assert good in bad
        bad = bad.replace(good, wrong)
    shown = checked(bad, OFF).details["check"]
    assert shown.count(",") == 7
    assert "(+" in shown
