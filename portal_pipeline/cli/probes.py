"""The connection tests of ``check``: each reads something small and says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.tenant import Mode, Posting, Route
from portal_pipeline.importers.executable import FILES_MAX
from portal_pipeline.sage.connection import checks_certificates
from portal_pipeline.sage.profile import (
    read_authorisation_tables,
    read_every_table,
    read_profile,
)
from portal_pipeline.sage.web_api import WebApiMetadata
from portal_pipeline.settings import TenantSettings
from portal_pipeline.settings.models import Settings
from portal_pipeline.wiring import (
    portal_client,
    program_files,
    sage_database,
    web_api_client,
)

Probe = Callable[[], str]


def probe_tenant(installation: Settings, settings: TenantSettings) -> list[dict[str, Any]]:
    """One entry per test: ``{tenant, what, result, text, remedy}``; result ``ok`` or ``failed``."""
    return [_tried(settings.key, what, probe) for what, probe in _probes(installation, settings)]


def _tried(tenant: str, what: str, probe: Probe) -> dict[str, Any]:
    try:
        text, remedy, result = probe(), "", "ok"
    except PipelineError as error:
        text, remedy, result = error.message, error.remedy, "failed"
    return {"tenant": tenant, "what": what, "result": result, "text": text, "remedy": remedy}


def _probes(installation: Settings, settings: TenantSettings) -> Iterator[tuple[str, Probe]]:
    yield "settings", lambda: _what_it_does(settings)
    yield "sage company", lambda: _company(settings)
    yield "sage tables", lambda: _tables(settings)
    if settings.purchase_orders.authorisation == "tables":
        yield "authorisation tables", lambda: _authorisations(settings)
    if settings.sage_web_api is not None:
        yield "sage web api", lambda: _web_api(settings)
    if settings.importer_program is not None:
        yield "import program", lambda: _import_program(installation, settings)
    yield "portal", lambda: _portal(settings)


def _what_it_does(settings: TenantSettings) -> str:
    imports, payments = settings.imports, settings.payments
    parts = [
        f"mode {settings.mode.value}",
        f"start {settings.start_date or 'none'}",
        f"invoices {imports.invoice_route.value}, with purchase order "
        f"{imports.po_invoice_route.value}, posting {imports.posting.value}",
        f"vendors {'created' if settings.vendors.create_vendors else 'not created'}",
        f"SQL writes {'on' if payments.allow_sage_sql_writes else 'off'}",
    ]
    if settings.mode == Mode.DRY_RUN:
        parts.append("writes nothing remote")
    if settings.sage.trust_server_certificate or not checks_certificates(settings.sage.driver):
        parts.append(
            "WARNING: the certificate of SQL Server is not checked: whoever stands between can "
            "read and change everything"
        )
    if imports.po_invoice_route == Route.WEB_API:
        parts.append(
            "WARNING: invoices of purchase orders enter as plain A/P invoices; the receipt's "
            "liability stays and the order never closes"
        )
    routes = {
        imports.invoice_route,
        imports.po_invoice_route,
        imports.credit_note_route,
        imports.advance_route,
    }
    if settings.sage_web_api is None and Route.WEB_API in routes:
        parts.append("WARNING: no Web API: what is routed to it waits")
    return "; ".join(parts)


def _company(settings: TenantSettings) -> str:
    db = sage_database(settings)
    try:
        profile = read_profile(db)
    finally:
        db.close()
    if profile is None or profile.org_id.upper() != settings.sage.org_id.upper():
        found = profile.org_id if profile else "no company"
        raise PipelineError(
            f"the database holds {found}, not {settings.sage.org_id}",
            system="sage",
            remedy="check sage.database and sage.org_id",
        )
    if profile.home_currency != settings.home_currency:
        raise PipelineError(
            f"the company's currency is {profile.home_currency}, not {settings.home_currency}",
            system="sage",
            remedy="set home_currency",
        )
    return f"{profile.org_id} {profile.name}, {profile.home_currency}"


def _tables(settings: TenantSettings) -> str:
    db = sage_database(settings)
    try:
        read_every_table(db)
    finally:
        db.close()
    return "every table can be read"


def _authorisations(settings: TenantSettings) -> str:
    db = sage_database(settings)
    try:
        read_authorisation_tables(db)
    finally:
        db.close()
    return f"Empresa = {settings.sage.company_name}"


def _web_api(settings: TenantSettings) -> str:
    api = web_api_client(settings)
    if api is None:
        return "not set"
    with api:
        payables, orders = api.metadata("AP"), api.metadata("PO")
    wanted = ("POST", "PATCH") if settings.imports.posting != Posting.OPEN else ("POST",)
    for verb in wanted:
        if payables.offers("APInvoiceBatches", verb) is False:
            raise PipelineError(
                f"the Web API does not offer {verb} of A/P invoice batches",
                system="sage_web_api",
                remedy="update Sage's Web API, set imports.posting = 'open', or the import routes "
                "to hold",
            )
    offered = [_offer(payables, name) for name in ("APInvoiceBatches", "APPostInvoices")]
    offered += [_offer(payables, "APVendors"), _offer(orders, "POInvoices")]
    po_route = (
        "; it could create PO invoices, a route that is not built"
        if orders.offers("POInvoices", "POST")
        else ""
    )
    return f"offers {', '.join(offered)}{po_route}"


def _offer(module: WebApiMetadata, name: str) -> str:
    """``APVendors (GET PATCH POST)``, by the installation's own word."""
    resource = module.resources.get(name)
    if resource is None:
        return f"{name} (no)"
    if resource.verbs is None:
        return f"{name} (verbs not told)"
    return f"{name} ({' '.join(sorted(resource.verbs)) or 'nothing'})"


def _import_program(installation: Settings, settings: TenantSettings) -> str:
    files = program_files(installation, settings)
    if files is None:
        return "not set"
    problem = files.folder.problem() or (files.program.problem() if files.program else "")
    if problem:
        raise PipelineError(
            problem, system="importer_program", remedy="mend the tenant's importer_program"
        )
    waiting = len(files.folder.waiting(FILES_MAX))
    started = "started by us" if files.program else "started by others"
    return f"{started}; {waiting} file(s) of ours wait in its folder"


def _portal(settings: TenantSettings) -> str:
    with portal_client(settings) as portal:
        tenant = portal.tenant()
        companies = portal.companies()
        banks = portal.bank_accounts()
    rfcs = {company.rfc for company in companies.items} | {tenant.rfc}
    if settings.rfc not in rfcs:
        raise PipelineError(
            f"the portal's tenant has no company with RFC {settings.rfc}",
            system="portal",
            remedy="check portal.tenant_id and rfc",
        )
    known = {bank.id.lower() for bank in banks.items}
    unknown = [
        f"{bank} -> {account}"
        for bank, account in settings.payments.bank_accounts.items()
        if account.lower() not in known
    ]
    if unknown:
        raise PipelineError(
            f"bank accounts that the portal does not have: {', '.join(unknown)}",
            system="portal",
            remedy="mend payments.bank_accounts",
        )
    return f"{tenant.name} {tenant.rfc}; {len(known)} bank account(s)"
