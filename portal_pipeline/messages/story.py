"""The words of a document's story: names of its milestones, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping

TIME_FORMAT = "%d/%m/%Y %H:%M"
DAY_FORMAT = "%d/%m/%Y"

Words = tuple[str, str]
"""(Spanish, English)."""

LABELS: Mapping[str, Words] = {
    "listed": ("en la lista", "listed"),
    "seen": ("visto", "first seen"),
    "downloaded": ("descargado", "downloaded"),
    "checked": ("revisado", "checked"),
    "sent": ("enviado", "sent"),
    "in_sage": ("en Sage", "in Sage"),
    "posted": ("contabilizado", "posted"),
    "refused": ("rechazado", "refused"),
    "confirmed": ("confirmado", "confirmed"),
    "paid_by": ("pagado por", "paid by"),
    "closed_by": ("lo cierra", "closed by"),
    "lowers": ("descuenta a", "lowers"),
    "purchase_order": ("orden", "purchase order"),
    "pays": ("paga", "pays"),
    "in_portal": ("en el portal", "in the portal"),
    "reversed": ("revertido", "taken back"),
    "complement": ("complemento", "complement"),
    "written": ("en Sage", "in Sage"),
    "documents": ("documenta", "documents"),
    "closes": ("cierra", "closes"),
    "created": ("creado", "created"),
    "updated": ("actualizado", "updated"),
    "closed": ("cerrada", "closed"),
    "cancelled": ("cancelada", "cancelled"),
    "invoiced_by": ("facturada por", "invoiced by"),
    "vendor": ("proveedor", "vendor"),
    "vendor_number": ("número", "vendor number"),
    "now": ("ahora", "now"),
}
"""By milestone; the order is that of the code which tells them."""

PHRASES: Mapping[str, Words] = {
    # The portal and the archive.
    "listed": ("en el portal con estado {state}", "in the portal with status {state}"),
    "approved_on": ("aprobado el {day}", "approved on {day}"),
    "is_cancelled": ("cancelado", "cancelled"),
    "bytes": ("sha256 {sha256}", "sha256 {sha256}"),
    "not_checked": ("sin revisar", "not checked"),
    "ok": ("sin hallazgos", "no findings"),
    "valid": ("válido", "valid"),
    "invalid": ("inválido", "invalid"),
    "absent": ("sin sello", "no seal"),
    "checked": (
        "{check}; sello: {seal}; esquema: {schema}",
        "{check}; seal: {seal}; schema: {schema}",
    ),
    # Sending.
    "attempt": ("intento {number}", "attempt {number}"),
    "by_way": ("por {way}", "by {way}"),
    "web_api": ("la Web API de Sage", "Sage's Web API"),
    "executable": ("el programa de importación", "the import program"),
    "as_number": ("como {name}", "as {name}"),
    "not_by_us": (
        "no por nosotros: otro lo capturó en Sage",
        "not by us: someone else captured it in Sage",
    ),
    # Sage.
    "place": ("lote {batch}, partida {entry}", "batch {batch}, entry {entry}"),
    "said_by": ("según {source}", "says {source}"),
    "import": ("nuestra importación", "our own import"),
    "person": ("una persona (link)", "a person (link)"),
    "automatic": (
        "coincidencia única de proveedor, número, total y moneda",
        "the only match of vendor, number, total and currency",
    ),
    "sage": ("el UUID en Sage", "the UUID in Sage"),
    "uuid": ("UUID en FOLIOCFD", "UUID in FOLIOCFD"),
    "by_uuid": ("UUID en FOLIOCFD de {name} ({where})", "UUID in FOLIOCFD of {name} ({where})"),
    "by_link": ("es {name}, según {source}", "it is {name}, says {source}"),
    "by_reading": ("leído en Sage", "read in Sage"),
    "ap_entry": ("partida de C/P", "A/P entry"),
    "posted": ("documento contabilizado", "posted document"),
    "po_invoice": ("factura de O.C.", "PO invoice"),
    "po_credit_note": ("nota de crédito de O.C.", "PO credit note"),
    "posted_by_us": ("por nosotros, secuencia {sequence}", "by us, posting sequence {sequence}"),
    "posted_seen": ("visto en Sage", "seen in Sage"),
    # What belongs to it.
    "and_more": ("y {count} más", "and {count} more"),
    "of_amount": ("{amount} del {day}", "{amount} of {day}"),
    "unknown_to_ledger": ("aún sin datos", "not known yet"),
    "portal_payment": ("en el portal ({state})", "in the portal ({state})"),
    "waits": ("en espera: {text}", "waits: {text}"),
    "is_refused": ("rechazado: {text}", "refused: {text}"),
    "is_in_doubt": ("en duda: {text}", "in doubt: {text}"),
    "is_left_out": ("no es nuestro: {text}", "not ours: {text}"),
    "is_dismissed": ("descartado", "dismissed"),
    "is_confirmed": ("confirmado en Sage", "confirmed in Sage"),
    "is_done": ("hecho", "done"),
    "is_written": ("escrito en Sage", "written in Sage"),
    "complement_of": ("{amount} pagado el {day}", "{amount} paid on {day}"),
    "in_state": ("estado {state}", "status {state}"),
    "lines": ("partidas {lines}", "lines {lines}"),
    "order_by_id": ("orden del portal {id}", "portal order {id}"),
    "no_longer_named": ("el portal ya no lo nombra", "the portal names it no longer"),
    # Payments, orders, suppliers.
    "payment_seen": (
        "{amount} del {day}, lote y partida {place}",
        "{amount} of {day}, batch and entry {place}",
    ),
    "order_seen": ("{amount} del {day}, en Sage {state}", "{amount} of {day}, in Sage {state}"),
    "portal_id": ("{id}, estado {state}", "{id}, status {state}"),
    "ended_succeed": ("por nosotros", "by us"),
    "ended_adopt": ("ya estaba: se adoptó", "it was there already: adopted"),
    "ended_confirm_done": ("visto al leer", "seen when reading"),
    # Now.
    "now_waits": ("{operation} en espera: {text}", "{operation} waits: {text}"),
    "now_refused": ("{operation} rechazado: {text}", "{operation} refused: {text}"),
    "now_in_doubt": ("{operation} en duda: {text}", "{operation} in doubt: {text}"),
    "now_left_out": ("{operation} fuera de alcance: {text}", "{operation} out of scope: {text}"),
    "now_dismissed": (
        "{operation} descartado por {actor}: {reason}",
        "{operation} dismissed by {actor}: {reason}",
    ),
    "now_asked": (
        "{text} ({event}, {actor}: {reason})",
        "{text} ({event}, {actor}: {reason})",
    ),
    "now_noted": ("{operation}: {text}", "{operation}: {text}"),
    "nothing_waits": ("nada en espera", "nothing waits"),
    "history_cut": (
        "{count} eventos intermedios no se muestran",
        "{count} events in between are not shown",
    ),
    "links_cut": (
        "{count} ligas {relation} más antiguas no se muestran",
        "{count} older links {relation} are not shown",
    ),
    # What has not happened.
    "no": ("no", "no"),
}


def say(name: str, language: str, /, **values: object) -> str:
    """A phrase in Spanish (``es``) or English (``en``).

    Raises:
        KeyError: there is no such phrase, or one of its values is missing.
    """
    spanish, english = PHRASES[name]
    return (spanish if language == "es" else english).format(**values)


def label(what: str, language: str) -> str:
    """The name of a milestone."""
    spanish, english = LABELS[what]
    return spanish if language == "es" else english


def how_known(code: str, language: str) -> str:
    """How a Sage document is known to be the CFDI's; a code of a newer release as it is."""
    return say(code, language) if code in PHRASES else code
