"""The A/P invoice that is sent to Sage's Web API: one invoice, one batch.

The order of properties is the order in which Sage takes them, vendor first. Source: Web API sheet
1.1, 5.2 to 5.5 and 11; rules 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.invoices import (
    ACCOUNT_UNUSABLE,
    OPTIONAL_FIELD_UNUSABLE,
    PERIOD_CLOSED,
    RATE_MISSING,
    TOO_MANY_LINES,
)
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.lines import (
    BookedLine,
    added_taxes,
    booked_lines,
    withheld_by_kind,
)
from portal_pipeline.core.invoices.models import InvoiceContent
from portal_pipeline.core.invoices.posting_date import posting_date
from portal_pipeline.core.invoices.setup import SageSetup
from portal_pipeline.core.invoices.taxes import SageTaxes, TaxControl, groups_by_taxes, sage_taxes
from portal_pipeline.core.money import ZERO, same_currency
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import (
    ImportRules,
    RateOperator,
    RateSource,
    Route,
    Tenant,
    Withholdings,
)
from portal_pipeline.core.wire import JsonObject

TEXT_CHARS_MAX = 60
COMMENT_CHARS_MAX = 250
LINES_MAX = 4_900
"""Sage's line keys have five digits and step by 20 (Web API sheet 11)."""
RATE_UNIT = Decimal("0.0000001")
"""Sage keeps rates with seven decimals (Web API sheet 5.2)."""
UUID_CHARS = 36
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
    expense: str = ""
    """Value of the dossier's expense field."""
    tax_group: str = ""
    """Value of the dossier's tax group field."""
    route: Route = Route.WEB_API


def group_names(content: InvoiceContent, wanted: Wanted, rules: ImportRules) -> tuple[str, ...]:
    """Every tax group that a mapping names for the document, the most particular first."""
    all_taxes = [line.taxes for line in content.lines]
    added = [added_taxes(line, rules) for line in content.lines]
    # A group for Sage's own withholding is mapped by the whole mixture.
    whole = groups_by_taxes(all_taxes, rules) if rules.withholdings == Withholdings.SAGE else ()
    names = (
        rules.tax_group_by_vendor.get(wanted.vendor.vendor_id, ""),
        rules.tax_group_by_dossier.get(wanted.tax_group, ""),
        *whole,
        *groups_by_taxes(added, rules),
        wanted.vendor.tax_group,
    )
    return tuple(dict.fromkeys(name for name in names if name))


def build_invoice(
    content: InvoiceContent,
    wanted: Wanted,
    tenant: Tenant,
    setup: SageSetup,
    today: date,
) -> JsonObject | Finding:
    """The body of the POST, or the first reason why there is none.

    Args:
        content: of the CFDI.
        wanted: what has been decided about it.
        tenant: with its import rules.
        setup: tax groups, accounts and optional fields of Sage.
        today: in the company's zone.
    """
    rules = tenant.imports
    posted_on = posting_date(content.issued_on, today, rules)
    if posted_on is None:
        return PERIOD_CLOSED(date=content.issued_on.isoformat())
    rate = _rate(content, tenant)
    if isinstance(rate, Finding):
        return rate
    lines = booked_lines(content, wanted.vendor, wanted.expense, rules)
    if isinstance(lines, Finding):
        return lines
    unusable = _unusable(lines, tenant, setup)
    if unusable is not None:
        return unusable
    withheld = withheld_by_kind(content) if rules.withholdings == Withholdings.SAGE else {}
    total = content.total + sum((tax.amount for tax in withheld.values()), ZERO)
    names = group_names(content, wanted, rules)
    taxes = sage_taxes(lines, total, names, rules, setup.tax_groups, withheld)
    if isinstance(taxes, Finding):
        return taxes
    invoice = _header(content, wanted, posted_on, rate, taxes)
    invoice["DocumentTotalIncludingTax"] = total
    invoice["InvoiceDetails"] = [_detail(line, taxes, number) for number, line in enumerate(lines)]
    invoice["InvoiceOptionalFields"] = [
        {"OptionalField": tenant.fields.cfdi_uuid, "Value": content.uuid.upper()}
    ]
    return {"Description": batch_description(content.uuid), "Invoices": [invoice]}


def _unusable(lines: Sequence[BookedLine], tenant: Tenant, setup: SageSetup) -> Finding | None:
    """What of Sage's set-up would refuse the document, seen before it is sent."""
    if not 0 < len(lines) <= LINES_MAX:
        return TOO_MANY_LINES(lines=len(lines), most=LINES_MAX)
    field = tenant.fields.cfdi_uuid
    if setup.field_length is None or setup.field_length < UUID_CHARS:
        length = "-" if setup.field_length is None else setup.field_length
        return OPTIONAL_FIELD_UNUSABLE(field=field, length=length)
    for place in dict.fromkeys(line.place for line in lines):
        if place not in setup.usable:
            return ACCOUNT_UNUSABLE(account=place.name)
    return None


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
    header["TaxAmountControl"] = taxes.control.value
    if taxes.control == TaxControl.ENTER:
        header["TaxBaseControl"] = TaxControl.ENTER.value
        header |= _numbered(
            "TaxBase", [sum(column, ZERO) for column in zip(*taxes.line_bases, strict=True)]
        )
    header |= _numbered("TaxAmount", taxes.totals)
    header |= {f"EstimatedTaxWithheldAmount{n}": one for n, one in taxes.withheld.items()}
    return header


def _detail(line: BookedLine, taxes: SageTaxes, number: int) -> dict[str, Any]:
    description = " ".join(line.description.split())
    detail: dict[str, Any] = {"DistributionDescription": _cut(description)}
    if line.place.code:
        detail["DistributionCode"] = line.place.code
    else:
        detail["GLAccount"] = line.place.account
    detail["DistributedAmount"] = line.net
    detail |= _numbered("TaxClass", taxes.classes[number])
    if taxes.line_amounts:
        detail |= _numbered("BaseTax", taxes.line_bases[number])
        detail |= _numbered("TaxAmount", taxes.line_amounts[number])
    rest = description[TEXT_CHARS_MAX:].strip()
    if rest:
        detail["Comment"] = rest[:COMMENT_CHARS_MAX]
    return detail


def _numbered(name: str, values: Iterable[object]) -> dict[str, object]:
    return {f"{name}{n}": value for n, value in enumerate(values, start=1)}


def _cut(text: str) -> str:
    return " ".join(text.split())[:TEXT_CHARS_MAX].strip()


def _rate(content: InvoiceContent, tenant: Tenant) -> Decimal | Finding | None:
    """The CFDI's own rate for a foreign currency; None where Sage's own counts."""
    rules = tenant.imports
    if same_currency(content.currency, tenant.home_currency) or rules.rate == RateSource.SAGE:
        return None
    if content.exchange_rate is None or content.exchange_rate <= 0:
        return RATE_MISSING(currency=content.currency)
    if rules.rate_operator == RateOperator.MULTIPLY:
        return content.exchange_rate
    return (1 / content.exchange_rate).quantize(RATE_UNIT, rounding=ROUND_HALF_UP)
