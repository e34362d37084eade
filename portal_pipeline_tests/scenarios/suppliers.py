"""Suppliers that apply in the portal, and their vendors in Sage."""

from __future__ import annotations

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.tenant import VendorField, VendorRules
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal import DossierEntry, Fault, FaultKind
from portal_pipeline_tests.contract.controllers.reception import CREATING, RFC
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import supplier_ends
from portal_pipeline_tests.scenarios.town import Town

CREATE, UPDATE = Operation.CREATE_VENDOR, Operation.UPDATE_VENDOR
LINKED = "create_vendor done, update_vendor done, set_external_id done"


@scenario
def supplier_that_sage_does_not_know(town: Town) -> None:
    """An unknown supplier waits for a person with what is needed to create the vendor."""
    provider = town.apply("aceros")
    town.cycle()
    waits = "create_vendor held vendor_to_be_created"
    assert supplier_ends(town, provider) == ("", "", waits)
    row = town.row(provider.id, CREATE, DocumentKind.PROVIDER)
    assert row is not None
    assert row.finding is not None
    told = row.finding.params
    assert (told["name"], told["rfc"], told["contact"]) == ("aceros", RFC, "Ana, ana@aceros.mx")
    town.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC, provider_id=provider.id)
    town.cycle()
    assert supplier_ends(town, provider) == ("V100", "V100", LINKED)


@scenario
def supplier_created_by_us(town: Town) -> None:
    """Where the settings ask for it, an unknown supplier is created once and then linked."""
    town.set(vendors=CREATING)
    provider = town.apply("aceros")
    town.cycle()
    (number,) = town.vendors_of(provider)
    waits = "create_vendor done, set_external_id held external_id_follows_vendor"
    assert supplier_ends(town, provider) == (number, "", waits)
    town.cycle()
    assert supplier_ends(town, provider) == (number, number, LINKED)
    row = town.vendor_row(number)
    assert (row["IDGRP"], row["TERMSCODE"], row["CURNCODE"]) == ("NAC", "N30", "MXP")
    town.cycle()
    assert len(town.company.vendors()) == 2


@scenario
def supplier_known_by_its_number(town: Town) -> None:
    """A vendor matched by its number gets its PROVIDERID, and nothing waits for that."""
    provider = town.apply("aceros", external_id="V100")
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    number = town.buyers.order(vendor="V100")
    town.cycle()
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")
    assert town.buyers.state(number) == "OPEN"


@scenario
def supplier_with_another_rfc(town: Town) -> None:
    """Different RFCs on both sides reject a supplier and its orders until one is mended."""
    provider = town.apply("aceros", external_id="V100")
    town.company.add_vendor(vendor="V100", name="aceros", rfc="ZZZ010101AB1")
    number = town.buyers.order(vendor="V100")
    town.cycle()
    rejected = "update_vendor rejected rfc_mismatch"
    assert supplier_ends(town, provider) == ("", "V100", rejected)
    assert town.order(number) == "rfc_mismatch"
    town.company.set_vendor_optional_field(vendor="V100", name="RFC", value=RFC)
    town.cycle()
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")
    assert town.buyers.state(number) == "OPEN"


@scenario
def supplier_whose_vendor_names_another(town: Town) -> None:
    """A vendor whose PROVIDERID names another provider is a conflict that a person solves."""
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC, provider_id="somebody-else")
    provider = town.apply("aceros", external_id="V100")
    number = town.buyers.order(vendor="V100")
    town.cycle()
    rejected = "update_vendor rejected provider_conflict"
    assert supplier_ends(town, provider) == ("", "V100", rejected)
    assert town.order(number) == "provider_conflict"


@scenario
def supplier_with_two_vendors(town: Town) -> None:
    """One vendor per currency: both are linked, and orders of both go under the one number."""
    provider = town.apply("aceros")
    for vendor, currency in (("V101", "USD"), ("V102", "MXP")):
        town.company.add_vendor(
            vendor=vendor, name="aceros", rfc=RFC, currency=currency, provider_id=provider.id
        )
    town.cycle()
    linked = "update_vendor done, set_external_id done"
    assert supplier_ends(town, provider) == ("V101, V102", "V102", linked)
    orders = [town.buyers.order(vendor=vendor) for vendor in ("V101", "V102")]
    town.cycle()
    sent = [town.buyers.sent(number) for number in orders]
    assert [one["provider_external_id"] for one in sent] == ["V102", "V102"]
    assert [one["currency"] for one in sent] == ["USD", "MXN"]


@scenario
def number_shared_with_another_company(town: Town) -> None:
    """A number that another company gave its own supplier in the portal stops nothing of ours."""
    other = town.portal.add_company(town.key, external_id="SUR", name="Del Sur", rfc="SUR010101AB1")
    theirs = town.apply("sur", external_id="V100", company_ids=(other.id,))
    ours = town.apply("aceros", external_id="P100")
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC, provider_id=ours.id)
    number = town.buyers.order(vendor="V100")
    town.cycle()
    left = "update_vendor out_of_scope provider_of_other_company"
    assert supplier_ends(town, theirs) == ("", "V100", left)
    assert supplier_ends(town, ours) == ("V100", "P100", "update_vendor done")
    assert town.buyers.sent(number)["provider_external_id"] == "P100"


@scenario
def dossier_completed_later(town: Town) -> None:
    """A supplier waits while its dossier is not accepted, and follows by itself once it is."""
    town.set(vendors=CREATING)
    provider = town.apply("aceros", accept=False)
    town.cycle()
    waits = "create_vendor held dossier_incomplete"
    assert supplier_ends(town, provider) == ("", "", waits)
    town.portal.reject_dossier(town.key, provider.id)
    town.cycle()
    assert supplier_ends(town, provider) == ("", "", waits)
    town.portal.accept_dossier(town.key, provider.id)
    town.cycle()
    town.cycle()
    (number,) = town.vendors_of(provider)
    assert supplier_ends(town, provider) == (number, number, LINKED)


@scenario
def supplier_disabled_and_enabled_again(town: Town) -> None:
    """A disabled supplier is not ours until it is enabled again; its vendor stays as it is."""
    provider = town.apply("aceros", external_id="V100", status="DISABLED")
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    town.cycle()
    left = "update_vendor out_of_scope provider_disabled"
    assert supplier_ends(town, provider) == ("", "V100", left)
    town.portal.set_provider_enabled(town.key, provider.id, enabled=True)
    town.cycle(days=1)
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")


@scenario
def supplier_with_changed_data(town: Town) -> None:
    """Only the fields that the settings name follow the dossier; all others stay Sage's."""
    town.set(vendors=VendorRules(vendor_fields=(VendorField.EMAIL,)))
    provider = town.apply("aceros", external_id="V100")
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC, provider_id=provider.id)
    town.cycle()
    assert town.vendor_row("V100")["EMAIL2"] == "ana@aceros.mx"
    town.change_dossier(
        provider,
        contacts=(DossierEntry("ventas", {"email": "beto@aceros.mx"}),),
        addresses=(DossierEntry("fiscal", {"street": "Calle Dos"}),),
    )
    town.cycle()
    row = town.vendor_row("V100")
    assert (row["EMAIL2"], row["TEXTSTRE1"]) == ("beto@aceros.mx", "Av. Principal 1")
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")


@scenario
def vendor_of_the_same_rfc(town: Town) -> None:
    """A vendor is not created beside one of the same RFC until a person asks for it."""
    town.set(vendors=CREATING)
    town.company.add_vendor(vendor="V100", name="Aceros", rfc=RFC)
    provider = town.apply("aceros")
    town.cycle()
    waits = "create_vendor held vendor_may_exist"
    assert supplier_ends(town, provider) == ("", "", waits)
    town.requeue(provider, CREATE)
    town.cycle()
    town.cycle()
    (number,) = town.vendors_of(provider)
    assert number != "V100"
    assert supplier_ends(town, provider) == (number, number, LINKED)


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
    town.cycle()
    assert supplier_ends(town, provider) == ("ACEROS2", "ACEROS2", LINKED)


@scenario
def settings_without_a_default(town: Town) -> None:
    """A vendor is not created without the terms that the settings must name."""
    town.set(vendors=CREATING.model_copy(update={"terms": ""}))
    provider = town.apply("aceros")
    town.cycle()
    waits = "create_vendor held vendor_default_missing"
    assert supplier_ends(town, provider) == ("", "", waits)
    town.set(vendors=CREATING)
    town.cycle()
    town.cycle()
    (number,) = town.vendors_of(provider)
    assert supplier_ends(town, provider) == (number, number, LINKED)


@scenario
def number_that_names_no_vendor(town: Town) -> None:
    """A supplier whose external id names no vendor is not created under another number."""
    town.set(vendors=CREATING)
    provider = town.apply("aceros", external_id="V555")
    town.cycle()
    waits = "create_vendor held vendor_number_not_in_sage"
    assert supplier_ends(town, provider) == ("", "V555", waits)


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
    assert supplier_ends(town, provider) == (
        "V100",
        "V999",
        "update_vendor done, set_external_id held external_id_differs",
    )


@scenario
def change_that_sage_does_not_keep(town: Town) -> None:
    """A change of a vendor is not done when Sage answers yes and does not keep it."""
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    provider = town.apply("aceros", external_id="V100")

    def forgetful(request: Request) -> Response:
        return Response(204) if request.method == "PATCH" else town.web_api.handle(request)

    town.web_api_handler = forgetful
    town.cycle()
    refused = "update_vendor refused vendor_change_not_stored"
    assert supplier_ends(town, provider) == ("", "V100", refused)


@scenario
def company_without_the_web_api(town: Town) -> None:
    """Vendors wait where no Web API is set, because they are written by no other way."""
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC)
    provider = town.apply("aceros", external_id="V100")
    town.web_api_handler = None
    town.cycle()
    held = "update_vendor held web_api_not_set"
    assert supplier_ends(town, provider) == ("", "V100", held)
    town.web_api_handler = town.web_api.handle
    town.cycle()
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")


@scenario
def bank_account_changed_in_the_dossier(town: Town) -> None:
    """A supplier's new bank account is told to treasury and written nowhere."""
    provider = town.apply("aceros", external_id="V100")
    town.company.add_vendor(vendor="V100", name="aceros", rfc=RFC, provider_id=provider.id)
    town.cycle()
    before = dict(town.vendor_row("V100"))
    other = {"bank_name": "Banorte", "clabe": "0721", "currency": "MXN"}
    town.change_dossier(provider, bank_accounts=(DossierEntry("MXN", other),))
    town.cycle()
    row = town.row(provider.id, UPDATE, DocumentKind.PROVIDER)
    assert row is not None
    (told,) = row.notes
    assert told.code == "bank_data_changed"
    assert told.params["before"].startswith("BBVA MXN ...0121")
    assert told.params["now"].startswith("Banorte MXN ...0721")
    assert dict(town.vendor_row("V100")) == before
    assert supplier_ends(town, provider) == ("V100", "V100", "update_vendor done")


@scenario
def credit_days_without_terms(town: Town) -> None:
    """Terms are left alone where the settings name none for the supplier's credit days."""
    town.set(vendors=VendorRules(vendor_fields=(VendorField.TERMS,)))
    town.cycle()
    assert "terms_not_mapped" in town.notes(town.provider.id, UPDATE, DocumentKind.PROVIDER)
