"""The ways out for a person: requeue, link, dismiss, admit, confirm; one document or many."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_pipeline.cli.bulk import ROWS, Request, RowsOption, YesOption, in_bulk
from portal_pipeline.cli.context import AnyTenantOption, JsonOption, SettingsOption, opened
from portal_pipeline.cli.link_file import link_from_file, link_problem
from portal_pipeline.cli.output import console, plain, print_json
from portal_pipeline.cli.selecting import ControllerOption, Filters, FindingOption, OlderOption
from portal_pipeline.core.decisions import OPEN_STATUSES, OperationRow, Status
from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.ways_out import Way, not_offered

if TYPE_CHECKING:
    from portal_pipeline.ledger import TenantLedger
    from portal_pipeline.ledger.people import WaysOut

KeyArgument = Annotated[
    str | None,
    typer.Argument(
        help="Key of the document (see `held`, `trace`); without it, all that the options select.",
        show_default=False,
    ),
]
OperationOption = Annotated[
    Operation | None,
    typer.Option("--operation", "-o", help="Which operation, where several of it wait."),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", "-r", help="Why; kept with your name in the history.")
]
UserOption = Annotated[
    str | None, typer.Option("--user", help="Who does it; else the name of this account.")
]

Doing = Callable[["WaysOut", DocumentRef, Operation], OperationRow]


def requeue(
    key: KeyArgument = None,
    tenant: AnyTenantOption = None,
    *,
    reason: ReasonOption,
    number: Annotated[
        str,
        typer.Option("--number", help="Number in Sage, of a CFDI or a new vendor."),
    ] = "",
    operation: OperationOption = None,
    finding: FindingOption = None,
    controller: ControllerOption = None,
    older_than: OlderOption = None,
    yes: YesOption = False,
    rows: RowsOption = ROWS,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Try a waiting operation again in the next cycle, whatever its interval.

    Without KEY: all that --tenant, --finding and the other filters select, shown and asked first.
    """
    if key is None and number:
        raise typer.BadParameter("a number is for one document: name it by its key")
    filters = Filters(tenant, finding, controller, operation, older_than)
    request = _request(Way.REQUEUE, filters, user, reason, yes=yes, rows=rows, as_json=json)
    _do(key, request, settings, lambda ways, ref, op: ways.requeue(ref, op, number=number))


def link(
    key: Annotated[str | None, typer.Argument(help="UUID of the CFDI.", show_default=False)] = None,
    document: Annotated[
        str | None, typer.Argument(help="Sage document as VENDOR/NUMBER.", show_default=False)
    ] = None,
    tenant: AnyTenantOption = None,
    *,
    reason: ReasonOption,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="CSV with the columns tenant,uuid,vendor,number: all of them."),
    ] = None,
    yes: YesOption = False,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Say that a CFDI is that Sage document; the next import step checks that they agree.

    With --file: every line is checked first, all mistakes are told, none is done if one is wrong.
    """
    request = _request(Way.LINK, Filters(tenant), user, reason, as_json=json)
    if file is not None:
        if key is not None or tenant is not None:
            raise typer.BadParameter("with --file, the file names tenants and documents")
        link_from_file(
            file, user=request.user, reason=reason, yes=yes, as_json=json, settings=settings
        )
        return
    if key is None or document is None:
        raise typer.BadParameter("name UUID and VENDOR/NUMBER, or a --file of them")
    vendor, slash, number = document.partition("/")
    if not slash or not vendor.strip() or not number.strip():
        raise DocumentError(f"{document} is not VENDOR/NUMBER", remedy="write it as V0001/A123")
    request = replace(request, filters=replace(request.filters, operation=Operation.IMPORT))
    _do(
        key.upper(),
        request,
        settings,
        lambda ways, ref, _: ways.link(ref, vendor.strip(), number.strip()),
    )


def dismiss(
    key: KeyArgument = None,
    tenant: AnyTenantOption = None,
    *,
    reason: ReasonOption,
    operation: OperationOption = None,
    finding: FindingOption = None,
    controller: ControllerOption = None,
    older_than: OlderOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take a dismissal back.")] = False,
    yes: YesOption = False,
    rows: RowsOption = ROWS,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """End an operation that was handled elsewhere (or take that back).

    Without KEY: all that --tenant, --finding and the other filters select, shown and asked first.
    With --undo, the age counts from the dismissal.
    """
    filters = Filters(tenant, finding, controller, operation, older_than)
    way = Way.RESTORE if undo else Way.DISMISS
    request = _request(way, filters, user, reason, yes=yes, rows=rows, as_json=json)
    _do(
        key,
        request,
        settings,
        lambda ways, ref, op: ways.restore(ref, op) if undo else ways.dismiss(ref, op),
    )


def admit(
    key: KeyArgument = None,
    tenant: AnyTenantOption = None,
    *,
    reason: ReasonOption,
    operation: OperationOption = None,
    finding: FindingOption = None,
    controller: ControllerOption = None,
    older_than: OlderOption = None,
    yes: YesOption = False,
    rows: RowsOption = ROWS,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Treat a document as in scope although it is older than the start.

    Without KEY: all that --tenant, --finding and the other filters select, shown and asked first.
    """
    filters = Filters(tenant, finding, controller, operation, older_than)
    request = _request(Way.ADMIT, filters, user, reason, yes=yes, rows=rows, as_json=json)
    _do(key, request, settings, lambda ways, ref, op: ways.admit(ref, op))


def confirm(
    key: KeyArgument = None,
    tenant: AnyTenantOption = None,
    *,
    reason: ReasonOption,
    operation: OperationOption = None,
    finding: FindingOption = None,
    controller: ControllerOption = None,
    older_than: OlderOption = None,
    yes: YesOption = False,
    rows: RowsOption = ROWS,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Let an act run that the guard stopped, with the content that it showed.

    Without KEY: all that --tenant, --finding and the other filters select, shown and asked first;
    exactly the acts shown are released, by key and content, never what joins the plan later.
    """
    filters = Filters(tenant, finding, controller, operation, older_than)
    request = _request(Way.CONFIRM, filters, user, reason, yes=yes, rows=rows, as_json=json)
    _do(key, request, settings, lambda ways, ref, op: ways.confirm(ref, op))


def _request(
    way: Way,
    filters: Filters,
    user: str | None,
    reason: str,
    *,
    yes: bool = False,
    rows: int = ROWS,
    as_json: bool,
) -> Request:
    if not reason.strip():
        raise typer.BadParameter("say why; it is kept in the history", param_hint="'--reason'")
    return Request(way, filters, user or getpass.getuser(), reason, yes, rows, as_json)


def _do(key: str | None, request: Request, settings: Path | None, doing: Doing) -> None:
    """One document, or without a key all that the filters select."""
    if key is None:
        in_bulk(request, settings)
        return
    filters = request.filters
    if filters.tenant is None:
        raise typer.BadParameter("name the tenant of the document", param_hint="'--tenant'")
    if filters.finding or filters.controller or filters.older_than:
        raise typer.BadParameter("a key names one document: leave out the key or the filters")
    _do_one(key, filters.tenant, request, settings, doing)


def _do_one(key: str, tenant: str, request: Request, settings: Path | None, doing: Doing) -> None:
    from portal_pipeline.ledger.people import WaysOut  # noqa: PLC0415 - quick --help
    from portal_pipeline.reports.documents import open_entry  # noqa: PLC0415

    with opened(settings) as installation:
        ledger = installation.tenant_ledger(installation.tenant_settings(tenant))
        row = _the_operation(ledger, key, request.filters.operation, _STATUSES[request.way])
        if problem := _not_possible(ledger, request.way, row):
            raise DocumentError(f"{row.kind.value} {row.key}: {problem}")
        ways = WaysOut(ledger, user=request.user, reason=request.reason)
        after = doing(ways, DocumentRef(kind=row.kind, key=row.key), row.operation)
        entry = open_entry(tenant, after, installation.settings.installation.language)
    if request.as_json:
        print_json(entry)
    else:
        console.print(
            f"{plain(tenant)} {entry['kind']} {plain(entry['key'])} {entry['operation']}: "
            f"now {entry['status']}"
        )


_STATUSES: dict[Way, tuple[Status, ...]] = {
    Way.REQUEUE: (*OPEN_STATUSES, Status.OUT_OF_SCOPE),
    Way.LINK: tuple(Status),
    Way.DISMISS: (*OPEN_STATUSES, Status.OUT_OF_SCOPE),
    Way.RESTORE: (Status.DISMISSED,),
    Way.ADMIT: (*OPEN_STATUSES, Status.OUT_OF_SCOPE),
    Way.CONFIRM: (Status.HELD,),
}


def _not_possible(ledger: TenantLedger, way: Way, row: OperationRow) -> str:
    """Why the finding of an operation does not allow a way out; blank: it does."""
    from portal_pipeline.ledger.people import paid_while_link_offered  # noqa: PLC0415

    if way == Way.LINK:
        return link_problem(row, paid_while_link_offered(ledger, [row.key]))
    reason = not_offered(way, row.status, row.finding)
    return f"{way.value} is not possible: {reason}" if reason else ""


def _the_operation(
    ledger: TenantLedger, key: str, operation: Operation | None, statuses: tuple[Status, ...]
) -> OperationRow:
    """The one operation that is meant.

    Raises:
        DocumentError: none fits, or several do and none was named.
    """
    documents = ledger.find_documents(key)
    rows = [
        row
        for document in documents
        for row in ledger.operations(DocumentKind(document.kind), [document.key]).values()
        if row.status in statuses and operation in (None, row.operation)
    ]
    if len(rows) == 1:
        return rows[0]
    if not documents:
        raise DocumentError(
            f"no document has the key {key}", remedy="see `portal-pipeline held` for the keys"
        )
    if not rows:
        raise DocumentError(
            f"{key} has no operation for which this is possible now",
            remedy=f"see `portal-pipeline trace {key}`",
        )
    names = ", ".join(sorted(row.operation.value for row in rows))
    raise DocumentError(
        f"{key} has several operations: {names}", remedy="name one with --operation"
    )
