"""What the portal accepts as a payment: the ten checks, in their order, stop at the first.

Source: portal API sheet 6.2 and 11.6; 6.5 for what is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from portal_pipeline.sandbox.portal.cfdi_states import DOCUMENT_TYPES, INVOICE_KINDS
from portal_pipeline.sandbox.portal.errors import PortalError, bad_request
from portal_pipeline.sandbox.portal.json_fields import JsonFields
from portal_pipeline.sandbox.portal.records import BankAccount, Cfdi
from portal_pipeline.sandbox.portal.state import Portal
from portal_pipeline.sandbox.portal.switches import PortalSwitches

_OPERATION_TYPES = frozenset(
    ["TRANSFER", "BANK_CHECK", "CASH", "CREDIT_CARD", "DEBIT_CARD", "NOT_DEFINED", "ANY"]
)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class WantedLine:
    """One CFDI to pay, as sent; money in the CFDI's currency and in the payment's."""

    uuid: str
    identifier: str
    document_type: str
    currency: str
    amount: Decimal
    exchange_rate: Decimal
    payment_amount: Decimal
    payment_currency: str


@dataclass(frozen=True)
class WantedPayment:
    """One payment as sent (OnePaymentRequest)."""

    external_id: str
    currency: str
    total_amount: Decimal
    payment_date: str
    bank_account_id: str
    provider_external_id: str
    operation_type: str
    ignore_amounts: bool
    reference: str
    comments: str
    lines: tuple[WantedLine, ...]


@dataclass(frozen=True)
class Application:
    """One line that may be applied: ``applied`` leaves the balance of ``cfdi``."""

    line: WantedLine
    cfdi: Cfdi
    applied: Decimal


@dataclass(frozen=True)
class AcceptedPayment:
    """A payment that passed every check."""

    wanted: WantedPayment
    applications: tuple[Application, ...]
    bank_account: BankAccount | None


def read_payment(body: JsonFields) -> WantedPayment:
    """Checks 1 and 2: required keys, at least one CFDI, each one named."""
    cfdis = body.objects("cfdis")
    if not cfdis:
        raise PortalError(400, "PAYMENT__EXTERNAL_CREATE_EMPTY_CFDIS", "cfdis is empty")
    wanted = WantedPayment(
        external_id=body.text("external_id"),
        currency=body.required_text("currency"),
        total_amount=body.required_number("total_amount"),
        payment_date=body.required_instant("payment_date"),
        bank_account_id=body.text("bank_account_id"),
        provider_external_id=body.text("provider_external_id"),
        operation_type=body.choice("operation_type", _OPERATION_TYPES),
        ignore_amounts=body.flag("ignore_amounts"),
        reference=body.text("reference"),
        comments=body.text("comments"),
        lines=tuple(_read_line(cfdi) for cfdi in cfdis),
    )
    if wanted.total_amount <= 0:
        raise bad_request("total_amount must be positive")
    for line in wanted.lines:
        if not line.uuid and not (line.identifier and line.document_type):
            raise PortalError(
                400,
                "PAYMENT__EXTERNAL_CFDIS_EMPTY_TYPE",
                "the document type of the cfdis cannot be determined",
            )
    return wanted


def _read_line(cfdi: JsonFields) -> WantedLine:
    return WantedLine(
        uuid=cfdi.text("uuid").strip().upper(),
        identifier=cfdi.text("identifier").strip(),
        document_type=cfdi.choice("document_type", DOCUMENT_TYPES),
        currency=cfdi.required_text("currency"),
        amount=cfdi.required_number("amount"),
        exchange_rate=cfdi.required_number("exchange_rate"),
        payment_amount=cfdi.required_number("payment_amount"),
        payment_currency=cfdi.text("payment_currency"),
    )


def accept_payment(portal: Portal, tenant: str, wanted: WantedPayment) -> AcceptedPayment:
    """Checks 3 to 10.

    Raises:
        PortalError: the first check that fails.
    """
    switches = portal.switches
    is_repeat = _check_external_id(portal, tenant, wanted)
    cfdis = tuple(_find_cfdi(portal, tenant, wanted, line) for line in wanted.lines)
    if len({cfdi.id for cfdi in cfdis}) != len(cfdis):
        raise bad_request("cfdis names a document twice")
    _check_states(portal, tenant, wanted, cfdis)
    # A portal that accepts duplicates guards nothing: also what is already paid goes through.
    if not is_repeat:
        _check_unpaid(cfdis)
    account = _bank_account(portal, tenant, wanted)
    pairs = tuple(zip(wanted.lines, cfdis, strict=True))
    for line, cfdi in pairs:
        _check_currencies(wanted, line, cfdi, switches)
    applications = tuple(
        Application(line, cfdi, _applied(wanted, line, cfdi, switches, is_repeat=is_repeat))
        for line, cfdi in pairs
    )
    if not wanted.ignore_amounts:
        total = sum((line.payment_amount for line in wanted.lines), Decimal(0))
        if abs(total - wanted.total_amount) > _CENT:
            raise PortalError(
                400, "PAYMENT__AMOUNT_INCORRECT", f"{total} of {wanted.total_amount} allocated"
            )
    return AcceptedPayment(wanted, applications, account)


def _check_external_id(portal: Portal, tenant: str, wanted: WantedPayment) -> bool:
    """Check 3; whether this repeats an external id that the switch lets through."""
    if not wanted.external_id:
        return False
    others = portal.store.payments.find(tenant, wanted.external_id)
    if portal.switches.rejected_payment_frees_external_id:
        others = tuple(payment for payment in others if not payment.is_rejected)
    if others and not portal.switches.accept_duplicate_payments:
        raise PortalError(
            409, "PAYMENT__DUPLICATED", f"external_id {wanted.external_id} is duplicated"
        )
    return bool(others)


def _find_cfdi(portal: Portal, tenant: str, wanted: WantedPayment, line: WantedLine) -> Cfdi:
    """Check 4, by UUID or by identifier and provider."""
    store = portal.store
    if line.uuid:
        found = store.cfdis.find(tenant, line.uuid)
    else:
        owners = {p.id for p in store.providers.find(tenant, wanted.provider_external_id)}
        found = tuple(
            cfdi
            for cfdi in store.cfdis.newest(tenant)
            if cfdi.facts.identifier == line.identifier and cfdi.provider_id in owners
        )
    if not found:
        named = line.uuid or line.identifier
        raise PortalError(404, "PAYMENT_CFDIS_NOT_FOUND", f"cfdis not found: {named}")
    return found[0]


def _check_states(
    portal: Portal, tenant: str, wanted: WantedPayment, cfdis: tuple[Cfdi, ...]
) -> None:
    """Check 5: payable documents of one provider and one company."""
    for cfdi in cfdis:
        if cfdi.is_cancelled:
            raise PortalError(400, "PAYMENT_CFDIS_CANCELLED", cfdi.uuid)
        if cfdi.kind not in INVOICE_KINDS:
            raise PortalError(400, "CFDI__NOT_INVOICE_TYPE", cfdi.uuid)
    owners = {cfdi.provider_id for cfdi in cfdis}
    if wanted.provider_external_id:
        named = portal.store.providers.find(tenant, wanted.provider_external_id)
        owners |= {provider.id for provider in named} or {""}
    if len(owners) > 1:
        raise PortalError(
            400,
            "PAYMENT__PROVIDER_IS_NOT_SAME_THAN_PROVIDER_IN_PAYMENT",
            "all cfdis must be of the payment's provider",
        )
    if len({cfdi.company_id or cfdi.facts.receiver_rfc for cfdi in cfdis}) > 1:
        raise PortalError(400, "PAYMENT__CFDIS_COMPANY_NOT_EQUALS", "cfdis of two companies")
    for cfdi in cfdis:
        if cfdi.group == "PAYMENT_ORDER":
            raise PortalError(409, "PAYMENT_CFDI_ALREADY_IN_PAYMENT_ORDER", cfdi.uuid)
        if not _is_payable(cfdi, portal.switches):
            raise PortalError(409, "CFDI__PENDING_PAYMENT_NOT_RECORD_FOUND", cfdi.uuid)


def _is_payable(cfdi: Cfdi, switches: PortalSwitches) -> bool:
    if cfdi.group == "DELIVERED_ERP":
        return switches.pays_delivered_erp
    if cfdi.authorized_at is None:
        return switches.pays_unapproved
    if cfdi.status == "REJECTED":
        return switches.pays_rejected
    if cfdi.group in {"SENDING", "IN_PROCESS", "VALIDATION"}:
        return switches.pays_back_at_supplier
    return True


def _check_unpaid(cfdis: tuple[Cfdi, ...]) -> None:
    """Check 6."""
    paid = [cfdi.uuid for cfdi in cfdis if cfdi.balance <= 0]
    if paid:
        raise PortalError(
            406, "PAYMENT_CFDI_ALREADY_PAID", f"already paid cfdis: {', '.join(paid)}"
        )


def _bank_account(portal: Portal, tenant: str, wanted: WantedPayment) -> BankAccount | None:
    """Check 7; without an id the first active account, of the payment's currency if any."""
    accounts = portal.store.bank_accounts
    if wanted.bank_account_id:
        account = accounts.get(tenant, wanted.bank_account_id)
        if account is None:
            raise PortalError(404, "PAYMENT__BANK_ACCOUNT_NOT_FOUND", wanted.bank_account_id)
        return account
    active = [account for account in reversed(accounts.newest(tenant)) if account.active]
    active.sort(key=lambda account: account.currency != wanted.currency)
    return active[0] if active else None


def _check_currencies(
    wanted: WantedPayment, line: WantedLine, cfdi: Cfdi, switches: PortalSwitches
) -> None:
    """Check 8."""
    if line.currency != cfdi.facts.currency:
        raise PortalError(
            400, "PAYMENT_CURRENCY_NOT_EQUALS", f"{cfdi.uuid} is in {cfdi.facts.currency}"
        )
    if line.payment_currency and line.payment_currency != wanted.currency:
        raise PortalError(
            400, "PAYMENT_CURRENCY_NOT_EQUALS", f"the payment is in {wanted.currency}"
        )
    if line.currency == wanted.currency:
        if line.exchange_rate != 1:
            raise bad_request("exchange_rate must be 1 in the same currency")
        if line.payment_amount != line.amount:
            raise PortalError(
                400,
                "PAYMENT__AMOUNT_AND_PAYMENT_AMOUNT_IS_NOT_SAME",
                f"{line.amount} and {line.payment_amount}",
            )
        return
    if line.exchange_rate <= 0:
        raise bad_request("exchange_rate must be positive")
    if switches.exchange_rate_rule == "unchecked":
        return
    is_product = switches.exchange_rate_rule == "multiply"
    exact = line.amount * line.exchange_rate if is_product else line.amount / line.exchange_rate
    if abs(exact.quantize(_CENT, ROUND_HALF_UP) - line.payment_amount) > _CENT:
        raise PortalError(
            400, "PAYMENT__CFDI_AMOUNT_INCORRECT", f"{line.payment_amount} is not {exact}"
        )


def _applied(
    wanted: WantedPayment,
    line: WantedLine,
    cfdi: Cfdi,
    switches: PortalSwitches,
    *,
    is_repeat: bool,
) -> Decimal:
    """Checks 9 and 10; what leaves the balance, never more than there is."""
    if wanted.ignore_amounts:
        return cfdi.balance
    if line.amount <= 0:
        raise PortalError(400, "PAYMENT_CFDIS_AMOUNT_NOT_ALLOWED", f"{line.amount} is not positive")
    left = cfdi.balance - line.amount
    if abs(left) <= switches.amount_tolerance:
        return cfdi.balance
    if is_repeat:
        return min(line.amount, cfdi.balance)
    if left < 0:
        raise PortalError(
            400, "PAYMENT_CFDIS_AMOUNT_NOT_ALLOWED", f"{line.amount} is above {cfdi.balance}"
        )
    if cfdi.facts.metodo_pago == "PUE" and not switches.pue_partial_allowed:
        raise PortalError(400, "PAYMENT_PARTIALLY_INVALID_IN_PUE", cfdi.uuid)
    return line.amount
