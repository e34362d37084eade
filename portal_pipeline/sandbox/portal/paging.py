"""Pages as the portal gives them: capped whatever is asked, offset by items.

Source: portal API sheet 2.2 and 11.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.switches import PortalSwitches

T = TypeVar("T")


def _whole_number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def page_window(
    request: Request, switches: PortalSwitches, *, error_name: str, is_master: bool = False
) -> tuple[int, int | None]:
    """(offset, size) of the page that the portal gives; a size of None means all.

    A size that is missing, not a number, 0, negative or above the cap behaves as the cap.
    """
    size = _whole_number(request.param("pageSize"))
    offset = _whole_number(request.param("offset"))
    if switches.strict_paging and (size is None or offset is None):
        raise PortalError(400, error_name, "pageSize and offset are required")
    start = 0 if switches.ignore_offset else max(offset or 0, 0)
    if is_master and switches.uncapped_masters and size == -1:
        return start, None
    cap = switches.page_size_cap
    return start, size if size is not None and 0 < size <= cap else cap


def page_response(
    matches: Sequence[T],
    window: tuple[int, int | None],
    switches: PortalSwitches,
    render: Callable[[T], str],
    extra: JsonObject | None = None,
) -> Response:
    """The list envelope with the items of one page; ``render`` gives an item's JSON text."""
    offset, size = window
    stop = None if size is None else offset + size
    items = ", ".join(render(match) for match in matches[offset:stop])
    total = "" if switches.omit_total else f'"total": {len(matches)}, '
    more = "".join(f", {dump_json(key)}: {dump_json(v)}" for key, v in (extra or {}).items())
    body = f'{{{total}"items": [{items}]{more}}}'
    return Response(200, body.encode(), {"content-type": "application/json"})
