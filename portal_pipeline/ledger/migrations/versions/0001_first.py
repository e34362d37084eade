"""First schema: document, operation, event, link, lease, listing, report."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "document",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("counterparty", sa.String(80), nullable=False),
        sa.Column("amount", sa.String(40)),
        sa.Column("currency", sa.String(8), nullable=False),
        sa.Column("dated", sa.Date()),
        sa.Column("portal_id", sa.String(64)),
        sa.Column("portal_state", sa.String(64)),
        sa.Column("sage_id", sa.String(64)),
        sa.Column("sage_state", sa.String(64)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("admitted", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "key"),
    )
    op.create_table(
        "operation",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("content_hash", sa.String(64)),
        sa.Column("sent_hash", sa.String(64)),
        sa.Column("approved_hash", sa.String(64)),
        sa.Column("shown_hash", sa.String(64)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime()),
        sa.Column("finding", sa.Text()),
        sa.Column("notes", sa.Text()),
        sa.Column("waiting_since", sa.DateTime()),
        sa.Column("remote_id", sa.String(80), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("called_at", sa.DateTime()),
        sa.Column("call_ended_at", sa.DateTime()),
        sa.Column("absent_seen_at", sa.DateTime()),
        sa.Column("requeued", sa.Boolean(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "key", "operation"),
    )
    op.create_index("operation_by_status", "operation", ["tenant", "status", "kind", "operation"])
    op.create_index("operation_by_run", "operation", ["tenant", "run_id", "kind"])
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("event", sa.String(24), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("finding", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("event_by_document", "event", ["tenant", "kind", "key", "id"])
    op.create_table(
        "link",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("relation", sa.String(32), nullable=False),
        sa.Column("target_type", sa.String(32), nullable=False),
        sa.Column("target_key", sa.String(80), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "key", "relation", "target_type", "target_key"),
    )
    op.create_index("link_by_target", "link", ["tenant", "target_type", "target_key"])
    op.create_table(
        "lease",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
    op.create_table(
        "listing",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("watermark", sa.DateTime()),
        sa.Column("swept_at", sa.DateTime()),
        sa.Column("total", sa.Integer()),
        sa.Column("received", sa.Integer()),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )
    op.create_table(
        "report",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("controller", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("seconds", sa.String(40)),
        sa.Column("acted", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "controller", "run_id"),
    )
    op.create_index("report_by_time", "report", ["tenant", "controller", "at"])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("report", "listing", "lease", "link", "event", "operation", "document"):
        op.drop_table(name)
