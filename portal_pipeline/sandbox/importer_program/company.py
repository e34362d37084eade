"""Opening a Sage company that is certainly the sandbox's own."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, inspect, make_url, select

from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused, sandbox_engine
from portal_pipeline.sandbox.sage.company.marker import MARKER

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
COMPANY_TABLE = "CSCOM"


def open_company(url: str, *, clock: Callable[[], datetime], zone: ZoneInfo) -> SageCompany:
    """The company of a database that carries our marker; nothing is made or changed to find out.

    Raises:
        SageRefused: ``not_a_sandbox`` when it has no marker, or is no company's.
    """
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
        raise SageRefused("not_a_sandbox", f"there is no file {database.database}")
    looking = create_engine(database)
    try:
        inspector = inspect(looking)
        if not inspector.has_table(MARKER.name) or not inspector.has_table(COMPANY_TABLE):
            raise SageRefused(
                "not_a_sandbox",
                f"{database.render_as_string()} has not both {MARKER.name} and {COMPANY_TABLE};"
                " this program only writes the sandbox's companies",
            )
        with looking.connect() as connection:
            named = select(MARKER.c.VALUE).where(MARKER.c.NAME == "owner")
            owner = connection.execute(named).scalar_one()
    finally:
        looking.dispose()
    return SageCompany(sandbox_engine(database), org_id=owner, clock=clock, zone=zone)


def system_clock() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


def sandbox_clock(url: str) -> Callable[[], datetime]:
    """The sandbox's own time, asked for once: it stands still while the program runs.

    Args:
        url: of ``/sandbox/clock``, on this machine.

    Raises:
        ValueError: another machine's address.
        OSError: the sandbox does not run.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ValueError(f"{url} is not an http address of this machine")
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback, as checked
        now = datetime.fromisoformat(json.loads(answer.read(10_000))["now"])
    return lambda: now
