"""Texts of the findings that any controller can have."""

from portal_pipeline.messages.base import Message

MESSAGES: dict[str, Message] = {
    "dry_run": Message(
        es="Se haría ahora ({operation}), pero la empresa está en simulación.",
        en="It would be done now ({operation}), but the company is in dry run.",
        action_es="Revise el plan; con mode = 'live' saldrá solo. `dismiss` si ya se atendió.",
        action_en="Review the plan; with mode = 'live' it goes by itself. `dismiss` if handled.",
    ),
    "outcome_unknown": Message(
        es="No se sabe si {operation} llegó a su destino: {detail}.",
        en="It is not known whether {operation} arrived: {detail}.",
        action_es="El siguiente ciclo lo busca en el destino antes de enviar de nuevo. `requeue` "
        "para buscar ya; `dismiss` si se resolvió a mano.",
        action_en="The next cycle looks it up in the target before sending again. `requeue` to "
        "look now; `dismiss` if settled by hand.",
    ),
    "refused_by_remote": Message(
        es="{system} lo rechazó ({answer_code}): {answer}",
        en="{system} refused it ({answer_code}): {answer}",
        action_es="Corrija el documento en su origen; se reintenta al cambiar y a intervalos. "
        "`requeue` para intentar ya; `dismiss` si se atendió de otra forma.",
        action_en="Mend the document at its source; it is tried again when it changes and at "
        "intervals. `requeue` to try now; `dismiss` if handled otherwise.",
    ),
    "attempts_used_up": Message(
        es="{system} lo rechazó {attempts} veces y no se reintenta solo: {answer}",
        en="{system} refused it {attempts} times and it is not tried again by itself: {answer}",
        action_es="Corrija el documento, o use `requeue` cuando la causa esté resuelta; `dismiss` "
        "si ya no procede.",
        action_en="Mend the document, or `requeue` when the cause is gone; `dismiss` if it is no "
        "longer needed.",
    ),
    "next_cycle": Message(
        es="Se agotó el tiempo o el destino dejó de responder; queda para el siguiente ciclo.",
        en="Time ran out or the target stopped answering; left for the next cycle.",
        action_es="Nada: saldrá solo. `dismiss` si ya no procede.",
        action_en="Nothing: it goes by itself. `dismiss` if it is no longer needed.",
    ),
    "plan_above_guard": Message(
        es="El plan tiene {count} envíos (límite {limit}) por {amount}; no se hizo ninguno.",
        en="The plan has {count} acts (limit {limit}) for {amount}; none was done.",
        action_es="Revise el plan y libere con `confirm`; `dismiss` lo que no deba salir.",
        action_en="Review the plan and release it with `confirm`; `dismiss` what must not go.",
    ),
    "before_start": Message(
        es="Es del {date}, anterior al inicio ({start_date}).",
        en="It is of {date}, before the start ({start_date}).",
        action_es="Nada; `admit` si debe tratarse.",
        action_en="Nothing; `admit` if it must be treated.",
    ),
    "before_start_not_in_target": Message(
        es="Es del {date}, anterior al inicio ({start_date}), y no está en el destino: pudo "
        "perderse antes.",
        en="It is of {date}, before the start ({start_date}), and not in the target: it may have "
        "been lost before.",
        action_es="`admit` para tratarlo, `link` si ya está con otro nombre, `dismiss` si no "
        "procede.",
        action_en="`admit` to treat it, `link` if it is there under another name, `dismiss` if it "
        "is not needed.",
    ),
    "unexpected_error": Message(
        es="Error inesperado con este documento: {detail}",
        en="Unexpected error with this document: {detail}",
        action_es="Se reintenta en el siguiente ciclo. `requeue` para intentar ya; `dismiss` si se "
        "atendió; si se repite, avise a soporte con este texto.",
        action_en="It is tried again in the next cycle. `requeue` to try now; `dismiss` if "
        "handled; if it repeats, report this text.",
    ),
    "listing_incomplete": Message(
        es="La lista {listing} no se leyó completa ({detail}); lo que falta queda sin decidir.",
        en="The list {listing} was not read to its end ({detail}); nothing is concluded from it.",
        action_es="El siguiente ciclo la lee de nuevo; `requeue` para leer ya.",
        action_en="The next cycle reads it again; `requeue` to read now.",
        words_es={
            "providers": "de proveedores",
            "purchase orders": "de órdenes de compra",
            "bank accounts": "de cuentas bancarias",
            "CFDIs by UUID": "de CFDI por UUID",
        },
    ),
}
