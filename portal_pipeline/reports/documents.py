"""One open document as people see it."""

from __future__ import annotations

from typing import Any

from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.ledger import TenantLedger
from portal_pipeline.messages import text_of


def open_entry(tenant: str, row: OperationRow, language: str) -> dict[str, Any]:
    """An operation that waits, with the text of its finding and the next step."""
    text, action = text_of(row.finding, language) if row.finding else ("", "")
    return {
        "tenant": tenant,
        "kind": row.kind.value,
        "key": row.key,
        "operation": row.operation.value,
        "status": row.status.value,
        "finding": row.finding.code if row.finding else "",
        "text": text,
        "next_step": action,
    }


def open_entries(ledger: TenantLedger, language: str) -> list[dict[str, Any]]:
    """Everything that waits in one tenant, sorted."""
    entries = [open_entry(ledger.tenant, row, language) for row in ledger.open_operations()]
    return sorted(entries, key=lambda e: (e["kind"], e["key"], e["operation"]))


def grouped(entries: list[dict[str, Any]], most: int = 3) -> list[dict[str, Any]]:
    """Entries that are alike (kind, operation, status, finding) in one, with a few of them."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in entries:
        name = tuple(entry[n] for n in ("status", "finding", "kind", "operation"))
        group = groups.setdefault(name, {**entry, "count": 0, "examples": []})
        group["count"] += 1
        if len(group["examples"]) < most:
            group["examples"].append(f"{entry['tenant']} {entry['key']}")
    return [groups[name] for name in sorted(groups)]
