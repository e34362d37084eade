"""What others have written is shown, never obeyed: terminal, JSON, Dagster, copied commands."""

from __future__ import annotations

import io
import json
import logging
import sys
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from portal_pipeline.cli import up
from portal_pipeline.cli.main import app, main
from portal_pipeline.cli.output import plain, print_json, print_table
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.core.redaction import Redactor, on_one_line
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.wire import load_json
from portal_pipeline.orchestration.metadata import metadata_of
from portal_pipeline.portal.parse.fields import (
    MalformedItem,
    code,
    identifier,
    identifiers,
    number,
    portal_id,
    text,
    uuid,
    whole,
)

HOSTILE = [
    pytest.param("[red]x[/red]", id="markup"),
    pytest.param("[link=https://evil.example]x[/link]", id="link"),
    pytest.param("\\[red]x", id="markup behind a backslash"),
    pytest.param("\\[/red]x", id="an end without a beginning"),
    pytest.param("\\\\[/]x", id="two backslashes"),
    pytest.param("x[/bold", id="cut"),
    pytest.param("[[[[]]]]", id="brackets"),
]
OBEYED = "\x1b\x07\x08\x9b\x7f\r\u202e\u2066\u200f\ufeff\u2028\ud800"


def printed(value: str) -> str:
    out = io.StringIO()
    Console(file=out, highlight=False, soft_wrap=True, width=500).print(f"a {plain(value)} b")
    return out.getvalue()


@pytest.mark.parametrize("value", HOSTILE)
def test_square_brackets_are_text(value):
    assert printed(value) == f"a {value} b\n"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_table_shows_a_hostile_name_and_does_not_fail(value, capsys):
    print_table("t", ("key", "name"), [["k", value]])
    assert f"k   {value}" in capsys.readouterr().out


@pytest.mark.parametrize("sign", OBEYED)
def test_a_control_character_is_written_out(sign):
    shown = printed(f"A{sign}[31mB")
    assert sign not in shown.removesuffix("\n")
    assert "\\" in shown
    assert "[31mB" in shown


@given(st.text(alphabet="[]\\/ab=#@ "))
def test_any_mixture_of_brackets_and_backslashes_is_text(value):
    """A backslash at the very end may be shown twice: something of ours may follow it."""
    value = value.rstrip("\\")
    assert printed(value) == f"a {value} b\n"


@given(st.text())
def test_no_text_at_all_is_obeyed_or_fails(value):
    shown = printed(value)
    assert not set(shown) & set(OBEYED)


@given(st.text())
def test_json_says_the_same_and_holds_nothing_that_a_terminal_obeys(value):
    was, sys.stdout = sys.stdout, io.StringIO()
    try:
        print_json({"name": value})
        shown = sys.stdout.getvalue()
    finally:
        sys.stdout = was
    assert json.loads(shown) == {"name": value}
    assert not set(shown) & set(OBEYED)
    shown.encode()


def test_a_file_name_that_is_no_text_is_told_without_a_crash(tmp_path):
    """File systems know names that no encoding can write."""
    path = tmp_path / "a\udce9[red]\x1b[2J.xml"
    path.write_bytes(b"<x/>")
    for options in ([], ["--json"]):
        result = CliRunner().invoke(app, ["cfdi", "check", str(path), *options])
        assert result.exit_code == 1
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "\x1b" not in result.output
        assert "[red]" in result.output


def test_an_unexpected_error_shows_no_local_variable(monkeypatch, capsys):
    """Typer's own tracebacks would print every local, secrets among them."""
    monkeypatch.setattr(sys, "argv", ["portal-pipeline", "cfdi", "check", "x"])

    def explode(path: Path, **_: object) -> None:
        local_secret = "zq-local-77"
        raise RuntimeError(f"{len(local_secret)}")

    monkeypatch.setattr("portal_pipeline.cfdi.check_files.check_file", explode)
    with pytest.raises(RuntimeError):
        main()
    shown = capsys.readouterr()
    assert "zq-local-77" not in shown.out + shown.err
    assert app.pretty_exceptions_enable is False


def test_problems_in_dagster_are_plain_text():
    """Markdown would fetch an image from wherever a remote text says."""
    report = StepReport(
        controller=ControllerName.CFDI_IMPORT,
        problems=("![x](https://evil.example/x.png)<img src=//evil.example>",),
    )
    shown = metadata_of(report, "en")["problems"]
    assert type(shown).__name__ == "TextMetadataValue"


# -- texts and numbers of the portal's JSON --------------------------------------------------------


def test_a_text_of_the_portal_is_one_line_without_what_a_screen_obeys():
    raw = f"ACERO{OBEYED}\r\nCRITICAL forged log line\tx"
    got = text({"name": raw}, "name")
    assert "\n" not in got
    assert not set(got) & set(OBEYED)
    assert got == on_one_line(raw).strip()


@pytest.mark.parametrize("sign", [*OBEYED.replace("\r", ""), "\x00", "\u200b", "\n"])
@pytest.mark.parametrize("read", [identifier, portal_id, uuid, code])
def test_an_identifier_with_a_sign_that_nobody_sees_is_not_taken_for_another(read, sign):
    """Mended it would be the name of somebody else's payment, order or supplier."""
    with pytest.raises(MalformedItem, match="nobody sees"):
        read({"id": f"PY{sign}1"}, "id")
    with pytest.raises(MalformedItem, match="nobody sees"):
        identifiers({"ids": ["PY1", f"PY{sign}1"]}, "ids")


NUMBERS = [
    "NaN",
    "-Infinity",
    "1e999999999999999999999",
    "1E+999999",
    "9" * 5_000_000,
    "0." + "1" * 5_000_000,
    "1" + "0" * 80,
    "1e-999999999",
]


@pytest.mark.parametrize("written", NUMBERS, ids=lambda one: one[:12])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_number_beyond_all_measure_is_a_malformed_item_at_once(written, quoted):
    node = load_json(f'{{"total": {json.dumps(written) if quoted else written}}}')
    for read in (number, whole):
        with pytest.raises(MalformedItem):
            read(node, "total")


@pytest.mark.parametrize("depth", [101, 600, 100_000])
@pytest.mark.parametrize(("opening", "end"), [('{"a":', "}"), ("[", "]")])
def test_json_nested_beyond_all_measure_is_no_json(depth, opening, end):
    """Read, it could not be written out again: a step would end without a word of ours."""
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json(f"{opening * depth}1{end * depth}")
    assert load_json(f"{opening * 99}1{end * 99}")


@pytest.mark.parametrize("read", [identifier, portal_id, uuid, code])
def test_an_identifier_is_never_longer_than_the_ledgers_columns(read):
    """SQLite keeps any length; a ledger on PostgreSQL would refuse the row and stop the step."""
    assert len(read({"id": "x" * 64}, "id")) == 64
    with pytest.raises(MalformedItem, match="too long"):
        read({"id": "x" * 65}, "id")
    with pytest.raises(MalformedItem, match="too long"):
        identifiers({"ids": ["x" * 65]}, "ids")


# -- secrets in any form ---------------------------------------------------------------------------

SECRETS = ["pässwörd 😀'x", 'pa"ss\\wörd;}&<x>', "plain-s3cret", "%41+ b/c", "ñandú'"]


QUOTINGS = (
    lambda one: json.dumps(one)[1:-1],
    lambda one: json.dumps(one, ensure_ascii=False)[1:-1],
    lambda one: quote(one, safe=""),
    quote_plus,
    escape,
    lambda one: repr(one)[1:-1],
    lambda one: repr(one.encode())[2:-1],
    lambda one: one.replace("}", "}}"),
    lambda one: one,
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_however_it_is_written(secret):
    """Servers quote what they were asked, and the quotation is quoted again."""
    forms = {outer(inner(secret)) for inner in QUOTINGS for outer in QUOTINGS}
    redactor = Redactor([secret])
    for form in forms:
        assert redactor.clean(f"a {form} b") == "a [redacted] b", form


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=6),
    st.sampled_from(QUOTINGS),
    st.sampled_from(QUOTINGS),
)
def test_any_secret_is_hidden_in_any_quotation(secret, inner, outer):
    shown = Redactor([secret]).clean(f"a|{outer(inner(secret))}|b")
    assert shown == "a|[redacted]|b"


@pytest.mark.parametrize(
    "raw",
    [
        "https://u:zq-s3cret@h/x",
        "postgresql+psycopg://u:zq-s3cret@h/d",
        "DRIVER=x;UID=u;PWD=zq-s3cret;APP=y",
        "Password={zq-s3cret;}}x};",
        "https://h/x?sig=zq-s3cret",
        "https://h/x#zq-s3cret",
    ],
)
def test_what_looks_like_a_credential_is_hidden_even_when_nobody_knows_it(raw):
    assert "zq-s3cret" not in Redactor([]).clean(f"see {raw} now")


@pytest.mark.parametrize(
    "raw",
    [
        "https://" * 8_000,
        "x://" + "a" * 64_000,
        "pwd=" * 16_000,
        "password={" + "}}" * 32_000,
        "https://h" + "?" * 64_000,
        "w" * 64_000 + "://",
    ],
)
def test_hostile_text_costs_no_time(raw):
    import time  # noqa: PLC0415

    started = time.process_time()
    Redactor(["s3cret"]).clean(raw)
    assert time.process_time() - started < 1


def test_a_secret_that_no_encoding_can_write_is_no_reason_to_fail():
    """The environment may hold bytes that are no text."""
    assert Redactor(["p\udce9ssw", "zq-s3cret"]).clean("a zq-s3cret") == "a [redacted]"


# -- the UI ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "warns"), [([], False), (["--host", "0.0.0.0"], True)])  # noqa: S104
def test_the_ui_listens_on_this_machine_unless_told_and_then_it_warns(
    given, warns, monkeypatch, tmp_path, capsys
):
    started: list[list[str]] = []
    monkeypatch.setenv("PORTAL_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(up, "_supervise", lambda commands, _: started.extend(commands) or 0)
    monkeypatch.setattr(up, "_refuse_taken_port", lambda *_: None)
    printed_to = io.StringIO()
    monkeypatch.setattr(up, "progress", Console(file=printed_to, width=500))
    CliRunner().invoke(app, ["up", *given])
    (web,) = (one for one in started if "dagster-webserver" in one[0])
    assert web[web.index("-h") + 1] == (given[1] if given else "127.0.0.1")
    assert ("anybody who reaches this address" in printed_to.getvalue()) is warns


def test_the_instances_file_says_that_the_ui_has_no_login():
    text_of_file = (Path(__file__).parents[2] / "dagster.yaml").read_text(encoding="utf-8")
    assert "no login" in text_of_file
    assert "127.0.0.1" in text_of_file


def test_the_http_libraries_log_nothing_of_a_request(caplog):
    """Even when somebody turns on all logging."""
    from portal_pipeline_tests.security.servers import Says, serving  # noqa: PLC0415
    from portal_pipeline_tests.security.test_http_answers import (  # noqa: PLC0415
        KEY,
        PASSWORD,
        SECRET,
        portal_at,
        sage_at,
    )

    with caplog.at_level(logging.DEBUG), serving(lambda _: Says(body=b"{}")) as server:
        for ask in (portal_at(server).tenant, lambda: sage_at(server).vendor("V")):
            with pytest.raises(Exception, match="answer"):
                ask()
    for secret in (KEY, SECRET, PASSWORD):
        assert secret not in caplog.text
