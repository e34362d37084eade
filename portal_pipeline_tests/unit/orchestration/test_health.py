"""The asset checks: green when all is well, red with the keys when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from portal_pipeline.core.counted import Counted
from portal_pipeline.core.decisions import Document, act, done, hold, reject
from portal_pipeline.core.findings.general import DRY_RUN, NEXT_CYCLE, UNEXPECTED_ERROR
from portal_pipeline.core.findings.invoices import NOT_APPROVED
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.outcomes import Refused
from portal_pipeline.core.report import ListingReport, StepReport
from portal_pipeline.core.tenant import Intervals
from portal_pipeline.definitions import defs
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.reports import save_report
from portal_pipeline.orchestration.health import JUDGES, TenantHealth, judges_of
from portal_pipeline.orchestration.health_reading import health_of
from portal_pipeline_tests.templates import put_ledger

LIMIT = timedelta(hours=120)
DOWNLOAD, IMPORT = Operation.DOWNLOAD, Operation.IMPORT
NAME = ControllerName.CFDI_IMPORT


class Company:
    """A tenant's ledger, on a clock that is moved by hand."""

    def __init__(self, store: Ledger) -> None:
        self.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
        self.store = store
        self.ledger = store.tenant("acme", lambda: self.now)

    def invoice(self, key: str) -> Document:
        return Document(kind=DocumentKind.INVOICE, key=key)

    def holds(self, key: str, finding) -> None:
        self.ledger.record([hold(self.invoice(key), IMPORT, finding)], "run")

    def gets(self, key: str) -> None:
        self.ledger.record([done(self.invoice(key), DOWNLOAD)], "run")

    def reports(self, **given) -> None:
        save_report(self.ledger, "run", StepReport(controller=NAME, **given), Decimal(1))

    def judged(self, name: ControllerName = NAME) -> dict[str, str]:
        """What is wrong, by check."""
        state = health_of(self.ledger, name, Intervals(held_too_long=LIMIT))
        assert state is not None
        return {check: text for check, judge in judges_of(name).items() if (text := judge(state))}


@pytest.fixture
def company(tmp_path):
    store = Ledger(put_ledger(tmp_path / "ledger.sqlite"))
    made = Company(store)
    made.reports()
    yield made
    store.close()


def test_a_company_that_is_well_has_no_red_check(company):
    company.gets("U1")
    company.holds("U1", NEXT_CYCLE())
    assert company.judged() == {}


def test_a_controller_that_never_ran_is_not_judged(company):
    assert health_of(company.ledger, ControllerName.PAYMENT_UPLOAD, Intervals()) is None


def test_what_was_rejected_or_refused_is_named(company):
    company.ledger.record(
        [reject(company.invoice("U1"), IMPORT, UNEXPECTED_ERROR(detail="x"))], "run"
    )
    lease = company.store.leases.acquire("acme", "run", "test", timedelta(minutes=1))
    sending = act(company.invoice("U2"), IMPORT, {})
    company.ledger.intend(sending, lease)
    company.ledger.refuse(
        sending, "run", Refused(code="x", detail="y"), UNEXPECTED_ERROR(detail="y"), None
    )
    assert company.judged() == {
        "nothing_refused": "2 refused or rejected: invoice U1, invoice U2",
        "nothing_stuck": "1 will not move by themselves: invoice U1",
    }


def test_a_refusal_of_another_controller_is_not_this_ones(company):
    order = Document(kind=DocumentKind.PURCHASE_ORDER, key="PO1")
    wrong = UNEXPECTED_ERROR(detail="x")
    company.ledger.record(
        [reject(order, Operation.CREATE, wrong), reject(company.invoice("U1"), DOWNLOAD, wrong)],
        "run",
    )
    assert company.judged() == {}


def test_what_waits_for_more_hours_than_the_limit_is_named_and_the_limit_too(company):
    company.holds("U1", NEXT_CYCLE())
    company.now += LIMIT
    assert company.judged() == {}
    company.now += timedelta(seconds=1)
    assert company.judged() == {
        "nothing_waiting_too_long": "1 waiting for more than 120 hours: invoice U1"
    }


@pytest.mark.parametrize(
    "finding", [NOT_APPROVED(status="NEW"), DRY_RUN(operation="import")], ids=lambda f: f.code
)
def test_what_does_not_age_never_waits_too_long(company, finding):
    company.holds("U1", finding)
    company.now += timedelta(days=400)
    assert company.judged() == {}


def test_what_is_in_doubt_waits_too_although_it_has_no_finding_yet(company):
    lease = company.store.leases.acquire("acme", "run", "test", timedelta(minutes=1))
    company.ledger.intend(act(company.invoice("U1"), IMPORT, {}), lease)
    company.now += timedelta(days=400)
    assert company.judged() == {
        "nothing_in_doubt": "1 with unknown outcome: invoice U1",
        "nothing_waiting_too_long": "1 waiting for more than 120 hours: invoice U1",
    }


def test_many_are_counted_in_full_and_a_few_are_named_oldest_first(company):
    for n in range(12):
        company.holds(f"U{n:02}", NEXT_CYCLE())
        company.now += timedelta(minutes=1)
    company.now += timedelta(days=10)
    assert company.judged()["nothing_waiting_too_long"].endswith(
        ": invoice U00, invoice U01, invoice U02 and 9 more"
    )


def test_a_download_without_an_import_is_named_unless_its_cycle_still_goes_on(company):
    company.gets("U1")
    company.now += timedelta(minutes=1)
    company.reports()
    assert company.judged() == {
        "every_download_accounted_for": "1 downloaded without an import: invoice U1"
    }
    company.holds("U1", NEXT_CYCLE())
    assert company.judged() == {}
    company.now += timedelta(minutes=1)
    company.gets("U2")
    assert company.judged() == {}


def test_an_import_of_any_status_accounts_for_a_download(company):
    company.gets("U1")
    company.ledger.record([done(company.invoice("U1"), IMPORT)], "run")
    company.reports()
    assert company.judged() == {}


@pytest.mark.parametrize(
    ("report", "check"),
    [
        (
            {
                "listings": (
                    ListingReport(name="portal.cfdis", total=9, received=3, is_complete=False),
                )
            },
            "listings_complete",
        ),
        ({"problems": ("the Web API is away",)}, "systems_reachable"),
        ({"above_guard": True}, "plan_below_guard"),
        ({"acted": 2, "succeeded": 1}, "totals_agree"),
    ],
)
def test_the_latest_report_is_judged(company, report, check):
    company.reports(**report)
    assert set(company.judged()) == {check}


def test_every_check_can_turn_red_and_is_green_on_nothing():
    bad = Counted(1, ("invoice U1",))
    red = TenantHealth(
        tenant="acme",
        refused=bad,
        stuck=bad,
        too_long=bad,
        in_doubt=bad,
        unaccounted=bad,
        hours=120,
    )
    fine = TenantHealth(tenant="acme")
    of_ledger = {*JUDGES} - {
        *("listings_complete", "systems_reachable", "plan_below_guard", "totals_agree")
    }
    for check, judge in judges_of(NAME).items():
        assert judge(fine) == ""
        assert bool(judge(red)) == (check in {*of_ledger, "every_download_accounted_for"})


def test_the_statements_do_not_grow_with_the_documents(company):
    asked: list[str] = []
    engine = company.store._engine

    def note(*arguments) -> None:
        asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)

    def statements() -> int:
        asked.clear()
        company.judged()
        return len([text for text in asked if text.startswith("SELECT")])

    few = statements()
    for n in range(50):
        company.gets(f"U{n}")
        company.holds(f"U{n}", NEXT_CYCLE())
    assert statements() == few == 6


def test_the_asset_of_the_import_has_its_checks_in_dagster():
    named = {
        (key.asset_key.to_user_string(), key.name)
        for checks in defs.asset_checks or ()
        for key in checks.check_keys
    }
    wanted = ("nothing_refused", "nothing_waiting_too_long", "every_download_accounted_for")
    assert {("cfdi_import", check) for check in wanted} <= named
    assert ("cfdi_download", "every_download_accounted_for") not in named
