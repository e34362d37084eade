"""``$metadata`` of a module: a small EDMX v4 with the endpoints and properties that exist here.

Verbs are told by the standard capability terms of OData; a switch leaves them out, since what
Sage's own document tells is not known. Source: Web API sheet 10, rule 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from portal_pipeline.sandbox.http import Response
from portal_pipeline.sandbox.sage.web_api.catalogue import Resource, resources_of
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError
from portal_pipeline.sandbox.sage.web_api.shapes import Kind, Property, Shape

_CAPABILITIES = (
    ("ReadRestrictions", "Readable", "GET"),
    ("InsertRestrictions", "Insertable", "POST"),
    ("UpdateRestrictions", "Updatable", "PATCH"),
    ("DeleteRestrictions", "Deletable", "DELETE"),
)


def metadata_document(module: str, *, tells_verbs: bool) -> Response:
    """The EDMX of a module.

    Raises:
        WebApiError: ResourceNotFound for a module without endpoints.
    """
    resources = resources_of(module)
    if not resources:
        raise WebApiError("ResourceNotFound", f"No module {module}")
    namespace = f"Sage.CA.SBS.ERP.Sage300.{module}.WebApi.Models"
    sets = "".join(
        f"<EntitySet Name={quoteattr(item.name)} "
        f"EntityType={quoteattr(f'{namespace}.{item.shape.type_name}')}/>"
        for item in resources
    )
    verbs = "".join(_verbs(namespace, item) for item in resources) if tells_verbs else ""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        "<edmx:DataServices>"
        f'<Schema Namespace="{namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f"{''.join(_types(namespace, resources))}"
        f'<EntityContainer Name="Container">{sets}</EntityContainer>{verbs}'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )
    return Response(200, body.encode(), {"content-type": "application/xml; charset=utf-8"})


def _types(namespace: str, resources: tuple[Resource, ...]) -> Iterator[str]:
    complex_types: dict[str, Shape] = {}
    entities: dict[str, Resource] = {item.shape.type_name: item for item in resources}
    for item in entities.values():
        key = "".join(f"<PropertyRef Name={quoteattr(name)}/>" for name in item.key)
        yield (
            f"<EntityType Name={quoteattr(item.shape.type_name)}><Key>{key}</Key>"
            f"{_properties(namespace, item.shape)}</EntityType>"
        )
        _collect(item.shape, complex_types)
    for name, shape in complex_types.items():
        yield (f"<ComplexType Name={quoteattr(name)}>{_properties(namespace, shape)}</ComplexType>")


def _collect(shape: Shape, found: dict[str, Shape]) -> None:
    for item in shape.properties:
        if item.items is not None and item.items.type_name not in found:
            found[item.items.type_name] = item.items
            _collect(item.items, found)


def _properties(namespace: str, shape: Shape) -> str:
    return "".join(
        f'<Property Name={quoteattr(item.name)} Type="{_type(namespace, item)}"/>'
        for item in shape.properties
    )


def _type(namespace: str, item: Property) -> str:
    if item.items is not None:
        return f"Collection({namespace}.{item.items.type_name})"
    return Kind.TEXT.value if item.kind is Kind.CHOICE else item.kind.value


def _verbs(namespace: str, resource: Resource) -> str:
    terms = "".join(
        f'<Annotation Term="Org.OData.Capabilities.V1.{term}"><Record>'
        f'<PropertyValue Property="{flag}" Bool="{str(verb in resource.verbs).lower()}"/>'
        "</Record></Annotation>"
        for term, flag, verb in _CAPABILITIES
    )
    target = quoteattr(f"{namespace}.Container/{resource.name}")
    return f"<Annotations Target={target}>{terms}</Annotations>"
