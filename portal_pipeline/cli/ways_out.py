"""The ways out for a person: requeue, link, dismiss, admit, confirm (one key each)."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_pipeline.cli.context import JsonOption, SettingsOption, TenantOption, opened
from portal_pipeline.cli.output import console, plain, print_json
from portal_pipeline.core.decisions import OperationRow, Status
from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation

if TYPE_CHECKING:
    from portal_pipeline.ledger import TenantLedger

KeyArgument = Annotated[str, typer.Argument(help="Key of the document (see `status`, `trace`).")]
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

WAITING = (Status.HELD, Status.REJECTED, Status.REFUSED, Status.IN_FLIGHT)


def requeue(
    key: KeyArgument,
    tenant: TenantOption,
    reason: ReasonOption,
    number: Annotated[
        str,
        typer.Option("--number", help="Number in Sage, of a CFDI or a new vendor."),
    ] = "",
    operation: OperationOption = None,
    *,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Try a waiting operation again in the next cycle, whatever its interval."""
    _do(
        key,
        tenant,
        operation,
        (*WAITING, Status.OUT_OF_SCOPE),
        user,
        reason,
        settings,
        lambda ways, ref, op: ways.requeue(ref, op, number=number),
        as_json=json,
    )


def link(
    key: Annotated[str, typer.Argument(help="UUID of the CFDI.")],
    document: Annotated[str, typer.Argument(help="Sage document as VENDOR/NUMBER.")],
    tenant: TenantOption,
    reason: ReasonOption,
    *,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Say that a CFDI is that Sage document; the next import step checks that they agree."""
    vendor, slash, number = document.partition("/")
    if not slash or not vendor.strip() or not number.strip():
        raise DocumentError(f"{document} is not VENDOR/NUMBER", remedy="write it as V0001/A123")
    _do(
        key.upper(),
        tenant,
        Operation.IMPORT,
        tuple(Status),
        user,
        reason,
        settings,
        lambda ways, ref, _: ways.link(ref, vendor.strip(), number.strip()),
        as_json=json,
    )


def dismiss(
    key: KeyArgument,
    tenant: TenantOption,
    reason: ReasonOption,
    operation: OperationOption = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Take a dismissal back.")] = False,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """End an operation that was handled elsewhere (or take that back)."""
    statuses = (Status.DISMISSED,) if undo else (*WAITING, Status.OUT_OF_SCOPE)
    _do(
        key,
        tenant,
        operation,
        statuses,
        user,
        reason,
        settings,
        lambda ways, ref, op: ways.restore(ref, op) if undo else ways.dismiss(ref, op),
        as_json=json,
    )


def admit(
    key: KeyArgument,
    tenant: TenantOption,
    reason: ReasonOption,
    operation: OperationOption = None,
    *,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Treat a document as in scope although it is older than the start."""
    _do(
        key,
        tenant,
        operation,
        (*WAITING, Status.OUT_OF_SCOPE),
        user,
        reason,
        settings,
        lambda ways, ref, op: ways.admit(ref, op),
        as_json=json,
    )


def confirm(
    key: KeyArgument,
    tenant: TenantOption,
    reason: ReasonOption,
    operation: OperationOption = None,
    *,
    user: UserOption = None,
    json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Let an act run that the guard stopped, with the content that it showed."""
    _do(
        key,
        tenant,
        operation,
        (Status.HELD,),
        user,
        reason,
        settings,
        lambda ways, ref, op: ways.confirm(ref, op),
        as_json=json,
    )


def _do(
    key: str,
    tenant: str,
    operation: Operation | None,
    statuses: tuple[Status, ...],
    user: str | None,
    reason: str,
    settings: Path | None,
    way: Callable[[Any, DocumentRef, Operation], OperationRow],
    *,
    as_json: bool,
) -> None:
    from portal_pipeline.ledger.people import WaysOut  # noqa: PLC0415 - quick --help
    from portal_pipeline.reports.documents import open_entry  # noqa: PLC0415

    with opened(settings) as installation:
        tenant_settings = installation.tenant_settings(tenant)
        ledger = installation.tenant_ledger(tenant_settings)
        row = _the_operation(ledger, key, operation, statuses)
        ways = WaysOut(ledger, user=user or getpass.getuser(), reason=reason)
        after = way(ways, DocumentRef(kind=row.kind, key=row.key), row.operation)
        entry = open_entry(tenant, after, installation.settings.installation.language)
    if as_json:
        print_json(entry)
    else:
        console.print(
            f"{plain(tenant)} {entry['kind']} {plain(entry['key'])} {entry['operation']}: "
            f"now {entry['status']}"
        )


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
            f"no document has the key {key}", remedy="see `portal-pipeline status` for the keys"
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
