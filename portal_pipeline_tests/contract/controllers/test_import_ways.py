"""cfdi_import through the Web API in every way that a tenant can choose, and what Sage refuses."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.tenant import CfdiRules, Check, Posting, RateSource, TaxMode, Withholdings
from portal_pipeline.sandbox.cfdi import (
    InvoiceSpec,
    LineSpec,
    PartySpec,
    build_invoice,
    isr_withheld,
    iva,
    iva_withheld,
)
from portal_pipeline.sandbox.sage.company import ApDetail
from portal_pipeline.sandbox.sage.company.ap_batches import BatchState
from portal_pipeline.sandbox.sage.company.records import InvoiceRecord
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import IMPORTS, Mailroom, ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    TENANT_RFC,
    uuid_of,
)

HONORARIUM = "IVA16+RET_ISR10+RET_IVA10.6667"
RETENTIONS = {"RET_ISR": "2160100", "RET_IVA": "2160100"}
IMPORT = Operation.IMPORT
HAS_EXTRA = all(importlib.util.find_spec(name) for name in ("satcfdi", "cryptography"))


def upload(room: Mailroom, name: str, lines: tuple[LineSpec, ...], **given: Any) -> InvoiceSpec:
    """An approved invoice of these lines."""
    spec = InvoiceSpec(
        uuid=uuid_of(name),
        issuer=PartySpec(rfc=SUPPLIER_RFC, name="KEMPER"),
        receiver=PartySpec(rfc=TENANT_RFC, name="COMPRADORA"),
        issued_at=datetime(2026, 3, 10, 9, 30),
        lines=lines,
        serie="F",
        folio=name,
        **given,
    )
    cfdi = room.portal.upload_cfdi(room.key, xml=build_invoice(spec), provider_id=room.provider.id)
    room.portal.send_cfdi(room.key, cfdi.id)
    room.portal.approve_cfdi(room.key, cfdi.id)
    return spec


def line(price: str, *taxes: Any, quantity: str = "1") -> LineSpec:
    """A line with its taxes; VAT of 16 % where none is named."""
    return LineSpec("Servicio", Decimal(quantity), Decimal(price), taxes=taxes or (iva(16),))


FEE = (line("1000.00", iva(16), isr_withheld(), iva_withheld()),)
ROUNDING = tuple(line("0.03", iva(16)) for _ in range(3))


def cycle(room: Mailroom) -> StepReport:
    """Download, then import; the import's report."""
    room.run(CfdiDownload)
    return room.run(CfdiImport)


def imported(room: Mailroom, name: str) -> InvoiceRecord:
    """The one document of the CFDI that is in Sage, posted."""
    (found,) = [one for one in room.alive(name) if one.is_posted]
    return found


def rules(room: Mailroom, **changes: object) -> None:
    """Change the import rules; everything is posted."""
    room.set(imports=IMPORTS.model_copy(update={"posting": Posting.POST, **changes}))


@pytest.mark.parametrize("mode", [TaxMode.AUTOMATIC, TaxMode.DISTRIBUTED, TaxMode.ENTERED])
@pytest.mark.parametrize("lines", [FEE[:1], ROUNDING, (line("99.99"), line("0.01", iva(0)))])
def test_in_every_tax_mode_the_document_posts_with_the_cfdis_total(
    room: Mailroom, mode: TaxMode, lines: tuple[LineSpec, ...]
) -> None:
    groups = {**IMPORTS.tax_group_by_taxes, HONORARIUM: "IVA16HON"}
    rules(room, tax_mode=mode, default_account="5100100", tax_group_by_taxes=groups)
    spec = upload(room, "1", lines)
    cycle(room)
    cycle(room)
    assert imported(room, "1").total == spec.total
    assert room.reason("1", IMPORT) == "done"


@pytest.mark.parametrize(
    ("way", "group", "total", "amounts"),
    [
        (Withholdings.AUTHORITY, {HONORARIUM: "IVA16HON"}, "953.33", ["1000.00"]),
        (Withholdings.LINE, {"IVA16": "IVA16"}, "953.33", ["1000.00", "-100.00", "-106.67"]),
        (Withholdings.SAGE, {"IVA16": "IVA16"}, "1160.00", ["1000.00"]),
    ],
)
def test_withholdings_are_carried_as_the_tenant_has_set_sage_up_and_confirmed_so(
    room: Mailroom, way: Withholdings, group: dict[str, str], total: str, amounts: list[str]
) -> None:
    """Sage's own withholding keeps the document whole; it is confirmed all the same."""
    rules(
        room,
        withholdings=way,
        withholding_accounts=RETENTIONS,
        default_account="5100100",
        tax_group_by_taxes=group,
    )
    spec = upload(room, "1", FEE)
    assert spec.total == Decimal("953.33")
    cycle(room)
    cycle(room)
    found = imported(room, "1")
    assert found.total == Decimal(total)
    details = room.rows("APIBD", "AMTDIST", CNTBTCH=found.batch)
    assert [f"{one['AMTDIST']:.2f}" for one in details] == amounts
    assert room.reason("1", IMPORT) == "done"


def test_a_document_captured_by_hand_under_sages_own_withholding_is_linked_by_its_whole_total(
    room: Mailroom,
) -> None:
    rules(room, withholdings=Withholdings.SAGE)
    upload(room, "1", FEE)
    room.capture("F1", details=(ApDetail(amount=Decimal(1000), gl_account="5100100"),))
    cycle(room)
    assert room.reason("1", IMPORT) == "done"


def test_a_foreign_invoice_takes_sages_rate_where_the_tenant_says_so(room: Mailroom) -> None:
    rules(room, rate=RateSource.SAGE, default_account="5100200")
    room.company.add_vendor(
        vendor="V002", name="Kemper USD", rfc=SUPPLIER_RFC, provider_id=room.provider.id,
        currency="USD",
    )  # fmt: skip
    upload(room, "1", (line("100.00"),), currency="USD", exchange_rate=Decimal("17.1234"))
    cycle(room)
    found = imported(room, "1")
    (entry,) = room.rows("APIBH", "EXCHRATEHC SWMANRTE", CNTBTCH=found.batch)
    assert (entry["EXCHRATEHC"], entry["SWMANRTE"]) == (Decimal("17.5"), 0)


# -- what Sage would refuse, seen before anything is sent ------------------------------------------


@pytest.mark.parametrize("account", ["5100999", "9999999", "code:NONE"])
def test_an_account_that_is_missing_or_inactive_holds_the_document_until_it_is_mended(
    room: Mailroom, account: str
) -> None:
    rules(room, account_by_vendor={VENDOR: account})
    room.upload("1")
    report = cycle(room)
    assert (report.held, report.acted) == (1, 0)
    assert room.reason("1", IMPORT) == "account_unusable"
    rules(room, account_by_vendor={VENDOR: "5100100"})
    cycle(room)
    assert imported(room, "1").total == Decimal("116.00")


def test_an_optional_field_that_is_not_defined_holds_the_document(room: Mailroom) -> None:
    fields = room.tenant.fields.model_copy(update={"cfdi_uuid": "UUIDCFDI"})
    room.set(fields=fields)
    room.upload("1")
    assert cycle(room).held == 1
    assert room.reason("1", IMPORT) == "optional_field_unusable"


def test_an_inactive_vendor_holds_the_document_until_he_is_active(room: Mailroom) -> None:
    room.company.set_vendor_active(vendor=VENDOR, is_active=False)
    room.upload("1")
    cycle(room)
    assert room.reason("1", IMPORT) == "vendor_for_currency"
    room.company.set_vendor_active(vendor=VENDOR, is_active=True)
    assert cycle(room).succeeded == 1


def test_a_period_that_sage_has_closed_is_told_with_sages_text(room: Mailroom) -> None:
    """Without ``periods_closed_until`` only posting can see it; the entry is not lost."""
    room.company.set_periods_closed(through=date(2026, 3, 31))
    rules(room)
    room.upload("1")
    cycle(room)
    cycle(room)
    row = room.row(uuid_of("1"), IMPORT)
    assert row is not None
    assert row.finding is not None
    assert (row.status, row.finding.code) == (Status.REJECTED, "posting_refused")
    assert "period" in row.finding.params["error"].lower()


@pytest.mark.skipif(not HAS_EXTRA, reason="the extra portal-pipeline[sat] is not installed")
def test_a_broken_seal_holds_the_document_and_stands_in_its_ledger(room: Mailroom) -> None:
    """These seals verify as nothing; the tenant looks at seals."""
    room.set(cfdi=CfdiRules(schema_check=Check.OFF))
    room.upload("1")
    assert cycle(room).acted == 0
    row = room.row(uuid_of("1"), IMPORT)
    assert row is not None
    assert row.finding is not None
    assert row.finding.code == "cfdi_has_errors"
    assert "seal_invalid" in row.finding.params["errors"]
    details = room.ledger.documents(DocumentKind.INVOICE, [uuid_of("1")])[uuid_of("1")].details
    assert details["seal"] == "invalid"


def test_what_was_checked_stands_in_the_ledger_from_the_download_on(room: Mailroom) -> None:
    room.upload("1")
    room.run(CfdiDownload)
    details = room.ledger.documents(DocumentKind.INVOICE, [uuid_of("1")])[uuid_of("1")].details
    assert (details["seal"], details["schema"]) == ("not_checked", "not_checked")
    assert details["check"]


# -- batches without an entry ----------------------------------------------------------------------


def test_the_empty_batch_of_a_refused_invoice_is_filled_not_left_behind(room: Mailroom) -> None:
    """A refused POST may leave its batch: the next attempt goes into that one."""
    room.web_api.switches = replace(room.web_api.switches, many_invoices="shell")
    room.company.require_invoice_fields("AFE")
    room.upload("1")
    assert cycle(room).refused == 1
    (shell,) = room.rows("APIBC", "CNTBTCH CNTINVCENT")
    assert shell["CNTINVCENT"] == 0
    room.company.require_invoice_fields()
    room.person.requeue(ref("1"), IMPORT)
    assert cycle(room).succeeded == 1
    (entry,) = room.alive("1")
    assert (entry.batch, entry.batch_state) == (shell["CNTBTCH"], BatchState.OPEN)
    row = room.row(uuid_of("1"), IMPORT, DocumentKind.INVOICE)
    assert row is not None
    assert row.remote_id == f"{entry.batch}/{entry.entry}"
