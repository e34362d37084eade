"""The file by which the importer program creates or updates a vendor in Sage.

Source: sync rules sheet 2.
"""

from __future__ import annotations

from lxml import etree

from portal_pipeline.cfdi.addenda_text import without_forbidden
from portal_pipeline.core.importer_elements import Attributes
from portal_pipeline.core.providers.importer_entry import CHILDREN, Emisor, Proveedor
from portal_pipeline.core.wire import JsonObject

ROOT = "Proveedores"


def provider_xml(payload: JsonObject) -> bytes:
    """The file with the one supplier of a payload (``provider_entry``); UTF-8 with declaration.

    Attributes have the importer's order whatever that of the payload; characters that XML 1.0
    forbids are left out.

    Raises:
        ValueError: when the payload is none of ``provider_entry``.
    """
    root = etree.Element(ROOT)
    _add(root, Emisor, payload)
    supplier = _add(root, Proveedor, payload)
    for part in CHILDREN:
        _add(supplier, part, payload)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, part: type[Attributes], payload: JsonObject) -> etree._Element:
    element = part.model_validate(payload.get(part.NAME)).element()
    node = etree.SubElement(parent, element.name)
    for name, value in element.attributes:
        node.set(name, without_forbidden(value))
    return node
