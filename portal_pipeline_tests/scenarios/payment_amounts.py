"""How a payment's money is told to the portal: by invoice, to the cent, in both currencies."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.sandbox.sage.company import ApDocumentType, Application
from portal_pipeline_tests.contract.controllers.bench import VENDOR
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.cashiers import credit, credit_note, dollar_vendor, sent
from portal_pipeline_tests.scenarios.town import Town

D = Decimal


@scenario
def invoice_paid_in_three_parts(town: Town) -> None:
    """Each instalment of a PPD invoice is sent, though the portal asks for it again."""
    town.treasury.invoice("F1")
    for number, amount in (("PY1", "16.00"), ("PY2", "40.01"), ("PY3", "59.99")):
        town.treasury.pay(number, ("F1", amount))
    town.cycle()
    assert [sent(town, f"PY{n}") for n in (1, 2, 3)] == [
        "16.00 MXN: F1 16.00",
        "40.01 MXN: F1 40.01",
        "59.99 MXN: F1 59.99",
    ]
    assert town.treasury.balance("F1") == 0


@scenario
def credit_note_of_one_invoice(town: Town) -> None:
    """A credit note lowers what its own invoice gets, and no other."""
    for number in ("F1", "F2"):
        town.treasury.invoice(number)
    credit_note(town, "N1", "16.00", "F1")
    town.treasury.pay("PY1", ("F1", "116.00"), ("F2", "116.00"), credit("N1", "16.00"))
    town.cycle()
    assert sent(town, "PY1") == "216.00 MXN: F1 100.00, F2 116.00"
    assert (town.treasury.balance("F1"), town.treasury.balance("F2")) == (0, 0)


@scenario
def credit_notes_of_several_invoices(town: Town) -> None:
    """Several credit notes lower several invoices; one netted to zero is left out."""
    for number in ("F1", "F2", "F3"):
        town.treasury.invoice(number)
    for note, amount, invoice in (("N1", "16.00", "F1"), ("N2", "116.00", "F2")):
        credit_note(town, note, amount, invoice)
    invoices = (("F1", "116.00"), ("F2", "116.00"), ("F3", "116.00"))
    town.treasury.pay("PY1", *invoices, credit("N1", "16.00"), credit("N2", "116.00"))
    town.cycle()
    assert sent(town, "PY1") == "216.00 MXN: F1 100.00, F3 116.00"


@scenario
def one_credit_note_on_two_invoices(town: Town) -> None:
    """A credit note that the portal has split over two invoices lowers them in the same parts."""
    first, second = (town.treasury.invoice(number) for number in ("F1", "F2"))
    note = town.treasury.upload("N1", total="30.00", tipo="E")
    town.treasury.capture("N1", "30.00", kind=ApDocumentType.CREDIT_NOTE)
    for invoice, part in ((first, "20.00"), (second, "10.00")):
        town.portal.apply_credit_note(
            town.key, credit_note_id=note.id, invoice_id=invoice.id, amount=D(part)
        )
    town.treasury.pay("PY1", ("F1", "116.00"), ("F2", "116.00"), credit("N1", "30.00"))
    town.cycle()
    assert sent(town, "PY1") == "202.00 MXN: F1 96.00, F2 106.00"


@scenario
def credit_note_that_the_portal_has_not_applied(town: Town) -> None:
    """A PUE invoice less a credit note waits until the portal has taken the credit note off."""
    invoice = town.treasury.invoice("F1", metodo="PUE")
    of_invoice = ("01", town.treasury.uuid("F1"))
    note = town.treasury.upload("N1", total="16.00", tipo="E", related=of_invoice)
    town.treasury.capture("N1", "16.00", kind=ApDocumentType.CREDIT_NOTE)
    town.treasury.pay("PY1", ("F1", "116.00"), credit("N1", "16.00"))
    town.cycle()
    assert town.payment("PY1") == "credit_note_not_applied_in_portal"
    assert not sent(town, "PY1")
    town.portal.apply_credit_note(town.key, credit_note_id=note.id, invoice_id=invoice.id)
    town.cycle()
    assert sent(town, "PY1") == "100.00 MXN: F1 100.00"


@scenario
def credit_note_posted_onto_its_invoice(town: Town) -> None:
    """A credit note that Sage applied when it was posted must be applied in the portal, too."""
    invoice = town.treasury.invoice("F1", metodo="PUE")
    note = town.treasury.upload("N1", total="16.00", tipo="E")
    town.treasury.capture("N1", "16.00", kind=ApDocumentType.CREDIT_NOTE, applies_to="F1")
    town.treasury.pay("PY1", ("F1", "100.00"))
    town.cycle()
    assert town.payment("PY1") == "credit_note_not_applied_in_portal"
    town.portal.apply_credit_note(town.key, credit_note_id=note.id, invoice_id=invoice.id)
    town.cycle()
    assert sent(town, "PY1") == "100.00 MXN: F1 100.00"


@scenario
def discount_is_not_cash(town: Town) -> None:
    """What a discount settles in Sage is not paid: the portal keeps it as a PPD invoice's rest."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", Application(number="F1", amount=D("110.00"), discount=D("6.00")))
    town.cycle()
    assert sent(town, "PY1") == "110.00 MXN: F1 110.00"
    assert town.treasury.balance("F1") == 6


@scenario
def pue_settled_by_a_discount(town: Town) -> None:
    """A PUE invoice paid less a discount goes, ignoring amounts, only where the tenant allows."""
    town.treasury.invoice("F1", metodo="PUE")
    town.treasury.pay("PY1", Application(number="F1", amount=D("110.00"), discount=D("6.00")))
    town.cycle()
    assert town.payment("PY1") == "pue_paid_in_part"
    assert not sent(town, "PY1")
    town.set_payments(allow_ignore_amounts=True)
    town.cycle()
    assert sent(town, "PY1") == "110.00 MXN: F1 110.00"
    assert town.treasury.in_portal("PY1")[0].ignore_amounts
    assert town.treasury.balance("F1") == 0


@scenario
def withholding_booked_as_an_adjustment(town: Town) -> None:
    """What an adjustment settles in Sage, such as a tax withheld, is not paid either."""
    for number, method in (("F1", "PPD"), ("F2", "PUE")):
        town.treasury.invoice(number, metodo=method)
        town.company.adjust(vendor=VENDOR, invoice=number, amount=D("16.00"))
    town.treasury.pay("PY1", ("F1", "100.00"))
    town.treasury.pay("PY2", ("F2", "100.00"))
    town.cycle()
    assert sent(town, "PY1") == "100.00 MXN: F1 100.00"
    assert town.treasury.balance("F1") == 16
    assert (town.payment("PY2"), sent(town, "PY2")) == ("pue_paid_in_part", "")


@scenario
def debit_note_beside_an_invoice(town: Town) -> None:
    """A debit note is paid like an invoice."""
    town.treasury.invoice("F1")
    town.treasury.upload("D1", total="58.00")
    town.treasury.capture("D1", "58.00", kind=ApDocumentType.DEBIT_NOTE)
    debit = Application(number="D1", amount=D(58), document_type=ApDocumentType.DEBIT_NOTE)
    town.treasury.pay("PY1", ("F1", "116.00"), debit)
    town.cycle()
    assert sent(town, "PY1") == "174.00 MXN: D1 58.00, F1 116.00"


@scenario
def dollars_paid_from_the_dollar_account(town: Town) -> None:
    """A dollar invoice paid in dollars needs no rate, whatever the rates of the day."""
    dollar_vendor(town)
    _captured_in_dollars(town, "F1", "116.00")
    town.company.set_bank_portal_account(bank="BANUSD", account=town.treasury.account.id)
    town.treasury.pay("PY1", ("F1", "116.00"), vendor="V002", bank="BANUSD", rate=D("17.1234567"))
    town.cycle()
    assert sent(town, "PY1") == "116.00 USD: F1 116.00"


@scenario
def dollars_paid_in_pesos(town: Town) -> None:
    """Dollars paid in pesos go by the payment's own rate; left-over cents to the largest line."""
    dollar_vendor(town)
    for number, amount in (("F1", "33.33"), ("F2", "33.33"), ("F3", "33.35")):
        _captured_in_dollars(town, number, amount)
    paid = (("F1", "33.33"), ("F2", "33.33"), ("F3", "33.35"))
    town.treasury.pay("PY1", *paid, vendor="V002", rate=D("17.1234567"))
    town.cycle()
    lines = "F1 33.33 USD = 570.72, F2 33.33 USD = 570.72, F3 33.35 USD = 571.08"
    assert sent(town, "PY1") == f"1712.52 MXN: {lines}"


@scenario
def pesos_paid_in_dollars(town: Town) -> None:
    """Pesos paid from the dollar account go by the payment's own rate, too."""
    town.treasury.invoice("F1")
    town.company.set_bank_portal_account(bank="BANUSD", account=town.treasury.account.id)
    town.treasury.pay("PY1", ("F1", "116.00"), bank="BANUSD", rate=D("17.5000000"))
    town.cycle()
    assert sent(town, "PY1") == "6.63 USD: F1 116.00 MXN = 6.63"


@scenario
def payment_that_differs_by_cents(town: Town) -> None:
    """A payment whose lines are not its amount, to the cent, waits until treasury mends it."""
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    _typed_amount(town, "115.99")
    town.cycle(hours=1)
    assert town.payment("PY1") == "net_payment_needs_allocation"
    assert not sent(town, "PY1")
    _typed_amount(town, "116.00")
    town.cycle(hours=1)
    assert sent(town, "PY1") == "116.00 MXN: F1 116.00"


# -- people ----------------------------------------------------------------------------------


def _captured_in_dollars(town: Town, number: str, total: str) -> None:
    town.treasury.upload(number, total=total, currency="USD", rate="17.500000")
    town.treasury.capture(number, total, vendor="V002")


def _typed_amount(town: Town, amount: str) -> None:
    with town.company.writing() as unit:
        unit.update("APTCR", {"DOCNBR": "PY1"}, AMTRMIT=D(amount))
