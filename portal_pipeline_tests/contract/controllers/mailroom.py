"""A bench with the clerk who captures invoices in Sage, and the names that CFDI tests speak in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.tenant import ImportRules, Posting
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi
from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, OptionalValue
from portal_pipeline.sandbox.sage.company.records import InvoiceRecord
from portal_pipeline_tests.contract.controllers.bench import ORG, VENDOR, Bench
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

IMPORTS = ImportRules(
    tax_group_by_taxes={"IVA16": "IVA16", "IVA0": "IVA0"},
    tax_class_by_rate={"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4},
)


class Mailroom(Bench):
    """Documents are named as they were uploaded; their UUID follows from the name."""

    def __init__(self, folder: Path, **given: Any) -> None:
        super().__init__(folder, **given)
        self.set(start_date=date(2026, 1, 1), imports=IMPORTS)

    def _web_api_client(self) -> SageWebApi:
        """Reads are tried again without waiting."""
        return SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="PIPE",
            password=SecretStr("secret"),
            transport=mock_transport(self.web_api.handle),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
        )

    def set_posting(self, how: Posting) -> None:
        """How far imports go."""
        self.set(imports=IMPORTS.model_copy(update={"posting": how}))

    def capture(self, number: str, uuid: str = "", *, post: bool = True, **given: Any) -> int:
        """A clerk captures an A/P invoice of 116.00 and posts it; the batch."""
        fields = (OptionalValue(name="FOLIOCFD", value=uuid),) if uuid else ()
        entry = ApEntry(
            **{
                "vendor": VENDOR,
                "number": number,
                "document_date": date(2026, 3, 10),
                "details": (ApDetail(amount=Decimal(100), gl_account="5100100"),),
                "optional_fields": fields,
                **given,
            }
        )
        batch = self.company.create_ap_invoice_batch(
            description="clerk", date=date(2026, 3, 16), entries=(entry,)
        )
        if post:
            self.company.post_ap_invoice_batch(batch)
        return batch

    @property
    def person(self) -> WaysOut:
        """The ways out for a person."""
        return WaysOut(self.ledger, user="ana", reason="test")

    def reason(
        self, name: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> str:
        """Code of an operation's finding; its status where it has none, blank without a row."""
        return self.finding(uuid_of(name), operation, kind)

    def alive(self, name: str) -> list[InvoiceRecord]:
        """A/P documents that carry the UUID; copies that failed to post are left out."""
        return [one for one in self.in_sage(uuid_of(name)) if one.error_entry == 0]

    def rows(self, table: str, columns: str, **where: object) -> list[dict[str, Any]]:
        """Rows of Sage's own tables, for what no record shows."""
        with self.company.reading() as unit:
            return [dict(row) for row in unit.rows(table, where, *columns.split())]


def ref(name: str, kind: DocumentKind = DocumentKind.INVOICE) -> DocumentRef:
    """The name of a document."""
    return DocumentRef(kind=kind, key=uuid_of(name))
