"""Payment complements that suppliers send, on their way back to the payment in Sage."""

from __future__ import annotations

from datetime import date

from portal_pipeline.core.identity import ControllerName, DocumentKind, Operation
from portal_pipeline.core.tenant import Mode
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.cashiers import typed_in
from portal_pipeline_tests.scenarios.town import Town

CHECK, WRITE = ControllerName.PAYMENT_CHECK, Operation.WRITE_COMPLEMENT
COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT


def _paid(town: Town, number: str = "PY1", invoice: str = "F1") -> str:
    """A payment that the portal has; its id there."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice(invoice)
    town.treasury.pay(number, (invoice, "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal(number)
    return str(there.id)


def _in_sage(town: Town, number: str = "PY1") -> tuple[str, str, int, int]:
    """(UUID, date, VALUES of the header, rows of optional fields) of a payment in Sage."""
    (payment,) = [one for one in town.company.payments() if one.number == number]
    fields = dict(payment.optional_fields)
    where = {"BTCHTYPE": "PY", "CNTBTCH": payment.batch, "CNTENTR": payment.entry}
    (header,) = town.rows("APTCR", "VALUES", **where)
    rows = len(town.rows("APTCRO", "OPTFIELD", **where))
    return fields.get("FOLIOCFD", ""), fields.get("FECHACFD", ""), header["VALUES"], rows


def _written(name: str) -> tuple[str, str, int, int]:
    """A complement that stands in Sage as it should."""
    return uuid_of(name), "20260310", 2, 2


NOTHING = ("", "", 0, 0)


@scenario
def complement_of_one_payment(town: Town) -> None:
    """UUID and stamping date of a complement are written to its payment, once."""
    town.complement("C1", _paid(town), "F1")
    assert town.cycle()[CHECK].succeeded == 1
    assert _in_sage(town) == _written("C1")
    assert town.cycle()[CHECK].succeeded == 0
    assert town.cycle(days=1)[CHECK].succeeded == 0


@scenario
def complement_of_several_payments(town: Town) -> None:
    """A complement of several payments is written to each of them."""
    first, second = _paid(town), _paid(town, "PY2", "F2")
    sent = cfdi_xml("C1", tipo="P", paid=(("F1", "116.00"), ("F2", "116.00")))
    one = town.portal.attach_complement(town.key, payment_ids=(first, second), xml=sent)
    town.portal.review_complement(town.key, one.id, authorize=True)
    town.cycle()
    assert (_in_sage(town), _in_sage(town, "PY2")) == (_written("C1"), _written("C1"))


@scenario
def complement_approved_later(town: Town) -> None:
    """A complement is written once it is approved in the portal."""
    sent = town.complement("C1", _paid(town), "F1", approve=False)
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "complement_not_approved"
    assert _in_sage(town) == NOTHING
    town.portal.review_complement(town.key, sent.id, authorize=True)
    town.cycle()
    assert _in_sage(town) == _written("C1")


@scenario
def second_complement_of_a_payment(town: Town) -> None:
    """Of several valid complements the first stays in Sage, and all are linked."""
    there = _paid(town)
    for name in ("C1", "C2"):
        town.complement(name, there, "F1")
        town.cycle()
    assert _in_sage(town) == _written("C1")
    assert town.notes("PY1", WRITE, DocumentKind.PAYMENT) == ["several_complements"]
    links = town.ledger.links_to("payment", ["PY1"], "documents")
    assert {ref.key for ref, _ in links} == {uuid_of("C1"), uuid_of("C2")}


@scenario
def substitute_of_the_written_complement(town: Town) -> None:
    """A complement that substitutes (04) the written one takes its place in Sage."""
    there = _paid(town)
    town.complement("C1", there, "F1")
    town.cycle()
    _substitute(town, there)
    town.cycle()
    assert _in_sage(town) == _written("C2")


@scenario
def substitute_during_a_dry_run(town: Town) -> None:
    """In dry run a substitute of a written complement waits and is told; live it is written."""
    there = _paid(town)
    town.complement("C1", there, "F1")
    town.cycle()
    _substitute(town, there)
    town.set(mode=Mode.DRY_RUN)
    town.cycle()
    assert (town.payment("PY1", WRITE), _in_sage(town)) == ("dry_run", _written("C1"))
    town.set(mode=Mode.SANDBOX)
    town.cycle()
    assert _in_sage(town) == _written("C2")


@scenario
def complement_cancelled_and_sent_anew(town: Town) -> None:
    """A cancelled complement stays in Sage until another of its payment follows it."""
    there = _paid(town)
    sent = town.complement("C1", there, "F1")
    town.cycle()
    town.portal.cancel_cfdi(town.key, sent.id, by_sat=True)
    town.cycle(days=1)
    assert (town.payment("PY1", WRITE), _in_sage(town)) == ("done", _written("C1"))
    town.complement("C2", there, "F1")
    town.cycle()
    assert _in_sage(town) == _written("C2")


@scenario
def complement_cancelled_before_it_was_written(town: Town) -> None:
    """A complement that is cancelled before it was written is not written."""
    sent = town.complement("C1", _paid(town), "F1", approve=False)
    town.cycle()
    town.portal.cancel_cfdi(town.key, sent.id, by_sat=True)
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "complement_cancelled"
    assert _in_sage(town) == NOTHING


@scenario
def uuid_that_somebody_typed(town: Town) -> None:
    """Another UUID in Sage is never overwritten; the complement goes when it is taken out."""
    there = _paid(town)
    town.company.set_payment_field(number="PY1", name="FOLIOCFD", value=uuid_of("typed"))
    town.complement("C1", there, "F1")
    town.cycle()
    assert town.payment("PY1", WRITE) == "other_uuid_present"
    assert _in_sage(town) == (uuid_of("typed"), "", 1, 1)
    town.company.set_payment_field(number="PY1", name="FOLIOCFD", value="")
    town.cycle()
    assert _in_sage(town) == _written("C1")


@scenario
def writes_to_sage_are_switched_off(town: Town) -> None:
    """Sage's database is written only where the tenant allows it; the next sweep catches up."""
    there = _paid(town)
    town.set_payments(allow_sage_sql_writes=False)
    town.complement("C1", there, "F1")
    town.cycle()
    assert (town.payment("PY1", WRITE), _in_sage(town)) == ("sql_writes_off", NOTHING)
    town.set_payments(allow_sage_sql_writes=True)
    town.cycle(days=1)
    assert _in_sage(town) == _written("C1")


@scenario
def complement_of_a_payment_typed_in_the_portal(town: Town) -> None:
    """A complement of a portal payment that does not come from Sage is not ours."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.complement("C1", typed_in(town, "", "F1"), "F1")
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "payment_not_ours"


@scenario
def complement_without_a_link_found_by_its_invoice(town: Town) -> None:
    """Without a link a complement goes to the only payment of that invoice, amount and day."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "58.00"), on=date(2026, 3, 20))
    town.treasury.pay("PY2", ("F1", "58.00"), on=date(2026, 3, 21))
    _unlinked(town, "58.00")
    town.cycle()
    assert (_in_sage(town), _in_sage(town, "PY2")) == (_written("C1"), NOTHING)


@scenario
def complement_without_a_link_that_fits_two_payments(town: Town) -> None:
    """Without a link a complement that fits two payments is written to neither."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    for number in ("PY1", "PY2"):
        town.treasury.pay(number, ("F1", "58.00"), on=date(2026, 3, 20))
    _unlinked(town, "58.00")
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "complement_without_payment"
    assert (_in_sage(town), _in_sage(town, "PY2")) == (NOTHING, NOTHING)


@scenario
def complement_before_its_payment_is_posted(town: Town) -> None:
    """A complement waits until Sage has posted its payment, which the portal has, and is adopted.

    It is written before the payment has settled: what it names as its payment is known by then.
    """
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.complement("C1", typed_in(town, "PY1", "F1"), "F1")
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "payment_not_in_sage"
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.advance(minutes=-61)
    town.cycle(minutes=1)
    assert (town.payment("PY1"), _in_sage(town)) == ("payment_settling", _written("C1"))
    town.cycle(hours=1)
    assert (town.payment("PY1"), len(town.treasury.in_portal("PY1"))) == ("done", 1)


@scenario
def complement_that_fits_no_payment(town: Town) -> None:
    """A complement without a payment in the portal is matched only when the match is unique."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"), on=date(2026, 3, 12))
    _unlinked(town, "116.00")
    town.cycle()
    assert town.finding(uuid_of("C1"), WRITE, COMPLEMENT) == "complement_without_payment"
    assert _in_sage(town) == NOTHING


@scenario
def field_of_the_complement_is_not_defined(town: Town) -> None:
    """Nothing is half written where Sage cannot hold the complement's UUID and date."""
    town.set(fields=town.tenant.fields.model_copy(update={"complement_date": "OTRO"}))
    town.complement("C1", _paid(town), "F1")
    town.cycle()
    assert town.payment("PY1", WRITE) == "complement_field_unusable"
    assert _in_sage(town) == NOTHING


# -- suppliers -------------------------------------------------------------------------------


def _substitute(town: Town, there: str) -> None:
    """The supplier sends C2 in the place of C1, and it is approved."""
    paid = ((town.treasury.uuid("F1"), "116.00"),)
    xml = cfdi_xml("C2", tipo="P", paid=paid, related=("04", uuid_of("C1")))
    sent = town.portal.attach_complement(town.key, payment_ids=(there,), xml=xml)
    town.portal.review_complement(town.key, sent.id, authorize=True)


def _unlinked(town: Town, amount: str) -> None:
    """A complement of 20 March that names F1, and no payment of the portal."""
    paid = ((town.treasury.uuid("F1"), amount),)
    sent = town.upload("C1", tipo="P", paid=paid, approve=False)
    town.portal.review_complement(town.key, sent.id, authorize=True)
