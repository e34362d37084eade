"""What every simulated company is born with: its set-up, as an implementer would leave it.

Codes follow Sage tables sheet 1 and 2. Percentages are those of Mexican VAT (IVA) and of the usual
withholdings; a withholding is an authority with a negative rate (Web API sheet 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.sage.company.taxes import five, numbered
from portal_pipeline.sandbox.sage.company.unit import Unit

PURCHASES = 2
"""TTYPE of a purchase tax group or rate."""
TEXT = 1
"""Optional field type."""


@dataclass(frozen=True)
class GroupSeed:
    """A tax group: authorities in order, and the item class that its lines usually have."""

    name: str
    description: str
    authorities: tuple[str, ...]
    usual_classes: tuple[int, ...]


TAX_RATES: Mapping[str, tuple[str, ...]] = {
    "IVA": ("16", "8", "0", "0"),
    "RETIVA": ("-10.66667", "-4", "-6"),
    "RETISR": ("-10", "-1.25"),
}
"""Percent of item class 1, 2, ... by authority; class 4 of IVA is exempt."""

TAX_GROUPS = (
    GroupSeed("IVA16", "IVA 16 %", ("IVA",), (1,)),
    GroupSeed("IVA8", "IVA 8 % frontera", ("IVA",), (2,)),
    GroupSeed("IVA0", "IVA 0 %", ("IVA",), (3,)),
    GroupSeed("IVA16HON", "Honorarios", ("IVA", "RETIVA", "RETISR"), (1, 1, 1)),
    GroupSeed("IVA16FLE", "Autotransporte", ("IVA", "RETIVA"), (1, 2)),
    GroupSeed("IVA16SUB", "Personal", ("IVA", "RETIVA"), (1, 3)),
    GroupSeed("IVA16ISR", "ISR 10 %", ("IVA", "RETISR"), (1, 1)),
    GroupSeed("IVA16RES", "RESICO", ("IVA", "RETISR"), (1, 2)),
)

IVA_CLASSES: Mapping[str, int] = {"IVA16": 1, "IVA8": 2, "IVA0": 3, "IVAEX": 4}
"""Item class of the authority IVA by rate."""

ACCOUNTS: Mapping[str, str] = {
    "2100100": "Proveedores nacionales",
    "2100200": "Proveedores extranjeros",
    "2150100": "Mercancia recibida no facturada",
    "1180100": "IVA acreditable",
    "2160100": "Retenciones por pagar",
    "1020100": "Bancos MXP",
    "1020200": "Bancos USD",
    "5100100": "Compras de materiales",
    "5100200": "Fletes",
    "5100300": "Servicios",
    "5100400": "Honorarios",
    "7100100": "Diferencia cambiaria",
}
PAYABLES = "2100100"
ACCRUED_RECEIPTS = "2150100"
INACTIVE_ACCOUNT = "5100999"

LOCATIONS: Mapping[str, tuple[str, ...]] = {
    "ALM01": (
        "Almacen central",
        "Av. Industria 100",
        "Apodaca",
        "Monterrey",
        "Nuevo Leon",
        "66600",
    ),
    "ALM02": ("Almacen sur", "Calz. Taxquena 2000", "Coyoacan", "Mexico", "CDMX", "04250"),
    "SERV": ("Servicios", "", "", "", "", ""),
}
"""Description, street (ADDRESS1), municipality (ADDRESS2), city, state, postal code."""

OPTIONAL_FIELDS: Mapping[str, tuple[str, int, tuple[tuple[str, str], ...]]] = {
    "FOLIOCFD": ("UUID del CFDI", 36, ()),
    "FECHACFD": ("Fecha del timbre", 60, ()),
    "RFC": ("RFC", 13, ()),
    "PROVIDERID": ("Id en el portal", 60, ()),
    "AFE": ("Activo fijo", 60, ()),
    "METODOPAGO": (
        "Forma de pago SAT",
        12,
        (
            ("02", "02 Cheque nominativo"),
            ("03", "03 Transferencia electronica de fondos"),
            ("99", "99 Por definir"),
        ),
    ),
    "FORMAPAGO": ("Metodo de pago SAT", 3, (("PUE", "Una exhibicion"), ("PPD", "Parcialidades"))),
    "USOCFDI": (
        "Uso del CFDI",
        4,
        (
            ("G01", "Adquisicion de mercancias"),
            ("G03", "Gastos en general"),
            ("I04", "Equipo de computo"),
            ("S01", "Sin efectos fiscales"),
        ),
    ),
}
"""Description, length, and the listed values (then only those are valid) by field."""

SETUP_DATE = date(2020, 1, 1)


def seed_company(unit: Unit, *, name: str, rfc: str) -> None:
    """Write the company's set-up; the database is empty before."""
    unit.insert(
        "CSCOM",
        {
            "ORGID": unit.org_id,
            "CONAME": name,
            "LEGALNAME": name,
            "CITY": "Monterrey",
            "STATE": "Nuevo Leon",
            "COUNTRY": "Mexico",
            "PERDFSC": 12,
            "HOMECUR": "MXP",
            "MULTICURSW": 1,
            "RATETYPE": "SP",
            "REPORTCUR": "MXP",
            "HNDLCKFSC": 2,
            "TAXNBR": rfc,
            "BRN": rfc,
            "EMAILPSWD": b"",
        },
    )
    unit.insert(
        "CSCCD",
        {"CURID": "MXP", "CURNAME": "Pesos mexicanos", "SYMBOL": "$", "DECIMALS": 2},
        {"CURID": "USD", "CURNAME": "US dollars", "SYMBOL": "US$", "DECIMALS": 2},
    )
    _seed_ledger(unit)
    _seed_taxes(unit)
    _seed_locations(unit)
    _seed_optional_fields(unit)


def _seed_ledger(unit: Unit) -> None:
    """Accounts, account sets, distribution codes, banks."""
    accounts = [*((code, text, 1) for code, text in ACCOUNTS.items())]
    accounts.append((INACTIVE_ACCOUNT, "Cuenta inactiva", 0))
    unit.insert(
        "GLAMF",
        *(
            {
                "ACCTID": code,
                "ACCTFMTTD": f"{code[:4]}-{code[4:]}",
                "ACCTDESC": text,
                "ACCTTYPE": "I" if code >= "5" else "B",
                "ACTIVESW": is_active,
                "MCSW": 1,
                "CREATEDATE": SETUP_DATE,
            }
            for code, text, is_active in accounts
        ),
    )
    unit.insert(
        "APRAS",
        *(
            {"ACCTSET": code, "TEXTDESC": text, "SWACTV": 1, "IDACCTAP": account, "CURRCODE": cur}
            for code, text, account, cur in (
                ("NAC", "Proveedores nacionales", "2100100", "MXP"),
                ("EXT", "Proveedores en dolares", "2100200", "USD"),
            )
        ),
    )
    unit.insert(
        "APRDC",
        *(
            {"DISTID": code, "TEXTDESC": ACCOUNTS[account], "SWACTV": 1, "IDGLACCT": account}
            for code, account in (
                ("COMPRA", "5100100"),
                ("FLETE", "5100200"),
                ("SERVIC", "5100300"),
                ("HONOR", "5100400"),
            )
        ),
    )
    unit.insert("BKACCT", *(_bank(code, cur, acct) for code, cur, acct in BANKS))


BANKS = (("BANMXP", "MXP", "1020100"), ("BANUSD", "USD", "1020200"))
"""Code, statement currency, G/L account; ADDR1 (the portal's account id) is set later."""


def _bank(code: str, currency: str, account: str) -> dict[str, Any]:
    return {
        "BANK": code,
        "NAME": f"Banco en {currency}",
        "CURNSTMT": currency,
        "MULTICUR": 1,
        "BKACCT": f"0123456789{account[-3:]}",
        "IDACCT": account,
    }


def _seed_taxes(unit: Unit) -> None:
    """Tax groups, authorities, rates and classes for purchases."""
    unit.insert(
        "TXAUTH",
        *(
            {
                "AUTHORITY": code,
                "DESC": code,
                "SCURN": "MXP",
                "RECOVERABL": 1,
                "RATERECOV": Decimal(100),
                "ACCTRECOV": "1180100",
                "LIABILITY": "2160100",
            }
            for code in TAX_RATES
        ),
    )
    unit.insert(
        "TXRATE",
        *(
            {
                "AUTHORITY": code,
                "TTYPE": PURCHASES,
                "BUYERCLASS": 1,
                **{f"ITEMRATE{n}": Decimal(0) for n in range(1, 11)},
                **{f"ITEMRATE{n}": Decimal(rate) for n, rate in enumerate(rates, start=1)},
                "LASTMAINT": SETUP_DATE,
            }
            for code, rates in TAX_RATES.items()
        ),
    )
    unit.insert(
        "TXCLASS",
        *(
            {
                "AUTHORITY": code,
                "CLASSTYPE": PURCHASES,
                "CLASSAXIS": 2,
                "CLASS": n,
                "DESC": f"{code} {rate} %",
                "EXEMPT": int(code == "IVA" and n == IVA_CLASSES["IVAEX"]),
            }
            for code, rates in TAX_RATES.items()
            for n, rate in enumerate(rates, start=1)
        ),
    )
    unit.insert(
        "TXGRP",
        *(
            {
                "GROUPID": group.name,
                "TTYPE": PURCHASES,
                "DESC": group.description,
                "SRCCURN": "MXP",
                **numbered("AUTHORITY", five(group.authorities, "")),
                **numbered("TAXABLE", five([1] * len(group.authorities), 0)),
                "LASTMAINT": SETUP_DATE,
            }
            for group in TAX_GROUPS
        ),
    )


def _seed_locations(unit: Unit) -> None:
    names = ("DESC", "ADDRESS1", "ADDRESS2", "CITY", "STATE", "ZIP")
    unit.insert(
        "ICLOC",
        *(
            {
                "LOCATION": code,
                **dict(zip(names, texts, strict=True)),
                "COUNTRY": "MEXICO" if texts[1] else "",
            }
            for code, texts in LOCATIONS.items()
        ),
    )


def _seed_optional_fields(unit: Unit) -> None:
    """Definitions (CSOPTFH) and listed values (CSOPTFD)."""
    unit.insert(
        "CSOPTFH",
        *(
            {
                "OPTFIELD": code,
                "FDESC": text,
                "TYPE": TEXT,
                "LENGTH": length,
                "ALLOWNULL": 1,
                "VALIDATE": int(bool(values)),
                "VALUES": len(values),
            }
            for code, (text, length, values) in OPTIONAL_FIELDS.items()
        ),
    )
    unit.insert(
        "CSOPTFD",
        *(
            {
                "OPTFIELD": code,
                "VALUE": value,
                "SORTEDVAL": value,
                "VDESC": description,
                "TYPE": TEXT,
                "LENGTH": length,
                "ALLOWNULL": 1,
                "VALIDATE": 1,
            }
            for code, (_, length, values) in OPTIONAL_FIELDS.items()
            for value, description in values
        ),
    )
