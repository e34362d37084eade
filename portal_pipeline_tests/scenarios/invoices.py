"""The ways by which invoices and credit notes enter Sage, and how far each goes."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import Posting, Route
from portal_pipeline.sandbox.sage.web_api.faults import Commit, Fault, FaultKind
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.contract.controllers.mailroom import ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

IMPORT, READY, POST = Operation.IMPORT, Operation.MARK_READY, Operation.POST
NOTE = DocumentKind.CREDIT_NOTE


def _imported(town: Town, name: str) -> bool:
    return len(town.alive(name)) == 1


def _one_of_each_class(town: Town) -> None:
    """An invoice, one with an order, a credit note of posted F0, an advance and its application."""
    town.treasury.invoice("F0")
    town.upload("1")
    town.upload("2", additional_info={"OC": "PO77"})
    town.upload("N", tipo="E", total="58.00", related=("01", town.treasury.uuid("F0")))
    town.upload("A", is_advance=True)
    town.upload("B", tipo="E", total="11.60", related=("07", uuid_of("A")))


@scenario
def every_class_by_its_usual_way(town: Town) -> None:
    """Invoices and credit notes are imported; those with an order, and advances, are captured."""
    _one_of_each_class(town)
    town.cycle()
    assert (_imported(town, "1"), _imported(town, "N")) == (True, True)
    assert town.reason("2", IMPORT) == "po_invoice_to_be_captured"
    assert (town.reason("A", IMPORT), town.reason("B", IMPORT, NOTE)) == ("route_holds",) * 2
    town.capture("A", uuid_of("A"))
    town.cycle()
    assert town.reason("A", IMPORT) == "done"


@scenario
def every_class_by_the_web_api(town: Town) -> None:
    """Every class is imported by the Web API where the settings say so, whatever it names."""
    town.route(Route.WEB_API)
    _one_of_each_class(town)
    town.cycle()
    assert all(_imported(town, name) for name in ("1", "2", "N", "A", "B"))
    assert town.alive("2")[0].po_number == "PO77"


@scenario
def every_class_by_hand(town: Town) -> None:
    """Nothing is imported where the settings leave every class to people, and it is confirmed."""
    town.route(Route.HOLD)
    _one_of_each_class(town)
    town.cycle()
    reasons = [town.reason(name, IMPORT) for name in ("1", "2", "A")]
    assert reasons == ["route_holds", "po_invoice_to_be_captured", "route_holds"]
    assert town.reason("N", IMPORT, NOTE) == "route_holds"
    town.capture("F1", uuid_of("1"))
    town.cycle()
    assert town.reason("1", IMPORT) == "done"
    assert not [one for one in town.web_api.requests if one.method == "POST"]


@scenario
def clerk_who_posts_what_was_imported(town: Town) -> None:
    """An imported invoice waits in its open batch, and is done once a clerk has posted that."""
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "batch_waits_for_posting"
    town.post_open_batches()
    town.cycle()
    assert town.reason("1", IMPORT) == "done"


@scenario
def batch_made_ready_for_the_clerk(town: Town) -> None:
    """With `posting = ready` the batch is marked ready to post, and no more."""
    town.set_posting(Posting.READY)
    town.upload("1")
    town.cycle()
    assert (town.reason("1", READY), town.reason("1", POST)) == ("done", "")
    assert not town.alive("1")[0].is_posted


@scenario
def invoice_posted_and_paid_without_a_clerk(town: Town) -> None:
    """With `posting = post` an invoice is posted, confirmed from Sage, and its payment goes."""
    town.set_posting(Posting.POST)
    town.upload("1")
    town.cycle()
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert (town.reason("1", IMPORT), town.payment("PY1")) == ("done", "done")


@scenario
def approval_that_comes_late_or_is_withdrawn(town: Town) -> None:
    """Neither an invoice nor a credit note is imported while its approval is missing."""
    town.treasury.invoice("F0")
    related = ("01", town.treasury.uuid("F0"))
    note = town.upload("N", tipo="E", total="58.00", related=related, approve=False)
    town.web_api.faults.add(Fault(FaultKind.HTML, calls=None))
    invoice = town.upload("1")
    town.cycle()
    town.portal.reject_cfdi(town.key, invoice.id)
    town.web_api.faults.clear()
    town.cycle()
    assert (town.reason("1", IMPORT), town.reason("N", IMPORT, NOTE)) == ("not_approved",) * 2
    town.portal.send_cfdi(town.key, note.id)
    town.portal.approve_cfdi(town.key, note.id)
    town.cycle()
    assert (_imported(town, "1"), _imported(town, "N")) == (False, True)


@scenario
def vendor_in_two_currencies(town: Town) -> None:
    """An invoice goes to that vendor of its supplier who has the currency of the CFDI."""
    town.upload("1", currency="USD", rate="17.1234")
    town.cycle()
    assert town.reason("1", IMPORT) == "vendor_for_currency"
    town.company.add_vendor(
        vendor="V001U", name="Kemper", currency="USD", provider_id=town.provider.id
    )
    town.upload("2")
    town.cycle()
    vendors = [(one.vendor, one.currency) for name in "12" for one in town.alive(name)]
    assert vendors == [("V001U", "USD"), (VENDOR, "MXP")]


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
def web_api_that_refuses_us(town: Town) -> None:
    """Payments of confirmed invoices go while the Web API refuses our credentials."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.upload("2", total="232.00")
    refused = Fault(FaultKind.ERROR, calls=None, code="Unauthorized", status=401)
    town.web_api.faults.add(refused)
    town.cycle()
    assert town.reason("2", IMPORT) == "web_api_unreachable"
    assert (town.invoice("F1"), town.payment("PY1")) == ("done", "done")


@scenario
def answers_and_requests_that_are_lost(town: Town) -> None:
    """After a lost answer nothing is sent again before Sage has been seen twice without it."""
    town.upload("1")
    town.upload("2", total="232.00")
    path = "*/APInvoiceBatches"
    arrives, never = Commit.NOW, Commit.NEVER
    for name, commit in (("1", arrives), ("2", never)):
        town.web_api.faults.add(Fault(FaultKind.DROP, "POST", path, uuid_of(name), commit=commit))
    town.cycle()
    assert [town.reason(name, IMPORT) for name in ("1", "2")] == ["outcome_unknown"] * 2
    town.cycle()
    assert [town.reason(name, IMPORT) for name in ("1", "2")] == [
        "batch_waits_for_posting",
        "outcome_unknown",
    ]
    assert not town.alive("2")
    town.cycle(hours=2)
    assert _imported(town, "1")
    assert _imported(town, "2")


@scenario
def invoice_that_sage_refuses(town: Town) -> None:
    """What Sage refuses is tried again at the interval, and at once when a person asks."""
    town.company.require_invoice_fields("AFE")
    town.upload("1")
    town.cycle()
    assert town.reason("1", IMPORT) == "refused_by_remote"
    town.company.require_invoice_fields()
    town.cycle()
    assert not town.alive("1")
    town.person.requeue(ref("1"), IMPORT)
    town.cycle()
    assert _imported(town, "1")


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
