"""Suppliers that apply in the portal, and their vendors in Sage."""

from __future__ import annotations

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import VendorField, VendorRules
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal import DossierEntry, Fault, FaultKind
from portal_pipeline_tests.contract.controllers.reception import CREATING, RFC
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

CREATE, UPDATE = Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR


@scenario
def supplier_that_sage_does_not_know(town: Town) -> None:
    """An unknown supplier waits for a person with what is needed to create the vendor."""
    provider = town.apply("aceros")
    town.cycle()
    assert town.told(provider) == {"create_vendor": "vendor_to_be_created"}
    town.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    town.cycle()
    assert town.external_id(provider) == "V100"


@scenario
def vendor_of_the_same_rfc(town: Town) -> None:
    """A vendor is not created beside one of the same RFC until a person asks for it."""
    town.set(vendors=CREATING)
    town.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC)
    provider = town.apply("aceros")
    town.cycle()
    assert town.told(provider) == {"create_vendor": "vendor_may_exist"}
    town.requeue(provider, CREATE)
    town.cycle()
    assert len(town.vendors_of(provider)) == 1


@scenario
def number_of_another_vendor(town: Town) -> None:
    """A vendor is not created under a number that belongs to somebody else."""
    town.set(vendors=CREATING.model_copy(update={"number_rule": "rfc"}))
    town.company.add_vendor(vendor=RFC, name="Somebody")
    provider = town.apply("aceros")
    town.cycle()
    assert town.told(provider) == {"create_vendor": "vendor_number_taken"}
    town.requeue(provider, CREATE, number="ACEROS2")
    town.cycle()
    assert town.vendors_of(provider) == ["ACEROS2"]


@scenario
def settings_without_a_default(town: Town) -> None:
    """A vendor is not created without the terms that the settings must name."""
    town.set(vendors=CREATING.model_copy(update={"terms": ""}))
    provider = town.apply("aceros")
    town.cycle()
    assert town.told(provider) == {"create_vendor": "vendor_default_missing"}
    assert town.vendors_of(provider) == []


@scenario
def number_that_names_no_vendor(town: Town) -> None:
    """A supplier whose external id names no vendor is not created under another number."""
    town.set(vendors=CREATING)
    provider = town.apply("aceros", external_id="V555")
    town.cycle()
    assert "vendor_number_not_in_sage" in town.told(provider).values()
    assert town.vendors_of(provider) == []


@scenario
def number_written_by_a_person_meanwhile(town: Town) -> None:
    """An external id that a person wrote in the portal is not overwritten."""
    provider = town.apply("aceros")
    town.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    town.portal.faults.add(Fault(FaultKind.DROP, "PUT", "*/external-id", calls=(1,)))
    town.cycle()
    town.portal.faults.before(
        "GET",
        f"*/providers/{provider.id}",
        lambda: town.portal.link_provider_by_person(town.key, provider.id, "V999"),
    )
    town.cycle()
    assert town.told(provider)["set_external_id"] == "external_id_differs"
    assert town.external_id(provider) == "V999"


@scenario
def change_that_sage_does_not_keep(town: Town) -> None:
    """A change of a vendor is not done when Sage answers yes and does not keep it."""
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    provider = town.apply("aceros", external_id="V100")

    def forgetful(request: Request) -> Response:
        return Response(204) if request.method == "PATCH" else town.web_api.handle(request)

    town.web_api_handler = forgetful
    town.cycle()
    assert town.told(provider) == {"update_vendor": "vendor_change_not_stored"}


@scenario
def company_without_the_web_api(town: Town) -> None:
    """Vendors wait where no Web API is set, because they are written by no other way."""
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    provider = town.apply("aceros", external_id="V100")
    town.web_api_handler = None
    town.cycle()
    assert town.told(provider) == {"update_vendor": "web_api_not_set"}


@scenario
def bank_account_changed_in_the_dossier(town: Town) -> None:
    """A supplier's new bank account is told to treasury and written nowhere."""
    provider = town.apply("aceros")
    town.cycle()
    other = {"bank_name": "Banorte", "clabe": "0721", "currency": "MXN"}
    town.change_dossier(provider, bank_accounts=(DossierEntry("MXN", other),))
    town.cycle()
    told = town.notes(provider.id, CREATE, DocumentKind.PROVIDER)
    assert "bank_data_changed" in told


@scenario
def credit_days_without_terms(town: Town) -> None:
    """Terms are left alone where the settings name none for the supplier's credit days."""
    town.set(vendors=VendorRules(vendor_fields=(VendorField.TERMS,)))
    town.cycle()
    assert "terms_not_mapped" in town.notes(town.provider.id, UPDATE, DocumentKind.PROVIDER)
