"""What later steps need of a supplier's dossier, small enough for the ledger.

The importer program's files are made of it: the addenda of each invoice and the provider XML.
Source: sync rules sheet 2 and 3.3; portal API sheet 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from portal_pipeline.core.base import Frozen
from portal_pipeline.core.portal import Address, BankAccount, Contact, PortalProvider
from portal_pipeline.core.tenant import Tenant

DOSSIER = "dossier"
"""Detail of a provider's document that holds the text. It shows whole account numbers: no page,
trace or log may."""
TEXT_CHARS_MAX = 200
CONTACTS_MAX = 2

GROUP, TAX_GROUP, EXPENSE_ACCOUNT = "grupo_de_proveedores", "grupo_de_impuestos", "cuenta_de_gastos"
PAYMENT_METHOD, PAYMENT_FORM = "metodopago", "formapago"
_IN_FORCE = ("", "ACCEPTED")
FIELDS = (GROUP, TAX_GROUP, EXPENSE_ACCOUNT, PAYMENT_METHOD, PAYMENT_FORM)
"""External ids of the dossier fields that the importer program reads (site conventions)."""

_Part = TypeVar("_Part", bound=Frozen)


class SupplierDossier(Frozen):
    """One supplier as the importer program is told of it; no text is longer than 200 characters.

    "First" is the order of ``PortalProvider``: accepted entries first, then by name or id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    provider_id: str
    external_id: str = ""
    name: str = ""
    rfc: str = ""
    type: str = ""
    tax_id: str = ""
    credit_days: int | None = None
    approved: AwareDatetime | None = None
    """When the dossier was accepted (UTC)."""
    fields: Mapping[str, str] = Field(default_factory=dict)
    """Those of ``FIELDS`` that are filled."""
    bank_account: BankAccount | None = None
    address: Address = Address()
    contacts: tuple[Contact, ...] = ()
    """At most two."""

    @property
    def has_bank_data(self) -> bool:
        """Whether there is an account with a number."""
        account = self.bank_account
        return account is not None and bool(account.clabe or account.account)

    def to_text(self) -> str:
        """Compact JSON text; what is blank is left out."""
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def from_text(cls, text: str) -> SupplierDossier:
        """The dossier of a text that ``to_text`` gave.

        Raises:
            ValueError: when it is no such text.
        """
        return cls.model_validate_json(text)


def kept_dossier(provider: PortalProvider, tenant: Tenant) -> SupplierDossier:
    """What the ledger keeps: bank, address and contacts only where the import program reads them.

    The fields that the tenant's mappings go by are always kept.
    """
    rules = tenant.imports
    dossier = dossier_of(provider, (rules.expense_field.lower(), rules.tax_group_field.lower()))
    if tenant.uses_program:
        return dossier
    bare = {"bank_account": None, "address": Address(), "contacts": ()}
    return dossier.model_copy(update=bare)


def dossier_of(provider: PortalProvider, more_fields: Sequence[str] = ()) -> SupplierDossier:
    """The part of a portal provider that the importer program's files need, and no more.

    A bank account that was not accepted, or is not in force any more, is left out.
    """
    accepted = provider.dossier_accepted_at
    return SupplierDossier(
        provider_id=_cut(provider.id).lower(),
        external_id=_cut(provider.external_id),
        name=_cut(provider.name),
        rfc=_cut(provider.rfc).upper(),
        type=_cut(provider.type),
        tax_id=_cut(provider.tax_id),
        credit_days=provider.credit_days,
        approved=accepted.astimezone(UTC) if accepted else None,
        fields={
            name: value
            for name in dict.fromkeys((*FIELDS, *more_fields))
            if (value := _cut(provider.fields.get(name, "")))
        },
        bank_account=next(
            (_bare(one) for one in provider.bank_accounts if one.status.upper() in _IN_FORCE), None
        ),
        address=next((_bare(one) for one in provider.addresses), Address()),
        contacts=tuple(_bare(one) for one in provider.contacts[:CONTACTS_MAX]),
    )


def _cut(text: str) -> str:
    return text.strip()[:TEXT_CHARS_MAX]


def _bare(part: _Part) -> _Part:
    """The part without its approval, its texts cut."""
    values = part.model_dump(exclude={"status"})
    return part.model_validate({name: _cut(value) for name, value in values.items()})
