"""The verdict on a file, as the command line shows it."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from portal_pipeline.cfdi.checks import check
from portal_pipeline.cfdi.parsing import BYTES_MAX
from portal_pipeline.cfdi.reader import CfdiReading, Verdict, read_cfdi
from portal_pipeline.core.base import Frozen
from portal_pipeline.core.cfdi import DocumentFinding
from portal_pipeline.core.errors import DocumentError

NOT_CHECKED = "not_checked"


class CfdiCheck(Frozen):
    """What one file is; amounts as written in the document."""

    file: str
    verdict: str
    reason: str = ""
    version: str | None = None
    type: str | None = None
    uuid: str | None = None
    issuer_rfc: str | None = None
    receiver_rfc: str | None = None
    total: str | None = None
    currency: str | None = None
    lines: int = 0
    """Number of Concepto."""
    payments: tuple[str, ...] = ()
    """Distinct paid UUIDs of a complement."""
    seal: str = NOT_CHECKED
    schema_: str = NOT_CHECKED
    findings: tuple[DocumentFinding, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The JSON object of ``cfdi check --json``."""
        values = self.model_dump(mode="json")
        return {("schema" if name == "schema_" else name): v for name, v in values.items()}


def check_file(path: Path, *, max_bytes: int = BYTES_MAX) -> CfdiCheck:
    """The verdict on a file.

    Raises:
        DocumentError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read ({error.strerror or type(error).__name__})",
            remedy="check the name of the file and the rights on it",
        ) from error
    return checked(str(path), read_cfdi(data, max_bytes=max_bytes))


def checked(name: str, reading: CfdiReading) -> CfdiCheck:
    """The verdict on a reading."""
    if reading.verdict == Verdict.UNSUPPORTED_VERSION and reading.root is not None:
        return _unsupported(name, reading, reading.root)
    cfdi = reading.cfdi
    if cfdi is None:
        return CfdiCheck(file=name, verdict=reading.verdict.value, reason=reading.reason)
    return CfdiCheck(
        file=name,
        verdict=reading.verdict.value,
        version=cfdi.version,
        type=cfdi.type or None,
        uuid=cfdi.uuid or None,
        issuer_rfc=cfdi.issuer_rfc or None,
        receiver_rfc=cfdi.receiver_rfc or None,
        total=cfdi.total_text or None,
        currency=cfdi.currency or None,
        lines=len(cfdi.concepts),
        payments=cfdi.paid_uuids,
        findings=(*reading.findings, *check(cfdi)),
    )


def _unsupported(name: str, reading: CfdiReading, root: etree._Element) -> CfdiCheck:
    """What can be told of another version: 3.2 wrote its attributes in lower case."""

    def attribute(node: etree._Element | None, *names: str) -> str | None:
        found = (node.get(one) for one in names) if node is not None else iter(())
        return next((text.strip() for text in found if text and text.strip()), None)

    namespace = etree.QName(root).namespace
    parties = {part: root.find(f"{{{namespace}}}{part}") for part in ("Emisor", "Receptor")}
    return CfdiCheck(
        file=name,
        verdict=reading.verdict.value,
        reason=reading.reason,
        version=reading.version or None,
        type=attribute(root, "TipoDeComprobante", "tipoDeComprobante"),
        issuer_rfc=attribute(parties["Emisor"], "Rfc", "rfc"),
        receiver_rfc=attribute(parties["Receptor"], "Rfc", "rfc"),
        total=attribute(root, "Total", "total"),
        currency=attribute(root, "Moneda", "moneda"),
        lines=len(root.findall(f"{{{namespace}}}Conceptos/{{{namespace}}}Concepto")),
    )
