"""Texts of the findings of cfdi_download."""

from portal_pipeline.messages.base import Message

_AGAIN_ES = "Pida al proveedor que suba el XML correcto al portal; se reintenta a intervalos. "
_AGAIN_EN = "Ask the supplier to upload the right XML to the portal; it is retried at intervals. "
_EXITS_ES = "`requeue` para intentar ya; `dismiss` si se atendió de otra forma."
_EXITS_EN = "`requeue` to try now; `dismiss` if handled otherwise."

MESSAGES: dict[str, Message] = {
    "other_company": Message(
        es="El receptor es {receiver_rfc}, no {company_rfc}: es de otra empresa.",
        en="The receiver is {receiver_rfc}, not {company_rfc}: it belongs to another company.",
        action_es="Nada: la empresa receptora lo toma. `dismiss` para no verlo más.",
        action_en="Nothing: the receiving company takes it. `dismiss` to see it no more.",
    ),
    "not_a_cfdi": Message(
        es="El portal lo lista como {document_type}: no es un CFDI.",
        en="The portal lists it as {document_type}: it is no CFDI.",
        action_es="Captúrelo en Sage a mano, o admita el tipo en `cfdi.document_types`. "
        + "`dismiss` para no verlo más.",
        action_en="Capture it in Sage by hand, or admit its type in `cfdi.document_types`. "
        + "`dismiss` to see it no more.",
    ),
    "cfdi_type_not_treated": Message(
        es="Es un CFDI de tipo {cfdi_type} (nómina, traslado u otro): no se importa.",
        en="It is a CFDI of type {cfdi_type} (payroll, transfer or other): it is not imported.",
        action_es="Nada. `dismiss` para no verlo más.",
        action_en="Nothing. `dismiss` to see it no more.",
    ),
    "listed_without_uuid": Message(
        es="El portal lo lista sin UUID (documento {portal_id}, estado {status}).",
        en="The portal lists it without UUID (document {portal_id}, status {status}).",
        action_es=_AGAIN_ES + _EXITS_ES,
        action_en=_AGAIN_EN + _EXITS_EN,
    ),
    "listed_under_its_uuid": Message(
        es="El portal ya lo lista con su UUID, {uuid}: se sigue bajo este.",
        en="The portal lists it with its UUID by now, {uuid}, and it is followed under that.",
        action_es="Nada. `dismiss` para no verlo más.",
        action_en="Nothing. `dismiss` to see it no more.",
    ),
    "xml_missing": Message(
        es="El portal no entrega el XML: {detail}",
        en="The portal does not give the XML: {detail}",
        action_es=_AGAIN_ES + _EXITS_ES,
        action_en=_AGAIN_EN + _EXITS_EN,
    ),
    "xml_unreadable": Message(
        es="El archivo no es un CFDI legible ({verdict}): {reason}",
        en="The file is no readable CFDI ({verdict}): {reason}",
        action_es=_AGAIN_ES + _EXITS_ES,
        action_en=_AGAIN_EN + _EXITS_EN,
    ),
    "xml_of_other_cfdi": Message(
        es="El XML es de otro CFDI: {found}.",
        en="The XML is of another CFDI: {found}.",
        action_es=_AGAIN_ES + _EXITS_ES,
        action_en=_AGAIN_EN + _EXITS_EN,
    ),
    "xml_receiver_differs": Message(
        es="El XML dice receptor {receiver_rfc}, no {company_rfc}.",
        en="The XML says receiver {receiver_rfc}, not {company_rfc}.",
        action_es=_AGAIN_ES + _EXITS_ES,
        action_en=_AGAIN_EN + _EXITS_EN,
    ),
    "xml_changed": Message(
        es="El portal entrega otro archivo que el archivado (huella {archived}, ahora {received}).",
        en="The portal gives another file than the archived one (hash {archived}, now {received}).",
        action_es="Se conserva el primero. Compare ambos con el proveedor. " + _EXITS_ES,
        action_en="The first one is kept. Compare both with the supplier. " + _EXITS_EN,
    ),
}
