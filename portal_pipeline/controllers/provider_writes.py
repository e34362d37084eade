"""Bringing vendors into Sage and vendor numbers into the portal, and looking both up.

Whether Sage holds a change is read from its database. Source: Web API sheet 4; portal API sheet
3.5; rules 3 and 9.
"""

from __future__ import annotations

from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.errors import ConfigError, DocumentError, RetriableError
from portal_pipeline.core.findings.invoices import WEB_API_UNREACHABLE
from portal_pipeline.core.findings.providers import (
    EXTERNAL_ID_DIFFERS,
    VENDOR_CHANGE_NOT_STORED,
    VENDOR_NUMBER_TAKEN,
)
from portal_pipeline.core.outcomes import (
    Absent,
    Effects,
    Found,
    FoundOther,
    LookUp,
    Outcome,
    Refused,
    Succeeded,
    Unclear,
    Unknown,
)
from portal_pipeline.core.providers.by_program import ENTRY
from portal_pipeline.core.providers.vendor_fields import unstored
from portal_pipeline.core.sage import SageVendor
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.importers.executable import ExecutableImporter
from portal_pipeline.portal.client import PortalClient
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.vendors import read_vendors, read_vendors_by_provider_id
from portal_pipeline.sage.web_api import SageWebApi

NO_ANSWER = (RetriableError, ConfigError)
"""What a read raises when the other side gave no answer about the document."""
RECORD_IN_USE = "General"
"""A person has the vendor open (Web API sheet 7.6): Sage did answer."""


class VendorWrites:
    """The two writes to Sage's vendors, through the Web API or the import program."""

    def __init__(
        self,
        api: SageWebApi | None,
        program: ExecutableImporter,
        database: SageDatabase,
        fields: OptionalFields,
    ) -> None:
        self._api = api
        self._program = program
        self._database = database
        self._fields = fields

    @property
    def is_set(self) -> bool:
        """Whether the tenant has a Web API."""
        return self._api is not None

    @property
    def _web_api(self) -> SageWebApi:
        if self._api is None:
            raise ConfigError(
                "no Sage Web API is set for the tenant",
                system="settings",
                remedy="set sage_web_api for the tenant",
            )
        return self._api

    def problem(self) -> str:
        """Why no vendor can be written now, by a read that needs our rights in A/P."""
        try:
            self._web_api.metadata("AP")
        except NO_ANSWER as error:
            return str(error)
        return ""

    # -- create ------------------------------------------------------------------------------------

    def create(self, decision: Decision) -> Outcome:
        """Create the vendor and see it in Sage; a provider XML is pending until Sage shows it."""
        if ENTRY in _payload(decision):
            return self._hand_over(decision)
        outcome = self._web_api.create_vendor(_payload(decision))
        if not isinstance(outcome, Succeeded):
            return _explained(outcome)
        match self.look_up_created(decision):
            case Found(effects=effects):
                return outcome.model_copy(update={"effects": effects})
            case FoundOther() | Absent():
                detail = "Sage confirmed the vendor, but it cannot be seen with its PROVIDERID"
                return Unknown(detail=detail)
            case Unclear():
                return outcome  # the create is certain; the next cycle reads it by its PROVIDERID

    def look_up_created(self, decision: Decision) -> LookUp:
        """By PROVIDERID, which is ours alone; then whether the number is somebody else's."""
        key, payload = decision.key, _payload(decision)
        number = str(payload.get("VendorNumber", ""))
        try:
            named = read_vendors_by_provider_id(self._database, [key], self._fields).get(key, ())
            taken = {} if named else read_vendors(self._database, [number], self._fields)
        except NO_ANSWER as error:
            return Unclear(detail=str(error))
        if named:
            return Found(remote_id=named[0].vendor_id, effects=_sage_effects(named[0]))
        if number in taken:
            holder = f"{number} {taken[number].name}"
            name = decision.document.counterparty
            finding = VENDOR_NUMBER_TAKEN(name=name, number=number, holder=holder)
            return FoundOther(finding=finding)
        return self._look_up_file(decision)

    def _hand_over(self, decision: Decision) -> Outcome:
        payload = _payload(decision)
        return self._program.put_provider(str(payload["file"]), payload[ENTRY])

    def _look_up_file(self, decision: Decision) -> LookUp:
        """Whether the provider XML of this very content waits for the program."""
        payload = _payload(decision)
        if ENTRY not in payload:
            return Absent()
        return self._program.look_up_provider(str(payload["file"]), payload[ENTRY])

    # -- update ------------------------------------------------------------------------------------

    def update(self, decision: Decision) -> Outcome:
        """Patch each vendor, then read all back; a part that was done is not asked for again."""
        payload = _payload(decision)
        if ENTRY in payload:
            return self._hand_over(decision)
        for number, changes in sorted(payload.items()):
            outcome = self._web_api.patch_vendor(number, changes)
            if not isinstance(outcome, Succeeded):
                return _explained(outcome)
        try:
            missing = self._missing(payload)
        except NO_ANSWER as error:
            return Unknown(detail=f"changed, but not read back: {error}")
        if missing:
            vendors, fields = (
                ", ".join(missing),
                ", ".join(dict.fromkeys(sum(missing.values(), ()))),
            )
            return Refused(
                code="not_stored",
                detail=f"{vendors}: {fields}",
                finding=VENDOR_CHANGE_NOT_STORED(vendor=vendors, fields=fields),
            )
        return Succeeded(remote_id=", ".join(sorted(payload)))

    def look_up_updated(self, decision: Decision) -> LookUp:
        """Whether the vendors show what we sent.

        Without what we sent, whether one of them is linked to the provider.
        """
        payload = _payload(decision)
        try:
            if not payload:
                found = read_vendors_by_provider_id(self._database, [decision.key], self._fields)
                return Found(has_sent_content=False) if found else Absent()
            wanted = payload["vendors"] if ENTRY in payload else payload
            missing = self._missing(wanted)
        except NO_ANSWER as error:
            return Unclear(detail=str(error))
        if missing:
            return self._look_up_file(decision)
        return Found(remote_id=", ".join(sorted(wanted)))

    def _missing(self, payload: JsonObject) -> dict[str, tuple[str, ...]]:
        """By vendor, what it does not show of its changes; a vendor that is gone shows nothing."""
        vendors = read_vendors(self._database, payload, self._fields)
        found = {
            number: unstored(vendors[number], changes, self._fields)
            if number in vendors
            else tuple(changes)
            for number, changes in payload.items()
        }
        return {number: names for number, names in found.items() if names}


class ProviderWrites:
    """The one write to the portal's providers."""

    def __init__(self, portal: PortalClient) -> None:
        self._portal = portal

    def set_external_id(self, decision: Decision) -> Outcome:
        """Give the provider its vendor number; repeating it is harmless (portal API sheet 9)."""
        number = str(_payload(decision)["external_id"])
        outcome = self._portal.set_provider_external_id(decision.key, number)
        if isinstance(outcome, Succeeded):
            details = {"external_id": number}
            effects = outcome.effects.model_copy(update={"details": details})
            return outcome.model_copy(update={"effects": effects})
        return outcome

    def look_up_external_id(self, decision: Decision) -> LookUp:
        """What the provider has; a number that a person gave it is not ours to change."""
        wanted = str(_payload(decision).get("external_id", ""))
        try:
            provider = self._portal.provider(decision.key)
        except (*NO_ANSWER, DocumentError) as error:
            return Unclear(detail=str(error))
        if provider is None or not provider.external_id:
            return Absent()
        number = provider.external_id
        if wanted and number != wanted:
            return FoundOther(
                finding=EXTERNAL_ID_DIFFERS(provider=provider.id, wanted=wanted, found=number)
            )
        return Found(
            remote_id=provider.id,
            effects=Effects(details={"external_id": number}),
            has_sent_content=bool(wanted),
        )


def _payload(decision: Decision) -> JsonObject:
    return decision.act.payload if decision.act else {}


def _sage_effects(vendor: SageVendor) -> Effects:
    return Effects(sage_id=vendor.vendor_id, details={"vendors": vendor.vendor_id})


def _explained(outcome: Outcome) -> Outcome:
    """A refusal that is not about the vendor says that the Web API is not available."""
    match outcome:
        case Refused(is_attempt=False, code=code, detail=detail) if code != RECORD_IN_USE:
            finding = WEB_API_UNREACHABLE(detail=detail or code)
            return outcome.model_copy(update={"finding": finding})
        case _:
            return outcome
