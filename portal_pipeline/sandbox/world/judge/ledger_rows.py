"""The product's ledger, as plain rows that somebody hands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

LedgerRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""``documents``, ``operations`` (finding: its code, or empty) and ``links``."""

IS_SAGE_DOCUMENT = "is_sage_document"
"""Relation of a CFDI to its ``VENDOR/NUMBER``."""
EXPLAINING = frozenset({"held", "rejected", "refused", "out_of_scope", "dismissed"})
"""A row of these says why a document is not where it belongs (design 10)."""


class TenantRows:
    """What the ledger says about one tenant's documents."""

    def __init__(self, rows: LedgerRows, tenant: str) -> None:
        self._operations: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows.get("operations", ()):
            if row["tenant"] == tenant:
                self._operations[row["kind"], row["key"]].append(row)
        self._documents = {
            (row["kind"], row["key"])
            for row in rows.get("documents", ())
            if row["tenant"] == tenant
        }
        self._links: dict[tuple[str, str], set[str]] = defaultdict(set)
        """Targets by relation and CFDI."""
        for row in rows.get("links", ()):
            if row["tenant"] == tenant:
                self._links[row["relation"], row["key"]].add(row["target_key"])

    def is_known(self, kind: str, key: str) -> bool:
        """Whether the ledger has the document at all."""
        return (kind, key) in self._documents or (kind, key) in self._operations

    def explains(self, kind: str, key: str, *, operations: frozenset[str] | None = None) -> bool:
        """Whether a row says why the document is not where it belongs.

        Values:
            operations: only rows of these count; None: of any.
        """
        return any(
            row["status"] in EXPLAINING
            and bool(row["finding"] or row["status"] == "dismissed")
            and (operations is None or row["operation"] in operations)
            for row in self._operations.get((kind, key), ())
        )

    def wrote(self, kind: str, key: str, operation: str) -> bool:
        """Whether the product itself has done a write; what others did is done without attempt."""
        return any(
            row["operation"] == operation and row["status"] == "done" and row.get("attempts")
            for row in self._operations.get((kind, key), ())
        )

    def tells(self, kind: str, key: str, finding: str) -> bool:
        """Whether a row of the document stands there with that finding."""
        return any(row["finding"] == finding for row in self._operations.get((kind, key), ()))

    def tried(self, kind: str, key: str, operation: str) -> bool:
        """Whether the product itself ever attempted a write, whatever became of it."""
        return any(
            row["operation"] == operation and row.get("attempts")
            for row in self._operations.get((kind, key), ())
        )

    @property
    def linked_documents(self) -> frozenset[str]:
        """``VENDOR/NUMBER`` of every Sage document that some CFDI is linked to."""
        return frozenset(
            name
            for (relation, _), names in self._links.items()
            if relation == IS_SAGE_DOCUMENT
            for name in names
        )

    def sage_documents(self, uuid: str) -> set[str]:
        """``VENDOR/NUMBER`` of the Sage documents that a CFDI is linked to."""
        return self._links.get((IS_SAGE_DOCUMENT, uuid), set())

    def documented_payments(self, uuid: str) -> set[str]:
        """Numbers of the payments that a complement is linked to."""
        return self._links.get(("documents", uuid), set())
