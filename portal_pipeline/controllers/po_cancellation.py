"""po_cancellation: orders that are cancelled to the last unit are cancelled, class 2 of rules 7."""

from __future__ import annotations

from portal_pipeline.controllers.purchase_orders import PoStep
from portal_pipeline.core.identity import ControllerName


class PoCancellation(PoStep):
    """Cancels orders of which nothing was received."""

    name = ControllerName.PO_CANCELLATION
