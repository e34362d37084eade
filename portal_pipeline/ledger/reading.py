"""Reading the ledger of one tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from portal_pipeline.core.decisions import OPEN_STATUSES, DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.rows import document_row, operation_row
from portal_pipeline.ledger.schema import document, event, link, operation
from portal_pipeline.ledger.transitions import OperationKey, chunks, read_operations

if TYPE_CHECKING:
    from datetime import datetime

    from portal_pipeline.ledger.store import Ledger


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
    ) -> list[str]:
        """Keys, in order, of the documents with an operation in one of the statuses."""
        statement = select(operation.c.key).where(
            operation.c.tenant == self.tenant,
            operation.c.status.in_([s.value for s in statuses]),
            operation.c.kind == kind.value,
            operation.c.operation.in_([o.value for o in operations]),
        )
        with self.ledger.reading() as connection:
            # Put in order here: asked to do it, SQLite reads all documents in that order.
            return sorted(set(connection.execute(statement).scalars()))

    def acted_in_run(self, kind: DocumentKind, run_id: str) -> set[str]:
        """Keys of documents that this run has attempted to write."""
        statement = select(operation.c.key).where(
            operation.c.tenant == self.tenant,
            operation.c.run_id == run_id,
            operation.c.kind == kind.value,
        )
        with self.ledger.reading() as connection:
            return set(connection.execute(statement).scalars())

    def documents(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, DocumentRow]:
        """Documents by key."""
        found: dict[str, DocumentRow] = {}
        with self.ledger.reading() as connection:
            for part in chunks(list(keys)):
                rows = connection.execute(self._documents(kind).where(document.c.key.in_(part)))
                found |= {row.key: document_row(row) for row in rows}
        return found

    def documents_by_portal_id(
        self, kind: DocumentKind, portal_ids: Sequence[str]
    ) -> dict[str, DocumentRow]:
        """Documents by their portal id."""
        found: dict[str, DocumentRow] = {}
        with self.ledger.reading() as connection:
            for part in chunks(list(portal_ids)):
                rows = connection.execute(
                    self._documents(kind).where(document.c.portal_id.in_(part))
                )
                found |= {row.portal_id: document_row(row) for row in rows}
        return found

    def find_documents(self, key: str) -> list[DocumentRow]:
        """Every document with this key, whatever its kind (exact or upper case)."""
        statement = select(document).where(
            document.c.tenant == self.tenant, document.c.key.in_({key, key.upper(), key.lower()})
        )
        with self.ledger.reading() as connection:
            return [document_row(row) for row in connection.execute(statement)]

    def _documents(self, kind: DocumentKind) -> Select[Any]:
        return select(document).where(
            document.c.tenant == self.tenant, document.c.kind == kind.value
        )

    def links_of(
        self, kind: DocumentKind, keys: Sequence[str], relation: str | None = None
    ) -> list[tuple[str, Link]]:
        """(document key, link) of the given documents."""
        statement = select(link).where(link.c.tenant == self.tenant, link.c.kind == kind.value)
        if relation is not None:
            statement = statement.where(link.c.relation == relation)
        return self._read_links(statement, link.c.key, keys, lambda row: row.key)

    def links_to(
        self, target_type: str, target_keys: Sequence[str], relation: str | None = None
    ) -> list[tuple[DocumentRef, Link]]:
        """(document, link) of the links that point at the given targets."""
        statement = select(link).where(
            link.c.tenant == self.tenant, link.c.target_type == target_type
        )
        if relation is not None:
            statement = statement.where(link.c.relation == relation)
        return self._read_links(
            statement,
            link.c.target_key,
            target_keys,
            lambda row: DocumentRef(kind=DocumentKind(row.kind), key=row.key),
        )

    def _read_links(
        self,
        statement: Select[Any],
        column: Any,
        keys: Sequence[str],
        name: Callable[[Any], Any],
    ) -> list[tuple[Any, Link]]:
        found = []
        with self.ledger.reading() as connection:
            for part in chunks(sorted(set(keys))):
                rows = connection.execute(statement.where(column.in_(part)).order_by(link.c.at))
                found += [
                    (
                        name(row),
                        Link(
                            relation=row.relation,
                            target_type=row.target_type,
                            target_key=row.target_key,
                            source=row.source,
                        ),
                    )
                    for row in rows
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
