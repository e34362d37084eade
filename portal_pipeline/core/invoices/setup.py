"""What an imported document meets in Sage's set-up, read before anything is sent.

Source: Sage tables sheet 2 (TXGRP, TXRATE, GLAMF, APRDC, CSOPTFH).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal_pipeline.core.invoices.lines import Place
from portal_pipeline.core.invoices.models import SageTaxGroup


@dataclass(frozen=True)
class SageSetup:
    """What of the set-up the documents of a chunk need; what is absent is not there in Sage."""

    tax_groups: Mapping[str, SageTaxGroup] = field(default_factory=dict)
    usable: frozenset[Place] = frozenset()
    """Accounts and distribution codes that exist and are active."""
    field_length: int | None = None
    """Length of the optional field of the UUID; None: it is not defined."""
