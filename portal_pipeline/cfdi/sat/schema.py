"""The document against the SAT's schemas. Source: CFDI sheet 2 and 6.

All schemas of the package are compiled together, once per process. The few catalogues that hold
nearly all values are taken out of them and looked up here instead; a value that they lack is a
warning, since catalogues age.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from portal_pipeline.cfdi.namespaces import (
    CFDI_33,
    CFDI_40,
    LOCAL_TAXES,
    PAGOS_10,
    PAGOS_20,
    TFD,
    CfdiNames,
    Element,
)
from portal_pipeline.cfdi.parsing import hardened_parser
from portal_pipeline.cfdi.sat.data import Once, parse_schema_text, schema_files
from portal_pipeline.cfdi.sat.verdicts import Problem, Schema, SchemaResult

VIOLATIONS_MAX = 50
DOUBTS_MAX = 20
UPDATE = "a newer version of the package satcfdi may know it"
ELEMENTS_WITH_LINES = 2_000
"""Violations of larger documents name no line: libxml2 searches all siblings for each of them."""
_NEEDED = (CFDI_40, CFDI_33, TFD, PAGOS_20, PAGOS_10, LOCAL_TAXES)
_TAG_CHARS = 200
_NAMESPACE = re.compile(r"\{[^{}]*\}")


class Schemas(NamedTuple):
    """The compiled schemas."""

    schema: etree.XMLSchema
    namespaces: frozenset[str]
    catalogues: dict[str, frozenset[str]]
    """Values of the large catalogues, by the name of their type."""


def _compile() -> Schemas | None:
    """All schemas; those of the usual documents alone where one of the others is broken."""
    files = schema_files()
    if not all(namespace in files for namespace in _NEEDED):
        return None
    for chosen in (tuple(files), _NEEDED):
        catalogues: dict[str, frozenset[str]] = {}
        imports = "".join(
            f'<xs:import namespace="{namespace}" schemaLocation="{files[namespace]}"/>'
            for namespace in chosen
        )
        text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
        try:
            root = parse_schema_text(text.encode(), "all.xsd", catalogues)
            schema = etree.XMLSchema(root)
        except (etree.LxmlError, OSError):
            continue
        return Schemas(schema, frozenset(chosen), catalogues)
    return None


schemas = Once(_compile)
"""None where the package is not installed or not as expected."""
_ONE_AT_A_TIME = threading.Lock()
"""A schema object keeps the errors of its last validation."""


def check_schema(root: Element, names: CfdiNames) -> SchemaResult:
    """Whether the document is valid; takes Addenda and unknown complements out of the tree.

    Args:
        root: the Comprobante of a tree that nobody else needs whole.
        names: the tags of its version.
    """
    compiled = schemas()
    if compiled is None:
        return SchemaResult(Schema.NOT_CHECKED)
    doubts = [
        *_unknown_complements(root, names, compiled.namespaces),
        *islice(_unknown_values(root, names, compiled.catalogues), DOUBTS_MAX),
    ]
    for addenda in list(root.iterchildren(names.addenda)):
        root.remove(addenda)
    is_large = next(islice(root.iter("*"), ELEMENTS_WITH_LINES, None), None) is not None
    errors = _errors_of_large(root, compiled.schema) if is_large else _errors(root, compiled.schema)
    return SchemaResult(
        Schema.INVALID if errors else Schema.VALID,
        tuple(("schema", text) for text in errors),
        tuple(doubts),
    )


def _errors(root: Element, schema: etree.XMLSchema) -> list[str]:
    with _ONE_AT_A_TIME:
        return [] if schema.validate(root) else _first_errors(schema.error_log)


def _errors_of_large(root: Element, schema: etree.XMLSchema) -> list[str]:
    """The same while the document is parsed again, in linear time."""
    parser = hardened_parser(schema)
    try:
        etree.fromstring(etree.tostring(root), parser)
    except etree.LxmlError:
        return _first_errors(parser.error_log)
    return []


def _first_errors(log: Any) -> list[str]:  # the stubs know no entries
    return [
        f"{f'line {error.line}: ' if error.line else ''}{_NAMESPACE.sub('', error.message)}"
        for error in islice(log, VIOLATIONS_MAX)
    ] or ["it is not valid"]


def _unknown_complements(root: Element, names: CfdiNames, known: frozenset[str]) -> list[Problem]:
    """Takes out the complements that no schema is there for; they would fail as a whole."""
    doubts: dict[str, Problem] = {}
    for parent in list(root.iter(names.complement, names.concept_complement)):
        unknown = [one for one in parent if isinstance(one.tag, str) and _space(one) not in known]
        for one in unknown:
            parent.remove(one)
            text = (
                f"complement {one.tag[:_TAG_CHARS]} is not checked: no schema for it is installed"
            )
            doubts[one.tag] = ("complement_not_checked", text)
        holder = parent.getparent()
        if unknown and not len(parent) and holder is not None:
            holder.remove(parent)  # it may not be empty
    return list(doubts.values())[:DOUBTS_MAX]


def _space(node: Element) -> str:
    """Its namespace."""
    return node.tag.removeprefix("{").rpartition("}")[0]


def _unknown_values(
    root: Element, names: CfdiNames, catalogues: dict[str, frozenset[str]]
) -> Iterator[Problem]:
    """Values of the large catalogues that the package does not know."""
    seen: set[tuple[str, str]] = set()
    for name, kind, nodes in (
        ("LugarExpedicion", "c_CodigoPostal", (root,)),
        ("ClaveProdServ", "c_ClaveProdServ", root.iter(names.concept, names.part)),
        ("ClaveUnidad", "c_ClaveUnidad", root.iter(names.concept)),
    ):
        known = catalogues.get(kind)
        if known is None:  # it is small enough to be in the schema
            continue
        for node in nodes:
            value = node.get(name, "").strip()
            if value and value not in known and (name, value) not in seen:
                seen.add((name, value))
                yield (
                    "catalogue_value_unknown",
                    f"{name} {value[:20]!r} is not in the installed catalogue {kind}; {UPDATE}",
                )
