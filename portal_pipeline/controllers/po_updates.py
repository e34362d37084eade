"""po_updates: orders whose content changed are sent again, classes 4 and 6 of rules 7."""

from __future__ import annotations

from portal_pipeline.controllers.purchase_orders import PoStep
from portal_pipeline.core.identity import ControllerName


class PoUpdates(PoStep):
    """Replaces content; what it reopens in one cycle it updates in the next."""

    name = ControllerName.PO_UPDATES
