"""A file as a tenant's rules see it: what was checked, and what is wrong.

The download keeps the short texts in the ledger; the import decides by the findings.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal_pipeline.cfdi.assessment import Assessment, Schema, Seal, assess
from portal_pipeline.core.cfdi import DocumentFinding
from portal_pipeline.core.tenant import CfdiRules, Check

CODES_SHOWN_MAX = 8


@dataclass(frozen=True)
class Checked:
    """The assessment, and every finding, those of the tenant's own demands included."""

    assessment: Assessment
    findings: tuple[DocumentFinding, ...]

    @property
    def details(self) -> dict[str, str]:
        """Short texts for the ledger: ``check`` (``ok`` or codes), ``seal``, ``schema``."""
        codes = dict.fromkeys(one.code for one in self.findings)
        shown = ", ".join(list(codes)[:CODES_SHOWN_MAX])
        more = f" (+{len(codes) - CODES_SHOWN_MAX})" if len(codes) > CODES_SHOWN_MAX else ""
        return {
            "check": f"{shown}{more}" or "ok",
            "seal": self.assessment.seal.value,
            "schema": self.assessment.schema.value,
        }


def checked(data: bytes, rules: CfdiRules) -> Checked:
    """The bytes checked as the tenant asks; never raises for any bytes.

    Args:
        data: the file as downloaded.
        rules: which checks, and which of them are required.
    """
    found = assess(
        data,
        max_bytes=rules.max_bytes,
        seal=rules.seal != Check.OFF,
        schema=rules.schema_check != Check.OFF,
        accept_test_certificates=rules.accept_test_certificates,
    )
    missing: list[DocumentFinding] = []
    if rules.seal == Check.REQUIRED and found.seal == Seal.NOT_CHECKED:
        missing.append(_required("seal"))
    if rules.schema_check == Check.REQUIRED and found.schema == Schema.NOT_CHECKED:
        missing.append(_required("schema"))
    return Checked(found, (*found.findings, *missing))


def _required(what: str) -> DocumentFinding:
    text = f"the {what} must be checked and could not be; install portal-pipeline[sat]"
    return DocumentFinding(f"{what}_required", "error", text)
