"""Texts of the findings of purchase orders."""

from portal_pipeline.messages.base import Message

_TAKEN_ES = " `requeue` para revisar ya; `dismiss` si se atendió de otra forma."
_TAKEN_EN = " `requeue` to check now; `dismiss` if handled otherwise."

MESSAGES: dict[str, Message] = {
    "po_not_authorised": Message(
        es="La orden no está autorizada.",
        en="The order is not authorised.",
        action_es="Nada; al autorizarse sale sola. `requeue` para revisar ya.",
        action_en="Nothing; it goes by itself when authorised. `requeue` to check now.",
    ),
    "po_type_not_sent": Message(
        es="Es una orden de tipo {order_type} en Sage; sólo se envían las activas (1).",
        en="It is an order of type {order_type} in Sage; only active ones (1) are sent.",
        action_es="Nada; si se vuelve activa sale sola. `requeue` para revisar ya.",
        action_en="Nothing; it goes by itself when it becomes active. `requeue` to check now.",
    ),
    "finished_before_sending": Message(
        es="La orden terminó en Sage antes de enviarse ({why}).",
        en="The order was finished in Sage before it was sent ({why}).",
        action_es="Nada; el proveedor ya no tiene qué hacer. `requeue` para revisar ya.",
        action_en="Nothing; the supplier has nothing left to do. `requeue` to check now.",
        words_es={"cancelled": "cancelada", "invoiced": "sin nada por facturar"},
    ),
    "no_lines_to_send": Message(
        es="No queda ninguna partida por enviar; se omiten: {lines}.",
        en="No line is left to send; left out: {lines}.",
        action_es="Nada si los almacenes y cantidades son correctos; al cambiar la orden se revisa "
        "sola. `requeue` para revisar ya.",
        action_en="Nothing if warehouses and quantities are right; it is looked at again when the "
        "order changes. `requeue` to check now.",
    ),
    "po_gone_from_sage": Message(
        es="La orden ya no está en Sage y no queda nada abierto en el portal.",
        en="The order is no longer in Sage and nothing is open in the portal.",
        action_es="Nada. `requeue` para revisar ya.",
        action_en="Nothing. `requeue` to check now.",
    ),
    "po_step_not_needed": Message(
        es="La orden cambió en Sage y el paso {operation} ya no hace falta.",
        en="The order changed in Sage and the step {operation} is no longer needed.",
        action_es="Nada; si vuelve a hacer falta se retoma solo. `requeue` para revisar ya.",
        action_en="Nothing; it is taken up again if it is needed. `requeue` to check now.",
        words_es={
            "create": "crear",
            "reopen": "reabrir",
            "update": "actualizar",
            "close": "cerrar",
            "cancel": "cancelar",
        },
    ),
    "po_on_hold": Message(
        es="La orden está retenida en Sage.",
        en="The order is on hold in Sage.",
        action_es="Libérela en Sage y saldrá sola." + _TAKEN_ES,
        action_en="Release it in Sage and it goes by itself." + _TAKEN_EN,
    ),
    "amended_not_authorised": Message(
        es="La orden cambió en Sage y el cambio no puede salir todavía ({why}).",
        en="The order was amended in Sage and the change may not go yet ({why}).",
        action_es="Autorícela o libérela en Sage y el cambio saldrá solo." + _TAKEN_ES,
        action_en="Authorise or release it in Sage and the change goes by itself." + _TAKEN_EN,
        words_es={"on hold": "retenida", "not authorised": "sin autorizar"},
    ),
    "invoices_linked": Message(
        es="Se canceló en Sage, pero el portal no la cancela porque tiene facturas: {answer}",
        en="It was cancelled in Sage, but the portal does not cancel it, for invoices are linked: "
        "{answer}",
        action_es="Desligue o cancele las facturas en el portal, o corrija la cancelación en Sage; "
        "se reintenta a intervalos." + _TAKEN_ES,
        action_en="Unlink or cancel the invoices in the portal, or undo the cancellation in Sage; "
        "it is tried again at intervals." + _TAKEN_EN,
    ),
    "missing_in_sage": Message(
        es="El portal tiene la orden ({state}), pero ya no está en Sage.",
        en="The portal has the order ({state}), but Sage no longer has it.",
        action_es="Ciérrela o cancélela en el portal, o recupérela en Sage." + _TAKEN_ES,
        action_en="Close or cancel it in the portal, or restore it in Sage." + _TAKEN_EN,
    ),
    "po_missing_in_portal": Message(
        es="La orden se envió ({portal_id}), pero el portal ya no la tiene.",
        en="The order was sent ({portal_id}), but the portal no longer has it.",
        action_es="Pregunte al portal qué pasó con ella." + _TAKEN_ES,
        action_en="Ask the portal what happened to it." + _TAKEN_EN,
    ),
    "changed_in_portal": Message(
        es="Alguien cambió la orden en el portal (estado {state}, total {total}); no se pisa.",
        en="Somebody changed the order in the portal (state {state}, total {total}); it is not "
        "overwritten.",
        action_es="Póngalas de acuerdo: corrija la orden en el portal o en Sage." + _TAKEN_ES,
        action_en="Make them agree: mend the order in the portal or in Sage." + _TAKEN_EN,
    ),
    "po_cancelled_for_good": Message(
        es="Se canceló en el portal y Sage la volvió a abrir; el portal no reabre canceladas.",
        en="It was cancelled in the portal and Sage opened it again; the portal reopens no "
        "cancelled order.",
        action_es="Levante una orden nueva en Sage." + _TAKEN_ES,
        action_en="Raise a new order in Sage." + _TAKEN_EN,
    ),
    "po_number_taken": Message(
        es="El portal tiene otra orden con este número (proveedor {provider}, empresa {company}).",
        en="The portal has another order under this number (provider {provider}, company "
        "{company}).",
        action_es="Revise en el portal de quién es; cancele o renumere una de las dos." + _TAKEN_ES,
        action_en="See in the portal whose it is; cancel or renumber one of them." + _TAKEN_EN,
    ),
    "po_field_invalid": Message(
        es="El portal no admite estos datos de la orden: {fields}.",
        en="The portal does not accept these data of the order: {fields}.",
        action_es="Corrija o complete esos datos en Sage; sale sola al cambiar." + _TAKEN_ES,
        action_en="Mend or complete those data in Sage; it goes when it changes." + _TAKEN_EN,
    ),
    "po_lines_left_out": Message(
        es="Partidas que no se envían (cantidad cero o almacén omitido): {lines}.",
        en="Lines that are not sent (quantity zero or skipped warehouse): {lines}.",
        action_es="Nada si es lo esperado; si no, revise los almacenes omitidos.",
        action_en="Nothing if expected; otherwise review the skipped warehouses.",
    ),
    "po_totals_differ": Message(
        es="El total calculado de las partidas ({computed}) no es el de Sage ({in_sage}); se envía "
        "el calculado.",
        en="The total computed from the lines ({computed}) is not Sage's ({in_sage}); the computed "
        "one is sent.",
        action_es="Revise impuestos y descuentos de la orden en Sage.",
        action_en="Review taxes and discounts of the order in Sage.",
    ),
    "po_value_left_out": Message(
        es="El portal no conoce {value} en {field}; se envía sin ese dato.",
        en="The portal does not know {value} in {field}; it is sent without it.",
        action_es="Nada si es lo esperado; si no, corrija el dato en Sage.",
        action_en="Nothing if expected; otherwise mend the value in Sage.",
    ),
    "receipt_not_invoiced": Message(
        es="Está completa; se cierra cuando se capturen en Sage las facturas de {receipts}.",
        en="It is complete; it closes when the invoices of {receipts} are captured in Sage.",
        action_es="Capture en Sage la factura del proveedor contra la recepción.",
        action_en="Capture the supplier's invoice in Sage against the receipt.",
    ),
}
