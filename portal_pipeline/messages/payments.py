"""Texts of the findings of payments."""

from portal_pipeline.messages.base import Message

_OR_BY_HAND_ES = " `requeue` para revisar ya; `dismiss` si se atendió de otra forma."
_OR_BY_HAND_EN = " `requeue` to look again now; `dismiss` if handled otherwise."


def _left_out(es: str, en: str) -> Message:
    """Not ours to send: nothing to do."""
    return Message(
        es=es,
        en=en,
        action_es="Nada: estos pagos no se envían al portal.",
        action_en="Nothing: such payments do not go to the portal.",
    )


def _waits(es: str, en: str, action_es: str, action_en: str) -> Message:
    """Waits for the named action; the exits follow."""
    return Message(
        es=es,
        en=en,
        action_es=f"{action_es}{_OR_BY_HAND_ES}",
        action_en=f"{action_en}{_OR_BY_HAND_EN}",
    )


MESSAGES: dict[str, Message] = {
    "prepayment_not_sent": _left_out(
        "Es un anticipo de Sage (prepago).", "It is a prepayment in Sage."
    ),
    "apply_document_not_sent": _left_out(
        "Solo aplica documentos entre sí; no sale dinero.",
        "It only applies documents to each other; no money leaves.",
    ),
    "miscellaneous_payment_not_sent": _left_out(
        "Es un pago misceláneo, sin documentos del proveedor.",
        "It is a miscellaneous payment, without documents of the supplier.",
    ),
    "adjustment_not_sent": _left_out("Es un ajuste, no un pago.", "It is an adjustment."),
    "nothing_applied": _left_out(
        "El pago no aplica ningún documento (a cuenta).",
        "The payment applies no document (on account).",
    ),
    "no_cash_paid": _left_out(
        "Las notas de crédito cubren todo lo aplicado; no sale dinero.",
        "Credit notes cover all that is applied; no money leaves.",
    ),
    "reversed": _left_out(
        "El pago fue revertido en Sage antes de enviarse.",
        "The payment was reversed in Sage before it was sent.",
    ),
    "foreign_documents": Message(
        es="El proveedor {vendor} es extranjero: sus facturas no tienen UUID.",
        en="Supplier {vendor} is foreign: its invoices have no UUID.",
        action_es="Nada; con payments.send_foreign = true se envían por su número.",
        action_en="Nothing; with payments.send_foreign = true they are sent by their number.",
    ),
    "payment_settling": Message(
        es="El pago se contabilizó o cambió hace menos de {minutes} minutos.",
        en="The payment was posted or changed less than {minutes} minutes ago.",
        action_es="Nada: sale solo al cumplirse el plazo. `dismiss` si ya no procede.",
        action_en="Nothing: it goes by itself afterwards. `dismiss` if it is no longer needed.",
    ),
    "payment_missing_in_sage": _waits(
        "Sage ya no muestra este pago como contabilizado.",
        "Sage no longer shows this payment as posted.",
        "Revise el lote en Sage.",
        "Check the batch in Sage.",
    ),
    "payment_number_twice": _waits(
        "El número de pago {number} está en más de un pago contabilizado en Sage, y el portal "
        "distingue los pagos por su número.",
        "Payment number {number} stands on more than one posted payment in Sage, and the portal "
        "tells payments apart by their number.",
        "Revierta en Sage el que sobre, o registre los pagos en el portal.",
        "Reverse the surplus one in Sage, or register the payments in the portal.",
    ),
    "payment_without_date": _waits(
        "El pago no tiene fecha en Sage.",
        "The payment has no date in Sage.",
        "Revise el lote en Sage, o registre el pago en el portal.",
        "Check the batch in Sage, or register the payment in the portal.",
    ),
    "pays_other_documents": _waits(
        "El pago aplica documentos que no son facturas, notas de cargo, intereses ni notas de "
        "crédito: {documents}.",
        "The payment applies documents that are no invoices, debit notes, interest or credit "
        "notes: {documents}.",
        "Revise en Sage qué se pagó, o registre el pago en el portal.",
        "Check in Sage what was paid, or register the payment in the portal.",
    ),
    "payment_rate_missing": _waits(
        "El pago es en {currency}, sus facturas en {invoice_currency}, y le falta el tipo de "
        "cambio en Sage.",
        "The payment is in {currency}, its invoices in {invoice_currency}, and its exchange rate "
        "is missing in Sage.",
        "Revierta el pago y captúrelo con su tipo de cambio, o regístrelo en el portal.",
        "Reverse the payment and enter it with its exchange rate, or register it in the portal.",
    ),
    "bank_not_mapped": _waits(
        "El banco {bank} no tiene cuenta del portal.",
        "Bank {bank} has no portal account.",
        "Escriba el id de la cuenta en la dirección 1 del banco en Sage, o en "
        "payments.bank_accounts.",
        "Put the account's id into address line 1 of the bank in Sage, or into "
        "payments.bank_accounts.",
    ),
    "bank_account_unknown": _waits(
        "La cuenta {account} del banco {bank} no existe, o está inactiva, en el portal.",
        "Account {account} of bank {bank} does not exist, or is inactive, in the portal.",
        "Corrija el id de la cuenta, o actívela en el portal.",
        "Mend the account's id, or activate it in the portal.",
    ),
    "net_payment_needs_allocation": _waits(
        "El pago es de {amount} {currency}, pero sus facturas suman {allocated}: no se sabe a "
        "cuál se aplicó la nota de crédito.",
        "The payment is {amount} {currency}, but its invoices add up to {allocated}: it is not "
        "known which of them the credit note lowers.",
        "Relacione la nota de crédito con su factura en el portal o en Sage.",
        "Relate the credit note to its invoice in the portal or in Sage.",
    ),
    "invoice_not_confirmed": _waits(
        "Faltan por confirmar en Sage {count} factura(s) del pago: {invoices}.",
        "{count} invoice(s) of the payment are not confirmed in Sage: {invoices}.",
        "Contabilice o corrija esas facturas en Sage, o use `link UUID PROVEEDOR/NÚMERO`; el pago "
        "sale solo después.",
        "Post or mend these invoices in Sage, or `link UUID VENDOR/NUMBER`; the payment then goes "
        "by itself.",
    ),
    "invoice_without_uuid": _waits(
        "{count} factura(s) se capturaron en Sage sin UUID: {invoices}.",
        "{count} invoice(s) were captured in Sage without UUID: {invoices}.",
        "Capture el UUID, o use `link UUID PROVEEDOR/NÚMERO`; se liga solo cuando el CFDI coincide "
        "sin duda.",
        "Enter the UUID, or `link UUID VENDOR/NUMBER`; it links itself once the CFDI matches "
        "without doubt.",
    ),
    "invoice_not_in_portal": _waits(
        "El portal no tiene {count} factura(s) del pago: {invoices}.",
        "The portal lacks {count} invoice(s) of the payment: {invoices}.",
        "Pida al proveedor que las suba.",
        "Ask the supplier to upload them.",
    ),
    "invoice_cancelled": _waits(
        "{count} factura(s) del pago están canceladas: {invoices}.",
        "{count} invoice(s) of the payment are cancelled: {invoices}.",
        "Pida el CFDI que las sustituye y corrija Sage.",
        "Ask for the CFDI that takes their place and mend Sage.",
    ),
    "provider_differs": _waits(
        "{count} factura(s) son de otro proveedor en el portal: {invoices}.",
        "{count} invoice(s) belong to another provider in the portal: {invoices}.",
        "Revise el proveedor del pago en Sage y el PROVIDERID.",
        "Check the payment's vendor in Sage and its PROVIDERID.",
    ),
    "cfdi_currency_differs": _waits(
        "{count} CFDI están en otra moneda que el proveedor en Sage: {invoices}.",
        "{count} CFDI are in another currency than the vendor in Sage: {invoices}.",
        "Revise con qué proveedor se capturó la factura.",
        "Check under which vendor the invoice was captured.",
    ),
    "balance_too_small": _waits(
        "El saldo en el portal no alcanza en {count} factura(s) (pago / saldo): {invoices}.",
        "The portal's balance does not cover {count} invoice(s) (payment / balance): {invoices}.",
        "Revise qué otros pagos o notas de crédito tiene la factura en el portal.",
        "Check which other payments or credit notes the invoice has in the portal.",
    ),
    "pue_paid_in_part": _waits(
        "{count} factura(s) PUE no quedan liquidadas con este pago (pago / saldo): {invoices}.",
        "{count} PUE invoice(s) are not settled by this payment (payment / balance): {invoices}.",
        "Liquide la factura, o pida al proveedor que la sustituya por una PPD.",
        "Settle the invoice, or ask the supplier to replace it by a PPD one.",
    ),
    "credit_note_not_applied_in_portal": _waits(
        "Falta aplicar en el portal la nota de crédito de {count} factura(s) (pago / saldo): "
        "{invoices}.",
        "The credit note of {count} invoice(s) is not applied in the portal (payment / balance): "
        "{invoices}.",
        "Aplique la nota de crédito en el portal; el pago sale solo.",
        "Apply the credit note in the portal; the payment then goes by itself.",
    ),
    "in_portal_payment_order": _waits(
        "{count} factura(s) están en una orden de pago del portal: {invoices}.",
        "{count} invoice(s) are in a payment order of the portal: {invoices}.",
        "Sáquelas de la orden de pago.",
        "Take them out of the payment order.",
    ),
    "paid_in_portal": _waits(
        "El portal ya tiene pagadas {count} factura(s) ({invoices}) con otro pago: {payments}.",
        "The portal has {count} invoice(s) as paid already ({invoices}) by another payment: "
        "{payments}.",
        "Si alguien registró este pago a mano, use `dismiss`; si no, anule aquel pago.",
        "If somebody registered this payment by hand, `dismiss`; else take that payment back.",
    ),
    "portal_payment_differs": _waits(
        "El portal tiene un pago con este número ({portal_id}) que difiere: {differences}.",
        "The portal has a payment with this number ({portal_id}) that differs: {differences}.",
        "Anule o corrija el pago en el portal.",
        "Take the payment back in the portal, or mend it.",
    ),
    "portal_payment_rejected": _waits(
        "El pago {portal_id} con este número está rechazado en el portal.",
        "Payment {portal_id} with this number is rejected in the portal.",
        "Regístrelo a mano en el portal, o páguelo con otro número en Sage.",
        "Register it in the portal by hand, or pay under another number in Sage.",
    ),
    "waiting_for_supplier": _waits(
        "El portal no acepta aún otro pago de una factura pagada en parte ({invoices}): {answer}",
        "The portal does not yet accept another payment of a partly paid invoice ({invoices}): "
        "{answer}",
        "Pida al proveedor que la reenvíe; se intenta al cambiar su estado y a intervalos.",
        "Ask the supplier to send it again; it is tried when its status changes and at intervals.",
    ),
    "portal_status_changed": _waits(
        "Cambió en el portal el estado de sus facturas: {statuses}.",
        "The status of its invoices has changed in the portal: {statuses}.",
        "Nada: sale en el siguiente ciclo.",
        "Nothing: it goes in the next cycle.",
    ),
    "portal_payment_unreadable": _waits(
        "No se pudo leer el pago en el portal: {detail}.",
        "The payment could not be read in the portal: {detail}.",
        "El siguiente ciclo lo lee de nuevo.",
        "The next cycle reads it again.",
    ),
    "reversed_after_upload": _waits(
        "El pago se revirtió en Sage, pero sigue vigente en el portal ({portal_id}).",
        "The payment was reversed in Sage, but still stands in the portal ({portal_id}).",
        "Rechace el pago en el portal.",
        "Reject the payment in the portal.",
    ),
    "cancel_complement_first": _waits(
        "El pago se revirtió en Sage, pero en el portal ({portal_id}) ya tiene complemento.",
        "The payment was reversed in Sage, but has a complement in the portal ({portal_id}).",
        "Pida al proveedor que cancele el complemento; después se rechaza solo.",
        "Ask the supplier to cancel the complement; the payment is then rejected by itself.",
    ),
    "replaces_reversed_payment": _waits(
        "Paga las mismas facturas que {earlier}, revertido en Sage y aún vigente en el portal.",
        "It pays the invoices of {earlier}, which is reversed in Sage and still in the portal.",
        "Rechace primero {earlier} en el portal.",
        "Reject {earlier} in the portal first.",
    ),
}
