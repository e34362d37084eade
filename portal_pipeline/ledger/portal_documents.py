"""Which documents the portal has from us and has not finished."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.ledger.reading import TenantReading
from portal_pipeline.ledger.schema import document


def unfinished_in_portal(
    tenant: TenantReading, kind: DocumentKind, finished_states: Collection[str]
) -> list[str]:
    """Keys, in order, of the documents with a portal id and no finished portal state."""
    statement = (
        select(document.c.key)
        .where(
            document.c.tenant == tenant.tenant,
            document.c.kind == kind.value,
            document.c.portal_id.is_not(None),
            or_(
                document.c.portal_state.is_(None),
                document.c.portal_state.not_in(sorted(finished_states)),
            ),
        )
        .order_by(document.c.key)
    )
    with tenant.ledger.reading() as connection:
        return list(connection.execute(statement).scalars())
