"""The verdict on a file, as the command line shows it."""

from __future__ import annotations

from pathlib import Path

from portal_pipeline.cfdi.assessment import Assessment, Schema, Seal, assess_parsed
from portal_pipeline.cfdi.figures import Figures, figures_of
from portal_pipeline.cfdi.parsing import BYTES_MAX, parse
from portal_pipeline.core.base import Frozen
from portal_pipeline.core.cfdi import DocumentFinding
from portal_pipeline.core.errors import DocumentError


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
    seal: Seal = Seal.NOT_CHECKED
    schema_: Schema = Schema.NOT_CHECKED
    findings: tuple[DocumentFinding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """It is readable and has no error."""
        return self.verdict == "readable" and all(one.severity != "error" for one in self.findings)

    def as_json(self) -> dict[str, object]:
        """The JSON object of ``cfdi check --json``."""
        values = self.model_dump(mode="json", exclude={"findings"})
        values["findings"] = [one._asdict() for one in self.findings]
        return {("schema" if name == "schema_" else name): v for name, v in values.items()}


def check_file(
    path: Path, *, max_bytes: int = BYTES_MAX, accept_test_certificates: bool = False
) -> CfdiCheck:
    """The verdict on a file; of a larger one no more than the limit is read.

    Args:
        path: the file.
        max_bytes: larger files are refused unread.
        accept_test_certificates: be silent about certificates of the SAT's test authorities.

    Raises:
        DocumentError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise DocumentError(
            f"{path} cannot be read ({reason})",
            remedy="check the name of the file and the rights on it",
        ) from error
    parsed = parse(data, max_bytes)
    figures = figures_of(parsed.root)  # first, while the tree is whole
    found = assess_parsed(parsed, accept_test_certificates=accept_test_certificates)
    return checked(str(path), found, figures)


def checked(name: str, found: Assessment, figures: Figures) -> CfdiCheck:
    """The verdict on an assessment, with what the document says of itself."""
    return CfdiCheck(
        file=name,
        verdict=found.reading.verdict.value,
        reason=found.reading.reason,
        version=figures.version,
        type=figures.type,
        uuid=figures.uuid,
        issuer_rfc=figures.issuer_rfc,
        receiver_rfc=figures.receiver_rfc,
        total=figures.total,
        currency=figures.currency,
        lines=figures.lines,
        payments=figures.payments,
        seal=found.seal,
        schema_=found.schema,
        findings=found.findings,
    )
