"""Keys, paths and error shapes (portal API sheet 1, 2.4, 11.1)."""

from __future__ import annotations

import httpx
import pytest

from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.portal import PortalSwitches
from portal_pipeline_tests.contract.portal_simulator.office import (
    EXTERN,
    HEADERS,
    TENANT,
    Office,
    purchase_order,
)


def test_credential_probe_answers_the_tenant(office):
    tenant = office.call("GET", "")
    assert tenant["id"] == TENANT
    assert tenant["rfc"] == "AAA010101AAA"
    assert isinstance(tenant["created_at"], int)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        pytest.param({}, EXTERN, 401, id="no keys"),
        pytest.param(HEADERS | {"pdptenantsecret": "x"}, EXTERN, 401, id="wrong secret"),
        pytest.param(HEADERS, "/api/1.0/extern/tenants/tenant-2", 401, id="another tenant's keys"),
        pytest.param(HEADERS, "/api/1.0/extern/tenants/nobody", 404, id="unknown tenant"),
        pytest.param(HEADERS, f"{EXTERN}/nothing", 404, id="unknown path"),
        pytest.param(HEADERS, f"{EXTERN}/cfdis/", 404, id="empty id"),
    ],
)
def test_call_that_is_not_admitted_gets_shape_a_with_a_private_code(office, headers, path, status):
    office.portal.add_tenant("tenant-2", name="B", rfc="B", api_key="key-2", api_secret="secret-2")
    response = office.send("GET", path, headers=headers)
    body = response.parsed()
    assert response.status == status
    assert body["code"] >= 90000
    assert body["description"]


def test_wrong_method_is_405_and_unreadable_json_is_400(office):
    assert office.refusal("DELETE", "/purchase-orders")[0] == 405
    assert office.refusal("POST", "/purchase-orders", b"{")[::2] == (400, "GENERAL__NOT_READABLE")
    assert office.refusal("POST", "/purchase-orders", b"[]")[0] == 400
    assert office.refusal("POST", "/payments", b'{"total_amount": NaN}')[0] == 400


def test_ids_depend_on_the_document_alone():
    first, second = Office().furnish(), Office().furnish()
    for number in ("PO1", "PO2"):
        first.call("POST", "/purchase-orders", purchase_order(number))
    for number in ("PO2", "PO1"):
        second.call("POST", "/purchase-orders", purchase_order(number))
    ids = [{o.external_id: o.id for o in x.portal.purchase_orders(TENANT)} for x in (first, second)]
    assert ids[0] == ids[1]
    assert all(len(i) == 24 and i == i.lower() for i in ids[0].values())


def test_upper_case_ids_are_found_in_any_case():
    office = Office(PortalSwitches(upper_case_ids=True)).furnish()
    order = office.call("POST", "/purchase-orders", purchase_order())
    assert order["id"] == order["id"].upper()
    assert office.call("GET", f"/purchase-orders/{order['id'].lower()}")["id"] == order["id"]


def test_every_request_is_recorded_without_its_headers(office):
    office.send("GET", f"{EXTERN}/cfdis", query={"stage": "PENDING_TO_PAY"})
    recorded = office.portal.requests[-1]
    assert (recorded.method, recorded.path, recorded.status) == ("GET", f"{EXTERN}/cfdis", 200)
    assert recorded.query == (("stage", "PENDING_TO_PAY"),)
    assert "secret-1" not in repr(office.portal.requests) + repr(office.portal.tenant_ids())


def test_simulator_serves_an_http_client_as_it_is(office):
    with httpx.Client(transport=mock_transport(office.portal.handle), headers=HEADERS) as client:
        answer = client.get(f"http://127.0.0.1{EXTERN}/cfdis", params={"pageSize": 200})
    assert answer.json() == {"total": 0, "items": []}


def test_openapi_stub_lists_the_paths(office):
    document = office.send("GET", "/v3/api-docs/integration-api", headers={}).parsed()
    assert "post" in document["paths"]["/api/1.0/extern/tenants/{tenant}/payments"]
