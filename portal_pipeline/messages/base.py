"""What a finding says to people, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal_pipeline.core.findings.base import WaitsFor


@dataclass(frozen=True)
class Message:
    """Texts of one finding; ``{name}`` stands for its declared parameters."""

    es: str
    en: str
    action_es: str
    action_en: str
    words_es: Mapping[str, str] = field(default_factory=dict)
    """Spanish of the fixed words that a parameter may be."""


WHOSE_TURN: Mapping[WaitsFor, tuple[str, str]] = {
    WaitsFor.NEXT_CYCLE: ("nadie: sigue solo", "nobody: it goes on by itself"),
    WaitsFor.SYSTEM: ("el otro sistema", "the other system"),
    WaitsFor.BUYER: ("compras, en Sage", "a buyer, in Sage"),
    WaitsFor.ACCOUNTANT: ("cuentas por pagar, en Sage", "accounts payable, in Sage"),
    WaitsFor.TREASURY: ("tesorería, en Sage", "treasury, in Sage"),
    WaitsFor.PORTAL_USER: ("una persona en el portal", "a person in the portal"),
    WaitsFor.SUPPLIER: ("el proveedor", "the supplier"),
    WaitsFor.SOURCE: ("quien tiene el documento", "whoever keeps the document"),
    WaitsFor.ADMINISTRATOR: (
        "quien administra la configuración o los catálogos",
        "whoever keeps settings and master data",
    ),
    WaitsFor.DECISION: ("la decisión de una persona", "a person's decision"),
}
"""What a document waits for, in Spanish and English."""
