"""Invoices that Sage holds already, whoever captured them and wherever they stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Posting, Route
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.contract.controllers.mailroom import ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT = Operation.IMPORT
NOTE = DocumentKind.CREDIT_NOTE


def _imported(town: Town, name: str) -> bool:
    return len(town.alive(name)) == 1


def _receipt(town: Town) -> str:
    """A receipt of 116.00 with tax that waits for its invoice."""
    order = town.buyers.order(line("1"))
    return town.buyers.receive(order, "1")


@scenario
def number_that_the_clerk_wrote_otherwise(town: Town) -> None:
    """What was captured without UUID is the CFDI of that vendor, number, total and currency."""
    town.capture("f-1")
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), town.alive("1")) == ("done", [])
    links = town.ledger.links_of(DocumentKind.INVOICE, [uuid_of("1")], "is_sage_document")
    assert [(one.target_key, one.source) for _, one in links] == [(f"{VENDOR}/f-1", "automatic")]


@scenario
def two_cfdis_that_one_document_may_be(town: Town) -> None:
    """A document without UUID is linked by itself only when one CFDI alone can be it."""
    town.capture("A1")
    town.upload("1", serie="A")
    town.send_in(cfdi_xml("other", serie="A").replace(b'Folio="other"', b'Folio="1"'))
    town.cycle()
    assert {town.reason(name, IMPORT) for name in ("1", "other")} == {"possible_duplicate"}


@scenario
def invoice_in_a_clerks_open_batch(town: Town) -> None:
    """An invoice in an open batch waits for its posting and is not imported beside it."""
    batch = town.capture("A", uuid_of("1"), post=False)
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "batch_waits_for_posting"
    town.company.post_ap_invoice_batch(batch)
    town.cycle()
    assert (town.reason("1", IMPORT), _imported(town, "1")) == ("done", True)


@scenario
def invoice_that_sage_does_not_post(town: Town) -> None:
    """An entry that posting refused is told with Sage's text until it is mended and posted."""
    town.company.set_periods_closed(through=date(2026, 3, 31))
    town.capture("A", uuid_of("1"))
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "posting_refused"
    town.company.set_periods_closed(through=date(2026, 2, 28))
    town.post_open_batches()
    town.cycle()
    assert town.reason("1", IMPORT) == "done"


@scenario
def batch_cleared_at_the_end_of_the_period(town: Town) -> None:
    """An invoice whose batch was cleared is confirmed from the posted document alone."""
    batch = town.capture("A", uuid_of("1"))
    town.company.clear_posted_batch(batch=batch)
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"
    details = town.ledger.documents(DocumentKind.INVOICE, [uuid_of("1")])[uuid_of("1")].details
    assert details["uuid_on"] == "posted"


@scenario
def order_invoice_that_reaches_payables(town: Town) -> None:
    """The UUID on an order's invoice counts once that has reached A/P; so does its credit note."""
    receipt = _receipt(town)
    town.company.capture_po_invoice(receipts=[receipt], number="F1", uuid=uuid_of("1"), post=False)
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "batch_waits_for_posting"
    town.post_open_batches()
    town.company.credit_po_invoice(
        vendor=VENDOR, invoice="F1", number="NC1", uuid=uuid_of("N"), net_amount=Decimal(10)
    )
    town.upload("N", tipo="E", total="11.60", related=("01", uuid_of("1")))
    town.cycle()
    assert (town.reason("1", IMPORT), town.reason("N", IMPORT, NOTE)) == ("done", "done")


@scenario
def invoice_that_looks_like_an_orders(town: Town) -> None:
    """An invoice that a receipt may be waiting for is imported only when a person says so."""
    _receipt(town)
    town.upload("1", total="116.50")
    town.cycle()
    assert (town.reason("1", IMPORT), _imported(town, "1")) == ("looks_like_po_invoice", False)
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert _imported(town, "1")


@scenario
def look_alike_that_is_another_invoice(town: Town) -> None:
    """A look-alike without UUID holds an invoice until a person says that it is another one."""
    town.capture("OTHER")
    town.upload("1")
    town.cycle()
    assert (town.reason("1", IMPORT), _imported(town, "1")) == ("possible_duplicate", False)
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert _imported(town, "1")


@scenario
def document_that_is_not_what_the_cfdi_says(town: Town) -> None:
    """A Sage document with the UUID and another total confirms nothing until a person links."""
    town.capture("A", uuid_of("1"), details=(ApDetail(amount=Decimal(90), gl_account="5100100"),))
    town.capture("B")
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "sage_document_differs"
    town.person.link(ref("1"), VENDOR, "B")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"


@scenario
def link_to_a_document_with_another_total(town: Town) -> None:
    """A person's link confirms nothing while the document that it names says something else."""
    town.capture("A", details=(ApDetail(amount=Decimal(90), gl_account="5100100"),))
    town.set_imports(invoice_route=Route.HOLD)
    town.upload("1")
    town.cycle()
    town.person.link(ref("1"), VENDOR, "A")
    town.cycle()
    assert town.reason("1", IMPORT) == "sage_document_differs"


@scenario
def uuid_captured_twice(town: Town) -> None:
    """A UUID on two documents confirms neither, until a person says which one it is."""
    town.upload("1")
    town.capture("A", uuid_of("1"))
    town.capture("B", uuid_of("1"))
    town.cycle()
    assert town.reason("1", IMPORT) == "uuid_on_two_documents"
    town.person.link(ref("1"), VENDOR, "A")
    town.cycle()
    assert town.reason("1", IMPORT) == "done"


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
