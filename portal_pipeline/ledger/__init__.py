"""The ledger: our own store of documents, operations, events, links, leases and reports."""

from portal_pipeline.ledger.leases import HeldLease, Leases
from portal_pipeline.ledger.store import Ledger
from portal_pipeline.ledger.tenant import TenantLedger

__all__ = ["HeldLease", "Leases", "Ledger", "TenantLedger"]
