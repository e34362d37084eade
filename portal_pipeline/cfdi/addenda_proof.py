"""Proof that a file with an addenda is the document it was made of, found out from the bytes alone.

Every file goes through it before anybody can read it. Source: CFDI sheet 9, step 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from portal_pipeline.cfdi.addenda_text import says
from portal_pipeline.cfdi.namespaces import STAMP, Element
from portal_pipeline.cfdi.parsing import parse
from portal_pipeline.core.importer_elements import ImporterElement

ADDENDA = "Addenda"


@dataclass(frozen=True)
class Objection:
    """Why a file must not be published; ``code`` is stable."""

    code: str
    text: str


def objection(
    data: bytes, output: bytes, replaced: tuple[int, int], wanted: ImporterElement
) -> Objection | None:
    """The first thing that is not as it must be; None: the file may be published.

    Args:
        data: the document as downloaded.
        output: the same with the addenda.
        replaced: begin and end, in ``data``, of the bytes that the addenda took the place of.
        wanted: the addenda's element.
    """
    start, end = replaced
    tail = len(output) - (len(data) - end)
    if tail < start or output[:start] + data[start:end] + output[tail:] != data:
        return Objection("bytes_differ", "bytes outside the addenda would change")
    before, parsed = parse(data).root, parse(output)
    after = parsed.root
    if before is None or after is None:
        return Objection("result_unreadable", parsed.reason or "the document cannot be read")
    found = addendas_of(after)
    if len(found) != 1 or found[0] is not element_children(after)[-1]:
        return _differs("the Addenda would not be the last and only one")
    ours = [one for one in element_children(found[0]) if local_name(one) == wanted.name]
    if len(ours) != 1 or not says(ours[0], etree.QName(after).namespace or "", wanted):
        return _differs("the values would not be read as they are meant")
    if uuids_of(before) != uuids_of(after):
        return _differs("the UUID would change")
    try:
        is_same = _signed_part(before) == _signed_part(after)
    except (etree.LxmlError, ValueError) as error:
        # A relative namespace, for one, has no canonical form.
        return Objection("not_verifiable", str(error)[:200] or type(error).__name__)
    return None if is_same else _differs("the signed part would change")


def _differs(text: str) -> Objection:
    return Objection("result_differs", text)


def element_children(node: Element) -> list[Element]:
    """Child elements, without comments and processing instructions."""
    return list(node.iterchildren(etree.Element))


def local_name(node: Element) -> str:
    """The name without its namespace."""
    return etree.QName(node).localname


def addendas_of(root: Element) -> list[Element]:
    """Children of the root named Addenda, in whatever namespace."""
    return [one for one in element_children(root) if local_name(one) == ADDENDA]


def uuids_of(root: Element) -> list[str]:
    """The UUID of each stamp, as written."""
    return [
        stamp.get("UUID", "")
        for complement in root.iterchildren(root.tag.replace("Comprobante", "Complemento"))
        for stamp in complement.iterchildren(STAMP)
    ]


def _signed_part(root: Element) -> bytes:
    """The canonical form without the Addenda; uses the tree up."""
    for addenda in addendas_of(root):
        _take_out(root, addenda)
    return etree.tostring(root.getroottree(), method="c14n", with_comments=True)


def _take_out(parent: Element, node: Element) -> None:
    """Take a child out, but not the text behind it."""
    previous = node.getprevious()
    if previous is None:
        parent.text = (parent.text or "") + (node.tail or "")
    else:
        previous.tail = (previous.tail or "") + (node.tail or "")
    parent.remove(node)
