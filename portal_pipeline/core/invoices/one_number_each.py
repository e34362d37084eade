"""Of the documents that are built together, no two get one number of a vendor (rules 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal_pipeline.core.decisions import Decision, Verdict, hold
from portal_pipeline.core.findings.invoices import NUMBER_TAKEN
from portal_pipeline.core.identity import Operation
from portal_pipeline.core.invoices.facts import Candidate, ImportFacts
from portal_pipeline.core.invoices.import_plan import decide_built, remembering
from portal_pipeline.core.invoices.payload import Wanted
from portal_pipeline.core.tenant import Tenant


def decide_all_built(
    candidates: Sequence[Candidate],
    wanted: Mapping[str, Wanted],
    facts: ImportFacts,
    tenant: Tenant,
) -> dict[str, Decision]:
    """By UUID, what is decided about what is to be built.

    Of several that would get one number of a vendor the first has it: Sage may take both into open
    batches and refuse the other only when it posts (Web API sheet 7.5).
    """
    decided: dict[str, Decision] = {}
    promised: set[tuple[str, str]] = set()
    for candidate in candidates:
        one = wanted.get(candidate.uuid)
        if one is None:
            continue
        decision = decide_built(candidate, one, facts, tenant)
        pair = (one.vendor.vendor_id, one.number)
        if decision.verdict == Verdict.ACT and pair in promised:
            finding = NUMBER_TAKEN(document="/".join(pair))
            decision = hold(remembering(candidate), Operation.IMPORT, finding)
        elif decision.verdict == Verdict.ACT:
            promised.add(pair)
        decided[candidate.uuid] = decision
    return decided
