"""Where secrets and switches of security may stand, and what a wrong setting is allowed to tell."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from portal_pipeline.cli.probes import _what_it_does
from portal_pipeline.core.errors import ConfigError
from portal_pipeline.ledger import Ledger
from portal_pipeline.sage.connection import sql_server_url
from portal_pipeline.settings import load_settings
from portal_pipeline.settings.secrets import SecretProblem, resolve

LIVE = """
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
authorisation_database = "Autorizaciones"

[tenants.acme.sage_web_api]
url = "https://sage.example/Sage300WebApi"
user = "PIPE"
password = { env = "ACME_SQL" }

[tenants.acme.portal]
tenant_id = "t-1"
key = { env = "ACME_SQL" }
secret = { env = "ACME_SQL" }
"""
DRY_RUN = LIVE.replace('mode = "live"', 'mode = "dry_run"')
SANDBOX = f"""
{LIVE.replace('mode = "live"', 'mode = "sandbox"').split("[tenants.acme.sage]")[0]}
clock_url = "http://127.0.0.1:1/sandbox/clock"
[tenants.acme.sage]
url = "sqlite:///x"
authorisation_url = "sqlite:///y"
org_id = "ACMDAT"
[tenants.acme.portal]
url = "http://127.0.0.1:1"
tenant_id = "t-1"
key = "literal"
secret = "literal"
"""
SECRET = "zq-s3cret-91"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("PORTAL_PIPELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACME_SQL", SECRET)


def written(text: str) -> Path:
    path = Path("tenants.toml").resolve()
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def mistakes(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(text))
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    return str(caught.value)


def with_line(text: str, section: str, line: str) -> str:
    return text.replace(f"[tenants.acme.{section}]\n", f"[tenants.acme.{section}]\n{line}\n")


def test_the_settings_of_these_tests_are_right():
    for text in (LIVE, DRY_RUN, SANDBOX):
        assert load_settings(written(text)).tenants[0].key == "acme"


@pytest.mark.parametrize("mode", [LIVE, DRY_RUN])
@pytest.mark.parametrize("name", ["password", "key", "secret"])
def test_no_secret_stands_in_the_settings_outside_the_sandbox(mode, name):
    text = mode.replace(f'{name} = {{ env = "ACME_SQL" }}', f'{name} = "{SECRET}"', 1)
    assert "a secret stands in the file" in mistakes(text)


@pytest.mark.parametrize(
    "url",
    [
        f"mssql+pyodbc://sa:{SECRET}@sql.example/ACMDAT",
        f"mssql+pyodbc:///?odbc_connect=DRIVER=x;PWD={SECRET}",
        f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3D{SECRET}",
        f"postgresql+psycopg://h/d?user=u&password={SECRET}",
    ],
)
@pytest.mark.parametrize("name", ["url", "authorisation_url"])
def test_no_password_stands_in_a_database_url_outside_the_sandbox(url, name):
    text = with_line(DRY_RUN, "sage", f'{name} = "{url}"')
    assert f"sage.{name}: a password stands in it" in mistakes(text)


def test_the_ledgers_url_with_a_password_comes_from_environment_or_file(monkeypatch):
    url = f"postgresql+psycopg://u:{SECRET}@db.example/ledger"
    assert "installation.ledger: a secret stands in the file" in mistakes(
        f'[installation]\nledger = "{url}"\n{LIVE}'
    )
    monkeypatch.setenv("LEDGER_URL", url)
    settings = load_settings(written(f'[installation]\nledger = {{ env = "LEDGER_URL" }}\n{LIVE}'))
    assert settings.ledger_url == url
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    plain = load_settings(written(f'[installation]\nledger = "sqlite:///l.db"\n{LIVE}'))
    assert plain.ledger_url == "sqlite:///l.db"


@pytest.mark.parametrize("url", [f"postgresql+nodriver://u:{SECRET}@h/d", f"u:{SECRET}@h no url"])
def test_a_ledger_that_cannot_be_opened_does_not_show_its_password(url):
    with pytest.raises(ConfigError) as caught:
        Ledger(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


# -- files of secrets ------------------------------------------------------------------------------

POSIX = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


def secret_file(mode: int = 0o600) -> Path:
    path = Path("secret").resolve()
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    path.chmod(mode)
    return path


def refused(path: Path) -> str:
    with pytest.raises(SecretProblem) as caught:
        resolve({"file": str(path)}, literal_allowed=False)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


@POSIX
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601, 0o610, 0o622, 0o777])
def test_a_secret_file_with_rights_for_others_is_refused(mode):
    assert "chmod 600" in refused(secret_file(mode))


@POSIX
def test_rights_count_of_the_file_that_a_link_leads_to():
    link = Path("link").resolve()
    link.symlink_to(secret_file(0o644))
    assert "chmod 600" in refused(link)


@POSIX
def test_a_secret_file_of_another_user_is_refused(monkeypatch):
    """He could change it."""
    path = secret_file()
    if os.geteuid() == 0:
        os.chown(path, 4_242, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    assert "belongs to another user" in refused(path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="root alone makes such a file")
def test_a_secret_file_of_root_is_read(monkeypatch):
    path = secret_file()
    monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    assert resolve({"file": str(path)}, literal_allowed=False).get_secret_value() == SECRET


def test_a_secret_that_is_no_text_shows_nothing_of_itself():
    path = secret_file()
    path.write_bytes(SECRET.encode() + b"\xff")
    assert "cannot be read (UnicodeDecodeError)" in refused(path)


@POSIX
def test_settings_that_everybody_can_change_are_refused():
    """They name programs to start, and hosts that get our secrets."""
    path = written(LIVE)
    path.chmod(0o646)
    with pytest.raises(ConfigError, match="chmod o-w"):
        load_settings(path)


# -- switches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "line", "expected"),
    [
        ("sage", "trust_server_certificate = true", "allow_unverified_sql_server"),
        ("sage", 'url = "mssql+pyodbc://h/d?Encrypt=no"', "no url"),
        ("sage", 'authorisation_url = "mssql+pyodbc://h/d"', "no url"),
        ("portal", 'url = "http://127.0.0.1:8080"', "mode live needs https://"),
        ("portal", 'url = "http://portal.example"', "must begin with https://"),
        ("portal", 'url = "https://u:p@portal.example"', "must have no user"),
        ("portal", 'url = "https://portal.example/?x=1"', "must have no user"),
        ("portal", 'file_hosts = ["com"]', "file_hosts"),
        ("portal", 'file_hosts = ["https://store.example"]', "file_hosts"),
        ("portal", "verify = false", "is not a setting"),
        ("portal", "tls = false", "is not a setting"),
        ("sage_web_api", "verify = false", "is not a setting"),
        ("sage", 'driver = "x};Encrypt=no;{"', "must have no ; { } ="),
    ],
)
def test_mode_live_has_no_way_around_tls(section, line, expected):
    name = line.split(" ")[0]
    base = "\n".join(
        part
        for part in LIVE.splitlines()
        if not (section == "sage_web_api" and part.startswith(f"{name} ="))
    )
    assert expected in mistakes(with_line(base + "\n", section, line))


@pytest.mark.parametrize("name", ["server", "database", "user"])
@pytest.mark.parametrize("value", ["x;Encrypt=no", "x;TrustServerCertificate=yes", "{x}", "a\\tb"])
def test_no_value_adds_another_setting_to_the_connection_string(name, value):
    lines = [
        f'{name} = "{value}"' if line.startswith(f"{name} =") else line
        for line in DRY_RUN.splitlines()
    ]
    assert f"sage.{name}: must have no ;" in mistakes("\n".join(lines))


def test_who_does_without_a_known_server_says_so_by_name_and_check_warns():
    lines = "trust_server_certificate = true\nallow_unverified_sql_server = true"
    settings = load_settings(written(with_line(LIVE, "sage", lines)))
    assert "WARNING: the certificate of SQL Server is not checked" in _what_it_does(
        settings.tenants[0]
    )


@pytest.mark.parametrize("driver", ["FreeTDS", "/usr/lib/x86_64-linux-gnu/odbc/libtdsodbc.so"])
def test_a_driver_that_checks_no_certificate_is_not_taken_where_it_must(driver):
    given = {"server": "h", "database": "d", "user": "u", "password": SECRET, "driver": driver}
    with pytest.raises(ConfigError, match="would not check the server's certificate") as caught:
        sql_server_url(**given, must_verify=True)
    assert SECRET not in str(caught.value)
    assert "Encryption=require" in sql_server_url(**given).query["odbc_connect"]


def test_microsofts_driver_encrypts_and_checks_unless_told_otherwise():
    given = {"server": "h", "database": "d", "user": "u", "password": "a;b}c"}
    url = sql_server_url(**given, driver="ODBC Driver 18 for SQL Server", must_verify=True)
    assert "Encrypt=yes" in url.query["odbc_connect"]
    assert "TrustServerCertificate" not in url.query["odbc_connect"]
    assert "PWD={a;b}}c}" in url.query["odbc_connect"]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/clock", "file:///etc/passwd", "https://127.0.0.1/x", "ftp://localhost"]
)
def test_the_sandboxs_clock_is_on_this_machine(url):
    text = SANDBOX.replace("http://127.0.0.1:1/sandbox/clock", url)
    assert "clock_url: mode sandbox reaches this machine only" in mistakes(text)


@pytest.mark.parametrize("key", ["..", "../x", "a/b", "a\\b", "a.b", "C:", "a\nb", " ", "ä"])
def test_no_tenant_key_leads_out_of_its_folder(key):
    name = key.replace("\\", "\\\\").replace("\n", "\\n")
    assert "a key has only letters" in mistakes(LIVE.replace("tenants.acme", f'tenants."{name}"'))
