"""The writes of one tenant: each one is sent once and gives one of three outcomes.

Only the write protocol calls them. Source: portal API sheet 3.5, 5 and 6.
"""

from __future__ import annotations

from portal_pipeline.core.errors import DocumentError
from portal_pipeline.core.outcomes import Outcome, Refused
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.portal.decisions import Failure
from portal_pipeline.portal.exchange import Exchange, Written, path_segment
from portal_pipeline.portal.outcomes import outcome_of_command, outcome_of_record
from portal_pipeline.portal.transport import Query

_BAD_IDENTIFIER = "bad_identifier"


class PortalWrites:
    """One method per write; none raises for what happens on the wire, none is repeated."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def create_purchase_order(self, payload: JsonObject) -> Outcome:
        """Creates an order; a number that exists already is ``Refused`` with ``is_duplicate``."""
        return outcome_of_record(
            self._exchange.write("POST", "/purchase-orders", payload),
            self._exchange.redactor,
            wanted=_sent(payload),
        )

    def update_purchase_order(
        self, order: str, payload: JsonObject, *, by_number: bool = False
    ) -> Outcome:
        """Replaces the whole content of an order, named by portal id or by our number."""
        written = self._write_at(
            "PUT", "/purchase-orders/{}", order, payload, _id_type(by_number=by_number)
        )
        if isinstance(written, Refused):
            return written
        wanted = _sent(payload) | ({} if by_number else {"id": order})
        return outcome_of_record(written, self._exchange.redactor, wanted=wanted)

    def set_purchase_order_status(
        self, order: str, status: str, *, by_number: bool = False
    ) -> Outcome:
        """Moves an order to OPEN, CLOSED, CANCELLED or GENERATED.

        Errors inside a 200 are a refusal; a 200 that shows another status leaves doubt.
        """
        written = self._write_at(
            "PUT",
            "/purchase-orders/{}/status",
            order,
            {"status": status},
            _id_type(by_number=by_number),
        )
        if isinstance(written, Refused):
            return written
        name = "external_id" if by_number else "internal_id"
        return outcome_of_record(
            written, self._exchange.redactor, wanted={"status": status, name: order}
        )

    def create_payment(self, payload: JsonObject) -> Outcome:
        """Creates a payment; codes as 1800, 1827 and 2390 stay in ``Refused.code``.

        The answer to a repeated number is not known: 409 without another name is taken for it, so
        that the payment is looked up. Source: portal API sheet 6.5.
        """
        return outcome_of_record(
            self._exchange.write("POST", "/payments", payload),
            self._exchange.redactor,
            wanted=_sent(payload),
            conflict_is_duplicate=True,
        )

    def reject_payment(self, payment_id: str, comments: str) -> Outcome:
        """Invalidates a payment, named by portal id; the yes is an empty body."""
        written = self._write_at(
            "POST", "/payments/{}/reject", payment_id, {"comments": comments}, ()
        )
        if isinstance(written, Refused):
            return written
        return outcome_of_command(written, self._exchange.redactor, payment_id)

    def set_provider_external_id(self, provider_id: str, external_id: str) -> Outcome:
        """Links a provider, named by portal id, to its Sage vendor number."""
        body = {"external_id": external_id}
        written = self._write_at("PUT", "/providers/{}/external-id", provider_id, body, ())
        if isinstance(written, Refused):
            return written
        return outcome_of_record(
            written,
            self._exchange.redactor,
            wanted={"id": provider_id, "external_id": external_id},
        )

    def _write_at(
        self, method: str, path: str, name: str, payload: JsonObject, query: Query
    ) -> Written | Failure | Refused:
        """The answer; a name that cannot be in an address is refused here, nothing is sent."""
        try:
            segment = path_segment(name)
        except DocumentError as error:
            return Refused(code=_BAD_IDENTIFIER, detail=error.message)
        return self._exchange.write(method, path.format(segment), payload, query)


def _sent(payload: JsonObject) -> dict[str, str]:
    number = payload.get("external_id")
    return {"external_id": number} if isinstance(number, str) else {}


def _id_type(*, by_number: bool) -> Query:
    return (("id_type", "EXTERNAL"),) if by_number else ()
