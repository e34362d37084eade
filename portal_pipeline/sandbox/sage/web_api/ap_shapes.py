"""The A/P record types. Source: Web API sheet 4 and 5; columns from the Sage tables sheet 5."""

from __future__ import annotations

from portal_pipeline.sandbox.sage.web_api.shapes import (
    Kind,
    Property,
    Shape,
    choice,
    day,
    fixed,
    many,
    number,
    numbered,
    text,
    whole,
)

UPDATE_OPERATIONS = {"Unspecified": 0, "Insert": 1, "Update": 2, "Delete": 3}
DOCUMENT_TYPES = {"Invoice": 1, "DebitNote": 2, "CreditNote": 3, "Interest": 4}
BATCH_STATUSES = {"Open": 1, "Posted": 3, "Deleted": 4, "PostInProgress": 5, "ReadyToPost": 7}
TAX_CONTROLS = {"Enter": 0, "Calculate": 1, "Distribute": 2}
OPTIONAL_FIELD_TYPES = {
    "Text": 1,
    "Date": 3,
    "Time": 4,
    "Number": 6,
    "Integer": 8,
    "YesNo": 9,
    "Amount": 100,
}
UPDATE_OPERATION = Property(
    "UpdateOperation", Kind.CHOICE, choices=UPDATE_OPERATIONS, constant="Unspecified"
)


def _yes_no(name: str, column: str) -> Property:
    return choice(name, column, No=0, Yes=1)


def _optional_values(type_name: str, *keys: Property) -> Shape:
    """The long read shape of an optional field's value (sheet 5.4); written: code and value."""
    return Shape(
        type_name,
        (
            *keys,
            text("OptionalField", "OPTFIELD", 12),
            text("Value", "VALUE", 60),
            choice(f"{type_name}Type", "TYPE", **OPTIONAL_FIELD_TYPES),
            whole("Length", "LENGTH"),
            whole("Decimals", "DECIMALS"),
            Property("AllowBlank", Kind.FLAG, "ALLOWNULL"),
            Property("Validate", Kind.FLAG, "VALIDATE"),
            choice("ValueSet", "SWSET", No=0, Yes=1, NotApplicable=99),
            fixed("TypedValueFieldIndex", Kind.NUMBER, 0),
            fixed("TextValue", Kind.TEXT, "", 60),
            fixed("AmountValue", Kind.NUMBER, 0),
            fixed("NumberValue", Kind.NUMBER, 0),
            fixed("IntegerValue", Kind.NUMBER, 0),
            fixed("YesNoValue", Kind.FLAG, value=False),
            fixed("DateValue", Kind.DATE, None),
            fixed("TimeValue", Kind.DATE, "1899-12-30T00:00:00Z"),
            fixed("OptionalFieldDescription", Kind.TEXT, "", 60),
            fixed("ValueDescription", Kind.TEXT, "", 60),
            UPDATE_OPERATION,
        ),
    )


_BATCH = number("BatchNumber", "CNTBTCH")
_ENTRY = number("EntryNumber", "CNTITEM")
INVOICE_OPTIONAL_FIELD = _optional_values("InvoiceOptionalField", _BATCH, _ENTRY)
VENDOR_OPTIONAL_FIELD = _optional_values(
    "VendorOptionalFieldValue", text("VendorNumber", "VENDORID", 12)
)

INVOICE_DETAIL = Shape(
    "InvoiceDetail",
    (
        _BATCH,
        _ENTRY,
        number("LineNumber", "CNTLINE"),
        text("DistributionCode", "IDDIST", 6),
        text("DistributionDescription", "TEXTDESC", 60),
        text("GLAccount", "IDGLACCT", 45),
        number("DistributedAmount", "AMTDIST"),
        number("DistributedAmountBeforeTaxes", "AMTDISTNET"),
        _yes_no("ManualTaxEntry", "SWMANLTX"),
        *numbered("TaxClass{}", "TAXCLASS{}", whole),
        *numbered("TaxInclusive{}", "SWTAXINCL{}", _yes_no),
        *numbered("BaseTax{}", "BASETAX{}", number),
        *numbered("TaxRate{}", "RATETAX{}", number),
        *numbered("TaxAmount{}", "AMTTAX{}", number),
        number("TaxTotal", "AMTTOTTAX"),
        _yes_no("Discountable", "SWDISCABL"),
        number("Quantity", "QTYINVC"),
        text("UnitOfMeasure", "UNITMEAS", 10),
        text("ItemNumber", "IDITEM", 16),
        fixed("Comment", Kind.TEXT, "", 250),
        UPDATE_OPERATION,
    ),
)
"""``Comment`` is checked and forgotten: its table (APIBT) is not among those declared. So are the
estimated withholdings of the header, which newer releases keep in columns of their own."""

PAYMENT_SCHEDULE = Shape(
    "InvoicePaymentSchedule",
    (
        _BATCH,
        _ENTRY,
        number("PaymentNumber", "CNTPAYM"),
        day("DueDate", "DATEDUE"),
        number("AmountDue", "AMTDUE"),
        UPDATE_OPERATION,
    ),
)

INVOICE = Shape(
    "Invoice",
    (
        _BATCH,
        _ENTRY,
        text("VendorNumber", "IDVEND", 12),
        choice("DocumentType", "TEXTTRX", **DOCUMENT_TYPES),
        text("DocumentNumber", "IDINVC", 22),
        text("InvoiceDescription", "INVCDESC", 60),
        day("DocumentDate", "DATEINVC"),
        day("PostingDate", "DATEBUS"),
        day("AsOfDate", "DATEASOF"),
        text("FiscalYear", "FISCYR", 4),
        text("FiscalPeriod", "FISCPER", 2),
        text("CurrencyCode", "CODECURN", 3),
        text("RateType", "RATETYPE", 2),
        day("RateDate", "DATERATE"),
        number("ExchangeRate", "EXCHRATEHC"),
        _yes_no("RateOverridden", "SWMANRTE"),
        choice("CurrencyCodeOperator", "CODEOPER", Multiply=1, Divide=2),
        text("OrderNumber", "ORDRNBR", 22),
        text("PONumber", "PONBR", 22),
        text("ApplytoDocument", "INVCAPPLTO", 22),
        text("Terms", "TERMCODE", 6),
        day("DueDate", "DATEDUE"),
        text("TaxGroup", "CODETAXGRP", 12),
        *numbered("TaxAuthority{}", "CODETAX{}", lambda name, column: text(name, column, 12)),
        *numbered("TaxClass{}", "TAXCLASS{}", whole),
        choice("TaxAmountControl", "SWCALCTX", **TAX_CONTROLS),
        choice("TaxBaseControl", "SWTXBSECTL", **TAX_CONTROLS),
        *numbered("TaxBase{}", "BASETAX{}", number),
        *numbered("TaxAmount{}", "AMTTAX{}", number),
        *(fixed(f"EstimatedTaxWithheldAmount{n}", Kind.NUMBER, 0) for n in range(1, 6)),
        number("TaxTotal", "AMTTAXTOT"),
        number("TotalDistributedTax", "AMTTAXDIST"),
        number("DocumentTotalBeforeTaxes", "AMTINVCTOT"),
        number("DocumentTotalIncludingTax", "AMTGROSTOT"),
        number("DistributedTotalBeforeTaxes", "AMTTOTDIST"),
        number("DistributedTotalIncludingTax", "AMTGROSDST"),
        fixed("UndistributedAmount", Kind.NUMBER, 0),
        number("NumberOfDetails", "DETAILCNT"),
        _yes_no("OnHold", "SWHOLD"),
        text("RemitToLocation", "IDRMITTO", 6),
        text("AccountSet", "IDACCTSET", 6),
        text("DistributionSet", "IDDISTSET", 6),
        number("DistributionSetAmount", "AMTDISTSET"),
        text("ImportDeclarationNumber", "IDN", 30),
        text("EnteredBy", "ENTEREDBY", 8),
        number("ErrorBatch", "ERRBATCH"),
        number("ErrorEntry", "ERRENTRY"),
        UPDATE_OPERATION,
        many("InvoiceDetails", INVOICE_DETAIL),
        many("InvoicePaymentSchedules", PAYMENT_SCHEDULE),
        many("InvoiceOptionalFields", INVOICE_OPTIONAL_FIELD),
    ),
)

INVOICE_BATCH = Shape(
    "InvoiceBatch",
    (
        _BATCH,
        day("BatchDate", "DATEBTCH"),
        text("Description", "BTCHDESC", 60),
        number("NumberOfEntries", "CNTINVCENT"),
        number("BatchTotal", "AMTENTR"),
        choice(
            "BatchType",
            "BTCHTYPE",
            Entered=1,
            Imported=2,
            Generated=3,
            Recurring=4,
            External=5,
            Retainage=6,
        ),
        choice("BatchStatus", "BTCHSTTS", **BATCH_STATUSES),
        choice("InvoiceType", "INVCTYPE", Summary=1),
        number("LastEntryNumber", "CNTLSTITEM"),
        number("PostingSequenceNumber", "POSTSEQNBR"),
        number("NumberOfErrors", "NBRERRORS"),
        day("DateLastEdited", "DTELSTEDIT"),
        _yes_no("BatchPrintedFlag", "SWPRINTED"),
        text("SourceApplication", "SRCEAPPL", 2),
        _yes_no("ICTRelated", "SWICT"),
        fixed("ProcessCommandCode", Kind.TEXT, "UnlockBatchResource", 60),
        many("Invoices", INVOICE),
    ),
)

POST_INVOICES = Shape(
    "PostInvoice",
    (
        choice("ProcessAllBatches", "", Donotpostallbatches=0, Postallbatches=1),
        number("FromBatch", ""),
        number("ToBatch", ""),
        fixed("ActionSelector", Kind.TEXT, "", 60),
    ),
)

POSTED_DOCUMENT = Shape(
    "PostedDocument",
    (
        text("VendorNumber", "IDVEND", 12),
        text("DocumentNumber", "IDINVC", 22),
        choice("DocumentType", "TXTTRXTYPE", **DOCUMENT_TYPES, Prepayment=10, Payment=11),
        text("PONumber", "IDPONBR", 22),
        day("DocumentDate", "DATEINVC"),
        day("PostingDate", "DATEBUS"),
        text("CurrencyCode", "CODECURN", 3),
        number("BatchNumber", "CNTBTCH"),
        number("EntryNumber", "CNTITEM"),
        number("PostingSequenceNumber", "POSTSEQNCE"),
        choice("FullyPaid", "SWPAID", No=0, Yes=1),
    ),
)

POSTING_ERROR = Shape(
    "PostingErrorMessage",
    (
        text("BatchType", "CODEBATCH", 2),
        number("PostingSequenceNumber", "POSTINGSEQ"),
        number("BatchNumber", "CNTBATCH"),
        number("EntryNumber", "CNTITEM"),
        number("LineNumber", "CNTLINE"),
        number("ErrorNumber", "CNTERROR"),
        number("SequenceNumber", "CNTSEQ"),
        text("MessageNumber", "CODEMSG", 7),
        text("Description", "ERRDESC", 250),
        number("ErrorBatchNumber", "CNTERRBTCH"),
        number("ErrorEntryNumber", "CNTERRITEM"),
    ),
)
"""Property names by pattern; the sheet does not know them (8)."""

VENDOR = Shape(
    "Vendor",
    (
        text("VendorNumber", "VENDORID", 12),
        text("ShortName", "SHORTNAME", 10),
        text("GroupCode", "IDGRP", 6),
        choice("Status", "SWACTV", Inactive=0, Active=1),
        choice("OnHold", "SWHOLD", NotOnHold=0, OnHold=1),
        text("VendorName", "VENDNAME", 60),
        *numbered("AddressLine{}", "TEXTSTRE{}", lambda n, c: text(n, c, 60), count=4),
        text("City", "NAMECITY", 30),
        text("StateProvince", "CODESTTE", 30),
        text("ZipPostalCode", "CODEPSTL", 20),
        text("Country", "CODECTRY", 30),
        text("ContactName", "NAMECTAC", 60),
        text("PhoneNumber", "TEXTPHON1", 30),
        text("FaxNumber", "TEXTPHON2", 30),
        text("Email", "EMAIL2", 50),
        text("ContactsEmail", "EMAIL1", 50),
        text("WebSite", "WEBSITE", 100),
        text("ContactsPhone", "CTACPHONE", 30),
        text("ContactsFax", "CTACFAX", 30),
        text("BankCode", "BANKID", 8),
        text("PaymentCode", "PAYMCODE", 12),
        text("Terms", "TERMSCODE", 6),
        text("TaxGroup", "CODETAXGRP", 12),
        *numbered("TaxClassCode{}", "TAXCLASS{}", whole),
        *numbered("TaxRegistrationCode{}", "IDTAXREGI{}", lambda n, c: text(n, c, 20)),
        text("CurrencyCode", "CURNCODE", 3),
        text("RateType", "RATETYPE", 2),
        text("AccountSet", "IDACCTSET", 6),
        choice(
            "DistributionType",
            "SWDISTBY",
            **{"DistributionSet": 0, "DistributionCode": 1, "GLAccount": 2, "None": 3},
        ),
        text("DistributionCode", "DISTCODE", 6),
        text("GLAccount", "GLACCNT", 45),
        choice("DuplicateAmountCode", "DUPAMTCODE", **{"None": 0, "Warning": 1, "Error": 2}),
        choice("DuplicateDateCode", "DUPDATECD", **{"None": 0, "Warning": 1, "Error": 2}),
        text("LegalName", "LEGALNAME", 60),
        text("BusinessRegistrationNumber", "BRN", 30),
        day("DateLastMaintained", "DATELASTMN"),
        many("VendorOptionalFieldValues", VENDOR_OPTIONAL_FIELD),
    ),
)
