"""Texts of the findings of cfdi_import."""

from portal_pipeline.messages.base import Message

_LINK_ES = "Con `link UUID PROVEEDOR/NÚMERO` se indica cuál documento de Sage es; "
_LINK_EN = "`link UUID VENDOR/NUMBER` says which Sage document it is; "
_END_ES = "`dismiss` si se atendió de otra forma."
_END_EN = "`dismiss` if handled otherwise."
_AGAIN_ES = "`requeue` para intentar ya; "
_AGAIN_EN = "`requeue` to try now; "

MESSAGES: dict[str, Message] = {
    "batch_waits_for_posting": Message(
        es="Está capturado en Sage ({document}, lote {batch}), pero el lote no está contabilizado.",
        en="It is captured in Sage ({document}, batch {batch}), but the batch is not posted.",
        action_es="Contabilice el lote en Sage; se confirma solo. " + _LINK_ES + _END_ES,
        action_en="Post the batch in Sage; it is confirmed by itself. " + _LINK_EN + _END_EN,
    ),
    "posting_refused": Message(
        es="Sage no pudo contabilizar {document} (lote de errores {batch}): {error}",
        en="Sage could not post {document} (error batch {batch}): {error}",
        action_es="Corrija la partida en el lote de errores y contabilícelo. " + _LINK_ES + _END_ES,
        action_en="Mend the entry in the error batch and post it. " + _LINK_EN + _END_EN,
    ),
    "sage_document_differs": Message(
        es="El documento de Sage {document} no coincide con el CFDI: {difference} (CFDI / Sage).",
        en="The Sage document {document} does not agree with the CFDI: {difference} (CFDI / Sage).",
        action_es="Revise cuál es el correcto. " + _LINK_ES + _END_ES,
        action_en="Check which one is right. " + _LINK_EN + _END_EN,
    ),
    "uuid_on_two_documents": Message(
        es="El mismo UUID está en varios documentos de Sage: {documents}.",
        en="The same UUID is on several Sage documents: {documents}.",
        action_es="Cancele el que sobra en Sage. " + _LINK_ES + _END_ES,
        action_en="Reverse the one too many in Sage. " + _LINK_EN + _END_EN,
    ),
    "linked_document_missing": Message(
        es="El documento ligado {document} no existe en Sage.",
        en="The linked document {document} does not exist in Sage.",
        action_es="Revise proveedor y número. " + _LINK_ES + _END_ES,
        action_en="Check vendor and number. " + _LINK_EN + _END_EN,
    ),
    "entry_removed_in_sage": Message(
        es="La partida {entry} que se importó ya no está en Sage: alguien la quitó.",
        en="The entry {entry} that was imported is no longer in Sage: someone took it out.",
        action_es="No se importa otra vez sola: `requeue` para importarla de nuevo; " + _END_ES,
        action_en="It is not imported again by itself: `requeue` to import it anew; " + _END_EN,
    ),
    "po_invoice_to_be_captured": Message(
        es="Es de la orden de compra {po_numbers}: se captura en Sage contra la recepción.",
        en="It is of purchase order {po_numbers}: it is captured in Sage against the receipt.",
        action_es="Capture la factura de O.C. con su UUID; se confirma sola. " + _LINK_ES + _END_ES,
        action_en="Capture the PO invoice with its UUID; it is confirmed by itself. "
        + _LINK_EN
        + _END_EN,
    ),
    "route_holds": Message(
        es="Los documentos de esta clase ({document_class}) se capturan en Sage a mano.",
        en="Documents of this class ({document_class}) are captured in Sage by hand.",
        action_es="Captúrelo con su UUID; se confirma solo. " + _LINK_ES + _END_ES,
        action_en="Capture it with its UUID; it is confirmed by itself. " + _LINK_EN + _END_EN,
    ),
    "web_api_unreachable": Message(
        es="La Web API de Sage no está disponible: {detail}",
        en="Sage's Web API is not available: {detail}",
        action_es="Revise servidor, usuario y contraseña; sale solo. " + _AGAIN_ES + _END_ES,
        action_en="Check server, user and password; it goes by itself. " + _AGAIN_EN + _END_EN,
    ),
    "cfdi_has_errors": Message(
        es="El XML está dañado o incompleto: {errors}",
        en="The XML is damaged or incomplete: {errors}",
        action_es="Pida al proveedor un CFDI correcto. " + _AGAIN_ES + _END_ES,
        action_en="Ask the supplier for a right CFDI. " + _AGAIN_EN + _END_EN,
    ),
    "not_downloaded": Message(
        es="Su XML aún no está en el archivo.",
        en="Its XML is not in the archive yet.",
        action_es="Vea la descarga de este documento. " + _AGAIN_ES + _END_ES,
        action_en="See the download of this document. " + _AGAIN_EN + _END_EN,
    ),
    "archive_damaged": Message(
        es="Su XML archivado no se puede leer o fue alterado: {detail}",
        en="Its archived XML cannot be read or was changed: {detail}",
        action_es="Restaure el archivo desde un respaldo; se importa solo. " + _AGAIN_ES + _END_ES,
        action_en="Restore the file from a backup; it is imported by itself. "
        + _AGAIN_EN
        + _END_EN,
    ),
    "not_approved": Message(
        es="Aún no está aprobado en el portal (estado {status}).",
        en="It is not approved in the portal yet (status {status}).",
        action_es="Apruébelo o rechácelo en el portal. " + _END_ES,
        action_en="Approve or reject it in the portal. " + _END_EN,
    ),
    "cancelled_before_import": Message(
        es="Está cancelado (visto el {date}); no se importa.",
        en="It is cancelled (seen on {date}); it is not imported.",
        action_es="Nada. `dismiss` para no verlo más.",
        action_en="Nothing. `dismiss` to see it no more.",
    ),
    "cancelled_after_import": Message(
        es="Está cancelado, pero ya está en Sage como {document}.",
        en="It is cancelled, but it is in Sage already as {document}.",
        action_es="Revierta el documento en Sage o aclare con el proveedor. " + _END_ES,
        action_en="Reverse the document in Sage or settle it with the supplier. " + _END_EN,
    ),
    "paid_in_portal_not_in_sage": Message(
        es="El portal lo da por pagado (estado {status}) y no está en Sage.",
        en="The portal has it as paid (status {status}) and it is not in Sage.",
        action_es="`admit` para importarlo. " + _LINK_ES + _END_ES,
        action_en="`admit` to import it. " + _LINK_EN + _END_EN,
    ),
    "possible_duplicate": Message(
        es="En Sage hay un documento sin UUID del mismo proveedor, moneda y total: {document} "
        "del {dated}.",
        en="Sage has a document without UUID of the same vendor, currency and total: {document} "
        "of {dated}.",
        action_es="Si es el mismo: " + _LINK_ES + "si es otro: `requeue` lo importa; " + _END_ES,
        action_en="If it is the same: " + _LINK_EN + "if not: `requeue` imports it; " + _END_EN,
    ),
    "looks_like_po_invoice": Message(
        es="No trae orden de compra, pero la recepción {receipt} (O.C. {po_number}) sin facturar "
        "tiene ese total.",
        en="It names no purchase order, but the uninvoiced receipt {receipt} (PO {po_number}) has "
        "that total.",
        action_es="Captúrela contra la recepción, o `requeue` para importarla como gasto. "
        + _LINK_ES
        + _END_ES,
        action_en="Capture it against the receipt, or `requeue` to import it as an expense. "
        + _LINK_EN
        + _END_EN,
    ),
    "original_in_sage": Message(
        es="Sustituye a {original}, que ya está en Sage como {document}.",
        en="It substitutes {original}, which is in Sage already as {document}.",
        action_es="Si es el mismo documento, `link` cambia el UUID anterior por éste; " + _END_ES,
        action_en="If it is the same document, `link` replaces the old UUID by this; " + _END_EN,
    ),
    "parent_not_posted": Message(
        es="La factura {parent} de esta nota de crédito aún no está contabilizada en Sage.",
        en="The invoice {parent} of this credit note is not posted in Sage yet.",
        action_es="Saldrá sola cuando lo esté; `requeue` la importa sin aplicar. "
        + _LINK_ES
        + _END_ES,
        action_en="It goes by itself when it is; `requeue` imports it unapplied. "
        + _LINK_EN
        + _END_EN,
    ),
    "credit_note_unapplied": Message(
        es="La nota de crédito se importa sin aplicar (facturas relacionadas: {parents}).",
        en="The credit note is imported without applying it (related invoices: {parents}).",
        action_es="Aplíquela en Sage. `dismiss` si ya está.",
        action_en="Apply it in Sage. `dismiss` if done.",
    ),
    "number_taken": Message(
        es="Ese número ya existe en Sage para el proveedor: {document}.",
        en="That number exists in Sage already for the vendor: {document}.",
        action_es="`requeue --number N` lo importa con otro número. " + _LINK_ES + _END_ES,
        action_en="`requeue --number N` imports it under another number. " + _LINK_EN + _END_EN,
    ),
    "period_closed": Message(
        es="El periodo del {date} está cerrado en Sage.",
        en="The period of {date} is closed in Sage.",
        action_es="Abra el periodo o cambie posting_date. " + _AGAIN_ES + _END_ES,
        action_en="Open the period or change posting_date. " + _AGAIN_EN + _END_EN,
    ),
    "rate_missing": Message(
        es="Falta el tipo de cambio del CFDI en {currency}.",
        en="The CFDI's exchange rate is missing ({currency}).",
        action_es="Captúrelo en Sage con su UUID. " + _AGAIN_ES + _END_ES,
        action_en="Capture it in Sage with its UUID. " + _AGAIN_EN + _END_EN,
    ),
    "no_tax_group": Message(
        es="No hay grupo de impuestos de Sage para {taxes}.",
        en="There is no Sage tax group for {taxes}.",
        action_es="Agregue {taxes} a tax_group_by_taxes. " + _AGAIN_ES + _END_ES,
        action_en="Add {taxes} to tax_group_by_taxes. " + _AGAIN_EN + _END_EN,
    ),
    "no_tax_class": Message(
        es="No hay clase de impuesto de Sage para la tasa {rate}.",
        en="There is no Sage tax class for the rate {rate}.",
        action_es="Agregue {rate} a tax_class_by_rate. " + _AGAIN_ES + _END_ES,
        action_en="Add {rate} to tax_class_by_rate. " + _AGAIN_EN + _END_EN,
    ),
    "no_account_for_line": Message(
        es="No hay cuenta contable para la partida {line} (producto {product}).",
        en="There is no G/L account for line {line} (product {product}).",
        action_es="Agregue la cuenta del producto o del proveedor. " + _AGAIN_ES + _END_ES,
        action_en="Add the account of the product or the vendor. " + _AGAIN_EN + _END_EN,
    ),
    "account_unusable": Message(
        es="La cuenta o código de distribución {account} no existe en Sage o está inactiva.",
        en="The account or distribution code {account} does not exist in Sage or is inactive.",
        action_es="Actívela en Sage o corrija el mapeo de cuentas. " + _AGAIN_ES + _END_ES,
        action_en="Activate it in Sage or mend the mapping of accounts. " + _AGAIN_EN + _END_EN,
    ),
    "account_of_tax_missing": Message(
        es="No hay cuenta contable para {tax} ({amount}).",
        en="There is no G/L account for {tax} ({amount}).",
        action_es="Agregue la cuenta en imports (withholding_accounts, local_tax_account, "
        "local_withholding_account), o captúrelo en Sage con su UUID. " + _AGAIN_ES + _END_ES,
        action_en="Add the account to imports (withholding_accounts, local_tax_account, "
        "local_withholding_account), or capture it in Sage with its UUID. " + _AGAIN_EN + _END_EN,
    ),
    "optional_field_unusable": Message(
        es="El campo opcional {field} no sirve para el UUID: debe existir en Sage con 36 "
        "caracteres (longitud {length}).",
        en="The optional field {field} cannot hold the UUID: it must exist in Sage with 36 "
        "characters (length {length}).",
        action_es="Defínalo en Servicios comunes y asígnelo a las facturas de C/P. "
        + _AGAIN_ES
        + _END_ES,
        action_en="Define it in Common Services and assign it to A/P invoices. "
        + _AGAIN_EN
        + _END_EN,
    ),
    "tax_not_known": Message(
        es="El CFDI tiene un impuesto que no se conoce: {tax}.",
        en="The CFDI has a tax that is not known: {tax}.",
        action_es="Captúrelo en Sage con su UUID. " + _LINK_ES + _AGAIN_ES + _END_ES,
        action_en="Capture it in Sage with its UUID. " + _LINK_EN + _AGAIN_EN + _END_EN,
    ),
    "lines_differ_from_subtotal": Message(
        es="Las partidas suman {lines} y el subtotal menos descuento es {subtotal}.",
        en="The lines come to {lines}, and the subtotal less discount is {subtotal}.",
        action_es="Revise el CFDI con el proveedor o captúrelo en Sage con su UUID. "
        + _LINK_ES
        + _AGAIN_ES
        + _END_ES,
        action_en="Check the CFDI with the supplier or capture it in Sage with its UUID. "
        + _LINK_EN
        + _AGAIN_EN
        + _END_EN,
    ),
    "too_many_lines": Message(
        es="El CFDI tiene {lines} partidas; Sage admite de 1 a {most}.",
        en="The CFDI has {lines} lines; Sage takes 1 to {most}.",
        action_es="Captúrelo en Sage con su UUID. " + _LINK_ES + _AGAIN_ES + _END_ES,
        action_en="Capture it in Sage with its UUID. " + _LINK_EN + _AGAIN_EN + _END_EN,
    ),
    "tax_not_reproducible": Message(
        es="Sage calcularía {sage_tax} de impuestos y el CFDI dice {cfdi_tax}.",
        en="Sage would compute {sage_tax} of taxes and the CFDI says {cfdi_tax}.",
        action_es='Corrija las tasas, use tax_mode = "entered", o captúrelo en Sage con su UUID. '
        + _AGAIN_ES
        + _END_ES,
        action_en='Mend the rates, use tax_mode = "entered", or capture it in Sage with its UUID. '
        + _AGAIN_EN
        + _END_EN,
    ),
    "read_back_differs": Message(
        es="La partida {entry} se creó en Sage, pero no quedó como se envió: {difference}.",
        en="The entry {entry} was created in Sage, but is not as it was sent: {difference}.",
        action_es="Corríjala en el lote antes de contabilizar. " + _LINK_ES + _END_ES,
        action_en="Mend it in the batch before posting. " + _LINK_EN + _END_EN,
    ),
}
