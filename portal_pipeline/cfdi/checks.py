"""Whether a document adds up and is complete: all findings, not the first.

A document that carries a seal and a stamp has passed a PAC, so a failed rule is then a warning for
review; on an unsealed or unstamped one, or where the seal was checked and is broken, it is an
error. Source: CFDI sheet 3, 4 and 10. The codes are those of the SAT's matrices for CFDI 4.0 and
Pagos 2.0; a document of 3.3 or Pagos 1.0 that breaks the same rule gets the same code.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import localcontext
from itertools import islice

from portal_pipeline.cfdi.amount_rules import amount_problems
from portal_pipeline.cfdi.payment_rules import payment_doubts, payment_problems
from portal_pipeline.cfdi.sat.verdicts import Seal
from portal_pipeline.cfdi.structure_rules import structure_problems
from portal_pipeline.cfdi.values import EXACT, FINDINGS_MAX, TEXT_CHARS_MAX
from portal_pipeline.core.cfdi import Cfdi, DocumentFinding, Severity


def check(cfdi: Cfdi, *, seal: Seal = Seal.NOT_CHECKED) -> list[DocumentFinding]:
    """Every rule that the document breaks, at most ``FINDINGS_MAX`` of each area.

    Args:
        cfdi: the document.
        seal: the verdict on its seal, which decides how much a broken rule weighs.
    """
    severity = severity_of(cfdi, seal)
    with localcontext(EXACT):
        findings = _weighed(structure_problems(cfdi), severity)
        findings += _weighed(amount_problems(cfdi), severity)
        if cfdi.payments or cfdi.type == "P":
            findings += _weighed(payment_problems(cfdi), severity)
            findings += _weighed(payment_doubts(cfdi), "warning")
    return findings


def severity_of(cfdi: Cfdi | None, seal: Seal) -> Severity:
    """How much a broken rule of a document weighs; None is one whose amounts cannot be read."""
    has_passed_a_pac = cfdi is not None and cfdi.is_sealed and cfdi.is_stamped
    return "warning" if has_passed_a_pac and seal != Seal.INVALID else "error"


def _weighed(problems: Iterable[tuple[str, str]], severity: Severity) -> list[DocumentFinding]:
    return [
        DocumentFinding(code, severity, text[:TEXT_CHARS_MAX])
        for code, text in islice(problems, FINDINGS_MAX)
    ]
