"""The milestones of a document: what happened to it, in a fixed order, for people.

Pure: a story in, milestones out. Source: design 5 (what the ledger links), rules 1, 4, 5, 6, 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.reports.milestones_cfdi import complement_milestones, invoice_milestones
from portal_pipeline.reports.milestones_sage import (
    order_milestones,
    payment_milestones,
    provider_milestones,
)
from portal_pipeline.reports.saying import Milestone
from portal_pipeline.reports.story import Speech, Story

_TELLERS: Mapping[DocumentKind, Callable[[Story, Speech], list[Milestone]]] = {
    DocumentKind.INVOICE: invoice_milestones,
    DocumentKind.CREDIT_NOTE: invoice_milestones,
    DocumentKind.PAYMENT_COMPLEMENT: complement_milestones,
    DocumentKind.PAYMENT: payment_milestones,
    DocumentKind.PURCHASE_ORDER: order_milestones,
    DocumentKind.PROVIDER: provider_milestones,
}


def milestones_of(story: Story, speech: Speech) -> list[Milestone]:
    """The document's milestones; one that has not come about has neither time nor text.

    Every document of a kind has the same milestones in the same order. One is repeated where it
    names several documents; ``refused`` stands in the place of ``posted``, or of ``in_portal``.
    """
    return _TELLERS[story.document.kind](story, speech)


def as_json(milestones: list[Milestone], speech: Speech) -> list[dict[str, Any]]:
    """``{what, at, text}``, times in the company's zone."""
    return [
        {"what": one.what, "at": speech.time(one.at) if one.at else None, "text": one.text}
        for one in milestones
    ]
