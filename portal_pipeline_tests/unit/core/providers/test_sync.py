"""What provider_sync decides about a supplier: rules 2 and 3, row by row."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.decisions import OPEN_STATUSES, Status, Verdict
from portal_pipeline.core.findings.providers import DOSSIER_INCOMPLETE
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.providers.models import GoneProvider
from portal_pipeline.core.providers.sync import plan_gone
from portal_pipeline_tests.unit.core.providers.suppliers import (
    RFC,
    creating,
    facts,
    planned,
    provider,
    row,
    tenant,
    told,
    vendor,
)

CREATE, UPDATE, SET_ID = (
    Operation.CREATE_VENDOR,
    Operation.UPDATE_VENDOR,
    Operation.SET_EXTERNAL_ID,
)
LINKED = vendor(provider_id="p1")


@pytest.mark.parametrize(
    ("one", "vendors", "expected"),
    [
        pytest.param(
            provider(status="DISABLED"),
            [vendor(provider_id="p1")],
            [("update_vendor", "out_of_scope", "provider_disabled")],
            id="disabled",
        ),
        pytest.param(
            provider(status="DISABLED", dossier_status="SENT"),
            [],
            [("create_vendor", "out_of_scope", "provider_disabled")],
            id="disabled, unknown to Sage",
        ),
        pytest.param(
            provider(company_rfcs=("OTH010101AB1",)),
            [],
            [("create_vendor", "out_of_scope", "provider_of_other_company")],
            id="of another company",
        ),
        pytest.param(
            provider(dossier_status="SENT"),
            [],
            [("create_vendor", "hold", "dossier_incomplete")],
            id="dossier sent",
        ),
        pytest.param(
            provider(dossier_status="", external_id="V1"),
            [vendor()],
            [("update_vendor", "hold", "dossier_incomplete")],
            id="no dossier",
        ),
        pytest.param(
            provider(external_id="V1"),
            [vendor()],
            [("update_vendor", "act", None)],
            id="known by number, PROVIDERID missing",
        ),
        pytest.param(
            provider(external_id="V1"),
            [LINKED],
            [("update_vendor", "done", None)],
            id="linked on both sides",
        ),
        pytest.param(
            provider(),
            [LINKED],
            [("update_vendor", "done", None), ("set_external_id", "act", None)],
            id="the portal lacks the number",
        ),
        pytest.param(
            provider(external_id="V1"),
            [vendor(provider_id="another")],
            [("update_vendor", "reject", "provider_conflict")],
            id="the vendor names another provider",
        ),
        pytest.param(
            provider(external_id="V1"),
            [vendor(rfc="XYZ010101AB1")],
            [("update_vendor", "reject", "rfc_mismatch")],
            id="RFCs differ",
        ),
        pytest.param(
            provider(),
            [],
            [("create_vendor", "hold", "vendor_to_be_created")],
            id="unknown to Sage",
        ),
    ],
)
def test_each_situation_of_a_supplier_has_its_decision(one, vendors, expected):
    """Rules 3, sentence by sentence, for a tenant that creates no vendors."""
    assert told(planned(facts(one, *vendors))) == expected


def test_a_vendor_that_two_providers_claim_is_rejected_for_both():
    mine, other = provider(external_id="V1"), provider(id="p2", external_id="V1")
    decisions = planned(facts(mine, vendor()), facts(other, vendor()))
    assert told(decisions) == [("update_vendor", "reject", "provider_conflict")] * 2


def test_a_linked_vendor_whose_number_another_provider_has_is_rejected():
    other = provider(id="p2", external_id="V1")
    assert told(planned(facts(None, LINKED), others=[other])) == [
        ("update_vendor", "reject", "provider_conflict")
    ]


@pytest.mark.parametrize("rfc", ["", "XAXX010101000"])
def test_a_blank_or_generic_rfc_is_a_note_and_stops_nothing(rfc):
    (decision,) = planned(facts(provider(external_id="V1"), vendor(rfc=rfc)))
    assert decision.verdict == Verdict.ACT
    assert [note.code for note in decision.notes] == ["rfc_not_comparable"]


def test_the_same_rfc_alone_never_matches():
    """A namesake is shown to the person, and the supplier stays unknown."""
    (decision,) = planned(facts(namesakes=("V7",)))
    assert decision.finding is not None
    assert decision.finding.params["namesakes"] == "V7"
    assert decision.operation == CREATE


def test_provider_id_is_written_into_the_numbered_vendor_alone():
    one = provider(external_id="V1")
    (decision,) = planned(facts(one, vendor(), vendor("V2", provider_id="p1", currency="USD")))
    assert decision.act is not None
    assert decision.act.payload == {
        "V1": {"VendorOptionalFieldValues": [{"OptionalField": "PROVIDERID", "Value": "p1"}]}
    }


@pytest.mark.parametrize(
    ("vendors", "number"),
    [
        ([vendor("V2", provider_id="p1"), vendor("V1", provider_id="p1")], "V1"),
        ([vendor("V1", provider_id="p1", currency="USD"), vendor("V2", provider_id="p1")], "V2"),
        ([vendor("V1", provider_id="p1", is_active=False), vendor("V2", provider_id="p1")], "V2"),
    ],
    ids=["first number", "company's currency", "active"],
)
def test_the_external_id_is_one_of_the_provider_s_vendors(vendors, number):
    decision = planned(facts(None, *vendors))[-1]
    assert decision.operation == SET_ID
    assert decision.act is not None
    assert decision.act.payload == {"external_id": number}


def test_an_external_id_without_a_vendor_of_that_number_is_noted():
    (decision,) = planned(facts(provider(external_id="V9"), LINKED))
    assert (decision.verdict, [n.code for n in decision.notes]) == (
        Verdict.DONE,
        ["vendor_number_not_in_sage"],
    )


def test_the_hold_of_an_unknown_supplier_holds_what_a_person_needs():
    (decision,) = planned(facts(provider(external_id="V9")))
    assert decision.finding is not None
    assert decision.finding.params == {
        "provider": "p1",
        "name": "Aceros del Bajio",
        "rfc": RFC,
        "type": "REGULAR",
        "currency": "MXN",
        "credit_days": "30",
        "address": "Calle Uno 10, Centro, Leon, Guanajuato, 37000, MEX",
        "contact": "Ana Ruiz, ana@aceros.mx, 4771234567",
        "number": "V9",
        "namesakes": "-",
    }


def test_an_unknown_supplier_is_created_and_its_external_id_follows():
    decisions = planned(facts(), tenant=creating())
    assert told(decisions) == [
        ("create_vendor", "act", None),
        ("set_external_id", "hold", "external_id_follows_vendor"),
    ]
    creation = decisions[0].act
    assert creation is not None
    assert list(creation.payload)[:2] == ["VendorNumber", "GroupCode"]


@pytest.mark.parametrize(
    ("one", "changes", "missing"),
    [
        (provider(), {"group": ""}, "vendors.group"),
        (provider(), {"terms": ""}, "vendors.terms"),
        (provider(), {"tax_group": ""}, "vendors.tax_group"),
        (provider(), {"number_rule": ""}, "vendors.number_rule"),
        (provider(), {"number_rule": "other"}, "vendors.number_rule"),
        (provider(), {"number_rule": "prefix:TOOLONG"}, "vendors.number_rule"),
        (provider(rfc="XAXX010101000"), {"number_rule": "rfc"}, "vendors.number_rule"),
        (provider(currency="USD"), {}, "USD"),
        (provider(type="FOREIGN"), {}, "FOREIGN"),
        (provider(name=""), {}, "name"),
    ],
)
def test_a_missing_default_holds_the_creation(one, changes, missing):
    (decision,) = planned(facts(one), tenant=creating(**changes))
    assert decision.finding is not None
    assert (decision.finding.code, decision.finding.params["missing"]) == (
        "vendor_default_missing",
        missing,
    )


def test_a_number_that_a_person_typed_in_the_portal_is_not_created():
    decisions = planned(facts(provider(external_id="V9")), tenant=creating())
    assert told(decisions) == [("create_vendor", "hold", "vendor_number_not_in_sage")]


def test_a_taken_number_holds_until_a_person_gives_another():
    taken = facts(number_holder="P123456 Otro")
    assert told(planned(taken, tenant=creating())) == [
        ("create_vendor", "hold", "vendor_number_taken")
    ]
    rows = row(CREATE, instruction={"number": "new-1"})
    creation = planned(facts(rows=rows), tenant=creating())[0].act
    assert creation is not None
    assert creation.payload["VendorNumber"] == "NEW-1"


def test_two_new_suppliers_never_get_one_number():
    """Two providers of one RFC, numbered by it: the second waits."""
    decisions = planned(
        facts(provider()), facts(provider(id="p2")), tenant=creating(number_rule="rfc")
    )
    assert told(decisions)[0] == ("create_vendor", "act", None)
    assert told(decisions)[2:] == [("create_vendor", "hold", "vendor_number_taken")]


def test_a_namesake_without_a_provider_holds_the_creation_until_a_person_says_so():
    seen = facts(namesakes=("V7",))
    assert told(planned(seen, tenant=creating())) == [("create_vendor", "hold", "vendor_may_exist")]
    for known in ({"requeued": True}, {"status": Status.IN_FLIGHT}, {"attempts": 1}):
        again = facts(namesakes=("V7",), rows=row(CREATE, **known))
        assert planned(again, tenant=creating())[0].verdict == Verdict.ACT


def test_what_was_open_ends_when_the_vendor_is_there():
    """A creation in doubt, or a wait for a person, is done once Sage shows the vendor."""
    rows = row(CREATE, Status.IN_FLIGHT) | row(SET_ID)
    decisions = planned(facts(provider(external_id="V1"), LINKED, rows=rows))
    assert told(decisions) == [
        ("update_vendor", "done", None),
        ("create_vendor", "done", None),
        ("set_external_id", "done", None),
    ]


def test_a_provider_that_the_portal_has_no_more_is_left_out_with_all_that_is_open():
    gone = GoneProvider(key="p1", rows=row(CREATE) | row(UPDATE, Status.DONE))
    assert told(plan_gone(gone)) == [("create_vendor", "out_of_scope", "provider_gone")]


def test_the_document_keeps_what_later_steps_need():
    one = provider(external_id="V1", company_rfcs=("ACM010101AB1", "B"))
    document = planned(facts(one, LINKED))[0].document
    assert (document.key, document.portal_id, document.sage_id) == ("p1", "p1", "V1")
    assert document.dated == date(2026, 3, 15)
    expected = {
        "external_id": "V1",
        "name": "Aceros del Bajio",
        "rfc": RFC,
        "status": "ENABLED",
        "type": "REGULAR",
        "company_rfcs": "ACM010101AB1,B",
        "dossier_status": "ACCEPTED",
        "vendors": "V1",
    }
    assert expected.items() <= document.details.items()


def test_fields_kept_equal_are_patched_where_they_differ_and_never_emptied():
    one = provider(external_id="V1", contacts=())
    seen = vendor(
        provider_id="p1",
        name="ACEROS DEL  BAJIO",
        address="Otra calle",
        city="Leon",
        state="Guanajuato",
        zip_code="37000",
        country="MEX",
        contact="Beto",
        email="beto@aceros.mx",
        terms="N15",
    )
    rules = tenant(
        vendor_fields=("name", "address", "contact", "email", "terms"),
        terms_by_credit_days={"30": "N30"},
    )
    (decision,) = planned(facts(one, seen), tenant=rules)
    assert decision.act is not None
    assert decision.act.payload == {"V1": {"AddressLine1": "Calle Uno 10, Centro", "Terms": "N30"}}


def test_credit_days_without_sage_terms_are_noted_not_guessed():
    rules = tenant(vendor_fields=("terms",))
    (decision,) = planned(facts(provider(external_id="V1"), LINKED), tenant=rules)
    assert (decision.verdict, [n.code for n in decision.notes]) == (
        Verdict.DONE,
        ["terms_not_mapped"],
    )


_VENDORS = st.lists(
    st.builds(
        vendor,
        st.sampled_from(["V1", "V2"]),
        provider_id=st.sampled_from(["", "p1", "zz"]),
        rfc=st.sampled_from(["", RFC, "OTH010101AB1"]),
        is_active=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda one: one.vendor_id,
)
_PROVIDERS = st.builds(
    provider,
    external_id=st.sampled_from(["", "V1", "V9"]),
    status=st.sampled_from(["ENABLED", "DISABLED"]),
    dossier_status=st.sampled_from(["", "SENT", "ACCEPTED"]),
    company_rfcs=st.sampled_from([(), ("ACM010101AB1",), ("OTH010101AB1",)]),
    currency=st.sampled_from(["", "MXN", "USD"]),
)
_ROWS = st.dictionaries(st.sampled_from([CREATE, UPDATE, SET_ID]), st.sampled_from(list(Status)))


@given(
    one=_PROVIDERS,
    vendors=_VENDORS,
    statuses=_ROWS,
    creates=st.booleans(),
    namesakes=st.sampled_from([(), ("V7",)]),
)
def test_every_supplier_is_explained_and_nothing_open_is_forgotten(
    one, vendors, statuses, creates, namesakes
):
    """One decision per operation, a finding for every wait, and no open operation left out."""
    rows = {}
    for operation, status in statuses.items():
        rows |= row(operation, status)
    decisions = planned(
        facts(one, *vendors, rows=rows, namesakes=namesakes),
        tenant=creating(create_vendors=creates),
    )
    operations = [d.operation for d in decisions]
    assert decisions
    assert len(set(operations)) == len(operations)
    assert {op for op, status in statuses.items() if status in OPEN_STATUSES} <= set(operations)
    for decision in decisions:
        is_waiting = decision.verdict not in (Verdict.ACT, Verdict.DONE)
        assert is_waiting == (decision.finding is not None)
        assert (decision.act is not None) == (decision.verdict == Verdict.ACT)
        # The state table takes a finished operation up again only where the decision says so.
        assert decision.reopens or decision.verdict == Verdict.DONE
    writes = [d for d in decisions if d.verdict == Verdict.ACT]
    if one.status != "ENABLED" or one.dossier_status != "ACCEPTED":
        assert not writes
    if not creates:
        assert CREATE not in {d.operation for d in writes}


def test_findings_name_the_state_of_the_dossier():
    (decision,) = planned(facts(provider(dossier_status="")))
    assert decision.finding == DOSSIER_INCOMPLETE(name="Aceros del Bajio", status="NO_EXPEDIENT")
