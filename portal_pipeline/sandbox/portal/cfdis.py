"""CFDI endpoints: list with its filters, one document, hand-over marks.

Source: portal API sheet 4.1, 4.3, 4.4 and 11.4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal_pipeline.sandbox.http import Request, Response
from portal_pipeline.sandbox.portal.cfdi_states import (
    DOCUMENT_TYPES,
    KIND_FILTER,
    STAGES,
    is_in_stage,
    moved,
)
from portal_pipeline.sandbox.portal.cfdi_views import cfdi_json, cfdi_text
from portal_pipeline.sandbox.portal.errors import PortalError, bad_request
from portal_pipeline.sandbox.portal.identity import day_of
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.paging import page_response, page_window
from portal_pipeline.sandbox.portal.query import (
    choice_param,
    choice_params,
    day_param,
    flag_param,
    is_external_id,
    is_within,
)
from portal_pipeline.sandbox.portal.records import Cfdi
from portal_pipeline.sandbox.portal.state import Call, Portal
from portal_pipeline.sandbox.portal.switches import PortalSwitches

Test = Callable[[Cfdi], bool]


def list_cfdis(call: Call) -> Response:
    """One page, newest first; ``total`` counts all matches."""
    portal, request = call.portal, call.request
    window = page_window(request, portal.switches, error_name="CFDI__INVALID_PAGINATION_PARAMS")
    tests = [*_enum_tests(request), *_date_tests(request, portal.switches), *_id_tests(call)]
    matches = [cfdi for cfdi in _candidates(call) if all(is_match(cfdi) for is_match in tests)]
    with_history = flag_param(request, "retrieveHistory") is True
    with_validations = flag_param(request, "hideValidations") is not True
    return page_response(
        matches,
        window,
        portal.switches,
        lambda cfdi: cfdi_text(
            portal, cfdi, with_history=with_history, with_validations=with_validations
        ),
    )


def get_cfdi(call: Call) -> Response:
    """One document by id, or by UUID with ``id_type=EXTERNAL``."""
    cfdi = find_cfdi(call, by_uuid=is_external_id(call.request))
    text = cfdi_text(
        call.portal,
        cfdi,
        with_history=flag_param(call.request, "retrieveHistory") is True,
        with_validations=flag_param(call.request, "hideValidations") is not True,
    )
    return Response(200, text.encode(), {"content-type": "application/json"})


def find_cfdi(call: Call, *, by_uuid: bool = False) -> Cfdi:
    """The document of the path; 404 when the tenant has none."""
    wanted = call.path_values["id"]
    cfdi = (
        _by_uuid(call, wanted) if by_uuid else call.portal.store.cfdis.get(call.tenant_id, wanted)
    )
    if cfdi is None:
        raise PortalError(404, "CFDI__NOT_FOUND", f"no document {wanted}")
    return cfdi


def _by_uuid(call: Call, uuid: str) -> Cfdi | None:
    found = call.portal.store.cfdis.find(call.tenant_id, uuid.strip().upper())
    return found[0] if found else None


def _candidates(call: Call) -> Iterable[Cfdi]:
    """All documents, newest first; fetched by index where ids or UUIDs are named."""
    cfdis, tenant = call.portal.store.cfdis, call.tenant_id
    uuids, ids = call.request.params("uuids"), call.request.params("cfdiIds")
    if not uuids and not ids:
        return cfdis.newest(tenant)
    named = {c.id: c for u in uuids if (c := _by_uuid(call, u)) is not None}
    if ids:
        by_id = {c.id: c for i in ids if (c := cfdis.get(tenant, i)) is not None}
        named = {i: c for i, c in by_id.items() if not uuids or i in named}
    in_order = sorted(named.values(), key=lambda c: c.id)
    return sorted(in_order, key=lambda c: c.created_at, reverse=True)


def _enum_tests(request: Request) -> list[Test]:
    tests: list[Test] = []
    kind = choice_param(request, "cfdiType", KIND_FILTER)
    if kind is not None:
        tests.append(lambda c: c.kind == KIND_FILTER[kind])
    stage = choice_param(request, "stage", STAGES)
    if stage is not None:
        tests.append(lambda c: is_in_stage(c, stage))
    types = choice_params(request, "documentTypes", DOCUMENT_TYPES)
    if types:
        tests.append(lambda c: c.document_type in types)
    for name, read in _EXACT_FILTERS.items():
        value = request.param(name)
        if value is not None:
            tests.append(_equals(read, value))
    return tests


def _equals(read: Callable[[Cfdi], str], value: str) -> Test:
    return lambda cfdi: read(cfdi) == value


_EXACT_FILTERS: dict[str, Callable[[Cfdi], str]] = {
    "status": lambda c: c.status,
    "serie": lambda c: c.facts.serie,
    "folio": lambda c: c.facts.folio,
}


def _date_tests(request: Request, switches: PortalSwitches) -> list[Test]:
    zone = switches.filter_time_zone
    first, last = day_param(request, "from"), day_param(request, "to")
    _check_range(first, last, switches.period_days_max)
    if last is not None and switches.to_excludes_same_day:
        last -= timedelta(days=1)
    created_first = day_param(request, "createdFrom")
    created_last = day_param(request, "createdUntil")
    _check_range(created_first, created_last, None)
    tests: list[Test] = []
    if first is not None or last is not None:
        tests.append(lambda c: is_within(c.facts.issued_on, first, last))
    if created_first is not None or created_last is not None:
        tests.append(lambda c: is_within(day_of(c.created_at, zone), created_first, created_last))
    return tests


def _check_range(first: date | None, last: date | None, days_max: int | None) -> None:
    if first is None or last is None:
        return
    if first > last:
        raise PortalError(400, "CFDI__INVALID_DATE_RANGE", f"{first} is after {last}")
    if days_max is not None and (last - first).days > days_max:
        raise PortalError(400, "CFDI__PERIOD_EXCEEDS_LIMIT", f"more than {days_max} days")


def _id_tests(call: Call) -> list[Test]:
    """Filters by provider, company and purchase order, by the portal's id or the ERP's."""
    request, store, tenant = call.request, call.portal.store, call.tenant_id
    tests: list[Test] = []
    if (value := request.param("providerId")) is not None:
        tests.append(_among(lambda c: c.provider_id, {value.lower()}))
    if (value := request.param("providerExternalId")) is not None:
        ids = {p.id.lower() for p in store.providers.find(tenant, value)}
        tests.append(_among(lambda c: c.provider_id, ids))
    if (value := request.param("companyExternalId")) is not None:
        ids = {c.id.lower() for c in store.companies.find(tenant, value)}
        tests.append(_among(lambda c: c.company_id, ids))
    order_number = request.param("purchaseOrderExternalId")
    if (value := request.param("purchaseOrderId")) is not None:
        order = store.purchase_orders.get(tenant, value)
        order_number = order.external_id if order else ""
    if order_number is not None:
        tests.append(
            lambda c: any(k.purchase_order_external_id == order_number for k in c.po_links)
        )
    return tests


def _among(read: Callable[[Cfdi], str], allowed: Collection[str]) -> Test:
    return lambda cfdi: read(cfdi).lower() in allowed


@dataclass(frozen=True)
class _Handover:
    """One mark of 4.4: from which group to which, and the refusal elsewhere."""

    source: str
    target: str
    status: str
    refusal: str


_TO_ERP = _Handover("RECEIVED", "DELIVERED_ERP", "DELIVERED_ERP", "CFDI__WRONG_STAGE_SEND_ERP")
_TO_PENDING = _Handover(
    "DELIVERED_ERP", "RECEIVED", "PENDING_PAYMENT", "CFDI__NOT_DELIVERED_ERP_STAGE"
)


def send_to_erp(call: Call) -> Response:
    """Marks documents as handed to the ERP; results per item (shape B)."""
    return _hand_over(call, _TO_ERP)


def send_to_pending_payment(call: Call) -> Response:
    """Takes the mark back; results per item (shape B)."""
    return _hand_over(call, _TO_PENDING)


def _hand_over(call: Call, rule: _Handover) -> Response:
    results = []
    for item in call.body().objects("cfdis", count_min=1):
        named = item.text("cfdi_id") or item.text("uuid")
        try:
            cfdi = _hand_over_one(call.portal, _named_cfdi(call, item), rule)
        except PortalError as error:
            results.append(
                {"error_code": error.code, "error_message": str(error), "id": named, "item": None}
            )
        else:
            shown = cfdi_json(call.portal, cfdi)
            results.append({"error_code": 0, "error_message": "", "id": cfdi.id, "item": shown})
    return Response.json({"id": None, "results": results})


def _named_cfdi(call: Call, item: JsonFields) -> Cfdi:
    cfdi_id, uuid = item.text("cfdi_id"), item.text("uuid")
    if not cfdi_id and not uuid:
        raise bad_request("cfdi_id or uuid is required")
    cfdi = call.portal.store.cfdis.get(call.tenant_id, cfdi_id) or _by_uuid(call, uuid)
    if cfdi is None:
        raise PortalError(404, "CFDI__NOT_FOUND", f"no document {cfdi_id or uuid}")
    return cfdi


def _hand_over_one(portal: Portal, cfdi: Cfdi, rule: _Handover) -> Cfdi:
    if cfdi.group != rule.source:
        raise PortalError(409, rule.refusal, f"document is in {cfdi.group}")
    changed = moved(cfdi, rule.target, rule.status, portal.now())
    portal.store.put(changed)
    return changed
