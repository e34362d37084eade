"""From the portal's answer to a write to one of three outcomes.

A yes (2xx) is a success only when its body says so: no errors inside, the id that a create must
give, the number that we sent. A yes that says neither leaves doubt. Source: portal API sheet 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal_pipeline.core.outcomes import Effects, Outcome, Succeeded, Unknown
from portal_pipeline.core.redaction import Redactor
from portal_pipeline.core.wire import JsonObject, dump_json
from portal_pipeline.portal.decisions import Failure, Family, unusable
from portal_pipeline.portal.exchange import Written
from portal_pipeline.portal.parse.fields import MalformedItem, portal_id, text


def outcome_of_record(
    written: Written | Failure,
    redactor: Redactor,
    *,
    wanted: Mapping[str, str],
    conflict_is_duplicate: bool = False,
) -> Outcome:
    """Outcome of a write that answers with the record it made or changed.

    ``wanted``: fields that the record must show, as far as it shows them (compared without case).
    """
    if isinstance(written, Failure):
        return written.outcome(conflict_is_duplicate=conflict_is_duplicate)
    try:
        record_id = portal_id(written.body, "id") or portal_id(written.body, "internal_id")
        state = text(written.body, "status")
        differing = [
            name for name, value in wanted.items() if _differs(text(written.body, name), value)
        ]
    except MalformedItem as error:
        return _in_doubt(written, str(error), redactor)
    refusal = refusal_inside(written, redactor)
    if refusal:
        # An error beside the id of a record: part of it may have happened.
        return (
            _in_doubt(written, "an id and errors", redactor)
            if portal_id(written.body, "id")
            else refusal.outcome(conflict_is_duplicate=conflict_is_duplicate)
        )
    if not record_id:
        return _in_doubt(written, "no id", redactor)
    if differing:
        return _in_doubt(written, f"another {', '.join(differing)} than sent", redactor)
    return Succeeded(
        remote_id=record_id, effects=Effects(portal_id=record_id, portal_state=state or None)
    )


def outcome_of_command(written: Written | Failure, redactor: Redactor, remote_id: str) -> Outcome:
    """Outcome of a write whose yes is an empty body, or one without errors."""
    if isinstance(written, Failure):
        return written.outcome()
    refusal = refusal_inside(written, redactor)
    return refusal.outcome() if refusal else Succeeded(remote_id=remote_id)


def refusal_inside(written: Written, redactor: Redactor) -> Failure | None:
    """The errors that a 200 holds (shapes B and C); None when it holds none."""
    code, description = _first_error(written.body)
    if not code:
        return None
    shown = redactor.clean(description)
    body = redactor.clean(written.answer.body)
    return Failure(
        family=Family.REFUSED,
        detail=redactor.clean(f"HTTP {written.answer.status}: {shown}; body: {body}"),
        code=redactor.clean(code, length_max=80),
        status=written.answer.status,
        description=redactor.clean(f"{code} {description}"),
    )


def _first_error(body: JsonObject) -> tuple[str, str]:
    """(code, description) of the first error; two empty texts when there is none."""
    errors = body.get("errors")
    if errors:
        first = errors[0] if isinstance(errors, list) else errors
        if isinstance(first, dict):
            code = first.get("error_code")
            return str(code or "errors"), str(first.get("error_message") or "")
        return "errors", dump_json(first)
    code = body.get("error_code")
    if code in {None, 0, "0", ""}:
        return "", ""
    return str(code), str(body.get("error_message") or "")


def _differs(shown: str, wanted: str) -> bool:
    return bool(shown) and shown.casefold() != wanted.strip().casefold()


def _in_doubt(written: Written, why: str, redactor: Redactor) -> Unknown:
    return Unknown(detail=unusable(written.answer, f"the answer shows {why}", redactor).detail)
