"""Elements of the importer's addenda as XML text, and read back from a parsed document.

Source: CFDI sheet 9, steps 3 and 4.
"""

from __future__ import annotations

import re
from itertools import repeat

from lxml import etree

from portal_pipeline.core.importer_elements import ImporterElement

PREFIX = "cfdi"
"""The importer looks for this literal prefix."""

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
    | {"\r": "&#13;"}
)
_BLANKS = " \t\r\n"


def without_forbidden(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def element_text(element: ImporterElement, declared: str = "") -> str:
    """The element with the prefix ``cfdi``; no white space between tags.

    Args:
        element: what to write.
        declared: the namespace to bind the prefix to on this element; empty: it is bound already.
    """
    values = [(f"xmlns:{PREFIX}", declared)] if declared else []
    values.extend(element.attributes)
    attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in values)
    tag = f"{PREFIX}:{element.name}"
    if not element.children:
        return f"<{tag}{attributes}/>"
    inside = "".join(element_text(child) for child in element.children)
    return f"<{tag}{attributes}>{inside}</{tag}>"


def _escaped(value: str) -> str:
    return without_forbidden(value).translate(_ESCAPES)


def says(node: etree._Element, namespace: str, element: ImporterElement) -> bool:
    """Whether a parsed element is exactly this one; blanks between elements do not matter."""
    children = list(node)
    texts = (node.text, *(child.tail for child in children))
    found = {str(name): str(value) for name, value in node.attrib.items()}
    wanted = {name: without_forbidden(value) for name, value in element.attributes}
    return (
        node.tag == f"{{{namespace}}}{element.name}"
        and found == wanted
        and not any(text.strip(_BLANKS) for text in texts if text)
        and len(children) == len(element.children)
        and all(map(says, children, repeat(namespace), element.children))
    )
