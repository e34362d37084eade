"""Many links from a CSV file: every line is checked before anything is done."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from portal_pipeline.cli.bulk import failure, tell
from portal_pipeline.cli.consent import Consent, consent, tell_refusal
from portal_pipeline.cli.context import opened
from portal_pipeline.cli.output import console, plain, print_json, print_table, progress
from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.identity import DocumentKind, Operation, upper_uuid
from portal_pipeline.core.transitions import Event, Refusal, after
from portal_pipeline.core.ways_out import Way, not_offered

if TYPE_CHECKING:
    from portal_pipeline.ledger import TenantLedger
    from portal_pipeline.ledger.people import Answer
    from portal_pipeline.wiring import Installation

COLUMNS = ("tenant", "uuid", "vendor", "number")
LINES_MAX = 10_000
BYTES_MAX = 5_000_000
DOCUMENT_CHARS_MAX = 80
"""VENDOR/NUMBER in the ledger."""
UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
CFDI_KINDS = (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)


@dataclass(frozen=True)
class LinkLine:
    """One line of the file."""

    line: int
    tenant: str
    uuid: str
    vendor: str
    number: str

    @property
    def document(self) -> str:
        """The Sage document."""
        return f"{self.vendor}/{self.number}"


@dataclass
class LinkFile:
    """What was read, and every mistake as (line, text)."""

    lines: list[LinkLine] = field(default_factory=list)
    mistakes: list[tuple[int, str]] = field(default_factory=list)


def read_link_file(path: Path, tenants: Sequence[str]) -> LinkFile:
    """The lines of the file, each checked by itself and against the others.

    Raises:
        BadParameter: it cannot be read, is too large, or its columns are not ``COLUMNS``.
    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _bad(f"{path} is larger than {BYTES_MAX:,} bytes; split it")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"{path} cannot be read as UTF-8 text: {error}") from error
    reader = csv.DictReader(text.splitlines(), strict=True)
    found = LinkFile()
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if sorted(names) != sorted(COLUMNS):
            raise _bad(f"{path} must begin with the line {','.join(COLUMNS)}")
        reader.fieldnames = names
        for values in reader:
            if reader.line_num > LINES_MAX + 1:
                raise _bad(f"{path} has more than {LINES_MAX:,} lines; split it")
            _take(found, reader.line_num, values, tenants)
    except csv.Error as error:
        raise _bad(f"{path}, line {reader.reader.line_num}: {error}") from error
    _compare(found)
    return found


def _bad(text: str) -> typer.BadParameter:
    return typer.BadParameter(text, param_hint="'--file'")


def _take(found: LinkFile, line: int, values: Mapping[Any, Any], tenants: Sequence[str]) -> None:
    if None in values or None in values.values():
        found.mistakes.append((line, f"it does not have {len(COLUMNS)} columns"))
        return
    given = {name: str(values[name]).strip() for name in COLUMNS}
    one = LinkLine(line, **{**given, "uuid": upper_uuid(given["uuid"])})
    wrong = []
    if one.tenant not in tenants:
        wrong.append(f"there is no tenant {one.tenant!r}")
    if not UUID.fullmatch(one.uuid):
        wrong.append(f"{one.uuid!r} is no UUID")
    if not one.vendor or not one.number:
        wrong.append("vendor and number must both be given")
    if "/" in one.vendor:
        wrong.append(f"vendor {one.vendor!r} has a slash")
    if len(one.document) > DOCUMENT_CHARS_MAX:
        wrong.append(f"vendor and number are longer than {DOCUMENT_CHARS_MAX} characters")
    found.mistakes += [(line, text) for text in wrong]
    if not wrong:
        found.lines.append(one)


def _compare(found: LinkFile) -> None:
    """A CFDI is one document, and a document one CFDI."""
    by_uuid: dict[tuple[str, str], int] = {}
    by_document: dict[tuple[str, str], int] = {}
    for one in found.lines:
        first = by_uuid.setdefault((one.tenant, one.uuid), one.line)
        if first != one.line:
            found.mistakes.append((one.line, f"{one.uuid} is in line {first} already"))
        first = by_document.setdefault((one.tenant, one.document), one.line)
        if first != one.line:
            found.mistakes.append((one.line, f"{one.document} is in line {first} already"))


# -- against the ledger ----------------------------------------------------------------------------


@dataclass(frozen=True)
class KnownLink:
    """A line with the import that it concerns."""

    line: LinkLine
    row: OperationRow


def link_problem(row: OperationRow, paid: set[str]) -> str:
    """Why an import cannot be linked; blank: it can.

    Its own finding offers it, or that of a payment that waits for it (``paid``), or it is done.
    """
    following = after(row.status, Event.LINK)
    if isinstance(following, Refusal):
        return f"link is not possible: {following.value}"
    if row.status == Status.DONE or row.key in paid:
        return ""
    reason = not_offered(Way.LINK, row.status, row.finding)
    return f"link is not possible: {reason}" if reason else ""


def known_links(
    ledger: TenantLedger, lines: Sequence[LinkLine], mistakes: list[tuple[int, str]]
) -> Iterator[KnownLink]:
    """The lines of one tenant with their imports; adds those that cannot be linked to mistakes."""
    from portal_pipeline.ledger.people import paid_while_link_offered  # noqa: PLC0415

    uuids = [one.uuid for one in lines]
    paid = paid_while_link_offered(ledger, uuids)
    imports = {
        key: row
        for kind in CFDI_KINDS
        for (key, _), row in ledger.operations(kind, uuids, [Operation.IMPORT]).items()
    }
    for one in lines:
        row = imports.get(one.uuid)
        if row is None:
            mistakes.append((one.line, f"{one.tenant} knows no CFDI {one.uuid} to be imported"))
        elif problem := link_problem(row, paid):
            mistakes.append((one.line, f"{one.uuid}: {problem}"))
        else:
            yield KnownLink(one, row)


def link_from_file(
    path: Path, *, user: str, reason: str, yes: bool, as_json: bool, settings: Path | None
) -> None:
    """Link every line, when none of them is wrong.

    Raises:
        Exit: 1 when a line is wrong or could not be done, 2 when nobody could be asked.
    """
    with opened(settings) as installation:
        read = read_link_file(path, [one.key for one in installation.settings.tenants])
        links: list[KnownLink] = []
        for tenant in sorted({one.tenant for one in read.lines}):
            ledger = installation.tenant_ledger(installation.tenant_settings(tenant))
            here = [one for one in read.lines if one.tenant == tenant]
            links += known_links(ledger, here, read.mistakes)
        if read.mistakes:
            _tell_mistakes(sorted(read.mistakes), as_json=as_json)
            raise typer.Exit(1)
        if not as_json:
            _show(links)
        answer = consent(len(links), Way.LINK.value, yes=yes)
        answers: list[Answer] = []
        problems: list[dict[str, Any]] = []
        try:
            if answer == Consent.YES:
                for tenant, one in _carry_out(installation, links, user, reason):
                    answers.append(one)
                    problems += [failure(tenant, one)] if one.problem else []
        finally:  # also when the ledger fails midway: what was done before stays done
            if as_json:
                _print_json(links, answer, len(answers) - len(problems), problems, [])
            elif answer == Consent.YES:
                tell("linked", answers, problems)
    tell_refusal(answer, is_possible=True)
    if problems:
        raise typer.Exit(1)


def _carry_out(
    installation: Installation, links: Sequence[KnownLink], user: str, reason: str
) -> Iterator[tuple[str, Answer]]:
    from portal_pipeline.core.identity import DocumentRef  # noqa: PLC0415 - quick --help
    from portal_pipeline.ledger.people import Seen, Wanted, WaysOut  # noqa: PLC0415

    by_tenant: dict[str, list[Wanted]] = {}
    for one in links:
        row = one.row
        wanted = Wanted(
            DocumentRef(kind=row.kind, key=row.key),
            Operation.IMPORT,
            Seen(row.status, row.finding.code if row.finding else ""),
            {"link": one.line.document},
        )
        by_tenant.setdefault(one.line.tenant, []).append(wanted)
    for tenant, wanted_here in by_tenant.items():
        ledger = installation.tenant_ledger(installation.tenant_settings(tenant))
        ways = WaysOut(ledger, user=user, reason=reason)
        yield from ((tenant, answer) for answer in ways.do(Way.LINK, wanted_here))


def _show(links: Sequence[KnownLink]) -> None:
    if not links:
        console.print("Nothing to link.")
        return
    rows = [
        [
            one.line.line,
            one.line.tenant,
            one.row.kind.value,
            one.line.uuid,
            one.line.document,
            one.row.finding.code if one.row.finding else one.row.status.value,
        ]
        for one in links
    ]
    print_table("To link", ("line", "tenant", "kind", "key", "Sage document", "waits for"), rows)


def _tell_mistakes(mistakes: list[tuple[int, str]], *, as_json: bool) -> None:
    if as_json:
        _print_json([], Consent.NOTHING, 0, [], mistakes)
    for line, text in mistakes:
        progress.print(f"line {line}: {plain(text)}")
    progress.print(f"Nothing was done: {len(mistakes)} to mend.")


def _print_json(
    links: Sequence[KnownLink],
    answer: Consent,
    done: int,
    failed: list[dict[str, Any]],
    mistakes: list[tuple[int, str]],
) -> None:
    print_json(
        {
            "way": Way.LINK.value,
            "links": [
                {
                    "line": one.line.line,
                    "tenant": one.line.tenant,
                    "kind": one.row.kind.value,
                    "key": one.line.uuid,
                    "document": one.line.document,
                }
                for one in links
            ],
            "answer": answer.value,
            "done": done,
            "failed": failed,
            "mistakes": [{"line": line, "problem": text} for line, text in mistakes],
        }
    )
