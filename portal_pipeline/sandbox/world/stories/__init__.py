"""Every story of the world; a story's name is its rule, its body what people do."""

from portal_pipeline.sandbox.world.stories.base import STORIES, Story

__all__ = ["STORIES", "Story", "all_stories"]


def all_stories() -> tuple[Story, ...]:
    """The stories in the order in which they are told: their numbers depend on it."""
    from portal_pipeline.sandbox.world.stories import (  # noqa: F401, PLC0415 - import tells them
        complements,
        complements_unusual,
        credit_notes,
        credit_notes_unapplied,
        downloads,
        invoices,
        invoices_held,
        invoices_in_sage,
        invoices_numbered,
        invoices_related,
        orders,
        orders_amended,
        orders_content,
        orders_ended,
        orders_received,
        orders_sent,
        payments,
        payments_in_amounts,
        payments_in_portal,
        payments_mended,
        payments_not_sent,
        payments_of_doubtful_invoices,
        program,
        routine,
        suppliers,
        suppliers_unusual,
    )

    return tuple(STORIES.values())
