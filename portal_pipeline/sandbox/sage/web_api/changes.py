"""Items of a collection under PATCH: which ones are inserted, updated, deleted.

``Insert`` is new; ``Update`` and ``Delete`` need an item of that key; ``Unspecified``, or nothing,
updates the item of the key if there is one and else inserts. Source: Web API sheet 7.2, rule 17.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from portal_pipeline.sandbox.sage.web_api.ap_shapes import UPDATE_OPERATIONS
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.shapes import Shape

_NAMES = {number: name for name, number in UPDATE_OPERATIONS.items()}


class Change(StrEnum):
    """What is done with an item."""

    INSERT = "Insert"
    UPDATE = "Update"
    DELETE = "Delete"


class Item(NamedTuple):
    """One item of a payload: what is done, the key it names (None: none), its checked values."""

    change: Change
    key: Any
    values: Mapping[str, Any]


def changes(
    shape: Shape, payloads: Iterable[Mapping[str, Any]], key: str, existing: Collection[Any]
) -> Iterator[Item]:
    """The items in the order of the payload.

    Args:
        shape: record type of the items.
        payloads: the items as they came.
        key: the property that names an item within its parent.
        existing: keys that the parent has now.

    Raises:
        WebApiError: RecordNotFound for an Update or Delete of nothing, RecordDuplicate for an
            Insert of an optional field that is there, InvalidPayload as ``Shape.accepted``.
    """
    known = set(existing)
    for payload in payloads:
        values = shape.accepted(payload)
        name = values.get(key)
        asked = _NAMES[values.get("UpdateOperation", 0)]
        if asked in {"Update", "Delete"} and name not in known:
            raise WebApiError("RecordNotFound", f"{shape.type_name} {name} does not exist")
        if asked == "Unspecified":
            asked = "Update" if name in known else "Insert"
        elif asked == "Insert" and key == "OptionalField" and name in known:
            raise WebApiError("RecordDuplicate", f"{shape.type_name} {name} exists already")
        if asked == "Insert" and key == "OptionalField":
            known.add(name)  # other items get their key from Sage
        elif asked == "Delete":
            known.discard(name)
        yield Item(Change(asked), name, values)
