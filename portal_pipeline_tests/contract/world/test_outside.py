"""What the world hands to the outside: settings, connection facts, its story."""

from __future__ import annotations

import pytest

from portal_pipeline.core.tenant import Mode, Posting
from portal_pipeline.sandbox.http import Request
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.settings import load_settings
from portal_pipeline_tests.contract.world.conftest import URL
from portal_pipeline_tests.contract.world.courier import Courier, answer

pytestmark = pytest.mark.xdist_group("world")


@pytest.fixture(scope="module")
def settings(fresh, tmp_path_factory):
    """The settings that the product reads from the world's file."""
    path = tmp_path_factory.mktemp("settings") / "tenants.toml"
    path.write_text(fresh.tenants_toml(), encoding="utf-8")
    return load_settings(path)


def test_the_settings_file_is_accepted_as_it_is(fresh, settings):
    assert [one.key for one in settings.tenants] == [one.key for one in fresh.companies]
    for tenant, company in zip(settings.tenants, fresh.companies, strict=True):
        assert tenant.mode == Mode.SANDBOX
        assert tenant.guard.is_on is False
        assert tenant.clock_url == f"{URL}/sandbox/clock"
        assert tenant.imports.posting == Posting(company.profile.posting)
        assert tenant.payments.allow_sage_sql_writes is company.profile.allows_sql_writes


def test_the_settings_name_tax_groups_and_accounts_that_sage_has(fresh, settings):
    defaults = set()
    for office, tenant in zip(fresh.offices, settings.tenants, strict=True):
        imports = tenant.imports
        for name in imports.tax_group_by_taxes.values():
            assert office.sage.tax_group(name).authorities
        default = {imports.default_account} - {""}
        with office.sage.reading() as unit:
            for account in default | {*imports.account_by_product.values()}:
                assert unit.row("GLAMF", {"ACCTID": account, "ACTIVESW": 1}, "ACCTID")
        defaults |= default
    assert defaults, "some company has an account for whatever nothing else places"


def test_the_keys_of_the_settings_open_the_portal_and_the_web_api(fresh, settings):
    for tenant in settings.tenants:
        headers = {
            "pdptenantkey": tenant.portal.key.get_secret_value(),
            "pdptenantsecret": tenant.portal.secret.get_secret_value(),
        }
        path = f"/api/1.0/extern/tenants/{tenant.portal.tenant_id}"
        shown = answer(fresh.handlers()["/api/"](Request("GET", path, (), headers)))
        assert shown["rfc"] == tenant.rfc


def test_the_secrets_of_one_company_do_not_open_another(fresh):
    one, other = fresh.companies[:2]
    assert len({one.portal_key, other.portal_key, one.portal_secret, other.portal_secret}) == 4
    path = f"/api/1.0/extern/tenants/{other.portal_id}"
    headers = {"pdptenantkey": one.portal_key, "pdptenantsecret": one.portal_secret}
    assert fresh.handlers()["/api/"](Request("GET", path, (), headers)).status == 401


def test_connection_facts_name_every_system_of_every_company(fresh):
    facts = fresh.connection_facts()
    assert facts["clock_url"] == f"{URL}/sandbox/clock"
    for tenant in facts["tenants"]:
        assert all(tenant.values()), tenant["tenant"]


def test_the_story_is_told_from_the_order_to_the_complement(lived):
    world, _ = lived
    story = world.story()
    expected = [
        ("Sage 300", "raised and authorised"),
        ("Portal", "arrives"),
        ("Sage 300", "goods are received"),
        ("Portal", "uploads invoice"),
        ("Portal", "approved"),
        ("Sage 300", "captures invoice"),
        ("Sage 300", "posted"),
        ("Portal", "arrives"),
        ("Portal", "sends payment complement"),
        ("Portal", "complement is accepted"),
        ("Sage 300", "written back"),
    ]
    assert [line.system for line in story] == [system for system, _ in expected]
    for line, (_, text) in zip(story, expected, strict=True):
        assert text in line.text
    assert [line.time for line in story] == sorted(line.time for line in story)


def test_the_story_is_told_as_far_as_it_has_come(small):
    assert small.story() == ()
    Courier(small).run(1)
    assert [line.system for line in small.story()] == ["Sage 300", "Portal"]


def test_profiles_come_round_again_under_names_of_their_own(tmp_path):
    world = World.create(tmp_path, WorldArguments(tenants=4, size="small"), base_url=URL)
    keys = [company.key for company in world.companies]
    assert keys == ["norte", "bajio", "sureste", "norte2"]
    assert len({company.rfc for company in world.companies}) == 4
    path = tmp_path / "tenants.toml"
    path.write_text(world.tenants_toml(), encoding="utf-8")
    assert len(load_settings(path).tenants) == 4
    world.close()
