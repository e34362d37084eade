"""The payments of a complement: Pagos 2.0 and 1.0. Source: CFDI sheet 10."""

from __future__ import annotations

import re
from decimal import Decimal

from portal_pipeline.cfdi.namespaces import PAGOS_10, PAGOS_20, Element, children, complements
from portal_pipeline.cfdi.values import UUID, Values
from portal_pipeline.core.cfdi import CfdiPayment, PaidDocument

_FORM_BEFORE_CFDI = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{9}")


def read_payments(root: Element, values: Values) -> tuple[tuple[CfdiPayment, ...], Decimal | None]:
    """Every Pago of every Pagos, and MontoTotalPagos where it is given."""
    found: list[CfdiPayment] = []
    total: Decimal | None = None
    for namespace in (PAGOS_20, PAGOS_10):
        for pagos in complements(root, namespace, "Pagos"):
            for totals in children(pagos, namespace, "Totales"):
                values.place = "Totales"
                total = (total or Decimal(0)) + values.required(totals, "MontoTotalPagos")
            for node in children(pagos, namespace, "Pago"):
                found.append(_payment(node, namespace, f"Pago {len(found) + 1}", values))
    return tuple(found), total


def _payment(node: Element, namespace: str, place: str, values: Values) -> CfdiPayment:
    values.place = place
    amount = values.required(node, "Monto")
    documents = list(children(node, namespace, "DoctoRelacionado"))
    whole = amount if namespace == PAGOS_10 and len(documents) == 1 else None
    return CfdiPayment(
        paid_at=values.time(node, "FechaPago"),
        form=values.text(node, "FormaDePagoP"),
        currency=values.text(node, "MonedaP"),
        exchange_rate=values.number(node, "TipoCambioP"),
        amount=amount,
        operation=values.text(node, "NumOperacion"),
        documents=tuple(
            _paid(one, whole, f"{place}, DoctoRelacionado {number}", values)
            for number, one in enumerate(documents, start=1)
        ),
    )


def _paid(node: Element, whole: Decimal | None, place: str, values: Values) -> PaidDocument:
    """A paid document.

    Pagos 1.0 may leave the amount out where there is only one document and no exchange rate: it is
    then that of the payment.
    """
    values.place = place
    uuid = values.uuid(node, "IdDocumento")
    if not uuid:
        values.note("paid_uuid_missing", f"{place}: IdDocumento is missing")
    elif not (UUID.fullmatch(uuid) or _FORM_BEFORE_CFDI.fullmatch(uuid)):
        values.note("paid_uuid_malformed", f"{place}: IdDocumento {uuid[:60]!r} has a wrong form")
    paid = values.number(node, "ImpPagado")
    if node.get("ImpPagado") is None:
        if whole is not None and node.get("TipoCambioDR") is None:
            paid = whole
        else:
            values.note("attribute_missing", f"{place}: ImpPagado is missing")
    equivalence = values.number(node, "EquivalenciaDR")
    if equivalence is None:
        equivalence = values.number(node, "TipoCambioDR")
    return PaidDocument(
        uuid=uuid,
        serie=values.text(node, "Serie"),
        folio=values.text(node, "Folio"),
        currency=values.text(node, "MonedaDR"),
        equivalence=equivalence,
        instalment=values.text(node, "NumParcialidad"),
        balance_before=values.number(node, "ImpSaldoAnt"),
        paid=paid,
        balance_after=values.number(node, "ImpSaldoInsoluto"),
    )
