"""What of an order is sent: lines, money, currencies, addresses."""

from __future__ import annotations

from decimal import Decimal

from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.money import DIVIDE
from portal_pipeline.core.tenant import ShipTo
from portal_pipeline_tests.contract.controllers.buyers import line
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.ends import ends
from portal_pipeline_tests.scenarios.town import Town

D = Decimal
CREATE, PO = Operation.CREATE, DocumentKind.PURCHASE_ORDER


def _money(town: Town, number: str) -> tuple[Decimal, ...]:
    """Subtotal, VAT, withheld and total, as sent."""
    sent = town.buyers.sent(number)
    return tuple(sent[name] for name in ("subtotal", "vat_sum", "withhold_tax_sum", "total"))


@scenario
def lines_that_stay_out(town: Town) -> None:
    """Lines of a skipped warehouse or of zero quantity stay out and are told."""
    rules = town.tenant.purchase_orders.model_copy(update={"skipped_warehouses": ("ALM02",)})
    town.set(purchase_orders=rules)
    number = town.buyers.order(line("10"), line("5", location="ALM02"), line("2"), line("3"))
    town.company.cancel_quantity(number=number, line=3, quantity=D(2))
    with town.company.writing() as unit:
        key = {"PORHSEQ": town.company.purchase_order(number).sequence, "PORLREV": 4000}
        unit.update("POPORL", key, OQORDERED=D(0), OQOUTSTAND=D(0))
    nothing = town.buyers.order(line(location="ALM02"))
    town.cycle()
    assert [one["external_id"] for one in town.buyers.sent(number)["lines"]] == ["1"]
    assert ends(town, number).portal == "OPEN 1160.00: 10"
    row = town.row(number, CREATE, PO)
    assert row is not None
    assert [note.params for note in row.notes] == [{"lines": "2 (ALM02), 3 (0), 4 (0)"}]
    assert ends(town, nothing) == (
        "open 1160.00: 10",
        "",
        "create out_of_scope no_lines_to_send",
    )


@scenario
def blank_address(town: Town) -> None:
    """A blank address column is filled from the default, and without one the order waits."""
    number = town.buyers.order(line("10", location="SERV"))
    town.cycle()
    assert ends(town, number) == ("open 1160.00: 10", "", "create rejected po_field_invalid")
    default = ShipTo(street="Calle 5", city="Apodaca", zip_code="66600")
    rules = town.tenant.purchase_orders.model_copy(update={"ship_to": default})
    town.set(purchase_orders=rules)
    with town.company.writing() as unit:
        unit.update("ICLOC", {"LOCATION": "SERV"}, CITY="Escobedo", ZIP="N/A")
    town.cycle()
    assert ends(town, number) == ("open 1160.00: 10", "OPEN 1160.00: 10", "create done")
    address = town.buyers.sent(number)["addresses"][0]
    assert (address["street"], address["city"], address["zip_code"]) == (
        "Calle 5",
        "Escobedo",
        "66600",
    )


@scenario
def tax_on_top_of_the_price(town: Town) -> None:
    """A tax on top of the price is summed by line and cent, as Sage does."""
    number = town.buyers.order(line("3", "33.33"), line("1", "0.03"), line("7", "1.11"))
    town.cycle()
    assert _money(town, number) == (D("107.79"), D("17.24"), 0, D("125.03"))
    assert ends(town, number).sage == "open 125.03: 3, 1, 7"
    assert town.notes(number, CREATE, PO) == []


@scenario
def tax_inside_the_price(town: Town) -> None:
    """A tax inside the price stays in the line's amount and is not added again."""
    number = town.buyers.order(line("10", "116"))
    inside = {"TAXINCLUD1": 1, "TAXBASE1": D(1000), "TAXAMOUNT1": D(160), "TXEXCLUDED": D(0)}
    with town.company.writing() as unit:
        key = {"PORHSEQ": town.company.purchase_order(number).sequence}
        unit.update("POPORL", {**key, "PORLREV": 1000}, **inside)
        unit.update("POPORH1", key, TXEXCLUDED=D(0), DOCTOTAL=D(1160))
    town.cycle()
    assert _money(town, number) == (D("1160.00"), 0, 0, D("1160.00"))
    assert ends(town, number) == ("open 1160.00: 10", "OPEN 1160.00: 10", "create done")
    assert town.notes(number, CREATE, PO) == []


@scenario
def withholdings(town: Town) -> None:
    """Withheld taxes lower the total and are told apart from the VAT."""
    number = town.buyers.order(tax_group="IVA16HON")
    town.cycle()
    assert _money(town, number) == (D("1000.00"), D("160.00"), D("-206.67"), D("953.33"))
    assert ends(town, number) == ("open 953.33: 10", "OPEN 953.33: 10", "create done")
    assert town.notes(number, CREATE, PO) == []


@scenario
def discount_and_price_of_six_decimals(town: Town) -> None:
    """A discount lowers the line, and a price keeps as many decimals as it has, up to six."""
    number = town.buyers.order(
        line("10", "100", discount_percent=D(5)),
        line("3", "33.333333"),
        line("3", "12.5", conversion=D(12), unit="CAJA12"),
    )
    town.cycle()
    lines = town.buyers.sent(number)["lines"]
    assert [one["price"] for one in lines] == [D(100), D("33.333333"), D("12.5")]
    assert [one["subtotal"] for one in lines] == [D("950.00"), D("100.00"), D("37.50")]
    assert (lines[2]["quantity"], lines[2]["unit_of_measure"]) == (3, "CAJA12")
    assert _money(town, number) == (D("1087.50"), D("174.00"), 0, D("1261.50"))
    assert ends(town, number).sage == "open 1261.50: 10, 3, 3"
    assert town.notes(number, CREATE, PO) == []


@scenario
def pesos_and_dollars(town: Town) -> None:
    """MXP is MXN without a rate, and dollars carry pesos for one dollar by Sage's operator."""
    foreign = town.portal.add_provider(
        town.key, key="usa", name="Acme Inc", rfc="", external_id="V900", currency="USD"
    )
    town.company.add_vendor(
        vendor="V900", name="Acme Inc", currency="USD", provider_id=foreign.id, tax_group="IVA0"
    )
    pesos = town.buyers.order()
    times, by = (town.buyers.order(vendor="V900", rate=D("18.1234567")) for _ in range(2))
    with town.company.writing() as unit:
        unit.update("POPORH1", {"PONUMBER": by}, RATE=D("0.0571"), RATEOPER=DIVIDE)
    town.cycle()
    assert town.buyers.sent(pesos)["currency"] == "MXN"
    assert "exchange_rate" not in town.buyers.sent(pesos)
    sent = [town.buyers.sent(number) for number in (times, by)]
    assert [one["currency"] for one in sent] == ["USD", "USD"]
    assert [one["exchange_rate"] for one in sent] == [D("18.123457"), D("17.513135")]
    for number in (times, by):
        assert ends(town, number) == ("open 1000.00: 10", "OPEN 1000.00: 10", "create done")
