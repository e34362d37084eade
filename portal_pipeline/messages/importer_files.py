"""Texts of the findings of the import program and its files."""

from portal_pipeline.messages.base import Message

_REST_ES = (
    "`requeue` para intentar ya; `link UUID PROVEEDOR/NÚMERO` si ya está en Sage; "
    "`dismiss` si se atendió de otra forma."
)
_REST_EN = (
    "`requeue` to try now; `link UUID VENDOR/NUMBER` if it is in Sage already; "
    "`dismiss` if handled otherwise."
)
_END_ES = "`requeue` para intentar ya; `dismiss` si se atendió de otra forma."
_END_EN = "`requeue` to try now; `dismiss` if handled otherwise."

MESSAGES: dict[str, Message] = {
    "addenda_of_other_supplier": Message(
        es="Es del proveedor {wanted} del portal, pero los datos a la mano son de {name} "
        "({provider}): no se escribe con datos de otro.",
        en="It is of portal provider {wanted}, but the data at hand are of {name} ({provider}): "
        "it is not written with the data of another.",
        action_es="Revise el proveedor del documento en el portal; se lee de nuevo en cada ciclo. "
        + _REST_ES,
        action_en="Check the document's provider in the portal; it is read again every cycle. "
        + _REST_EN,
    ),
    "addenda_rfc_differs": Message(
        es="Lo emitió el RFC {issuer_rfc}, pero su proveedor en el portal, {name}, tiene "
        "{provider_rfc}.",
        en="RFC {issuer_rfc} issued it, but its provider in the portal, {name}, has "
        "{provider_rfc}.",
        action_es="Corrija el RFC del proveedor en el portal, o rechace el documento. " + _REST_ES,
        action_en="Correct the provider's RFC in the portal, or reject the document. " + _REST_EN,
    ),
    "addenda_order_unclear": Message(
        es="El programa importador recibe una sola orden de compra y el portal liga: {po_numbers}.",
        en="The importer program takes one purchase order and the portal links: {po_numbers}.",
        action_es="Deje una sola orden con número en el portal, o capture la factura en Sage con "
        "su UUID. " + _REST_ES,
        action_en="Leave one order with a number in the portal, or capture the invoice in Sage "
        "with its UUID. " + _REST_EN,
    ),
    "addenda_not_inserted": Message(
        es="No se le puede agregar la addenda sin alterar el CFDI: {reason}",
        en="The addenda cannot be added to it without altering the CFDI: {reason}",
        action_es="Capture el documento en Sage con su UUID, o pida al proveedor otro XML. "
        + _REST_ES,
        action_en="Capture the document in Sage with its UUID, or ask the supplier for another "
        "XML. " + _REST_EN,
    ),
    "supplier_bank_missing": Message(
        es="El expediente de {name} no tiene cuenta bancaria y la configuración la exige.",
        en="The dossier of {name} has no bank account and the settings ask for one.",
        action_es="Pida al proveedor su cuenta en el portal y acéptela. " + _REST_ES,
        action_en="Ask the supplier for its account in the portal and accept it. " + _REST_EN,
    ),
    "importer_company_unknown": Message(
        es="Falta la clave con que el programa importador conoce a esta empresa (IdBase).",
        en="The id by which the importer program knows this company (IdBase) is missing.",
        action_es="Regístrela en la configuración o en la tabla de parámetros del importador. "
        + _REST_ES,
        action_en="Enter it in the settings or in the importer's table of parameters. " + _REST_EN,
    ),
    "waits_for_program": Message(
        es="El archivo {file} espera en la carpeta del programa importador.",
        en="The file {file} waits in the import program's folder.",
        action_es="El programa lo toma en su próxima corrida. " + _END_ES,
        action_en="The program takes it in its next run. " + _END_EN,
    ),
    "not_imported_by_program": Message(
        es="El programa importador tomó {file}, pero Sage no muestra el documento.",
        en="The import program took {file}, but Sage does not show the document.",
        action_es="Vea la salida del programa y mande el archivo otra vez con `requeue`, o "
        "captúrelo en Sage con su UUID. " + _REST_ES,
        action_en="Look at the program's output and send the file again with `requeue`, or capture "
        "it in Sage with its UUID. " + _REST_EN,
    ),
    "program_unusable": Message(
        es="El programa importador no se puede usar: {detail}",
        en="The import program cannot be used: {detail}",
        action_es="Corrija importer_program; se reintenta en cada ciclo. " + _END_ES,
        action_en="Mend importer_program; it is tried again each cycle. " + _END_EN,
    ),
    "dossier_not_read": Message(
        es="Aún no se ha leído el expediente del proveedor {provider}, que va en la addenda.",
        en="The dossier of the provider {provider}, which goes into the addenda, is not read yet.",
        action_es="provider_sync lo lee en su revisión diaria. " + _END_ES,
        action_en="provider_sync reads it in its daily sweep. " + _END_EN,
    ),
    "payment_form_not_sat": Message(
        es="La forma de pago {value} de {name} no es una clave del SAT de dos dígitos; se deja "
        "vacía.",
        en="The payment form {value} of {name} is no two-digit SAT code; it is left empty.",
        action_es="Corrija la forma de pago en el expediente del portal.",
        action_en="Correct the payment form in the portal's dossier.",
    ),
}
