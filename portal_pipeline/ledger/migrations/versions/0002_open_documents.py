"""What is still open is found without reading what is finished: a mark and indexes."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROWS_PER_FETCH = 1_000

_DOCUMENT = sa.table(
    "document",
    *(sa.column(name, sa.String) for name in ("tenant", "kind", "key", "portal_state", "details")),
    sa.column("is_closed", sa.Boolean),
)


def upgrade() -> None:
    """Add the mark, set it for the documents that are there, and index."""
    op.add_column(
        "document", sa.Column("is_closed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _mark(op.get_bind())
    op.create_index("document_by_closed", "document", ["tenant", "kind", "is_closed"])
    op.create_index("document_by_portal_id", "document", ["tenant", "kind", "portal_id"])
    op.create_index(
        "operation_by_change",
        "operation",
        ["tenant", "kind", "operation", "status", "updated_at"],
    )
    op.create_index("report_by_acts", "report", ["tenant", "controller", "acted"])


def _mark(connection: sa.Connection) -> None:
    """The rule as it was when this schema came (``core.closed``)."""
    of_key = [
        _DOCUMENT.c[name] == sa.bindparam(f"key_{name}") for name in ("tenant", "kind", "key")
    ]
    mark = sa.update(_DOCUMENT).where(*of_key).values(is_closed=sa.true())
    rows = connection.execute(
        sa.select(_DOCUMENT).where(
            _DOCUMENT.c.kind.in_(("invoice", "credit_note", "purchase_order"))
        )
    )
    for part in rows.partitions(ROWS_PER_FETCH):
        closed = [
            {"key_tenant": row.tenant, "key_kind": row.kind, "key_key": row.key}
            for row in part
            if _is_closed(row)
        ]
        if closed:
            connection.execute(mark, closed)


def _is_closed(row: Any) -> bool:
    if row.kind == "purchase_order":
        return bool(row.portal_state in ("CLOSED", "CANCELLED"))
    details = json.loads(row.details)
    return bool(details.get("is_cancelled") == "yes" or details.get("status_group") == "ARCHIVED")


def downgrade() -> None:
    """Back to the first schema."""
    op.drop_index("report_by_acts", "report")
    op.drop_index("operation_by_change", "operation")
    op.drop_index("document_by_portal_id", "document")
    op.drop_index("document_by_closed", "document")
    op.drop_column("document", "is_closed")
