"""What every part of the simulator shares, and the call that an endpoint answers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portal_pipeline.sandbox.http import Request
from portal_pipeline.sandbox.portal.identity import portal_id
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.records import Tenant
from portal_pipeline.sandbox.portal.store import Store
from portal_pipeline.sandbox.portal.switches import PortalSwitches


class RenderCache:
    """JSON text of rendered records, reused while the records it was made from are the same."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, ...], tuple[tuple[object, ...], str]] = {}

    def text(
        self, key: tuple[str, ...], sources: tuple[object, ...], make: Callable[[], str]
    ) -> str:
        """The text for ``key``; made anew when any source is another object than last time."""
        known = self._texts.get(key)
        if known is not None:
            old, text = known
            if len(old) == len(sources) and all(a is b for a, b in zip(old, sources, strict=True)):
                return text
        text = make()
        self._texts[key] = (sources, text)
        return text

    def clear(self) -> None:
        """Forget all texts: the rules of rendering have changed."""
        self._texts.clear()


@dataclass
class Portal:
    """The simulated portal's state; whoever reads or changes it holds ``lock``."""

    clock: Callable[[], datetime]
    switches: PortalSwitches
    store: Store
    base_url: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    rendered: RenderCache = field(default_factory=RenderCache)

    def now(self) -> datetime:
        """The instant of the injected clock, in UTC."""
        return self.clock().astimezone(UTC)

    def id_for(self, tenant: str, kind: str, key: str) -> str:
        """The id of a document, derived from its own key."""
        return portal_id(tenant, kind, key, upper=self.switches.upper_case_ids)


class Desk:
    """What people of one trade do at the portal's screens; see its subclasses."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal


@dataclass(frozen=True)
class Call:
    """One authenticated request to one endpoint."""

    portal: Portal
    tenant: Tenant
    request: Request
    path_values: Mapping[str, str]

    @property
    def tenant_id(self) -> str:
        """The tenant of the path."""
        return self.tenant.tenant

    def body(self) -> JsonFields:
        """The JSON object of the body; 400 when it is not one."""
        return JsonFields.of_body(self.request.body)


def digest(text: str) -> str:
    """SHA-256 in hexadecimal, for keys and draws that must be the same in every run."""
    return hashlib.sha256(text.encode()).hexdigest()
