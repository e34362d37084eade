"""Findings of purchase orders (rules 7)."""

from portal_pipeline.core.findings.base import Exit, FindingKind, RetryClass, Severity, declare

_AGAIN_OR_END = (Exit.REQUEUE, Exit.DISMISS)


def _left_out(code: str, *params: str) -> FindingKind:
    return declare(code, Severity.INFO, *params, exits=(Exit.REQUEUE,), ages=False)


def _note(code: str, *params: str, severity: Severity = Severity.WARNING) -> FindingKind:
    return declare(code, severity, *params, ages=False)


def _waits(code: str, *params: str, severity: Severity = Severity.WARNING) -> FindingKind:
    return declare(code, severity, *params, exits=_AGAIN_OR_END)


# out of scope
PO_NOT_AUTHORISED = _left_out("po_not_authorised")
PO_TYPE_NOT_SENT = _left_out("po_type_not_sent", "order_type")
FINISHED_BEFORE_SENDING = _left_out("finished_before_sending", "why")
NO_LINES_TO_SEND = _left_out("no_lines_to_send", "lines")
PO_GONE_FROM_SAGE = _left_out("po_gone_from_sage")
STEP_NOT_NEEDED = _left_out("po_step_not_needed", "operation")

# hold
PO_ON_HOLD = _waits("po_on_hold")
AMENDED_NOT_AUTHORISED = _waits("amended_not_authorised", "why")
INVOICES_LINKED = _waits("invoices_linked", "answer", severity=Severity.ERROR)
MISSING_IN_SAGE = _waits("missing_in_sage", "state", severity=Severity.ERROR)
MISSING_IN_PORTAL = _waits("po_missing_in_portal", "portal_id", severity=Severity.ERROR)
CHANGED_IN_PORTAL = _waits("changed_in_portal", "state", "total", severity=Severity.ERROR)
CANCELLED_FOR_GOOD = _waits("po_cancelled_for_good", severity=Severity.ERROR)
PO_NUMBER_TAKEN = _waits("po_number_taken", "provider", "company", severity=Severity.ERROR)

# reject
PO_FIELD_INVALID = declare(
    "po_field_invalid",
    Severity.ERROR,
    "fields",
    exits=_AGAIN_OR_END,
    retry=RetryClass.ON_CHANGE,
)

# notes
LINES_LEFT_OUT = _note("po_lines_left_out", "lines")
TOTALS_DIFFER = _note("po_totals_differ", "computed", "in_sage")
VALUE_LEFT_OUT = _note("po_value_left_out", "field", "value", severity=Severity.INFO)
RECEIPT_NOT_INVOICED = _note("receipt_not_invoiced", "receipts", severity=Severity.INFO)
