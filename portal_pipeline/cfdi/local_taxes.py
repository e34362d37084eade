"""Local taxes (complement implocal). Source: CFDI sheet 4.5."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.cfdi.namespaces import LOCAL_TAXES, Element
from portal_pipeline.cfdi.values import EXACT, Values
from portal_pipeline.core.cfdi import ZERO

_TOTALS = {
    "TotaldeTraslados": f"{{{LOCAL_TAXES}}}TrasladosLocales",
    "TotaldeRetenciones": f"{{{LOCAL_TAXES}}}RetencionesLocales",
}
"""Attribute of the complement, and the rows that it sums."""


def read_local_taxes(nodes: list[Element], values: Values) -> tuple[Decimal, Decimal]:
    """Totals charged and withheld over all complements; each should be the sum of its rows."""
    charged = withheld = ZERO
    for node in nodes:
        values.place = "ImpuestosLocales"
        values.expect(node, *_TOTALS)
        for name, tag in _TOTALS.items():
            total, rows = values.amount(node, name), ZERO
            for row in node.iterchildren(tag):
                rows = EXACT.add(rows, values.required(row, "Importe"))
            if total != rows:
                values.irregular(
                    "local_tax_total", f"{name} {total} is not the sum of its rows, {rows}"
                )
            if name == "TotaldeTraslados":
                charged = EXACT.add(charged, total)
            else:
                withheld = EXACT.add(withheld, total)
    values.place = "Comprobante"
    return charged, withheld
