"""``$metadata`` of a module (EDMX) -> what the installation offers.

Both generations of EDMX are read by local names, since servers of different releases use other
namespaces. Verbs are known only where the document carries the standard capability terms of OData
(``Org.OData.Capabilities.V1``); whether Sage's does is not known, hence ``verbs = None``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from portal_pipeline.sage.web_api.models import ResourceMetadata, WebApiMetadata
from portal_pipeline.sage.web_api.records import unreadable

_VERB_BY_FLAG = {
    "Readable": "GET",
    "Insertable": "POST",
    "Updatable": "PATCH",
    "Deletable": "DELETE",
}


def parsed_metadata(module: str, body: bytes) -> WebApiMetadata:
    """The endpoints of a module with their properties, and their verbs where told.

    Raises:
        SystemUnavailable: when the document is not an EDMX.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise unreadable(f"$metadata of {module} is not XML") from error
    if _local(root) != "Edmx":
        raise unreadable(f"$metadata of {module} is not an EDMX document")
    properties = {
        entity.get("Name", ""): tuple(item.get("Name", "") for item in _all(entity, "Property"))
        for entity in _all(root, "EntityType")
    }
    verbs = _annotated_verbs(root)
    return WebApiMetadata(
        module=module,
        resources={
            name: ResourceMetadata(
                name=name,
                properties=properties.get(entity_set.get("EntityType", "").rpartition(".")[2], ()),
                verbs=verbs.get(name),
            )
            for entity_set in _all(root, "EntitySet")
            if (name := entity_set.get("Name", ""))
        },
    )


def _annotated_verbs(root: etree._Element) -> dict[str, frozenset[str]]:
    verbs: dict[str, frozenset[str]] = {}
    for annotated in _all(root, "Annotations"):
        flags = [
            (_VERB_BY_FLAG[name], value.get("Bool") == "true")
            for value in _all(annotated, "PropertyValue")
            if (name := value.get("Property", "")) in _VERB_BY_FLAG
        ]
        if flags:
            target = annotated.get("Target", "").rpartition("/")[2]
            verbs[target] = frozenset(verb for verb, is_offered in flags if is_offered)
    return verbs


def _all(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    return (item for item in parent.iter("{*}" + name))


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
