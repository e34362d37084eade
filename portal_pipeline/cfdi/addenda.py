"""The importer's addenda into a CFDI, as bytes: a slice is inserted, the rest stays as it is.

Nothing is re-serialised. Each result has been verified: what was there is there byte for byte,
and the values can be read from it. Source: CFDI sheet 9.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from portal_pipeline.cfdi.addenda_proof import (
    ADDENDA,
    addendas_of,
    element_children,
    local_name,
    objection,
    uuids_of,
)
from portal_pipeline.cfdi.addenda_text import PREFIX, element_text, says
from portal_pipeline.cfdi.byte_places import NoPlaces, Places, find_places, start_tag
from portal_pipeline.cfdi.namespaces import VERSIONS, Element
from portal_pipeline.cfdi.parsing import ParseVerdict, parse
from portal_pipeline.core.findings import Finding
from portal_pipeline.core.findings.importer_files import ADDENDA_NOT_INSERTED
from portal_pipeline.core.importer_elements import Existing, ImporterElement
from portal_pipeline.core.invoices.addenda import Addenda

__all__ = ["Existing", "Inserted", "NotInserted", "What", "insert_addenda"]

OURS = "AddendaEmisor"


class What(StrEnum):
    """How the addenda came in."""

    CREATED = "created"
    """There was no Addenda."""
    APPENDED = "appended"
    """As the last child of the Addenda that was there."""
    REPLACED_EMPTY = "replaced-empty"
    """The Addenda was one empty tag: it got an end tag and ours."""
    REPLACED_CHILDREN = "replaced-children"
    """In the place of what the Addenda held."""
    ALREADY_THERE = "already_there"
    """The document has it, with this content; nothing was changed."""


@dataclass(frozen=True)
class Inserted:
    """The document with its addenda; hashes are SHA-256 in hex."""

    data: bytes
    sha256_before: str
    sha256_after: str
    what: What


@dataclass(frozen=True)
class NotInserted:
    """The document is left alone: ``code`` is stable, ``text`` says more."""

    code: str
    text: str

    @property
    def reason(self) -> str:
        """Code and text."""
        return f"{self.code}: {self.text}"

    @property
    def finding(self) -> Finding:
        """What a person is told."""
        return ADDENDA_NOT_INSERTED(reason=self.reason)


@dataclass(frozen=True)
class _Edit:
    """``new`` takes the place of ``data[start:end]``."""

    start: int
    end: int
    new: bytes
    what: What


class _NotPossible(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.refusal = NotInserted(code, text)


def insert_addenda(
    data: bytes, addenda: Addenda, *, existing: Existing = Existing.KEEP
) -> Inserted | NotInserted:
    """The document with the addenda, verified; or why not. Never raises for any bytes.

    Args:
        data: the CFDI as downloaded (3.3 or 4.0).
        addenda: what to write; where it names a UUID, only the CFDI of that UUID takes it.
        existing: what happens to other children of an existing Addenda.
    """
    wanted = addenda.element()
    try:
        root = _root(data)
        _check_uuid(root, addenda.uuid)
        edit = _edit(data, root, wanted, existing)
        if edit is None:
            sha256 = _sha256(data)
            return Inserted(data, sha256, sha256, What.ALREADY_THERE)
    except _NotPossible as error:
        return error.refusal
    except NoPlaces as error:
        return NotInserted("places_unknown", str(error))
    output = data[: edit.start] + edit.new + data[edit.end :]
    if (why := objection(data, output, (edit.start, edit.end), wanted)) is not None:
        return NotInserted(why.code, why.text)
    return Inserted(output, _sha256(data), _sha256(output), edit.what)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _root(data: bytes) -> Element:
    parsed = parse(data)
    if parsed.verdict != ParseVerdict.XML or parsed.root is None:
        raise _NotPossible(parsed.verdict.value, parsed.reason)
    name = etree.QName(parsed.root)
    version = VERSIONS.get(name.namespace or "")
    given = parsed.root.get("Version", "").strip()
    if name.localname != "Comprobante" or version is None or given != version:
        raise _NotPossible("not_cfdi", "it is no CFDI 4.0 or 3.3")
    return parsed.root


def _check_uuid(root: Element, wanted: str) -> None:
    found = {uuid.strip().upper() for uuid in uuids_of(root)}
    if wanted and found != {wanted}:
        shown = ", ".join(sorted(found))[:100] or "none"
        raise _NotPossible("other_document", f"its UUID is {shown}, the addenda is for {wanted}")


def _edit(data: bytes, root: Element, wanted: ImporterElement, existing: Existing) -> _Edit | None:
    """What to change; None where the addenda is there already."""
    children = element_children(root)
    if not children:
        raise _NotPossible("not_cfdi", "it has no content")
    found = addendas_of(root)
    if len(found) > 1:
        raise _NotPossible("several_addendas", f"it has {len(found)} Addenda elements")
    if found and found[0].tag != _in_namespace_of(root, ADDENDA):
        raise _NotPossible("foreign_addenda", "its Addenda is not in the namespace of CFDIs")
    if found and found[0] is not children[-1]:
        raise _NotPossible("addenda_not_last", "elements follow its Addenda")
    if found and _is_there(found[0], root, wanted, existing):
        return None
    places = find_places(data, root.getroottree().docinfo.encoding or "")
    if len(places.children) != len(children):
        raise _NotPossible("places_unknown", "two parsers count its elements differently")
    if not found:
        return _created(root, places, wanted)
    return _into_existing(data, found[0], places, wanted, existing)


def _in_namespace_of(root: Element, name: str) -> str:
    return f"{{{_namespace(root)}}}{name}"


def _namespace(root: Element) -> str:
    return etree.QName(root).namespace or ""


def _is_there(addenda: Element, root: Element, wanted: ImporterElement, existing: Existing) -> bool:
    """Whether the Addenda holds ours with this content.

    Other content of ours is somebody's decision: never two of them, and never silently another.
    """
    others = element_children(addenda)
    ours = [one for one in others if local_name(one) == OURS]
    is_same = len(ours) == 1 and says(ours[0], _namespace(root), wanted)
    if is_same and (existing == Existing.KEEP or len(others) == 1):
        return True
    if ours and existing == Existing.KEEP:
        raise _NotPossible("other_content", f"it has an {OURS} with other content")
    return False


def _text(parent: Element, namespace: str, wanted: ImporterElement) -> str:
    """Ours as a child of ``parent``; the prefix is declared where it is not bound to it there."""
    is_bound = parent.prefix == PREFIX or parent.nsmap.get(PREFIX) == namespace
    return element_text(wanted, "" if is_bound else namespace)


def _created(root: Element, places: Places, wanted: ImporterElement) -> _Edit:
    tag = f"{root.prefix}:{ADDENDA}" if root.prefix else ADDENDA
    text = f"<{tag}>{_text(root, _namespace(root), wanted)}</{tag}>"
    return _insertion(places.root.end_tag, text, places, What.CREATED)


def _into_existing(
    data: bytes, addenda: Element, places: Places, wanted: ImporterElement, existing: Existing
) -> _Edit:
    span = places.children[-1]
    text = _text(addenda, _namespace(addenda), wanted)
    tag = start_tag(data, span.start, places.codec)
    if tag.is_whole_element:
        return _reopened(addenda, tag.end, text, places.codec)
    if existing == Existing.KEEP or not (len(addenda) or addenda.text):
        return _insertion(span.end_tag, text, places, What.APPENDED)
    return _Edit(tag.end, span.end_tag, _encoded(text, places.codec), What.REPLACED_CHILDREN)


def _insertion(at: int, text: str, places: Places, what: What) -> _Edit:
    return _Edit(at, at, _encoded(text, places.codec), what)


def _reopened(addenda: Element, end: int, text: str, codec: str) -> _Edit:
    """The one tag with its attributes as they are, its slash gone, ours, and an end tag."""
    tag = f"{addenda.prefix}:{ADDENDA}" if addenda.prefix else ADDENDA
    start = end - len(_encoded("/>", codec))
    return _Edit(start, end, _encoded(f">{text}</{tag}>", codec), What.REPLACED_EMPTY)


def _encoded(text: str, codec: str) -> bytes:
    """The text in the document's encoding; character references for what it cannot hold."""
    return text.encode(codec, errors="xmlcharrefreplace")
