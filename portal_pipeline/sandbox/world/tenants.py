"""The companies of the world: their names, and how each one works."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from portal_pipeline.sandbox.cfdi import PartySpec
from portal_pipeline.sandbox.world.calendar import START_DATE

WEB_API_USER = "PIPELINE"


@dataclass(frozen=True)
class Profile:
    """How a company works."""

    key: str
    name: str
    rfc: str
    org_id: str
    posting: Literal["post", "ready", "open"]
    """How far the product goes with what it imports; the rest is the clerk's."""
    has_authorisations: bool = True
    allows_sql_writes: bool = True
    creates_vendors: bool = False
    keeps_program: bool = False
    """Invoices enter Sage through an import program (the sandbox's stand-in), not the Web API."""
    rejects_reversed: bool = False
    """What Sage reverses after it was sent is rejected in the portal, not only reported."""
    allows_discounts: bool = False
    """A PUE invoice settled by a discount is sent, and the portal asked to ignore amounts."""
    skipped_warehouses: tuple[str, ...] = ()
    """Warehouses whose goods suppliers do not bill through the portal."""
    vendor_fields: tuple[str, ...] = ()
    """What of a vendor follows the supplier's dossier."""
    vendor_number_rule: str = "prefix:N"
    has_default_account: bool = True
    """Whether a line that nothing else places has an account all the same."""
    closed_until: date | None = None
    """Last day of the last A/P period that is closed; None: the settings name none."""


PROFILES = (
    Profile(
        "norte",
        "Aceros Imaginarios del Norte SA de CV",
        "AIN010101AB1",
        "NORDAT",
        "post",
        vendor_fields=("email", "terms"),
        has_default_account=False,
    ),
    Profile(
        "bajio",
        "Lacteos de Fantasia del Bajio SA de CV",
        "LFB020202CD2",
        "BAJDAT",
        "ready",
        creates_vendors=True,
        rejects_reversed=True,
        vendor_number_rule="rfc",
        closed_until=date(2026, 1, 31),
    ),
    Profile(
        "sureste",
        "Hoteles Inventados del Sureste SA de CV",
        "HIS030303EF3",
        "SURDAT",
        "open",
        has_authorisations=False,
        allows_sql_writes=False,
        creates_vendors=True,
        keeps_program=True,
        allows_discounts=True,
        skipped_warehouses=("ALM02",),
    ),
)


@dataclass(frozen=True)
class Company:
    """One tenant of the world; its keys depend on the seed and its own key alone."""

    seed: int
    key: str
    name: str
    rfc: str
    org_id: str
    profile: Profile
    sister_rfc: str = field(default="")
    """Another company that shares the portal tenant, but is not the product's."""

    def _secret(self, name: str) -> str:
        return hashlib.sha256(f"{self.seed}|{self.key}|{name}".encode()).hexdigest()

    def start_of(self, kind: str) -> date:
        """First day in scope for a kind of document; the world's companies have one for all."""
        del kind
        return START_DATE

    @property
    def portal_id(self) -> str:
        """The portal's id of the tenant."""
        return self._secret("portal tenant")[:24]

    @property
    def portal_key(self) -> str:
        """PDPTenantKey."""
        return self._secret("portal key")[:32]

    @property
    def portal_secret(self) -> str:
        """PDPTenantSecret."""
        return self._secret("portal secret")[:48]

    @property
    def web_api_password(self) -> str:
        """Password of the Web API's user in this company."""
        return self._secret("web api")[:20]

    @property
    def party(self) -> PartySpec:
        """The company as receiver of CFDIs."""
        return PartySpec(rfc=self.rfc, name=self.name.upper(), postal_code="64000")

    @property
    def sister(self) -> PartySpec:
        """The other company as receiver."""
        return PartySpec(rfc=self.sister_rfc, name="SERVICIOS HERMANOS DE PRUEBA SA DE CV")


def companies(seed: int, count: int) -> tuple[Company, ...]:
    """The world's companies: the profiles in turn, numbered from the second round on."""
    return tuple(_company(seed, place) for place in range(count))


def _company(seed: int, place: int) -> Company:
    profile = PROFILES[place % len(PROFILES)]
    turn = place // len(PROFILES)
    mark = "" if turn == 0 else str(turn + 1)
    return Company(
        seed=seed,
        key=f"{profile.key}{mark}",
        name=profile.name if turn == 0 else f"{profile.name} {mark}",
        rfc=profile.rfc if turn == 0 else f"{profile.rfc[:9]}{turn + 1:02d}{profile.rfc[-1]}",
        org_id=profile.org_id if turn == 0 else f"{profile.org_id[:3]}{turn + 1:03d}",
        profile=profile,
        sister_rfc=f"SHP0101{place % 28 + 1:02d}XY9",
    )
