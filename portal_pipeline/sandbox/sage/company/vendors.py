"""Vendors and banks, as a person keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from portal_pipeline.sandbox.sage.company.entries import OptionalValue, SageRefused
from portal_pipeline.sandbox.sage.company.store import CompanyStore


class VendorActions(CompanyStore):
    """What people do with vendors and banks."""

    def add_vendor(
        self,
        *,
        vendor: str,
        name: str,
        rfc: str = "",
        provider_id: str = "",
        currency: str = "MXP",
        group: str = "NAC",
        terms: str = "N30",
        tax_group: str = "IVA16",
        account_set: str = "",
        gl_account: str = "5100100",
        distribution_code: str = "",
        email: str = "",
        payment_form: str = "",
        optional_fields: Sequence[OptionalValue] = (),
    ) -> None:
        """A new active vendor (APVEN) with its optional fields (APVENO).

        Values:
            rfc: optional field ``RFC``; empty: the vendor has none.
            provider_id: optional field ``PROVIDERID``.
            payment_form: value of ``METODOPAGO``.

        Raises:
            SageRefused: ``vendor_exists``, ``csccd_unknown`` and the like.
        """
        usual = (("RFC", rfc), ("PROVIDERID", provider_id), ("METODOPAGO", payment_form))
        fields = [OptionalValue(name=code, value=value) for code, value in usual if value]
        fields += optional_fields
        with self.writing() as unit:
            if unit.row("APVEN", {"VENDORID": vendor}, "VENDORID") is not None:
                raise SageRefused("vendor_exists", vendor)
            unit.needed("CSCCD", {"CURID": currency}, "CURID")
            classes = self._tax_group(unit, tax_group).authorities
            unit.insert(
                "APVEN",
                {
                    "VENDORID": vendor,
                    "SHORTNAME": name[:10],
                    "IDGRP": group,
                    "SWACTV": 1,
                    "DATELASTMN": unit.today,
                    "DATESTART": unit.today,
                    "VENDNAME": name[:60],
                    "LEGALNAME": name[:60],
                    "TEXTSTRE1": "Av. Principal 1",
                    "NAMECITY": "Monterrey",
                    "CODESTTE": "Nuevo Leon",
                    "CODEPSTL": "64000",
                    "CODECTRY": "Mexico",
                    "EMAIL2": email,
                    "IDACCTSET": account_set or ("NAC" if currency == "MXP" else "EXT"),
                    "CURNCODE": currency,
                    "RATETYPE": "SP",
                    "TERMSCODE": terms,
                    "CODETAXGRP": tax_group,
                    **{f"TAXCLASS{n}": 1 for n in range(1, len(classes) + 1)},
                    "SWDISTBY": 1 if distribution_code else 2,
                    "DISTCODE": distribution_code,
                    "GLACCNT": gl_account,
                    "BRN": rfc,
                    "VALUES": len(fields),
                },
            )
            unit.insert("APVENO", *unit.optional_rows({"VENDORID": vendor}, fields))

    def set_vendor_optional_field(self, *, vendor: str, name: str, value: str) -> None:
        """Set an optional field of a vendor; the vendor itself is not re-stamped for a change."""
        with self.writing() as unit:
            unit.needed("APVEN", {"VENDORID": vendor}, "VENDORID")
            unit.set_optional(
                "APVEN",
                "APVENO",
                {"VENDORID": vendor},
                OptionalValue(name=name, value=value),
            )

    def set_vendor_active(self, *, vendor: str, is_active: bool) -> None:
        """Activate or inactivate a vendor; to an inactive one nothing posts."""
        with self.writing() as unit:
            unit.needed("APVEN", {"VENDORID": vendor}, "VENDORID")
            inactive_on = None if is_active else unit.today
            unit.update(
                "APVEN",
                {"VENDORID": vendor},
                SWACTV=int(is_active),
                DATEINAC=inactive_on,
                DATELASTMN=unit.today,
            )

    def set_vendor_account(self, *, vendor: str, account: str) -> None:
        """The G/L account to which the vendor's invoices go by default (GLACCNT)."""
        with self.writing() as unit:
            unit.needed("APVEN", {"VENDORID": vendor}, "VENDORID")
            unit.update("APVEN", {"VENDORID": vendor}, GLACCNT=account, DATELASTMN=unit.today)

    def set_vendor_amount_check(self, *, vendor: str, is_on: bool) -> None:
        """Whether Sage rejects a second document of the same amount (DUPAMTCODE 2; 0: not checked).

        Source: Web API sheet 4.
        """
        with self.writing() as unit:
            unit.needed("APVEN", {"VENDORID": vendor}, "VENDORID")
            code = 2 if is_on else 0
            unit.update("APVEN", {"VENDORID": vendor}, DUPAMTCODE=code, DATELASTMN=unit.today)

    def set_bank_portal_account(self, *, bank: str, account: str) -> None:
        """Write the portal's account id into the bank's first address line (ADDR1)."""
        with self.writing() as unit:
            unit.needed("BKACCT", {"BANK": bank}, "BANK")
            unit.update("BKACCT", {"BANK": bank}, ADDR1=account, LSTMNTND=unit.today)
