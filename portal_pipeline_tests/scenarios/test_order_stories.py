"""What waits at the end of the stories of purchase orders, and that nothing else of theirs does."""

from __future__ import annotations

import pytest

from portal_pipeline.sandbox.world.stories import all_stories
from portal_pipeline_tests.scenarios.stories import told_stories

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

MODULES = {f"orders_{name}" for name in ("amended", "content", "ended", "received", "sent")}
STORIES = {
    one.name for one in all_stories() if one.play.__module__.rpartition(".")[2] in MODULES
} | {"supplier_with_a_second_vendor"}
WAITING = {
    "order_cancelled_by_a_person": "changed_in_portal",
    "order_changed_by_a_person": "changed_in_portal",
    "order_deleted_and_left_in_the_portal": "missing_in_sage",
    "order_cancelled_and_opened_again": "po_cancelled_for_good",
    "order_lost_by_the_portal": "po_missing_in_portal",
    "order_number_of_another_supplier": "po_number_taken",
    "order_number_of_another_company": "po_number_taken",
    "order_still_without_contact": "po_field_invalid",
}


def test_an_order_waits_at_the_end_of_its_story_only_where_people_left_it_so():
    told = told_stories()
    assert set(told.orders.values()) >= STORIES
    found = {
        told.orders[entry["tenant"], entry["key"]]: entry["finding"]
        for entry in told.outcome["result"]["open"]
        if entry["kind"] == "purchase_order"
    }
    assert {story: found[story] for story in found if story in STORIES} == WAITING
