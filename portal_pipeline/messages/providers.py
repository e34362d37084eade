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
}
