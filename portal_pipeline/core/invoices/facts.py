"""What cfdi_import has loaded for a chunk; frozen, read by the planner alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal_pipeline.core.decisions import Document, DocumentRow, OperationRow, Status
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.listed import ListedCfdi, listed_of
from portal_pipeline.core.invoices.models import InvoiceContent, UninvoicedReceipt
from portal_pipeline.core.invoices.numbers import number_forms
from portal_pipeline.core.invoices.setup import SageSetup
from portal_pipeline.core.money import portal_currency
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.providers.dossier import SupplierDossier
from portal_pipeline.core.providers.matching import VendorMatch
from portal_pipeline.core.sage import SageDocument
from portal_pipeline.core.tenant import Withholdings

Pair = tuple[str, str]
"""(vendor, document number)."""


@dataclass(frozen=True)
class Candidate:
    """A document of the ledger with its import."""

    row: DocumentRow
    operations: Mapping[Operation, OperationRow] = field(default_factory=dict)

    @property
    def listed(self) -> ListedCfdi:
        """What the portal's list says."""
        return listed_of(self.row)

    @property
    def uuid(self) -> str:
        """Key of the document."""
        return self.row.key

    @property
    def imported(self) -> OperationRow | None:
        """Its import."""
        return self.operations.get(Operation.IMPORT)

    @property
    def is_done(self) -> bool:
        """Whether its import was confirmed before."""
        return self.imported is not None and self.imported.status == Status.DONE

    def document(self, **changes: object) -> Document:
        """The document for a decision; ``details`` are added to those that it has."""
        fields = {name: getattr(self.row, name) for name in Document.model_fields}
        details = changes.pop("details", {})
        if not isinstance(details, Mapping):
            raise TypeError("details are texts by name")
        return Document(**{**fields, **changes, "details": {**self.row.details, **details}})


def fingerprints(listed: ListedCfdi) -> dict[str, str]:
    """Under which names a clerk may have captured the CFDI, by form of its number.

    Each is provider, number, currency and total, which an automatic link goes by; none without
    provider or total.
    """
    if not listed.provider_id or listed.total is None:
        return {}
    currency, total = portal_currency(listed.currency), _amount(listed.total)
    return {
        form: "\n".join((listed.provider_id, form, currency, total))
        for form in sorted(number_forms(listed.serie, listed.folio))
    }


def _amount(total: Decimal) -> str:
    return format(total.normalize(), "f")


@dataclass(frozen=True)
class ImportFacts:
    """One chunk; what was not read is empty, never guessed."""

    today: date
    """In the company's zone."""
    withholdings: Withholdings = Withholdings.AUTHORITY
    """How Sage's documents carry what is withheld."""
    by_uuid: Mapping[str, tuple[SageDocument, ...]] = field(default_factory=dict)
    """Sage's documents by UUID: of the candidates, their parents and originals."""
    by_number: Mapping[Pair, tuple[SageDocument, ...]] = field(default_factory=dict)
    """Of links, and of the numbers that candidates would get."""
    links: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    """``is_sage_document`` links by UUID, oldest first."""
    link_owners: Mapping[Pair, frozenset[str]] = field(default_factory=dict)
    """UUIDs of the ledger that are linked to a Sage document."""
    vendors: Mapping[str, VendorMatch] = field(default_factory=dict)
    """By UUID: the vendor of the provider in the CFDI's currency, or why there is none."""
    vendor_ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By UUID: every vendor of the provider."""
    vendor_documents: Mapping[str, tuple[SageDocument, ...]] = field(default_factory=dict)
    receipts: Mapping[str, tuple[UninvoicedReceipt, ...]] = field(default_factory=dict)
    twins: frozenset[str] = frozenset()
    """Fingerprints that more than one candidate of the step has."""
    setup: SageSetup = field(default_factory=SageSetup)
    contents: Mapping[str, InvoiceContent | Finding] = field(default_factory=dict)
    dossiers: Mapping[str, SupplierDossier] = field(default_factory=dict)
    """By provider id, what the ledger keeps of the suppliers' dossiers."""
    files: frozenset[str] = frozenset()
    """Names of the candidates' files that wait in the import program's folder."""
    posting_errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Sage's text by (error batch, error entry)."""
