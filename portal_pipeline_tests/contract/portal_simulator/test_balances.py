"""Money is conserved: balances never negative, applied amounts and balance make the total."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from portal_pipeline.sandbox.portal import PortalError, PortalSwitches
from portal_pipeline_tests.contract.portal_simulator.office import TENANT, Office, payment

STEPS = st.tuples(
    st.sampled_from(["pay", "pay", "ignore", "reject", "credit", "cancel"]),
    st.integers(0, 2),
    st.sampled_from([Decimal("0.1"), Decimal("0.5"), Decimal(1), Decimal(2)]),
    st.sampled_from([Decimal("-0.01"), Decimal(0), Decimal("0.01"), Decimal("0.02")]),
)
PATH = f"/api/1.0/extern/tenants/{TENANT}/payments"


def check_books(office: Office, totals: dict[str, Decimal]) -> None:
    live = [p for p in office.portal.payments(TENANT) if not p.is_rejected]
    numbers = [p.external_id for p in office.portal.payments(TENANT)]
    assert len(numbers) == len(set(numbers))
    for cfdi in office.portal.cfdis(TENANT):
        assert cfdi.balance >= 0
        applied = sum(
            (x.applied for p in live for x in p.lines if x.cfdi_id == cfdi.id), Decimal(0)
        )
        credited = sum((use.amount for use in cfdi.credit_notes), Decimal(0))
        assert cfdi.balance + applied + credited == totals[cfdi.uuid]


@settings(max_examples=100)
@given(steps=st.lists(STEPS, max_size=12), returns=st.booleans())
def test_balances_stay_whole_whatever_happens(steps, returns):
    office = Office(PortalSwitches(partial_payment_returns_to_supplier=returns)).furnish()
    invoices = [
        office.approved_invoice(str(n), total=t) for n, t in enumerate(("116.00", "200.00", "0.05"))
    ]
    note = office.approved_invoice("note", tipo="E", total="90.00")
    totals = {cfdi.uuid: cfdi.facts.total for cfdi in (*invoices, note)}
    for place, (step, which, share, cents) in enumerate(steps):
        invoice = invoices[which]
        amount = (office.balance(invoice) * share).quantize(Decimal("0.01")) + cents
        match step:
            case "pay" | "ignore":
                request = payment(f"P{place % 9}", (invoice, str(amount)))
                office.send("POST", PATH, request | {"ignore_amounts": step == "ignore"})
            case "reject":
                for paid in office.portal.payments(TENANT)[which : which + 1]:
                    office.send("POST", f"{PATH}/{paid.id}/reject", {"comments": "x"})
            case "credit":
                with suppress(PortalError):
                    office.portal.apply_credit_note(
                        TENANT, credit_note_id=note.id, invoice_id=invoice.id, amount=amount
                    )
            case "cancel":
                if share == 2:
                    office.portal.cancel_cfdi(TENANT, invoice.id, by_sat=True)
        check_books(office, totals)
