"""What keeps an invoice from being sent: number, period, accounts, taxes, the CFDI itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal_pipeline.core.decisions import Status
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.payload import LINES_MAX
from portal_pipeline.core.tenant import CfdiRules, Check, PostingDate, TaxMode, Withholdings
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import needs_sat, scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT = Operation.IMPORT


def _imported(town: Town, name: str) -> bool:
    return len(town.alive(name)) == 1


@needs_sat
@scenario
def invoice_with_a_broken_seal(town: Town) -> None:
    """An invoice whose seal is broken is not imported."""
    town.set(cfdi=CfdiRules(schema_check=Check.OFF))
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), town.alive("1")) == ("cfdi_has_errors", [])


@scenario
def invoice_with_too_many_lines(town: Town) -> None:
    """An invoice with more lines than a Sage entry takes is captured by a clerk."""
    start, end = b"<cfdi:Conceptos>", b"</cfdi:Conceptos>"
    xml = cfdi_xml("1").replace(b' Descripcion="Material 1"', b' Descripcion="x"')
    head, rest = xml.split(start)
    line, tail = rest.split(end)
    nothing = line.replace(b'"100.00"', b'"0"').replace(b'"16.00"', b'"0"')
    town.send_in(head + start + line + nothing * LINES_MAX + end + tail)
    town.cycle()
    assert (town.reason("1", IMPORT), town.alive("1")) == ("too_many_lines", [])


@scenario
def vendor_without_any_account(town: Town) -> None:
    """A line that no mapping, no vendor and no default places waits for its account."""
    with town.company.writing() as unit:
        unit.update("APVEN", {"VENDORID": VENDOR}, DISTCODE="", GLACCNT="")
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "no_account_for_line"
    town.set_imports(account_by_product={"01010101": "5100100"})
    town.cycle()
    assert _imported(town, "1")


@scenario
def number_that_is_too_long_or_empty(town: Town) -> None:
    """Without a number, or with one too long for Sage, the end of the UUID is the number."""
    town.send_in(cfdi_xml("1").replace(b'Serie="F" Folio="1"', b""))
    town.send_in(cfdi_xml("2").replace(b'Folio="2"', b'Folio="' + b"2" * 22 + b'"'))
    town.send_in(cfdi_xml("3").replace(b'Serie="F"', b'Serie="f a"'))
    town.cycle()
    numbers = [town.alive(name)[0].number for name in ("1", "2", "3")]
    assert numbers == [uuid_of("1")[-12:], uuid_of("2")[-12:], "FA3"]


@scenario
def two_invoices_with_one_number(town: Town) -> None:
    """Of two CFDIs of a vendor with one number one is imported, and the other waits for another."""
    town.web_api.switches = replace(town.web_api.switches, open_duplicates="allow")
    town.upload("1")
    town.send_in(cfdi_xml("2", total="232.00").replace(b'Folio="2"', b'Folio="1"'))
    town.cycle()
    reasons = sorted(town.reason(name, IMPORT) for name in ("1", "2"))
    assert reasons == ["batch_waits_for_posting", "number_taken"]
    assert len(town.alive("1")) + len(town.alive("2")) == 1


@scenario
def taken_number_settled_by_a_person(town: Town) -> None:
    """An invoice whose number is taken ends by a link to its document, or dismissed."""
    for name in ("1", "2"):
        town.capture(f"F{name}", uuid_of(f"mistyped {name}"))
        town.upload(name)
    town.cycle()
    assert {town.reason(name, IMPORT) for name in ("1", "2")} == {"number_taken"}
    town.capture("F1-BIS")
    town.person.link(ref("1"), VENDOR, "F1-BIS")
    town.person.dismiss(ref("2"), IMPORT)
    town.cycle()
    rows = [town.row(uuid_of(name), IMPORT) for name in ("1", "2")]
    assert [row.status for row in rows if row] == [Status.DONE, Status.DISMISSED]


@scenario
def invoice_of_last_month_after_its_closing(town: Town) -> None:
    """By default an invoice of a closed period is posted on the first day that is open."""
    town.set_imports(periods_closed_until=date(2026, 3, 12))
    town.upload("1")
    town.upload("2", issued="2026-03-14T09:30:00")
    town.cycle()
    days = [town.alive(name)[0].posting_date for name in ("1", "2")]
    assert days == [date(2026, 3, 13), date(2026, 3, 14)]


@scenario
def invoices_posted_on_the_day_of_their_import(town: Town) -> None:
    """With `posting_date = today` every invoice is posted on the day of its import."""
    town.set_imports(posting_date=PostingDate.TODAY)
    town.upload("1")
    town.cycle()
    (entry,) = town.alive("1")
    assert (entry.posting_date, entry.document_date) == (date(2026, 3, 16), date(2026, 3, 10))


@scenario
def taxes_that_are_not_set_up(town: Town) -> None:
    """An invoice waits until the settings have Sage's tax group and class for its taxes."""
    ieps, odd, unknown = (cfdi_xml(name) for name in ("1", "2", "3"))
    town.send_in(ieps.replace(b'Impuesto="002"', b'Impuesto="003"'))
    town.send_in(odd.replace(b'TasaOCuota="0.160000"', b'TasaOCuota="0.110000"'))
    town.send_in(unknown.replace(b'Impuesto="002"', b'Impuesto="009"'))
    town.cycle()
    reasons = [town.reason(name, IMPORT) for name in ("1", "2", "3")]
    assert reasons == ["no_tax_group", "no_tax_class", "tax_not_known"]
    assert not any(town.alive(name) for name in ("1", "2", "3"))


@scenario
def withholding_without_an_account(town: Town) -> None:
    """An invoice with a withholding waits until the settings name its account."""
    town.set_imports(withholdings=Withholdings.LINE)
    held_back = (
        b'<cfdi:Retenciones><cfdi:Retencion Base="100.00" Impuesto="001" TipoFactor="Tasa"'
        b' TasaOCuota="0.100000" Importe="10.00"/></cfdi:Retenciones>'
    )
    xml = cfdi_xml("1").replace(b'Total="116.00"', b'Total="106.00"')
    town.send_in(xml.replace(b"<cfdi:Impuestos>", b"<cfdi:Impuestos>" + held_back))
    town.cycle()
    assert town.reason("1", IMPORT) == "account_of_tax_missing"
    assert not town.alive("1")


@scenario
def account_that_is_inactive(town: Town) -> None:
    """An invoice waits until its account can be used in Sage."""
    town.upload("1")
    town.set_imports(account_by_vendor={VENDOR: "5100999"})
    town.cycle()
    assert town.reason("1", IMPORT) == "account_unusable"
    town.set_imports(account_by_vendor={VENDOR: "5100100"})
    town.cycle()
    assert _imported(town, "1")


@scenario
def field_for_the_uuid_is_not_defined(town: Town) -> None:
    """Nothing is imported while Sage cannot hold the UUID that confirms it."""
    town.set(fields=town.tenant.fields.model_copy(update={"cfdi_uuid": "UUIDCFDI"}))
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "optional_field_unusable"
    assert not town.alive("1")


@scenario
def invoice_that_keeps_its_own_date(town: Town) -> None:
    """With `posting_date = cfdi` an invoice waits while the period of its date is closed."""
    town.set_imports(periods_closed_until=date(2026, 12, 31), posting_date=PostingDate.CFDI)
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "period_closed"
    assert not town.alive("1")


@scenario
def dollar_invoice_without_rate(town: Town) -> None:
    """A dollar invoice whose CFDI has no exchange rate is captured by a clerk."""
    town.company.add_vendor(
        vendor="V001U", name="Kemper", currency="USD", provider_id=town.provider.id
    )
    town.upload("1", currency="USD")
    town.cycle()
    assert town.reason("1", IMPORT) == "rate_missing"
    assert not town.alive("1")


@scenario
def number_that_the_vendor_has_already(town: Town) -> None:
    """A number that another document has waits for a person, who may name another one."""
    town.capture("F1", uuid_of("somebody else"))
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "number_taken"
    town.person.requeue(ref("1"), IMPORT, number="F1-B")
    town.cycle()
    assert town.alive("1")[0].number == "F1-B"


@scenario
def taxes_that_sage_would_compute_otherwise(town: Town) -> None:
    """An invoice waits while Sage would book other taxes than its CFDI says."""
    town.set_imports(tax_mode=TaxMode.AUTOMATIC)
    xml = cfdi_xml("1").replace(b'Importe="16.00"', b'Importe="16.40"')
    town.send_in(xml.replace(b'Total="116.00"', b'Total="116.40"'))
    town.cycle()
    assert town.reason("1", IMPORT) == "tax_not_reproducible"
    assert not town.alive("1")


@scenario
def lines_that_do_not_add_up(town: Town) -> None:
    """An invoice whose lines are not its subtotal is left to the clerk."""
    town.send_in(
        cfdi_xml("1").replace(
            b'ValorUnitario="100.00" Importe="100.00"', b'ValorUnitario="90.00" Importe="90.00"'
        ),
    )
    town.cycle()
    assert town.reason("1", IMPORT) == "lines_differ_from_subtotal"
