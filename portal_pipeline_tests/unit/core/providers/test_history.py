"""Whatever happened to a supplier before, what is decided now is possible."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings.general import REFUSED_BY_REMOTE
from portal_pipeline.core.handed import FILE_MARK
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.providers.models import GoneProvider
from portal_pipeline.core.providers.sync import plan_gone
from portal_pipeline.core.tenant import Route
from portal_pipeline_tests.unit.core.legality import illegal
from portal_pipeline_tests.unit.core.providers.suppliers import (
    creating,
    facts,
    planned,
    provider,
    row,
    vendor,
)

NOW = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
_ANSWER = REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="x")
_PROVIDERS = [
    *(provider(external_id=number) for number in ("V1", "", "V9")),
    provider(status="DISABLED"),
    provider(dossier_status="SENT"),
]
_VENDORS = [
    (),
    (vendor(),),
    (vendor(provider_id="p1"),),
    (vendor("V2", provider_id="p1"),),
    (vendor(provider_id="zz"),),
    (vendor(rfc="OTH010101AB1"),),
]
_OPERATIONS = (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR, Operation.SET_EXTERNAL_ID)
_FILE = f"{FILE_MARK}providers-p1.xml"


def _ended(operation, status, **given):
    """An operation that ended so, after something else was sent."""
    finding = _ANSWER if status == Status.REFUSED else None
    return row(operation, status, finding=finding, sent_hash="x", **given)


@pytest.mark.parametrize("creates", [True, False])
@pytest.mark.parametrize("route", [Route.WEB_API, Route.EXECUTABLE])
def test_no_decision_about_a_supplier_makes_an_illegal_transition(route, creates):
    """Every kind of supplier, after any of its operations ended in any way."""
    tenant, found = creating(create_vendors=creates, route=route), set()
    kinds = product(_PROVIDERS, _VENDORS, ((), ("V7",)), _OPERATIONS, Status, ("", _FILE))
    for one, vendors, namesakes, operation, status, remote_id in kinds:
        rows = _ended(operation, status, remote_id=remote_id)
        given = facts(one, *vendors, rows=rows, namesakes=namesakes, file_waits=bool(remote_id))
        for decision in planned(given, tenant=tenant):
            found |= illegal(decision, rows.get(decision.operation), tenant, NOW)
    assert found == set()


@pytest.mark.parametrize("status", list(Status))
def test_no_decision_about_a_supplier_that_is_gone_makes_an_illegal_transition(status):
    for operation in _OPERATIONS:
        rows = _ended(operation, status)
        for decision in plan_gone(GoneProvider(key="p1", rows=rows)):
            assert illegal(decision, rows[decision.operation], creating(), NOW) == set()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("vendors", [(), (vendor(),)], ids=["new", "known"])
def test_a_file_handed_over_with_this_content_can_wait_whatever_became_of_it(vendors, status):
    """Sage may have shown what the file brought, and show it no more."""
    tenant = creating(route=Route.EXECUTABLE)
    first, *_ = planned(facts(provider(external_id="V1"), *vendors), tenant=tenant)
    mark = {"remote_id": f"{FILE_MARK}providers-p1.xml", "content_hash": first.act.content_hash}
    rows = row(first.operation, status, **mark)
    for decision in planned(facts(provider(external_id="V1"), *vendors, rows=rows), tenant=tenant):
        assert illegal(decision, rows.get(decision.operation), tenant, NOW) == set()
