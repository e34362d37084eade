"""Every guessed rule of the portal as a switch, with the default of the portal API sheet."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True)
class PortalSwitches:
    """How the simulated portal behaves where the real one is not known for certain.

    Source: portal API sheet 11.1 to 11.6; a comment names the fact where it lies elsewhere.
    """

    # Ids, dates, encoding (11.1).
    upper_case_ids: bool = False
    epoch_ms_dates: bool = False  # expedient.approved and metadata.created_at as milliseconds
    filter_time_zone: str = "America/Mexico_City"  # whose days the date filters mean

    # Paging (2.2, 11.2).
    page_size_cap: int = 200
    uncapped_masters: bool = False  # providers, purchase orders: pageSize -1 gives all
    omit_total: bool = False
    ignore_offset: bool = False
    strict_paging: bool = False  # missing pageSize or offset -> 400

    # Providers (11.3).
    provider_text_match: Literal["exact", "contains"] = "exact"
    provider_external_id_unique: bool = True  # a second owner of an external id -> 409

    # CFDIs (11.4).
    to_excludes_same_day: bool = False
    period_days_max: int | None = None  # from/to wider than this -> CFDI__PERIOD_EXCEEDS_LIMIT
    file_url_lifetime_s: int = 3600
    complement_payment_info: bool = False  # metadata.payment_info.payments on complements, too
    cancelled_status: str = "CANCELLED"  # the vendor's status list is not complete (4.1)

    # Purchase orders (11.5).
    po_sums_checked: bool = False
    po_update_needs_open: bool = True  # content updates only in OPEN or GENERATED
    po_same_status: Literal["ok", "errors", "409"] = "ok"
    po_status_refusal: Literal["errors", "409"] = "errors"  # shape C in a 200, or shape A
    po_external_ids_match: Literal["exact", "prefix"] = "exact"

    # Payments (11.6).
    accept_duplicate_payments: bool = False  # a portal that guards nothing by external id
    rejected_payment_frees_external_id: bool = False
    amount_tolerance: Decimal = Decimal("0.01")
    pue_partial_allowed: bool = False
    partial_payment_returns_to_supplier: bool = True  # else the invoice stays PENDING_TO_PAY
    exchange_rate_rule: Literal["unchecked", "multiply", "divide"] = "unchecked"
    pays_unapproved: bool = True
    pays_delivered_erp: bool = True
    pays_back_at_supplier: bool = True  # second instalment of an invoice in TO_SEND
    pays_rejected: bool = False  # an invoice that the tenant rejected after its first instalment
