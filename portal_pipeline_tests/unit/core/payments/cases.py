"""One payment of one good invoice, and how to make it different."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal_pipeline.core.identity import DocumentKind, TenantKey
from portal_pipeline.core.payments.facts import AppliedDocument, Pair, PayeeFacts, PaymentFacts
from portal_pipeline.core.portal import PortalCfdi
from portal_pipeline.core.sage import AppliedLine, BatchStatus, SageDocumentType, SagePayment
from portal_pipeline.core.tenant import Mode, PaymentRules, Tenant

NOW = datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
VENDOR = "V001"
PROVIDER = "64b7f0c2a1d4e8f901234567"
ACCOUNT = "5f0000000000000000000001"
PAYEE = PayeeFacts(provider_id=PROVIDER, external_id=VENDOR)


def uuid_of(number: str) -> str:
    return f"00000000-0000-4000-8000-{number.encode().hex().upper():0>12}"


def pair(number: str) -> Pair:
    return VENDOR, number


def money(text: str) -> Decimal:
    return Decimal(text)


def cfdi(number: str = "F1", balance: str | None = "100.00", **changes: object) -> PortalCfdi:
    amount = None if balance is None else Decimal(balance)
    whole = {
        "id": f"id-{number}",
        "uuid": uuid_of(number),
        "cfdi_type": "I",
        "status": "PENDING_PAYMENT",
        "status_group": "RECEIVED",
        "currency": "MXN",
        "total": amount,
        "balance": amount,
        "payment_method": "PPD",
        "provider_id": PROVIDER,
    }
    return PortalCfdi(**(whole | changes))  # type: ignore[arg-type]


def document(number: str = "F1", balance: str = "100.00", **changes: object) -> AppliedDocument:
    """A posted invoice that the portal has, fully paid in Sage; ``cfdi_`` prefixes its CFDI's."""
    of_cfdi = {k.removeprefix("cfdi_"): v for k, v in changes.items() if k.startswith("cfdi_")}
    rest = {k: v for k, v in changes.items() if not k.startswith("cfdi_")}
    whole = {
        "number": number,
        "uuid": uuid_of(number),
        "is_confirmed": True,
        "amount_due": Decimal(0),
        "cfdi": cfdi(**({"number": number, "balance": balance} | of_cfdi)),  # type: ignore[arg-type]
    }
    return AppliedDocument(**(whole | rest))  # type: ignore[arg-type]


def line(
    number: str = "F1",
    amount: str = "100.00",
    kind: SageDocumentType = SageDocumentType.INVOICE,
    **changes: object,
) -> AppliedLine:
    whole = {
        "vendor_id": VENDOR,
        "number": number,
        "document_type": kind,
        "amount": Decimal(amount),
    }
    return AppliedLine(**(whole | changes))  # type: ignore[arg-type]


def credit(number: str, amount: str) -> AppliedLine:
    return line(number, f"-{amount}", SageDocumentType.CREDIT_NOTE)


def payment(
    *lines: AppliedLine, amount: str | None = None, number: str = "PY1", **changes: object
) -> SagePayment:
    applied = lines or (line(),)
    total = Decimal(amount) if amount else sum((x.amount for x in applied), Decimal(0))
    whole = {
        "number": number,
        "batch": 10,
        "entry": 1,
        "batch_status": BatchStatus.POSTED,
        "error_entry": 0,
        "remit_type": 1,
        "vendor_id": VENDOR,
        "bank": "BANMXP",
        "bank_currency": "MXP",
        "vendor_currency": "MXP",
        "amount": total,
        "vendor_amount": total,
        "paid_on": date(2026, 3, 20),
        "posted_on": date(2026, 3, 20),
        "stamped_at": NOW - timedelta(hours=3),
        "lines": applied,
    }
    return SagePayment(**(whole | changes))  # type: ignore[arg-type]


def facts(
    of: SagePayment | None = None, *documents: AppliedDocument, **changes: object
) -> PaymentFacts:
    whole = {
        "payment": of or payment(),
        "documents": {pair(d.number): d for d in documents or (document(),)},
        "payee": PAYEE,
        "bank_account_id": ACCOUNT,
    }
    return PaymentFacts(**(whole | changes))  # type: ignore[arg-type]


def tenant(start: date | None = None, **rules: object) -> Tenant:
    return Tenant(
        key=TenantKey("acme"),
        name="Acme",
        rfc="AAA010101AAA",
        zone=ZoneInfo("America/Mexico_City"),
        mode=Mode.SANDBOX,
        start_dates={DocumentKind.PAYMENT: start} if start else {},
        payments=PaymentRules(**rules),  # type: ignore[arg-type]
    )
