"""A bench where suppliers apply: dossiers in the portal, vendors in Sage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from portal_pipeline.core.decisions import DocumentRow
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.tenant import VendorRules
from portal_pipeline.ledger.people import WaysOut
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.web_api import ReadRetry, SageWebApi
from portal_pipeline.sandbox.http import Handler, mock_transport
from portal_pipeline.sandbox.portal import Dossier, DossierEntry, Provider
from portal_pipeline_tests.contract.controllers.bench import ORG, Bench

RFC = "PRO010101AB1"
DOSSIER = Dossier(
    status="SENT",
    addresses=(DossierEntry("fiscal", {"street": "Calle Uno", "zip_code": "64000"}),),
    contacts=(DossierEntry("ventas", {"first_name": "Ana", "email": "ana@aceros.mx"}),),
    bank_accounts=(DossierEntry("MXN", {"bank_name": "BBVA", "clabe": "0121", "currency": "MXN"}),),
)
CREATING = VendorRules(
    create_vendors=True, group="NAC", terms="N30", tax_group="IVA16", number_rule="prefix:P"
)


class Reception(Bench):
    """The bench's own supplier is linked on both sides and accepted; others apply."""

    def __init__(self, folder: Path, **given: Any) -> None:
        super().__init__(folder, **given)
        self.password = "secret"
        self.web_api_handler: Handler | None = self.web_api.handle
        self.portal.accept_dossier(self.key, self.provider.id)

    def _web_api_client(self) -> SageWebApi | None:  # type: ignore[override]
        if self.web_api_handler is None:
            return None
        return SageWebApi(
            base_url="https://sage.example",
            company=ORG,
            user="PIPE",
            password=SecretStr(self.password),
            transport=mock_transport(self.web_api_handler),
            retry=ReadRetry(wait_initial_s=0, wait_max_s=0),
        )

    def apply(self, name: str, *, accept: bool = True, **given: Any) -> Provider:
        """A supplier applies; its dossier is accepted."""
        provider = self.portal.add_provider(
            self.key, **{"key": name, "name": name, "rfc": RFC, "dossier": DOSSIER, **given}
        )
        if accept:
            self.portal.accept_dossier(self.key, provider.id)
        return provider

    def external_id(self, provider: Provider) -> str:
        """The vendor number that the portal holds."""
        found = self.portal.provider(self.key, provider.id)
        assert found is not None
        return found.external_id

    def vendors_of(self, provider: Provider) -> list[str]:
        """Vendors in Sage that name the provider."""
        fields = sage_table("APVENO")
        query = select(fields.c.VENDORID).where(
            fields.c.OPTFIELD == "PROVIDERID", fields.c.VALUE == provider.id
        )
        with self.company.engine.connect() as connection:
            return sorted(connection.execute(query).scalars())

    def vendor_row(self, number: str) -> Mapping[str, Any]:
        """A vendor's record in Sage."""
        table = sage_table("APVEN")
        with self.company.engine.connect() as connection:
            query = select(table).where(table.c.VENDORID == number)
            return connection.execute(query).mappings().one()

    def optional_fields(self, number: str) -> dict[str, str]:
        """A vendor's optional fields in Sage."""
        fields = sage_table("APVENO")
        query = select(fields.c.OPTFIELD, fields.c.VALUE).where(fields.c.VENDORID == number)
        with self.company.engine.connect() as connection:
            return {row.OPTFIELD: row.VALUE for row in connection.execute(query)}

    def told(self, provider: Provider) -> dict[str, str]:
        """Operation -> finding code, or status where it has none."""
        rows = self.ledger.operations(DocumentKind.PROVIDER, [provider.id])
        return {
            operation.value: row.finding.code if row.finding else row.status.value
            for (_, operation), row in rows.items()
        }

    def document(self, provider: Provider) -> DocumentRow:
        """What the ledger keeps of the provider."""
        return self.ledger.documents(DocumentKind.PROVIDER, [provider.id])[provider.id]

    def requeue(self, provider: Provider, operation: Operation, number: str = "") -> None:
        """A person asks for another attempt now."""
        ref = DocumentRef(kind=DocumentKind.PROVIDER, key=provider.id)
        people = WaysOut(self.ledger, user="ana", reason="test")
        people.requeue(ref, operation, number=number)

    def change_dossier(self, provider: Provider, **changes: Any) -> None:
        """The supplier edits its dossier, and the tenant accepts it again."""
        self.portal.send_dossier(self.key, provider.id, replace(DOSSIER, **changes))
        self.portal.accept_dossier(self.key, provider.id)
