"""Reads: a feed by pages, or one record by its key. Source: Web API sheet 2.6 and 2.7, rule 6."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.sage.company.unit import Row, Unit
from portal_pipeline.sandbox.sage.web_api.catalogue import Resource
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.filters import parsed_filter
from portal_pipeline.sandbox.sage.web_api.records import (
    Record,
    all_rows,
    batch_records,
    vendor_records,
)
from portal_pipeline.sandbox.sage.web_api.routes import Key
from portal_pipeline.sandbox.sage.web_api.shapes import Kind
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

_FEED_OPTIONS = frozenset({"$filter", "$select", "$skip", "$top", "$count", "$orderby"})
_ENTRY_OPTIONS = frozenset({"$select"})
_WITH_COLLECTIONS: Mapping[str, Callable[[Unit, Sequence[Row]], list[Record]]] = {
    "APInvoiceBatches": batch_records,
    "APVendors": vendor_records,
}


@dataclass(frozen=True)
class Query:
    """The query options of a feed."""

    condition: str | None
    select: tuple[str, ...] | None
    skip: int
    top: int | None
    has_count: bool
    order_by: str | None


def feed(unit: Unit, resource: Resource, request: Request, switches: WebApiSwitches) -> Response:
    """A page of the records that the query selects."""
    query = _query(resource, request, _FEED_OPTIONS)
    matching = _matching(unit, resource, query, switches)
    size = min(switches.page_size, query.top if query.top is not None else switches.page_size)
    page = matching[query.skip : query.skip + size]
    records = [_selected(record, query.select) for record in _complete(unit, resource, page)]
    mark = "" if switches.old_annotation_names else "@"
    body: dict[str, Any] = {f"{mark}odata.context": _context(request, resource), "value": records}
    if query.has_count:
        count = len(matching)
        body[f"{mark}odata.count"] = str(count) if switches.old_annotation_names else count
    wanted = len(matching) - query.skip if query.top is None else query.top
    seen = query.skip + len(page)
    if len(page) < wanted and seen < len(matching):
        body[f"{mark}odata.nextLink"] = _next_link(request, query, len(page))
    return Response.json(body)


def entry(unit: Unit, resource: Resource, key: Key, request: Request) -> Response:
    """One record, without the wrapper of a feed.

    Raises:
        WebApiError: RecordNotFound or InvalidEntityKey.
    """
    query = _query(resource, request, _ENTRY_OPTIONS)
    row = keyed_row(unit, resource, key)
    record = _complete(unit, resource, [row])[0]
    return Response.json(
        {"@odata.context": _context(request, resource), **_selected(record, query.select)}
    )


def keyed_row(unit: Unit, resource: Resource, key: Key) -> Row:
    """The row that a key names.

    Raises:
        WebApiError: RecordNotFound or InvalidEntityKey.
    """
    columns = _key_columns(resource, key)
    row = unit.row(resource.table, columns, *resource.shape.columns)
    if row is None:
        raise WebApiError("RecordNotFound", f"{resource.name}{tuple(columns.values())} not found")
    return row


def _key_columns(resource: Resource, key: Key) -> dict[str, Any]:
    """Column -> value; parts by name in any order, or without names in the order of the key."""
    is_named = all(name for name, _ in key)
    given = dict(key) if is_named else dict(zip(resource.key, (v for _, v in key), strict=False))
    if set(given) != set(resource.key) or len(key) != len(resource.key):
        raise WebApiError("InvalidEntityKey", f"The key of {resource.name} is {resource.key}")
    columns: dict[str, Any] = {}
    for name in resource.key:
        item = resource.shape[name]
        value = given[name]
        if item.kind is Kind.CHOICE:
            columns[item.column] = item.choices.get(value, value)
        elif item.kind is Kind.TEXT:
            columns[item.column] = value
        elif value.isdecimal() and len(value) < 19:
            columns[item.column] = int(value)
        else:
            raise WebApiError("InvalidEntityKey", f"{name} is a number, not {value!r}")
    return columns


def _query(resource: Resource, request: Request, allowed: frozenset[str]) -> Query:
    options: dict[str, str] = {}
    for name, value in request.query:
        if not name.startswith("$"):
            continue
        if name not in allowed or name in options:
            raise WebApiError("InvalidParameters", f"The query option {name} is not accepted")
        options[name] = value
    select = options.get("$select")
    names = tuple(part.strip() for part in select.split(",")) if select else None
    for name in names or ():
        if name not in resource.shape:
            raise _no_property(name, resource)
    return Query(
        condition=options.get("$filter"),
        select=names,
        skip=_natural("$skip", options.get("$skip", "0")),
        top=_natural("$top", options["$top"]) if "$top" in options else None,
        has_count=options.get("$count", "false").lower() == "true",
        order_by=options.get("$orderby"),
    )


def _matching(unit: Unit, resource: Resource, query: Query, switches: WebApiSwitches) -> list[Row]:
    """Every matching row, in the order of the key unless asked otherwise."""
    shape = resource.shape
    rows = list(all_rows(unit, resource.table, *shape.columns))
    plain = [item.name for item in shape.properties if item.kind is not Kind.LIST]
    if query.condition is not None:
        test = parsed_filter(query.condition, plain, shape.type_name)
        rows = [row for row in rows if test(shape.record(row))]
    if query.order_by and switches.order_by_honoured:
        name, _, direction = query.order_by.strip().partition(" ")
        if name not in plain:
            raise _no_property(name, resource)
        rows.sort(
            key=lambda row: row[shape[name].column], reverse=direction.strip().lower() == "desc"
        )
    return rows


def _complete(unit: Unit, resource: Resource, rows: Sequence[Row]) -> list[Record]:
    show = _WITH_COLLECTIONS.get(resource.name)
    return show(unit, rows) if show else [resource.shape.record(row) for row in rows]


def _selected(record: Record, names: tuple[str, ...] | None) -> Record:
    return record if names is None else {name: record[name] for name in names}


def _natural(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise WebApiError("InvalidParameters", f"{name} is not a number: {text!r}")
    return int(text)


def _no_property(name: str, resource: Resource) -> WebApiError:
    type_name = resource.shape.type_name
    return WebApiError(
        "InvalidParameters", f"Could not find a property named '{name}' on type '{type_name}'."
    )


def _origin(request: Request) -> str:
    return f"http://{request.headers.get('host', 'localhost')}"


def _context(request: Request, resource: Resource) -> str:
    root = request.path.rpartition("/")[0]
    return f"{_origin(request)}{root}/$metadata#{resource.name}"


def _next_link(request: Request, query: Query, shown: int) -> str:
    options = {name: value for name, value in request.query if name not in {"$skip", "$top"}}
    options["$skip"] = str(query.skip + shown)
    if query.top is not None:
        options["$top"] = str(query.top - shown)
    return f"{_origin(request)}{request.path}?{urlencode(options)}"
