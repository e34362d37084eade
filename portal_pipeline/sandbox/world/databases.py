"""The world's files and databases: Sage companies, authorisations, the portal's store."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Engine

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.sage.tables import sage_metadata
from portal_pipeline.sandbox.sage.company import SageCompany, SageRefused, sandbox_engine
from portal_pipeline.sandbox.sage.company.marker import MARKER_METADATA
from portal_pipeline.sandbox.world.calendar import ZONE, VirtualClock
from portal_pipeline.sandbox.world.tenants import Company

AUTHORISATIONS = "AUTORIZA"
"""Name of the authorisation database, which all companies share."""
_TEMPLATE = "template.sqlite"


class Databases:
    """Where each database is, and the engines that are open."""

    def __init__(self, folder: Path, sage_url: str | None) -> None:
        self.folder = folder
        self._sage_url = sage_url
        self._engines: dict[str, Engine] = {}

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        if self._sage_url is not None:
            return self._sage_url.replace("{database}", database)
        return f"sqlite:///{self.folder / database}.sqlite"

    def engine(self, database: str) -> Engine:
        """The engine of a database, opened at first use."""
        if database not in self._engines:
            self._engines[database] = sandbox_engine(self.url(database))
        return self._engines[database]

    def prepare(self, names: list[str]) -> None:
        """Files with all of Sage's empty tables, copied from one: only where they are files."""
        if self._sage_url is not None:
            return
        template = self.folder / _TEMPLATE
        engine = sandbox_engine(f"sqlite:///{template}")
        for metadata in (MARKER_METADATA, sage_metadata(empty_defaults=True)):
            metadata.create_all(engine)
        engine.dispose()  # the last connection writes everything into the one file
        for name in names:
            shutil.copyfile(template, self.folder / f"{name}.sqlite")
        template.unlink()

    def company(self, company: Company, clock: VirtualClock) -> SageCompany:
        """The company's Sage, made where it is new.

        Raises:
            ConfigError: the database is not the sandbox's own.
        """
        try:
            return SageCompany.create(
                self.engine(company.org_id),
                org_id=company.org_id,
                name=company.name,
                rfc=company.rfc,
                clock=clock,
                zone=ZONE,
                authorisation_engine=self.engine(AUTHORISATIONS)
                if company.profile.has_authorisations
                else None,
                empresa=company.org_id,
            )
        except SageRefused as error:
            raise ConfigError(
                f"{company.org_id}: {error.message}",
                system="sandbox",
                remedy="give the sandbox empty databases of its own",
            ) from error

    def close(self) -> None:
        """Close every engine."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
