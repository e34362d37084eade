"""Endpoints of what a tenant is made of: the tenant itself, its companies, its bank accounts.

Source: portal API sheet 1 (credential probe), 6.1 and 8.
"""

from __future__ import annotations

from portal_pipeline.core.wire import dump_json
from portal_pipeline.sandbox.http import Response
from portal_pipeline.sandbox.portal.identity import instant_text
from portal_pipeline.sandbox.portal.paging import page_response, page_window
from portal_pipeline.sandbox.portal.records import BankAccount, Company
from portal_pipeline.sandbox.portal.state import Call


def get_tenant(call: Call) -> Response:
    """The tenant that the keys belong to; ``created_at`` in milliseconds."""
    tenant = call.tenant
    return Response.json(
        {
            "id": tenant.tenant,
            "name": tenant.name,
            "rfc": tenant.rfc,
            "active": True,
            "license_status": "ACTIVE",
            "created_at": int(tenant.created_at.timestamp() * 1000),
        }
    )


def list_companies(call: Call) -> Response:
    """Companies, by ids or by a text that occurs in name, RFC or external id."""
    request, switches = call.request, call.portal.switches
    window = page_window(request, switches, error_name="GENERAL__BAD_REQUEST", is_master=True)
    ids = {value.lower() for value in request.params("ids")}
    search = (request.param("search") or "").casefold()
    matches = [
        company
        for company in call.portal.store.companies.newest(call.tenant_id)
        if (not ids or company.id.lower() in ids)
        and search in f"{company.name}|{company.rfc}|{company.external_id}".casefold()
    ]
    return page_response(matches, window, switches, lambda c: dump_json(company_json(c)))


def company_json(company: Company) -> dict[str, object]:
    """One company as lists and providers show it."""
    return {
        "id": company.id,
        "external_id": company.external_id,
        "name": company.name,
        "rfc": company.rfc,
        "active": company.active,
        "created_at": instant_text(company.created_at),
    }


def list_bank_accounts(call: Call) -> Response:
    """The tenant's bank accounts, by currency or a text in name, bank or number."""
    request, switches = call.request, call.portal.switches
    window = page_window(request, switches, error_name="GENERAL__BAD_REQUEST", is_master=True)
    currency = request.param("currency")
    search = (request.param("search") or "").casefold()
    matches = [
        account
        for account in call.portal.store.bank_accounts.newest(call.tenant_id)
        if (currency is None or account.currency == currency)
        and search in f"{account.name}|{account.bank_name}|{account.account_number}".casefold()
    ]
    return page_response(matches, window, switches, lambda a: dump_json(_account_json(a)))


def _account_json(account: BankAccount) -> dict[str, object]:
    return {
        "id": account.id,
        "external_id": account.external_id,
        "name": account.name,
        "bank_name": account.bank_name,
        "account_number": account.account_number,
        "clabe": account.clabe,
        "currency": account.currency,
        "country": "MEX",
        "active": account.active,
        "in_use": account.active,
    }
