"""Bank data of a supplier: compared and reported, never written (rules 3).

Sage has no column for a supplier's account (Sage tables sheet 2, APVEN), so a dossier is compared
with what it held before. Texts show the last four digits only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.providers import BANK_DATA_CHANGED
from portal_pipeline.core.portal import BankAccount, PortalProvider

SHOWN_FOR = timedelta(days=30)
"""How long a change is noted."""
NOW, BEFORE, CHANGED_ON = "bank_accounts", "bank_accounts_before", "bank_changed_on"
"""Details of the document in which the comparison is kept."""
DIGITS_SHOWN = 4
MARK_CHARS = 8
ACCOUNTS_SHOWN_MAX = 5


def bank_details(provider: PortalProvider, known: Mapping[str, str], today: date) -> dict[str, str]:
    """The accounts now and, where they changed, before; for the document's details.

    ``known``: the document's details so far. A dossier seen for the first time has not changed.
    """
    shown = _shown(provider)
    earlier = known.get(NOW, "")
    if not earlier or earlier == shown:
        kept = {name: known.get(name, "") for name in (BEFORE, CHANGED_ON)}
        return {NOW: shown, **kept}
    return {NOW: shown, BEFORE: earlier, CHANGED_ON: today.isoformat()}


def bank_note(details: Mapping[str, str], today: date) -> tuple[Finding, ...]:
    """The change to report, for some time after it was seen."""
    changed = details.get(CHANGED_ON, "")
    if not changed or today - date.fromisoformat(changed) > SHOWN_FOR:
        return ()
    return (BANK_DATA_CHANGED(before=details[BEFORE], now=details[NOW], date=changed),)


def _shown(provider: PortalProvider) -> str:
    """Every accepted account (else every account): bank, currency, last digits, and a mark.

    The mark changes with any digit, also one that is not shown.
    """
    accounts = [one for one in provider.bank_accounts if one.status == "ACCEPTED"]
    chosen = sorted((accounts or provider.bank_accounts), key=_whole)
    if not chosen:
        return "-"
    texts = [_masked(one) for one in chosen[:ACCOUNTS_SHOWN_MAX]]
    mark = hashlib.sha256("\n".join(_whole(one) for one in chosen).encode()).hexdigest()
    return f"{', '.join(texts)} [{mark[:MARK_CHARS]}]"


def _whole(account: BankAccount) -> str:
    return "|".join((account.bank_name, account.clabe, account.account, account.currency))


def _masked(account: BankAccount) -> str:
    digits = (account.clabe or account.account)[-DIGITS_SHOWN:]
    return " ".join(filter(None, (account.bank_name, account.currency, f"...{digits}")))
