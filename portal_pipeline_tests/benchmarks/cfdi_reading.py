"""How long a CFDI takes: parsed, read, checked by rules, by seal, by schema; and others beside it.

    python -m portal_pipeline_tests.benchmarks.cfdi_reading [--files FOLDER] [--rounds N] [--json]

Process time per document and its ratio to a plain hardened lxml parse of the same bytes: median of
the rounds, all rows measured in turn within each round, everything compiled before. Files are the
readable CFDIs 4.0 and 3.3 of the folder; by default the samples beside the project (or the folder
that CFDI_SAMPLES names), else documents of the sandbox's builder.

Seal and schema need the extra ``sat``; satcfdi and pycfdi-transform are measured where they can be
imported, best in an environment of their own, for they bring much with them::

    python -m venv /tmp/bench
    /tmp/bench/bin/pip install lxml pydantic "satcfdi>=26" cryptography pycfdi-transform
    /tmp/bench/bin/python -m portal_pipeline_tests.benchmarks.cfdi_reading

They read another amount of the document than this product does, and refuse some files; those are
counted. Nothing here fails by being slow.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from portal_pipeline.cfdi.assessment import assess
from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.parsing import hardened_parser
from portal_pipeline.cfdi.reader import Verdict, read_cfdi
from portal_pipeline.cfdi.sat.schema import schemas
from portal_pipeline.cfdi.sat.seal import is_installed

SAMPLES = Path(
    os.environ.get("CFDI_SAMPLES")
    or Path(__file__).resolve().parents[3] / "shared" / "cfdi-samples"
)
ROUNDS = 15
BUILT = 50
"""Documents of the sandbox's builder where there are no files."""
PLAIN = "lxml, hardened parse only"

Step = Callable[[bytes], object]


class Row(NamedTuple):
    """What one way of reading takes."""

    name: str
    us_per_document: float
    ratio: float
    """To the plain parse."""
    refused: int
    """Files that it raised an exception for."""


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time per CFDI.")
    parser.add_argument("--files", type=Path, help="folder of XML files")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    documents = _documents(chosen.files)
    rows = measure(_steps(), documents, chosen.rounds)
    size = sum(map(len, documents)) / len(documents)
    if chosen.json:
        print(json.dumps({"documents": len(documents), "rows": [r._asdict() for r in rows]}))  # noqa: T201 - a script
        return
    print(f"{len(documents)} documents, {size:,.0f} bytes each on average")  # noqa: T201
    for row in rows:
        refused = f"  ({row.refused} refused)" if row.refused else ""
        print(f"{row.name:<42}{row.us_per_document:>9.1f} us{row.ratio:>7.2f} x{refused}")  # noqa: T201


def measure(steps: dict[str, Step], documents: list[bytes], rounds: int) -> list[Row]:
    """Each step on all documents that it takes; the first is the measure of the others."""
    accepted: dict[str, list[bytes]] = {}
    for name, step in steps.items():
        accepted[name] = [one for one in documents if _is_taken(step, one)]
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.process_time()
            for one in accepted[name]:
                step(one)
            times[name].append((time.process_time() - start) / max(len(accepted[name]), 1))
    plain = statistics.median(times[PLAIN])
    return [
        Row(
            name,
            round(statistics.median(found) * 1e6, 1),
            round(statistics.median(found) / plain, 2),
            len(documents) - len(accepted[name]),
        )
        for name, found in times.items()
    ]


def _is_taken(step: Step, document: bytes) -> bool:
    try:
        step(document)
    except Exception:  # noqa: BLE001 - others raise whatever they like; it is counted
        return False
    return True


def _steps() -> dict[str, Step]:
    parser = hardened_parser()
    steps: dict[str, Step] = {
        PLAIN: lambda data: etree.fromstring(data, parser),
        "read": read_cfdi,
        "read + rules": _read_and_check,
    }
    if is_installed():
        steps["read + rules + seal"] = lambda data: assess(data, schema=False)
    if schemas() is not None:
        steps["read + rules + schema"] = lambda data: assess(data, seal=False)
        if is_installed():
            steps["read + rules + seal + schema"] = assess
    return steps | _others()


def _read_and_check(data: bytes) -> object:
    cfdi = read_cfdi(data).cfdi
    return None if cfdi is None else check(cfdi)


def _others() -> dict[str, Step]:
    """Other libraries, where they are installed; read to the content of the document."""
    steps: dict[str, Step] = {}
    try:
        cfdi = importlib.import_module("satcfdi.cfdi").CFDI
        steps["satcfdi CFDI.from_string"] = cfdi.from_string
    except ImportError:
        pass
    try:
        transform = importlib.import_module("pycfdi_transform")
    except ImportError:
        return steps
    logging.disable(logging.ERROR)  # it logs what it refuses

    def pycfdi(data: bytes) -> object:
        if b"http://www.sat.gob.mx/cfd/4" in data:
            handler = transform.CFDI40SAXHandler().use_pagos20().use_concepts_with_taxes()
        else:
            handler = transform.CFDI33SAXHandler().use_pagos10().use_concepts_cfdi33()
        return handler.use_related_cfdis().use_implocal10().transform_from_string(data.decode())

    steps["pycfdi-transform, with lines and payments"] = pycfdi
    return steps


def _documents(folder: Path | None) -> list[bytes]:
    place = folder or SAMPLES
    found = [path.read_bytes() for path in sorted(place.glob("*.xml"))] if place.is_dir() else []
    readable = [one for one in found if read_cfdi(one).verdict == Verdict.READABLE]
    return readable or _built()


def _built() -> list[bytes]:
    from portal_pipeline.sandbox.cfdi import (  # noqa: PLC0415 - only where there are no files
        InvoiceSpec,
        LineSpec,
        PartySpec,
        build_invoice,
        deterministic_uuid,
    )

    at = datetime(2026, 3, 2, 9, 30)
    return [
        build_invoice(
            InvoiceSpec(
                uuid=deterministic_uuid(number),
                issuer=PartySpec("PEÑ010101AB1", "Peña & Cía, S.A."),
                receiver=PartySpec("ACM010101AB1", "Acme SA de CV"),
                issued_at=at + timedelta(days=number),
                folio=str(number),
                lines=tuple(
                    LineSpec(f"Lámina cal. {line}", Decimal(line), Decimal("10.333333"))
                    for line in range(1, 2 + number % 7)
                ),
            )
        )
        for number in range(BUILT)
    ]


if __name__ == "__main__":
    main()
