"""po_closure: orders that are complete and invoiced are closed, classes 3 and 5 of rules 7."""

from __future__ import annotations

from portal_pipeline.controllers.purchase_orders import PoStep
from portal_pipeline.core.identity import ControllerName


class PoClosure(PoStep):
    """Closes orders once the clerk has captured every invoice."""

    name = ControllerName.PO_CLOSURE
