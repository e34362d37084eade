"""The A/P invoice that is sent to Sage's Web API: one invoice, one batch.

The order of properties is the order in which Sage takes them, vendor first. Source: Web API sheet
1.1, 5.2 to 5.5 and 11; rules 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.general import CASE_NOT_SUPPORTED
from portal_pipeline.core.findings.invoices import NO_ACCOUNT_FOR_LINE, PERIOD_CLOSED, RATE_MISSING
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.models import ContentLine, InvoiceContent, SageTaxGroup
from portal_pipeline.core.invoices.posting_date import posting_date
from portal_pipeline.core.invoices.taxes import SageTaxes, sage_taxes
from portal_pipeline.core.money import CENT, ZERO, cents, same_currency
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import Tenant
from portal_pipeline.core.wire import JsonObject

TEXT_CHARS_MAX = 60
COMMENT_CHARS_MAX = 250
LINES_MAX = 4_900
"""Sage's line keys have five digits and step by 20 (Web API sheet 11)."""
TOKEN = "CFDI "  # noqa: S105 - the mark of our batches, no secret
"""Begins the batch description; the UUID follows (41 characters)."""


def batch_description(uuid: str) -> str:
    """By which our batch of a CFDI is found again."""
    return f"{TOKEN}{uuid.upper()}"


class Wanted(Frozen):
    """What has been decided about a document that is to enter Sage."""

    kind: DocumentKind
    vendor: SageVendor
    number: str
    applies_to: str = ""
    """Sage number of the invoice that a credit note applies to."""
    po_number: str = ""


def build_invoice(
    content: InvoiceContent,
    wanted: Wanted,
    tenant: Tenant,
    groups: Mapping[str, SageTaxGroup],
    today: date,
) -> JsonObject | Finding:
    """The body of the POST, or the first reason why there is none."""
    rules = tenant.imports
    if not 0 < len(content.lines) <= LINES_MAX:
        return CASE_NOT_SUPPORTED(case=f"{len(content.lines)} lines")
    posted_on = posting_date(content.issued_on, today, rules)
    if posted_on is None:
        return PERIOD_CLOSED(date=content.issued_on.isoformat())
    rate = _rate(content, tenant)
    if isinstance(rate, Finding):
        return rate
    accounts = _accounts(content, wanted.vendor, tenant)
    if isinstance(accounts, Finding):
        return accounts
    nets = line_amounts(content)
    if nets is None:
        return CASE_NOT_SUPPORTED(case="lines that do not add up to the subtotal")
    taxes = sage_taxes(content, nets, rules, groups)
    if isinstance(taxes, Finding):
        return taxes
    invoice = _header(content, wanted, posted_on, rate, taxes)
    invoice["InvoiceDetails"] = [
        _detail(*parts) for parts in zip(content.lines, accounts, nets, taxes.classes, strict=True)
    ]
    invoice["InvoiceOptionalFields"] = [
        {"OptionalField": tenant.fields.cfdi_uuid, "Value": content.uuid.upper()}
    ]
    return {"Description": batch_description(content.uuid), "Invoices": [invoice]}


def _header(
    content: InvoiceContent,
    wanted: Wanted,
    posted_on: date,
    rate: Decimal | None,
    taxes: SageTaxes,
) -> dict[str, Any]:
    is_credit = wanted.kind == DocumentKind.CREDIT_NOTE
    header: dict[str, Any] = {
        "VendorNumber": wanted.vendor.vendor_id,
        "DocumentType": "CreditNote" if is_credit else "Invoice",
        "DocumentNumber": wanted.number,
        "InvoiceDescription": _cut(f"{content.issuer_name} {content.serie}{content.folio}"),
        "DocumentDate": content.issued_on.isoformat(),
        "PostingDate": posted_on.isoformat(),
    }
    if rate is not None:
        header |= {"RateDate": content.issued_on.isoformat(), "ExchangeRate": rate}
    if wanted.po_number:
        header["PONumber"] = wanted.po_number
    if wanted.applies_to:
        header["ApplytoDocument"] = wanted.applies_to
    header["TaxGroup"] = taxes.group
    if taxes.given is None:
        header["TaxAmountControl"] = "Calculate"
    else:
        header["TaxAmountControl"] = "Distribute"
        header |= {f"TaxAmount{n}": amount for n, amount in enumerate(taxes.given, start=1)}
    header["DocumentTotalIncludingTax"] = content.total
    return header


def _detail(
    line: ContentLine, account: tuple[str, str], net: Decimal, classes: tuple[int, ...]
) -> dict[str, Any]:
    description = " ".join(line.description.split())
    detail: dict[str, Any] = {
        "DistributionDescription": _cut(description),
        account[0]: account[1],
        "DistributedAmount": net,
    }
    detail |= {f"TaxClass{n}": item_class for n, item_class in enumerate(classes, start=1)}
    rest = description[TEXT_CHARS_MAX:].strip()
    if rest:
        detail["Comment"] = rest[:COMMENT_CHARS_MAX]
    return detail


def _cut(text: str) -> str:
    return " ".join(text.split())[:TEXT_CHARS_MAX].strip()


def _rate(content: InvoiceContent, tenant: Tenant) -> Decimal | Finding | None:
    """The CFDI's own rate for a foreign currency; None for the company's."""
    if same_currency(content.currency, tenant.home_currency):
        return None
    if content.exchange_rate is None or content.exchange_rate <= 0:
        return RATE_MISSING(currency=content.currency)
    return content.exchange_rate


def _accounts(
    content: InvoiceContent, vendor: SageVendor, tenant: Tenant
) -> list[tuple[str, str]] | Finding:
    """Per line, the property and value that say where it is booked."""
    rules = tenant.imports
    usual: tuple[str, str] | None = None
    if vendor.distribution_code:
        usual = ("DistributionCode", vendor.distribution_code)
    elif vendor.gl_account:
        usual = ("GLAccount", vendor.gl_account)
    found: list[tuple[str, str]] = []
    for number, line in enumerate(content.lines, start=1):
        account = (
            rules.account_by_product.get(line.product)
            or rules.account_by_vendor.get(vendor.vendor_id)
            or rules.default_account
        )
        place = ("GLAccount", account) if account else usual
        if place is None:
            return NO_ACCOUNT_FOR_LINE(line=number, product=line.product or "-")
        found.append(place)
    return found


def line_amounts(content: InvoiceContent) -> tuple[Decimal, ...] | None:
    """The lines in cents, summing up to the CFDI's net; None when they are not its lines.

    Lines may have six decimals where the subtotal has two: what rounding leaves over, at most half
    a cent a line, goes to the largest.
    """
    nets = [cents(line.amount) for line in content.lines]
    left = cents(content.net) - sum(nets, ZERO)
    if abs(left) > CENT * len(nets):
        return None
    if left:
        largest = max(range(len(nets)), key=lambda n: nets[n])
        nets[largest] += left
    return tuple(nets)
