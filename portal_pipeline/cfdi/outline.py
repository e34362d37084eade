"""The elements of a document that are read, found in one walk before anything is believed."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from portal_pipeline.cfdi.namespaces import (
    LOCAL,
    PAGOS_NAMES,
    STAMP,
    CfdiNames,
    Element,
    PagosNames,
    by_tag,
)

_NOTHING = [etree.Element("nothing")]
"""Stands for elements that are missing: it has neither attributes nor children."""


class PaymentNode(NamedTuple):
    """A Pago with the documents that it pays."""

    names: PagosNames
    node: Element
    documents: list[Element]


class Outline(NamedTuple):
    """A Comprobante of any version in the namespaces of 3.x and 4.0.

    Stamp and payments come from every Complemento, from direct children only. An issuer, receiver
    or summary of taxes that is missing is an element without attributes and children.
    """

    names: CfdiNames
    root: Element
    children: dict[str, list[Element]]
    """Of the root, by tag."""
    issuer: Element
    receiver: Element
    taxes: Element
    concepts: list[Element]
    stamps: list[Element]
    local_taxes: list[Element]
    pagos: list[Element]
    """Payment complements of either version."""
    payments: list[PaymentNode]

    @property
    def payment_nodes(self) -> int:
        """Number of Pago and DoctoRelacionado."""
        return sum(1 + len(payment.documents) for payment in self.payments)


def outline(root: Element, names: CfdiNames) -> Outline:
    """The outline of a Comprobante that has the tags of these names."""
    children = by_tag((root,))
    complements = by_tag(children.get(names.complement, ()))
    # Pagos 2.0 goes first: a sound document has only one of the two.
    pagos = [node for tag in PAGOS_NAMES for node in complements.get(tag, ())]
    return Outline(
        names,
        root,
        children,
        children.get(names.issuer, _NOTHING)[0],
        children.get(names.receiver, _NOTHING)[0],
        children.get(names.taxes, _NOTHING)[0],
        [
            node
            for group in children.get(names.concepts, ())
            for node in group
            if node.tag == names.concept
        ],
        complements.get(STAMP, []),
        complements.get(LOCAL, []),
        pagos,
        [payment for node in pagos for payment in _payments(node)],
    )


def _payments(pagos: Element) -> list[PaymentNode]:
    names = PAGOS_NAMES[pagos.tag]
    return [
        PaymentNode(names, node, [one for one in node if one.tag == names.document])
        for node in pagos
        if node.tag == names.payment
    ]
