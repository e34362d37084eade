"""Bank data: a change is reported for a month, and no account is shown whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal_pipeline.core.portal import BankAccount
from portal_pipeline.core.providers.bank_data import SHOWN_FOR, bank_details, bank_note
from portal_pipeline_tests.unit.core.providers.suppliers import MXN_ACCOUNT, TODAY, provider

OTHER = BankAccount(bank_name="BBVA", clabe="012180009876543210", currency="MXN", status="ACCEPTED")


def seen(*accounts):
    return provider(bank_accounts=accounts)


def test_accounts_seen_for_the_first_time_have_not_changed():
    details = bank_details(seen(MXN_ACCOUNT), {}, TODAY)
    assert bank_note(details, TODAY) == ()
    assert "002180001234567891" not in details["bank_accounts"]
    assert details["bank_accounts"].startswith("BANAMEX MXN ...7891 [")


@pytest.mark.parametrize(
    "accounts",
    [
        (OTHER,),
        (MXN_ACCOUNT, OTHER),
        (),
        (MXN_ACCOUNT.model_copy(update={"clabe": "902180001234567891"}),),
    ],
    ids=["another", "one more", "none", "a digit that is not shown"],
)
def test_a_change_is_noted_until_a_month_has_passed(accounts):
    known = bank_details(seen(MXN_ACCOUNT), {}, TODAY)
    changed = bank_details(seen(*accounts), known, TODAY)
    (note,) = bank_note(changed, TODAY)
    assert note.params["before"] == known["bank_accounts"]
    later = TODAY + SHOWN_FOR
    kept = bank_details(seen(*accounts), changed, later)
    assert bank_note(kept, later) == (note,)
    assert bank_note(kept, later + timedelta(days=1)) == ()


def test_order_and_accounts_that_are_not_accepted_make_no_change():
    expired = OTHER.model_copy(update={"clabe": "1", "status": "EXPIRED"})
    known = bank_details(seen(MXN_ACCOUNT, OTHER), {}, TODAY)
    again = bank_details(seen(OTHER, expired, MXN_ACCOUNT), known, TODAY)
    assert bank_note(again, TODAY) == ()
