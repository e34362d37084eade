"""What people do beside the scenario: routine business, and ways out chosen without much care."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sqlalchemy import select

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.ways_out import Way, not_offered
from portal_pipeline.ledger.people import Wanted, wanted_link
from portal_pipeline.ledger.rows import finding_of
from portal_pipeline.ledger.schema import operation
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.sage.company import SageRefused
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.simulation.company import Company, Deed

IMPOSSIBLE = (
    *(AssertionError, AttributeError, KeyError, IndexError, LookupError, StopIteration),
    *(TypeError, ValueError, OSError, PortalError, SageRefused, PipelineError),
)
"""How people find that what they wanted to do cannot be done (yet, or any more)."""
WAYS = (Way.REQUEUE, Way.REQUEUE, Way.REQUEUE, Way.DISMISS, Way.ADMIT, Way.LINK, Way.RESTORE)


def tried(deed: Deed) -> Deed:
    """The deed of people who shrug when it is not possible."""

    def shrugging() -> None:
        try:
            deed()
        except IMPOSSIBLE:
            return

    return shrugging


def routine(town: Company, chance: Random) -> list[Deed]:
    """Some business of every kind, in an order of its own; numbers are the same in each company."""
    number = iter(range(1, 100))
    some: list[Callable[[str], list[Deed]]] = [
        lambda n: _paid_invoice(town, n),
        lambda n: _paid_invoice(town, n),
        lambda n: _imported_invoice(town, n),
        lambda n: _imported_invoice(town, n),
        lambda n: _order(town, chance, n),
        lambda n: _order(town, chance, n),
        lambda n: _supplier(town, n),
    ]
    chance.shuffle(some)
    threads = [one(f"R{next(number)}") for one in some[: chance.randint(3, 5)]]
    deeds: list[Deed] = []
    while any(threads):
        thread = chance.choice([one for one in threads if one])
        deeds.append(tried(thread.pop(0)))
    return deeds


def _paid_invoice(town: Company, number: str) -> list[Deed]:
    payment = f"PY{number}"
    later: list[Deed] = [
        lambda: town.complement(
            f"{town.key}-C{number}", town.treasury.in_portal(payment)[0].id, number
        ),
        lambda: town.company.reverse_payment(number=payment),
    ]
    return [
        lambda: town.treasury.invoice(number),
        lambda: town.treasury.pay(payment, (number, "116.00")),
        *later[: 1 + town.chance.randint(0, 1)],
    ]


def _imported_invoice(town: Company, number: str) -> list[Deed]:
    def posted() -> None:
        for batch in {
            one.batch for one in town.in_sage(town.treasury.uuid(number)) if not one.is_posted
        }:
            town.company.post_ap_invoice_batch(batch)

    return [
        lambda: town.treasury.upload(number),
        posted,
        lambda: town.treasury.pay(f"PY{number}", (number, "116.00")),
    ]


def _order(town: Company, chance: Random, number: str) -> list[Deed]:
    made: list[str] = []
    ways: list[Callable[[], object]] = [
        lambda: town.buyers.amend(made[0], description="CHANGED"),
        lambda: town.company.cancel_outstanding(number=made[0]),
        lambda: town.company.capture_po_invoice(
            receipts=(town.buyers.receive(made[0]),), number=f"O{number}", uuid=None
        ),
        lambda: town.company.set_purchase_order_hold(number=made[0], is_on_hold=True),
    ]
    return [
        lambda: made.append(town.buyers.order()),
        *chance.sample(ways, k=chance.randint(1, 2)),
    ]


def _supplier(town: Company, number: str) -> list[Deed]:
    def related() -> None:
        provider = town.portal.add_provider(
            town.key, key=number, name=number, rfc="PRO010101AB1", external_id=""
        )
        town.portal.accept_dossier(town.key, provider.id)
        town.company.add_vendor(
            vendor=number, name=number, rfc="PRO010101AB1", provider_id=provider.id
        )

    return [related]


def ways_out(town: Company) -> None:
    """Somebody looks at what waits and chooses a way out that it offers."""
    query = (
        select(
            operation.c.kind,
            operation.c.key,
            operation.c.operation,
            operation.c.status,
            operation.c.finding,
        )
        .where(operation.c.tenant == town.key)
        .order_by(*operation.primary_key.columns)
    )
    with town.ledger_store.reading() as connection:
        rows = connection.execute(query).all()
    way = town.chance.choice(WAYS)
    offers = [
        row
        for row in rows
        if not not_offered(way, Status(row.status), finding_of(row.finding))
        and (way is not Way.LINK or row.operation == Operation.IMPORT)
    ]
    if not offers:
        return
    row = town.chance.choice(offers)
    ref = DocumentRef(kind=DocumentKind(row.kind), key=row.key)
    wanted = Wanted(ref, Operation(row.operation))
    if way is Way.LINK:
        documents = [one for one in town.company.invoices() if one.vendor == VENDOR]
        if not documents:
            return
        wanted = wanted_link(ref, VENDOR, town.chance.choice(documents).number)
    try:
        list(town.person.do(way, [wanted]))
    except PipelineError as error:
        town.failed.append(f"person: {error}")
