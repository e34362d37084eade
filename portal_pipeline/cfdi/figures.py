"""What a document says of itself, for people: texts exactly as written."""

from __future__ import annotations

from typing import NamedTuple

from portal_pipeline.cfdi.namespaces import CFDI_NAMES, Element
from portal_pipeline.cfdi.outline import outline
from portal_pipeline.core.identity import upper_uuid


class Figures(NamedTuple):
    """Texts as written, None where absent."""

    version: str | None = None
    type: str | None = None
    uuid: str | None = None
    """Of the first stamp that has one, upper case."""
    issuer_rfc: str | None = None
    receiver_rfc: str | None = None
    total: str | None = None
    currency: str | None = None
    lines: int = 0
    """Number of Concepto."""
    payments: tuple[str, ...] = ()
    """Distinct paid UUIDs of a payment complement, upper case."""
    payment_nodes: int = 0
    """Number of Pago and DoctoRelacionado."""


def figures_of(root: Element | None) -> Figures:
    """The figures of any document, readable or not; none unless the root is that of a CFDI."""
    names = CFDI_NAMES.get(root.tag) if root is not None else None
    if root is None or names is None:
        return Figures()
    found = outline(root, names)
    paid = [
        upper_uuid(document.get("IdDocumento", ""))
        for payment in found.payments
        for document in payment.documents
    ]
    uuids = [uuid for stamp in found.stamps if (uuid := upper_uuid(stamp.get("UUID", "")))]
    return Figures(
        version=_text(root, "Version"),
        type=_text(root, "TipoDeComprobante"),
        uuid=uuids[0] if uuids else None,
        issuer_rfc=_text(found.issuer, "Rfc"),
        receiver_rfc=_text(found.receiver, "Rfc"),
        total=_text(root, "Total"),
        currency=_text(root, "Moneda"),
        lines=len(found.concepts),
        payments=tuple(dict.fromkeys(filter(None, paid))),
        payment_nodes=found.payment_nodes,
    )


def _text(node: Element, name: str) -> str | None:
    """An attribute as written; version 3.2 wrote most names with a small first letter."""
    text = node.get(name)
    return node.get(name[0].lower() + name[1:]) if text is None else text
