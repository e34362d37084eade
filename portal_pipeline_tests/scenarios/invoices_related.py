"""CFDIs that are cancelled, or that stand in relation to others: substitutes, credit notes."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.sandbox.sage.company import ApDocumentType
from portal_pipeline.sandbox.sage.web_api.faults import Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT = Operation.IMPORT
NOTE = DocumentKind.CREDIT_NOTE


@scenario
def cancelled_while_it_waited(town: Town) -> None:
    """A CFDI that is cancelled before its import is never imported, even if a person requeues."""
    cfdi = town.upload("1")
    town.web_api.faults.add(Fault(FaultKind.HTML, calls=None))
    town.cycle()
    town.portal.cancel_cfdi(town.key, cfdi.id, by_sat=True)
    town.web_api.faults.clear()
    town.cycle()
    assert town.reason("1", IMPORT) == "cancelled_before_import"
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert (town.reason("1", IMPORT), town.alive("1")) == ("cancelled_before_import", [])


@scenario
def cancelled_after_its_import(town: Town) -> None:
    """A CFDI that is cancelled after its import is told at once, and its payment does not go."""
    cfdi = town.treasury.invoice("F1")
    town.cycle()
    town.portal.cancel_cfdi(town.key, cfdi.id, by_sat=True)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert (town.invoice("F1"), town.payment("PY1")) == ("done", "invoice_cancelled")
    kind = DocumentKind.INVOICE
    assert town.notes(town.treasury.uuid("F1"), IMPORT, kind) == ["cancelled_after_import"]


@scenario
def substitute_of_what_was_never_imported(town: Town) -> None:
    """A substitute is imported in the place of an original that never came to Sage."""
    first = town.upload("1", approve=False)
    town.portal.cancel_cfdi(town.key, first.id, by_sat=True)
    town.upload("2", related=("04", uuid_of("1")))
    town.cycle()
    assert (len(town.alive("2")), town.alive("1")) == (1, [])


@scenario
def substitute_of_what_is_posted(town: Town) -> None:
    """A substitute of a posted original takes its place, and the payment carries its UUID."""
    first = town.upload("1")
    town.capture("F1", uuid_of("1"))
    town.cycle()
    town.portal.cancel_cfdi(town.key, first.id, by_sat=True)
    town.upload("2", related=("04", uuid_of("1")))
    town.cycle()
    assert (town.reason("2", IMPORT), town.alive("2")) == ("done", [])
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    (paid,) = town.treasury.in_portal("PY1")
    assert (town.payment("PY1"), [one.uuid for one in paid.lines]) == ("done", [uuid_of("2")])


@scenario
def substitute_of_what_was_captured_without_uuid(town: Town) -> None:
    """A substitute takes the place of its original also where Sage knows that by a link alone."""
    first = town.upload("1")
    town.capture("F1")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"
    town.portal.cancel_cfdi(town.key, first.id, by_sat=True)
    town.upload("2", related=("04", uuid_of("1")))
    town.cycle()
    assert (town.reason("2", IMPORT), town.alive("2")) == ("done", [])


@scenario
def substitute_of_a_credit_note(town: Town) -> None:
    """A substitute of a credit note takes its place as one of an invoice does."""
    town.treasury.invoice("F0")
    town.cycle()
    kind, related = ApDocumentType.CREDIT_NOTE, ("01", town.treasury.uuid("F0"))
    town.capture("FN", document_type=kind, applies_to="F0")
    first = town.upload("N", tipo="E", related=related)
    town.cycle()
    assert town.reason("N", IMPORT, NOTE) == "done"
    town.portal.cancel_cfdi(town.key, first.id, by_sat=True)
    town.upload("M", tipo="E", related=("04", uuid_of("N")))
    town.cycle()
    assert (town.reason("M", IMPORT, NOTE), town.alive("M")) == ("done", [])


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
    town.person.link(ref("2"), VENDOR, "A")
    town.cycle()
    assert town.reason("2", IMPORT) == "sage_document_differs"


@scenario
def credit_note_that_waits_for_its_invoice(town: Town) -> None:
    """A credit note is imported once its invoice is posted, and is applied to it."""
    town.upload("1")
    town.upload("N", tipo="E", total="58.00", related=("01", uuid_of("1")))
    town.cycle()
    assert town.reason("N", IMPORT, NOTE) == "parent_not_posted"
    town.post_open_batches()
    town.cycle()
    assert town.alive("N")[0].applies_to == "F1"
    town.post_open_batches()
    town.cycle()
    assert (town.reason("N", IMPORT, NOTE), town.alive("1")[0].due) == ("done", Decimal(58))


@scenario
def credit_note_whose_invoice_never_comes(town: Town) -> None:
    """A person may have a credit note imported unapplied although its invoice is not in Sage."""
    town.upload("N", tipo="E", total="58.00", related=("01", uuid_of("1")))
    town.cycle()
    assert town.reason("N", IMPORT, NOTE) == "parent_not_posted"
    town.person.requeue(ref("N", NOTE), IMPORT)
    town.cycle()
    assert (len(town.alive("N")), town.alive("N")[0].applies_to) == (1, "")


@scenario
def credit_note_of_a_settled_invoice(town: Town) -> None:
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
def credit_note_larger_than_its_invoice(town: Town) -> None:
    """A credit note larger than what its invoice owes is imported without being applied."""
    town.treasury.invoice("F1")
    town.cycle()
    town.upload("N", tipo="E", total="232.00", related=("01", town.treasury.uuid("F1")))
    town.cycle()
    assert town.alive("N")[0].applies_to == ""
    assert "credit_note_unapplied" in town.notes(uuid_of("N"), IMPORT, NOTE)


@scenario
def credit_note_of_several_invoices(town: Town) -> None:
    """A credit note of several invoices is imported without being applied to one of them."""
    for number in ("F1", "F2"):
        town.treasury.invoice(number)
    one, other = (town.treasury.uuid(number) for number in ("F1", "F2"))
    more = f'"/><cfdi:CfdiRelacionado UUID="{other}"/></cfdi:CfdiRelacionados>'.encode()
    note = cfdi_xml("N", tipo="E", total="58.00", related=("01", one))
    town.send_in(note.replace(b'"/></cfdi:CfdiRelacionados>', more))
    town.cycle()
    assert town.alive("N")[0].applies_to == ""
    assert "credit_note_unapplied" in town.notes(uuid_of("N"), IMPORT, NOTE)


@scenario
def credit_note_of_nothing(town: Town) -> None:
    """A credit note that names no invoice is imported without being applied, and told."""
    town.upload("N", tipo="E", total="58.00")
    town.cycle()
    assert town.alive("N")[0].applies_to == ""
    assert "credit_note_unapplied" in town.notes(uuid_of("N"), IMPORT, NOTE)
