"""The guard: plans that are too large wait for a person, whole, and nothing else does."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.identity import ControllerName, Operation
from portal_pipeline.core.tenant import Guard, Mode
from portal_pipeline.core.ways_out import Way
from portal_pipeline.ledger.people import Seen, Wanted
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
CREATE, UPDATE, IMPORT = Operation.CREATE, Operation.UPDATE, Operation.IMPORT
WAITS = "plan_above_guard"


def _guard(town: Town, first: int, later: int = 1000, amount: str | None = None) -> None:
    most = D(amount) if amount else None
    town.set(guard=Guard(max_acts_first=first, max_acts_per_cycle=later, max_amount_per_cycle=most))


def _orders(town: Town, count: int) -> list[str]:
    return [town.buyers.order() for _ in range(count)]


def _waiting(town: Town, numbers: list[str], operation: Operation = CREATE) -> list[str]:
    """Those of the orders that the guard holds."""
    return [one for one in numbers if town.order(one, operation) == WAITS]


def _confirm(town: Town, *numbers: str, operation: Operation = CREATE) -> None:
    for number in numbers:
        town.buyers.person().confirm(town.buyers.ref(number), operation)


def _params(row: OperationRow | None) -> dict[str, str]:
    return dict(row.finding.params) if row and row.finding else {}


@scenario
def plan_above_the_guard_waits_whole(town: Town) -> None:
    """A plan above the guard does nothing at all, and says how much it is and what the limit."""
    _guard(town, 2)
    numbers = _orders(town, 3)
    report = town.cycle()[ControllerName.PO_CREATION]
    assert (report.acted, report.held) == (0, 3)
    assert town.buyers.writes() == 0
    assert _params(town.buyers.row(numbers[0], CREATE)) == {
        "count": "3",
        "limit": "2",
        "amount": "3,480.00 MXN",
    }


@scenario
def one_act_confirmed_to_try(town: Town) -> None:
    """Who confirms one act of a plan releases that one; the rest waits for its own confirmation."""
    _guard(town, 2)
    numbers = _orders(town, 4)
    town.cycle()
    _confirm(town, numbers[0])
    for _ in range(3):
        town.cycle()
    assert town.buyers.in_portal(numbers[0])
    assert _waiting(town, numbers) == numbers[1:]


@scenario
def order_that_joins_after_the_confirmation(town: Town) -> None:
    """A confirmation releases what it showed; what joined later or was changed waits again."""
    _guard(town, 1)
    shown = _orders(town, 2)
    town.cycle()
    _confirm(town, *shown)
    late = _orders(town, 1)
    town.advance(minutes=1)
    town.buyers.amend(shown[0], quantities={1: D(99)})
    town.cycle()
    assert town.buyers.in_portal(shown[1])
    assert _waiting(town, [*shown, *late]) == [shown[0], *late]


@scenario
def changed_between_look_and_confirmation(town: Town) -> None:
    """What changed since a person saw it is not confirmed, and said so."""
    _guard(town, 1)
    first, _ = _orders(town, 2)
    town.cycle()
    row = town.buyers.row(first, CREATE)
    assert row is not None
    looked_at = Seen(row.status, WAITS, row.shown_hash)
    town.advance(minutes=1)
    town.buyers.amend(first, quantities={1: D(99)})
    town.cycle()
    wanted = Wanted(town.buyers.ref(first), CREATE, looked_at)
    (answer,) = town.buyers.person().do(Way.CONFIRM, [wanted])
    assert "another content" in answer.problem
    town.cycle()
    assert _waiting(town, [first])


@scenario
def first_plan_confirmed_then_the_usual_limit(town: Town) -> None:
    """Once a first plan was confirmed whole, the larger limit counts; above it all waits again."""
    _guard(town, 2, later=4)
    first = _orders(town, 3)
    town.cycle()
    _confirm(town, *_waiting(town, first))
    town.cycle()
    usual = _orders(town, 4)
    town.cycle()
    assert all(town.buyers.in_portal(number) for number in (*first, *usual))
    many = _orders(town, 5)
    town.cycle()
    assert _waiting(town, many) == many


@scenario
def busy_month_end_after_a_first_small_plan(town: Town) -> None:
    """A plan within the usual limit goes without a confirmation, however many more than before."""
    _guard(town, 2)
    _orders(town, 2)
    town.cycle()
    numbers = _orders(town, 20)
    town.cycle()
    assert all(town.buyers.in_portal(number) for number in numbers)


@scenario
def money_above_the_limit_in_two_currencies(town: Town) -> None:
    """The limit of money is in the company's currency; dollar orders count at their rate."""
    town.company.add_vendor(
        vendor="V001U", name="Kemper", currency="USD", provider_id=town.provider.id
    )
    _guard(town, 50, amount="20000.00")
    orders = [town.buyers.order(), town.buyers.order(vendor="V001U", rate=D("17.5"))]
    town.cycle()
    assert _params(town.buyers.row(orders[0], CREATE)) == {
        "count": "2",
        "limit": "20,000.00 MXN",
        "amount": "1,160.00 MXN, 1,160.00 USD = 21,460.00 MXN",
    }
    assert _waiting(town, orders) == orders
    town.buyers.person().dismiss(town.buyers.ref(orders[0]), CREATE)
    _guard(town, 50, amount="20300.00")
    town.cycle()
    assert town.order(orders[1]) == "done"


@scenario
def new_address_that_would_rewrite_every_open_order(town: Town) -> None:
    """A warehouse's new address would rewrite every open order: that waits until confirmed."""
    _guard(town, 3)
    numbers = [number for _ in range(2) for number in _orders(town, 2) if town.cycle()]
    before = town.buyers.sent(numbers[0])
    with town.company.writing() as unit:
        unit.update("ICLOC", {"LOCATION": "ALM01"}, ADDRESS1="Otra calle 5")
    town.cycle(days=1)
    assert _waiting(town, numbers, UPDATE) == numbers
    assert town.buyers.sent(numbers[0]) == before
    _confirm(town, *numbers, operation=UPDATE)
    town.cycle()
    assert {tuple(town.buyers.changes(number)) for number in numbers} == {("CREATE", "MODIFY")}


@scenario
def doubt_while_a_plan_is_above_the_guard(town: Town) -> None:
    """What is in doubt is looked up although the plan waits; other content waits with the rest."""
    _guard(town, 2)
    town.portal.faults.add(Fault(FaultKind.DROP, "POST", "*/purchase-orders", calls=(1, 2)))
    same, changed = _orders(town, 2)
    town.cycle()
    assert {town.order(one) for one in (same, changed)} == {"outcome_unknown"}
    _guard(town, 2, later=2)
    many = _orders(town, 3)
    town.advance(minutes=1)
    town.buyers.amend(changed, quantities={1: D(99)})
    town.cycle()
    assert town.buyers.changes(same) == ["CREATE"]
    assert _waiting(town, [changed, *many]) == [changed, *many]
    _confirm(town, *many)
    town.cycle()
    assert all(town.buyers.in_portal(number) for number in (*many, changed))


@scenario
def downloads_are_not_guarded(town: Town) -> None:
    """What only reads is never stopped: the files are kept, and their imports wait."""
    _guard(town, 1)
    for name in ("1", "2"):
        town.upload(name, total=f"{name}16.00")
    town.cycle()
    assert [town.reason(name, Operation.DOWNLOAD) for name in ("1", "2")] == ["done", "done"]
    assert [town.reason(name, IMPORT) for name in ("1", "2")] == [WAITS, WAITS]


@scenario
def looked_at_in_a_dry_run_while_live(town: Town) -> None:
    """A dry run of a company at work shows the second amendment of an order and sends nothing."""
    (number,) = _orders(town, 1)
    for quantity in (20, 30):
        town.cycle()
        town.buyers.amend(number, quantities={1: D(quantity)})
    town.set(mode=Mode.DRY_RUN)
    town.cycle()
    assert town.order(number, UPDATE) == "dry_run"
    assert town.buyers.changes(number) == ["CREATE", "MODIFY"]
    town.set(mode=Mode.SANDBOX)
    town.cycle()
    assert town.order(number, UPDATE) == "done"
    assert town.buyers.changes(number) == ["CREATE", "MODIFY", "MODIFY"]
