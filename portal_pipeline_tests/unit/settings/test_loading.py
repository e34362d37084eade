"""Settings: found in order, every mistake reported at once, secrets never shown."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.tenant import Mode, Posting, Route
from portal_pipeline.settings import load_settings

GOOD = """
[installation]
language = "en"

[tenants.acme]
name = "Acme SA de CV"
rfc = "ACM010101AB1"
mode = "live"
start_date = 2026-01-01

[tenants.acme.sage]
server = "sql.example,1433"
database = "ACMDAT"
user = "reader"
password = { env = "ACME_SQL" }
org_id = "ACMDAT"
authorisation_database = "Autorizaciones_electronicas"

[tenants.acme.sage_web_api]
url = "https://sage.example/Sage300WebApi"
user = "PIPE"
password = { env = "ACME_SQL" }

[tenants.acme.portal]
tenant_id = "t-1"
key = { env = "ACME_KEY" }
secret = { file = "SECRET_FILE" }

[tenants.acme.timing]
payment_retry_minutes = 45

[tenants.acme.guard]
max_amount_per_cycle = 1500000.50

[tenants.acme.imports]
posting = "post"
po_invoice_route = "hold"
account_by_product = { "43211500" = "5100100" }
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("PORTAL_PIPELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACME_SQL", "s3cret-sql")
    monkeypatch.setenv("ACME_KEY", "s3cret-key")


@pytest.fixture
def write(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret-file\n")
    secret.chmod(0o600)

    def write(text: str, name: str = "tenants.toml") -> Path:
        path = tmp_path / name
        path.write_text(text.replace("SECRET_FILE", str(secret)))
        return path

    return write


def mistakes(path: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return str(caught.value)


def test_a_good_file_gives_tenants_with_their_rules(write):
    settings = load_settings(write(GOOD))
    (acme,) = settings.tenants
    tenant = acme.tenant()
    assert tenant.mode == Mode.LIVE
    assert tenant.intervals.payments == timedelta(minutes=45)
    assert tenant.guard.max_amount_per_cycle == Decimal("1500000.5")
    assert (tenant.imports.posting, tenant.imports.invoice_route) == (Posting.POST, Route.WEB_API)
    assert acme.portal.secret.get_secret_value() == "s3cret-file"
    assert acme.sage.password.get_secret_value() == "s3cret-sql"


def test_no_secret_is_in_any_text_of_the_settings(write):
    settings = load_settings(write(GOOD))
    shown = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('rfc = "ACM010101AB1"', 'rfc = "acm"', "tenants.acme.rfc"),
        ('org_id = "ACMDAT"', "", "tenants.acme.sage.org_id: is missing; add it"),
        (
            "payment_retry_minutes = 45",
            "payment_retry = 45",
            "payment_retry: is not a setting",
        ),
        ("payment_retry_minutes = 45", "payment_retry_minutes = 0", "payment_retry_minutes"),
        ('posting = "post"', 'posting = "later"', "tenants.acme.imports.posting"),
        (
            'po_invoice_route = "hold"',
            'po_invoice_route = "executable"',
            "needs the table importer_program",
        ),
        ("start_date = 2026-01-01", "", "start_date: must be set when mode is live"),
        ('mode = "live"', 'mode = "live"\nzone = "Mexico/Nowhere"', "is no time zone"),
        ("https://sage.example", "http://sage.example", "must begin with https://"),
        ('{ env = "ACME_KEY" }', '"literal-secret"', "a secret stands in the file"),
        ('{ env = "ACME_KEY" }', '{ env = "NOT_SET" }', "NOT_SET is not set"),
        (
            "authorisation_database",
            "# authorisation_database",
            "authorisation_database: is missing",
        ),
        ('mode = "live"', 'mode = "sandbox"', "reaches this machine only"),
    ],
)
def test_a_mistake_is_named_with_how_to_mend_it(write, old, new, expected):
    text = mistakes(write(GOOD.replace(old, new)))
    assert expected in text
    assert "literal-secret" not in text


def test_every_mistake_is_reported_at_once(write):
    text = GOOD.replace('rfc = "ACM010101AB1"', 'rfc = "x"').replace('tenant_id = "t-1"', "")
    shown = mistakes(write(text))
    assert "tenants.acme.rfc" in shown
    assert "tenants.acme.portal.tenant_id" in shown


def test_two_tenants_on_one_sage_database_are_refused(write):
    second = GOOD[GOOD.index("[tenants.acme]") :].replace("tenants.acme", "tenants.beta")
    assert "uses the same Sage database" in mistakes(write(GOOD + second))


@pytest.mark.parametrize("key", ["a b", "a,b", "á", '"x.y"', "x" * 65])
def test_a_key_that_dagster_could_not_use_is_refused(write, key):
    name = key if key.startswith('"') else f'"{key}"'
    assert "a key has only letters" in mistakes(
        write(GOOD.replace("tenants.acme", f"tenants.{name}"))
    )


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_secret_file_that_others_can_read_is_refused(write, tmp_path):
    path = write(GOOD)
    (tmp_path / "secret").chmod(0o644)
    assert "chmod 600" in mistakes(path)


def test_broken_toml_names_the_line(write):
    assert "line" in mistakes(write("[tenants\n"))


def test_without_any_settings_it_says_where_it_looked():
    text = mistakes()
    assert "tenants.toml" in text
    assert "portal-pipeline demo" in text


def test_the_current_folder_comes_before_the_home_and_a_named_file_before_both(write, tmp_path):
    home = tmp_path / ".portal_pipeline"
    home.mkdir()
    write(GOOD.replace("Acme SA de CV", "From home"), ".portal_pipeline/tenants.toml")
    assert load_settings().tenants[0].name == "From home"
    write(GOOD)
    assert load_settings().tenants[0].name == "Acme SA de CV"
    named = write(GOOD.replace("Acme SA de CV", "Named"), "other.toml")
    assert load_settings(named).tenants[0].name == "Named"


ENVIRONMENT = {
    "TENANTS": "acme,beta",
    "NAMES": "Acme,Beta",
    "RFCS": "ACM010101AB1,BET010101AB1",
    "SAGE_DATABASES": "ACMDAT,BETDAT",
    "SAGE_ORG_IDS": "ACMDAT,BETDAT",
    "PORTAL_TENANT_IDS": "t-1,t-2",
    "PORTAL_KEYS": "k1,k2",
    "PORTAL_SECRETS": "s3cret-1,s3cret-2",
    "SAGE_SERVER": "sql.example",
    "SAGE_USER": "reader",
    "SAGE_PASSWORD": "s3cret-sql",
    "SAGE_AUTHORISATION_DATABASE": "Autorizaciones_electronicas",
}


def set_environment(monkeypatch, **changes):
    for name, value in (ENVIRONMENT | changes).items():
        monkeypatch.setenv(f"PORTAL_PIPELINE_{name}", value)


def test_comma_separated_variables_give_tenants_by_position(monkeypatch):
    set_environment(monkeypatch)
    settings = load_settings()
    assert [(t.key, t.rfc, t.sage.database, t.portal.tenant_id) for t in settings.tenants] == [
        ("acme", "ACM010101AB1", "ACMDAT", "t-1"),
        ("beta", "BET010101AB1", "BETDAT", "t-2"),
    ]
    assert settings.tenants[1].portal.secret.get_secret_value() == "s3cret-2"
    assert settings.tenants[1].sage.password.get_secret_value() == "s3cret-sql"
    assert settings.tenants[0].mode == Mode.DRY_RUN


def test_lists_of_different_length_are_refused_and_show_no_secret(monkeypatch):
    set_environment(monkeypatch, PORTAL_SECRETS="s3cret-1", RFCS="")
    text = mistakes()
    assert "PORTAL_PIPELINE_PORTAL_SECRETS: has 1 value(s) for 2 tenant(s)" in text
    assert "PORTAL_PIPELINE_RFCS: is not set" in text
    assert "s3cret" not in text


PROGRAM = """
[tenants.acme.importer_program]
folder = "FOLDER"
id_base = "7"
command = ["C:/Focaltec/importa.exe", "{database}"]

[tenants.acme.vendors]
route = "executable"
"""


def test_the_import_programs_table_makes_the_tenants_rules(write, tmp_path):
    text = (GOOD + PROGRAM).replace("FOLDER", str(tmp_path)).replace("hold", "executable")
    tenant = load_settings(write(text)).tenants[0]
    assert tenant.imports.po_invoice_route == Route.EXECUTABLE
    rules = tenant.tenant()
    assert (rules.program.id_base, rules.uses_program) == ("7", True)
    assert tenant.importer_program is not None
    assert tenant.importer_program.place == tmp_path.resolve()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('id_base = "7"', "", "importer_program.id_base: is missing"),
        ('folder = "FOLDER"', "", "importer_program.folder: is missing"),
        ('route = "executable"', 'route = "hold"', "vendors.route: use 'web_api' or 'executable'"),
        (
            'route = "executable"',
            'route = "executable"\nvendor_fields = ["name"]',
            "only the Web API keeps fields equal",
        ),
        (
            'route = "executable"',
            'route = "executable"\n\n[tenants.acme.importer_program.x]',
            "x: is not a setting",
        ),
    ],
)
def test_a_mistake_about_the_import_program_is_named(write, old, new, expected):
    assert expected in mistakes(write((GOOD + PROGRAM).replace(old, new)))


def test_two_tenants_may_not_share_the_import_programs_folder(write, tmp_path):
    """Also when they write it differently: one's file would be the other's."""
    one = (GOOD + PROGRAM).replace("FOLDER", str(tmp_path))
    other = (GOOD + PROGRAM).replace("FOLDER", str(tmp_path / "x" / ".."))
    other = other[other.index("[tenants.acme]") :].replace("acme", "beta").replace("ACMDAT", "BET")
    assert "another tenant uses the same folder" in mistakes(write(one + other))
