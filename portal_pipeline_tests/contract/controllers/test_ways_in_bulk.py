"""Ways out for many, on real plans: the guard, companies with equal keys, the next cycle."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from portal_pipeline.core.identity import Operation
from portal_pipeline.core.tenant import Guard
from portal_pipeline.core.ways_out import Way
from portal_pipeline.ledger.people import Answer, Seen, Wanted, WaysOut
from portal_pipeline.ledger.waiting import Selected, Selection, read_for, read_held
from portal_pipeline_tests.contract.controllers.bench import Bench, opened
from portal_pipeline_tests.contract.controllers.buyers import Buyers

CREATE = Operation.CREATE
BOTH = Selection(("acme", "beta"), finding="plan_above_guard")


@pytest.fixture
def companies(tmp_path: Path) -> Iterator[list[Buyers]]:
    """Two companies whose orders have the same numbers, each above its guard."""
    with opened(tmp_path, "acme", "beta") as benches:
        made = [Buyers(bench) for bench in benches]
        for buyers in made:
            buyers.bench.set(guard=Guard(is_on=True, max_acts_first=1))
            for _ in range(2):
                buyers.order()
            buyers.cycle()
        yield made


def selected(bench: Bench, selection: Selection) -> Selected:
    return read_for(bench.ledger_store, selection, Way.CONFIRM, 100)


def confirm(buyers: Buyers, shown: Selected) -> list[Answer]:
    """Confirm what was shown of one company."""
    ways = WaysOut(buyers.bench.ledger, user="ana", reason="go-live")
    wanted = [
        Wanted(
            one.ref,
            one.operation,
            Seen(one.status, one.finding.code if one.finding else "", one.shown_hash),
        )
        for one in shown.rows
        if one.tenant == buyers.bench.key
    ]
    return list(ways.do(Way.CONFIRM, wanted))


def test_confirming_one_company_releases_its_orders_and_no_order_of_the_other(
    companies: list[Buyers],
) -> None:
    acme, beta = companies
    shown = selected(acme.bench, BOTH)
    by_tenant = {(one.tenant, one.ref.key) for one in shown.rows}
    assert {key for tenant, key in by_tenant if tenant == "acme"} == {
        key for tenant, key in by_tenant if tenant == "beta"
    }
    assert len(by_tenant) == 4
    assert [one.problem for one in confirm(acme, shown)] == ["", ""]
    assert len(acme.acts(acme.cycle())) == 2
    assert beta.acts(beta.cycle()) == []
    left = read_held(beta.bench.ledger_store, BOTH, 10).rows
    assert {one.tenant for one in left} == {"beta"}


def test_an_order_that_joins_after_the_list_waits_for_its_own_confirmation(
    companies: list[Buyers],
) -> None:
    acme = companies[0]
    shown = selected(acme.bench, BOTH)
    late = [acme.order(), acme.order()]
    confirm(acme, shown)
    acts = acme.acts(acme.cycle())
    assert len(acts) == 2
    assert {acme.status(number, CREATE) for number in late} == {("held", "plan_above_guard")}


def test_an_order_that_was_changed_after_the_list_is_not_released_with_its_new_content(
    companies: list[Buyers],
) -> None:
    acme = companies[0]
    shown = selected(acme.bench, BOTH)
    first, second = (one.ref.key for one in shown.rows if one.tenant == "acme")
    acme.bench.advance(minutes=1)
    acme.amend(first, quantities={1: Decimal(999)})
    acme.cycle()
    answers = {one.wanted.ref.key: one.problem for one in confirm(acme, shown)}
    assert answers[second] == ""
    assert "another content" in answers[first]
    acme.order()  # with the changed one, two that nobody has confirmed
    assert [key for key, _, _ in acme.acts(acme.cycle())] == [second]
    assert acme.status(first, CREATE) == ("held", "plan_above_guard")
