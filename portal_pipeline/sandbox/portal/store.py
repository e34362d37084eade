"""The simulator's store: records in memory, written through to one SQLite file when asked.

Callers hold the simulator's lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from portal_pipeline.sandbox.portal.records import (
    BankAccount,
    Cfdi,
    Company,
    Payment,
    Provider,
    PurchaseOrder,
    Tenant,
)

Record = Tenant | Company | BankAccount | Provider | Cfdi | PurchaseOrder | Payment

_CREATE = (
    "CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY (kind, tenant, id))"
)
_PUT = (
    "INSERT INTO record (kind, tenant, id, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, tenant, id) DO UPDATE SET body = excluded.body"
)
_DELETE = "DELETE FROM record WHERE kind = ? AND tenant = ? AND id = ?"
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (Tenant, Company, BankAccount, Provider, Cfdi, PurchaseOrder, Payment)
}


class Stored(Protocol):
    """What a collection needs to know of a record."""

    @property
    def tenant(self) -> str: ...  # noqa: D102 - the record's docstrings say it
    @property
    def id(self) -> str: ...  # noqa: D102 - as above
    @property
    def natural_key(self) -> str: ...  # noqa: D102 - as above
    @property
    def created_at(self) -> datetime: ...  # noqa: D102 - as above


R = TypeVar("R", bound=Stored)


class Collection(Generic[R]):
    """The records of one kind, by tenant and id (any case), and by natural key."""

    def __init__(self) -> None:
        self._by_id: dict[str, dict[str, R]] = {}
        self._ids_by_key: dict[tuple[str, str], list[str]] = {}
        self._newest: dict[str, list[str]] = {}

    def put(self, record: R) -> None:
        """Store a new record, or replace the one with its id."""
        self.discard(record, is_replaced=True)
        known = self._by_id.setdefault(record.tenant, {})
        record_id = record.id.lower()
        if record_id not in known:
            self._newest.pop(record.tenant, None)
        known[record_id] = record
        ids = self._ids_by_key.setdefault((record.tenant, record.natural_key), [])
        if record_id not in ids:
            ids.append(record_id)

    def discard(self, record: R, *, is_replaced: bool = False) -> None:
        """Forget a record (or only its natural key, when a changed one takes its place)."""
        record_id = record.id.lower()
        known = self._by_id.get(record.tenant, {})
        old = known.get(record_id)
        if old is None:
            return
        if not is_replaced or old.natural_key != record.natural_key:
            self._ids_by_key[record.tenant, old.natural_key].remove(record_id)
        if not is_replaced:
            del known[record_id]
            self._newest.pop(record.tenant, None)

    def get(self, tenant: str, record_id: str) -> R | None:
        """The record with that id, whatever the case of its letters."""
        return self._by_id.get(tenant, {}).get(record_id.lower())

    def find(self, tenant: str, natural_key: str) -> tuple[R, ...]:
        """The records with that natural key, in the order of their arrival."""
        known = self._by_id.get(tenant, {})
        return tuple(known[i] for i in self._ids_by_key.get((tenant, natural_key), ()))

    def newest(self, tenant: str) -> list[R]:
        """All records of a tenant, newest first by creation, then by id."""
        known = self._by_id.get(tenant, {})
        order = self._newest.get(tenant)
        if order is None:
            order = sorted(known)
            order.sort(key=lambda i: known[i].created_at, reverse=True)
            self._newest[tenant] = order
        return [known[i] for i in order]

    def tenants(self) -> tuple[str, ...]:
        """The tenants that have a record of this kind."""
        return tuple(self._by_id)


class Store:
    """All collections; ``put`` is atomic in memory and in the file."""

    def __init__(self, path: Path | None = None) -> None:
        self.tenants: Collection[Tenant] = Collection()
        self.companies: Collection[Company] = Collection()
        self.bank_accounts: Collection[BankAccount] = Collection()
        self.providers: Collection[Provider] = Collection()
        self.cfdis: Collection[Cfdi] = Collection()
        self.purchase_orders: Collection[PurchaseOrder] = Collection()
        self.payments: Collection[Payment] = Collection()
        self._db = None if path is None else self._open(path)

    def put(self, *records: Record) -> None:
        """Store all of the records, or none."""
        if self._db is not None:
            rows = [
                (type(r).__name__, r.tenant, r.id.lower(), _ADAPTERS[type(r)].dump_json(r).decode())
                for r in records
            ]
            with self._db:
                self._db.executemany(_PUT, rows)
        for record in records:
            self._remember(record)

    def delete(self, record: Cfdi | Provider | PurchaseOrder) -> None:
        """Forget a record; no other kind is ever deleted."""
        if self._db is not None:
            with self._db:
                key = (type(record).__name__, record.tenant, record.id.lower())
                self._db.execute(_DELETE, key)
        match record:
            case Cfdi():
                self.cfdis.discard(record)
            case Provider():
                self.providers.discard(record)
            case PurchaseOrder():
                self.purchase_orders.discard(record)

    def close(self) -> None:
        """Close the file; the content in memory stays readable."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _remember(self, record: Record) -> None:
        match record:
            case Tenant():
                self.tenants.put(record)
            case Company():
                self.companies.put(record)
            case BankAccount():
                self.bank_accounts.put(record)
            case Provider():
                self.providers.put(record)
            case Cfdi():
                self.cfdis.put(record)
            case PurchaseOrder():
                self.purchase_orders.put(record)
            case Payment():
                self.payments.put(record)

    def _open(self, path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, check_same_thread=False)
        # A sandbox may lose its last moments with the machine; it must be fast.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA journal_mode = MEMORY")
        with database:
            database.execute(_CREATE)
        kinds = {kind.__name__: adapter for kind, adapter in _ADAPTERS.items()}
        rows: Iterable[tuple[str, str]] = database.execute(
            "SELECT kind, body FROM record ORDER BY rowid"
        )
        for kind, body in rows:
            self._remember(kinds[kind].validate_json(body))
        return database
