"""Who and what a story is about: suppliers and deals with names and amounts of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.cfdi import PartySpec, TaxSpec, iva
from portal_pipeline.sandbox.world.chance import Chance
from portal_pipeline.sandbox.world.deals import (
    DOLLAR,
    CreditNote,
    Deal,
    DealLine,
    Supplier,
)
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Deed, Script
from portal_pipeline.sandbox.world.tenants import Company

NUMBERS_EACH = 20
"""Numbers that a story may use up for its deals and suppliers."""
FOREIGN_RFC = "XEXX010101000"
_TRADES = (
    *("Aceros", "Papeleria", "Transportes", "Refacciones", "Empaques", "Quimicos", "Uniformes"),
    *("Herramientas", "Lubricantes", "Servicios", "Laboratorio", "Imprenta", "Ferreteria"),
)
_FANCIES = (
    *("Imaginarios", "de Cuento", "Inventados", "de Fantasia", "del Ensueno", "Ficticios"),
    *("de la Luna", "del Arcoiris", "Fabulosos", "de Mentira"),
)
_GOODS = (
    ("TUB-050", "Tubo de acero 2 pulgadas", "PZA", "40171500", 180, 950),
    ("LAM-014", "Lamina galvanizada cal. 14", "PZA", "30102200", 400, 1800),
    ("PAP-CAR", "Papel bond carta", "PAQ", "14111507", 80, 140),
    ("TON-4100", "Toner negro", "PZA", "44103103", 700, 2400),
    ("ROD-6204", "Rodamiento 6204", "PZA", "31171500", 60, 260),
    ("ACE-15W40", "Aceite 15W40", "LTS", "15121500", 70, 190),
    ("GUA-NIT", "Guantes de nitrilo", "PAR", "46181504", 20, 70),
    ("SEN-TMP", "Sensor de temperatura", "PZA", "41112200", 350, 3200),
)


@dataclass
class Cast:
    """The people of a story, and their deals; the same in every run."""

    company: Company
    seed: int
    ordinal: int
    chance: Chance
    regulars: tuple[Supplier, ...] = ()
    suppliers: list[Supplier] = field(default_factory=list)
    """Those that are set up in both systems long before the world begins."""
    interruption: tuple[str, Deed] | None = None
    """UUID of a document, and the deed that puts it into the portal between two pages of a list."""
    deals: list[Deal] = field(default_factory=list)
    """What the story is about, in the order in which it was thought up."""
    _used: int = 0

    def _number(self) -> int:
        if self._used >= NUMBERS_EACH:
            raise ValueError(f"a story has {NUMBERS_EACH} numbers")
        self._used += 1
        return self.ordinal * NUMBERS_EACH + self._used - 1

    # --- suppliers ---------------------------------------------------------------------------

    def newcomer(self, **values: Any) -> Supplier:
        """A supplier that nobody has set up yet; fields of ``Supplier`` may be given."""
        number = self._number()
        chance = self.chance.of("supplier", number)
        made: dict[str, Any] = {
            "tenant": self.company.portal_id,
            "vendor": f"P{number:06d}",
            "name": f"{chance.pick(_TRADES)} {chance.pick(_FANCIES)} {number} SA de CV",
            "rfc": _rfc(number),
        }
        return Supplier(**{**made, **values})

    def supplier(self, **values: Any) -> Supplier:
        """A supplier that both systems know, as its fields say."""
        made = self.newcomer(**values)
        self.suppliers.append(made)
        return made

    def foreign_supplier(self, **values: Any) -> Supplier:
        """One abroad: dollars, the generic RFC."""
        usual = {"kind": "FOREIGN", "currency": DOLLAR, "rfc": FOREIGN_RFC, "tax_group": "IVA0"}
        return self.supplier(**{**usual, **values})

    def regular(self) -> Supplier:
        """One of the suppliers that many deals share."""
        return self.chance.of("regular").pick(self.regulars)

    # --- deals -------------------------------------------------------------------------------

    def deal(
        self,
        supplier: Supplier | None = None,
        *,
        lines: int = 0,
        of: tuple[DealLine, ...] = (),
        currency: str = "",
        issued_on: date | None = None,
        method: str = "PPD",
        version: str = "4.0",
        taxes: tuple[TaxSpec, ...] | None = None,
        boxes_of: int = 0,
        is_round: bool = False,
        receiver: PartySpec | None = None,
        relations: tuple[tuple[str, tuple[str, ...]], ...] = (),
    ) -> Deal:
        """A purchase from a supplier (by default one of its own).

        Values:
            lines: how many; 0: one to three.
            of: these very lines.
            boxes_of: ordered in boxes of so many stocking units; 0: one by one.
            is_round: prices whose taxes leave no cents over, however a line is split.
        """
        seller = supplier or self.supplier()
        number = self._number()
        chance = self.chance.of("deal", number)
        is_free = seller.tax_group == "IVA0"
        made = Deal(
            number=number,
            seed=self.seed,
            supplier=seller,
            receiver=receiver or self.company.party,
            lines=of or _lines(chance, lines or chance.number(1, 3), boxes_of, is_round=is_round),
            currency=currency or seller.currency,
            method=method,
            version=version,
            taxes=taxes or ((iva(0),) if is_free else (iva(16),)),
            tax_group=seller.tax_group,
            issued_on=issued_on,
            relations=relations,
        )
        self.deals.append(made)
        return made

    def line(self, **values: Any) -> DealLine:
        """A line for ``deal``; fields of ``DealLine`` may be given."""
        chance = self.chance.of("line", self._number())
        return replace(_line(chance, 0, is_round=False), **values)

    def substitute(self, deal: Deal) -> Deal:
        """A deal with the same content under a new number, related as 04."""
        made = replace(deal, number=self._number(), relations=(("04", (deal.uuid,)),))
        self.deals.append(made)
        return made

    def credit_note(
        self,
        deal: Deal,
        share: str = "0.2",
        relations: tuple[tuple[str, tuple[str, ...]], ...] | None = None,
    ) -> CreditNote:
        """A credit note over a share of a deal; ``relations`` where it names other invoices."""
        net = (deal.net * Decimal(share)).quantize(Decimal("0.01"))
        return CreditNote(deal=deal, net=net, relations=relations)

    def changed(self, deal: Deal, **values: Any) -> Deal:
        """The deal with other fields, in the place of what was thought up first."""
        made = replace(deal, **values)
        self.deals[self.deals.index(deal)] = made
        return made


def _rfc(number: int) -> str:
    """A well-formed RFC that belongs to nobody, a different one for each number."""
    letters, rest = divmod(number, 1000)
    first, second = divmod(letters, 26)
    return f"Z{chr(65 + first)}{chr(65 + second)}010101{rest:03d}"


def _lines(chance: Chance, count: int, boxes_of: int, *, is_round: bool) -> tuple[DealLine, ...]:
    return tuple(_line(chance.of(place), boxes_of, is_round=is_round) for place in range(count))


def _line(chance: Chance, boxes_of: int, *, is_round: bool) -> DealLine:
    item, description, unit, product, low, high = chance.pick(_GOODS)
    return DealLine(
        item=item,
        description=description,
        quantity=Decimal(chance.number(4, 60)),
        unit_cost=Decimal(25 * chance.number(1, 40)) if is_round else chance.price(low, high),
        unit="CAJA" if boxes_of else unit,
        conversion=Decimal(boxes_of or 1),
        product_key=product,
    )


Play = Callable[[Cast, Office], Script]
__all__ = ["DOLLAR", "Cast", "Play"]
