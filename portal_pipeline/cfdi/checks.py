"""Whether a document adds up and is complete: all findings, not the first.

A document that carries a seal and a stamp has passed a PAC, so a failed rule is then a warning for
review; on an unsealed or unstamped one it is an error. Seals themselves are not checked in this
release. Source: CFDI sheet 3, 4 and 10. The codes are those of the SAT's matrices for CFDI 4.0 and
Pagos 2.0; a document of 3.3 or Pagos 1.0 that breaks the same rule gets the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import localcontext
from itertools import islice

from portal_pipeline.cfdi.amount_rules import amount_problems
from portal_pipeline.cfdi.payment_rules import payment_doubts, payment_problems
from portal_pipeline.cfdi.structure_rules import structure_problems
from portal_pipeline.cfdi.values import EXACT, FINDINGS_MAX, TEXT_CHARS_MAX
from portal_pipeline.core.cfdi import Cfdi, DocumentFinding, Severity

Area = Callable[[Cfdi], Iterator[tuple[str, str]]]
"""Gives (code, text) for each broken rule."""


def check(cfdi: Cfdi) -> list[DocumentFinding]:
    """Every rule that the document breaks, at most ``FINDINGS_MAX`` of each area."""
    severity: Severity = "warning" if cfdi.is_sealed and cfdi.is_stamped else "error"
    areas: tuple[tuple[Area, Severity], ...] = (
        (structure_problems, severity),
        (amount_problems, severity),
        (payment_problems, severity),
        (payment_doubts, "warning"),
    )
    with localcontext(EXACT):
        return [
            DocumentFinding(code=code, severity=weight, text=text[:TEXT_CHARS_MAX])
            for area, weight in areas
            for code, text in islice(area(cfdi), FINDINGS_MAX)
        ]
