"""The tables of the ledger. A change here needs a migration beside it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from portal_pipeline.ledger.types import ExactDecimal, JsonText, UtcDateTime

metadata = MetaData()

TENANT = String(64)
KIND = String(32)
KEY = String(64)
OPERATION = String(32)
CODE = String(64)

document = Table(
    "document",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("kind", KIND, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("counterparty", String(80), nullable=False, default=""),
    Column("amount", ExactDecimal),
    Column("currency", String(8), nullable=False, default=""),
    Column("dated", Date),
    Column("portal_id", String(64)),
    Column("portal_state", String(64)),
    Column("sage_id", String(64)),
    Column("sage_state", String(64)),
    Column("details", JsonText, nullable=False),
    Column("admitted", Boolean, nullable=False, default=False),
    Column("is_closed", Boolean, nullable=False, default=False, server_default=false()),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # What is still open, without reading what is not: most documents are finished for good.
    Index("document_by_closed", "tenant", "kind", "is_closed"),
    Index("document_by_portal_id", "tenant", "kind", "portal_id"),
)

operation = Table(
    "operation",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("kind", KIND, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("operation", OPERATION, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("content_hash", String(64)),
    Column("sent_hash", String(64)),
    Column("approved_hash", String(64)),
    Column("shown_hash", String(64)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", UtcDateTime),
    Column("finding", JsonText),
    Column("notes", JsonText),
    Column("waiting_since", UtcDateTime),
    Column("remote_id", String(80), nullable=False, default=""),
    Column("run_id", String(64), nullable=False, default=""),
    Column("called_at", UtcDateTime),
    Column("call_ended_at", UtcDateTime),
    Column("absent_seen_at", UtcDateTime),
    Column("requeued", Boolean, nullable=False, default=False),
    Column("instruction", JsonText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("operation_by_status", "tenant", "status", "kind", "operation"),
    Index("operation_by_run", "tenant", "run_id", "kind"),
    Index("operation_by_change", "tenant", "kind", "operation", "status", "updated_at"),
)

event = Table(
    "event",
    metadata,
    # SQLite numbers only a column of exactly INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", TENANT, nullable=False),
    Column("kind", KIND, nullable=False),
    Column("key", KEY, nullable=False),
    Column("operation", OPERATION, nullable=False),
    Column("event", String(24), nullable=False),
    Column("status", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", String(64), nullable=False, default=""),
    Column("attempt", Integer, nullable=False, default=0),
    Column("actor", String(80), nullable=False, default=""),
    Column("finding", JsonText),
    Column("detail", Text, nullable=False, default=""),
    Index("event_by_document", "tenant", "kind", "key", "id"),
)

link = Table(
    "link",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("kind", KIND, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("relation", String(32), primary_key=True),
    Column("target_type", String(32), primary_key=True),
    Column("target_key", String(80), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", String(64), nullable=False, default=""),
    Index("link_by_target", "tenant", "target_type", "target_key"),
)

lease = Table(
    "lease",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("owner", String(120), nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("renewed_at", UtcDateTime, nullable=False),
)

listing = Table(
    "listing",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("watermark", UtcDateTime),
    Column("swept_at", UtcDateTime),
    Column("total", Integer),
    Column("received", Integer),
    Column("is_complete", Boolean, nullable=False, default=False),
    Column("problem", Text, nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
)

report = Table(
    "report",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("controller", String(32), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("seconds", ExactDecimal),
    Column("acted", Integer, nullable=False, default=0),
    Column("body", JsonText, nullable=False),
    Index("report_by_time", "tenant", "controller", "at"),
    Index("report_by_acts", "tenant", "controller", "acted"),
)
