"""Findings of purchase orders (rules 7)."""

from portal_pipeline.core.findings.base import (
    Decides,
    Exit,
    FindingKind,
    RetryClass,
    Severity,
    WaitsFor,
    declare,
)

_AGAIN_OR_END = (Exit.REQUEUE, Exit.DISMISS)


def _left_out(code: str, rule: str, *params: str) -> FindingKind:
    return declare(
        code,
        rule,
        Severity.INFO,
        *params,
        decides=Decides.OUT_OF_SCOPE,
        exits=(Exit.REQUEUE,),
        ages=False,
    )


def _note(code: str, rule: str, *params: str, severity: Severity = Severity.WARNING) -> FindingKind:
    return declare(code, rule, severity, *params, decides=Decides.NOTE, ages=False)


def _waits(
    code: str,
    rule: str,
    *params: str,
    waits_for: WaitsFor,
    severity: Severity = Severity.WARNING,
) -> FindingKind:
    return declare(code, rule, severity, *params, waits_for=waits_for, exits=_AGAIN_OR_END)


# out of scope
PO_NOT_AUTHORISED = _left_out("po_not_authorised", "An order is not sent before it is authorised.")
PO_TYPE_NOT_SENT = _left_out(
    "po_type_not_sent",
    "Only active orders are sent: no standing, future or blanket ones.",
    "order_type",
)
FINISHED_BEFORE_SENDING = _left_out(
    "finished_before_sending",
    "An order that was cancelled, or received and invoiced, before it could be sent is not sent.",
    "why",
)
NO_LINES_TO_SEND = _left_out(
    "no_lines_to_send",
    "An order of which every line has quantity zero or a skipped warehouse is not sent.",
    "lines",
)
PO_GONE_FROM_SAGE = _left_out(
    "po_gone_from_sage", "An order that is gone from Sage and open nowhere needs nothing more."
)
STEP_NOT_NEEDED = _left_out(
    "po_step_not_needed",
    "A step that waited for an order and that the order no longer needs is ended.",
    "operation",
)

# hold
PO_ON_HOLD = _waits(
    "po_on_hold",
    "An order that is on hold in Sage is not sent until it is released.",
    waits_for=WaitsFor.BUYER,
)
AMENDED_NOT_AUTHORISED = _waits(
    "amended_not_authorised",
    "A change of a sent order goes when the order is authorised again and not on hold.",
    "why",
    waits_for=WaitsFor.BUYER,
)
INVOICES_LINKED = _waits(
    "invoices_linked",
    "An order that the portal does not cancel because invoices are linked to it waits until "
    "they are unlinked.",
    "answer",
    severity=Severity.ERROR,
    waits_for=WaitsFor.PORTAL_USER,
)
MISSING_IN_SAGE = _waits(
    "missing_in_sage",
    "An order that the portal has and Sage has no longer is left as it is until a person decides.",
    "state",
    severity=Severity.ERROR,
    waits_for=WaitsFor.BUYER,
)
MISSING_IN_PORTAL = _waits(
    "po_missing_in_portal",
    "An order that was sent and that the portal no longer has is not sent again by itself.",
    "portal_id",
    severity=Severity.ERROR,
    waits_for=WaitsFor.PORTAL_USER,
)
CHANGED_IN_PORTAL = _waits(
    "changed_in_portal",
    "What a person changed in the portal is never overwritten.",
    "state",
    "total",
    severity=Severity.ERROR,
    waits_for=WaitsFor.PORTAL_USER,
)
CANCELLED_FOR_GOOD = _waits(
    "po_cancelled_for_good",
    "An order that was cancelled in the portal cannot be reopened there, so one that Sage "
    "opens again waits for a new order.",
    severity=Severity.ERROR,
    waits_for=WaitsFor.BUYER,
)
PO_NUMBER_TAKEN = _waits(
    "po_number_taken",
    "An order of the portal under the same number is adopted only when provider and company "
    "are ours.",
    "provider",
    "company",
    severity=Severity.ERROR,
    waits_for=WaitsFor.PORTAL_USER,
)

# reject
PO_FIELD_INVALID = declare(
    "po_field_invalid",
    "An order with data that the portal does not accept is not sent before they are mended "
    "in Sage.",
    Severity.ERROR,
    "fields",
    exits=_AGAIN_OR_END,
    retry=RetryClass.ON_CHANGE,
    decides=Decides.REJECT,
    waits_for=WaitsFor.BUYER,
)

# notes
LINES_LEFT_OUT = _note(
    "po_lines_left_out",
    "Lines of quantity zero or of a skipped warehouse are left out of an order, and told.",
    "lines",
)
TOTALS_DIFFER = _note(
    "po_totals_differ",
    "Amounts are computed from the lines, and a difference from Sage's totals is told.",
    "computed",
    "in_sage",
)
VALUE_LEFT_OUT = _note(
    "po_value_left_out",
    "A value that the portal's catalogues do not have is left out of an order, and told.",
    "field",
    "value",
    severity=Severity.INFO,
)
RECEIPT_NOT_INVOICED = _note(
    "receipt_not_invoiced",
    "A complete order closes when every receipt is invoiced or returned, and until then "
    "only this is told.",
    "receipts",
    severity=Severity.INFO,
)
