"""The program's own reading of the files that it finds, apart from the product's.

Source: sync rules 2 (provider XML) and 3.3 (addenda); CFDI sheet 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

BYTES_MAX = 20_000_000
NATIONAL = {"MXN": "MXP"}
"""Sage's name of the peso."""
_SIDES = (("Traslados", "Traslado"), ("Retenciones", "Retencion"))
_AUTHORITIES = {
    ("Traslado", "002"): ("IVA", 1),
    ("Retencion", "002"): ("RETIVA", -1),
    ("Retencion", "001"): ("RETISR", -1),
}
"""Tax authority in Sage and sign, by element and tax of the CFDI."""


class NotImported(Exception):
    """A document that the program leaves alone; its text goes to the log."""


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """One ``Proveedor`` of a provider XML."""

    vendor: str
    """external_id: the vendor's number in Sage."""
    provider_id: str
    name: str
    rfc: str
    currency: str
    """As Sage names it."""
    tax_group: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One ``Concepto``; ``amount`` net of discount, before tax."""

    description: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """A CFDI of type I or E with its addenda; amounts in the CFDI's currency."""

    uuid: str
    """Upper case."""
    is_credit_note: bool
    number: str
    """Serie and Folio."""
    issued_on: date
    currency: str
    """As Sage names it."""
    rate: Decimal | None
    """TipoCambio; None for pesos."""
    total: Decimal
    lines: tuple[Line, ...]
    taxes: Mapping[str, Decimal]
    """By tax authority in Sage; withholdings are negative."""
    related: tuple[str, ...]
    """UUIDs, upper case."""
    vendor: str
    order: str
    """OrdenCompra; empty: none."""
    tax_group: str
    account: str


def parse(path: Path) -> etree._Element:
    """The root of a file.

    Raises:
        NotImported: it is no XML that may be read.
    """
    data = path.read_bytes()
    if len(data) > BYTES_MAX:
        raise NotImported(f"mas de {BYTES_MAX} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise NotImported(f"no es XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotImported("DOCTYPE no permitido")
    return root


def is_supplier_file(root: etree._Element) -> bool:
    """Whether a file holds providers; any other is taken for a CFDI."""
    return _name(root) == "Proveedores"


def suppliers(root: etree._Element) -> list[Supplier]:
    """The providers of a provider XML."""
    return [
        Supplier(
            vendor=_text(one, "external_id"),
            provider_id=_text(one, "provider_id"),
            name=_text(one, "Nombre"),
            rfc=_text(one, "Rfc"),
            currency=_in_sage(_text(one, "Moneda") or "MXN"),
            tax_group=_text(one, "grupo_fiscal"),
            account=_text(one, "CuentaContable"),
        )
        for one in _children(root, "Proveedor")
    ]


def invoice(root: etree._Element) -> Invoice:
    """A CFDI with its addenda.

    Raises:
        NotImported: something that the program needs is missing.
    """
    if _name(root) != "Comprobante":
        raise NotImported(f"no es CFDI: {_name(root)}")
    kind = _text(root, "TipoDeComprobante")
    if kind not in {"I", "E"}:
        raise NotImported(f"tipo de comprobante {kind}")
    stamp = _first(root, "Complemento", "TimbreFiscalDigital")
    addenda = _first(root, "Addenda", "AddendaEmisor")
    if stamp is None or not _text(stamp, "UUID"):
        raise NotImported("sin timbre")
    supplier = None if addenda is None else _first(addenda, "Proveedor")
    if addenda is None or supplier is None:
        raise NotImported("sin addenda")
    order = _first(addenda, "DoctoDatosAdi")
    currency = _text(root, "Moneda")
    return Invoice(
        uuid=_text(stamp, "UUID").upper(),
        is_credit_note=kind == "E",
        number=_text(root, "Serie") + _text(root, "Folio"),
        issued_on=datetime.fromisoformat(_text(root, "Fecha")).date(),
        currency=_in_sage(currency),
        rate=None if currency in NATIONAL else _number(root, "TipoCambio"),
        total=_number(root, "Total"),
        lines=tuple(
            Line(
                description=_text(one, "Descripcion"),
                amount=_number(one, "Importe") - _number(one, "Descuento"),
            )
            for one in _children(root, "Conceptos", "Concepto")
        ),
        taxes=_taxes(root),
        related=tuple(
            _text(one, "UUID").upper()
            for one in _children(root, "CfdiRelacionados", "CfdiRelacionado")
        ),
        vendor=_text(supplier, "external_id"),
        order="" if order is None else _text(order, "OrdenCompra"),
        tax_group=_text(supplier, "grupo_fiscal"),
        account=_text(supplier, "CuentaContable"),
    )


def _taxes(root: etree._Element) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for side, element in _SIDES:
        for tax in _children(root, "Impuestos", side, element):
            found = _AUTHORITIES.get((element, _text(tax, "Impuesto")))
            if found is not None:
                authority, sign = found
                amount = sums.get(authority, Decimal(0)) + sign * _number(tax, "Importe")
                sums[authority] = amount
    return {authority: amount for authority, amount in sums.items() if amount}


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(element: etree._Element, *path: str) -> Iterator[etree._Element]:
    """The elements under a path of local names, whatever their namespace."""
    for child in element.iterchildren(tag=etree.Element):
        if _name(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from _children(child, *path[1:])


def _first(element: etree._Element, *path: str) -> etree._Element | None:
    return next(_children(element, *path), None)


def _text(element: etree._Element, name: str) -> str:
    return element.get(name, "").strip()


def _number(element: etree._Element, name: str) -> Decimal:
    """A number; 0 where there is none."""
    try:
        number = Decimal(_text(element, name) or "0")
    except InvalidOperation as error:
        raise NotImported(f"{name} no es un numero") from error
    if not number.is_finite():
        raise NotImported(f"{name} no es un numero")
    return number


def _in_sage(currency: str) -> str:
    return NATIONAL.get(currency, currency)
