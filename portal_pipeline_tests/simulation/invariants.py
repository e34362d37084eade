"""What must hold when the storm is over, looked up in both systems' own stores and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.money import portal_currency
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.ledger import Ledger
from portal_pipeline.ledger.export import ledger_rows
from portal_pipeline.ledger.schema import document, event, operation
from portal_pipeline.sandbox.world.gate_watch import GateWatch
from portal_pipeline.sandbox.world.judge import judged
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.tenants import Company as JudgedCompany
from portal_pipeline.sandbox.world.tenants import Profile
from portal_pipeline_tests.contract.controllers.bench import ORG, RFC
from portal_pipeline_tests.simulation.company import Company

SECRETS = ("key-1", "secret-1", "UElQRTpzZWNyZXQ")
"""Portal key and secret, and the Web API's user and password as they travel."""
_EXPLAINED = "explained"
BY_PEOPLE = {
    "uuid_captured_twice": ("twice", "a clerk captured one UUID on two documents"),
    "second_complement_of_a_payment": (_EXPLAINED, "the payment keeps its first complement"),
    "substitute_of_the_written_complement": (_EXPLAINED, "the substitute stands in Sage"),
    "substitute_during_a_dry_run": (_EXPLAINED, "the substitute stands in Sage"),
    "complement_before_its_payment_is_posted": (_EXPLAINED, "the payment is never posted"),
    "complement_without_a_link_found_by_its_invoice": (_EXPLAINED, "it fits the routine's, too"),
    "portal_payment_that_cannot_be_read": (_EXPLAINED, "a person made the payment in the portal"),
    "payment_that_the_old_system_sent": (_EXPLAINED, "a person made the payment in the portal"),
    "bank_mapped_later": (_EXPLAINED, "the settings map the bank, not Sage"),
    "skipped_warehouse_and_cancelled_line": (_EXPLAINED, "lines of a warehouse that is skipped"),
    "lines_that_stay_out": (_EXPLAINED, "lines of a warehouse that is skipped"),
    "order_invoice_that_reaches_payables": (_EXPLAINED, "the clerk dates it by its receipt"),
    "document_that_is_not_what_the_cfdi_says": (_EXPLAINED, "a person linked the other document"),
    "document_listed_without_uuid": (_EXPLAINED, "the ledger has it under the portal's id"),
    "invoice_of_another_supplier": (_EXPLAINED, "a clerk captured it under that vendor"),
    "payment_posted_late_that_the_old_system_never_saw": (_EXPLAINED, "a person admitted it"),
    "payments_from_before_the_start": (_EXPLAINED, "a person admitted one of them"),
    "order_deleted_after_sending": (_EXPLAINED, "somebody deleted it in Sage"),
    "supplier_whose_vendor_names_another": (_EXPLAINED, "a clerk wrote the other's id"),
    "payment_sent_by_another_while_ours_was_on_its_way": (
        "gate explained",
        "a person pays in the same moment, perhaps on another day, and the portal takes both",
    ),
    "change_that_sage_does_not_keep": ("rest", "Sage keeps no change, and none is believed done"),
}
"""What the scenario's people do on purpose and the judge, who knows no settings, objects to: the
invariants, and why."""
Problem = tuple[str, str]
"""(invariant, what is wrong)."""


@dataclass(frozen=True, kw_only=True)
class _JudgedCompany(JudgedCompany):
    """A company that the judge knows by the key that the portal has for it."""

    tenant: Tenant

    @property
    def portal_id(self) -> str:
        return self.key

    def start_of(self, kind: str) -> date:
        return self.tenant.start_of(DocumentKind(kind)) or date.min


def office_of(town: Company) -> Office:
    """The company as the sandbox's judge sees it."""
    has_authorisations = town.tenant.purchase_orders.authorisation == "tables"
    profile = Profile(town.key, town.key, RFC, ORG, "open", has_authorisations=has_authorisations)
    company = _JudgedCompany(0, town.key, town.key, RFC, ORG, profile, tenant=town.tenant)
    return Office(company, town.company, town.portal, town.clock)  # type: ignore[arg-type]


def problems(towns: Sequence[Company]) -> Iterator[Problem]:
    """Everything that is wrong."""
    ledger, now = towns[0].ledger_store, towns[0].clock()
    offices = [office_of(town) for town in towns]
    verdict = judged(offices, ledger_rows(ledger), now, towns[0].gate.early())
    yield from (("twice", text) for text in verdict.duplicated)
    yield from (("gate", text) for text in verdict.early_payments)
    yield from (("explained", text) for text in verdict.lost)
    yield from _unexplained_states(ledger)
    yield from _open_without_finding(ledger)
    for town in towns:
        yield from _money(town)
        yield from (("rest", f"{town.key}: {name} is in doubt") for name in town.in_flight())
    yield from _strangers(towns)
    yield from _secrets(towns)


def _unexplained_states(ledger: Ledger) -> Iterator[Problem]:
    """Every status follows from its events by the state table."""
    folded: dict[tuple[str, ...], Status | None] = defaultdict(lambda: None)
    with ledger.reading() as connection:
        for row in connection.execute(select(event).order_by(event.c.id)):
            name = (row.tenant, row.kind, row.key, row.operation)
            following = after(folded[name], Event(row.event))
            if isinstance(following, Refusal) or following != row.status:
                yield "events", f"{' '.join(name)}: {row.event} after {folded[name]}: {row.status}"
            folded[name] = Status(row.status)
        for row in connection.execute(select(operation)):
            name = (row.tenant, row.kind, row.key, row.operation)
            if folded[name] != row.status:
                yield "events", f"{' '.join(name)} is {row.status}, its events say {folded[name]}"


def _open_without_finding(ledger: Ledger) -> Iterator[Problem]:
    waiting = [Status.HELD.value, Status.REJECTED.value, Status.REFUSED.value]
    query = select(operation).where(
        operation.c.status.in_([*waiting, Status.OUT_OF_SCOPE.value, Status.IN_FLIGHT.value])
    )
    with ledger.reading() as connection:
        for row in connection.execute(query):
            if not row.finding:
                name = f"{row.tenant} {row.kind} {row.key} {row.operation}"
                yield "explained", f"{name} is {row.status}, without why"


def _money(town: Company) -> Iterator[Problem]:
    """Uploads that are done: ledger, portal and Sage name one amount; nothing is overpaid."""
    in_sage = {
        one.number: one for one in town.company.payments() if one.is_posted and not one.is_reversed
    }
    query = (
        select(operation.c.key, document.c.amount, document.c.currency)
        .join(
            document,
            (document.c.tenant == operation.c.tenant)
            & (document.c.kind == operation.c.kind)
            & (document.c.key == operation.c.key),
        )
        .where(
            operation.c.tenant == town.key,
            operation.c.operation == "upload",
            operation.c.status == Status.DONE.value,
        )
    )
    with town.ledger_store.reading() as connection:
        done = connection.execute(query).all()
    for row in done:
        paid = in_sage.get(row.key)
        there = [one for one in town.portal.payments_of(town.key, row.key) if not one.is_rejected]
        if paid is None or not there:
            continue  # reversed later, or rejected by a person: told as findings
        figures = {
            "ledger": (Decimal(row.amount), row.currency),
            "Sage": (Decimal(paid.amount), portal_currency(paid.bank_currency)),
            "portal": (there[0].total_amount, there[0].currency),
        }
        if len(set(figures.values())) > 1:
            yield "money", f"{town.key} payment {row.key}: {figures}"
    for cfdi in town.portal.cfdis(town.key):
        if cfdi.balance is not None and cfdi.balance < 0:
            yield "money", f"{town.key} CFDI {cfdi.uuid}: balance {cfdi.balance}"


def _strangers(towns: Sequence[Company]) -> Iterator[Problem]:
    """Each tenant's rows are about documents of its own two systems."""
    for town in towns:
        own = {one.uuid for one in town.portal.cfdis(town.key)}
        others = {
            cfdi.uuid
            for other in towns
            if other is not town
            for cfdi in town.portal.cfdis(other.key)
        }
        query = select(operation.c.key).where(
            operation.c.tenant == town.key, operation.c.key.in_(sorted(others - own))
        )
        with town.ledger_store.reading() as connection:
            for key in connection.execute(query).scalars():
                yield "tenants", f"{town.key} has a row about {key} of another company"


def _secrets(towns: Sequence[Company]) -> Iterator[Problem]:
    folder = towns[0].folder.parent
    for path in sorted(folder.rglob("ledger.db*")):
        yield from _secrets_in(path.name, path.read_bytes())
    for town in towns:
        yield from _secrets_in("errors", "\n".join(town.failed).encode())


def _secrets_in(name: str, content: bytes) -> Iterator[Problem]:
    for secret in SECRETS:
        if secret.encode() in content:
            yield "secrets", f"{name} holds {secret}"


def events_so_far(ledger: Ledger) -> int:
    """Number of the last line of history."""
    with ledger.reading() as connection:
        return connection.execute(select(event.c.id).order_by(event.c.id.desc())).scalar() or 0


def gate_watch(folder: Path, towns: Sequence[Company]) -> GateWatch:
    """The sandbox's own watch over payments that arrive."""
    return GateWatch(folder, {town.key: office_of(town) for town in towns})
