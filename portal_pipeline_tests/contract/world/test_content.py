"""What the issue asks of the world is really there, counted in both systems' own stores."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from portal_pipeline.sandbox.http import Request
from portal_pipeline.sandbox.sage.company import ApDetail, ApEntry
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.sandbox.world.calendar import BEGIN, START_DATE
from portal_pipeline.sandbox.world.stories import all_stories
from portal_pipeline_tests.contract.world.conftest import URL, copied
from portal_pipeline_tests.contract.world.courier import answer

pytestmark = pytest.mark.xdist_group("world")

WEEKS = timedelta(weeks=4)


def every(world, kind):
    """Records of a kind over all companies: a view of the portal, or a read of Sage."""
    found = []
    for office in world.offices:
        if hasattr(office.portal, kind):
            found += getattr(office.portal, kind)(office.tenant)
        else:
            found += getattr(office.sage, kind)()
    return found


def sage(world, kind):
    return [one for office in world.offices for one in getattr(office.sage, kind)()]


def scripted(world, story):
    """The deals of a story in every company."""
    return [
        (play.office, staged.deals)
        for play in world.plays
        for staged in play.staged
        if staged.key.split("/")[1] == story
    ]


def test_one_company_has_more_than_a_page_of_pending_invoices(fresh):
    pending = Counter(
        office.company.key
        for office in fresh.offices
        for cfdi in office.portal.cfdis(office.tenant)
        if cfdi.group == "RECEIVED" and cfdi.kind == "INVOICE"
    )
    assert max(pending.values()) > 200


def test_the_list_shows_the_newest_first_and_200_at_most(fresh):
    office = fresh.offices[0]
    company = office.company
    request = Request(
        "GET",
        f"/api/1.0/extern/tenants/{office.tenant}/cfdis",
        (("stage", "PENDING_TO_PAY"), ("pageSize", "1000"), ("offset", "0")),
        {"pdptenantkey": company.portal_key, "pdptenantsecret": company.portal_secret},
    )
    page = answer(fresh.portal.handle(request))
    created = [item["metadata"]["created_at"] for item in page["items"]]
    assert len(created) == 200 < page["total"]
    assert created == sorted(created, reverse=True)


def test_an_invoice_is_inserted_between_two_pages_of_the_list(fresh_folder, tmp_path):
    world = copied(fresh_folder, tmp_path / "world")
    office = world.offices[0]
    before = {cfdi.uuid for cfdi in world.portal.cfdis(office.tenant)}
    path = f"/api/1.0/extern/tenants/{office.tenant}/cfdis"
    company = office.company
    headers = {"pdptenantkey": company.portal_key, "pdptenantsecret": company.portal_secret}
    totals = []
    for offset in (0, 200):
        query = (("stage", "PENDING_TO_PAY"), ("pageSize", "200"), ("offset", str(offset)))
        totals.append(
            answer(world.handlers()["/api/"](Request("GET", path, query, headers)))["total"]
        )
    [new] = {cfdi.uuid for cfdi in world.portal.cfdis(office.tenant)} - before
    assert totals[1] == totals[0] + 1
    assert world.portal.cfdi(office.tenant, new).group == "RECEIVED"
    world.close()


def test_some_invoices_are_authorised_weeks_after_their_issue(lived):
    world, _ = lived
    [(office, [deal])] = scripted(world, "invoice_authorised_weeks_after_issue")
    cfdi = office.portal.cfdi(office.tenant, deal.uuid)
    assert cfdi.authorized_at - cfdi.facts.issued_at > WEEKS


def test_orders_are_authorised_received_cancelled_completed_and_in_both_currencies(fresh):
    orders = sage(fresh, "purchase_orders")
    last_week = BEGIN.date() - timedelta(days=7)
    cases = {
        "authorised last week": lambda o: o.authorised_on and o.authorised_on >= last_week,
        "not authorised": lambda o: o.authorised_on is None,
        "partly received": lambda o: 0 < sum(n.received for n in o.lines) < ordered(o),
        "partly cancelled": lambda o: 0 < sum(n.cancelled for n in o.lines) < ordered(o),
        "cancelled": lambda o: o.is_cancelled,
        "completed": lambda o: o.is_complete and not o.is_cancelled,
        "on hold": lambda o: o.is_on_hold,
        "other units": lambda o: any(n.conversion != 1 for n in o.lines),
        "MXP": lambda o: o.currency == "MXP",
        "USD": lambda o: o.currency == "USD",
    }
    missing = [name for name, is_case in cases.items() if not any(map(is_case, orders))]
    assert missing == []


def ordered(order) -> Decimal:
    return sum((line.ordered for line in order.lines), Decimal(0))


def both_sides(world, story):
    """A story's order in Sage and in the portal, as the courier first sent it."""
    [(office, [deal])] = scripted(world, story)
    sent = world.portal.purchase_order(office.tenant, deal.po_number)
    return office.sage.purchase_order(deal.po_number), sent


def test_an_order_is_amended_after_it_was_sent(lived):
    order, sent = both_sides(lived[0], "order_amended_after_sending")
    assert order.lines[0].ordered == 75 != sent.lines[0].quantity
    assert order.authorised_on == BEGIN.date()


def test_orders_are_cancelled_after_they_were_sent(lived):
    whole, sent_whole = both_sides(lived[0], "order_cancelled_after_sending")
    part, sent_part = both_sides(lived[0], "order_partly_cancelled")
    assert whole.is_cancelled
    assert sent_whole.status == "OPEN"
    assert part.lines[0].cancelled == 2
    assert sent_part.lines[0].quantity == part.lines[0].ordered


def test_an_order_is_received_and_invoiced_after_it_was_sent(lived):
    world, _ = lived
    order, sent = both_sides(world, "order_completed_and_invoiced")
    [office] = world.offices
    invoiced = [
        r.is_invoiced for r in office.sage.receipts() if r.lines[0].po_number == order.number
    ]
    assert order.is_complete
    assert invoiced == [True]
    assert sent.cfdi_ids


@pytest.mark.parametrize(("key", "is_posted"), [("norte", False), ("bajio", True)])
def test_a_clerk_posts_what_others_left_open_where_that_is_the_custom(tmp_path, key, is_posted):
    world = World.create(tmp_path, WorldArguments(tenants=2, size="small"), base_url=URL)
    office = next(one for one in world.offices if one.company.key == key)
    vendor = office.sage.vendors()[0].vendor
    entry = ApEntry(
        vendor=vendor,
        number="OPEN-1",
        document_date=START_DATE,
        details=(ApDetail(amount=Decimal(100), gl_account="5100100"),),
    )
    office.sage.create_ap_invoice_batch(description="import", date=START_DATE, entries=[entry])
    world.advance()
    [found] = [one for one in office.sage.invoices() if one.number == "OPEN-1"]
    assert found.is_posted is is_posted
    world.close()


def test_invoices_are_captured_with_and_without_order_and_uuid(fresh):
    invoices = sage(fresh, "invoices")
    assert any(one.source == "PO" and one.uuid for one in invoices)
    assert any(one.source == "AP" and one.uuid for one in invoices)
    assert any(one.source == "AP" and not one.uuid for one in invoices)
    assert any(one.batch_state == 1 and not one.is_posted for one in invoices)
    assert any(one.error_entry for one in invoices)


def test_payments_come_in_every_shape(fresh):
    payments = sage(fresh, "payments")
    assert all(one.posted_on < BEGIN.date() for one in payments)
    assert any(len(one.lines) >= 12 for one in payments)
    assert any(one.remit_type == 2 for one in payments)
    assert any(one.is_reversed for one in payments)
    assert any(one.bank == "BANOTRO" for one in payments)
    by_company = [{p.number for p in office.sage.payments()} for office in fresh.offices]
    assert by_company[0] & by_company[1], "the same number in two tenants"
    dues = {
        (one.vendor, one.number): one.due for one in sage(fresh, "invoices") if one.due is not None
    }
    assert any(dues.get((p.vendor, line.number)) for p in payments for line in p.lines)


def test_a_payment_waits_for_the_cfdi_of_an_invoice_captured_without_uuid(fresh):
    for office, [deal] in scripted(fresh, "payment_of_invoice_captured_without_uuid"):
        [payment] = [p for p in office.sage.payments() if p.number == deal.payment()]
        assert [line.number for line in payment.lines] == [deal.invoice_number]
        assert office.portal.cfdi(office.tenant, deal.uuid) is None


def test_cfdis_come_in_every_kind(fresh):
    cfdis = every(fresh, "cfdis")
    assert {cfdi.facts.version for cfdi in cfdis} == {"3.3", "4.0"}
    assert {cfdi.kind for cfdi in cfdis} >= {"INVOICE", "CREDIT_NOTE", "ADVANCED"}
    assert {cfdi.facts.metodo_pago for cfdi in cfdis} == {"PPD", "PUE"}
    assert {cfdi.facts.currency for cfdi in cfdis} == {"MXN", "USD"}
    assert any(cfdi.file_body.startswith(b"<!DOCTYPE html") for cfdi in cfdis)
    assert any(cfdi.is_cancelled for cfdi in cfdis)
    ours = {company.rfc for company in fresh.companies}
    assert any(cfdi.facts.receiver_rfc not in ours for cfdi in cfdis)


def test_suppliers_are_new_known_foreign_and_share_an_rfc(fresh):
    with_rfc: Counter[tuple[str, str]] = Counter()
    for office in fresh.offices:
        providers = office.portal.providers(office.tenant)
        named = {v.optional_fields.get("PROVIDERID") for v in office.sage.vendors()}
        numbers = {v.vendor for v in office.sage.vendors()}
        with_rfc.update((office.tenant, p.rfc) for p in providers if p.type == "REGULAR")
        unknown = [p for p in providers if p.id not in named and p.external_id not in numbers]
        assert unknown
        assert any(p.id in named and not p.external_id for p in providers)
        assert any(p.external_id in numbers and p.id not in named for p in providers)
        assert any(p.type == "FOREIGN" for p in providers)
        assert named & {None}, "a vendor that is not on the portal"
    assert max(with_rfc.values()) > 1


def test_one_company_posts_by_itself_and_one_leaves_batches_to_its_clerk(fresh):
    assert {company.profile.posting for company in fresh.companies} >= {"post", "open"}


def test_the_world_has_about_a_thousand_documents(fresh):
    records = [*every(fresh, "cfdis"), *every(fresh, "providers")]
    entries = [*sage(fresh, "purchase_orders"), *sage(fresh, "payments")]
    assert 750 < len(records) + len(entries) < 1100


AT_ODDS = ("invoice_captured_with_a_wrong_total", "invoice_under_a_number_used_before")
"""The stories of a clerk who errs, and of two purchases under one number."""


def test_documents_of_one_purchase_agree_to_the_cent(lived):
    world, _ = lived
    checked = 0
    for play in world.plays:
        office = play.office
        posted = {(one.vendor, one.number): one for one in office.sage.invoices() if one.is_posted}
        for staged in play.staged:
            for deal in staged.deals:
                cfdi = office.portal.cfdi(office.tenant, deal.uuid)
                entry = posted.get((deal.vendor, deal.invoice_number))
                is_one = staged.key.split("/")[1] not in AT_ODDS
                if cfdi is not None and entry is not None and is_one:
                    assert cfdi.facts.total == entry.total == deal.total, staged.key
                    checked += 1
    assert checked > 40


def test_every_story_says_its_rule_in_one_sentence():
    stories = all_stories()
    assert len(stories) > 60
    for story in stories:
        assert story.rule.endswith("."), story.name


@pytest.mark.parametrize("story", [pytest.param(one, id=one.name) for one in all_stories()])
def test_every_story_is_played_in_the_default_world(fresh, story):
    assert scripted(fresh, story.name)


def test_nothing_of_the_history_lies_in_the_future(fresh):
    assert fresh.now() == BEGIN
    for cfdi in every(fresh, "cfdis"):
        assert cfdi.created_at < BEGIN
    for order in sage(fresh, "purchase_orders"):
        assert START_DATE <= order.ordered_on < BEGIN.date()


def test_the_fixture_serves_the_address_that_file_links_name(fresh):
    assert fresh.portal.base_url == URL
