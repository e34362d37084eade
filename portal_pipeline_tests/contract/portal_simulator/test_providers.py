"""Providers, companies and bank accounts (portal API sheet 3, 8, 11.3)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal_pipeline.sandbox.portal import Dossier, PortalSwitches
from portal_pipeline_tests.contract.portal_simulator.office import (
    DOSSIER,
    OTHER_VENDOR,
    TENANT,
    VENDOR,
    Office,
)


def names(page) -> set[str]:
    return {item["external_id"] for item in page["items"]}


def test_old_daily_query_finds_what_was_approved_today(office):
    """Replay of the old system's query (portal API sheet 3.1)."""
    office.portal.accept_dossier(TENANT, office.provider.id)
    page = office.call(
        "GET",
        "/providers",
        statusExpedient="ACCEPTED",
        status="ENABLED",
        expedientAcceptedFrom="2026-03-15",
        expedientAcceptedTo="2026-03-15",
        pageSize=-1,
    )
    assert names(page) == {VENDOR}
    assert {"classifications", "specific_rules", "validators", "workflows"} < set(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"expedientAcceptedFrom": "2026-03-14"}, {VENDOR}, id="from its local day"),
        pytest.param({"expedientAcceptedTo": "2026-03-14"}, {VENDOR}, id="to its local day"),
        pytest.param({"expedientAcceptedFrom": "2026-03-15"}, set(), id="from the day after"),
        pytest.param({"expedientAcceptedTo": "2026-03-13"}, set(), id="to the day before"),
    ],
)
def test_approval_bounds_are_inclusive_days_in_mexico(office, query, found):
    office.portal.accept_dossier(
        TENANT, office.provider.id, at=datetime(2026, 3, 15, 3, tzinfo=UTC)
    )
    assert names(office.call("GET", "/providers", **query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({}, {VENDOR, OTHER_VENDOR, None}, id="all"),
        pytest.param({"status": "DISABLED"}, {OTHER_VENDOR}, id="disabled"),
        pytest.param({"type": "FOREIGN"}, {None}, id="foreign"),
        pytest.param({"emptyExternalId": "true"}, {None}, id="without a vendor number"),
        pytest.param({"rfc": "EKU9003173C9"}, {VENDOR, OTHER_VENDOR}, id="repeated RFC"),
        pytest.param({"externalId": "V00"}, set(), id="external id matches exactly"),
        pytest.param({"external_ids": [VENDOR, OTHER_VENDOR]}, {VENDOR, OTHER_VENDOR}, id="many"),
        pytest.param({"statusExpedient": "NO_EXPEDIENT"}, {OTHER_VENDOR, None}, id="no dossier"),
        pytest.param({"expiredExpedient": "true"}, set(), id="expired"),
        pytest.param({"name": "Kemper"}, {VENDOR, OTHER_VENDOR}, id="name"),
    ],
)
def test_each_filter_selects(office, query, found):
    office.portal.set_provider_enabled(TENANT, office.other.id, enabled=False)
    office.portal.add_provider(
        TENANT, key="foreign", name="Foreign", rfc="XEXX010101000", type="FOREIGN", tax_id="99-1"
    )
    assert names(office.call("GET", "/providers", **query)) == found


def test_text_filters_contain_when_switched(office):
    office.portal.switches = PortalSwitches(provider_text_match="contains")
    assert names(office.call("GET", "/providers", externalId="v00")) == {VENDOR, OTHER_VENDOR}


def test_dossier_maps_are_keyed_by_opaque_ids_and_may_be_absent(office):
    expedient = office.call("GET", f"/providers/{office.provider.id}")["expedient"]
    entries = list(expedient["bank_accounts"].values())
    assert [entry["status"] for entry in entries] == ["EXPIRED", "ACCEPTED"]
    (field,) = expedient["fields"].values()
    assert field["field_external_id"] == "grupo_de_proveedores"
    assert field["value_external_id"] == "NAC"
    office.portal.send_dossier(
        TENANT, office.other.id, Dossier(status="SENT", addresses=None, contacts=())
    )
    bare = office.call("GET", f"/providers/{office.other.id}")["expedient"]
    assert "addresses" not in bare
    assert bare["contacts"] == {}


def test_bank_data_are_left_out_when_hidden(office):
    shown, hidden = (
        office.call("GET", "/providers", externalId=VENDOR, hideBankInformation=hide)["items"][0]
        for hide in ("false", "true")
    )
    assert "bank_accounts" in shown["expedient"]
    assert "bank_accounts" not in hidden["expedient"]
    assert "addresses" in hidden["expedient"]


def test_provider_is_found_by_both_ids_and_else_404(office):
    by_vendor = office.call("GET", f"/providers/{VENDOR}", id_type="EXTERNAL")
    assert by_vendor["id"] == office.provider.id
    assert {c["external_id"] for c in by_vendor["companies"]} == {"ACME", "OTHER"}
    assert office.refusal("GET", f"/providers/{VENDOR}")[0] == 404
    assert office.refusal("GET", "/providers/V9", id_type="EXTERNAL")[2] == "PROVIDERS__NOT_FOUND"
    assert office.refusal("GET", f"/providers/{VENDOR}", id_type="OTHER")[0] == 400


def test_external_id_can_be_put_again_but_not_taken_from_another(office):
    path = f"/providers/{office.other.id}/external-id"
    for _ in range(2):
        assert office.call("PUT", path, {"external_id": "V300"})["external_id"] == "V300"
    assert office.call("GET", "/providers", externalId=OTHER_VENDOR)["total"] == 0
    assert office.refusal("PUT", path, {"external_id": VENDOR})[0] == 409
    assert office.refusal("PUT", path, {"external_id": " "})[0] == 400


def test_linked_provider_shows_at_once_on_its_documents(office):
    cfdi = office.approved_invoice("1", provider_id=office.other.id)
    office.call("GET", "/cfdis")
    office.call("PUT", f"/providers/{office.other.id}/external-id", {"external_id": "V300"})
    item = office.call("GET", f"/cfdis/{cfdi.id}")
    assert item["metadata"]["provider_external_id"] == "V300"


def test_dossier_dates_are_milliseconds_when_switched():
    office = Office(PortalSwitches(epoch_ms_dates=True)).furnish()
    office.portal.accept_dossier(TENANT, office.provider.id)
    expedient = office.call("GET", f"/providers/{office.provider.id}")["expedient"]
    assert expedient["approved"] == int(office.now.timestamp() * 1000)
    assert DOSSIER.status == "SENT"
    assert expedient["status"] == "ACCEPTED"


def test_companies_and_bank_accounts_are_listed(office):
    companies = office.call("GET", "/companies", search="acme")["items"]
    assert [c["external_id"] for c in companies] == ["ACME"]
    accounts = office.call("GET", "/tenant-bank-accounts", currency="MXN", pageSize=200, offset=0)
    assert [a["id"] for a in accounts["items"]] == [office.bank.id]
    assert office.call("GET", "/tenant-bank-accounts", currency="USD")["total"] == 0
