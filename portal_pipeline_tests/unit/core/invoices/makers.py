"""Small builders of the models that the rules read; every value can be named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal_pipeline.core.decisions import Document, DocumentRow, OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation, TenantKey
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts
from portal_pipeline.core.invoices.lines import Place
from portal_pipeline.core.invoices.models import (
    ContentLine,
    ContentTax,
    InvoiceContent,
    SageTaxGroup,
)
from portal_pipeline.core.invoices.setup import SageSetup
from portal_pipeline.core.providers.matching import VendorMatch
from portal_pipeline.core.sage import (
    BatchStatus,
    SageDocument,
    SageDocumentSource,
    SageDocumentType,
    SageVendor,
)
from portal_pipeline.core.tenant import ImportRules, Mode, Tenant

UUID = "AAAAAAAA-0000-4000-8000-000000000001"
OTHER = "BBBBBBBB-0000-4000-8000-000000000002"
TODAY = date(2026, 3, 10)
VENDOR = SageVendor(vendor_id="P1", currency="MXP", gl_account="5100100")
RULES = ImportRules(
    tax_group_by_taxes={
        "IVA16": "IVA16",
        "IVA0": "IVA0",
        "IVA16+RET_ISR10+RET_IVA10.6667": "IVA16HON",
    },
    tax_class_by_rate={"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4},
)
IVA_RATES = {1: Decimal(16), 2: Decimal(8), 3: Decimal(0), 4: Decimal(0)}
GROUPS = {
    "IVA16": SageTaxGroup(name="IVA16", authorities=("IVA",), rates=(IVA_RATES,)),
    "IVA0": SageTaxGroup(name="IVA0", authorities=("IVA",), rates=(IVA_RATES,)),
    "IVA16HON": SageTaxGroup(
        name="IVA16HON",
        authorities=("IVA", "RETIVA", "RETISR"),
        rates=(
            IVA_RATES,
            {1: Decimal("-10.66667"), 2: Decimal(-4), 4: Decimal(0)},
            {1: Decimal(-10), 2: Decimal("-1.25"), 3: Decimal(0)},
        ),
    ),
}


SETUP = SageSetup(
    tax_groups=GROUPS,
    usable=frozenset(
        {*(Place(account=one) for one in ("5100100", "1", "7", "8", "9")), Place(code="COMPRA")}
    ),
    field_length=60,
)


def tenant(rules: ImportRules = RULES, **changes: Any) -> Tenant:
    return Tenant(
        **{
            "key": TenantKey("acme"),
            "name": "ACME",
            "rfc": "AAA010101AAA",
            "zone": ZoneInfo("America/Mexico_City"),
            "mode": Mode.SANDBOX,
            "start_date": date(2026, 1, 1),
            "imports": rules,
            **changes,
        }
    )


def document(**changes: Any) -> SageDocument:
    return SageDocument(
        **{
            "source": SageDocumentSource.POSTED,
            "vendor_id": "P1",
            "number": "A1",
            "type": SageDocumentType.INVOICE,
            "currency": "MXP",
            "total": Decimal("116.00"),
            "uuid": UUID,
            "document_date": date(2026, 3, 1),
            "batch": 7,
            "entry": 1,
            "batch_status": BatchStatus.POSTED,
            **changes,
        }
    )


def entry(status: BatchStatus = BatchStatus.OPEN, **changes: Any) -> SageDocument:
    return document(source=SageDocumentSource.AP_ENTRY, batch_status=status, **changes)


def operation(name: Operation = Operation.IMPORT, **changes: Any) -> OperationRow:
    return OperationRow(
        **{
            "kind": DocumentKind.INVOICE,
            "key": UUID,
            "operation": name,
            "status": Status.HELD,
            **changes,
        }
    )


DETAILS = {
    "status": "PENDING_PAYMENT",
    "status_group": "RECEIVED",
    "approved_on": "2026-03-05",
    "created_on": "2026-03-02",
    "provider_id": "prov",
    "is_cancelled": "no",
    "serie": "A",
    "folio": "1",
}


def candidate(
    details: Mapping[str, str] | None = None,
    operations: tuple[OperationRow, ...] = (),
    **changes: Any,
) -> Candidate:
    base = Document(
        **{
            "kind": DocumentKind.INVOICE,
            "key": UUID,
            "amount": Decimal("116.00"),
            "currency": "MXN",
            "dated": date(2026, 3, 1),
            "portal_id": "p-1",
            **{k: v for k, v in changes.items() if k != "admitted"},
            "details": {**DETAILS, **(details or {})},
        }
    )
    row = DocumentRow(
        **{name: getattr(base, name) for name in Document.model_fields},
        admitted=changes.get("admitted", False),
    )
    return Candidate(row=row, operations={one.operation: one for one in operations})


def content(lines: tuple[ContentLine, ...] | None = None, **changes: Any) -> InvoiceContent:
    return InvoiceContent(
        **{
            "uuid": UUID,
            "issuer_name": "Aceros del Bajio",
            "serie": "A",
            "folio": "1",
            "issued_on": date(2026, 3, 1),
            "currency": "MXN",
            "exchange_rate": None,
            "net": Decimal("100.00"),
            "total": Decimal("116.00"),
            "lines": lines or (line("100.00", iva("16.00")),),
            **changes,
        }
    )


def line(amount: str, *taxes: ContentTax, product: str = "31161500") -> ContentLine:
    return ContentLine(
        product=product, description="Lamina cal 18", amount=Decimal(amount), taxes=taxes
    )


def iva(amount: str, percent: str | None = "16") -> ContentTax:
    rate = None if percent is None else Decimal(percent)
    return ContentTax(name="IVA", percent=rate, amount=Decimal(amount))


def withheld(name: str, percent: str, amount: str) -> ContentTax:
    return ContentTax(name=name, percent=Decimal(percent), amount=Decimal(amount), is_withheld=True)


def facts(**changes: Any) -> ImportFacts:
    return ImportFacts(
        **{
            "today": TODAY,
            "vendors": {UUID: VendorMatch(vendor=VENDOR)},
            "vendor_ids": {UUID: frozenset({"P1"})},
            "contents": {UUID: content()},
            "setup": SETUP,
            **changes,
        }
    )
