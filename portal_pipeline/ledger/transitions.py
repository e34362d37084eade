"""Applying events to operations inside one transaction: state and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    insert,
    select,
    update,
)

from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    OperationRow,
)
from portal_pipeline.core.errors import DefectError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.ledger.rows import (
    finding_json,
    operation_row,
    operation_values,
)
from portal_pipeline.ledger.schema import event, operation
from portal_pipeline.statements import prepared

DETAIL_CHARS_MAX = 2000
KEYS_PER_STATEMENT = 400
"""Well below SQL Server's 2,100 parameters and SQLite's limits."""

T = TypeVar("T")
OperationKey = tuple[str, Operation]
RowName = tuple[DocumentKind, str, Operation]


class IllegalTransition(DefectError):
    """An event that the state table does not allow."""

    def __init__(self, kind: DocumentKind, key: str, event_: Event, why: Refusal) -> None:
        super().__init__(f"{kind.value} {key}: {event_.value} is not possible: {why.value}")
        self.why = why


def chunks(items: Sequence[T], size: int = KEYS_PER_STATEMENT) -> Iterable[Sequence[T]]:
    """The items in slices."""
    return (items[i : i + size] for i in range(0, len(items), size))


@dataclass
class Change:
    """One event on one operation, with the columns that it sets."""

    kind: DocumentKind
    key: str
    operation: Operation
    event: Event
    finding: Finding | None = None
    detail: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = False
    """No line of history when neither the status nor the finding's code changes."""


@dataclass(frozen=True)
class Author:
    """Who writes: the run or the person, and when on the business clock."""

    tenant: str
    run_id: str
    at: datetime
    actor: str = ""


def read_operations(
    connection: Connection,
    tenant: str,
    kind: DocumentKind,
    keys: Sequence[str],
    operations: Sequence[Operation] | None = None,
    *,
    locks: bool = False,
) -> dict[OperationKey, OperationRow]:
    """The operations of some documents; ``locks`` keeps other writers off until the end."""
    found: dict[OperationKey, OperationRow] = {}
    select_them = _lock_operations if locks else _select_operations
    names = None if operations is None else [one.value for one in operations]
    for part in chunks(list(keys)):
        for row in connection.execute(*select_them(tenant, kind.value, part, names)):
            model = operation_row(row)
            found[model.key, model.operation] = model
    return found


def apply_changes(
    connection: Connection,
    author: Author,
    changes: Sequence[Change],
    known: Mapping[RowName, OperationRow] | None = None,
) -> None:
    """Apply events in order, set-based.

    Args:
        connection: the writing transaction.
        author: who writes.
        changes: the events.
        known: the rows of every operation in ``changes``, where this transaction has read them.

    Raises:
        IllegalTransition: the state table forbids one of them; nothing is written then.
    """
    rows = dict(known) if known is not None else _rows_of(connection, author, changes)
    before = dict(rows)
    history: list[dict[str, Any]] = []
    for change in changes:
        name = (change.kind, change.key, change.operation)
        old = rows.get(name)
        new = _next_row(old, change, author)
        rows[name] = new
        if not (change.is_quiet and old is not None and _reads_alike(old, new)):
            history.append(_history_line(author, change, new))
    _write_rows(connection, author, before, rows)
    if history:
        connection.execute(_INSERT_EVENTS, history)


def _rows_of(
    connection: Connection, author: Author, changes: Sequence[Change]
) -> dict[RowName, OperationRow]:
    rows: dict[RowName, OperationRow] = {}
    by_kind: dict[DocumentKind, list[str]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change.key)
    for kind, keys in by_kind.items():
        existing = read_operations(connection, author.tenant, kind, sorted(set(keys)))
        rows |= {(kind, key, op): row for (key, op), row in existing.items()}
    return rows


def _next_row(old: OperationRow | None, change: Change, author: Author) -> OperationRow:
    status = after(old.status if old else None, change.event)
    if isinstance(status, Refusal):
        raise IllegalTransition(change.kind, change.key, change.event, status)
    base = old or OperationRow(
        kind=change.kind, key=change.key, operation=change.operation, status=status
    )
    is_open = status in OPEN_STATUSES
    was_open = old is not None and old.status in OPEN_STATUSES
    waiting_since = (base.waiting_since if was_open else author.at) if is_open else None
    return base.model_copy(
        update={
            "status": status,
            "finding": change.finding,
            "waiting_since": waiting_since,
            **change.values,
        }
    )


def _reads_alike(old: OperationRow, new: OperationRow) -> bool:
    """Whether a person reading the history would learn nothing from another line."""
    old_code = old.finding.code if old.finding else None
    new_code = new.finding.code if new.finding else None
    return (
        old.status == new.status
        and old_code == new_code
        and [n.code for n in old.notes] == [n.code for n in new.notes]
        and old.content_hash == new.content_hash
    )


def _history_line(author: Author, change: Change, row: OperationRow) -> dict[str, Any]:
    return {
        "tenant": author.tenant,
        "kind": change.kind.value,
        "key": change.key,
        "operation": change.operation.value,
        "event": change.event.value,
        "status": row.status.value,
        "at": author.at,
        "run_id": author.run_id,
        "attempt": row.attempts,
        "actor": author.actor,
        "finding": finding_json(change.finding),
        "detail": change.detail[:DETAIL_CHARS_MAX],
    }


def _write_rows(
    connection: Connection,
    author: Author,
    before: Mapping[RowName, OperationRow],
    rows: Mapping[RowName, OperationRow],
) -> None:
    stamp = {"tenant": author.tenant, "updated_at": author.at}
    new = [operation_values(row) | stamp for name, row in rows.items() if name not in before]
    changed = [
        operation_values(row) | stamp
        for name, row in rows.items()
        if name in before and before[name] != row
    ]
    if new:
        connection.execute(_INSERT_OPERATIONS, new)
    if changed:
        update_by_key(connection, operation, changed, ("tenant", "kind", "key", "operation"))


def update_by_key(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> None:
    """Write all columns of these rows, which ``keys`` name."""
    names = tuple(name for name in rows[0] if name not in keys)
    connection.execute(
        _update_statement(table, names, tuple(keys)),
        [
            {f"key_{name}": row[name] for name in keys}
            | {f"new_{name}": row[name] for name in names}
            for row in rows
        ],
    )


# -- statements ----------------------------------------------------------------------------------

_INSERT_OPERATIONS, _INSERT_EVENTS = insert(operation), insert(event)


def _operations(
    tenant: str, kind: str, keys: Sequence[str], operations: Sequence[str] | None
) -> Select[Any]:
    statement = select(operation).where(
        operation.c.tenant == tenant, operation.c.kind == kind, operation.c.key.in_(keys)
    )
    if operations is None:
        return statement
    return statement.where(operation.c.operation.in_(operations))


_select_operations = prepared(_operations)


@prepared
def _lock_operations(
    tenant: str, kind: str, keys: Sequence[str], operations: Sequence[str] | None
) -> Select[Any]:
    # SQLite has no locks and needs none: its writers come one after another.
    return _operations(tenant, kind, keys, operations).with_for_update()


@cache
def _update_statement(table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(and_(*(table.c[name] == bindparam(f"key_{name}") for name in keys)))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )
