"""Rows of the ledger as core models, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from portal_pipeline.core.decisions import Document, DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.ledger.schema import document, operation

_OPERATION = tuple(column.name for column in operation.c)
_DOCUMENT = tuple(column.name for column in document.c)
"""Names of the columns, once: every row would look up its own again, at half of what it costs."""


def finding_json(finding: Finding | None) -> dict[str, Any] | None:
    """A finding as JSON."""
    return None if finding is None else {"code": finding.code, "params": dict(finding.params)}


def finding_of(value: Mapping[str, Any] | None) -> Finding | None:
    """A finding from JSON."""
    return None if value is None else Finding(code=value["code"], params=value["params"])


def operation_row(row: Row[Any]) -> OperationRow:
    """A whole ``operation`` row."""
    fields = dict(zip(_OPERATION, row, strict=True))
    fields.pop("tenant")
    fields.pop("updated_at")
    notes = fields.pop("notes") or []
    return OperationRow(
        **{
            **fields,
            "kind": DocumentKind(row.kind),
            "operation": Operation(row.operation),
            "status": Status(row.status),
            "finding": finding_of(row.finding),
            "notes": tuple(Finding(**note) for note in notes),
        }
    )


def operation_values(row: OperationRow) -> dict[str, Any]:
    """Column values of an operation (without tenant and update time)."""
    return {
        **{name: getattr(row, name) for name in OperationRow.model_fields},
        "kind": row.kind.value,
        "operation": row.operation.value,
        "status": row.status.value,
        "finding": finding_json(row.finding),
        "notes": [finding_json(note) for note in row.notes] or None,
        "instruction": dict(row.instruction),
    }


def document_row(row: Row[Any]) -> DocumentRow:
    """A whole ``document`` row."""
    fields = dict(zip(_DOCUMENT, row, strict=True))
    fields.pop("tenant")
    fields.pop("updated_at")
    fields.pop("is_closed")
    return DocumentRow(**{**fields, "kind": DocumentKind(row.kind)})


def document_values(document: Document) -> dict[str, Any]:
    """Column values of a document as a controller saw it; what it does not know is left out."""
    values: dict[str, Any] = {
        "kind": document.kind.value,
        "key": document.key,
        "details": dict(document.details),
    }
    for name in ("counterparty", "currency"):
        if getattr(document, name):
            values[name] = getattr(document, name)
    for name in ("amount", "dated", "portal_id", "portal_state", "sage_id", "sage_state"):
        if getattr(document, name) is not None:
            values[name] = getattr(document, name)
    return values
