"""Records that are lost or incomplete in the portal, whoever is to blame."""

from __future__ import annotations

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import CfdiRules, Check
from portal_pipeline.sandbox.portal import Cfdi
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of
from portal_pipeline_tests.scenarios.base import needs_sat, scenario
from portal_pipeline_tests.scenarios.town import Town

UPDATE, WRITE = Operation.UPDATE, Operation.WRITE_COMPLEMENT
COMPLEMENT = DocumentKind.PAYMENT_COMPLEMENT


@scenario
def order_taken_out_of_the_portal(town: Town) -> None:
    """An order that the portal lost is not sent a second time by itself."""
    number = town.buyers.order()
    town.cycle()
    town.portal.delete_po_by_support(town.key, number)
    town.buyers.amend(number, add=(line("1"),))
    town.cycle()
    assert town.order(number, UPDATE) == "po_missing_in_portal"
    assert town.buyers.in_portal(number) is None


@scenario
def supplier_taken_out_of_the_portal(town: Town) -> None:
    """A supplier that the portal has no longer is not waited for."""
    provider = town.apply("aceros")
    town.cycle()
    assert town.told(provider) == {"create_vendor": "vendor_to_be_created"}
    town.portal.delete_provider(town.key, provider.id)
    town.cycle(days=1)
    assert town.told(provider) == {"create_vendor": "provider_gone"}


def _complement(town: Town) -> Cfdi:
    """The approved complement C1 of a payment that the portal has."""
    town.set_payments(allow_sage_sql_writes=True)
    town.treasury.invoice("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    (there,) = town.treasury.in_portal("PY1")
    return town.complement("C1", there.id, "F1")


def _stored(town: Town) -> str:
    (payment,) = town.company.payments()
    return dict(payment.optional_fields).get("FOLIOCFD", "")


@scenario
def complement_listed_without_its_stamping_date(town: Town) -> None:
    """A complement is written to Sage only with the date of its stamp."""
    complement = _complement(town)
    town.portal.lose_stamp(town.key, complement.id, name="fecha_timbrado")
    town.cycle()
    waits = town.finding(uuid_of("C1"), WRITE, COMPLEMENT)
    assert (waits, _stored(town)) == ("complement_without_stamp_date", "")


@needs_sat
@scenario
def complement_with_a_broken_seal(town: Town) -> None:
    """A complement whose seal is broken is not written to Sage."""
    town.set(cfdi=CfdiRules(schema_check=Check.OFF))
    _complement(town)
    town.cycle()
    waits = town.finding(uuid_of("C1"), WRITE, COMPLEMENT)
    assert (waits, _stored(town)) == ("complement_seal_broken", "")
