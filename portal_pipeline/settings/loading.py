"""Finding and reading the settings; every mistake is reported at once, with how to mend it."""

from __future__ import annotations

import os
import stat
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portal_pipeline.core.errors import ConfigError, NoSettings
from portal_pipeline.core.tenant import Mode, Route
from portal_pipeline.settings.environment import TENANTS_VARIABLE, tenants_of_environment
from portal_pipeline.settings.home import home_folder, latest_demo
from portal_pipeline.settings.models import (
    InstallationSettings,
    Settings,
    TenantSettings,
    is_loopback,
)
from portal_pipeline.settings.secrets import (
    SECRET_NAMES,
    SecretProblem,
    holds_password,
    resolve,
)

SETTINGS_VARIABLE = "PORTAL_PIPELINE_SETTINGS"
FILE_NAME = "tenants.toml"
FILE_BYTES_MAX = 5_000_000
KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def load_settings(path: Path | None = None) -> Settings:
    """The settings from the first place that has them.

    Looked for in: ``path`` (``--settings``), the file named by ``PORTAL_PIPELINE_SETTINGS``, the
    environment variables of ``PORTAL_PIPELINE_TENANTS``, ``./tenants.toml``, the home, the latest
    demo.

    Raises:
        ConfigError: none found, or something in them is wrong; names every mistake.
    """
    named = path or (
        Path(os.environ[SETTINGS_VARIABLE]) if SETTINGS_VARIABLE in os.environ else None
    )
    if named is not None:
        return _from_file(named)
    if TENANTS_VARIABLE in os.environ:
        problems: list[str] = []
        tables = tenants_of_environment(os.environ, problems)
        return _build({"tenants": tables}, "environment variables", home_folder(), problems)
    demo = latest_demo()
    places = [Path(FILE_NAME), home_folder() / FILE_NAME]
    if demo is not None:
        places.append(demo / FILE_NAME)
    for place in places:
        if place.is_file():
            return _from_file(place)
    raise NoSettings(
        f"no settings found (looked for {', '.join(str(p) for p in places)})",
        system="settings",
        remedy="write a tenants.toml (docs/settings.md has an example), or run "
        "`portal-pipeline demo` to see the product work",
    )


def _from_file(path: Path) -> Settings:
    try:
        with path.open("rb") as file:
            _refuse_unusable(path, os.fstat(file.fileno()))
            data = tomllib.load(file)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({type(error).__name__})",
            system="settings",
            remedy="check the path given by --settings or PORTAL_PIPELINE_SETTINGS",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}", system="settings", remedy="mend that line"
        ) from error
    demo = latest_demo()
    is_demo = demo is not None and path.resolve().parent == demo.resolve()
    folder = path.resolve().parent if is_demo else home_folder()
    return _build(data, str(path), folder, [])


def _refuse_unusable(path: Path, found: os.stat_result) -> None:
    """Raises ConfigError: the settings name programs to start and hosts that get our secrets."""
    if found.st_size > FILE_BYTES_MAX:
        raise ConfigError(f"{path} is larger than {FILE_BYTES_MAX} bytes", system="settings")
    if os.name == "posix" and found.st_mode & stat.S_IWOTH:
        raise ConfigError(
            f"{path} can be changed by everybody on this machine",
            system="settings",
            remedy=f"run: chmod o-w {path}",
        )


def _build(data: Mapping[str, Any], source: str, folder: Path, problems: list[str]) -> Settings:
    unknown = set(data) - {"installation", "tenants"}
    problems += [f"{name}: unknown table; use [installation] and [tenants.KEY]" for name in unknown]
    installation = _validated(
        InstallationSettings,
        _with_ledger(data.get("installation", {}), problems),
        "installation",
        problems,
    )
    tables = data.get("tenants", {})
    if not isinstance(tables, Mapping) or not tables:
        problems.append("tenants: there is none; add a table [tenants.KEY] for each company")
        tables = {}
    tenants = []
    for key, table in tables.items():
        tenant = _tenant(str(key), table, problems)
        if tenant is not None:
            tenants.append(tenant)
            problems += _tenant_problems(tenant)
    problems += _problems_between(tenants)
    if problems or installation is None:
        raise ConfigError(
            f"settings from {source} have {len(problems)} mistake(s):\n  " + "\n  ".join(problems),
            system="settings",
        )
    return Settings(source=source, folder=folder, installation=installation, tenants=tuple(tenants))


def _with_ledger(table: object, problems: list[str]) -> object:
    """The installation's table with the ledger's URL, which may be a secret, resolved."""
    if not isinstance(table, Mapping) or "ledger" not in table:
        return table
    given = table["ledger"]
    is_plain = isinstance(given, str) and not holds_password(given)
    try:
        return {**table, "ledger": resolve(given, literal_allowed=is_plain)}
    except SecretProblem as problem:
        problems.append(f"installation.ledger: {problem}")
        return {name: value for name, value in table.items() if name != "ledger"}


def _tenant(key: str, table: object, problems: list[str]) -> TenantSettings | None:
    where = f"tenants.{key}"
    if not key or len(key) > 64 or set(key) - KEY_CHARACTERS:
        problems.append(f"{where}: a key has only letters, digits, _ and -, at most 64 of them")
        return None
    if not isinstance(table, Mapping):
        problems.append(f"{where}: must be a table [tenants.{key}]")
        return None
    is_sandbox = table.get("mode") == Mode.SANDBOX
    opened = _with_secrets(table, where, problems, literal_allowed=is_sandbox)
    return _validated(TenantSettings, {**opened, "key": key}, where, problems)


def _with_secrets(
    table: Mapping[str, Any], where: str, problems: list[str], *, literal_allowed: bool
) -> dict[str, Any]:
    opened: dict[str, Any] = {}
    for name, value in table.items():
        if name in SECRET_NAMES:
            try:
                opened[name] = resolve(value, literal_allowed=literal_allowed)
            except SecretProblem as problem:
                problems.append(f"{where}.{name}: {problem}")
                opened[name] = "unresolved"
        elif isinstance(value, Mapping):
            opened[name] = _with_secrets(
                value, f"{where}.{name}", problems, literal_allowed=literal_allowed
            )
        else:
            opened[name] = value
    return opened


def _validated(model: type[Any], data: object, where: str, problems: list[str]) -> Any | None:
    try:
        return model.model_validate(data, strict=False)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in (where, *one["loc"]))
            problems.append(f"{name}: {_plain(one['type'], one['msg'])}")
        return None


def _plain(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not a setting; check its spelling (docs/settings.md lists them all)"
        case _:
            return message.removeprefix("Value error, ")


def _tenant_problems(tenant: TenantSettings) -> list[str]:
    where = f"tenants.{tenant.key}"
    problems = []
    if not tenant.sage.server and not tenant.sage.url:
        problems.append(f"{where}.sage: name the server and database (or url, in the sandbox)")
    if tenant.sage.server and not tenant.sage.database:
        problems.append(f"{where}.sage.database: is missing; name the company's database")
    if tenant.purchase_orders.authorisation == "tables" and not (
        tenant.sage.authorisation_database or tenant.sage.authorisation_url
    ):
        problems.append(
            f"{where}.sage.authorisation_database: is missing; name it, or set "
            "purchase_orders.authorisation = 'none'"
        )
    problems += _program_problems(tenant, where)
    if tenant.mode == Mode.LIVE:
        if tenant.start_date is None:
            problems.append(f"{where}.start_date: must be set when mode is live")
        problems += _live_sage_problems(tenant, where)
        problems += [
            f"{where}.{name}.url: mode live needs https://"
            for name, section in (("portal", tenant.portal), ("sage_web_api", tenant.sage_web_api))
            if section is not None and not section.url.startswith("https://")
        ]
    if tenant.mode == Mode.SANDBOX:
        problems += [
            f"{where}.{name}.url: mode sandbox reaches this machine only (127.0.0.1)"
            for name, section in (("portal", tenant.portal), ("sage_web_api", tenant.sage_web_api))
            if section is not None and not is_loopback(section.url)
        ]
        if tenant.clock_url and not (
            tenant.clock_url.startswith("http://") and is_loopback(tenant.clock_url)
        ):
            problems.append(f"{where}.clock_url: mode sandbox reaches this machine only")
    elif tenant.clock_url:
        problems.append(f"{where}.clock_url: only in mode sandbox")
    if tenant.mode != Mode.SANDBOX:
        problems += [
            f"{where}.sage.{name}: a password stands in it; use server, user and password"
            for name in ("url", "authorisation_url")
            if holds_password(getattr(tenant.sage, name))
        ]
    return problems


def _live_sage_problems(tenant: TenantSettings, where: str) -> list[str]:
    """SQL Server, over a connection that we build ourselves: encrypted, with a known server."""
    sage = tenant.sage
    problems = []
    if not sage.server or sage.url or sage.authorisation_url:
        problems.append(
            f"{where}.sage: mode live needs SQL Server, named by server and database (no url)"
        )
    if sage.trust_server_certificate and not sage.allow_unverified_sql_server:
        problems.append(
            f"{where}.sage.trust_server_certificate: mode live checks the server's certificate; "
            "install one that this machine trusts, or set allow_unverified_sql_server = true"
        )
    return problems


def _program_problems(tenant: TenantSettings, where: str) -> list[str]:
    """What the routes and the import program's settings ask of each other."""
    imports, vendors = tenant.imports, tenant.vendors
    routes = {
        "imports.invoice_route": imports.invoice_route,
        "imports.po_invoice_route": imports.po_invoice_route,
        "imports.credit_note_route": imports.credit_note_route,
        "imports.advance_route": imports.advance_route,
        "vendors.route": vendors.route,
    }
    problems = [
        f"{where}.{name}: 'executable' needs the table importer_program (folder, id_base)"
        for name, route in routes.items()
        if route == Route.EXECUTABLE and tenant.importer_program is None
    ]
    if vendors.route == Route.HOLD:
        problems.append(f"{where}.vendors.route: use 'web_api' or 'executable'")
    if vendors.route == Route.EXECUTABLE and vendors.vendor_fields:
        problems.append(
            f"{where}.vendors.vendor_fields: only the Web API keeps fields equal; leave it empty "
            "with vendors.route = 'executable'"
        )
    return problems


def _problems_between(tenants: list[TenantSettings]) -> list[str]:
    problems = []
    databases = Counter(tenant.sage.identity for tenant in tenants)
    problems += [
        f"tenants.{tenant.key}.sage: another tenant uses the same Sage database"
        for tenant in tenants
        if databases[tenant.sage.identity] > 1
    ]
    folders = Counter(one.importer_program.place for one in tenants if one.importer_program)
    problems += [
        f"tenants.{one.key}.importer_program.folder: another tenant uses the same folder"
        for one in tenants
        if one.importer_program and folders[one.importer_program.place] > 1
    ]
    shared = Counter((tenant.portal.url, tenant.portal.tenant_id, tenant.rfc) for tenant in tenants)
    problems += [
        f"tenants.{tenant.key}.portal.tenant_id: shared with a tenant of the same RFC"
        for tenant in tenants
        if shared[tenant.portal.url, tenant.portal.tenant_id, tenant.rfc] > 1
    ]
    return problems
