"""The step graph: which controller waits for which (design 3)."""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.core.identity import ControllerName as Name

UPSTREAM: Mapping[Name, tuple[Name, ...]] = {
    Name.PROVIDER_SYNC: (),
    Name.CFDI_DOWNLOAD: (),
    Name.CFDI_IMPORT: (Name.CFDI_DOWNLOAD,),
    Name.PAYMENT_UPLOAD: (Name.CFDI_IMPORT,),
    Name.PAYMENT_CHECK: (Name.CFDI_DOWNLOAD,),
    Name.PO_CREATION: (),
    Name.PO_UPDATES: (Name.PO_CREATION,),
    Name.PO_CLOSURE: (Name.PO_UPDATES,),
    Name.PO_CANCELLATION: (Name.PO_UPDATES,),
}

PRIORITY: Mapping[Name, int] = {Name.PROVIDER_SYNC: 100}
"""Steps that go first although nothing waits for them."""

DESCRIPTIONS: Mapping[Name, str] = {
    Name.PROVIDER_SYNC: "Portal suppliers -> Sage vendors: matches them, writes PROVIDERID and "
    "external ids, creates vendors where the tenant allows it.",
    Name.CFDI_DOWNLOAD: "Lists invoices, credit notes and payment complements of the portal and "
    "keeps their original XML in the archive.",
    Name.CFDI_IMPORT: "Confirms each CFDI in Sage A/P, and imports what is routed to Sage's Web "
    "API.",
    Name.PAYMENT_CHECK: "Writes the UUID of each payment complement to its Sage payment.",
    Name.PAYMENT_UPLOAD: "Sends posted Sage payments to the portal, only when every invoice that "
    "they pay is confirmed in Sage (the gate).",
    Name.PO_CREATION: "Sends authorised purchase orders that the portal does not have.",
    Name.PO_UPDATES: "Brings changed purchase orders up to date in the portal; reopens those that "
    "were reopened in Sage.",
    Name.PO_CLOSURE: "Closes purchase orders whose receipts are all invoiced or returned.",
    Name.PO_CANCELLATION: "Cancels purchase orders whose every line is cancelled and nothing was "
    "received.",
}

KINDS: Mapping[Name, set[str]] = {
    name: {"sqlserver", "rest"} if name != Name.CFDI_DOWNLOAD else {"rest", "xml"} for name in Name
}

OWNERS: Mapping[Name, list[str]] = {
    name: ["team:purchasing"] if name.startswith("po_") else ["team:payables"] for name in Name
}
