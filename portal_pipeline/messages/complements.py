"""Texts of the findings of payment complements."""

from portal_pipeline.messages.base import Message

_OR_BY_HAND_ES = " `requeue` para revisar ya; `dismiss` si se atendió de otra forma."
_OR_BY_HAND_EN = " `requeue` to look again now; `dismiss` if handled otherwise."


def _waits(es: str, en: str, action_es: str, action_en: str) -> Message:
    """Waits for the named action; the exits follow."""
    return Message(
        es=es,
        en=en,
        action_es=f"{action_es}{_OR_BY_HAND_ES}",
        action_en=f"{action_en}{_OR_BY_HAND_EN}",
    )


MESSAGES: dict[str, Message] = {
    "complement_not_approved": _waits(
        "El complemento aún no está aprobado en el portal ({status}).",
        "The complement is not approved in the portal yet ({status}).",
        "Revíselo en el portal; al aprobarse sigue solo.",
        "Review it in the portal; once approved it goes on by itself.",
    ),
    "complement_cancelled": Message(
        es="El complemento está cancelado.",
        en="The complement is cancelled.",
        action_es="Nada; el que lo sustituya se registra solo.",
        action_en="Nothing; the one that takes its place is written by itself.",
    ),
    "complement_without_stamp_date": _waits(
        "El portal no da la fecha de timbrado del complemento.",
        "The portal gives no stamping date of the complement.",
        "Revise el complemento en el portal.",
        "Check the complement in the portal.",
    ),
    "complement_seal_broken": _waits(
        "El sello del complemento no corresponde a su contenido: no se anota en el pago.",
        "The complement's seal does not sign its content: it is not written to the payment.",
        "Pida al proveedor el XML correcto, o rechace el complemento en el portal.",
        "Ask the supplier for the right XML, or reject the complement in the portal.",
    ),
    "payment_not_ours": Message(
        es="Documenta pagos del portal que no vienen de Sage: {portal_ids}.",
        en="It documents portal payments that do not come from Sage: {portal_ids}.",
        action_es="Nada.",
        action_en="Nothing.",
    ),
    "payment_not_in_sage": _waits(
        "Sage no tiene contabilizado el pago {payments}.",
        "Sage has not posted payment {payments}.",
        "Contabilice el pago en Sage.",
        "Post the payment in Sage.",
    ),
    "complement_without_payment": _waits(
        "No se sabe a qué pago corresponde el complemento (documentos: {documents}).",
        "It is not known which payment the complement documents (invoices: {documents}).",
        "Asócielo a su pago en el portal.",
        "Attach it to its payment in the portal.",
    ),
    "sql_writes_off": Message(
        es="El complemento {uuid} no se escribe: la empresa no permite escribir en Sage por SQL.",
        en="Complement {uuid} is not written: the company does not allow SQL writes to Sage.",
        action_es="Captúrelo en Sage, o active payments.allow_sage_sql_writes.",
        action_en="Enter it in Sage, or switch payments.allow_sage_sql_writes on.",
    ),
    "other_uuid_present": _waits(
        "El pago ya tiene en Sage el UUID {stored}; el portal ofrece {offered}.",
        "The payment has UUID {stored} in Sage already; the portal offers {offered}.",
        "Corrija el campo en Sage, o cancele el complemento que sobra.",
        "Mend the field in Sage, or have the surplus complement cancelled.",
    ),
    "complement_field_unusable": _waits(
        "El campo opcional {field} de Sage no sirve para el complemento ({reason}).",
        "Sage's optional field {field} cannot hold the complement ({reason}).",
        "Corrija su definición en Sage (texto o fecha, sin validación).",
        "Mend its definition in Sage (text or date, not validated).",
    ),
    "several_complements": Message(
        es="El pago tiene varios complementos vigentes: {uuids}; queda el primero.",
        en="The payment has several valid complements: {uuids}; the first one stays.",
        action_es="Pida al proveedor que cancele los que sobran; `dismiss` si están bien.",
        action_en="Ask the supplier to cancel the surplus ones; `dismiss` if they are right.",
    ),
}
