"""What provider_sync knows of one supplier before it decides."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Document, DocumentRow, OperationRow
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.sage import SageVendor


class ProviderFacts(Frozen):
    """One provider as portal, Sage and ledger show it."""

    provider: PortalProvider
    vendors: tuple[SageVendor, ...] = ()
    """Vendors that may be its own: by PROVIDERID, or numbered as its external id; in order."""
    number_holder: str = ""
    """Who has the number that its new vendor would get; empty: nobody."""
    namesakes: tuple[str, ...] = ()
    """Vendors with its RFC that are linked to no provider."""
    rows: Mapping[Operation, OperationRow] = Field(default_factory=dict)
    known: DocumentRow | None = None
    file_waits: bool = False
    """Its provider XML is in the import program's folder."""


class GoneProvider(Frozen):
    """A provider with something open that the portal clearly does not have any more."""

    key: str
    rows: Mapping[Operation, OperationRow] = Field(default_factory=dict)

    @property
    def document(self) -> Document:
        """The document; what the ledger knows of it stays."""
        return Document(kind=DocumentKind.PROVIDER, key=self.key)
