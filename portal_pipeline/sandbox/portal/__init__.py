"""The simulated Portal de Proveedores."""

from portal_pipeline.sandbox.portal.cfdi_xml import NotACfdi
from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.faults import Fault, FaultKind, FaultPlan
from portal_pipeline.sandbox.portal.records import (
    AdditionalAmount,
    BankAccount,
    Cfdi,
    Company,
    Dossier,
    DossierEntry,
    Payment,
    PaymentLine,
    PoLink,
    PoReference,
    Provider,
    PurchaseOrder,
    PurchaseOrderLine,
    Tenant,
)
from portal_pipeline.sandbox.portal.simulator import PortalSimulator, RecordedRequest
from portal_pipeline.sandbox.portal.switches import PortalSwitches

__all__ = [
    "AdditionalAmount",
    "BankAccount",
    "Cfdi",
    "Company",
    "Dossier",
    "DossierEntry",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "NotACfdi",
    "Payment",
    "PaymentLine",
    "PoLink",
    "PoReference",
    "PortalError",
    "PortalSimulator",
    "PortalSwitches",
    "Provider",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "RecordedRequest",
    "Tenant",
]
