"""Applying events to operations inside one transaction: state, history, documents, links."""

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

from portal_pipeline.core.closed import is_closed_in_portal
from portal_pipeline.core.decisions import (
    OPEN_STATUSES,
    Document,
    OperationRow,
)
from portal_pipeline.core.errors import DefectError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.outcomes import Effects, Link
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.ledger.rows import (
    document_row,
    document_values,
    finding_json,
    operation_row,
    operation_values,
)
from portal_pipeline.ledger.schema import document, event, link, operation

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
    statement = _operations_statement(is_narrow=operations is not None, locks=locks)
    given: dict[str, Any] = {"tenant": tenant, "kind": kind.value}
    if operations is not None:
        given["operations"] = [one.value for one in operations]
    for part in chunks(list(keys)):
        for row in connection.execute(statement, given | {"keys": part}):
            model = operation_row(row)
            found[model.key, model.operation] = model
    return found


@cache
def _operations_statement(*, is_narrow: bool, locks: bool) -> Select[Any]:
    """Built once: a write of one document costs less than building its statements."""
    statement = select(operation).where(
        operation.c.tenant == bindparam("tenant"),
        operation.c.kind == bindparam("kind"),
        operation.c.key.in_(bindparam("keys", expanding=True)),
    )
    if is_narrow:
        statement = statement.where(
            operation.c.operation.in_(bindparam("operations", expanding=True))
        )
    if locks:  # SQLite has none and needs none: its writers come one after another
        statement = statement.with_for_update()
    return statement


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
        connection.execute(insert(event), history)


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
        connection.execute(insert(operation), new)
    if changed:
        _update_by_key(connection, operation, changed, ("tenant", "kind", "key", "operation"))


def _update_by_key(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> None:
    names = tuple(name for name in rows[0] if name not in keys)
    connection.execute(
        _update_statement(table, names, tuple(keys)),
        [
            {f"key_{name}": row[name] for name in keys}
            | {f"new_{name}": row[name] for name in names}
            for row in rows
        ],
    )


@cache
def _update_statement(table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(and_(*(table.c[name] == bindparam(f"key_{name}") for name in keys)))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )


_SELECT_DOCUMENTS = select(document).where(
    document.c.tenant == bindparam("tenant"),
    document.c.kind == bindparam("kind"),
    document.c.key.in_(bindparam("keys", expanding=True)),
)
_SELECT_LINKS = select(
    link.c.kind, link.c.key, link.c.relation, link.c.target_type, link.c.target_key
).where(
    link.c.tenant == bindparam("tenant"),
    link.c.kind.in_(bindparam("kinds", expanding=True)),
    link.c.key.in_(bindparam("keys", expanding=True)),
)


def save_documents(connection: Connection, author: Author, documents: Sequence[Document]) -> None:
    """Insert or update documents: only what is known overwrites, ``details`` are merged."""
    latest = {document.ref: document for document in documents}
    by_kind: dict[DocumentKind, list[str]] = {}
    for ref in latest:
        by_kind.setdefault(ref.kind, []).append(ref.key)
    known = {}
    for kind, keys in by_kind.items():
        for part in chunks(sorted(keys)):
            given = {"tenant": author.tenant, "kind": kind.value, "keys": part}
            for row in connection.execute(_SELECT_DOCUMENTS, given):
                model = document_row(row)
                known[model.ref] = model
    new, changed = [], []
    for ref, seen in latest.items():
        values = _fitting(document_values(seen))
        old = known.get(ref)
        if old is None:
            new.append(
                dict.fromkeys(_NULLABLE)
                | {"counterparty": "", "currency": "", "admitted": False}
                | values
                | {
                    "tenant": author.tenant,
                    "is_closed": is_closed_in_portal(ref.kind, seen.portal_state, seen.details),
                    "first_seen_at": author.at,
                    "updated_at": author.at,
                }
            )
            continue
        merged = {**old.details, **seen.details}
        whole = {name: getattr(old, name) for name in _DOCUMENT_COLUMNS} | values
        whole["details"] = merged
        if any(whole[name] != getattr(old, name) for name in _DOCUMENT_COLUMNS):
            changed.append(
                whole
                | {
                    "tenant": author.tenant,
                    "kind": ref.kind.value,
                    "key": ref.key,
                    "is_closed": is_closed_in_portal(ref.kind, whole["portal_state"], merged),
                    "updated_at": author.at,
                }
            )
    if new:
        connection.execute(insert(document), new)
    if changed:
        _update_by_key(connection, document, changed, ("tenant", "kind", "key"))


def _fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is only shown, cut to its column: no name of others stops the ledger's database."""
    shown = {
        name: values[name][: document.c[name].type.length]  # type: ignore[attr-defined]
        for name in _ONLY_SHOWN
        if values.get(name)
    }
    return {**values, **shown}


_ONLY_SHOWN = ("counterparty", "currency", "portal_state", "sage_state")
_NULLABLE = ("amount", "dated", "portal_id", "portal_state", "sage_id", "sage_state")
_DOCUMENT_COLUMNS = ("counterparty", "currency", "details", *_NULLABLE)


def save_with_effects(
    connection: Connection, author: Author, seen: Document, effects: Effects
) -> None:
    """A document with what a success made known about it."""
    save_documents(connection, author, [_with_effects(seen, effects)])
    save_links(connection, author, [(seen.ref, one) for one in effects.links])


def _with_effects(seen: Document, effects: Effects) -> Document:
    known = {
        name: value
        for name in ("portal_id", "portal_state", "sage_id", "sage_state")
        if (value := getattr(effects, name)) is not None
    }
    details = {**seen.details, **effects.details}
    return seen.model_copy(update={**known, "details": details})


def save_links(
    connection: Connection, author: Author, links: Sequence[tuple[DocumentRef, Link]]
) -> None:
    """Add links that are not known yet; a known link keeps its source and time."""
    wanted = {
        (ref.kind.value, ref.key, one.relation, one.target_type, one.target_key): one
        for ref, one in links
    }
    known: set[tuple[Any, ...]] = set()
    keys = sorted({(name[0], name[1]) for name in wanted})
    for part in chunks(keys):
        given = {
            "tenant": author.tenant,
            "kinds": sorted({kind for kind, _ in part}),
            "keys": sorted({key for _, key in part}),
        }
        known |= {tuple(row) for row in connection.execute(_SELECT_LINKS, given)}
    new = [
        {
            "tenant": author.tenant,
            "kind": name[0],
            "key": name[1],
            "relation": name[2],
            "target_type": name[3],
            "target_key": name[4],
            "source": one.source,
            "at": author.at,
            "run_id": author.run_id,
        }
        for name, one in wanted.items()
        if name not in known
    ]
    if new:
        connection.execute(insert(link), new)
