"""Connection strings for SQL Server (SQL Server sheet 2)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.sage.database import import_pyodbc

PREFERRED_DRIVERS = ("ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server", "FreeTDS")


def sql_server_url(
    *,
    server: str,
    database: str,
    user: str,
    password: str,
    driver: str = "",
    trust_server_certificate: bool = False,
    must_verify: bool = False,
) -> URL:
    """URL of a SQL Server database; hold it where no log sees it: it carries the password.

    Args:
        server: ``host`` or ``host,port``.
        database: its name.
        user: empty: the Windows account of the service.
        password: of the user.
        driver: by name or path; empty: the best one that is installed.
        trust_server_certificate: do not check the server's certificate.
        must_verify: refuse a driver that cannot check it.

    Raises:
        ConfigError: no ODBC driver is installed, or not one that will do; says what to install.
    """
    name = driver or installed_driver()
    if must_verify and (trust_server_certificate or not checks_certificates(name)):
        raise ConfigError(
            f"the connection to {server} by {name} would not check the server's certificate",
            system="sage",
            remedy="use Microsoft ODBC Driver 18 without trust_server_certificate, or set "
            "allow_unverified_sql_server = true",
        )
    parts = [f"DRIVER={name if Path(name).is_absolute() else braced(name)}"]
    if not checks_certificates(name):
        host, _, port = server.partition(",")
        parts += [f"SERVER={host}", f"PORT={port or 1433}", "TDS_Version=7.4"]
        parts += ["ClientCharset=UTF-8", "Encryption=require"]
    else:
        parts += [f"SERVER={server}", "Encrypt=yes"]
        parts += ["TrustServerCertificate=yes"] if trust_server_certificate else []
    parts.append(f"DATABASE={database}")
    if user:
        parts += [f"UID={user}", f"PWD={braced(password)}"]
    else:
        parts.append("Trusted_Connection=yes")
    parts.append("APP=portal-pipeline")
    return URL.create("mssql+pyodbc", query={"odbc_connect": ";".join(parts)})


def checks_certificates(driver: str) -> bool:
    """Whether a driver checks certificates: FreeTDS encrypts, and asks nobody who is there."""
    return "freetds" not in driver.lower() and "tdsodbc" not in driver.lower()


def braced(text: str) -> str:
    """The text in braces, with ``}`` doubled: the ODBC way to quote."""
    return "{" + text.replace("}", "}}") + "}"


def installed_driver() -> str:
    """The best ODBC driver for SQL Server on this machine.

    Raises:
        ConfigError: there is none.
    """
    import_pyodbc()
    import pyodbc  # noqa: PLC0415 - only where a tenant uses SQL Server

    installed = pyodbc.drivers()
    for name in PREFERRED_DRIVERS:
        if name in installed:
            return name
    raise ConfigError(
        f"no ODBC driver for SQL Server is installed (found: {', '.join(installed) or 'none'})",
        system="sage",
        remedy="install Microsoft ODBC Driver 18 for SQL Server, or name one in sage.driver",
    )
