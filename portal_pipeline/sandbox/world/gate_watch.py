"""The gate's conditions at the moment a payment arrives at the portal.

Looks into the company's database at once, independent of the product's code, and keeps what it
finds. Source: rules 6, conditions a to h.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal_pipeline.core.money import ZERO
from portal_pipeline.core.wire import load_json
from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal import Cfdi, Payment, PaymentLine
from portal_pipeline.sandbox.sage.company.unit import Row, Unit
from portal_pipeline.sandbox.world.people import Office

PAYMENT = "PY"
CREDIT_NOTE = 3
FILE = "arrivals.jsonl"


@dataclass(frozen=True)
class Applied:
    """A document that a Sage payment applies."""

    number: str
    kind: int
    uuid: str
    """As Sage knows it, upper case; empty: captured without."""
    posted: Row | None
    """APOBL."""


class GateWatch:
    """Handles the portal's requests, and judges each payment that the interface lets in."""

    def __init__(self, folder: Path, offices: Mapping[str, Office]) -> None:
        """Values: offices by the portal's tenant id."""
        self._file = folder / FILE
        self._offices = offices
        self._lock = threading.Lock()
        self._judged = {(one["tenant"], one["payment"]) for one in self._kept()}

    def handle(self, request: Request) -> Response:
        """The portal's answer; a payment that it accepted is judged before anybody reads it."""
        tenant = _tenant_of_payment(request)
        office = self._offices.get(tenant or "")
        if office is None:
            portal = next(iter(self._offices.values())).portal
            return portal.handle(request)
        try:
            return office.portal.handle(request)
        finally:  # also when the answer is lost after the payment was stored
            self._judge_new(office, request)

    def early(self) -> list[str]:
        """Every payment that arrived too early, with the conditions that did not hold."""
        return [
            f"{one['company']} payment {one['number']}: {', '.join(one['failed'])}"
            for one in self._kept()
            if one["failed"]
        ]

    def _kept(self) -> list[dict[str, Any]]:
        if not self._file.is_file():
            return []
        return [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]

    def _judge_new(self, office: Office, request: Request) -> None:
        """Judge the payments of the request's number that nobody has judged."""
        with self._lock:
            for payment in office.portal.payments_of(office.tenant, _number_in(request)):
                if (office.tenant, payment.id) in self._judged or payment.by != "api":
                    continue
                self._judged.add((office.tenant, payment.id))
                found = {
                    "tenant": office.tenant,
                    "company": office.company.key,
                    "payment": payment.id,
                    "number": payment.external_id,
                    "failed": failed_conditions(office, payment),
                }
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(found) + "\n")


def _tenant_of_payment(request: Request) -> str | None:
    """The tenant of a request that creates a payment, else None."""
    parts = request.path.strip("/").split("/")
    is_payment = request.method == "POST" and parts[-1:] == ["payments"] and len(parts) > 2
    return parts[-2] if is_payment else None


def _number_in(request: Request) -> str:
    """``external_id`` of the body; empty where there is none, or no JSON."""
    try:
        body = load_json(request.body)
    except ValueError:
        return ""
    return str(body.get("external_id") or "") if isinstance(body, dict) else ""


def failed_conditions(office: Office, payment: Payment) -> list[str]:
    """Which conditions do not hold now for a payment that the portal has."""
    with office.sage.reading() as unit:
        entry = _posted_entry(unit, payment.external_id)
        if entry is None:
            return ["not posted in Sage"]
        applied = _applied(unit, entry)
        vendor = entry["IDVEND"]
        owner = _owner(unit, office, vendor)
    failed: list[str] = []
    named: set[str] = set()
    for line in payment.lines:
        cfdi = office.portal.cfdi(office.tenant, line.uuid)
        document = _document_of(line, cfdi, applied)
        if document is not None:
            named.add(document.number)
        failed += _failed(line, document, owner)
    is_netted = any(one.kind == CREDIT_NOTE for one in applied)
    left_out = [one.number for one in applied if one.kind != CREDIT_NOTE] if not is_netted else []
    failed += [f"c: {number} is not among its CFDIs" for number in left_out if number not in named]
    return failed


def _failed(line: PaymentLine, document: Applied | None, owner: str) -> list[str]:
    """The conditions that one line does not meet."""
    is_deferred = line.metodo_pago != "PUE"
    conditions = {
        "a: invoice not posted in Sage": document is not None and document.posted is not None,
        "d: CFDI cancelled": not (line.was_cancelled_by_sat or line.was_cancelled_in_tenant),
        "e: another provider": line.provider_id.lower() == owner.lower(),
        "f: above the balance": line.amount <= line.balance_before,
        "g: PUE paid in part": is_deferred
        or document is None
        or document.posted is None
        or document.posted["AMTDUETC"] == ZERO,
        "h: in a payment order": not line.was_in_payment_order,
    }
    return [f"{text} ({line.uuid})" for text, holds in conditions.items() if not holds]


def _posted_entry(unit: Unit, number: str) -> Row | None:
    """The posted payment entry of a number."""
    named = {"BTCHTYPE": PAYMENT, "DOCNBR": number, "ERRENTRY": 0}
    for entry in unit.rows("APTCR", named, "CNTBTCH", "CNTENTR", "IDVEND"):
        batch = {"PAYMTYPE": PAYMENT, "CNTBTCH": entry["CNTBTCH"], "BATCHSTAT": 3}
        if unit.row("APBTA", batch, "CNTBTCH") is not None:
            return entry
    return None


def _applied(unit: Unit, entry: Row) -> list[Applied]:
    key = {
        "BATCHTYPE": PAYMENT,
        "CNTBTCH": entry["CNTBTCH"],
        "CNTRMIT": entry["CNTENTR"],
    }
    return [
        _applied_document(unit, line["IDVEND"], line["IDINVC"], line["DOCTYPE"])
        for line in unit.rows("APTCP", key, "IDVEND", "IDINVC", "DOCTYPE")
    ]


_POSTED = ("AMTINVCTC", "AMTDUETC", "CNTBTCH", "CNTITEM", "SRCEAPPL")


def _applied_document(unit: Unit, vendor: str, number: str, kind: int) -> Applied:
    key = {"IDVEND": vendor, "IDINVC": number}
    posted = unit.row("APOBL", key, *_POSTED)
    field = unit.row("APOBLO", {**key, "OPTFIELD": "FOLIOCFD"}, "VALUE")
    value = field["VALUE"] if field else _uuid_in_purchasing(unit, vendor, number)
    return Applied(number, kind, str(value).strip().upper(), posted)


def _uuid_in_purchasing(unit: Unit, vendor: str, number: str) -> str:
    header = unit.row("POINVH1", {"VDCODE": vendor, "INVNUMBER": number}, "INVHSEQ")
    if header is None:
        return ""
    field = unit.row("POINVHO", {"INVHSEQ": header["INVHSEQ"], "OPTFIELD": "FOLIOCFD"}, "VALUE")
    return str(field["VALUE"]) if field else ""


def _owner(unit: Unit, office: Office, vendor: str) -> str:
    """The portal's id of the vendor's provider."""
    field = unit.row("APVENO", {"VENDORID": vendor, "OPTFIELD": "PROVIDERID"}, "VALUE")
    if field and field["VALUE"]:
        return str(field["VALUE"])
    owners = [p for p in office.portal.providers(office.tenant) if p.external_id == vendor]
    return owners[0].id if owners else ""


def _document_of(
    line: PaymentLine, cfdi: Cfdi | None, applied: Sequence[Applied]
) -> Applied | None:
    """The applied document that a line's CFDI is: by UUID, else by number and total."""
    by_uuid = [one for one in applied if one.uuid == line.uuid]
    if by_uuid or cfdi is None:
        return by_uuid[0] if by_uuid else None
    forms = {plain(f"{cfdi.facts.serie}{cfdi.facts.folio}"), plain(cfdi.facts.folio)}
    replaced = replaced_uuids(cfdi)
    for one in applied:
        is_same = one.uuid in replaced if one.uuid else plain(one.number) in forms
        if is_same and one.posted is not None and one.posted["AMTINVCTC"] == cfdi.facts.total:
            return one
    return None


def replaced_uuids(cfdi: Cfdi) -> frozenset[str]:
    """UUIDs whose place a CFDI takes (relation 04)."""
    groups = load_json(cfdi.facts.raw)["cfdis_relacionados"]
    return frozenset(
        uuid.upper()
        for group in groups
        if group["tipo_relacion"] == "04"
        for uuid in group["uuids_relacionados"]
    )


def plain(number: str) -> str:
    """Letters and digits alone, upper case."""
    return "".join(character for character in number if character.isalnum()).upper()
