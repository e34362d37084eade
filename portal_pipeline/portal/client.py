"""The portal as the rest of the product sees it: one client per tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from portal_pipeline.core.errors import ConfigError, DocumentError
from portal_pipeline.core.identity import upper_uuid
from portal_pipeline.core.outcomes import Absent, Unclear
from portal_pipeline.core.portal import (
    PortalBankAccount,
    PortalCfdi,
    PortalCompany,
    PortalPayment,
    PortalProvider,
    PortalPurchaseOrder,
    PortalTenant,
)
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal import files
from portal_pipeline.portal.addresses import Resolve, system_addresses
from portal_pipeline.portal.decisions import SYSTEM, Failure, Family
from portal_pipeline.portal.exchange import Exchange, path_segment
from portal_pipeline.portal.listing import Listing
from portal_pipeline.portal.look_up import LookUpResult, Seen, absent_or_unclear, look_up_in_list
from portal_pipeline.portal.parse import cfdis, masters, payments, providers, purchase_orders
from portal_pipeline.portal.rate_limit import RateLimiter
from portal_pipeline.portal.reads import PortalLists, chunks, missing_id, parsed
from portal_pipeline.portal.retry import ReadRetry
from portal_pipeline.portal.transport import PortalTimeouts, Query, Transport, WireTransport
from portal_pipeline.portal.writes import PortalWrites

MAX_BODY_BYTES = 20_000_000
MAX_PAGE_COUNT = 500
OPEN_PO_STATUSES = ("OPEN", "GENERATED")
_EXTERNAL: Query = (("id_type", "EXTERNAL"),)
_NO_VALIDATIONS: Query = (("hideValidations", "true"),)


class PortalClient(PortalWrites):
    """All that we ask of the portal for one tenant; thread-safe; close it, or use ``with``.

    Reads are repeated when that can help and give models, or a :class:`Listing` that says whether
    it is complete. Writes (inherited) are sent once and give an outcome.
    """

    def __init__(
        self,
        *,
        base_url: str,
        tenant_id: str,
        key: SecretStr,
        secret: SecretStr,
        transport: WireTransport | None = None,
        timeouts: PortalTimeouts | None = None,
        limiter: RateLimiter | None = None,
        retry: ReadRetry | None = None,
        max_page_count: int = MAX_PAGE_COUNT,
        max_body_bytes: int = MAX_BODY_BYTES,
        file_hosts: Collection[str] = files.FILE_HOSTS,
        resolve: Resolve | None = None,
    ) -> None:
        """Raises ConfigError for a base URL, tenant id or keys that cannot be right.

        ``resolve`` looks up the hosts of file links; None: this machine's resolver, or none where
        ``transport`` takes the place of sockets.
        """
        auth_headers = {
            "PDPTenantKey": _header_value(key, "key"),
            "PDPTenantSecret": _header_value(secret, "secret"),
        }
        try:
            path_segment(tenant_id)
        except DocumentError as error:
            raise ConfigError(
                error.message, system=SYSTEM, remedy="mend the tenant's portal tenant id"
            ) from None
        exchange = Exchange(
            base_url=base_url,
            tenant_id=tenant_id,
            auth_headers=auth_headers,
            transport=Transport(
                timeouts=timeouts or PortalTimeouts(),
                max_body_bytes=max_body_bytes,
                transport=transport,
            ),
            redactor=Redactor(auth_headers.values()),
            retry=retry or ReadRetry(),
            limiter=limiter,
            resolve=resolve or (None if transport else system_addresses),
        )
        super().__init__(exchange)
        self._tenant_id = tenant_id
        self._lists = PortalLists(exchange, max_page_count)
        self._file_hosts = tuple(file_hosts)

    def __repr__(self) -> str:
        return f"PortalClient({self._exchange.base_url}, tenant {self._tenant_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connections back."""
        self._exchange.close()

    # The tenant and what it is made of.

    def tenant(self) -> PortalTenant:
        """The tenant that our keys belong to: the credential probe (sheet 1)."""
        return parsed(self._exchange.read("", missing=missing_id), masters.tenant, "tenant")

    def companies(self) -> Listing[PortalCompany]:
        """The legal entities of the tenant."""
        return self._lists.read("/companies", (), masters.company, name="companies")

    def bank_accounts(self) -> Listing[PortalBankAccount]:
        """The accounts from which payments are made."""
        return self._lists.read(
            "/tenant-bank-accounts", (), masters.bank_account, name="bank accounts"
        )

    # Suppliers.

    def providers(
        self, *, accepted_from: date | None = None, status: str | None = "ENABLED"
    ) -> Listing[PortalProvider]:
        """Suppliers; with ``accepted_from`` those whose dossier was accepted on that day or later.

        ``status=None`` gives disabled ones, too.
        """
        query: list[tuple[str, str]] = []
        if status is not None:
            query.append(("status", status))
        if accepted_from is not None:
            query.append(("statusExpedient", "ACCEPTED"))
            query.append(("expedientAcceptedFrom", accepted_from.isoformat()))
        return self._lists.read("/providers", query, providers.provider, name="providers")

    def provider(self, provider_id: str) -> PortalProvider | None:
        """One supplier by portal id; None when the portal does not have it."""
        body = self._exchange.read(f"/providers/{path_segment(provider_id)}", missing=missing_id)
        if isinstance(body, Failure) and body.family is Family.ABSENT:
            return None
        found = parsed(body, providers.provider, f"provider {provider_id}")
        if found.id.lower() != provider_id.lower():
            raise DocumentError(
                f"provider {provider_id}: the portal answers with another one",
                system=SYSTEM,
                remedy="look the provider up in the portal",
            )
        return found

    # CFDIs.

    def invoices(self, stage: str, kind: str = "INVOICE") -> Listing[PortalCfdi]:
        """All invoices in a stage, without dates (an approval may come weeks later, sheet 4.1).

        Advances are a kind of their own (``ADVANCE``) that the filter for invoices leaves out.
        """
        query = (("cfdiType", kind), ("stage", stage))
        return self._cfdis(query, f"{kind} in {stage}")

    def cfdis_created(
        self, kind: str, created_from: date, created_until: date, *, stage: str | None = None
    ) -> Listing[PortalCfdi]:
        """Documents of a kind (CREDIT_NOTE, PAYMENT_CFDI, INVOICE) created from one day to another.

        Both days are included; the caller keeps windows to a month (limits are unknown, sheet 4.1).
        """
        query = [
            ("cfdiType", kind),
            ("createdFrom", created_from.isoformat()),
            ("createdUntil", created_until.isoformat()),
        ]
        if stage is not None:
            query.append(("stage", stage))
        return self._cfdis(query, f"{kind} created {created_from} to {created_until}")

    def cfdis_by_uuid(self, uuids: Sequence[str]) -> Listing[PortalCfdi]:
        """The documents with these UUIDs, at most 100 a request, and no others."""
        wanted = [upper_uuid(uuid) for uuid in uuids if uuid.strip()]
        listing = self._lists.read_parts(
            chunks(wanted),
            lambda part: self._cfdis([("uuids", uuid) for uuid in part], "CFDIs by UUID"),
            name="CFDIs by UUID",
            id_of=lambda cfdi: cfdi.id,
        )
        asked = set(wanted)
        return listing.only(lambda cfdi: cfdi.uuid in asked)

    def cfdi_xml(self, cfdi_id: str) -> bytes:
        """The XML of a document, by portal id; errors as :func:`files.cfdi_xml`."""
        return files.cfdi_xml(self._exchange, cfdi_id, self._file_hosts)

    # Purchase orders.

    def purchase_orders(self, po_numbers: Iterable[str]) -> Listing[PortalPurchaseOrder]:
        """The orders with these numbers, at most 100 a request, and no others."""
        wanted = [number.strip() for number in po_numbers if number.strip()]
        listing = self._lists.read_parts(
            chunks(wanted),
            lambda part: self._orders([("external_ids", number) for number in part]),
            name="purchase orders by number",
            id_of=lambda order: order.id,
        )
        asked = set(wanted)
        return listing.only(lambda order: order.external_id in asked)

    def open_purchase_orders(self) -> Listing[PortalPurchaseOrder]:
        """The orders that are not finished in the portal (OPEN or GENERATED)."""
        return self._lists.read_parts(
            OPEN_PO_STATUSES,
            lambda status: self._orders([("status", status)]),
            name="open purchase orders",
            id_of=lambda order: order.id,
        )

    def purchase_order(self, po_number: str) -> LookUpResult[PortalPurchaseOrder]:
        """Whether the portal has an order with our number; never raises.

        Asked of the list: only a complete list without it says "absent" (sheet 5.4).
        """
        name = f"purchase order {po_number}"
        if not po_number.strip():
            return Unclear(detail="a purchase order without a number cannot be looked up")
        return look_up_in_list(lambda: self.purchase_orders([po_number]), po_number.strip(), name)

    # Payments.

    def payment(self, payment_number: str) -> PortalPayment | None:
        """The payment with our number; None when the portal clearly does not have it.

        Raises:
            SystemUnavailable: when the portal does not answer.
            CredentialsRefused: when it refuses our keys.
            DocumentError: when its answer is not about our number.
        """
        return self._payment(payment_number, _EXTERNAL, f"payment {payment_number}")

    def payment_by_id(self, payment_id: str) -> PortalPayment | None:
        """The payment with that portal id; errors as :meth:`payment`."""
        return self._payment(payment_id, (), f"payment with id {payment_id}")

    def look_up_payment(self, payment_number: str) -> LookUpResult[PortalPayment]:
        """Whether the portal has a payment with our number; never raises."""
        name = f"payment {payment_number}"
        try:
            body = self._read_payment(payment_number, _EXTERNAL)
            if isinstance(body, Failure):
                return absent_or_unclear(body, name)
            found = parsed(body, payments.payment, name)
        except DocumentError as error:
            return Unclear(detail=str(error))
        if found.external_id != payment_number.strip():
            return Unclear(detail=f"{name}: the portal answers with another one")
        return Seen(found)

    def _payment(self, name_in_path: str, query: Query, what: str) -> PortalPayment | None:
        body = self._read_payment(name_in_path, query)
        if isinstance(body, Failure) and isinstance(absent_or_unclear(body, what), Absent):
            return None
        found = parsed(body, payments.payment, what)
        asked = name_in_path.strip()
        if asked != found.external_id if query else asked.lower() != found.id:
            raise DocumentError(
                f"{what}: the portal answers with another one",
                system=SYSTEM,
                remedy="look the payment up in the portal",
            )
        return found

    def _read_payment(self, name_in_path: str, query: Query) -> JsonObject | Failure:
        segment = path_segment(name_in_path.strip())
        return self._exchange.read(f"/payments/{segment}", query, missing=missing_id)

    def _cfdis(self, query: Query, name: str) -> Listing[PortalCfdi]:
        return self._lists.read(
            "/cfdis",
            (*query, *_NO_VALIDATIONS),
            cfdis.cfdi,
            name=name,
            uuid_of=lambda cfdi: cfdi.uuid,
        )

    def _orders(self, query: Query) -> Listing[PortalPurchaseOrder]:
        return self._lists.read(
            "/purchase-orders", query, purchase_orders.purchase_order, name="purchase orders"
        )


def _header_value(secret: SecretStr, name: str) -> str:
    """The secret as a header can carry it.

    Raises:
        ConfigError: when it is blank or holds what no header may (the value is not shown).
    """
    value = secret.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable():
        raise ConfigError(
            f"the portal {name} is blank or holds characters that no key has",
            system=SYSTEM,
            remedy=f"mend the tenant's portal {name}",
        )
    return value
