"""Invoices that enter Sage through the vendor's import program."""

from __future__ import annotations

from contextlib import suppress

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.providers.dossier import DOSSIER, SupplierDossier
from portal_pipeline.core.tenant import Posting, Route, VendorRules
from portal_pipeline.sandbox.importer_program.behaviour import Behaviour
from portal_pipeline.sandbox.portal import Dossier, DossierEntry
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import (
    SUPPLIER_RFC,
    cfdi_xml,
    uuid_of,
)
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT = Operation.IMPORT
NOTE = DocumentKind.CREDIT_NOTE


def _file(name: str) -> str:
    return f"{uuid_of(name)}.xml"


@scenario
def every_class_by_the_program(town: Town) -> None:
    """The program gets every class of documents that the settings leave to it, and nothing else."""
    town.treasury.invoice("F0")
    town.keep_program()
    town.set_imports(advance_route=Route.HOLD)
    town.upload("1")
    town.upload("2", additional_info={"OC": "PO77"})
    town.upload("N", tipo="E", total="58.00", related=("01", town.treasury.uuid("F0")))
    town.upload("A", is_advance=True)
    town.cycle()
    assert town.files() == sorted(_file(name) for name in ("1", "2", "N"))
    assert town.reason("A", IMPORT) == "route_holds"
    assert not [one for one in town.web_api.requests if one.method == "POST"]


@scenario
def invoice_that_the_program_imports(town: Town) -> None:
    """What the program imports is done when Sage shows it posted, whatever the program says."""
    town.keep_program()
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "waits_for_program"
    town.program_runs()
    town.cycle()
    assert town.reason("1", IMPORT) == "batch_waits_for_posting"
    town.post_open_batches()
    town.cycle()
    assert (town.reason("1", IMPORT), len(town.alive("1"))) == ("done", 1)


@scenario
def program_that_crashes(town: Town) -> None:
    """A program that breaks off after writing Sage doubles nothing when it runs again."""
    town.keep_program()
    town.upload("1")
    town.cycle()
    with suppress(SystemExit):
        town.program_runs(Behaviour.CRASHES)
    assert (len(town.alive("1")), town.files()) == (1, [_file("1")])
    town.cycle()
    town.program_runs()
    town.post_open_batches()
    town.cycle()
    assert (town.reason("1", IMPORT), len(town.alive("1"))) == ("done", 1)


@scenario
def program_that_imports_nothing(town: Town) -> None:
    """A file that the program took and Sage does not show waits, until a person sends it again."""
    town.keep_program()
    town.upload("1")
    town.cycle()
    town.program_runs(Behaviour.MOVES)
    town.cycle()
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("not_imported_by_program", [])
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert town.files() == [_file("1")]


@scenario
def folder_of_the_program_is_away(town: Town) -> None:
    """While the program's folder is away documents wait, and what is posted is confirmed."""
    town.keep_program()
    town.capture("A", uuid_of("1"))
    town.upload("1")
    town.upload("2", total="232.00")
    away = town.inbox.rename(town.inbox.with_name("away"))
    town.cycle()
    assert (town.reason("1", IMPORT), town.reason("2", IMPORT)) == ("done", "program_unusable")
    away.rename(town.inbox)
    town.cycle()
    assert town.files() == [_file("2")]


@scenario
def from_the_program_to_the_web_api(town: Town) -> None:
    """A tenant that leaves the program takes its files back, and each invoice enters Sage once."""
    town.keep_program()
    town.upload("1")
    town.upload("2", total="232.00")
    town.cycle()
    (town.inbox / _file("1")).rename(town.folder / "read by the program")
    town.route(Route.WEB_API)
    town.set_imports(posting=Posting.POST)
    town.cycle()
    assert town.files() == []
    for _ in range(4):
        town.cycle(hours=2)
    assert [town.reason(name, IMPORT) for name in ("1", "2")] == ["done", "done"]
    assert [len(town.alive(name)) for name in ("1", "2")] == [1, 1]


# -- what the file must say ------------------------------------------------------------------------


@scenario
def supplier_without_accepted_dossier(town: Town) -> None:
    """No file is written before the supplier's dossier is accepted and read."""
    town.keep_program()
    town.cycle()
    other = town.portal.add_provider(
        town.key, key="other", name="Other", rfc=SUPPLIER_RFC, external_id="V009"
    )
    town.company.add_vendor(vendor="V009", name="Other", rfc=SUPPLIER_RFC, provider_id=other.id)
    town.upload("1", provider_id=other.id)
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("dossier_not_read", [])
    town.portal.accept_dossier(town.key, other.id)
    town.cycle()
    assert town.files() == [_file("1")]


@scenario
def supplier_without_bank_account(town: Town) -> None:
    """Where the settings ask for it, a supplier without bank account keeps his invoices back."""
    town.keep_program(bank_required=True)
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("supplier_bank_missing", [])
    bank = DossierEntry("MXN", {"bank_name": "BBVA", "clabe": "0121", "currency": "MXN"})
    town.portal.send_dossier(town.key, town.provider.id, Dossier("SENT", bank_accounts=(bank,)))
    town.portal.accept_dossier(town.key, town.provider.id)
    town.cycle()
    assert town.files() == [_file("1")]


@scenario
def company_that_the_program_does_not_know(town: Town) -> None:
    """No file is written while the program's own id of the company is not set."""
    town.keep_program(id_base="")
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("importer_company_unknown", [])


@scenario
def invoice_of_two_orders(town: Town) -> None:
    """The program takes one order, so an invoice of two orders is not handed to it."""
    orders = [town.buyers.order(), town.buyers.order()]
    town.cycle()
    town.keep_program()
    town.upload("1", po_links=tuple(town.buyers.po_link(number) for number in orders))
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("addenda_order_unclear", [])


@scenario
def issuer_that_is_not_the_provider(town: Town) -> None:
    """An invoice of another issuer than the supplier who uploaded it is not handed over."""
    town.keep_program()
    other = town.portal.add_provider(
        town.key, key="other", name="Other", rfc="PRO010101AB1", external_id="V009"
    )
    town.portal.accept_dossier(town.key, other.id)
    town.company.add_vendor(vendor="V009", name="Other", provider_id=other.id)
    town.upload("1", provider_id=other.id)
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("addenda_rfc_differs", [])


@scenario
def dossier_of_another_supplier(town: Town) -> None:
    """Another supplier's data never stand in an invoice's file, even when the ledger mixed them."""
    town.keep_program()
    town.cycle(days=8)  # his dossier was accepted long ago, and today's sweep is made
    key = town.provider.id.lower()
    known = town.ledger.documents(DocumentKind.PROVIDER, [key])[key]
    wrong = SupplierDossier(provider_id="somebody else", external_id=VENDOR, rfc=SUPPLIER_RFC)
    mixed = known.model_copy(update={"details": {**known.details, DOSSIER: wrong.to_text()}})
    town.ledger.save_documents([mixed], "a mistake")
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("addenda_of_other_supplier", [])


@scenario
def invoice_with_two_addendas(town: Town) -> None:
    """An addenda that cannot be added without touching the signed document is not added."""
    town.keep_program()
    end = b"</cfdi:Comprobante>"
    town.send_in(cfdi_xml("1").replace(end, b"<cfdi:Addenda/><cfdi:Addenda/>" + end))
    town.cycle()
    assert (town.reason("1", IMPORT), town.files()) == ("addenda_not_inserted", [])


@scenario
def payment_form_that_is_no_sat_code(town: Town) -> None:
    """A payment form that is no SAT code is left out of the supplier's file, and said so."""
    town.keep_program()
    town.set(vendors=VendorRules(create_vendors=True, route=Route.EXECUTABLE))
    form = DossierEntry("formapago", {"value": "T", "value_external_id": "TRANSFERENCIA"})
    provider = town.portal.add_provider(
        town.key, key="nuevo", name="Nuevo", rfc="PRO010101AB1", external_id="V050",
        dossier=Dossier("SENT", fields=(form,)),
    )  # fmt: skip
    town.portal.accept_dossier(town.key, provider.id)
    town.cycle()
    assert town.told(provider)["create_vendor"] == "waits_for_program"
    kind = DocumentKind.PROVIDER
    assert town.notes(provider.id, Operation.CREATE_VENDOR, kind) == ["payment_form_not_sat"]
    town.program_runs()
    town.cycle()
    assert town.vendors_of(provider) == ["V050"]
