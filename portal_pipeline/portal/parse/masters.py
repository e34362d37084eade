"""The tenant, its companies and its bank accounts. Source: portal API sheet 1, 6.1 and 8."""

from __future__ import annotations

from portal_pipeline.core.portal import PortalBankAccount, PortalCompany, PortalTenant
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.parse.fields import code, flag, identifier, required_id, text


def tenant(node: JsonObject) -> PortalTenant:
    """The tenant that our keys belong to."""
    return PortalTenant(
        id=identifier(node, "id"),
        name=text(node, "name"),
        rfc=code(node, "rfc"),
        is_active=flag(node, "active", default=True),
    )


def company(node: JsonObject) -> PortalCompany:
    """One legal entity."""
    return PortalCompany(
        id=required_id(node),
        external_id=identifier(node, "external_id"),
        name=text(node, "name"),
        rfc=code(node, "rfc"),
        is_active=flag(node, "active", default=True),
    )


def bank_account(node: JsonObject) -> PortalBankAccount:
    """One account from which payments are made."""
    return PortalBankAccount(
        id=required_id(node),
        external_id=identifier(node, "external_id"),
        name=text(node, "name"),
        currency=code(node, "currency"),
        is_active=flag(node, "active", default=True),
    )
