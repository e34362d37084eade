"""Suppliers, invoices and payments for the tests of payment_upload and payment_check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.sandbox.portal import Cfdi, Payment
from portal_pipeline.sandbox.sage.company import (
    ApDetail,
    ApDocumentType,
    ApEntry,
    Application,
    OptionalValue,
)
from portal_pipeline_tests.contract.controllers.bench import VENDOR, Bench
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    uuid_of,
)

BANK = "BANMXP"
ISSUED = date(2026, 3, 10)
"""Day of the CFDIs."""
D = Decimal


class Treasury:
    """One supplier with his invoices on both sides, and payments in Sage."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.provider = bench.provider
        self.account = bench.portal.add_bank_account(
            bench.key, key="bank", name="Banco", bank_name="Banco", account_number="1"
        )
        bench.company.set_bank_portal_account(bank=BANK, account=self.account.id)

    def status(
        self, key: str, operation: Operation, kind: DocumentKind = DocumentKind.PAYMENT
    ) -> tuple[str, str]:
        """(status, code of the finding) of an operation; blank when there is none."""
        row = self.bench.row(key, operation, kind)
        if row is None:
            return "", ""
        return row.status.value, row.finding.code if row.finding else ""

    def name(self, number: str) -> str:
        """CFDI name of a document: UUIDs differ by tenant."""
        return f"{self.bench.key}-{number}"

    def uuid(self, number: str) -> str:
        return uuid_of(self.name(number))

    def upload(self, number: str, **document: Any) -> Cfdi:
        """The supplier's CFDI, approved; 116.00 unless told."""
        return self.bench.upload(
            self.name(number), **({"provider_id": self.provider.id} | document)
        )

    def capture(
        self,
        number: str,
        total: str = "116.00",
        *,
        uuid: str | None = "",
        vendor: str = VENDOR,
        kind: ApDocumentType = ApDocumentType.INVOICE,
        **more: Any,
    ) -> int:
        """The document in Sage, posted; ``uuid`` None: captured without. Gives the batch."""
        found = self.uuid(number) if uuid == "" else uuid
        fields = (OptionalValue(name="FOLIOCFD", value=found),) if found else ()
        net = (D(total) / D("1.16")).quantize(D("0.01"))
        entry = ApEntry(
            vendor=vendor,
            number=number,
            document_date=ISSUED,
            document_type=kind,
            details=(ApDetail(amount=net, gl_account="5100100"),),
            optional_fields=fields,
            **more,
        )
        batch = self.bench.company.create_ap_invoice_batch(
            description="clerk", date=ISSUED, entries=[entry]
        )
        posting = self.bench.company.post_ap_invoice_batch(batch)
        assert not posting.errors, posting.errors
        return batch

    def invoice(self, number: str, total: str = "116.00", **document: Any) -> Cfdi:
        """An invoice on both sides."""
        cfdi = self.upload(number, total=total, **document)
        self.capture(number, total)
        return cfdi

    def pay(self, number: str, *lines: tuple[str, str] | Application, **more: Any) -> None:
        """A posted payment, old enough to be settled."""
        applications = [
            line
            if isinstance(line, Application)
            else Application(number=line[0], amount=D(line[1]))
            for line in lines
        ]
        made = self.bench.company.pay(
            **(
                {"bank": BANK, "vendor": VENDOR, "number": number, "applications": applications}
                | more
            )
        )
        assert made.posting is None or not made.posting.errors, made.posting
        self.bench.advance(hours=1, minutes=1)

    def type_in(self, number: str, invoice: str, amount: str = "116.00", **changes: Any) -> Payment:
        """Somebody, or the old system, registers a payment of the invoice in the portal."""
        today = self.bench.clock.now.astimezone(self.bench.tenant.zone).date()
        line = {
            "uuid": self.uuid(invoice),
            "amount": D(amount),
            "currency": "MXN",
            "exchange_rate": 1,
            "payment_amount": D(amount),
        }
        request = {
            "external_id": number,
            "currency": "MXN",
            "payment_date": f"{today.isoformat()}T10:00:00.000Z",
            "total_amount": D(amount),
            "provider_external_id": VENDOR,
            "cfdis": [line],
        }
        return self.bench.portal.create_payment_by_person(self.bench.key, request | changes)

    def in_portal(self, number: str) -> list[Any]:
        """The portal's payments with this number."""
        return list(self.bench.portal.payments_of(self.bench.key, number))

    def balance(self, number: str) -> Decimal:
        cfdi = self.bench.portal.cfdi(self.bench.key, self.uuid(number))
        assert cfdi is not None
        return cfdi.balance
