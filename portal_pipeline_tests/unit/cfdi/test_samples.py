"""Real CFDI files get the verdict and the figures that are known of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from portal_pipeline.cfdi.check_files import check_file

FOLDER = Path(
    os.environ.get("CFDI_SAMPLES")
    or Path(__file__).resolve().parents[4] / "shared" / "cfdi-samples"
)
EXPECTED = (
    json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    if (FOLDER / "expected.json").is_file()
    else {}
)
pytestmark = pytest.mark.skipif(
    not EXPECTED, reason="the folder of CFDI samples is absent; name it with CFDI_SAMPLES"
)


@pytest.mark.parametrize("name", sorted(EXPECTED) or ["none"])
def test_a_real_file_gets_its_known_verdict_and_figures(name):
    known = EXPECTED[name]
    found = check_file(FOLDER / name)
    assert found.verdict == known["verdict"]
    if "version" not in known:
        assert found.reason
        if found.verdict == "broken_xml":
            assert found.reason.startswith(
                known["error"].rpartition("line ")[2].join(("line ", ":"))
            )
        return
    assert bool(found.reason) is (found.verdict != "readable")
    uuids = [uuid for uuid in known["uuid"] if uuid]
    paid = [d[0].upper() for p in known.get("payments") or [] for d in p["doctos"] if d[0]]
    assert found.model_dump(
        include={"version", "type", "uuid", "issuer_rfc", "receiver_rfc", "total", "currency"}
    ) == {
        "version": known["version"],
        "type": known["type"],
        "uuid": uuids[0].upper() if uuids else None,
        "issuer_rfc": known["issuer_rfc"],
        "receiver_rfc": known["receiver_rfc"],
        "total": known.get("Total"),
        "currency": known.get("Moneda"),
    }
    assert found.lines == known["lines"]
    assert list(found.payments) == list(dict.fromkeys(paid))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ntlink--cfdi40108.xml", "CFDI40108"),
        ("ntlink--cfdi40110.xml", "CFDI40110"),
        ("ntlink--cfdi40119.xml", "CFDI40119"),
        ("ntlink--crp20211.xml", "CRP20211"),
        ("ntlink--crp20217.xml", "CRP20217"),
        ("ntlink--crp20244.xml", "CRP20244"),
        ("swsapien--cfdi33_multiple_tfd_01.xml", "two_stamps"),
        ("derived-total-tampered.xml", "CFDI40119"),
    ],
)
def test_a_file_that_breaks_a_rule_is_told_so_by_its_code(name, code):
    assert code in {finding.code for finding in check_file(FOLDER / name).findings}


# One suite seals PPD invoices with FormaPago 03: the seal proves origin, not sense.
ACCEPTED = {"uuid_missing", "payment_form_of_ppd"}


def test_files_with_a_valid_seal_break_no_rule_but_the_missing_stamp():
    broken = {
        name: codes
        for name, known in EXPECTED.items()
        if known.get("seal_verdict") == "valid"
        and (codes := {f.code for f in check_file(FOLDER / name).findings} - ACCEPTED)
    }
    assert broken == {}
