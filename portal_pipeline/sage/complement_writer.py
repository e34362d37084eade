"""The one writer of Sage tables: a payment's complement, into two optional fields of APTCRO.

Sage offers no other way for a posted payment; it runs only with ``allow_sage_sql_writes``. One
transaction, compare-and-set, read back before it is committed. Source: rules 8; Sage tables sheet
1 ("Optional fields", "Why no direct writes") and 2 (APTCRO, CSOPTFH).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, select, update

from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.findings.complements import (
    COMPLEMENT_FIELD_UNUSABLE,
    OTHER_UUID_PRESENT,
    PAYMENT_NOT_IN_SAGE,
)
from portal_pipeline.core.identity import upper_uuid
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
from portal_pipeline.core.tenant import OptionalFields
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.sage.database import SageDatabase
from portal_pipeline.sage.payments import PAYMENTS
from portal_pipeline.sage.tables import sage_table
from portal_pipeline.sage.types import stamp_parts
from portal_pipeline.statements import prepared

aptcr, aptcro, csoptfh = sage_table("APTCR"), sage_table("APTCRO"), sage_table("CSOPTFH")

WRITER = "PORTAL"
"""AUDTUSER of the rows we write."""
TEXT, DATE = 1, 3
"""Optional field types that can hold a UUID, or a date as ``YYYYMMDD``."""
SET = 1
"""SWSET: the value has been set."""
_DEFINITION = ("TYPE", "LENGTH", "DECIMALS", "ALLOWNULL", "VALIDATE")


@dataclass(frozen=True)
class _Target:
    """A payment's two fields and what they shall hold."""

    batch: int
    entry: int
    values: Mapping[str, str]
    uuid_field: str

    @property
    def uuid(self) -> str:
        return self.values[self.uuid_field]


def _target(payload: JsonObject, fields: OptionalFields) -> _Target:
    return _Target(
        batch=payload["batch"],
        entry=payload["entry"],
        values={
            fields.complement_uuid: payload["uuid"],
            fields.complement_date: payload["stamped_on"],
        },
        uuid_field=fields.complement_uuid,
    )


# -- statements ----------------------------------------------------------------------------------


@prepared
def select_field_definitions(names: Sequence[str]) -> Select[Any]:
    """Definitions of optional fields. Grain: one row per field. Table: CSOPTFH."""
    columns = [csoptfh.c[name] for name in ("OPTFIELD", *_DEFINITION)]
    return select(*columns).where(csoptfh.c.OPTFIELD.in_(names))


@prepared
def select_payment_header(batch: int, entry: int, number: str) -> Select[Any]:
    """Company and count of optional fields of one payment entry. Grain: one row. Table: APTCR."""
    return select(aptcr.c.AUDTORG.label("org"), aptcr.c.VALUES.label("field_count")).where(
        _of_entry(aptcr.c, batch, entry), _is(aptcr.c.DOCNBR, number)
    )


@prepared
def select_stored_values(batch: int, entry: int, names: Sequence[str]) -> Select[Any]:
    """Values of optional fields of one payment. Grain: one row per field. Table: APTCRO."""
    return select(aptcro.c.OPTFIELD.label("field"), aptcro.c.VALUE.label("value")).where(
        _of_entry(aptcro.c, batch, entry), aptcro.c.OPTFIELD.in_(names)
    )


@prepared
def select_field_count(batch: int, entry: int) -> Select[Any]:
    """Number of optional fields of one payment. Grain: one row. Table: APTCRO."""
    return select(func.count()).select_from(aptcro).where(_of_entry(aptcro.c, batch, entry))


def _of_entry(columns: Any, batch: int, entry: int) -> ColumnElement[bool]:
    return and_(
        _is(columns.BTCHTYPE, PAYMENTS), _is(columns.CNTBTCH, batch), _is(columns.CNTENTR, entry)
    )


def _is(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column == value
    return condition


# -- look-up and write ---------------------------------------------------------------------------


def look_up_complement(db: SageDatabase, payload: JsonObject, fields: OptionalFields) -> LookUp:
    """Whether the payment holds what we would write; another UUID than the expected is not ours."""
    target = _target(payload, fields)
    try:
        with db.company() as connection:
            stored = _stored(connection, target)
    except PipelineError as error:
        return Unclear(detail=str(error))
    held = upper_uuid(stored.get(target.uuid_field, ""))
    if held == target.uuid:
        is_whole = all(stored.get(name, "").strip() for name in target.values)
        return Found(remote_id=target.uuid, effects=_effects(target)) if is_whole else Absent()
    if held == payload["replaces"]:
        return Absent()
    return FoundOther(finding=OTHER_UUID_PRESENT(stored=held or "-", offered=target.uuid))


def write_complement(
    db: SageDatabase, payload: JsonObject, fields: OptionalFields, moment: datetime
) -> Outcome:
    """Both fields in one transaction, or nothing; unknown only when the commit gave no answer."""
    target = _target(payload, fields)
    is_committing = False
    try:
        with db.company() as connection:
            transaction = connection.begin()
            refused = _write(connection, target, payload, moment)
            if refused is not None:
                transaction.rollback()
                return refused
            is_committing = True
            transaction.commit()
    except PipelineError as error:
        if is_committing:
            return Unknown(detail=str(error))
        return Refused(code="sage_unavailable", detail=str(error), is_attempt=False)
    return Succeeded(remote_id=target.uuid, effects=_effects(target))


def _effects(target: _Target) -> Effects:
    return Effects(details={"complement_uuid": target.uuid})


def _write(
    connection: Connection, target: _Target, payload: JsonObject, moment: datetime
) -> Refused | None:
    header = connection.execute(
        *select_payment_header(target.batch, target.entry, payload["payment"])
    ).first()
    if header is None:
        finding = PAYMENT_NOT_IN_SAGE(payments=payload["payment"])
        return Refused(code=finding.code, detail=payload["payment"], finding=finding)
    definitions = _definitions(connection, target)
    if isinstance(definitions, Refused):
        return definitions
    stored = _stored(connection, target)
    held = upper_uuid(stored.get(target.uuid_field, ""))
    if held not in (payload["replaces"], target.uuid):
        return _other(held, target)
    day, clock = stamp_parts(moment)
    audit = {"AUDTDATE": day, "AUDTTIME": clock, "AUDTUSER": WRITER, "AUDTORG": header.org}
    for name, value in target.values.items():
        row = {**definitions[name], "VALUE": value, "SWSET": SET, **audit}
        if not _set(connection, target, name, stored.get(name), row):
            return _other("?", target)
    _count(connection, target, header, audit)
    return _read_back(connection, target)


def _set(
    connection: Connection, target: _Target, name: str, old: str | None, row: dict[str, Any]
) -> bool:
    """Insert the field, or replace exactly the value that was read; False when it has changed."""
    if old is None:
        key = {
            "BTCHTYPE": PAYMENTS,
            "CNTBTCH": target.batch,
            "CNTENTR": target.entry,
            "OPTFIELD": name,
        }
        connection.execute(insert(aptcro), {**key, **row})
        return True
    changed = connection.execute(
        update(aptcro)
        .where(
            _of_entry(aptcro.c, target.batch, target.entry),
            _is(aptcro.c.OPTFIELD, name),
            _is(aptcro.c.VALUE, old),
        )
        .values(row)
    )
    return changed.rowcount == 1


def _count(
    connection: Connection, target: _Target, header: Row[Any], audit: Mapping[str, Any]
) -> None:
    """Keep the header's ``VALUES`` equal to the number of its optional fields."""
    count = connection.execute(*select_field_count(target.batch, target.entry)).scalar_one()
    if count != header.field_count:
        connection.execute(
            update(aptcr)
            .where(_of_entry(aptcr.c, target.batch, target.entry))
            .values({"VALUES": count, **audit})
        )


def _read_back(connection: Connection, target: _Target) -> Refused | None:
    stored = _stored(connection, target)
    if stored == target.values:
        return None
    return Refused(code="read_back_differs", detail=f"{dict(stored)} after {dict(target.values)}")


def _stored(connection: Connection, target: _Target) -> dict[str, str]:
    rows = connection.execute(
        *select_stored_values(target.batch, target.entry, list(target.values))
    )
    return {row.field: row.value for row in rows}


def _definitions(connection: Connection, target: _Target) -> dict[str, dict[str, Any]] | Refused:
    """The definition of both fields, when they can take these values."""
    rows = connection.execute(*select_field_definitions(list(target.values)))
    found = {row.OPTFIELD: dict(row._mapping) for row in rows}
    for name, value in target.values.items():
        reason = _why_unusable(found.get(name), value, is_date=name != target.uuid_field)
        if reason:
            finding = COMPLEMENT_FIELD_UNUSABLE(field=name, reason=reason)
            return Refused(code=finding.code, detail=f"{name}: {reason}", finding=finding)
    return {name: {column: row[column] for column in _DEFINITION} for name, row in found.items()}


def _why_unusable(definition: Mapping[str, Any] | None, value: str, *, is_date: bool) -> str:
    if definition is None:
        return "CSOPTFH: -"
    if definition["TYPE"] != TEXT and not (is_date and definition["TYPE"] == DATE):
        return f"TYPE {definition['TYPE']}"
    if definition["TYPE"] == TEXT and definition["LENGTH"] < len(value):
        return f"LENGTH {definition['LENGTH']}"
    return "VALIDATE 1" if definition["VALIDATE"] else ""


def _other(held: str, target: _Target) -> Refused:
    finding = OTHER_UUID_PRESENT(stored=held or "-", offered=target.uuid)
    return Refused(code=finding.code, detail=held, finding=finding)
