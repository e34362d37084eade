"""Which class does which step."""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.controllers.payment_check import PaymentCheck
from portal_pipeline.controllers.payment_upload import PaymentUpload
from portal_pipeline.controllers.po_cancellation import PoCancellation
from portal_pipeline.controllers.po_closure import PoClosure
from portal_pipeline.controllers.po_creation import PoCreation
from portal_pipeline.controllers.po_updates import PoUpdates
from portal_pipeline.controllers.provider_sync import ProviderSync
from portal_pipeline.controllers.step import StepFactory
from portal_pipeline.core.identity import ControllerName

STEPS: Mapping[ControllerName, StepFactory] = {
    ControllerName.PROVIDER_SYNC: ProviderSync,
    ControllerName.CFDI_DOWNLOAD: CfdiDownload,
    ControllerName.CFDI_IMPORT: CfdiImport,
    ControllerName.PAYMENT_CHECK: PaymentCheck,
    ControllerName.PAYMENT_UPLOAD: PaymentUpload,
    ControllerName.PO_CREATION: PoCreation,
    ControllerName.PO_UPDATES: PoUpdates,
    ControllerName.PO_CLOSURE: PoClosure,
    ControllerName.PO_CANCELLATION: PoCancellation,
}
