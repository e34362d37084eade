"""Elements of the files that the importer program reads, with its own names and order.

Source: CFDI sheet 9; sync rules sheet 2.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, NamedTuple

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.portal import Address


class Existing(StrEnum):
    """What happens to other children of an Addenda that is there already (a setting)."""

    KEEP = "keep"
    """Ours goes behind them."""
    REPLACE = "replace"
    """Ours takes their place, as the old system did."""


class ImporterElement(NamedTuple):
    """One element without a text of its own; attributes in the order to be written."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[ImporterElement, ...] = ()


class Attributes(Frozen):
    """The attributes of one element: its fields that are texts; what is missing is empty."""

    NAME: ClassVar[str]

    def element(self, *children: ImporterElement) -> ImporterElement:
        """The element with these attributes."""
        values = ((name, getattr(self, name)) for name in type(self).model_fields)
        texts = tuple((name, value) for name, value in values if isinstance(value, str))
        return ImporterElement(self.NAME, texts, children)


class DomicilioProv(Attributes):
    """A supplier's address, the same in the addenda and in the provider XML."""

    NAME = "DomicilioProv"

    Calle: str = ""
    NumeroExterior: str = ""
    NumeroInterior: str = ""
    Colonia: str = ""
    Localidad: str = ""
    Municipio: str = ""
    Estado: str = ""
    Pais: str = ""
    CodigoPostal: str = ""

    @classmethod
    def of(cls, address: Address) -> DomicilioProv:
        """The address of a dossier; Municipio is the municipality, never the city."""
        return cls(
            Calle=address.street,
            NumeroExterior=address.exterior_number,
            NumeroInterior=address.interior_number,
            Colonia=address.suburb,
            Localidad=address.city,
            Municipio=address.municipality,
            Estado=address.state,
            Pais=address.country,
            CodigoPostal=address.zip_code,
        )
