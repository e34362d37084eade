"""provider_sync between both simulators: linked once on both sides, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal_pipeline.controllers.provider_listing import NAME
from portal_pipeline.controllers.provider_sync import ProviderSync
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.errors import CredentialsRefused, SystemUnavailable
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Guard, Mode, VendorField, VendorRules
from portal_pipeline.ledger.reports import read_listing
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal import Dossier, DossierEntry, Fault, FaultKind, Provider
from portal_pipeline.sandbox.sage.web_api import Commit
from portal_pipeline.sandbox.sage.web_api import Fault as SageFault
from portal_pipeline.sandbox.sage.web_api import FaultKind as SageFaultKind
from portal_pipeline_tests.contract.controllers.reception import CREATING, RFC, Reception

CREATE, UPDATE, SET_ID = (
    Operation.CREATE_VENDOR,
    Operation.UPDATE_VENDOR,
    Operation.SET_EXTERNAL_ID,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reception]:
    made = Reception(tmp_path)
    yield made
    made.close()
    made.portal.close()
    made.ledger_store.close()


def known(desk: Reception, name: str = "aceros", *, number: str = "V100") -> Provider:
    """A supplier whose number a person typed in the portal, not linked in Sage yet."""
    desk.company.add_vendor(vendor=number, name=name, rfc=RFC)
    return desk.apply(name, external_id=number)


# -- what is done ----------------------------------------------------------------------------------


def test_a_supplier_linked_on_both_sides_needs_nothing(desk: Reception) -> None:
    report = desk.run(ProviderSync)
    assert (report.seen, report.done, report.acted, report.problems) == (1, 1, 0, ())
    assert desk.told(desk.provider) == {"update_vendor": "done"}


def test_a_vendor_known_by_its_number_gets_its_provider_id_and_keeps_its_rfc(
    desk: Reception,
) -> None:
    provider = known(desk)
    report = desk.run(ProviderSync)
    assert (report.succeeded, report.done) == (1, 1)
    assert desk.vendors_of(provider) == ["V100"]
    assert desk.optional_fields("V100") == {"RFC": RFC, "PROVIDERID": provider.id}
    assert [r.method for r in desk.web_api.requests if r.method != "GET"] == ["PATCH"]
    again = desk.run(ProviderSync)
    assert (again.acted, again.done) == (0, 2)


def test_the_portal_gets_the_number_of_the_vendor_that_names_the_provider(desk: Reception) -> None:
    provider = desk.apply("aceros")
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    report = desk.run(ProviderSync)
    assert (report.succeeded, desk.external_id(provider)) == (1, "V100")
    assert desk.document(provider).details["external_id"] == "V100"
    desk.run(ProviderSync)
    assert desk.told(provider) == {"update_vendor": "done", "set_external_id": "done"}


def test_an_unknown_supplier_waits_for_a_person_and_is_linked_once_the_vendor_is_there(
    desk: Reception,
) -> None:
    """Nothing of it is new in the portal: the open operation brings it back."""
    provider = desk.apply("aceros")
    desk.run(ProviderSync)
    assert desk.told(provider) == {"create_vendor": "vendor_to_be_created"}
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    desk.portal.accept_dossier(desk.key, provider.id, at=desk.clock() - timedelta(days=90))
    desk.advance(minutes=15)
    desk.run(ProviderSync)
    assert desk.external_id(provider) == "V100"
    assert desk.told(provider) == {
        "create_vendor": "done",
        "update_vendor": "done",
        "set_external_id": "done",
    }


def test_an_unknown_supplier_is_created_once_and_then_linked_in_the_portal(
    desk: Reception,
) -> None:
    desk.set(vendors=CREATING)
    provider = desk.apply("aceros")
    report = desk.run(ProviderSync)
    assert (report.succeeded, report.held) == (1, 1)
    assert desk.told(provider)["set_external_id"] == "external_id_follows_vendor"
    desk.advance(minutes=15)
    desk.run(ProviderSync)
    (number,) = desk.vendors_of(provider)
    row = desk.vendor_row(number)
    assert (row["IDGRP"], row["CURNCODE"], row["TERMSCODE"]) == ("NAC", "MXP", "N30")
    assert (row["TEXTSTRE1"], row["EMAIL2"]) == ("Calle Uno", "ana@aceros.mx")
    assert desk.external_id(provider) == number == desk.document(provider).sage_id
    desk.advance(minutes=15)
    last = desk.run(ProviderSync)
    assert (last.acted, last.held) == (0, 0)


def test_fields_to_keep_equal_are_patched_and_others_left_alone(desk: Reception) -> None:
    provider = known(desk)
    desk.set(vendors=VendorRules(vendor_fields=(VendorField.EMAIL, VendorField.ADDRESS)))
    assert desk.run(ProviderSync).succeeded == 1
    row = desk.vendor_row("V100")
    assert (row["EMAIL2"], row["TEXTSTRE1"]) == ("ana@aceros.mx", "Calle Uno")
    assert (row["VENDNAME"], row["NAMECITY"]) == ("aceros", "Monterrey")
    desk.change_dossier(provider, contacts=(DossierEntry("ventas", {"email": "beto@aceros.mx"}),))
    desk.advance(minutes=15)
    assert desk.run(ProviderSync).succeeded == 1
    assert desk.vendor_row("V100")["EMAIL2"] == "beto@aceros.mx"


# -- what is not -----------------------------------------------------------------------------------


def test_each_supplier_that_is_not_ours_or_not_ready_has_its_reason(desk: Reception) -> None:
    other = desk.portal.add_company(desk.key, external_id="O", name="Other", rfc="OTH010101AB1")
    desk.company.add_vendor(vendor="V7", name="Conflict", rfc=RFC, provider_id="another")
    desk.company.add_vendor(vendor="V8", name="Mismatch", rfc="ZZZ010101AB1")
    expected = {
        "disabled": (desk.apply("1", status="DISABLED"), "provider_disabled"),
        "other": (desk.apply("2", company_ids=(other.id,)), "provider_of_other_company"),
        "sent": (desk.apply("3", accept=False), "dossier_incomplete"),
        "none": (desk.apply("4", accept=False, dossier=None), "dossier_incomplete"),
        "conflict": (desk.apply("5", external_id="V7"), "provider_conflict"),
        "mismatch": (desk.apply("6", external_id="V8"), "rfc_mismatch"),
    }
    report = desk.run(ProviderSync)
    told = {name: set(desk.told(one).values()) for name, (one, _) in expected.items()}
    assert told == {name: {code} for name, (_, code) in expected.items()}
    assert (report.out_of_scope, report.held, report.rejected, report.done) == (2, 2, 2, 1)
    assert not [r for r in desk.web_api.requests if r.method in ("POST", "PATCH")]
    assert desk.archive.get("acme", f"provider-{expected['other'][0].id}") is None


def test_the_same_rfc_never_matches(desk: Reception) -> None:
    """A second supplier of the RFC of a linked vendor is unknown, not that vendor."""
    first = known(desk)
    second = desk.apply("aceros again")
    desk.run(ProviderSync)
    assert desk.told(second) == {"create_vendor": "vendor_to_be_created"}
    assert desk.vendors_of(first) == ["V100"]


def test_a_finished_supplier_that_is_disabled_and_enabled_again_follows(desk: Reception) -> None:
    provider = known(desk)
    desk.run(ProviderSync)
    for enabled, reason in ((False, "provider_disabled"), (True, "done")):
        desk.portal.set_provider_enabled(desk.key, provider.id, enabled=enabled)
        desk.advance(days=1)
        desk.run(ProviderSync)
        assert desk.told(provider) == {"update_vendor": reason}


def test_a_namesake_holds_the_creation_until_a_person_asks_for_it(desk: Reception) -> None:
    desk.set(vendors=CREATING)
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC)
    provider = desk.apply("aceros")
    desk.run(ProviderSync)
    assert desk.told(provider) == {"create_vendor": "vendor_may_exist"}
    desk.requeue(provider, CREATE)
    desk.run(ProviderSync)
    assert len(desk.vendors_of(provider)) == 1


def test_a_taken_number_waits_for_another_one(desk: Reception) -> None:
    desk.set(vendors=CREATING.model_copy(update={"number_rule": "rfc"}))
    desk.company.add_vendor(vendor=RFC, name="Somebody")
    provider = desk.apply("aceros")
    desk.run(ProviderSync)
    assert desk.told(provider) == {"create_vendor": "vendor_number_taken"}
    assert not [r for r in desk.web_api.requests if r.method == "POST"]
    desk.requeue(provider, CREATE, number="ACEROS2")
    desk.run(ProviderSync)
    assert desk.vendors_of(provider) == ["ACEROS2"]


def test_a_number_taken_between_plan_and_write_is_seen_by_the_duplicate_answer(
    desk: Reception,
) -> None:
    desk.set(vendors=CREATING.model_copy(update={"number_rule": "rfc"}))
    provider = desk.apply("aceros")
    desk.web_api.faults.add(
        SageFault(
            SageFaultKind.RUN,
            method="POST",
            action=lambda: desk.company.add_vendor(vendor=RFC, name="Somebody"),
        )
    )
    desk.run(ProviderSync)
    assert desk.told(provider)["create_vendor"] == "vendor_number_taken"
    assert desk.vendors_of(provider) == []


def test_another_owner_of_the_number_in_the_portal_is_refused_and_shown(desk: Reception) -> None:
    provider = desk.apply("aceros")
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    other = desk.apply("other")
    desk.portal.faults.before(
        "PUT",
        "*/external-id",
        lambda: desk.portal.link_provider_by_person(desk.key, other.id, "V100"),
    )
    report = desk.run(ProviderSync)
    assert (report.refused, desk.told(provider)["set_external_id"]) == (1, "refused_by_remote")
    assert desk.external_id(provider) == ""


# -- doubt -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        SageFault(SageFaultKind.DROP, method="POST", commit=Commit.NOW),
        SageFault(SageFaultKind.DROP, method="POST", commit=Commit.LATER, later_calls=1),
        SageFault(SageFaultKind.DROP, method="POST"),
        SageFault(SageFaultKind.HTML, method="POST", status=200, commit=Commit.NOW),
        SageFault(SageFaultKind.ERROR, method="POST", code="InternalServerError"),
    ],
    ids=["committed", "committed late", "lost", "page for an answer", "server error"],
)
def test_a_creation_in_doubt_ends_with_exactly_one_vendor(
    desk: Reception, fault: SageFault
) -> None:
    desk.set(vendors=CREATING)
    provider = desk.apply("aceros")
    desk.web_api.faults.add(fault)
    assert desk.run(ProviderSync).unknown == 1
    for _ in range(4):
        desk.advance(minutes=61)
        desk.run(ProviderSync)
    (number,) = desk.vendors_of(provider)
    assert desk.external_id(provider) == number
    assert set(desk.told(provider).values()) == {"done"}


def test_a_creation_that_got_lost_is_sent_again_only_after_two_looks(desk: Reception) -> None:
    """A timed-out request may still commit for a while; meanwhile nothing is sent."""
    desk.set(vendors=CREATING)
    desk.apply("aceros")
    desk.web_api.faults.add(SageFault(SageFaultKind.DROP, method="POST"))
    sent = []
    for minutes in (0, 15, 15, 61):
        desk.advance(minutes=minutes)
        desk.run(ProviderSync)
        sent.append(sum(r.method == "POST" for r in desk.web_api.requests))
    assert sent == [1, 1, 1, 2]


@pytest.mark.parametrize("point", ["after_intent", "after_call"])
@pytest.mark.parametrize("operation", [CREATE, UPDATE, SET_ID])
def test_a_crash_leaves_nothing_twice_and_nothing_undone(
    desk: Reception, operation: Operation, point: str
) -> None:
    desk.set(vendors=CREATING)
    new, old = desk.apply("new", rfc="NEW010101AB1"), known(desk)

    def crash(name: str) -> None:
        if name == f"{operation.value}.{point}":
            raise Crash(name)

    for _ in range(2):
        desk.point = crash
        try:
            desk.run(ProviderSync)
        except Crash:
            break
        desk.advance(minutes=15)
    else:
        pytest.fail("the crash point was not reached")
    desk.point = lambda _: None
    for _ in range(4):
        desk.advance(minutes=61)
        desk.run(ProviderSync)
    assert desk.vendors_of(old) == ["V100"]
    (number,) = desk.vendors_of(new)
    assert desk.external_id(new) == number
    assert set(desk.told(new).values()) == set(desk.told(old).values()) == {"done"}


@pytest.mark.parametrize("commit", [Commit.NOW, Commit.NEVER])
def test_a_patch_in_doubt_is_read_from_sage(desk: Reception, commit: Commit) -> None:
    provider = known(desk)
    desk.web_api.faults.add(SageFault(SageFaultKind.DROP, method="PATCH", commit=commit))
    assert desk.run(ProviderSync).unknown == 1
    desk.advance(minutes=15)
    desk.run(ProviderSync)
    assert desk.told(provider) == {"update_vendor": "done"}
    assert desk.vendors_of(provider) == ["V100"]


@pytest.mark.parametrize("after_commit", [True, False])
def test_an_external_id_in_doubt_is_read_from_the_portal(
    desk: Reception, after_commit: bool
) -> None:
    provider = desk.apply("aceros")
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    desk.portal.faults.add(
        Fault(FaultKind.DROP, "PUT", "*/external-id", calls=(1,), after_commit=after_commit)
    )
    assert desk.run(ProviderSync).unknown == 1
    desk.advance(minutes=15)
    desk.run(ProviderSync)
    assert (desk.told(provider)["set_external_id"], desk.external_id(provider)) == ("done", "V100")


def test_a_number_that_a_person_wrote_meanwhile_is_not_changed(desk: Reception) -> None:
    provider = desk.apply("aceros")
    desk.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    desk.portal.faults.add(Fault(FaultKind.DROP, "PUT", "*/external-id", calls=(1,)))
    desk.run(ProviderSync)
    desk.portal.faults.before(
        "GET",
        f"*/providers/{provider.id}",
        lambda: desk.portal.link_provider_by_person(desk.key, provider.id, "V999"),
    )
    desk.run(ProviderSync)
    assert desk.told(provider)["set_external_id"] == "external_id_differs"
    assert desk.external_id(provider) == "V999"


def test_a_patch_that_sage_confirms_and_does_not_keep_is_refused(desk: Reception) -> None:
    provider = known(desk)

    def forgetful(request: Request) -> Response:
        return Response(204) if request.method == "PATCH" else desk.web_api.handle(request)

    desk.web_api_handler = forgetful
    report = desk.run(ProviderSync)
    assert (report.refused, desk.told(provider)) == (
        1,
        {"update_vendor": "vendor_change_not_stored"},
    )


# -- systems away ----------------------------------------------------------------------------------


def _away(desk: Reception) -> None:
    desk.web_api.faults.add(SageFault(SageFaultKind.DROP, calls=None))


def _wrong_password(desk: Reception) -> None:
    desk.password = "wrong"


def _not_set(desk: Reception) -> None:
    desk.web_api_handler = None


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (_away, "web_api_unreachable"),
        (_wrong_password, "web_api_unreachable"),
        (_not_set, "web_api_not_set"),
    ],
)
def test_without_the_web_api_vendors_wait_and_the_portal_is_still_written(
    desk: Reception, break_it: Any, reason: str
) -> None:
    waiting = [known(desk, f"s{n}", number=f"V10{n}") for n in range(7)]
    linked = desk.apply("linked")
    desk.company.add_vendor(vendor="V200", name="Linked", rfc=RFC, provider_id=linked.id)
    break_it(desk)
    report = desk.run(ProviderSync)
    assert (report.held, report.succeeded, len(report.problems)) == (7, 1, 1)
    assert {desk.told(one)["update_vendor"] for one in waiting} == {reason}
    assert desk.external_id(linked) == "V200"
    desk.web_api.faults.clear()
    desk.password, desk.web_api_handler = "secret", desk.web_api.handle
    desk.advance(minutes=15)
    assert desk.run(ProviderSync).succeeded == 7


def test_no_web_api_is_no_problem_while_no_vendor_is_to_be_written(desk: Reception) -> None:
    _not_set(desk)
    assert desk.run(ProviderSync).problems == ()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, path="*/providers", status=401), CredentialsRefused),
        (Fault(FaultKind.HTML, path="*/providers"), SystemUnavailable),
        (Fault(FaultKind.DROP, path="*/providers"), SystemUnavailable),
    ],
    ids=["refused", "page", "away"],
)
def test_a_portal_that_is_away_fails_the_step_and_nothing_is_skipped(
    desk: Reception, fault: Fault, error: type[Exception]
) -> None:
    provider = known(desk)
    desk.portal.faults.add(fault)
    with pytest.raises(error):
        desk.run(ProviderSync)
    assert read_listing(desk.ledger, NAME).watermark is None
    desk.portal.faults.clear()
    desk.run(ProviderSync)
    assert desk.vendors_of(provider) == ["V100"]


def test_a_short_list_is_used_but_not_believed(desk: Reception) -> None:
    provider = known(desk)
    desk.portal.faults.add(Fault(FaultKind.WRONG_TOTAL, path="*/providers"))
    report = desk.run(ProviderSync)
    assert [(one.is_complete, one.received) for one in report.listings] == [(False, 2)]
    assert desk.vendors_of(provider) == ["V100"]
    state = read_listing(desk.ledger, NAME)
    assert (state.watermark, state.swept_at, state.is_complete) == (None, None, False)


# -- reading ---------------------------------------------------------------------------------------


def _asked(desk: Reception) -> list[dict[str, str]]:
    """Queries of the provider lists since the last call."""
    asked = [dict(r.query) for r in desk.portal.requests if r.path.endswith("/providers")]
    desk.portal.requests.clear()
    return asked


def test_all_are_read_once_a_day_and_the_accepted_ones_since_a_week_before_otherwise(
    desk: Reception,
) -> None:
    desk.run(ProviderSync)
    (first,) = _asked(desk)
    assert "expedientAcceptedFrom" not in first
    desk.advance(hours=2)
    desk.run(ProviderSync)
    (second,) = _asked(desk)
    assert (second["expedientAcceptedFrom"], second["statusExpedient"]) == (
        "2026-03-09",
        "ACCEPTED",
    )
    desk.advance(days=1)
    desk.run(ProviderSync)
    (third,) = _asked(desk)
    assert "expedientAcceptedFrom" not in third


def test_an_approval_seen_late_is_not_lost(desk: Reception) -> None:
    """Dated before the watermark, after a day's service outage: the overlap finds it."""
    desk.run(ProviderSync)
    provider = desk.apply("late", accept=False)
    desk.portal.accept_dossier(desk.key, provider.id, at=desk.clock() - timedelta(days=6))
    desk.advance(minutes=15)
    desk.run(ProviderSync)
    assert desk.told(provider) == {"create_vendor": "vendor_to_be_created"}


def test_many_open_suppliers_are_read_from_one_list(desk: Reception) -> None:
    old = desk.clock() - timedelta(days=60)
    for number in range(21):
        provider = desk.apply(f"s{number}", accept=False)
        desk.portal.accept_dossier(desk.key, provider.id, at=old)
    desk.run(ProviderSync)
    desk.portal.requests.clear()
    desk.advance(minutes=15)
    report = desk.run(ProviderSync)
    assert (report.held, len(desk.portal.requests)) == (21, 2)


def test_reads_of_sage_do_not_grow_with_suppliers(desk: Reception) -> None:
    counts = []
    for number in range(12):
        desk.apply(f"s{number}", rfc=f"SUP0101{number:02d}AB1")
        if number in (1, 11):
            before = desk.sage.reads
            desk.run(ProviderSync)
            counts.append(desk.sage.reads - before)
    assert counts[0] == counts[1]


# -- what is kept ----------------------------------------------------------------------------------


def test_the_dossier_is_archived_as_received_and_its_bank_data_only_compared(
    desk: Reception,
) -> None:
    provider = known(desk)
    desk.run(ProviderSync)
    archived = desk.archive.get("acme", f"provider-{provider.id}")
    assert archived is not None
    assert json.loads(archived)["status"] == "ACCEPTED"
    account = {"bank_name": "BBVA", "clabe": "9999", "currency": "MXN"}
    desk.change_dossier(provider, bank_accounts=(DossierEntry("MXN", account),))
    desk.advance(minutes=15)
    report = desk.run(ProviderSync)
    row = desk.ledger.operations(DocumentKind.PROVIDER, [provider.id])[provider.id, UPDATE]
    assert [note.code for note in row.notes] == ["bank_data_changed"]
    assert (report.acted, desk.archive.get("acme", f"provider-{provider.id}")) == (0, archived)


def test_an_archive_that_cannot_be_written_is_a_problem_of_the_report(desk: Reception) -> None:
    (desk.folder / "archive").write_text("in the way")
    provider = known(desk)
    report = desk.run(ProviderSync)
    assert len(report.problems) == 1
    assert desk.vendors_of(provider) == ["V100"]


def test_a_supplier_without_any_dossier_tree_is_read(desk: Reception) -> None:
    bare = Dossier(status="SENT", fields=None, bank_accounts=None, addresses=None, contacts=None)
    provider = desk.apply("bare", dossier=bare)
    desk.run(ProviderSync)
    assert desk.told(provider) == {"create_vendor": "vendor_to_be_created"}


# -- modes -----------------------------------------------------------------------------------------


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(desk: Reception) -> None:
    provider = known(desk)
    desk.set(mode=Mode.DRY_RUN)
    report = desk.run(ProviderSync)
    assert (report.acted, desk.told(provider)) == (0, {"update_vendor": "dry_run"})
    assert desk.vendors_of(provider) == []
    desk.set(mode=Mode.SANDBOX)
    desk.run(ProviderSync)
    desk.set(mode=Mode.DRY_RUN)
    desk.company.set_vendor_optional_field(vendor="V100", name="PROVIDERID", value=" ")
    desk.run(ProviderSync)
    assert desk.told(provider) == {"update_vendor": "dry_run"}


def test_a_plan_above_the_guard_writes_nothing(desk: Reception) -> None:
    waiting = [known(desk, f"s{n}", number=f"V10{n}") for n in range(3)]
    desk.set(guard=Guard(is_on=True, max_acts_first=2))
    report = desk.run(ProviderSync)
    assert (report.above_guard, report.acted, report.held) == (True, 0, 3)
    assert all(desk.vendors_of(one) == [] for one in waiting)
    assert len(_asked(desk)) == 1
