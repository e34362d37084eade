"""Texts of the findings of suppliers."""

from portal_pipeline.messages.base import Message

MESSAGES: dict[str, Message] = {
    "provider_conflict": Message(
        es="El proveedor {vendor} de Sage apunta a {provider} en el portal, pero también "
        "corresponde a {other}.",
        en="Sage vendor {vendor} names {provider} in the portal, but {other} fits it too.",
        action_es="Corrija PROVIDERID en Sage o la clave externa en el portal; después `requeue`. "
        "`dismiss` si no procede.",
        action_en="Mend PROVIDERID in Sage or the external id in the portal, then `requeue`. "
        "`dismiss` if not needed.",
    ),
    "rfc_mismatch": Message(
        es="El RFC del proveedor {vendor} en Sage ({vendor_rfc}) no es el del portal "
        "({provider_rfc}).",
        en="The RFC of vendor {vendor} in Sage ({vendor_rfc}) is not that of the portal "
        "({provider_rfc}).",
        action_es="Corrija el RFC donde esté mal y use `requeue`; `dismiss` si no procede.",
        action_en="Mend the RFC where it is wrong and `requeue`; `dismiss` if not needed.",
    ),
    "rfc_not_comparable": Message(
        es="El RFC del proveedor {vendor} no se pudo comparar (Sage {vendor_rfc}, portal "
        "{provider_rfc}).",
        en="The RFC of vendor {vendor} could not be compared (Sage {vendor_rfc}, portal "
        "{provider_rfc}).",
        action_es="Capture el RFC en Sage para que se pueda revisar; nada espera por esto.",
        action_en="Enter the RFC in Sage so that it can be checked; nothing waits for this.",
    ),
    "vendor_not_on_portal": Message(
        es="El proveedor {vendor} no está en el portal.",
        en="Vendor {vendor} is not on the portal.",
        action_es="Nada; al darse de alta en el portal se toma solo. `requeue` para revisar ya.",
        action_en="Nothing; when it joins the portal it is taken up by itself. `requeue` to check "
        "now.",
    ),
    "provider_of_other_company": Message(
        es="El proveedor {provider} no está relacionado en el portal con la empresa {rfc}.",
        en="Provider {provider} is not related to company {rfc} in the portal.",
        action_es="Relaciónelo en el portal si debe facturarle a esta empresa; `requeue` después.",
        action_en="Relate it in the portal if it may bill this company; then `requeue`.",
    ),
    "provider_external_id_missing": Message(
        es="El proveedor {provider} no tiene clave externa en el portal; será {vendor}.",
        en="Provider {provider} has no external id in the portal; it will be {vendor}.",
        action_es="provider_sync la escribe y el documento sale en el siguiente ciclo; `requeue` "
        "para revisar ya, `dismiss` si no procede.",
        action_en="provider_sync writes it and the document goes in the next cycle; `requeue` to "
        "check now, `dismiss` if not needed.",
    ),
    "vendor_for_currency": Message(
        es="El proveedor {name} ({provider}) no tiene exactamente un proveedor activo en Sage en "
        "{currency}: {found}.",
        en="Provider {name} ({provider}) has not exactly one active Sage vendor in {currency}: "
        "{found}.",
        action_es="Dé de alta o active el proveedor en esa moneda con su PROVIDERID; sale solo. "
        "`requeue` para revisar ya, `dismiss` si no procede.",
        action_en="Create or activate the vendor in that currency with its PROVIDERID; it goes by "
        "itself. `requeue` to check now, `dismiss` if not needed.",
    ),
    "provider_disabled": Message(
        es="El proveedor {provider} no está habilitado en el portal ({status}).",
        en="Provider {provider} is not enabled in the portal ({status}).",
        action_es="Nada; al habilitarse en el portal se toma solo.",
        action_en="Nothing; when it is enabled in the portal it is taken up by itself.",
    ),
    "provider_gone": Message(
        es="El proveedor {provider} ya no está en el portal.",
        en="Provider {provider} is no longer in the portal.",
        action_es="Nada; si vuelve a aparecer se toma solo.",
        action_en="Nothing; if it appears again it is taken up by itself.",
    ),
    "dossier_incomplete": Message(
        es="El expediente de {name} no está aceptado en el portal ({status}).",
        en="The dossier of {name} is not accepted in the portal ({status}).",
        action_es="Revise y acepte el expediente en el portal; sale solo. `requeue` para revisar "
        "ya, `dismiss` si no procede.",
        action_en="Review and accept the dossier in the portal; it goes by itself. `requeue` to "
        "check now, `dismiss` if not needed.",
    ),
    "vendor_to_be_created": Message(
        es="Falta dar de alta en Sage a {name} (RFC {rfc}, {type}, {currency}, {credit_days} días "
        "de crédito, número {number}). Domicilio: {address}. Contacto: {contact}. Proveedores de "
        "Sage con ese RFC y sin PROVIDERID: {namesakes}.",
        en="{name} is not in Sage yet (RFC {rfc}, {type}, {currency}, {credit_days} credit days, "
        "number {number}). Address: {address}. Contact: {contact}. Sage vendors with that RFC "
        "and without PROVIDERID: {namesakes}.",
        action_es="Dé de alta el proveedor en Sage con PROVIDERID = {provider}, o escríbalo en el "
        "que ya existe; lo demás sale solo. `requeue` para revisar ya, `dismiss` si no procede.",
        action_en="Create the vendor in Sage with PROVIDERID = {provider}, or write that into the "
        "existing one; the rest goes by itself. `requeue` to check now, `dismiss` if not needed.",
    ),
    "vendor_may_exist": Message(
        es="No se creó el proveedor {name}: Sage ya tiene {vendors} con el RFC {rfc} y sin "
        "PROVIDERID.",
        en="Vendor {name} was not created: Sage has {vendors} with RFC {rfc} and without "
        "PROVIDERID already.",
        action_es="Si es el mismo, escriba PROVIDERID = {provider} en Sage y sale solo; si es "
        "otro, `requeue` lo crea. `dismiss` si no procede.",
        action_en="If it is the same, write PROVIDERID = {provider} in Sage and it goes by itself; "
        "if it is another, `requeue` creates it. `dismiss` if not needed.",
    ),
    "vendor_default_missing": Message(
        es="No se puede crear el proveedor {name}: falta definir {missing}.",
        en="Vendor {name} cannot be created: {missing} is not set.",
        action_es="Complete la configuración (tabla vendors de la empresa) o créelo a mano en Sage "
        "con su PROVIDERID; sale solo. `requeue` para revisar ya, `dismiss` si no procede.",
        action_en="Complete the settings (table vendors of the company) or create it by hand in "
        "Sage with its PROVIDERID; it goes by itself. `requeue` to check now, `dismiss` if not "
        "needed.",
    ),
    "vendor_number_taken": Message(
        es="El número {number} que tocaría a {name} ya es de {holder}.",
        en="The number {number} that {name} would get belongs to {holder} already.",
        action_es="`requeue --number OTRO` para crearlo con otro número; si es el mismo proveedor, "
        "escriba su PROVIDERID en Sage. `dismiss` si no procede.",
        action_en="`requeue --number OTHER` to create it under another number; if it is the same "
        "supplier, write its PROVIDERID in Sage. `dismiss` if not needed.",
    ),
    "vendor_number_not_in_sage": Message(
        es="El proveedor {provider} tiene en el portal la clave externa {number}, que no existe "
        "en Sage.",
        en="Provider {provider} has external id {number} in the portal, which Sage does not have.",
        action_es="Corrija la clave en el portal o dé de alta ese número en Sage; sale solo. "
        "`requeue` para revisar ya, `dismiss` si no procede.",
        action_en="Mend the id in the portal or create that number in Sage; it goes by itself. "
        "`requeue` to check now, `dismiss` if not needed.",
    ),
    "external_id_follows_vendor": Message(
        es="La clave externa se escribe en el portal cuando el proveedor {vendor} exista en Sage.",
        en="The external id is written in the portal once vendor {vendor} exists in Sage.",
        action_es="Nada: sale solo en el siguiente ciclo. `requeue` para revisar ya, `dismiss` si "
        "no procede.",
        action_en="Nothing: it goes by itself in the next cycle. `requeue` to check now, `dismiss` "
        "if not needed.",
    ),
    "external_id_differs": Message(
        es="El proveedor {provider} tiene en el portal la clave externa {found}; se iba a escribir "
        "{wanted}.",
        en="Provider {provider} has external id {found} in the portal; {wanted} was to be written.",
        action_es="No se cambia lo que puso una persona; si es incorrecta corríjala en el portal. "
        "`requeue` para revisar ya, `dismiss` si no procede.",
        action_en="What a person wrote is not changed; if it is wrong mend it in the portal. "
        "`requeue` to check now, `dismiss` if not needed.",
    ),
    "web_api_not_set": Message(
        es="La empresa no tiene configurada la Web API de Sage; el proveedor no se puede escribir.",
        en="The company has no Sage Web API set; the vendor cannot be written.",
        action_es="Configure sage_web_api, o capture el cambio a mano en Sage; se reconoce solo. "
        "`requeue` para revisar ya, `dismiss` si no procede.",
        action_en="Set sage_web_api, or enter the change by hand in Sage; it is recognised by "
        "itself. `requeue` to check now, `dismiss` if not needed.",
    ),
    "vendor_change_not_stored": Message(
        es="Sage aceptó el cambio del proveedor {vendor}, pero al leerlo no está: {fields}.",
        en="Sage accepted the change of vendor {vendor}, but on reading back it is not there: "
        "{fields}.",
        action_es="Revise el proveedor y el campo opcional en Sage; se reintenta a intervalos. "
        "`requeue` para intentar ya, `dismiss` si se atendió.",
        action_en="Check the vendor and the optional field in Sage; it is tried again at "
        "intervals. `requeue` to try now, `dismiss` if handled.",
    ),
    "bank_data_changed": Message(
        es="El proveedor cambió sus cuentas bancarias en el portal (visto el {date}): antes "
        "{before}; ahora {now}.",
        en="The supplier changed its bank accounts in the portal (seen on {date}): before "
        "{before}; now {now}.",
        action_es="Confírmelo con el proveedor y actualice lo que use tesorería; aquí no se "
        "escribe nada.",
        action_en="Confirm it with the supplier and update what treasury uses; nothing is written "
        "here.",
    ),
    "terms_not_mapped": Message(
        es="No hay condiciones de Sage para {days} días de crédito; las del proveedor no se "
        "comparan.",
        en="There are no Sage terms for {days} credit days; the vendor's are not compared.",
        action_es="Agregue esos días a vendors.terms_by_credit_days.",
        action_en="Add those days to vendors.terms_by_credit_days.",
    ),
}
