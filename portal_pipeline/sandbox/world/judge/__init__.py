"""The judge: what each source lists is in its target, or the ledger says why not; nothing twice.

It reads the sandbox's own stores and plain ledger rows, never the product's code.
"""

from portal_pipeline.sandbox.world.judge.ledger_rows import LedgerRows
from portal_pipeline.sandbox.world.judge.verdict import Verdict, judged

__all__ = ["LedgerRows", "Verdict", "judged"]
