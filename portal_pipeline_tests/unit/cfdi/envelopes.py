"""CFDIs in every form that bytes can have, cut at the place where an addenda belongs.

A document is ``head + addenda + tail``: what the tests compare is independent of the product.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import canonicalize

from lxml import etree

from portal_pipeline.core.importer_elements import DomicilioProv
from portal_pipeline.core.invoices.addenda import Addenda, DoctoDatosAdi, Proveedor
from portal_pipeline.sandbox.cfdi import (
    InvoiceSpec,
    LineSpec,
    PartySpec,
    build_invoice,
    deterministic_uuid,
)

CFDI = {"4.0": "http://www.sat.gob.mx/cfd/4", "3.3": "http://www.sat.gob.mx/cfd/3"}
UUID = deterministic_uuid("envelope")
ADDENDA = Addenda(
    document=DoctoDatosAdi(OrdenCompra="PO0001", AFE="A-7", DescriGastosAdi="Flete"),
    supplier=Proveedor(
        IdBase="ACM",
        provider_id="64b0ff",
        contact='Ana "Nita" <Ñandú> & Cía',
        contact_phone="81\t12\r\n34",
        bank="Banco € 😀",
        domicilio=DomicilioProv(Calle="Calle 1", Municipio="San Pedro", Localidad="Monterrey"),
    ),
)


@dataclass(frozen=True)
class Form:
    """How a document is written."""

    version: str = "4.0"
    prefix: str = "cfdi"
    """Of the root; empty: the namespace is the default one."""
    encoding: str = "UTF-8"
    """As declared; empty: no declaration (UTF-8)."""
    bom: bytes = b""
    codec: str = ""
    """Python's codec, where its name is not the declared one."""
    newline: str = "\n"
    namespaces: str = ""
    """More declarations on the root, each after a blank."""
    behind: str = "\n"
    """What stands behind the root: blanks, comments, processing instructions."""
    before_end: str = ""
    """What stands before the root's end tag, or behind the Addenda."""


@dataclass(frozen=True)
class Cut:
    """A document in three parts of bytes."""

    head: bytes
    addenda: bytes
    tail: bytes

    @property
    def data(self) -> bytes:
        return self.head + self.addenda + self.tail


def cut_document(form: Form, addenda: str = "", name: str = "Peña & Cía") -> Cut:
    """A stamped invoice; ``addenda`` stands as its last child, {p} in it is the root's prefix."""
    spec = InvoiceSpec(
        uuid=UUID,
        issuer=PartySpec("PEÑ010101AB1", name),
        receiver=PartySpec("ACM010101AB1", "Acme SA de CV"),
        issued_at=datetime(2026, 3, 2, 9, 30),
        lines=(LineSpec("Lámina\ncal. <18>", Decimal("3.5"), Decimal("10.333333")),),
        version=form.version,
    )
    text = build_invoice(spec).decode().partition("?>\n")[2]
    body, _, _ = text.rpartition("</cfdi:Comprobante>")
    prefix = f"{form.prefix}:" if form.prefix else ""
    if form.prefix != "cfdi":
        bound = "xmlns:cfdi="
        body = body.replace("cfdi:", prefix)
        body = body.replace(bound.replace("cfdi:", prefix), f"xmlns{prefix and ':'}{prefix[:-1]}=")
    body = body.replace(" Version=", f"{form.namespaces} Version=", 1)
    body = body.replace("><", f">{form.newline}<")
    declared = f' encoding="{form.encoding}"' if form.encoding else ""
    declaration = f'<?xml version="1.0"{declared}?>{form.newline}' if declared else ""
    codec = form.codec or form.encoding or "UTF-8"

    def encoded(part: str) -> bytes:
        return part.encode(codec, errors="xmlcharrefreplace")

    if not addenda:
        body, form = body + form.before_end, replace(form, before_end="")
    return Cut(
        form.bom + encoded(declaration + body),
        encoded(addenda.replace("{p}", prefix).replace("{ns}", CFDI[form.version])),
        encoded(f"{form.before_end}</{prefix}Comprobante>{form.behind}"),
    )


LE, BE = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
FORMS = {
    "4.0": Form(),
    "3.3": Form(version="3.3"),
    "another prefix": Form(prefix="c"),
    "default namespace": Form(prefix=""),
    "cfdi means something else": Form(prefix="c", namespaces=' xmlns:cfdi="urn:other"'),
    "both default and prefix": Form(prefix="", namespaces=f' xmlns:cfdi="{CFDI["4.0"]}"'),
    "no declaration": Form(encoding=""),
    "utf8": Form(encoding="utf8"),
    "BOM": Form(bom=codecs.BOM_UTF8),
    "BOM without declaration": Form(encoding="", bom=codecs.BOM_UTF8),
    "UTF-16 little": Form(encoding="UTF-16", codec="utf-16-le", bom=LE),
    "UTF-16 big": Form(encoding="UTF-16", codec="utf-16-be", bom=BE),
    "UTF-16 without declaration": Form(encoding="", codec="utf-16-le", bom=LE),
    "UTF-16LE without BOM": Form(encoding="UTF-16LE", codec="utf-16-le"),
    "UTF-16 without BOM": Form(encoding="UTF-16", codec="utf-16-le"),
    "UTF-16BE named": Form(encoding="UTF-16BE", codec="utf-16-be", bom=BE),
    "ISO-8859-1": Form(encoding="ISO-8859-1"),
    "windows-1252": Form(encoding="windows-1252"),
    "US-ASCII": Form(encoding="US-ASCII"),
    "CRLF": Form(newline="\r\n", behind="\r\n"),
    "one line": Form(newline="", behind=""),
    "comment behind": Form(behind="\n<!-- </cfdi:Comprobante> <cfdi:Addenda/> -->\n<?x y?>"),
    "comment before the end": Form(before_end="<!-- Addenda -->\n"),
}
ADDENDAS = {
    "none": "",
    "empty": "<{p}Addenda></{p}Addenda>",
    "blank": "<{p}Addenda>\n  </{p}Addenda>",
    "one tag": "<{p}Addenda/>",
    "one tag with attributes": "<{p}Addenda xmlns:q='urn:q' q:a=\"/>'>\"  />",
    "supplier's": "<{p}Addenda><Pedido xmlns='' n=\"1\">a &lt; b</Pedido></{p}Addenda>",
    "several of the supplier": "<{p}Addenda> <a xmlns=''/>text<b xmlns=''/> </{p}Addenda>",
    "CDATA": "<{p}Addenda><a xmlns=''><![CDATA[</x:Addenda></Comprobante>]]></a></{p}Addenda>",
    "comment": "<{p}Addenda><!-- </{p}Addenda> --></{p}Addenda>",
    "text": "<{p}Addenda>gracias</{p}Addenda>",
    "own prefix": "<z:Addenda xmlns:z='{ns}'><z:Nota/></z:Addenda>",
    "cfdi rebound": "<z:Addenda xmlns:z='{ns}' xmlns:cfdi='urn:o'><cfdi:Nota/></z:Addenda>",
    "relative namespace": "<{p}Addenda><a xmlns='x'/></{p}Addenda>",
}


def values_in(data: bytes) -> dict[str, dict[str, str]]:
    """Attributes of each element of ours, read by path from the bytes."""
    root = etree.fromstring(data)
    namespace = etree.QName(root).namespace
    path = {
        "DoctoDatosAdi": "DoctoDatosAdi",
        "Proveedor": "Proveedor",
        "DomicilioProv": "Proveedor/c:DomicilioProv",
    }
    found = {}
    for name, steps in path.items():
        nodes = root.xpath(
            f"/c:Comprobante/c:Addenda[last()]/c:AddendaEmisor/c:{steps}",
            namespaces={"c": namespace},
        )
        assert len(nodes) == 1, name
        found[name] = dict(nodes[0].attrib)
    return found


def values_of(addenda: Addenda) -> dict[str, dict[str, str]]:
    """The same, as they are meant."""
    supplier = addenda.supplier.model_dump()
    address = supplier.pop("domicilio")
    return {
        "DoctoDatosAdi": addenda.document.model_dump(),
        "Proveedor": supplier,
        "DomicilioProv": address,
    }


def signed_part(data: bytes) -> str:
    """The canonical form (C14N 2.0, another implementation) without the Addenda."""
    root = etree.fromstring(data)
    for node in root.findall(f"{{{etree.QName(root).namespace}}}Addenda"):
        previous = node.getprevious()
        if previous is None:
            root.text = (root.text or "") + (node.tail or "")
        else:
            previous.tail = (previous.tail or "") + (node.tail or "")
        root.remove(node)
    return canonicalize(etree.tostring(root, encoding="unicode"), with_comments=True)
