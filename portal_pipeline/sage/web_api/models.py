"""What we read from the Sage Web API, frozen. Amounts are in the document's currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.sage import BatchStatus, SageDocumentType


class ApEntry(Frozen):
    """One invoice of an A/P invoice batch (Web API sheet 5.2)."""

    entry: int
    vendor_id: str
    number: str
    type: SageDocumentType
    currency: str
    total_with_tax: Decimal
    """DocumentTotalIncludingTax: the control total that was sent."""
    distributed_with_tax: Decimal
    """DistributedTotalIncludingTax: what Sage makes of the lines."""
    undistributed: Decimal
    """Their difference; anything but 0 fails at posting."""
    tax_total: Decimal
    document_date: date | None = None
    posting_date: date | None = None
    applies_to: str = ""
    optional_fields: Mapping[str, str] = Field(default_factory=dict)
    """Code -> value as text, trimmed."""
    error_batch: int = 0
    """Where posting moved a copy of the entry when it failed; 0 when it did not."""
    error_entry: int = 0


class ApBatch(Frozen):
    """An A/P invoice batch with its entries; a batch without entries is an orphan shell."""

    batch: int
    description: str
    status: BatchStatus
    total: Decimal
    """BatchTotal: sum of the entries' distributed totals with tax."""
    posting_sequence: int
    """0 until posted."""
    error_count: int
    """NumberOfErrors: entries that failed at posting, although the batch reads as posted."""
    entries: tuple[ApEntry, ...] = ()


class PostedDocument(Frozen):
    """A posted A/P document: certain proof that vendor and number are taken (sheet 1.7).

    Property names are those of the A/R twin where the sheet names none; what an installation does
    not send is None.
    """

    vendor_id: str
    number: str
    type: SageDocumentType | None = None
    batch: int | None = None
    entry: int | None = None
    posting_sequence: int | None = None


class VendorRecord(Frozen):
    """A vendor as the Web API shows it (Web API sheet 4)."""

    vendor_id: str
    name: str
    is_active: bool
    is_on_hold: bool
    group: str
    currency: str
    terms: str
    tax_group: str
    account_set: str = ""
    address: tuple[str, str, str, str] = ("", "", "", "")
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    optional_fields: Mapping[str, str] = Field(default_factory=dict)


class ResourceMetadata(Frozen):
    """One endpoint of a module; ``verbs`` is None where the installation does not tell."""

    name: str
    properties: tuple[str, ...]
    verbs: frozenset[str] | None = None


class WebApiMetadata(Frozen):
    """What a module of this installation offers, by its own word."""

    module: str
    resources: Mapping[str, ResourceMetadata]

    def offers(self, resource: str, verb: str) -> bool | None:
        """Whether the endpoint takes the verb; None when the metadata does not tell."""
        known = self.resources.get(resource)
        if known is None:
            return False
        return None if known.verbs is None else verb in known.verbs
