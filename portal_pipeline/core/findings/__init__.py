"""The catalogue of findings: every reason of a decision, declared once.

A finding's text lives in :mod:`portal_pipeline.messages`; here stand its code, its rule,
what it decides and waits for, its exits and retry class. Codes are stable and never reused.
"""

from portal_pipeline.core.findings.base import (
    CATALOGUE,
    Decides,
    Exit,
    Finding,
    FindingKind,
    RetryClass,
    Severity,
    WaitsFor,
)

__all__ = [
    "CATALOGUE",
    "Decides",
    "Exit",
    "Finding",
    "FindingKind",
    "RetryClass",
    "Severity",
    "WaitsFor",
    "by_area",
    "load_all",
]


def by_area() -> dict[str, tuple[FindingKind, ...]]:
    """Every finding under the name of its area, in the order of its declaration."""
    from portal_pipeline.core.findings import (  # noqa: PLC0415 - import declares the codes
        cfdi,
        complements,
        general,
        importer_files,
        invoices,
        payments,
        providers,
        purchase_orders,
    )

    areas = {
        "Every step": general,
        "Suppliers": providers,
        "Purchase orders": purchase_orders,
        "Download of CFDI": cfdi,
        "Invoices and credit notes": invoices,
        "Import program": importer_files,
        "Payments": payments,
        "Payment complements": complements,
    }
    return {
        name: tuple(kind for kind in vars(area).values() if isinstance(kind, FindingKind))
        for name, area in areas.items()
    }


def load_all() -> dict[str, FindingKind]:
    """The whole catalogue by code, with the modules of every area imported."""
    by_area()
    return CATALOGUE
