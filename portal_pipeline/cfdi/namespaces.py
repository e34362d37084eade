"""Namespaces of the documents that we read, and how to walk their elements.

Source: CFDI sheet 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

CFDI_40 = "http://www.sat.gob.mx/cfd/4"
CFDI_33 = "http://www.sat.gob.mx/cfd/3"
TFD = "http://www.sat.gob.mx/TimbreFiscalDigital"
PAGOS_20 = "http://www.sat.gob.mx/Pagos20"
PAGOS_10 = "http://www.sat.gob.mx/Pagos"
LOCAL_TAXES = "http://www.sat.gob.mx/implocal"

VERSIONS = {CFDI_40: "4.0", CFDI_33: "3.3"}
"""The version that is read, by namespace (3.2 shares that of 3.3)."""

Element = etree._Element


def children(parent: Element | None, namespace: str, *names: str) -> Iterator[Element]:
    """Elements at a path of direct children, all in one namespace; nothing below None."""
    if parent is None:
        return
    tag = f"{{{namespace}}}{names[0]}"
    if len(names) == 1:
        yield from parent.iterchildren(tag)
        return
    for child in parent.iterchildren(tag):
        yield from children(child, namespace, *names[1:])


def child(parent: Element | None, namespace: str, name: str) -> Element | None:
    """The first direct child of that name."""
    return next(children(parent, namespace, name), None)


def complements(root: Element, namespace: str, name: str) -> Iterator[Element]:
    """Elements of that name in every Complemento of a Comprobante, direct children only."""
    for one in root.iterchildren(str(root.tag).replace("Comprobante", "Complemento")):
        yield from one.iterchildren(f"{{{namespace}}}{name}")
