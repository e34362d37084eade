"""Which listed documents are downloaded, and whether the file is what was listed.

Source: rules 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from portal_pipeline.core.decisions import (
    Decision,
    Document,
    OperationRow,
    Status,
    act,
    done,
    hold,
    out_of_scope,
)
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.cfdi import (
    CFDI_TYPE_NOT_TREATED,
    LISTED_UNDER_ITS_UUID,
    LISTED_WITHOUT_UUID,
    NOT_A_CFDI,
    OTHER_COMPANY,
    XML_OF_OTHER_CFDI,
    XML_RECEIVER_DIFFERS,
)
from portal_pipeline.core.findings.invoices import CANCELLED_AFTER_IMPORT
from portal_pipeline.core.identity import DocumentKind, Operation, upper_uuid
from portal_pipeline.core.invoices.listed import BY_PORTAL_ID, DOCUMENT_KINDS, document_of
from portal_pipeline.core.invoices.orders import order_links
from portal_pipeline.core.portal import PortalCfdi
from portal_pipeline.core.tenant import Tenant

WINDOW_DAYS = 28
"""Longest span of a list by creation date: within a month (limits are unknown, sheet 4.1)."""
OVERLAP = timedelta(days=7)
"""How far back of the watermark a list by creation date begins."""


def plan_downloads(
    listed: tuple[PortalCfdi, ...],
    rows: Mapping[tuple[str, Operation], OperationRow],
    tenant: Tenant,
    lost: Collection[str] = (),
    stampless: Mapping[str, DocumentKind] | None = None,
) -> list[Decision]:
    """One decision per listed document; a finished download is not repeated.

    One whose file is needed and ``lost`` from the archive is made again. A document that is
    cancelled after its import gets that finding on its import, too, at once. What waited under the
    portal's id for its UUID (``stampless``: kind by key) waits no more once the list has that.
    """
    decisions = []
    for cfdi in listed:
        document = document_of(cfdi, tenant.zone)
        row = rows.get((document.key, Operation.DOWNLOAD))
        decision = _decision(cfdi, document, None if document.key in lost else row, tenant)
        decisions.append(decision.model_copy(update={"links": order_links(cfdi)}))
        before = f"{BY_PORTAL_ID}{cfdi.id}"
        if cfdi.uuid and stampless and before in stampless:
            named = Document(kind=stampless[before], key=before, portal_id=cfdi.id)
            known = LISTED_UNDER_ITS_UUID(uuid=document.key)
            decisions.append(out_of_scope(named, Operation.DOWNLOAD, known))
        imported = rows.get((document.key, Operation.IMPORT))
        if cfdi.is_cancelled and imported is not None and imported.status == Status.DONE:
            note = CANCELLED_AFTER_IMPORT(document=imported.remote_id or "-")
            decisions.append(done(document, Operation.IMPORT, notes=(note,)))
    return decisions


def _decision(
    cfdi: PortalCfdi, document: Document, row: OperationRow | None, tenant: Tenant
) -> Decision:
    excluded = _exclusion(cfdi, tenant)
    if excluded is not None:
        return out_of_scope(document, Operation.DOWNLOAD, excluded)
    if not cfdi.uuid:
        waits = LISTED_WITHOUT_UUID(portal_id=cfdi.id, status=cfdi.status or "-")
        return hold(document, Operation.DOWNLOAD, waits)
    if row is not None and row.status == Status.DONE:
        return done(document, Operation.DOWNLOAD)
    payload = {"portal_id": cfdi.id, "uuid": upper_uuid(cfdi.uuid)}
    return act(document, Operation.DOWNLOAD, payload)


def _exclusion(cfdi: PortalCfdi, tenant: Tenant) -> Finding | None:
    """Why a document is not ours; a receiver that the list does not name is read in the XML."""
    receiver = cfdi.receiver_rfc or cfdi.company_rfc
    if receiver and receiver.upper() != tenant.rfc.upper():
        return OTHER_COMPANY(receiver_rfc=receiver, company_rfc=tenant.rfc)
    if cfdi.document_type not in tenant.cfdi.document_types:
        return NOT_A_CFDI(document_type=cfdi.document_type or "-")
    if cfdi.cfdi_type and cfdi.cfdi_type not in DOCUMENT_KINDS:
        return CFDI_TYPE_NOT_TREATED(cfdi_type=cfdi.cfdi_type)
    return None


def file_finding(
    listed_uuid: str, found_uuid: str, receiver_rfc: str, tenant: Tenant
) -> Finding | None:
    """None when a file is the listed CFDI and ours; else what it is."""
    if upper_uuid(found_uuid) != upper_uuid(listed_uuid):
        return XML_OF_OTHER_CFDI(found=found_uuid or "-")
    if receiver_rfc.upper() != tenant.rfc.upper():
        return XML_RECEIVER_DIFFERS(receiver_rfc=receiver_rfc or "-", company_rfc=tenant.rfc)
    return None


def windows(first: date, last: date) -> list[tuple[date, date]]:
    """Spans of at most four weeks, both ends included, that cover the days; oldest first."""
    spans = []
    start = first
    while start <= last:
        end = min(start + timedelta(days=WINDOW_DAYS - 1), last)
        spans.append((start, end))
        start = end + timedelta(days=1)
    return spans
