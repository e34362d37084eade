"""The catalogue of findings: every reason of a decision, declared once.

A finding's text lives in :mod:`portal_pipeline.messages`; here stand its code, severity, exits
and retry class. Codes are stable and never reused.
"""

from portal_pipeline.core.findings.base import (
    CATALOGUE,
    Exit,
    Finding,
    FindingKind,
    RetryClass,
    Severity,
)

__all__ = ["CATALOGUE", "Exit", "Finding", "FindingKind", "RetryClass", "Severity", "load_all"]


def load_all() -> dict[str, FindingKind]:
    """The whole catalogue, with the modules of every area imported."""
    from portal_pipeline.core.findings import (  # noqa: F401, PLC0415 - import declares the codes
        cfdi,
        complements,
        general,
        importer_files,
        invoices,
        payments,
        providers,
        purchase_orders,
    )

    return CATALOGUE
