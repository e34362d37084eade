"""Which step an order belongs to in a cycle."""

from __future__ import annotations

from typing import NamedTuple

from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.identity import ControllerName, Operation

OWNER: dict[Operation, ControllerName] = {
    Operation.CREATE: ControllerName.PO_CREATION,
    Operation.REOPEN: ControllerName.PO_UPDATES,
    Operation.UPDATE: ControllerName.PO_UPDATES,
    Operation.CLOSE: ControllerName.PO_CLOSURE,
    Operation.CANCEL: ControllerName.PO_CANCELLATION,
}
"""The step that writes, looks up and ends each operation."""


class Routed(NamedTuple):
    """An order's one decision, and the one step that carries it out."""

    controller: ControllerName
    decision: Decision
