"""What a finding says to people, and what they can do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """Texts of one finding; ``{name}`` stands for its declared parameters."""

    es: str
    en: str
    action_es: str
    action_en: str
