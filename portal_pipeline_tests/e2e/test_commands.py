"""Every command, on the world that a demo left behind."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from portal_pipeline.cli.main import app
from portal_pipeline_tests.e2e.conftest import called, portal_pipeline

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

COMMANDS = [
    (),
    ("demo",),
    ("sandbox",),
    ("sandbox", "serve"),
    ("up",),
    ("run",),
    ("status",),
    ("held",),
    ("trace",),
    ("check",),
    ("requeue",),
    ("link",),
    ("dismiss",),
    ("admit",),
    ("confirm",),
    ("cfdi",),
    ("cfdi", "check"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command):
    answer = CliRunner().invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    assert "Usage:" in answer.output
    assert len(answer.output.splitlines()) > 5


def test_help_is_there_for_the_program_itself(tmp_path):
    """In a process of its own, as people start it."""
    answer = portal_pipeline(tmp_path, "--help")
    assert (answer.code, "Usage:" in answer.out) == (0, True)


def test_status_shows_what_the_demo_left_open(demo):
    shown = called(demo.folder, "status", "--json").json
    assert len(shown["open"]) == len(demo.result["open"])
    assert shown["tenants"] == demo.result["tenants"]
    assert "Held or rejected:" in called(demo.folder, "status").out


def test_status_of_one_tenant_shows_only_that_tenant(demo):
    tenant = demo.result["tenants"][0]["tenant"]
    shown = called(demo.folder, "status", "--tenant", tenant, "--json").json
    assert [one["tenant"] for one in shown["tenants"]] == [tenant]
    assert {entry["tenant"] for entry in shown["open"]} <= {tenant}


def test_an_unknown_tenant_is_told_which_there_are(demo):
    answer = called(demo.folder, "status", "--tenant", "nobody")
    assert answer.code == 2
    assert "there is no tenant 'nobody'" in answer.err
    assert demo.result["tenants"][0]["tenant"] in answer.err


def test_trace_shows_operations_history_and_links_of_a_document(demo):
    entry = demo.result["open"][0]
    (document,) = [
        one
        for one in called(demo.folder, "trace", entry["key"], "--json").json
        if one["tenant"] == entry["tenant"] and one["kind"] == entry["kind"]
    ]
    assert entry["operation"] in {o["operation"] for o in document["operations"]}
    assert document["history"]
    assert document["milestones"][-1]["what"] == "now"
    printed = called(demo.folder, "trace", entry["key"]).out
    assert printed.index(document["milestones"][0]["text"][:20]) < printed.index("Operations")
    assert "History" in printed


def test_trace_of_an_unknown_key_says_so(demo):
    answer = called(demo.folder, "trace", "NOTHING-1")
    assert answer.code == 1
    assert "NOTHING-1" in answer.err


def test_a_dismissal_is_kept_with_user_and_reason_and_can_be_taken_back(demo):
    entry = demo.result["open"][-1]
    named = ("--tenant", entry["tenant"], "--operation", entry["operation"], "--user", "ana")
    done = called(
        demo.folder, "dismiss", entry["key"], *named, "--reason", "handled by hand", "--json"
    )
    assert done.json["status"] == "dismissed"
    again = called(demo.folder, "dismiss", entry["key"], *named, "--reason", "again")
    assert again.code == 1
    undone = called(
        demo.folder, "dismiss", "--undo", entry["key"], *named, "--reason", "mistake", "--json"
    )
    assert undone.json["status"] == "held"
    history = called(demo.folder, "trace", entry["key"], "--json").json[0]["history"]
    assert ("dismiss", "ana", "handled by hand") in {
        (line["event"], line["actor"], line["detail"]) for line in history
    }


def test_held_lists_what_status_has_open_oldest_first_with_its_commands(demo):
    shown = called(demo.folder, "held", "--json").json

    def names(entries):
        return sorted((e["tenant"], e["kind"], e["key"], e["operation"]) for e in entries)

    assert names(shown["waiting"]) == names(demo.result["open"])
    assert shown["left_out"] == 0
    assert sum(total["documents"] for total in shown["totals"]) == shown["documents"]
    by_age = [entry["age_hours"] for entry in shown["waiting"]]
    assert by_age == sorted(by_age, reverse=True)
    for entry in shown["waiting"]:
        assert len(entry["commands"]) == len(entry["exits"])
        assert all(command.startswith("portal-pipeline ") for command in entry["commands"])
    printed = called(demo.folder, "held", "--limit", "2").out
    assert f"{len(shown['waiting']) - 2} more lines are not shown" in printed


def test_many_are_shown_and_left_alone_where_nobody_can_be_asked(demo):
    waiting = called(demo.folder, "held", "--json").json["waiting"]
    entry = next(one for one in waiting if "dismiss" in one["exits"])
    answer = called(
        demo.folder, "dismiss", "--finding", entry["finding"], "--reason", "x", "--json"
    )
    assert (answer.code, answer.json["answer"], answer.json["done"]) == (2, "no_terminal", 0)
    assert entry["key"] in {one["key"] for one in answer.json["waiting"]}
    assert "--yes" in answer.err


def test_a_wrong_key_of_a_way_out_says_where_to_look(demo):
    tenant = demo.result["tenants"][0]["tenant"]
    answer = called(demo.folder, "requeue", "NOTHING-1", "--tenant", tenant, "--reason", "x")
    assert answer.code == 1
    assert "no document has the key NOTHING-1" in answer.err


def test_a_link_that_names_no_sage_document_is_refused(demo):
    tenant = demo.result["tenants"][0]["tenant"]
    answer = called(demo.folder, "link", "U-1", "V1", "--tenant", tenant, "--reason", "x")
    assert answer.code == 1
    assert "VENDOR/NUMBER" in answer.err


def test_a_run_without_its_sandbox_says_how_to_start_it(demo):
    tenant = demo.result["tenants"][0]["tenant"]
    answer = portal_pipeline(
        demo.folder, "run", "--tenant", tenant, "--step", "provider_sync", "--json"
    )
    assert answer.code == 1
    assert "portal-pipeline sandbox serve" in answer.out + answer.err


def test_check_without_its_sandbox_names_each_system_that_does_not_answer(demo):
    answer = portal_pipeline(demo.folder, "check", "--json")
    assert answer.code == 1
    failed = {c["what"] for c in answer.json["checks"] if c["result"] == "failed"}
    assert failed == {"portal", "sage web api"}
    assert all(c["remedy"] for c in answer.json["checks"] if c["result"] == "failed")


def test_cfdi_check_gives_a_verdict_for_each_file_and_fails_on_a_bad_one(tmp_path):
    (tmp_path / "page.xml").write_text("<!DOCTYPE html><html></html>")
    (tmp_path / "empty.xml").write_text("")
    answer = portal_pipeline(tmp_path, "cfdi", "check", "page.xml", "empty.xml", "--json")
    assert answer.code == 1
    assert [one["verdict"] for one in answer.json] == ["not_xml", "not_xml"]


def test_a_file_that_cannot_be_opened_does_not_keep_the_others_from_their_verdict(tmp_path):
    (tmp_path / "page.xml").write_text("<!DOCTYPE html><html></html>")
    answer = portal_pipeline(tmp_path, "cfdi", "check", "missing.xml", "page.xml", "--json")
    assert answer.code == 1
    assert "missing.xml cannot be read" in answer.err
    assert [one["file"] for one in answer.json] == ["page.xml"]


def test_without_settings_every_command_says_what_to_do(tmp_path):
    answer = portal_pipeline(tmp_path, "status")
    assert answer.code == 2
    assert "no settings found" in answer.err
