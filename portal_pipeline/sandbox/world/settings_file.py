"""The settings file that a world hands to the product: everything that its tenants need."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from portal_pipeline.sandbox.sage.company.seed import IVA_CLASSES
from portal_pipeline.sandbox.world.calendar import START_DATE
from portal_pipeline.sandbox.world.databases import AUTHORISATIONS, Databases
from portal_pipeline.sandbox.world.people.clerks import EXPENSES
from portal_pipeline.sandbox.world.tenants import WEB_API_USER, Company, Profile

TAX_GROUPS = {
    "IVA16": "IVA16",
    "IVA8": "IVA8",
    "IVA0": "IVA0",
    "IVAEX": "IVA0",
    "IVA16+RET_ISR10+RET_IVA10.6667": "IVA16HON",
}
"""Taxes of a CFDI to the tax groups that the simulated companies are born with."""
ACCOUNTS = {"84111506": "5100300", "14111507": EXPENSES}

Table = Mapping[str, Any]


PROGRAM_FOLDERS = "importer"
"""Folder of the world that holds, by company, what waits for the import program."""


def program_folder(folder: Path, company: Company) -> Path:
    """Where the company's import program looks for its files."""
    return folder / PROGRAM_FOLDERS / company.org_id


def settings_text(
    companies: Sequence[Company], databases: Databases, base_url: str, folder: Path
) -> str:
    """``tenants.toml`` of the world's companies; the world lies in ``folder``."""
    lines = ["# Written by the sandbox; the secrets in it open nothing but this world.", ""]
    for company in companies:
        table = dict(_tenant(company, databases, base_url))
        if company.profile.keeps_program:
            table |= _by_program(table, company, databases, base_url, folder)
        lines += _tables(f"tenants.{company.key}", table)
    return "\n".join(lines)


def _tenant(company: Company, databases: Databases, base_url: str) -> Table:
    profile = company.profile
    has_tables = profile.has_authorisations
    return {
        "name": company.name,
        "rfc": company.rfc,
        "zone": "America/Mexico_City",
        "mode": "sandbox",
        "start_date": START_DATE,
        "clock_url": f"{base_url}/sandbox/clock",
        "sage": {
            "url": databases.url(company.org_id),
            "org_id": company.org_id,
            **(
                {
                    "authorisation_url": databases.url(AUTHORISATIONS),
                    "authorisation_company": company.org_id,
                }
                if has_tables
                else {}
            ),
        },
        "sage_web_api": {
            "url": f"{base_url}/Sage300WebApi",
            "company": company.org_id,
            "user": web_api_user(company),
            "password": company.web_api_password,
        },
        "portal": {
            "url": base_url,
            "tenant_id": company.portal_id,
            "key": company.portal_key,
            "secret": company.portal_secret,
            "requests_per_second": 500,
        },
        "guard": {"is_on": False},
        "purchase_orders": {
            "authorisation": "tables" if has_tables else "none",
            "company_external_id": company.org_id,
            "skipped_warehouses": profile.skipped_warehouses,
            "ship_to": {"street": "Av. Industria 100", "city": "Monterrey", "zip_code": "64000"},
        },
        # Seals of the sandbox look like seals and verify as nothing.
        "cfdi": {"seal": "off", "schema_check": "off"},
        "imports": _imports(profile),
        "payments": {
            "allow_sage_sql_writes": profile.allows_sql_writes,
            "on_reversal": "reject" if profile.rejects_reversed else "report",
            "allow_ignore_amounts": profile.allows_discounts,
        },
        "vendors": {
            "create_vendors": profile.creates_vendors,
            "group": "NAC",
            "vendor_fields": profile.vendor_fields,
            "terms": "N30",
            "terms_by_credit_days": {"30": "N30"},
            "tax_group": "IVA16",
            "account_set": "NAC",
            "number_rule": profile.vendor_number_rule,
        },
    }


def _imports(profile: Profile) -> Table:
    table: dict[str, Any] = {
        "posting": profile.posting,
        "account_by_product": ACCOUNTS,
        "tax_group_by_taxes": TAX_GROUPS,
        "tax_class_by_rate": dict(IVA_CLASSES),
    }
    if profile.has_default_account:
        table["default_account"] = EXPENSES
    if profile.closed_until is not None:
        table["periods_closed_until"] = profile.closed_until
    return table


def _by_program(
    table: Table, company: Company, databases: Databases, base_url: str, folder: Path
) -> Table:
    """What is otherwise for a company that keeps its import program: the sandbox's stand-in."""
    command = [
        *(sys.executable, "-m", "portal_pipeline.sandbox.importer_program"),
        *("--folder", "{folder}", "--sage-url", databases.url(company.org_id)),
        *("--clock-url", f"{base_url}/sandbox/clock"),
    ]
    return {
        "importer_program": {
            "folder": str(program_folder(folder, company)),
            "command": command,
            "timeout_seconds": 60,
            "id_base": company.org_id,
            "bank_required": True,
        },
        "imports": {
            **table["imports"],
            "invoice_route": "executable",
            "credit_note_route": "executable",
        },
        "vendors": {**table["vendors"], "route": "executable"},
    }


def web_api_user(company: Company) -> str:
    """Name of the Web API's user of a company; Sage users are of the whole server."""
    return f"{WEB_API_USER}_{company.org_id}"


def _tables(name: str, table: Table) -> list[str]:
    """A TOML table with its sub-tables below it."""
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in plain.items()), ""]
    for key, value in inner.items():
        lines += _tables(f"{name}.{_key(key)}", value)
    return lines


def _key(text: str) -> str:
    is_bare = text.replace("_", "").replace("-", "").isalnum() and text.isascii()
    return text if is_bare else json.dumps(text)


def _value(value: object) -> str:
    """A TOML value; texts are ASCII, whose JSON form is TOML's."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)
