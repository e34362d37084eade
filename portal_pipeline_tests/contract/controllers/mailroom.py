"""A bench with a supplier who uploads CFDIs, and a clerk who captures them in Sage."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.tenant import ImportRules, Posting
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.portal.retry import ReadRetry as PortalRetry
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi
from portal_pipeline.sandbox.http import mock_transport
from portal_pipeline.sandbox.portal import Cfdi
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry, OptionalValue
from portal_pipeline.sandbox.sage.company.records import InvoiceRecord
from portal_pipeline_tests.contract.controllers.bench import ORG, Bench
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    cfdi_xml,
    uuid_of,
)

NOW = datetime(2026, 3, 16, 18, 0, tzinfo=UTC)
VENDOR = "V001"
IMPORTS = ImportRules(
    tax_group_by_taxes={"IVA16": "IVA16", "IVA0": "IVA0"},
    tax_class_by_rate={"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4},
)
_UPLOAD = ("po_links", "additional_info", "served_body", "has_xml", "is_advance", "document_type")


class Mailroom(Bench):
    """One vendor, known on both sides; invoices of 116.00 unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.clock.now = NOW
        self.set(start_date=date(2026, 1, 1), imports=IMPORTS)
        self.provider = self.portal.add_provider(
            self.key, key="kemper", name="Kemper", rfc=SUPPLIER_RFC, external_id=VENDOR
        )
        self.company.add_vendor(
            vendor=VENDOR, name="Kemper", rfc=SUPPLIER_RFC, provider_id=self.provider.id
        )

    @property
    def web_api(self) -> Any:
        """The simulated Web API."""
        return self.web_api_simulator

    def close(self) -> None:
        """Close the portal and the ledger too."""
        super().close()
        self.portal.close()
        self.ledger_store.close()

    def _portal_client(self) -> PortalClient:
        return PortalClient(
            base_url=self.portal.base_url,
            tenant_id=self.key,
            key=SecretStr("key-1"),
            secret=SecretStr("secret-1"),
            transport=mock_transport(self.portal.handle),
            retry=PortalRetry(sleep=lambda _: None),
        )

    def _web_api_client(self) -> SageWebApi:
        return SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="PIPE",
            password=SecretStr("secret"),
            transport=mock_transport(self.web_api_simulator.handle),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
        )

    # People.

    def upload(self, name: str, *, approve: bool = True, **given: Any) -> Cfdi:
        """A supplier uploads a CFDI and sends it; the tenant approves it unless told otherwise."""
        upload = {key: given.pop(key) for key in _UPLOAD if key in given}
        provider_id = given.pop("provider_id", self.provider.id)
        cfdi = self.portal.upload_cfdi(
            self.key, xml=cfdi_xml(name, **given), provider_id=provider_id, **upload
        )
        self.portal.send_cfdi(self.key, cfdi.id)
        return self.portal.approve_cfdi(self.key, cfdi.id) if approve else cfdi

    def capture(self, number: str, uuid: str = "", *, post: bool = True, **given: Any) -> int:
        """A clerk captures an A/P invoice and posts it; the batch."""
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

    def set_posting(self, how: Posting) -> None:
        """How far imports go."""
        self.set(imports=IMPORTS.model_copy(update={"posting": how}))

    @property
    def person(self) -> WaysOut:
        """The ways out for a person."""
        return WaysOut(self.ledger, user="ana", reason="test")

    # Looking.

    def finding(
        self, name: str, operation: Operation, kind: DocumentKind = DocumentKind.INVOICE
    ) -> str:
        """Code of an operation's finding; its status where it has none, ``-`` without a row."""
        status, code = self.status(uuid_of(name), operation, kind)
        return code or status or "-"

    def in_sage(self, name: str) -> list[InvoiceRecord]:
        """Every A/P document that carries the UUID; copies that failed to post are left out."""
        return [
            one
            for one in self.company.invoices()
            if one.uuid == uuid_of(name) and one.error_entry == 0
        ]


def ref(name: str, kind: DocumentKind = DocumentKind.INVOICE) -> DocumentRef:
    """The name of a document."""
    return DocumentRef(kind=kind, key=uuid_of(name))
