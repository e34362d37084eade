"""Writes whose answer was lost while Sage went on, and orders that somebody else sent first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal_pipeline.controllers.po_creation import PoCreation
from portal_pipeline.core.identity import Operation
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import Bench
from portal_pipeline_tests.contract.controllers.buyers import PO, Buyers

D = Decimal
CREATE, UPDATE = Operation.CREATE, Operation.UPDATE


@pytest.fixture
def buyers(bench: Bench) -> Buyers:
    return Buyers(bench)


@pytest.fixture
def sent(buyers: Buyers) -> str:
    """An order of 10 pieces of 100.00 that the portal has."""
    number = buyers.order()
    buyers.cycle()
    return number


def quantity(buyers: Buyers, number: str) -> Decimal:
    """Pieces of the first line in the portal."""
    found: Decimal = buyers.sent(number)["lines"][0]["quantity"]
    return found


def lose_answer(bench: Bench, method: str, *, after_commit: bool = True) -> None:
    """The answer of the next such call gets lost."""
    bench.portal.faults.add(Fault(FaultKind.DROP, method, calls=(1,), after_commit=after_commit))


@pytest.mark.parametrize("after_commit", [True, False])
@pytest.mark.parametrize(
    ("there", "back"),
    [
        pytest.param({"quantities": {1: D(20)}}, {"quantities": {1: D(10)}}, id="quantity"),
        pytest.param({"description": "Andén 4"}, {"description": ""}, id="only a text"),
    ],
)
def test_an_update_in_doubt_that_sage_took_back_ends_as_sage_has_it(
    bench: Bench,
    buyers: Buyers,
    sent: str,
    there: dict[str, object],
    back: dict[str, object],
    *,
    after_commit: bool,
) -> None:
    before = buyers.sent(sent)
    lose_answer(bench, "PUT", after_commit=after_commit)
    buyers.amend(sent, **there)
    buyers.cycle()
    buyers.amend(sent, **back)
    for _ in range(3):
        buyers.cycle()
    assert buyers.sent(sent) == before
    assert buyers.status(sent, UPDATE)[0] in ("done", "out_of_scope")
    assert buyers.acts(buyers.cycle()) == []


def test_an_update_in_doubt_that_sage_changed_again_confirms_only_the_last_content(
    bench: Bench, buyers: Buyers, sent: str
) -> None:
    """All that the portal shows is as in the first attempt; only the last has the AFE."""
    lose_answer(bench, "PUT")
    buyers.amend(sent, quantities={1: D(20)})
    buyers.cycle()
    bench.company.set_purchase_order_field(number=sent, name="AFE", value="A-7")
    buyers.cycle()
    buyers.cycle()
    assert {"key": "AFE", "value": "A-7"} in buyers.sent(sent)["metadata"]
    assert quantity(buyers, sent) == 20


@pytest.mark.parametrize("after_commit", [True, False])
def test_an_update_of_what_the_portal_does_not_show_is_never_lost_with_its_answer(
    bench: Bench, buyers: Buyers, sent: str, *, after_commit: bool
) -> None:
    lose_answer(bench, "PUT", after_commit=after_commit)
    bench.company.set_purchase_order_field(number=sent, name="AFE", value="A-7")
    buyers.cycle()
    buyers.cycle()
    assert {"key": "AFE", "value": "A-7"} in buyers.sent(sent)["metadata"]
    assert buyers.status(sent, UPDATE) == ("done", "")
    assert buyers.acts(buyers.cycle()) == []


def test_a_creation_in_doubt_that_sage_changed_is_adopted_and_updated(
    bench: Bench, buyers: Buyers
) -> None:
    number = buyers.order()
    lose_answer(bench, "POST")
    buyers.cycle()
    buyers.amend(number, quantities={1: D(20)}, description="Andén 2")
    buyers.cycle()
    buyers.cycle()
    assert quantity(buyers, number) == 20
    assert buyers.changes(number) == ["CREATE", "MODIFY"]


@pytest.mark.parametrize(
    ("changes", "is_confirmed"),
    [
        pytest.param({}, True, id="same content"),
        pytest.param({"total": D(5)}, False, id="another total"),
        pytest.param({"reference": "x"}, False, id="another text"),
    ],
)
def test_a_duplicate_answer_is_verified_and_adopted(
    bench: Bench, buyers: Buyers, changes: dict[str, object], *, is_confirmed: bool
) -> None:
    first, second = buyers.order(), buyers.order()

    def somebody_is_faster() -> None:
        content = buyers.sent(first) | {"external_id": second, "num": second} | changes
        bench.portal.create_po_by_person(bench.key, content)

    bench.portal.faults.before("POST", "*/purchase-orders", somebody_is_faster, calls=(2,))
    assert bench.run(PoCreation).succeeded == 2
    row = bench.row(second, CREATE, PO)
    assert row is not None
    assert (row.status.value, row.content_hash is not None) == ("done", is_confirmed)
    buyers.cycle()
    assert buyers.there(second).total == 1160
    assert "reference" not in buyers.sent(second)
