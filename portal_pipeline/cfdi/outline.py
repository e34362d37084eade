"""The elements of a document that are read, found in one walk before anything is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from portal_pipeline.cfdi.namespaces import (
    CFDI_NAMES,
    LOCAL,
    PAGOS_NAMES,
    STAMP,
    CfdiNames,
    Element,
    PagosNames,
    by_tag,
)
from portal_pipeline.core.identity import upper_uuid


class Figures(NamedTuple):
    """What a document says of itself, for people: texts exactly as written, None where absent."""

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


class PaymentNode(NamedTuple):
    """A Pago with the documents that it pays."""

    names: PagosNames
    node: Element
    documents: list[Element]


class Outline(NamedTuple):
    """A Comprobante of any version in the namespaces of 3.x and 4.0.

    Stamp and payments come from every Complemento, from direct children only.
    """

    root: Element
    names: CfdiNames
    children: dict[str, list[Element]]
    """Of the root, by tag."""
    issuer: Element | None
    receiver: Element | None
    concepts: list[Element]
    stamps: list[Element]
    local_taxes: list[Element]
    pagos: list[Element]
    """Payment complements of either version."""
    payments: list[PaymentNode]

    def figures(self) -> Figures:
        """What it says of itself."""
        paid = [
            upper_uuid(document.get("IdDocumento", ""))
            for payment in self.payments
            for document in payment.documents
        ]
        uuids = [uuid for stamp in self.stamps if (uuid := upper_uuid(stamp.get("UUID", "")))]
        return Figures(
            version=_text(self.root, "Version"),
            type=_text(self.root, "TipoDeComprobante"),
            uuid=uuids[0] if uuids else None,
            issuer_rfc=_text(self.issuer, "Rfc"),
            receiver_rfc=_text(self.receiver, "Rfc"),
            total=_text(self.root, "Total"),
            currency=_text(self.root, "Moneda"),
            lines=len(self.concepts),
            payments=tuple(dict.fromkeys(filter(None, paid))),
            payment_nodes=len(self.payments) + len(paid),
        )


def outline(root: Element, namespace: str) -> Outline:
    """The outline of a Comprobante in one of the namespaces that are read."""
    names = CFDI_NAMES[namespace]
    children = by_tag(root)
    issuers, receivers = children.get(names.issuer), children.get(names.receiver)
    complements: dict[str, list[Element]] = {}
    for complement in children.get(names.complement, ()):
        for tag, found in by_tag(complement).items():
            complements.setdefault(tag, []).extend(found)
    # Pagos 2.0 goes first: a sound document has only one of the two.
    pagos = [node for tag in PAGOS_NAMES for node in complements.get(tag, ())]
    return Outline(
        root=root,
        names=names,
        children=children,
        issuer=issuers[0] if issuers else None,
        receiver=receivers[0] if receivers else None,
        concepts=[
            node
            for group in children.get(names.concepts, ())
            for node in group
            if node.tag == names.concept
        ],
        stamps=complements.get(STAMP, []),
        local_taxes=complements.get(LOCAL, []),
        pagos=pagos,
        payments=[payment for node in pagos for payment in _payments(node)],
    )


def _payments(pagos: Element) -> Iterator[PaymentNode]:
    names = PAGOS_NAMES[pagos.tag]
    for node in pagos:
        if node.tag == names.payment:
            yield PaymentNode(names, node, [one for one in node if one.tag == names.document])


def _text(node: Element | None, name: str) -> str | None:
    """An attribute as written; version 3.2 wrote most names with a small first letter."""
    if node is None:
        return None
    text = node.get(name)
    return node.get(name[0].lower() + name[1:]) if text is None else text
