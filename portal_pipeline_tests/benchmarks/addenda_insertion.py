"""What the insertion of an addenda costs, with its verification.

python -m portal_pipeline_tests.benchmarks.addenda_insertion [--json]

Process time per document, median of the rounds, beside a plain strict parse of the same bytes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from portal_pipeline.cfdi.addenda import Inserted, insert_addenda
from portal_pipeline.cfdi.parsing import parse
from portal_pipeline.sandbox.cfdi import (
    InvoiceSpec,
    LineSpec,
    PartySpec,
    build_invoice,
    deterministic_uuid,
)
from portal_pipeline_tests.unit.cfdi.envelopes import ADDENDA

LINES = (1, 2, 3, 5, 8, 13, 21, 34)
"""Lines of the documents: 1.7 to 13 kB, as most invoices have."""
ROUNDS = 9
REPEATS = 25


@dataclass(frozen=True)
class Figures:
    """Microseconds of process time per document; ratios to the plain parse."""

    documents: int
    bytes_mean: int
    parse_us: float
    insert_us: float
    ratio: float


def documents() -> list[bytes]:
    """Invoices of several lengths, the same at every call."""
    return [
        build_invoice(
            InvoiceSpec(
                uuid=deterministic_uuid("benchmark", count),
                issuer=PartySpec("PEÑ010101AB1", "Peña & Cía, S.A."),
                receiver=PartySpec("ACM010101AB1", "Acme SA de CV"),
                issued_at=datetime(2026, 3, 2, 9, 30),
                lines=tuple(
                    LineSpec(f"Lámina calibre {n}", Decimal("3.5"), Decimal("10.333333"))
                    for n in range(count)
                ),
            )
        )
        for count in LINES
    ]


def per_document_us(work: Callable[[bytes], object], data: Sequence[bytes]) -> float:
    """Median over the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(REPEATS):
            for one in data:
                work(one)
        rounds.append((time.process_time() - started) / (REPEATS * len(data)))
    return statistics.median(rounds) * 1e6


def measure() -> Figures:
    """The figures of this machine."""
    data = documents()
    assert all(isinstance(insert_addenda(one, ADDENDA), Inserted) for one in data)
    parse_us = per_document_us(parse, data)
    insert_us = per_document_us(lambda one: insert_addenda(one, ADDENDA), data)
    return Figures(
        documents=len(data),
        bytes_mean=sum(map(len, data)) // len(data),
        parse_us=round(parse_us, 1),
        insert_us=round(insert_us, 1),
        ratio=round(insert_us / parse_us, 1),
    )


def main() -> int:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description="Cost of inserting an addenda into a CFDI.")
    arguments.add_argument("--json", action="store_true", help="one JSON object")
    as_json = arguments.parse_args().json
    figures = measure()
    if as_json:
        sys.stdout.write(json.dumps(asdict(figures)) + "\n")
        return 0
    sys.stdout.write(
        f"{figures.documents} documents, {figures.bytes_mean:,} bytes each on average\n"
        f"strict parse          {figures.parse_us:8.1f} us per document\n"
        f"addenda, verified     {figures.insert_us:8.1f} us per document, "
        f"{figures.ratio:.1f} times the parse\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
