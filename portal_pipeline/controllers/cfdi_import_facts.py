"""Loading for cfdi_import: set-based, in three rounds that each ask only about what is left.

Source: rules 5; design 4 (statements grow with chunks, never with documents).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.cfdi.verdict import checked
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import OperationRow
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.cfdi import XML_UNREADABLE
from portal_pipeline.core.findings.invoices import ARCHIVE_DAMAGED, NOT_DOWNLOADED
from portal_pipeline.core.findings.providers import VENDOR_FOR_CURRENCY
from portal_pipeline.core.handed import handed_file
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.invoices.content import content_of
from portal_pipeline.core.invoices.facts import (
    Candidate,
    ImportFacts,
    Pair,
    fingerprints,
)
from portal_pipeline.core.invoices.import_plan import PARENT_RELATIONS
from portal_pipeline.core.invoices.lines import Place, booked_lines
from portal_pipeline.core.invoices.listed import ListedCfdi, listed_of
from portal_pipeline.core.invoices.matching import NEAR
from portal_pipeline.core.invoices.models import InvoiceContent
from portal_pipeline.core.invoices.payload import Wanted, group_names
from portal_pipeline.core.invoices.seen import IS_SAGE_DOCUMENT, document_name, pair_of
from portal_pipeline.core.invoices.setup import SageSetup
from portal_pipeline.core.money import cents
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.portal import PortalProvider
from portal_pipeline.core.providers.dossier import DOSSIER, SupplierDossier
from portal_pipeline.core.providers.matching import (
    VendorMatch,
    vendor_for_currency,
    vendors_of_provider,
)
from portal_pipeline.core.sage import SageDocument, SageVendor
from portal_pipeline.importers.drop_folder import DropFolderError
from portal_pipeline.sage.ap_documents import (
    read_documents_by_number,
    read_documents_by_uuid,
    read_vendor_documents,
)
from portal_pipeline.sage.ap_setup import (
    read_field_length,
    read_posting_errors,
    read_tax_groups,
    read_uninvoiced_receipts,
    read_usable_places,
)
from portal_pipeline.sage.vendors import read_vendors, read_vendors_by_provider_id
from portal_pipeline.spool import Spool, repeated

CAPTURE_WINDOW = timedelta(days=90)
"""How long before the CFDI's date a clerk may have dated what he captured without its UUID."""


class ImportLoader:
    """Reads what the planner needs of ledger, Sage and archive."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._fields = work.tenant.fields

    def candidates(self, kind: DocumentKind, keys: Sequence[str]) -> list[Candidate]:
        """The documents with their operations, in key order."""
        documents = self._work.ledger.documents(kind, keys)
        rows = self._work.ledger.operations(kind, keys)
        by_key: dict[str, dict[Operation, OperationRow]] = {}
        for (key, operation), row in rows.items():
            by_key.setdefault(key, {})[operation] = row
        return [
            Candidate(row=documents[key], operations=by_key.get(key, {}))
            for key in keys
            if key in documents
        ]

    def twins(self, candidates: Mapping[DocumentKind, Spool]) -> Spool:
        """The fingerprints that more than one of these documents has."""
        return repeated(
            [mark for one in documents.values() for mark in fingerprints(listed_of(one)).values()]
            for kind, keys in candidates.items()
            for part in keys.pages()
            if (documents := self._work.ledger.documents(kind, part))
        )

    # -- first round: what Sage holds by UUID or link ----------------------------------------------

    def in_sage(self, candidates: Sequence[Candidate]) -> ImportFacts:
        """Documents by UUID and by link, vendors, posting errors."""
        related = _related(candidates)
        uuids = [candidate.uuid for candidate in candidates]
        by_uuid = read_documents_by_uuid(self._work.sage, [*uuids, *related], self._fields)
        links = self._links(candidates, related)
        pairs = [pair_of(link) for of_one in links.values() for link in of_one]
        vendors, vendor_ids = self._vendors(candidates)
        errors = {one.error_batch for chain in by_uuid.values() for one in chain if one.error_entry}
        return ImportFacts(
            today=self._work.clock().astimezone(self._work.tenant.zone).date(),
            withholdings=self._work.tenant.imports.withholdings,
            by_uuid=by_uuid,
            by_number=read_documents_by_number(self._work.sage, pairs, self._fields),
            links=links,
            vendors=vendors,
            vendor_ids=vendor_ids,
            posting_errors=read_posting_errors(self._work.sage, sorted(errors)),
        )

    def _links(
        self, candidates: Sequence[Candidate], related: Sequence[str]
    ) -> dict[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = {}
        # A credit note names invoices, its substitute a credit note.
        own = {kind: set(related) for kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)}
        for candidate in candidates:
            own[candidate.row.kind].add(candidate.uuid)
        for kind, keys in own.items():
            for key, link in self._work.ledger.links_of(kind, sorted(keys), IS_SAGE_DOCUMENT):
                found.setdefault(key, []).append(link)
        return {key: tuple(links) for key, links in found.items()}

    def _vendors(
        self, candidates: Sequence[Candidate]
    ) -> tuple[dict[str, VendorMatch], dict[str, frozenset[str]]]:
        """By UUID: the vendor in the CFDI's currency, and every vendor of the provider."""
        listed = {candidate.uuid: candidate.listed for candidate in candidates}
        ids = {one.provider_id for one in listed.values()} - {""}
        numbers = {one.provider_external_id for one in listed.values()} - {""}
        by_id = read_vendors_by_provider_id(self._work.sage, ids, self._fields)
        by_number = read_vendors(self._work.sage, numbers, self._fields)
        matches: dict[str, VendorMatch] = {}
        every: dict[str, frozenset[str]] = {}
        for uuid, one in listed.items():
            known: dict[str, SageVendor] = {
                vendor.vendor_id: vendor for vendor in by_id.get(one.provider_id, ())
            }
            if one.provider_external_id in by_number:
                known.setdefault(one.provider_external_id, by_number[one.provider_external_id])
            matches[uuid] = _match(one, list(known.values()))
            mine, _ = vendors_of_provider(_provider(one), list(known.values()))
            every[uuid] = frozenset(vendor.vendor_id for vendor in mine)
        return matches, every

    # -- second round: what Sage may hold without UUID ---------------------------------------------

    def without_uuid(
        self,
        candidates: Sequence[Candidate],
        known: ImportFacts,
        twins: Spool,
    ) -> ImportFacts:
        """The vendors' documents of the time, their owners by link, and open receipts."""
        vendors = {
            match.vendor.vendor_id
            for candidate in candidates
            if (match := known.vendors[candidate.uuid]).vendor is not None
        }
        dates = [candidate.row.dated for candidate in candidates if candidate.row.dated]
        since = min(dates, default=known.today) - max(CAPTURE_WINDOW, NEAR)
        documents = read_vendor_documents(self._work.sage, sorted(vendors), since, self._fields)
        marks = {m for one in candidates for m in fingerprints(one.listed).values()}
        return replace(
            known,
            vendor_documents=documents,
            link_owners=self._owners(candidates, documents.values()),
            dossiers=self._dossiers(candidates),
            files=self._files(candidates),
            receipts=read_uninvoiced_receipts(self._work.sage, sorted(vendors)),
            twins=frozenset(twins.texts(marks)),
        )

    def _dossiers(self, candidates: Sequence[Candidate]) -> dict[str, SupplierDossier]:
        """What provider_sync has kept of the suppliers' dossiers, by provider id."""
        ids = sorted({one.listed.provider_id.lower() for one in candidates} - {""})
        found = self._work.ledger.documents(DocumentKind.PROVIDER, ids)
        return {
            key: SupplierDossier.from_text(text)
            for key, document in found.items()
            if (text := document.details.get(DOSSIER, ""))
        }

    def _files(self, candidates: Sequence[Candidate]) -> frozenset[str]:
        """Which files that were handed to the import program still wait for it."""
        names = [name for one in candidates if (name := handed_file(one.imported))]
        if not names or self._work.program is None:
            return frozenset()
        try:
            return self._work.program.folder.present(names)
        except DropFolderError:  # told by the step, which lists the folder at its end
            return frozenset(names)  # not seen is not gone

    def _owners(
        self, candidates: Sequence[Candidate], documents: Iterable[Sequence[SageDocument]]
    ) -> dict[Pair, frozenset[str]]:
        """CFDIs that documents with a candidate's total are linked to."""
        totals = {candidate.row.amount for candidate in candidates}
        names = sorted(
            {
                document_name(one)
                for chain in documents
                for one in chain
                if not one.uuid and cents(one.total) in totals
            }
        )
        owners: dict[Pair, set[str]] = {}
        for ref, link in self._work.ledger.links_to("sage_entry", names, IS_SAGE_DOCUMENT):
            owners.setdefault(pair_of(link), set()).add(ref.key)
        return {pair: frozenset(uuids) for pair, uuids in owners.items()}

    # -- third round: what is to be built ----------------------------------------------------------

    def to_build(self, wanted: Mapping[str, Wanted], known: ImportFacts) -> ImportFacts:
        """The XML's content, the numbers' holders and the tax groups of what is to be sent."""
        pairs = [(one.vendor.vendor_id, one.number) for one in wanted.values()]
        taken = read_documents_by_number(self._work.sage, pairs, self._fields)
        contents = {uuid: self._content(uuid) for uuid in wanted}
        return replace(
            known,
            by_number={**known.by_number, **taken},
            contents=contents,
            setup=self._setup(wanted, contents),
        )

    def _setup(
        self, wanted: Mapping[str, Wanted], contents: Mapping[str, InvoiceContent | Finding]
    ) -> SageSetup:
        """The tax groups, accounts and fields that the documents would need."""
        rules, sage = self._work.tenant.imports, self._work.sage
        names: set[str] = set()
        places: set[Place] = set()
        for uuid, content in contents.items():
            if isinstance(content, Finding):
                continue
            names |= set(group_names(content, wanted[uuid], rules))
            lines = booked_lines(content, wanted[uuid].vendor, wanted[uuid].expense, rules)
            if not isinstance(lines, Finding):
                places |= {line.place for line in lines}
        if not names and not places:
            return SageSetup()
        return SageSetup(
            tax_groups=read_tax_groups(sage, sorted(names)),
            usable=read_usable_places(sage, places),
            field_length=read_field_length(sage, self._fields.cfdi_uuid),
        )

    def _content(self, uuid: str) -> InvoiceContent | Finding:
        try:
            data = self._work.archive.get(self._work.tenant.key, uuid)
        except ArchiveError as error:
            return ARCHIVE_DAMAGED(detail=error.message)
        if data is None:
            return NOT_DOWNLOADED()
        found = checked(data, self._work.tenant.cfdi)
        reading = found.assessment.reading
        if reading.cfdi is None:
            return XML_UNREADABLE(verdict=reading.verdict.value, reason=reading.reason or "-")
        return content_of(reading.cfdi, found.findings)


def _related(candidates: Sequence[Candidate]) -> list[str]:
    """UUIDs of parents and originals."""
    found = {
        uuid
        for candidate in candidates
        for uuid in candidate.listed.related_by("04", *PARENT_RELATIONS)
    }
    return sorted(found)


def _provider(listed: ListedCfdi) -> PortalProvider:
    """The provider as the document shows it; its RFC is the one in the CFDI."""
    return PortalProvider(
        id=listed.provider_id,
        external_id=listed.provider_external_id,
        name=listed.issuer_rfc,
        rfc=listed.issuer_rfc,
    )


def _match(listed: ListedCfdi, vendors: Sequence[SageVendor]) -> VendorMatch:
    if not listed.provider_id:
        finding = VENDOR_FOR_CURRENCY(
            provider="-", name=listed.issuer_rfc or "-", currency=listed.currency, found="-"
        )
        return VendorMatch(finding=finding)
    return vendor_for_currency(_provider(listed), vendors, listed.currency)
