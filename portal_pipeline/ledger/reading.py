"""Reading the ledger of one tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, func, select

from portal_pipeline.core.decisions import OPEN_STATUSES, DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.documents import select_documents
from portal_pipeline.ledger.rows import document_row, operation_row
from portal_pipeline.ledger.schema import document, event, link, operation
from portal_pipeline.ledger.transitions import (
    OperationKey,
    chunks,
    read_operations,
)
from portal_pipeline.statements import Query, prepared

if TYPE_CHECKING:
    from datetime import datetime

    from portal_pipeline.ledger.store import Ledger

KEYS_AT_ONCE = 1_000


class TenantReading:
    """What is known of one tenant; every row of it starts with the tenant's key."""

    def __init__(self, ledger: Ledger, tenant: str, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self.tenant = tenant
        self.clock = clock

    def operations(
        self,
        kind: DocumentKind,
        keys: Sequence[str],
        operations: Sequence[Operation] | None = None,
    ) -> dict[OperationKey, OperationRow]:
        """Rows by (key, operation) of the given documents."""
        with self.ledger.reading() as connection:
            return read_operations(connection, self.tenant, kind, keys, operations)

    def keys_where(
        self,
        kind: DocumentKind,
        operations: Sequence[Operation],
        statuses: Sequence[Status] = OPEN_STATUSES,
    ) -> Iterator[str]:
        """Keys of the documents with an operation in one of the statuses, as :meth:`keys_of`."""
        query = _select_keys(
            self.tenant,
            kind.value,
            [one.value for one in operations],
            [one.value for one in statuses],
        )
        return self.keys_of(query)

    def keys_of(self, query: Query) -> Iterator[str]:
        """The keys that a statement finds, to be taken at once: a transaction is open meanwhile.

        In no order, and one perhaps more than once: asked to put them in order, SQLite walks
        through all documents in the order of their keys.
        """
        at_once = {"yield_per": KEYS_AT_ONCE}
        with self.ledger.reading() as connection:
            yield from connection.execute(*query, execution_options=at_once).scalars()

    def acted_in_run(self, kind: DocumentKind, keys: Sequence[str], run_id: str) -> set[str]:
        """Those of the documents that this run has attempted to write."""
        found: set[str] = set()
        with self.ledger.reading() as connection:
            for part in chunks(list(keys)):
                query = _select_keys_of_run(self.tenant, kind.value, part, run_id)
                found |= set(connection.execute(*query).scalars())
        return found

    def documents(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, DocumentRow]:
        """Documents by key."""
        found: dict[str, DocumentRow] = {}
        with self.ledger.reading() as connection:
            for part in chunks(list(keys)):
                rows = connection.execute(*select_documents(self.tenant, kind.value, part))
                found |= {row.key: document_row(row) for row in rows}
        return found

    def documents_by_portal_id(
        self, kind: DocumentKind, portal_ids: Sequence[str]
    ) -> dict[str, DocumentRow]:
        """Documents by their portal id."""
        found: dict[str, DocumentRow] = {}
        with self.ledger.reading() as connection:
            for part in chunks(list(portal_ids)):
                rows = connection.execute(*_select_by_portal_id(self.tenant, kind.value, part))
                found |= {row.portal_id: document_row(row) for row in rows}
        return found

    def find_documents(self, key: str) -> list[DocumentRow]:
        """Every document with this key, whatever its kind (exact or upper case)."""
        statement = select(document).where(
            document.c.tenant == self.tenant, document.c.key.in_({key, key.upper(), key.lower()})
        )
        with self.ledger.reading() as connection:
            return [document_row(row) for row in connection.execute(statement)]

    def links_of(
        self, kind: DocumentKind, keys: Sequence[str], relation: str | None = None
    ) -> list[tuple[str, Link]]:
        """(document key, link) of the given documents."""
        found = []
        with self.ledger.reading() as connection:
            for part in chunks(sorted(set(keys))):
                query = _select_links(self.tenant, kind.value, part, relation)
                found += [(row.key, _link(row)) for row in connection.execute(*query)]
        return found

    def links_to(
        self, target_type: str, target_keys: Sequence[str], relation: str | None = None
    ) -> list[tuple[DocumentRef, Link]]:
        """(document, link) of the links that point at the given targets."""
        found = []
        with self.ledger.reading() as connection:
            for part in chunks(sorted(set(target_keys))):
                query = _select_links_to(self.tenant, target_type, part, relation)
                found += [
                    (DocumentRef(kind=DocumentKind(row.kind), key=row.key), _link(row))
                    for row in connection.execute(*query)
                ]
        return found

    def events_of(self, kind: DocumentKind, key: str, limit: int = 500) -> list[dict[str, Any]]:
        """The history of a document, oldest first."""
        statement = (
            select(event)
            .where(event.c.tenant == self.tenant, event.c.kind == kind.value, event.c.key == key)
            .order_by(event.c.id)
            .limit(limit)
        )
        with self.ledger.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(statement)]

    def open_operations(self, limit: int = 10_000) -> list[OperationRow]:
        """Everything that waits, oldest first."""
        statement = (
            select(operation)
            .where(
                operation.c.tenant == self.tenant,
                operation.c.status.in_([s.value for s in OPEN_STATUSES]),
            )
            .order_by(operation.c.waiting_since, operation.c.kind, operation.c.key)
            .limit(limit)
        )
        with self.ledger.reading() as connection:
            return [operation_row(row) for row in connection.execute(statement)]

    def count_by_status(self) -> dict[tuple[str, str, str], int]:
        """Number of operations by (kind, operation, status)."""
        statement = (
            select(operation.c.kind, operation.c.operation, operation.c.status, func.count())
            .where(operation.c.tenant == self.tenant)
            .group_by(operation.c.kind, operation.c.operation, operation.c.status)
        )
        with self.ledger.reading() as connection:
            return {(row[0], row[1], row[2]): row[3] for row in connection.execute(statement)}


@prepared
def _select_keys(tenant: str, kind: str, operations: list[str], statuses: list[str]) -> Select[Any]:
    return select(operation.c.key).where(
        operation.c.tenant == tenant,
        operation.c.status.in_(statuses),
        operation.c.kind == kind,
        operation.c.operation.in_(operations),
    )


@prepared
def _select_keys_of_run(tenant: str, kind: str, keys: Sequence[str], run_id: str) -> Select[Any]:
    return select(operation.c.key).where(
        operation.c.tenant == tenant,
        operation.c.kind == kind,
        operation.c.key.in_(keys),
        operation.c.run_id == run_id,
    )


@prepared
def _select_by_portal_id(tenant: str, kind: str, portal_ids: Sequence[str]) -> Select[Any]:
    return select(document).where(
        document.c.tenant == tenant,
        document.c.kind == kind,
        document.c.portal_id.in_(portal_ids),
    )


@prepared
def _select_links(tenant: str, kind: str, keys: Sequence[str], relation: str | None) -> Select[Any]:
    statement = select(link).where(
        link.c.tenant == tenant, link.c.kind == kind, link.c.key.in_(keys)
    )
    return _of_relation(statement, relation)


@prepared
def _select_links_to(
    tenant: str, target_type: str, target_keys: Sequence[str], relation: str | None
) -> Select[Any]:
    statement = select(link).where(
        link.c.tenant == tenant,
        link.c.target_type == target_type,
        link.c.target_key.in_(target_keys),
    )
    return _of_relation(statement, relation)


def _of_relation(statement: Select[Any], relation: str | None) -> Select[Any]:
    if relation is not None:
        statement = statement.where(link.c.relation == relation)
    return statement.order_by(link.c.at)


def _link(row: Row[Any]) -> Link:
    return Link(
        relation=row.relation,
        target_type=row.target_type,
        target_key=row.target_key,
        source=row.source,
    )
