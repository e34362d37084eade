"""Whatever is spoilt, of whatever kind: the judge says so, and says nothing else.

Each case spoils one thing in a copy of a world that an honest courier has served, and names the one
sentence that the judge is to say about it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal_pipeline.sandbox.portal.records import Cfdi
from portal_pipeline.sandbox.portal.store import Store
from portal_pipeline.sandbox.sage.company import RemitType
from portal_pipeline.sandbox.world import World
from portal_pipeline.sandbox.world.deals import Deal
from portal_pipeline.sandbox.world.people import Office

pytestmark = pytest.mark.xdist_group("world")

PAID = "payment_of_earlier_days"
ORDERED = "order_authorised_last_week"
CAPTURED = "invoice_captured_by_hand"
NOTED = "credit_note_netted_in_a_payment"
HAND = "payment_made_by_a_person_in_portal"
TYPED = "payment_typed_into_the_portal_with_another_amount"
TWICE = "complement_sent_twice_for_a_payment"


@dataclass
class Spoilt:
    """A world and its ledger, to be spoilt."""

    world: World
    rows: dict[str, list[dict[str, Any]]]

    @property
    def office(self) -> Office:
        return self.world.offices[0]

    def deal(self, story: str, place: int = 0) -> Deal:
        staged = {one.key.split("/")[1]: one for one in self.world.plays[0].staged}
        return staged[story].deals[place]

    def forget(self, *keys: str) -> None:
        """The ledger has nothing to say about these documents."""
        operations = self.rows["operations"]
        self.rows["operations"] = [row for row in operations if row["key"] not in keys]

    def says(self, key: str, kind: str, operation: str, **values: Any) -> None:
        """The ledger says something else about a document."""
        self.forget(key)
        row = {"tenant": "norte", "kind": kind, "key": key, "operation": operation, "finding": ""}
        self.rows["operations"].append(row | values)

    def in_sage(self, statement: str, *values: Any) -> None:
        """Change one row of Sage."""
        with sqlite3.connect(self.world.folder / "NORDAT.sqlite") as database:
            done = database.execute(statement, values)
            assert done.rowcount == 1, statement

    @property
    def portal(self) -> Store:
        """The portal's records, below its rules: no person and no request could spoil them."""
        return self.world.portal._portal.store

    def put(self, record: Any) -> None:
        """In the place of the record with its id, else beside the others."""
        self.portal.put(record)

    def payment(self, story: str) -> Any:
        return self.office.payment(self.deal(story).payment())

    def order(self, story: str) -> Any:
        found = self.office.portal.purchase_order(self.office.tenant, self.deal(story).po_number)
        assert found is not None
        return found

    def provider(self, story: str) -> Any:
        supplier = self.deal(story).supplier
        found = self.office.portal.provider(self.office.tenant, supplier.provider_id)
        assert found is not None
        return found

    def cfdi(self, story: str, place: int = 0) -> Cfdi:
        return self.office.cfdi(self.deal(story, place).uuid)


def change_payment(**changes: Any) -> Callable[[Spoilt], str]:
    def spoil(it: Spoilt) -> str:
        payment = it.payment(PAID)
        it.forget(payment.external_id)
        it.put(replace(payment, **changes))
        return f"payment {payment.external_id}: "

    return spoil


def payment_of_other_lines(it: Spoilt) -> str:
    payment = it.payment("payment_for_many_invoices")
    first, second, *rest = payment.lines
    cent = Decimal("0.01")
    moved = (
        replace(first, amount=first.amount + cent, payment_amount=first.payment_amount + cent),
        replace(second, amount=second.amount - cent, payment_amount=second.payment_amount - cent),
    )
    it.forget(payment.external_id)
    it.put(replace(payment, lines=(*moved, *rest)))
    return f"payment {payment.external_id}: "


def payment_typed_with_another_amount(it: Spoilt) -> str:
    number = it.deal(TYPED).payment()
    it.forget(number)
    return f"payment {number}: "


def payment_not_posted_in_sage(it: Spoilt) -> str:
    payment = it.payment(PAID)
    entry = next(one for one in it.office.sage.payments() if one.number == payment.external_id)
    it.in_sage("UPDATE APBTA SET BATCHSTAT = 1 WHERE CNTBTCH = ? AND PAYMTYPE = 'PY'", entry.batch)
    return f"payment {payment.external_id}: not posted, but in the portal"


def payment_of_the_interface_alone(it: Spoilt) -> str:
    it.put(replace(it.payment(PAID), id="7" * 24, external_id="PY77777777"))
    return "portal payment PY77777777: of the interface, but not in Sage"


def prepayment_untold(it: Spoilt) -> str:
    office, number = it.office, "PYANTICIPO01"
    vendor = it.deal(PAID).supplier.vendor
    office.sage.pay(
        bank="BANMXP", vendor=vendor, amount=Decimal(10), number=number,
        remit_type=RemitType.PREPAYMENT,
    )  # fmt: skip
    return f"payment {number}: not in the portal"


def change_order(**changes: Any) -> Callable[[Spoilt], str]:
    def spoil(it: Spoilt) -> str:
        order = it.order(ORDERED)
        it.forget(order.external_id)
        it.put(replace(order, **changes))
        return f"purchase order {order.external_id}: "

    return spoil


def order_of_other_price(it: Spoilt) -> str:
    order = it.order(ORDERED)
    first, *rest = order.lines
    it.forget(order.external_id)
    it.put(replace(order, lines=(replace(first, price=first.price + Decimal("0.000001")), *rest)))
    return f"purchase order {order.external_id}: lines "


def order_never_authorised(it: Spoilt) -> str:
    order = it.order(ORDERED)
    it.forget(order.external_id)
    it.office.sage.revoke_authorisation(number=order.external_id, forget=True)
    return f"purchase order {order.external_id}: not authorised, but in the portal"


def order_of_the_portal_alone(it: Spoilt) -> str:
    it.put(replace(it.order(ORDERED), id="7" * 24, external_id="OC77777777"))
    return "purchase order OC77777777: in the portal, not in Sage"


def change_captured(table_columns: str, *values: Any) -> Callable[[Spoilt], str]:
    """In its A/P entry, as the clerk typed it."""

    def spoil(it: Spoilt) -> str:
        deal = it.deal(CAPTURED)
        it.forget(deal.uuid)
        where = "WHERE IDVEND = ? AND IDINVC = ? AND ERRENTRY = 0"
        it.in_sage(
            f"UPDATE APIBH SET {table_columns} {where}",  # noqa: S608 - our own text
            *values, deal.vendor, deal.invoice_number,
        )  # fmt: skip
        return f"invoice {deal.uuid}: "

    return spoil


def invoice_of_another_supplier(it: Spoilt) -> str:
    cfdi = it.cfdi(CAPTURED)
    it.forget(cfdi.uuid)
    it.put(replace(cfdi, provider_id=it.provider(PAID).id))
    return f"invoice {cfdi.uuid}: another supplier in Sage"


def invoice_missing(it: Spoilt) -> str:
    uuid = it.deal("invoice_without_order").uuid
    it.forget(uuid)
    return f"invoice {uuid}: not in Sage"


def invoice_imported_too_early(it: Spoilt) -> str:
    cfdi = it.cfdi(CAPTURED)
    it.put(replace(cfdi, authorized_at=None))
    it.says(cfdi.uuid, "invoice", "import", status="done", attempts=1)
    return f"invoice {cfdi.uuid}: not approved, but imported"


def document_imported_without_cfdi(it: Spoilt) -> str:
    cfdi = it.cfdi(CAPTURED)
    it.portal.delete(cfdi)
    it.says(cfdi.uuid, "invoice", "import", status="done", attempts=1)
    return f"Sage document {it.deal(CAPTURED).vendor}/{it.deal(CAPTURED).invoice_number}: imported"


def credit_note_of_other_amount(it: Spoilt) -> str:
    deal = it.deal(NOTED)
    [note] = [
        one for one in it.office.portal.cfdis(it.office.tenant)
        if one.kind == "CREDIT_NOTE" and one.provider_id == deal.supplier.provider_id
    ]  # fmt: skip
    it.forget(note.uuid)
    it.put(replace(note, facts=replace(note.facts, total=note.facts.total + 1)))
    return f"credit_note {note.uuid}: "


def complement_missing(it: Spoilt) -> str:
    deal = it.deal(PAID)
    uuid = it.office.complement_uuid(deal.payment())
    it.forget(uuid, deal.payment())
    it.office.sage.set_payment_field(number=deal.payment(), name="FOLIOCFD", value="")
    return f"complement {uuid}: not written to {deal.payment()}"


def complement_on_another_payment(it: Spoilt) -> str:
    uuid = it.office.complement_uuid(it.deal(PAID).payment())
    other = it.deal("payment_from_unmapped_bank").payment()
    it.office.sage.set_payment_field(number=other, name="FOLIOCFD", value=uuid)
    return f"complement {uuid}: written to {other}, which it does not prove"


def complement_written_too_early(it: Spoilt) -> str:
    cfdi = it.office.cfdi(it.office.complement_uuid(it.deal(PAID).payment()))
    it.put(replace(cfdi, authorized_at=None))
    it.forget(cfdi.uuid, it.deal(PAID).payment())
    return f"complement {cfdi.uuid}: not accepted, but in {it.deal(PAID).payment()}"


def complement_cancelled_and_left(it: Spoilt) -> str:
    cfdi = it.office.cfdi(it.office.complement_uuid(it.deal(PAID).payment()))
    it.put(replace(cfdi, cancelled_by_sat=True))
    it.forget(cfdi.uuid, it.deal(PAID).payment())
    return f"complement {cfdi.uuid}: cancelled, but in {it.deal(PAID).payment()}"


def complement_beside_another_unlinked(it: Spoilt) -> str:
    number = it.deal(TWICE).payment()
    uuid = it.office.complement_uuid(number, version=2)
    it.forget(uuid)
    return f"complement {uuid}: not linked to {number}"


def complement_substitute_not_written(it: Spoilt) -> str:
    number = it.deal("complement_substituted").payment()
    first, second = (it.office.complement_uuid(number, version=version) for version in (1, 2))
    it.put(replace(it.office.cfdi(first), cancelled_by_sat=False))
    it.office.sage.set_payment_field(number=number, name="FOLIOCFD", value=first)
    it.forget(second, number)
    return f"complement {second}: not written to {number}"


def provider_of_another_rfc(it: Spoilt) -> str:
    provider = it.provider(PAID)
    it.forget(provider.id)
    it.put(replace(provider, rfc="ZZY010101ZZ1"))
    return f"provider {provider.id}: RFC ZZY010101ZZ1 in the portal"


def provider_created_too_early(it: Spoilt) -> str:
    provider = it.provider(PAID)
    dossier = replace(provider.dossier, status="SENT", approved_at=None)
    it.put(replace(provider, dossier=dossier))
    it.says(provider.id, "provider", "create_vendor", status="done", attempts=1)
    return f"provider {provider.id}: dossier not accepted, but a vendor was created"


def vendor_of_no_provider(it: Spoilt) -> str:
    it.office.sage.add_vendor(vendor="SOLO", name="Solo", provider_id="f" * 24)
    return f"vendor SOLO: PROVIDERID {'f' * 24} names no provider"


SPOILT = {
    "payment: other amount": change_payment(total_amount=Decimal("0.01")),
    "payment: other currency": change_payment(currency="USD"),
    "payment: other supplier": change_payment(provider_id="0" * 24),
    "payment: other day": change_payment(payment_date="2026-01-01T10:00:00.000Z"),
    "payment: other bank": change_payment(bank_account_id="0" * 24),
    "payment: other amounts of its invoices": payment_of_other_lines,
    "payment: typed in the portal with another amount": payment_typed_with_another_amount,
    "payment: not posted": payment_not_posted_in_sage,
    "payment: in the portal alone": payment_of_the_interface_alone,
    "payment: a prepayment that nobody mentions": prepayment_untold,
    "order: other supplier": change_order(provider_id="0" * 24),
    "order: other currency": change_order(currency="USD"),
    "order: other state": change_order(status="CLOSED"),
    "order: other price": order_of_other_price,
    "order: too early": order_never_authorised,
    "order: in the portal alone": order_of_the_portal_alone,
    "invoice: missing": invoice_missing,
    "invoice: other amount": change_captured("AMTGROSDST = AMTGROSDST + 10"),
    "invoice: other currency": change_captured("CODECURN = 'USD'"),
    "invoice: other kind": change_captured("TEXTTRX = 3"),
    "invoice: other day": change_captured("DATEINVC = 20260101"),
    "invoice: other supplier": invoice_of_another_supplier,
    "invoice: too early": invoice_imported_too_early,
    "invoice: in Sage alone": document_imported_without_cfdi,
    "credit note: other amount": credit_note_of_other_amount,
    "complement: missing": complement_missing,
    "complement: on another payment": complement_on_another_payment,
    "complement: too early": complement_written_too_early,
    "complement: cancelled": complement_cancelled_and_left,
    "complement: beside another, and nobody knows": complement_beside_another_unlinked,
    "complement: a substitute": complement_substitute_not_written,
    "provider: other RFC": provider_of_another_rfc,
    "provider: too early": provider_created_too_early,
    "vendor: of no provider": vendor_of_no_provider,
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_the_judge_says_what_was_spoilt(lived, case):
    """One sentence about that document, and none about any other."""
    it = Spoilt(*lived)
    begins = f"norte {SPOILT[case](it)}"
    lost = it.world.judge(it.rows).lost
    assert [text for text in lost if text.startswith(begins)], lost
    names = {text.split(": ")[0] for text in lost}
    assert names == {begins.split(": ", maxsplit=1)[0]}


def test_a_payment_under_our_number_with_our_content_is_ours_whoever_made_it(lived):
    world, rows = lived
    it = Spoilt(world, rows)
    payment = it.payment(PAID)
    it.forget(payment.external_id)
    it.put(replace(payment, by="person"))
    assert world.judge(rows).lost == []


def test_of_two_valid_complements_of_a_payment_the_first_stays_and_both_are_linked(lived):
    world, rows = lived
    it = Spoilt(world, rows)
    number = it.deal(TWICE).payment()
    uuid = it.office.complement_uuid(number, version=2)
    it.forget(uuid, number)
    link = {"tenant": "norte", "relation": "documents", "key": uuid, "target_key": number}
    rows["links"].append(link)
    assert world.judge(rows).lost == []


def test_every_document_of_both_systems_is_judged_once(lived):
    """And the verdict says by kind what explains it."""
    world, rows = lived
    verdict = world.judge(rows)
    office = world.offices[0]
    portal, sage = office.portal, office.sage
    kinds = {kind: sum(tally.values()) for kind, tally in verdict.kinds.items()}
    cfdis = portal.cfdis(office.tenant)
    complements = sum(1 for one in cfdis if one.kind == "PAYMENT_CFDI")
    assert kinds["provider"] == len(portal.providers(office.tenant))
    assert kinds["purchase_order"] == len(sage.purchase_orders())
    assert kinds["payment"] == len(sage.payments())
    assert kinds["payment_complement"] == complements
    treated = kinds["invoice"] + kinds["credit_note"]
    assert treated + kinds["other_cfdi"] == len(cfdis) - complements
    assert kinds["other_cfdi"] > 0
    persons = [one for one in portal.payments(office.tenant) if one.by == "person"]
    assert kinds["portal_payment"] == len(persons) > 0
    assert kinds["vendor"] > 0
    assert kinds["sage_document"] > 0
    assert sum(kinds.values()) == verdict.explained


def test_what_arrives_after_the_last_cycle_began_is_explained_by_that(lived):
    """The judge does not ask more than the product could have known."""
    world, rows = lived
    it = Spoilt(world, rows)
    cfdi = it.cfdi(CAPTURED)
    it.put(replace(cfdi, authorized_at=world.now() + timedelta(minutes=1)))
    verdict = world.judge(rows)
    assert verdict.lost == []
    assert verdict.rules["invoice: approved after the last cycle began"] == 1


def test_an_approval_taken_back_before_anything_was_read_asks_for_nothing(lived):
    world, rows = lived
    it = Spoilt(world, rows)
    cfdi = it.cfdi("invoice_with_order_not_captured")
    it.put(replace(cfdi, status="REJECTED"))
    it.forget(cfdi.uuid)
    rows["documents"] = [row for row in rows["documents"] if row["key"] != cfdi.uuid]
    verdict = world.judge(rows)
    assert verdict.lost == []
    assert verdict.rules["invoice: its approval was taken back before it was read"] == 1
