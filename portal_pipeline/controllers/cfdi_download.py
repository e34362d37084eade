"""cfdi_download: every CFDI of the portal's lists into the archive, kept current in the ledger.

Source: rules 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from portal_pipeline.archive.local import ArchiveError
from portal_pipeline.cfdi.verdict import checked
from portal_pipeline.controllers.cfdi_listings import CfdiListings
from portal_pipeline.controllers.protocol import Handler
from portal_pipeline.controllers.step import CHUNK_SIZE, Step
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.decisions import OPEN_STATUSES, Decision, OperationRow, Status
from portal_pipeline.core.errors import CredentialsRefused, DocumentError, RetriableError
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.cfdi import XML_CHANGED, XML_MISSING, XML_UNREADABLE
from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.invoices.download import file_finding, plan_downloads
from portal_pipeline.core.invoices.listed import (
    BY_PORTAL_ID,
    DOCUMENT_KINDS,
    key_of,
    kind_of,
)
from portal_pipeline.core.outcomes import Absent, Effects, LookUp, Outcome, Refused, Succeeded
from portal_pipeline.core.portal import PortalCfdi
from portal_pipeline.core.report import ReportBuilder
from portal_pipeline.spool import in_parts

DOWNLOADS_AT_ONCE = 8
HASH_CHARS_SHOWN = 12

Chunk = tuple[PortalCfdi, ...]


class CfdiDownload(Step[Chunk]):
    """Lists, compares with the ledger, and fetches what is new."""

    name = ControllerName.CFDI_DOWNLOAD
    is_guarded = False

    def __init__(self, work: Workspace, report: ReportBuilder) -> None:
        self._work = work
        self._report = report
        self._listings = CfdiListings(work)

    def chunks(self) -> Iterator[Chunk]:
        """What the lists give, as they are read; each document once."""
        for items in self._listings.read():
            yield from map(tuple, in_parts(items, CHUNK_SIZE))

    def plan(self, chunk: Chunk) -> Sequence[Decision]:
        """Which of them are ours and not in the archive yet."""
        rows: dict[tuple[str, Operation], OperationRow] = {}
        by_kind: dict[DocumentKind, list[str]] = {}
        for cfdi in chunk:
            by_kind.setdefault(kind_of(cfdi), []).append(key_of(cfdi))
        for kind, keys in by_kind.items():
            rows |= self._work.ledger.operations(kind, keys)
        lost = self._lost(rows)
        return plan_downloads(chunk, rows, self._work.tenant, lost, self._stampless)

    @cached_property
    def _stampless(self) -> Mapping[str, DocumentKind]:
        """What waited for its UUID before this step, by the key that it has until then."""
        return {
            key: kind
            for kind in DOCUMENT_KINDS.values()
            for key in self._work.ledger.keys_where(kind, [Operation.DOWNLOAD])
            if key.startswith(BY_PORTAL_ID)
        }

    def _lost(self, rows: Mapping[tuple[str, Operation], OperationRow]) -> frozenset[str]:
        """Downloaded documents that are still to be imported and whose file is gone."""
        return frozenset(
            key
            for (key, operation), row in rows.items()
            if (operation, row.status) == (Operation.DOWNLOAD, Status.DONE)
            and (imported := rows.get((key, Operation.IMPORT))) is not None
            and imported.status in OPEN_STATUSES
            and not self._is_kept(key)
        )

    def _is_kept(self, key: str) -> bool:
        try:
            return self._work.archive.exists(self._work.tenant.key, key)
        except ArchiveError:  # damaged is not lost: the import says so, and a person restores it
            return True

    def handlers(self) -> Mapping[Operation, Handler]:
        """A download is a read: it may always be made again, so nothing needs looking up."""
        return {
            Operation.DOWNLOAD: Handler(
                system="portal",
                call=self._download,
                look_up=_absent,
                looks=1,
                at_once=DOWNLOADS_AT_ONCE,
            )
        }

    def complete(self) -> None:
        """Keep how each list ended."""
        self._listings.save(self._report)

    def _download(self, decision: Decision) -> Outcome:
        """Fetch, check, archive; a file that is not the listed CFDI is refused and not kept."""
        try:
            data = self._work.portal.cfdi_xml(decision.document.portal_id or "")
        except DocumentError as error:
            return _refused(XML_MISSING(detail=error.message), error.message)
        except (RetriableError, CredentialsRefused) as error:
            return Refused(code="no_answer", detail=str(error), is_attempt=False)
        return self._keep(decision, data)

    def _keep(self, decision: Decision, data: bytes) -> Outcome:
        found = checked(data, self._work.tenant.cfdi)
        reading = found.assessment.reading
        if reading.cfdi is None:
            verdict, reason = reading.verdict.value, reading.reason or "-"
            return _refused(XML_UNREADABLE(verdict=verdict, reason=reason), reason)
        cfdi = reading.cfdi
        wrong = file_finding(decision.key, cfdi.uuid, cfdi.receiver_rfc, self._work.tenant)
        if wrong is not None:
            return _refused(wrong, wrong.code)
        kept = self._work.archive.put_if_absent(self._work.tenant.key, decision.key, data)
        if kept.conflicts_with:
            changed = XML_CHANGED(
                archived=kept.conflicts_with[:HASH_CHARS_SHOWN],
                received=kept.sha256[:HASH_CHARS_SHOWN],
            )
            return _refused(changed, changed.code)
        return Succeeded(
            remote_id=kept.sha256,
            effects=Effects(
                details={
                    "sha256": kept.sha256,
                    "cfdi_version": cfdi.version,
                    **found.details,
                }
            ),
        )


def _absent(_: Decision) -> LookUp:
    return Absent()


def _refused(finding: Finding, detail: str) -> Refused:
    return Refused(code=finding.code, detail=detail, finding=finding)
