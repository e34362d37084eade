"""Whatever happened to a supplier before, what is decided now is possible."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.findings.general import REFUSED_BY_REMOTE
from portal_pipeline.core.handed import FILE_MARK
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.providers.models import GoneProvider
from portal_pipeline.core.providers.sync import plan_gone
from portal_pipeline.core.tenant import Route
from portal_pipeline_tests.unit.core.providers.suppliers import (
    creating,
    facts,
    planned,
    provider,
    row,
    vendor,
)
from portal_pipeline_tests.unit.core.walked import NOW, refusals

_ANSWER = REFUSED_BY_REMOTE(system="portal", answer_code="1", answer="x")
_PROVIDERS = st.builds(
    provider,
    external_id=st.sampled_from(["V1", "", "V9"]),
    status=st.sampled_from(["ENABLED", "ENABLED", "DISABLED"]),
    dossier_status=st.sampled_from(["ACCEPTED", "ACCEPTED", "SENT"]),
)
_VENDORS = st.sampled_from(
    [
        (),
        (vendor(),),
        (vendor(provider_id="p1"),),
        (vendor("V2", provider_id="p1"),),
        (vendor(provider_id="zz"),),
        (vendor(rfc="OTH010101AB1"),),
    ]
)
_OPERATIONS = (Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR, Operation.SET_EXTERNAL_ID)


@st.composite
def any_rows(draw: st.DrawFn):
    """Operations that ended in any way, at any time; some were handed over as a file."""
    rows = {}
    for operation in _OPERATIONS:
        status = draw(st.none() | st.sampled_from(list(Status)))
        if status is None:
            continue
        rows |= row(
            operation,
            status,
            finding=_ANSWER if status == Status.REFUSED else None,
            next_attempt_at=draw(st.sampled_from([None, NOW + timedelta(hours=1)])),
            requeued=draw(st.booleans()),
            remote_id=draw(st.sampled_from(["", f"{FILE_MARK}providers-p1.xml"])),
        )
    return rows


@settings(max_examples=300)
@given(
    one=_PROVIDERS,
    vendors=_VENDORS,
    rows=any_rows(),
    creates=st.booleans(),
    route=st.sampled_from([Route.WEB_API, Route.EXECUTABLE]),
    namesakes=st.sampled_from([(), ("V7",)]),
    file_waits=st.booleans(),
)
def test_no_decision_about_a_supplier_makes_an_illegal_transition(
    one, vendors, rows, creates, route, namesakes, file_waits
):
    tenant = creating(create_vendors=creates, route=route)
    given_ = facts(one, *vendors, rows=rows, namesakes=namesakes, file_waits=file_waits)
    for decision in planned(given_, tenant=tenant):
        assert refusals(decision, rows.get(decision.operation), tenant) == []


@given(any_rows())
def test_no_decision_about_a_supplier_that_is_gone_makes_an_illegal_transition(rows):
    for decision in plan_gone(GoneProvider(key="p1", rows=rows)):
        assert refusals(decision, rows[decision.operation], creating()) == []


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("vendors", [(), (vendor(),)], ids=["new", "known"])
def test_a_file_handed_over_with_this_content_can_wait_whatever_became_of_it(vendors, status):
    """Sage may have shown what the file brought, and show it no more."""
    tenant = creating(route=Route.EXECUTABLE)
    first, *_ = planned(facts(provider(external_id="V1"), *vendors), tenant=tenant)
    mark = {"remote_id": f"{FILE_MARK}providers-p1.xml", "content_hash": first.act.content_hash}
    rows = row(first.operation, status, **mark)
    for decision in planned(facts(provider(external_id="V1"), *vendors, rows=rows), tenant=tenant):
        assert refusals(decision, rows.get(decision.operation), tenant) == []
