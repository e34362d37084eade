"""The third-party tables that say which purchase orders are authorised.

They stand in a database of their own (``Autorizaciones_electronicas``), so they are never joined
with Sage's. Only these columns are known; their types, keys and the meaning of further columns are
not (Sage tables sheet 4), so no key is declared.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, MetaData, Table

from portal_pipeline.sage.types import SageText

AUTHORISATION_METADATA = MetaData()

AUTORIZA_OC = Table(
    "Autoriza_OC",
    AUTHORISATION_METADATA,
    Column("PONumber", SageText(22, fixed=False), nullable=False),
    Column("Empresa", SageText(50, fixed=False), nullable=False),
    Column("Autorizada", Integer, nullable=True),
)
"""One row per purchase order and company: ``Autorizada`` 1 = approved; 0 or NULL = not."""

AUTORIZA_OC_DETALLE = Table(
    "Autoriza_OC_detalle",
    AUTHORISATION_METADATA,
    Column("PONumber", SageText(22, fixed=False), nullable=False),
    Column("Empresa", SageText(50, fixed=False), nullable=False),
    Column("Fecha", Date, nullable=True),
)
"""One row per approval step; the latest ``Fecha`` (no time) is the date of authorisation."""
