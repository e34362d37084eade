"""po_creation: orders that the portal does not have yet go there, class 1 of rules 7."""

from __future__ import annotations

from portal_pipeline.controllers.purchase_orders import PoStep
from portal_pipeline.core.identity import ControllerName


class PoCreation(PoStep):
    """Creates orders, and adopts those that the portal has already."""

    name = ControllerName.PO_CREATION
