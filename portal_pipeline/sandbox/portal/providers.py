"""Provider endpoints: list with its filters, one provider, the link to the ERP's vendor.

Source: portal API sheet 3 and 11.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal_pipeline.core.wire import dump_json
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.identity import day_of, instant_json, instant_text
from portal_pipeline.sandbox.portal.masters import company_json
from portal_pipeline.sandbox.portal.paging import page_response, page_window
from portal_pipeline.sandbox.portal.query import (
    choice_param,
    day_param,
    flag_param,
    is_external_id,
    is_within,
)
from portal_pipeline.sandbox.portal.records import Company, Dossier, DossierEntry, Provider
from portal_pipeline.sandbox.portal.state import Call, Portal
from portal_pipeline.sandbox.portal.switches import PortalSwitches

DOSSIER_STATES = frozenset({"SENT", "REJECTED", "ACCEPTED", "EDITED", "NO_EXPEDIENT"})
PROVIDER_STATES = frozenset({"ENABLED", "DISABLED"})
PROVIDER_TYPES = frozenset({"REGULAR", "CUSTOMS_AGENT", "FOREIGN"})
_MAPS = ("fields", "bank_accounts", "addresses", "contacts", "payment_bank_accounts")
_EMPTY_LISTS = ("classifications", "specific_rules", "validators", "workflows")
_BANK_MAPS = frozenset({"bank_accounts", "payment_bank_accounts"})

Test = Callable[[Provider], bool]


def list_providers(call: Call) -> Response:
    """One page of providers, newest first."""
    portal, request = call.portal, call.request
    window = page_window(
        request, portal.switches, error_name="GENERAL__BAD_REQUEST", is_master=True
    )
    tests = [*_state_tests(request), *_dossier_tests(request, portal), *_text_tests(call)]
    matches = [
        provider
        for provider in portal.store.providers.newest(call.tenant_id)
        if all(is_match(provider) for is_match in tests)
    ]
    hide_bank = flag_param(request, "hideBankInformation") is True
    extra: dict[str, Any] = {name: [] for name in _EMPTY_LISTS}
    return page_response(
        matches,
        window,
        portal.switches,
        lambda provider: provider_text(portal, provider, hide_bank=hide_bank),
        extra,
    )


def get_provider(call: Call) -> Response:
    """One provider by id, or by vendor number with ``id_type=EXTERNAL``."""
    provider = _named(call, is_external=is_external_id(call.request))
    return _answer(call.portal, provider)


def put_external_id(call: Call) -> Response:
    """Links a provider to the ERP's vendor; repeating it is harmless (sheet 9)."""
    provider = _named(call, is_external=False)
    external_id = call.body().required_text("external_id")
    return _answer(call.portal, link_provider(call.portal, provider, external_id))


def link_provider(portal: Portal, provider: Provider, external_id: str) -> Provider:
    """The provider with its vendor number; 409 when another one has that number."""
    others = portal.store.providers.find(provider.tenant, external_id)
    if portal.switches.provider_external_id_unique and any(o.id != provider.id for o in others):
        raise PortalError(
            409, "PROVIDERS__REPEATED_RFC_EXTERNAL_ID", f"{external_id} belongs to another provider"
        )
    linked = replace(provider, external_id=external_id)
    portal.store.put(linked)
    return linked


def _named(call: Call, *, is_external: bool) -> Provider:
    store, wanted = call.portal.store, call.path_values["id"]
    if is_external:
        found = store.providers.find(call.tenant_id, wanted)
        provider = found[0] if found else None
    else:
        provider = store.providers.get(call.tenant_id, wanted)
    if provider is None:
        raise PortalError(404, "PROVIDERS__NOT_FOUND", f"no provider {wanted}")
    return provider


def _answer(portal: Portal, provider: Provider) -> Response:
    text = provider_text(portal, provider)
    return Response(200, text.encode(), {"content-type": "application/json"})


def _state_tests(request: Request) -> list[Test]:
    tests: list[Test] = []
    if (status := choice_param(request, "status", PROVIDER_STATES)) is not None:
        tests.append(lambda p: p.status == status)
    if (kind := choice_param(request, "type", PROVIDER_TYPES)) is not None:
        tests.append(lambda p: p.type == kind)
    if (empty := flag_param(request, "emptyExternalId")) is True:
        tests.append(lambda p: (not p.external_id) is empty)
    return tests


def _dossier_tests(request: Request, portal: Portal) -> list[Test]:
    tests: list[Test] = []
    if (status := choice_param(request, "statusExpedient", DOSSIER_STATES)) is not None:
        tests.append(lambda p: _dossier_status(p) == status)
    first = day_param(request, "expedientAcceptedFrom")
    last = day_param(request, "expedientAcceptedTo")
    if first is not None or last is not None:
        zone = portal.switches.filter_time_zone

        def is_approved_within(provider: Provider) -> bool:
            approved = provider.dossier.approved_at if provider.dossier else None
            return approved is not None and is_within(day_of(approved, zone), first, last)

        tests.append(is_approved_within)
    if (expired := flag_param(request, "expiredExpedient")) is not None:
        tests.append(lambda p: (p.dossier is not None and p.dossier.expired) is expired)
    return tests


def _text_tests(call: Call) -> list[Test]:
    request, switches = call.request, call.portal.switches
    tests: list[Test] = []
    for name, read in _TEXTS.items():
        if (value := request.param(name)) is not None:
            tests.append(_text_match(read, value, switches))
    if ids := {value.lower() for value in request.params("ids")}:
        tests.append(lambda p: p.id.lower() in ids)
    if external_ids := set(request.params("external_ids")):
        tests.append(lambda p: p.external_id in external_ids)
    return tests


_TEXTS: dict[str, Callable[[Provider], str]] = {
    "rfc": lambda p: p.rfc,
    "externalId": lambda p: p.external_id,
    "name": lambda p: p.name,
}


def _text_match(read: Callable[[Provider], str], value: str, switches: PortalSwitches) -> Test:
    if switches.provider_text_match == "contains":
        return lambda provider: value.casefold() in read(provider).casefold()
    return lambda provider: read(provider) == value


def _dossier_status(provider: Provider) -> str:
    return provider.dossier.status if provider.dossier else "NO_EXPEDIENT"


def provider_text(portal: Portal, provider: Provider, *, hide_bank: bool = False) -> str:
    """The JSON text of one provider (ProviderResponse, sheet 3.3)."""
    companies = tuple(
        company
        for company_id in provider.company_ids
        if (company := portal.store.companies.get(provider.tenant, company_id)) is not None
    )
    return portal.rendered.text(
        ("provider", provider.tenant, provider.id, str(hide_bank)),
        (provider, *companies),
        lambda: dump_json(_provider_json(portal, provider, companies, hide_bank=hide_bank)),
    )


def _provider_json(
    portal: Portal, provider: Provider, companies: tuple[Company, ...], *, hide_bank: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": provider.id,
        "external_id": provider.external_id or None,
        "name": provider.name,
        "rfc": provider.rfc,
        "tax_id": provider.tax_id or None,
        "country": provider.country,
        "tenant_id": provider.tenant,
        "status": provider.status,
        "type": provider.type,
        "credit_days": provider.credit_days,
        "use_tenant_credit_days": provider.credit_days == 0,
        "currency_str": provider.currency,
        "allow_invoice_reception": provider.status == "ENABLED",
        "companies": [company_json(c) | {"related": True} for c in companies],
        "company_names": [c.name for c in companies],
        "rfcs_companies": [c.rfc for c in companies],
        "expedient_status": _dossier_status(provider),
        "extended_fields": [],
    }
    if provider.dossier is not None:
        shown["expedient"] = _dossier_json(portal, provider, provider.dossier, hide_bank)
    return shown


def _dossier_json(
    portal: Portal, provider: Provider, dossier: Dossier, hide_bank: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": dossier.status,
        "approved": instant_json(dossier.approved_at, epoch_ms=portal.switches.epoch_ms_dates),
        "last_review": instant_text(dossier.reviewed_at),
        "expired": dossier.expired,
        "valid": dossier.status == "ACCEPTED" and not dossier.expired,
        "has_data": True,
    }
    for name in _MAPS:
        entries: tuple[DossierEntry, ...] | None = getattr(dossier, name)
        if entries is None or (hide_bank and name in _BANK_MAPS):
            continue
        shown[name] = {
            # Keys are opaque configuration ids; an index keeps two entries of one name apart.
            portal.id_for(provider.tenant, name, f"{entry.name}|{place}"): _entry_json(
                portal, provider, dossier, name, entry
            )
            for place, entry in enumerate(entries)
        }
    return shown


def _entry_json(
    portal: Portal, provider: Provider, dossier: Dossier, map_name: str, entry: DossierEntry
) -> dict[str, Any]:
    at = instant_text(dossier.approved_at)
    shown: dict[str, Any] = {"status": entry.status, "accepted_at": at, "updated_at": at}
    configuration = {
        "id": portal.id_for(provider.tenant, "configuration", entry.name),
        "external_id": entry.name,
        "name": entry.name,
        "required": True,
    }
    if map_name == "fields":
        return shown | {
            "value": entry.values.get("value"),
            "value_external_id": entry.values.get("value_external_id"),
            "field_external_id": entry.name,
            "configuration": configuration,
        }
    shown |= {"value": dict(entry.values), "configuration": configuration}
    if map_name == "bank_accounts":
        kind = entry.values.get("bank_account_type_external_id", "CLABE")
        shown["bank_account_type"] = {"external_id": kind, "type_account": kind}
    if map_name == "payment_bank_accounts":
        key = f"{provider.id}|{entry.name}"
        return {"id": portal.id_for(provider.tenant, map_name, key), "data": shown}
    return shown
