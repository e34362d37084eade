"""A sandbox company, a folder, and the stand-in between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal_pipeline.sandbox.importer_program.command import main
from portal_pipeline.sandbox.sage.company import InvoiceRecord, ReceivedQuantity, SageCompany
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.contract.sage_company.conftest import Bench, bench, template

__all__ = ["Desk", "addenda", "bench", "desk", "provider_xml", "template", "with_addenda"]

END = b"</cfdi:Comprobante>"


def addenda(*, vendor: str = "P1", order: str = "", **supplier: str) -> bytes:
    """The addenda that the program reads."""
    more = "".join(f' {name}="{value}"' for name, value in supplier.items())
    return (
        f'<cfdi:Addenda><cfdi:AddendaEmisor><cfdi:DoctoDatosAdi OrdenCompra="{order}" AFE=""/>'
        f'<cfdi:Proveedor IdBase="COPDAT" external_id="{vendor}"{more}><cfdi:DomicilioProv/>'
        "</cfdi:Proveedor></cfdi:AddendaEmisor></cfdi:Addenda>"
    ).encode()


def with_addenda(xml: bytes, **given: str) -> bytes:
    """A CFDI with the addenda at its end."""
    return xml.replace(END, addenda(**given) + END)


def provider_xml(**given: str) -> bytes:
    """A provider XML with one provider."""
    values = {
        "external_id": "N1",
        "provider_id": "b-7",
        "Nombre": "Papeles Nuevos",
        "Rfc": "PNU010203AB1",
        "Moneda": "MXN",
        **given,
    }
    attributes = "".join(f' {name}="{value}"' for name, value in values.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Proveedores>'
        '<Emisor Rfc="CNO010101AB1" Nombre="Comercial" RegimenFiscal="601" IdBase="COPDAT"/>'
        f"<Proveedor{attributes}><DomicilioProv/></Proveedor></Proveedores>"
    ).encode()


@dataclass
class Desk:
    """The folder, the company, and what a person sees of both."""

    bench: Bench
    folder: Path

    @property
    def company(self) -> SageCompany:
        """The company, read and written by people."""
        return self.bench.company

    @property
    def url(self) -> str:
        """Of the company's database."""
        return str(self.company.engine.url)

    def put(self, name: str, *, cfdi: dict[str, Any] | None = None, **given: str) -> str:
        """A CFDI with its addenda in the folder; its UUID."""
        xml = with_addenda(cfdi_xml(name, **(cfdi or {})), **given)
        uuid = uuid_of(name)
        (self.folder / f"{uuid}.xml").write_bytes(xml)
        return uuid

    def run(self, *arguments: str) -> int:
        """The program, to its end; its exit code."""
        return main(["--folder", str(self.folder), "--sage-url", self.url, *arguments])

    def invoices(self) -> dict[str, InvoiceRecord]:
        """What Sage holds, by UUID; one that is there twice fails the test."""
        found = [one for one in self.company.invoices() if one.uuid]
        by_uuid = {one.uuid: one for one in found}
        assert len(by_uuid) == len(found)
        return by_uuid

    def names(self, folder: str = "") -> list[str]:
        """Files in the folder, or in one of the program's."""
        there = self.folder / folder
        return sorted(path.name for path in there.iterdir() if path.is_file())

    def log(self, name: str = "Facturas") -> str:
        """One of the program's logs."""
        return (self.folder / "Bitacora" / f"{name}.log").read_text(encoding="cp1252")

    def received_order(self, *quantities: int) -> str:
        """A purchase order with receipts of 100.00 a piece; its number."""
        number = self.bench.order()
        for quantity in quantities:
            self.company.receive(
                quantities=[ReceivedQuantity(po_number=number, line=1, quantity=quantity)]
            )
        return number


@pytest.fixture
def desk(bench, tmp_path):
    """A desk of its own for one test."""
    folder = tmp_path / "xml"
    folder.mkdir()
    return Desk(bench, folder)
