"""Invoices and credit notes on their way into Sage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Posting, TaxMode, Withholdings
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry
from portal_pipeline.sandbox.sage.web_api.faults import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import IMPORTS, ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT = Operation.IMPORT
NOTE = DocumentKind.CREDIT_NOTE


def _rules(town: Town, **changes: object) -> None:
    """Change the import rules."""
    town.set(imports=IMPORTS.model_copy(update=changes))


def _imported(town: Town, name: str) -> bool:
    return len(town.alive(name)) == 1


@scenario
def taxes_that_are_not_set_up(town: Town) -> None:
    """An invoice waits until the settings have Sage's tax group and class for its taxes."""
    ieps, odd, unknown = (cfdi_xml(name) for name in ("1", "2", "3"))
    _approved(town, ieps.replace(b'Impuesto="002"', b'Impuesto="003"'))
    _approved(town, odd.replace(b'TasaOCuota="0.160000"', b'TasaOCuota="0.110000"'))
    _approved(town, unknown.replace(b'Impuesto="002"', b'Impuesto="009"'))
    town.cycle()
    reasons = [town.reason(name, IMPORT) for name in ("1", "2", "3")]
    assert reasons == ["no_tax_group", "no_tax_class", "tax_not_known"]
    assert not any(town.alive(name) for name in ("1", "2", "3"))


@scenario
def withholding_without_an_account(town: Town) -> None:
    """An invoice with a withholding waits until the settings name its account."""
    _rules(town, withholdings=Withholdings.LINE)
    held_back = (
        b'<cfdi:Retenciones><cfdi:Retencion Base="100.00" Impuesto="001" TipoFactor="Tasa"'
        b' TasaOCuota="0.100000" Importe="10.00"/></cfdi:Retenciones>'
    )
    xml = cfdi_xml("1").replace(b'Total="116.00"', b'Total="106.00"')
    _approved(town, xml.replace(b"<cfdi:Impuestos>", b"<cfdi:Impuestos>" + held_back))
    town.cycle()
    assert town.reason("1", IMPORT) == "account_of_tax_missing"
    assert not town.alive("1")


@scenario
def account_that_is_inactive(town: Town) -> None:
    """An invoice waits until its account can be used in Sage."""
    town.upload("1")
    _rules(town, account_by_vendor={VENDOR: "5100999"})
    town.cycle()
    assert town.reason("1", IMPORT) == "account_unusable"
    _rules(town, account_by_vendor={VENDOR: "5100100"})
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
def invoice_of_a_closed_period(town: Town) -> None:
    """An invoice waits while no period is open for its posting date."""
    _rules(town, periods_closed_until=date(2026, 12, 31), posting_date="cfdi")
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
def uuid_captured_twice(town: Town) -> None:
    """A UUID on two documents confirms neither, until the surplus one is taken back."""
    town.upload("1")
    town.capture("A", uuid_of("1"))
    town.capture("B", uuid_of("1"))
    town.cycle()
    assert town.reason("1", IMPORT) == "uuid_on_two_documents"


@scenario
def link_to_a_document_that_does_not_exist(town: Town) -> None:
    """A link to a number that Sage does not have confirms nothing."""
    town.capture("OTHER")
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "possible_duplicate"
    town.person.link(ref("1"), VENDOR, "NOBODY")
    town.cycle()
    assert town.reason("1", IMPORT) == "linked_document_missing"
    town.person.link(ref("1"), VENDOR, "OTHER")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"


@scenario
def entry_taken_out_by_a_clerk(town: Town) -> None:
    """An imported entry that a person took out is imported again only when a person says so."""
    town.upload("1")
    town.cycle()
    (entry,) = town.alive("1")
    town.company.remove_ap_entry(batch=entry.batch, entry=entry.entry)
    town.cycle()
    assert town.reason("1", IMPORT) == "entry_removed_in_sage"
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert _imported(town, "1")


@scenario
def batch_that_somebody_added_to(town: Town) -> None:
    """A batch that is not as we left it is not posted by us."""
    town.upload("1")
    town.cycle()
    (entry,) = town.alive("1")
    extra = ApEntry(
        vendor=VENDOR,
        number="X",
        document_date=date(2026, 3, 10),
        details=(ApDetail(amount=Decimal(5), gl_account="5100100"),),
    )
    town.company.append_ap_entries(batch=entry.batch, entries=(extra,))
    town.set_posting(Posting.POST)
    town.cycle()
    assert town.reason("1", Operation.MARK_READY) == "read_back_differs"
    assert town.alive("1")[0].batch_state == 1


@scenario
def web_api_away(town: Town) -> None:
    """While the Web API is away documents wait, and what is posted is confirmed all the same."""
    town.capture("A", uuid_of("1"))
    town.upload("1")
    town.upload("2", total="232.00")
    town.web_api.faults.add(Fault(FaultKind.HTML, calls=None))
    town.cycle()
    assert (town.reason("1", IMPORT), town.reason("2", IMPORT)) == ("done", "web_api_unreachable")
    town.web_api.faults.clear()
    town.cycle()
    assert _imported(town, "2")


@scenario
def taxes_that_sage_would_compute_otherwise(town: Town) -> None:
    """An invoice waits while Sage would book other taxes than its CFDI says."""
    _rules(town, tax_mode=TaxMode.AUTOMATIC)
    xml = cfdi_xml("1").replace(b'Importe="16.00"', b'Importe="16.40"')
    _approved(town, xml.replace(b'Total="116.00"', b'Total="116.40"'))
    town.cycle()
    assert town.reason("1", IMPORT) == "tax_not_reproducible"
    assert not town.alive("1")


@scenario
def lines_that_do_not_add_up(town: Town) -> None:
    """An invoice whose lines are not its subtotal is left to the clerk."""
    _approved(
        town,
        cfdi_xml("1").replace(
            b'ValorUnitario="100.00" Importe="100.00"', b'ValorUnitario="90.00" Importe="90.00"'
        ),
    )
    town.cycle()
    assert town.reason("1", IMPORT) == "lines_differ_from_subtotal"


@scenario
def substitute_with_another_total(town: Town) -> None:
    """A substitute with another total than the posted original waits for a person."""
    town.capture("A", uuid_of("1"))
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"
    town.upload("2", total="232.00", related=("04", uuid_of("1")))
    town.cycle()
    assert town.reason("2", IMPORT) == "original_in_sage"
    assert not town.alive("2")


@scenario
def credit_note_larger_than_what_is_left(town: Town) -> None:
    """A credit note of a settled invoice is imported without being applied, and told."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    town.upload("N", tipo="E", total="58.00", related=("01", town.treasury.uuid("F1")))
    town.cycle()
    (note,) = town.alive("N")
    assert note.applies_to == ""
    assert "credit_note_unapplied" in town.notes(uuid_of("N"), IMPORT, NOTE)


@scenario
def paid_in_the_portal_and_unknown_to_sage(town: Town) -> None:
    """An invoice that the portal has as paid and Sage lacks is imported when a person admits it."""
    town.upload("1")
    line = {
        "uuid": uuid_of("1"),
        "amount": Decimal("116.00"),
        "currency": "MXN",
        "exchange_rate": 1,
        "payment_amount": Decimal("116.00"),
    }
    request = {
        "currency": "MXN",
        "payment_date": "2026-03-02T10:00:00.000Z",
        "total_amount": Decimal("116.00"),
        "cfdis": [line],
    }
    town.portal.create_payment_by_person(town.key, request)
    town.cycle()
    assert town.reason("1", IMPORT) == "paid_in_portal_not_in_sage"
    town.person.admit(ref("1"), IMPORT)
    town.cycle()
    assert _imported(town, "1")


def _approved(town: Town, xml: bytes) -> None:
    """The supplier's file, approved."""
    cfdi = town.portal.upload_cfdi(town.key, xml=xml, provider_id=town.provider.id)
    town.portal.send_cfdi(town.key, cfdi.id)
    town.portal.approve_cfdi(town.key, cfdi.id)
