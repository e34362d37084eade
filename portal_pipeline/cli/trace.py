"""``trace``: what happened to this document?"""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from portal_pipeline.cli.context import (
    AnyTenantOption,
    JsonOption,
    SettingsOption,
    chosen_keys,
    opened,
)
from portal_pipeline.cli.output import (
    console,
    plain,
    print_json,
    print_story,
    print_table,
    progress,
)


def trace(
    key: Annotated[
        str, typer.Argument(help="PO number, CFDI UUID, payment number or provider id.")
    ],
    tenant: AnyTenantOption = None,
    *,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Show a document's operations, history and links, in every tenant that has it.

    Exit code 1 when no tenant knows the key.
    """
    from portal_pipeline.reports.trace import trace as trace_of  # noqa: PLC0415 - quick --help

    found: list[dict[str, Any]] = []
    with opened(settings) as installation:
        language = installation.settings.installation.language
        for one in chosen_keys(installation, tenant):
            tenant_settings = installation.tenant_settings(one)
            found += trace_of(
                installation.ledger.tenant(one, _no_clock),
                key,
                ZoneInfo(tenant_settings.zone),
                language,
            )
    if json:
        print_json(found)
    else:
        for document in found:
            _print(document, language)
    if not found:
        progress.print(f"no document has the key {plain(key)}; `status` lists what is known")
        raise typer.Exit(1)


def _no_clock() -> Any:
    raise RuntimeError("reading needs no clock")


def _print(document: dict[str, Any], language: str) -> None:
    amount = f"{document['amount']} {document['currency']}" if document["amount"] else ""
    console.print(
        f"[bold]{plain(document['tenant'])}  {document['kind']} {plain(document['key'])}[/]  "
        f"{plain(document['counterparty'])}  {amount}  {document['date'] or ''}"
    )
    print_story(document["milestones"], language)
    for name in ("portal_id", "portal_state", "sage_id", "sage_state"):
        if document[name]:
            console.print(f"  {name}: {plain(document[name])}")
    print_table(
        "Operations",
        ("operation", "status", "why", "next step", "attempts"),
        [
            [
                o["operation"],
                o["status"],
                o["text"] or "; ".join(o["notes"]),
                o["next_step"],
                o["attempts"],
            ]
            for o in document["operations"]
        ],
    )
    print_table(
        "History",
        ("at", "operation", "event", "status", "who", "text"),
        [
            [
                h["at"],
                h["operation"],
                h["event"],
                h["status"],
                h["actor"] or h["run_id"][:8],
                # A person's line says why: the finding is that of the line before it.
                h["detail"] if h["actor"] and h["detail"] else h["text"] or h["detail"],
            ]
            for h in document["history"]
        ],
    )
    if document["links"]:
        print_table(
            "Links",
            ("", "relation", "what", "key", "known from"),
            [
                [x["direction"], x["relation"], x["target_type"], x["target_key"], x["source"]]
                for x in document["links"]
            ],
        )
    for note in document["left_out"]:
        console.print(f"  {plain(note)}")
