"""Real CFDI files get the verdicts and the figures that are known of them."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from portal_pipeline.cfdi.assessment import Schema, Seal, assess
from portal_pipeline.cfdi.check_files import check_file
from portal_pipeline.cfdi.reader import read_cfdi
from portal_pipeline.cfdi.sat.schema import schemas
from portal_pipeline.cfdi.sat.seal import is_installed

FOLDER = Path(
    os.environ.get("CFDI_SAMPLES")
    or Path(__file__).resolve().parents[4] / "shared" / "cfdi-samples"
)
EXPECTED = (
    json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    if (FOLDER / "expected.json").is_file()
    else {}
)
READABLE = [name for name, known in EXPECTED.items() if known["verdict"] == "readable"]
SEALED = [name for name in READABLE if EXPECTED[name]["seal_verdict"] == "valid"]
pytestmark = pytest.mark.skipif(
    not EXPECTED, reason="the folder of CFDI samples is absent; name it with CFDI_SAMPLES"
)
needs_extra = pytest.mark.skipif(
    not (is_installed() and schemas() is not None),
    reason="the extra is absent: pip install portal-pipeline[sat]",
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


@pytest.mark.parametrize("name", sorted(READABLE) or ["none"])
def test_the_model_of_a_real_file_has_its_amounts_and_payments(name):
    known = EXPECTED[name]
    cfdi = read_cfdi((FOLDER / name).read_bytes()).cfdi
    assert str(cfdi.subtotal) == known["SubTotal"]
    assert str(cfdi.total) == known["Total"]
    assert cfdi.discount == Decimal(known.get("Descuento", 0))
    assert (cfdi.serie, cfdi.folio) == (known.get("Serie", ""), known.get("Folio", ""))
    assert (cfdi.payment_method, cfdi.payment_form) == (
        known.get("MetodoPago", ""),
        known.get("FormaPago", ""),
    )
    assert len(cfdi.concepts) == known["lines"]
    assert [
        {
            "FechaPago": one.paid_at.isoformat(),
            "MonedaP": one.currency,
            "Monto": str(one.amount),
            "doctos": [
                [d.uuid or None, d.instalment or None, None if d.paid is None else str(d.paid)]
                for d in one.documents
            ],
        }
        for one in cfdi.payments
    ] == [
        payment
        | {
            "doctos": [
                # Pagos 1.0 may leave the only amount out.
                [uuid and uuid.upper(), instalment, paid or payment["Monto"]]
                for uuid, instalment, paid in payment["doctos"]
            ]
        }
        for payment in known.get("payments") or []
    ]


@needs_extra
@pytest.mark.parametrize("name", sorted(EXPECTED) or ["none"])
def test_a_real_file_gets_its_known_verdicts_on_seal_and_schema(name):
    known = EXPECTED[name]
    found = assess((FOLDER / name).read_bytes())
    if known["verdict"] != "readable":
        assert (found.seal, found.schema) == (Seal.NOT_CHECKED, Schema.NOT_CHECKED)
        return
    assert found.seal == known["seal_verdict"]
    assert (found.schema == Schema.VALID) is known["xsd_valid_without_addenda"]
    codes = {one.code for one in found.findings}
    if found.seal == Seal.VALID:
        is_of_sat = known["csd_chain"].startswith("SAT production")
        assert ("certificate_not_of_sat" in codes) is not is_of_sat
    if found.seal == Seal.VALID and known.get("tfd_sellocfd_equals_sello") is not None:
        assert ("stamp_of_another_seal" in codes) is not known["tfd_sellocfd_equals_sello"]


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


TRUE_OF_SEALED = {
    # Some suites seal documents that nobody has stamped.
    "uuid_missing": {
        "cfdiutils--created-cfdi40-pago20-valid.xml",
        "cfdiutils--created-with-discounts-40.xml",
        "satcfdi--cfdi_addenda.xml",
        "satcfdi--iva_concepto_suma_pago_100.03.xml",
        "satcfdi--mpago_hye951128469_ingreso_iva16.xml",
    },
    # One seals PPD invoices with FormaPago 03: the seal proves origin, not sense.
    "payment_form_of_ppd": {
        "satcfdi--cfdi_addenda.xml",
        "satcfdi--hye951128469_ingreso_iva16_stamped.xml",
        "satcfdi--hye951128469_ingreso_noobjeto_stamped.xml",
        "satcfdi--xiqb891116qe4_ingreso_iva0_stamped.xml",
        "satcfdi--xiqb891116qe4_ingreso_iva16_stamped.xml",
        "satcfdi--xiqb891116qe4_ingreso_iva16_stamped-v33.xml",
    },
    # Stamps copied from another document.
    "stamp_of_another_seal": {
        "cfdiutils--cfdi33-valid.xml",
        "satcfdi--pago_hye951128469_ingreso_iva16.xml",
    },
}


def test_files_with_a_valid_seal_have_no_findings_but_the_true_ones():
    found: dict[str, set[str]] = {}
    for name in SEALED:
        for one in check_file(FOLDER / name, accept_test_certificates=True).findings:
            found.setdefault(one.code, set()).add(name)
    assert found == TRUE_OF_SEALED
