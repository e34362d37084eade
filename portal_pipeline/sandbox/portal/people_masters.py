"""People who set a tenant up: its keys, companies, bank accounts, suppliers and their dossiers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from portal_pipeline.sandbox.portal.errors import PortalError
from portal_pipeline.sandbox.portal.providers import link_provider
from portal_pipeline.sandbox.portal.records import (
    BankAccount,
    Company,
    Dossier,
    Provider,
    Tenant,
)
from portal_pipeline.sandbox.portal.state import Desk


class MastersDesk(Desk):
    """What administrators and suppliers do at the portal's screens.

    ``key`` names a record for its id, which never changes; external ids may.
    """

    def add_tenant(
        self, tenant: str, *, name: str, rfc: str, api_key: str, api_secret: str
    ) -> Tenant:
        """A new tenant with its pair of keys."""
        with self._portal.lock:
            created = Tenant(tenant, name, rfc, api_key, api_secret, self._portal.now())
            self._portal.store.put(created)
            return created

    def add_company(self, tenant: str, *, external_id: str, name: str, rfc: str) -> Company:
        """A legal entity of the tenant."""
        with self._portal.lock:
            created = Company(
                tenant=tenant,
                id=self._portal.id_for(tenant, "company", external_id),
                external_id=external_id,
                name=name,
                rfc=rfc,
                created_at=self._portal.now(),
            )
            self._portal.store.put(created)
            return created

    def add_bank_account(
        self,
        tenant: str,
        *,
        key: str,
        external_id: str = "",
        name: str,
        bank_name: str,
        account_number: str,
        clabe: str = "",
        currency: str = "MXN",
        active: bool = True,
    ) -> BankAccount:
        """A bank account of the tenant."""
        with self._portal.lock:
            created = BankAccount(
                tenant=tenant,
                id=self._portal.id_for(tenant, "bank_account", key),
                external_id=external_id,
                name=name,
                bank_name=bank_name,
                account_number=account_number,
                clabe=clabe,
                currency=currency,
                created_at=self._portal.now(),
                active=active,
            )
            self._portal.store.put(created)
            return created

    def add_provider(
        self,
        tenant: str,
        *,
        key: str,
        name: str,
        rfc: str,
        external_id: str = "",
        type: str = "REGULAR",  # noqa: A002 - the portal's own name
        status: str = "ENABLED",
        tax_id: str = "",
        country: str = "MEX",
        currency: str = "MXN",
        credit_days: int = 0,
        company_ids: tuple[str, ...] | None = None,
        dossier: Dossier | None = None,
    ) -> Provider:
        """A supplier; related to all companies of the tenant unless told otherwise."""
        with self._portal.lock:
            companies = self._portal.store.companies.newest(tenant)
            created = Provider(
                tenant=tenant,
                id=self._portal.id_for(tenant, "provider", key),
                external_id=external_id,
                name=name,
                rfc=rfc,
                created_at=self._portal.now(),
                tax_id=tax_id,
                country=country,
                status=status,
                type=type,
                currency=currency,
                credit_days=credit_days,
                company_ids=tuple(c.id for c in companies) if company_ids is None else company_ids,
                dossier=dossier,
            )
            self._portal.store.put(created)
            return created

    def send_dossier(self, tenant: str, provider_id: str, dossier: Dossier) -> Provider:
        """The supplier sends or edits its dossier, with the status that the dossier names."""
        with self._portal.lock:
            return self._put_provider(replace(self._provider(tenant, provider_id), dossier=dossier))

    def accept_dossier(
        self, tenant: str, provider_id: str, *, at: datetime | None = None
    ) -> Provider:
        """The tenant accepts the dossier; the approval's instant is now unless given."""
        return self._review_dossier(tenant, provider_id, "ACCEPTED", at)

    def reject_dossier(self, tenant: str, provider_id: str) -> Provider:
        """The tenant rejects the dossier."""
        return self._review_dossier(tenant, provider_id, "REJECTED", None)

    def set_provider_enabled(self, tenant: str, provider_id: str, *, enabled: bool) -> Provider:
        """Enables or disables a supplier."""
        with self._portal.lock:
            status = "ENABLED" if enabled else "DISABLED"
            return self._put_provider(replace(self._provider(tenant, provider_id), status=status))

    def delete_provider(self, tenant: str, provider_id: str) -> None:
        """The portal's support takes a supplier out, such as one that registered twice."""
        with self._portal.lock:
            self._portal.store.delete(self._provider(tenant, provider_id))

    def link_provider_by_person(self, tenant: str, provider_id: str, external_id: str) -> Provider:
        """A person types the vendor number at the screen; empty takes the link away."""
        with self._portal.lock:
            provider = self._provider(tenant, provider_id)
            if not external_id:
                return self._put_provider(replace(provider, external_id=""))
            return link_provider(self._portal, provider, external_id)

    def _review_dossier(
        self, tenant: str, provider_id: str, status: str, at: datetime | None
    ) -> Provider:
        with self._portal.lock:
            provider = self._provider(tenant, provider_id)
            now = at or self._portal.now()
            dossier = replace(
                provider.dossier or Dossier(status="SENT"),
                status=status,
                approved_at=now if status == "ACCEPTED" else None,
                reviewed_at=now,
            )
            return self._put_provider(replace(provider, dossier=dossier))

    def _put_provider(self, provider: Provider) -> Provider:
        self._portal.store.put(provider)
        return provider

    def _provider(self, tenant: str, provider_id: str) -> Provider:
        provider = self._portal.store.providers.get(tenant, provider_id)
        if provider is None:
            raise PortalError(404, "PROVIDERS__NOT_FOUND", f"no provider {provider_id}")
        return provider
