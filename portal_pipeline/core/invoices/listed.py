"""What the portal's list says about a CFDI, as short texts in the ledger, and read back from there.

The download keeps it; import, payment gate and complement check read it. Refreshed each time the
document is listed. Source: portal API sheet 4.2; rules 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.decisions import Document
from portal_pipeline.core.identity import DocumentKind, upper_uuid
from portal_pipeline.core.portal import PortalCfdi

ORDER_FIELDS = ("oc", "orden_de_compra")
"""``additional_info`` fields that may name a purchase order; the first filled one counts."""
AFE, EXTRA_NAME, EXTRA_AMOUNT = "afe", "additional_amount_name", "additional_amount"
"""Details that the importer program's addenda needs: the ``additional_info`` field of that name
(fixed asset), and the supplier's extra expense."""
TEXT_CHARS_MAX = 200
BY_PORTAL_ID = "PORTAL:"
"""Begins the key of a document that the list gives without UUID; the portal's id follows."""
ORDER_WITHOUT_NUMBER = "?"
"""Stands for an order that the portal links by its own id alone."""

DOCUMENT_KINDS: Mapping[str, DocumentKind] = {
    "I": DocumentKind.INVOICE,
    "E": DocumentKind.CREDIT_NOTE,
    "P": DocumentKind.PAYMENT_COMPLEMENT,
}
_KIND_BY_PORTAL: Mapping[str, DocumentKind] = {
    "CREDIT_NOTE": DocumentKind.CREDIT_NOTE,
    "PAYMENT_CFDI": DocumentKind.PAYMENT_COMPLEMENT,
}

APPROVED_GROUPS = frozenset(
    {"RECEIVED", "DELIVERED_ERP", "POSTPONE", "PAYMENT_ORDER", "ARCHIVED", "ASSOCIATED"}
)
"""Status groups behind the approval. After a part payment an invoice may be the supplier's again
(``SENDING``): there the date of approval counts."""
PAID_GROUPS = frozenset({"ARCHIVED"})


def kind_of(cfdi: PortalCfdi) -> DocumentKind:
    """Document kind, by the type in the XML, else by the portal's; an advance is an invoice."""
    return DOCUMENT_KINDS.get(cfdi.cfdi_type) or _KIND_BY_PORTAL.get(
        cfdi.kind, DocumentKind.INVOICE
    )


def key_of(cfdi: PortalCfdi) -> str:
    """The UUID; for what has none, a name made of the portal's id."""
    return upper_uuid(cfdi.uuid) or f"{BY_PORTAL_ID}{cfdi.id}"


def document_of(cfdi: PortalCfdi, zone: ZoneInfo) -> Document:
    """The document with all that later steps need of the list."""
    return Document(
        kind=kind_of(cfdi),
        key=key_of(cfdi),
        counterparty=cfdi.provider_external_id or cfdi.issuer_rfc,
        amount=cfdi.total,
        currency=cfdi.currency,
        dated=cfdi.issued_on,
        portal_id=cfdi.id,
        portal_state=cfdi.status,
        details=_details(cfdi, zone),
    )


def _details(cfdi: PortalCfdi, zone: ZoneInfo) -> dict[str, str]:
    extra = cfdi.additional_amount
    return {
        "portal_kind": cfdi.kind,
        "status": cfdi.status,
        "status_group": cfdi.status_group,
        "provider_id": cfdi.provider_id,
        "provider_external_id": cfdi.provider_external_id,
        "issuer_rfc": cfdi.issuer_rfc,
        "approved_on": _day(cfdi.authorized_at, zone),
        "created_on": _day(cfdi.created_at, zone),
        "is_cancelled": "yes" if cfdi.is_cancelled else "no",
        "balance": "" if cfdi.balance is None else format(cfdi.balance, "f"),
        "withheld": format(cfdi.withheld, "f") if cfdi.withheld else "",
        "payment_method": cfdi.payment_method,
        "serie": cfdi.serie,
        "folio": cfdi.folio,
        "related": ";".join(f"{kind}:{','.join(uuids)}" for kind, uuids in cfdi.related),
        "po_numbers": ",".join(order_numbers(cfdi)),
        "po_lines": _order_lines(cfdi),
        AFE: cfdi.additional.get(AFE, "").strip()[:TEXT_CHARS_MAX],
        EXTRA_NAME: extra.name[:TEXT_CHARS_MAX] if extra else "",
        EXTRA_AMOUNT: format(extra.amount, "f") if extra else "",
        "credit_notes": ";".join(
            f"{note.credit_note_id}:{note.amount:f}" for note in cfdi.credit_notes
        ),
        "payment_ids": ",".join(dict.fromkeys((*cfdi.payment_ids, *cfdi.paid_by))),
        "paid_documents": ";".join(
            f"{paid.uuid}:{paid.amount:f}:{paid.paid_on:%Y%m%d}"
            if paid.paid_on
            else f"{paid.uuid}:{paid.amount:f}:"
            for paid in cfdi.paid_documents
        ),
        "stamped_on": f"{cfdi.stamped_on:%Y%m%d}" if cfdi.stamped_on else "",
    }


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else ""


def order_numbers(cfdi: PortalCfdi) -> list[str]:
    """Every order that links name, else the one of the supplier's field."""
    numbers = [link.po_number.strip() or ORDER_WITHOUT_NUMBER for link in cfdi.po_links]
    if not numbers:
        named = (cfdi.additional.get(name, "").strip() for name in ORDER_FIELDS)
        numbers = [number for number in named if number][:1]
    return list(dict.fromkeys(numbers))


def _order_lines(cfdi: PortalCfdi) -> str:
    """``ORDER/LINE/CONCEPT`` of every concept that is linked to an order line."""
    return ";".join(
        f"{link.po_number}/{reference.line_external_id}/"
        f"{'' if reference.concept_index is None else reference.concept_index}"
        for link in cfdi.po_links
        for reference in link.references
    )


class ListedCfdi(Frozen):
    """The listed facts of a document, read back from the ledger."""

    kind: DocumentKind
    uuid: str
    portal_kind: str = ""
    status: str = ""
    status_group: str = ""
    provider_id: str = ""
    provider_external_id: str = ""
    issuer_rfc: str = ""
    approved_on: date | None = None
    created_on: date | None = None
    is_cancelled: bool = False
    balance: Decimal | None = None
    total: Decimal | None = None
    withheld: Decimal = Decimal(0)
    currency: str = ""
    dated: date | None = None
    serie: str = ""
    folio: str = ""
    related: tuple[tuple[str, tuple[str, ...]], ...] = ()
    po_numbers: tuple[str, ...] = ()
    sage_number: str = ""
    """Document number in Sage, fixed once chosen."""
    accepted: frozenset[str] = frozenset()
    """Codes of findings that a person has overruled by ``requeue``."""

    @property
    def is_approved(self) -> bool:
        """Whether the portal's approver has said yes, and nobody no afterwards."""
        if self.status.startswith("REJECTED"):
            return False
        return self.status_group in APPROVED_GROUPS or self.approved_on is not None

    @property
    def is_paid_in_portal(self) -> bool:
        """Whether the portal has an invoice as paid."""
        return self.kind == DocumentKind.INVOICE and self.status_group in PAID_GROUPS

    @property
    def is_advance(self) -> bool:
        """Whether it is an advance, or applies one (relation 07)."""
        return self.portal_kind == "ADVANCED" or any(kind == "07" for kind, _ in self.related)

    @property
    def in_scope_on(self) -> date | None:
        """The day that counts for the scope: of approval, else of creation (rules 1)."""
        return self.approved_on or self.created_on

    def related_by(self, *kinds: str) -> tuple[str, ...]:
        """UUIDs related in one of the given ways, each once."""
        return tuple(
            dict.fromkeys(uuid for kind, uuids in self.related if kind in kinds for uuid in uuids)
        )


def listed_of(document: Document) -> ListedCfdi:
    """The listed facts of a document of the ledger; what is not there is blank."""
    details = document.details

    def text(name: str) -> str:
        return details.get(name, "")

    return ListedCfdi(
        kind=document.kind,
        uuid=document.key,
        portal_kind=text("portal_kind"),
        status=text("status"),
        status_group=text("status_group"),
        provider_id=text("provider_id"),
        provider_external_id=text("provider_external_id"),
        issuer_rfc=text("issuer_rfc"),
        approved_on=_date(text("approved_on")),
        created_on=_date(text("created_on")),
        is_cancelled=text("is_cancelled") == "yes",
        balance=Decimal(text("balance")) if text("balance") else None,
        total=document.amount,
        withheld=Decimal(text("withheld") or 0),
        currency=document.currency,
        dated=document.dated,
        serie=text("serie"),
        folio=text("folio"),
        related=_related(text("related")),
        po_numbers=_split(text("po_numbers"), ","),
        sage_number=text("sage_number"),
        accepted=frozenset(_split(text("accepted"), ",")),
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _split(text: str, by: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(by) if part)


def _related(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups = (group.partition(":") for group in _split(text, ";"))
    return tuple((kind, _split(uuids, ",")) for kind, _, uuids in groups)
