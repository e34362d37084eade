"""The day an imported document is posted on. Source: rules 5 "Posting date"."""

from __future__ import annotations

from datetime import date, timedelta

from portal_pipeline.core.tenant import ImportRules, PostingDate


def posting_date(document_date: date, today: date, rules: ImportRules) -> date | None:
    """The posting date, or None when its period is closed.

    With ``first_open`` a closed document date moves to the first day after the closed periods:
    which periods are closed is the tenant's word (``periods_closed_until``), all later ones are
    open.
    """
    closed = rules.periods_closed_until
    wanted = today if rules.posting_date == PostingDate.TODAY else document_date
    if closed is None or wanted > closed:
        return wanted
    if rules.posting_date == PostingDate.FIRST_OPEN:
        return closed + timedelta(days=1)
    return None
