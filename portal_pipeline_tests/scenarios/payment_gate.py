"""The gate: each condition alone holds its payment, which goes by itself once it is met."""

from __future__ import annotations

from datetime import date

from portal_pipeline.controllers.registry import step_factory
from portal_pipeline.core.identity import ControllerName
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.cashiers import sent, typed_in
from portal_pipeline_tests.scenarios.town import Town

WHOLE = "116.00 MXN: F1 116.00"
MANY = 40


@scenario
def payment_of_an_invoice_confirmed_later(town: Town) -> None:
    """A payment waits until its invoice's UUID stands on one document of Sage alone."""
    town.treasury.invoice("F1")
    town.treasury.capture("F1B", uuid=town.treasury.uuid("F1"))
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_not_confirmed"
    assert not sent(town, "PY1")
    with town.company.writing() as unit:  # support takes the UUID off the wrong document
        (wrong,) = unit.rows("APIBH", {"IDINVC": "F1B"}, "CNTBTCH", "CNTITEM")
        unit.update("APIBHO", {**wrong, "OPTFIELD": "FOLIOCFD"}, VALUE="")
        unit.update("APOBLO", {"IDINVC": "F1B", "OPTFIELD": "FOLIOCFD"}, VALUE="")
    _goes_once(town, WHOLE)


@scenario
def payment_of_an_invoice_captured_before_its_cfdi(town: Town) -> None:
    """A payment waits until the UUID is known: the CFDI of that number, total and currency."""
    town.treasury.capture("F1", uuid=None)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_without_uuid"
    town.upload("F1", serie="")
    _goes_once(town, WHOLE)


@scenario
def payment_of_an_invoice_uploaded_later(town: Town) -> None:
    """A payment waits until the supplier has sent its invoice to the portal."""
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_not_in_portal"
    town.treasury.upload("F1")
    _goes_once(town, WHOLE)


@scenario
def payment_of_an_invoice_cancelled_and_substituted(town: Town) -> None:
    """A payment of a cancelled invoice waits for its substitute (04), and pays that."""
    cancelled = town.treasury.invoice("F1")
    town.portal.cancel_cfdi(town.key, cancelled.id, by_sat=True)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_cancelled"
    assert not sent(town, "PY1")
    town.treasury.upload("F2", related=("04", town.treasury.uuid("F1")))
    _goes_once(town, "116.00 MXN: F2 116.00")


@scenario
def payment_of_an_invoice_moved_to_its_supplier(town: Town) -> None:
    """A payment waits while its invoice lies under another provider, and goes once it is moved."""
    other = town.portal.add_provider(
        town.key, key="other", name="Otro", rfc="EKU9003173C9", external_id="V009"
    )
    wrong = town.treasury.upload("F1", provider_id=other.id)
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "provider_differs"
    assert not sent(town, "PY1")
    town.portal.delete_cfdi(town.key, wrong.id)
    town.treasury.upload("F1")
    _goes_once(town, WHOLE)


@scenario
def payment_above_the_balance_of_the_portal(town: Town) -> None:
    """A payment waits while a payment typed in the portal leaves too little, to the cent."""
    town.treasury.invoice("F1")
    typed = typed_in(town, "", "F1", "0.01")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "balance_too_small"
    assert not sent(town, "PY1")
    town.portal.reject_payment_by_person(town.key, typed, comments="duplicado")
    _goes_once(town, WHOLE)


@scenario
def payment_of_part_of_a_pue_invoice(town: Town) -> None:
    """Part of a PUE invoice is paid once the supplier has substituted it by one in parts (PPD)."""
    town.treasury.invoice("F1", metodo="PUE")
    town.treasury.pay("PY1", ("F1", "60.00"))
    town.cycle()
    assert town.payment("PY1") == "pue_paid_in_part"
    assert not sent(town, "PY1")
    town.treasury.upload("F2", related=("04", town.treasury.uuid("F1")))
    _goes_once(town, "60.00 MXN: F2 60.00")
    assert town.treasury.balance("F2") == 56


@scenario
def pue_paid_in_two_is_paid_again_in_one(town: Town) -> None:
    """Two halves of a PUE invoice are not sent; one payment in their place is."""
    town.treasury.invoice("F1", metodo="PUE")
    for number in ("PY1", "PY2"):
        town.treasury.pay(number, ("F1", "58.00"))
    town.cycle()
    assert {town.payment("PY1"), town.payment("PY2")} == {"pue_paid_in_part"}
    for number in ("PY1", "PY2"):
        town.company.reverse_payment(number=number)
    town.treasury.pay("PY3", ("F1", "116.00"))
    town.cycle()
    assert {town.payment("PY1"), town.payment("PY2")} == {"reversed"}
    assert [sent(town, f"PY{n}") for n in (1, 2, 3)] == ["", "", WHOLE]


@scenario
def payment_of_an_invoice_in_a_payment_order(town: Town) -> None:
    """A payment waits while the portal plans to pay its invoice itself."""
    invoice = town.treasury.invoice("F1")
    town.portal.put_in_payment_order(town.key, invoice.id)
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "in_portal_payment_order"
    assert not sent(town, "PY1")
    town.portal.take_from_payment_order(town.key, invoice.id)
    _goes_once(town, WHOLE)


@scenario
def one_of_forty_invoices_is_not_ready(town: Town) -> None:
    """One invoice that is not ready holds its whole payment, and no other."""
    numbers = [f"F{n:02}" for n in range(MANY)]
    for number in numbers[1:]:
        town.treasury.invoice(number)
    town.treasury.capture("F00")
    town.treasury.invoice("G1")
    town.treasury.pay("PY1", *((number, "116.00") for number in numbers))
    town.treasury.pay("PY2", ("G1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "invoice_not_in_portal"
    assert (sent(town, "PY1"), sent(town, "PY2")) == ("", "116.00 MXN: G1 116.00")
    town.treasury.upload("F00")
    lines = ", ".join(f"{number} 116.00" for number in numbers)
    _goes_once(town, f"4640.00 MXN: {lines}")


@scenario
def payment_that_has_not_settled(town: Town) -> None:
    """A payment is left alone in Sage for sixty minutes before it is sent."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.advance(minutes=-61)
    town.cycle(minutes=59)
    assert town.payment("PY1") == "payment_settling"
    assert not sent(town, "PY1")
    town.cycle(minutes=1)
    assert sent(town, "PY1") == WHOLE


@scenario
def bank_mapped_later(town: Town) -> None:
    """A payment from a bank without account waits; a setting or the bank in Sage names it."""
    town.treasury.invoice("F1")
    town.company.set_bank_portal_account(bank="BANMXP", account="")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.payment("PY1") == "bank_not_mapped"
    assert not sent(town, "PY1")
    town.set_payments(bank_accounts={"BANMXP": town.treasury.account.id})
    _goes_once(town, WHOLE)


@scenario
def supplier_joins_the_portal_later(town: Town) -> None:
    """A payment to a vendor without provider is not ours, until he joins; then it is sent."""
    town.company.add_vendor(vendor="V900", name="Rentas")
    town.treasury.capture("F1", vendor="V900")
    town.treasury.pay("PY1", ("F1", "116.00"), vendor="V900")
    town.cycle()
    assert town.payment("PY1") == "vendor_not_on_portal"
    joined = town.portal.add_provider(
        town.key, key="rentas", name="Rentas", rfc="EKU9003173C9", external_id="V900"
    )
    town.treasury.upload("F1", provider_id=joined.id)
    town.cycle(days=1)
    assert sent(town, "PY1") == WHOLE


@scenario
def foreign_supplier_not_sent(town: Town) -> None:
    """A payment to a supplier abroad is sent, by document number, only where it is asked for."""
    abroad = town.portal.add_provider(
        town.key,
        key="abroad",
        name="Acme Inc",
        rfc="XEXX010101000",
        external_id="V800",
        type="FOREIGN",
    )
    town.company.add_vendor(vendor="V800", name="Acme Inc", provider_id=abroad.id)
    town.treasury.upload("F1", provider_id=abroad.id, document_type="FOREIGN")
    town.treasury.capture("F acme-F1", uuid=None, vendor="V800")
    town.treasury.pay("PY1", ("F acme-F1", "116.00"), vendor="V800")
    town.cycle()
    assert town.payment("PY1") == "foreign_documents"
    assert not sent(town, "PY1")
    town.set_payments(send_foreign=True)
    town.cycle(days=1)
    assert sent(town, "PY1") == WHOLE


@scenario
def payments_of_one_invoice_go_by_date(town: Town) -> None:
    """Payments of one invoice go by date, then number; one that waits does not hold a later one."""
    town.treasury.invoice("F1")
    town.treasury.capture("F2")
    town.treasury.pay("PY1", ("F1", "16.00"), ("F2", "116.00"), on=date(2026, 3, 1))
    town.treasury.pay("PY3", ("F1", "40.00"), on=date(2026, 3, 2))
    town.treasury.pay("PY2", ("F1", "60.00"), on=date(2026, 3, 3))
    town.cycle()
    assert town.payment("PY1") == "invoice_not_in_portal"
    town.treasury.upload("F2")
    _goes_once(town, "132.00 MXN: F1 16.00, F2 116.00")
    instalments = {
        number: line.instalment_number
        for number in ("PY1", "PY2", "PY3")
        for payment in town.treasury.in_portal(number)
        for line in payment.lines[:1]
    }
    assert instalments == {"PY3": 1, "PY2": 2, "PY1": 3}


# -- people ----------------------------------------------------------------------------------


def _goes_once(town: Town, expected: str) -> None:
    """The next cycle sends it, and the next upload does not send it again."""
    town.cycle()
    assert town.payment("PY1") == "done"
    town.run(step_factory(ControllerName.PAYMENT_UPLOAD))
    assert sent(town, "PY1") == expected
