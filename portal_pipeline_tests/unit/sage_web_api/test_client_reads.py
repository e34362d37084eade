"""What the client makes of answers to reads: a record, a certain absence, or an error to act on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from portal_pipeline.core.errors import (
    ConfigError,
    CredentialsRefused,
    DefectError,
    IncompleteListing,
    PipelineError,
    SystemUnavailable,
)
from portal_pipeline.core.sage import BatchStatus, SageDocumentType
from portal_pipeline.sage.web_api import SageWebApi, Timeouts
from portal_pipeline.sage.web_api.metadata import parsed_metadata
from portal_pipeline.sage.web_api.records import ap_batch, vendor
from portal_pipeline.sage.web_api.transport import NoAnswer, Transport, company_root
from portal_pipeline_tests.unit.sage_web_api.test_client_writes import Server, sage_error

ENTRY = {
    "EntryNumber": 1,
    "VendorNumber": "P1          ",
    "DocumentNumber": "A1",
    "DocumentType": "CreditNote",
    "CurrencyCode": "MXP",
    "DocumentTotalIncludingTax": Decimal("116.10"),
    "DistributedTotalIncludingTax": Decimal("116.00"),
    "UndistributedAmount": Decimal("0.100"),
    "TaxTotal": 16,
    "DocumentDate": "2026-02-09T00:00:00Z",
    "PostingDate": None,
    "ErrorBatch": 0,
    "ErrorEntry": Decimal("0.0000"),
    "InvoiceOptionalFields": [
        {"OptionalField": "FOLIOCFD", "Value": "6f1e"},
        {"OptionalField": "SINO", "Value": " " * 59 + "1"},
    ],
    "SomethingNew": {"a": 1},
}
BATCH = {
    "BatchNumber": Decimal(58),
    "Description": "CFDI X",
    "BatchStatus": "ReadyToPost",
    "BatchTotal": 116,
    "PostingSequenceNumber": 0,
    "NumberOfErrors": 0,
    "Invoices": [ENTRY],
}


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("Unauthorized", 401, CredentialsRefused),
        ("Forbidden", 403, CredentialsRefused),
        ("ResourceNotFound", 404, ConfigError),
        ("MethodNotAllowed", 405, ConfigError),
        ("InvalidParameters", 400, DefectError),
        ("InvalidEntityKey", 400, DefectError),
        ("TooManyRequests", 429, SystemUnavailable),
        ("InternalServerError", 500, SystemUnavailable),
        ("SessionError", 500, SystemUnavailable),
        ("DBLinkError", 500, SystemUnavailable),
        ("General", 400, SystemUnavailable),
        ("SomethingNew", 404, SystemUnavailable),
    ],
)
def test_an_error_answer_to_a_read_raises_what_it_asks_of_us(
    code: str, status: int, error: type[PipelineError]
) -> None:
    with pytest.raises(error) as caught:
        sage_error(code, status=status).api().invoice_batch(1)
    assert caught.value.system == "sage_web_api"
    assert code in str(caught.value)
    if error is not DefectError:
        assert caught.value.remedy


def test_refused_credentials_name_the_rights_and_admin() -> None:
    with pytest.raises(CredentialsRefused, match=r"SAMLTD.*'Sage 300 Web API'.*ADMIN"):
        sage_error("Unauthorized").api().vendor("P1")


def test_only_sages_own_word_makes_a_record_absent() -> None:
    api = sage_error("RecordNotFound", status=404).api()
    assert api.invoice_batch(1) is None
    assert api.vendor("P1") is None
    assert api.posted_document("P1", "A1") is None
    for answer in (httpx.Response(404, text="<html>404</html>"), httpx.Response(204)):
        with pytest.raises(SystemUnavailable):
            Server(lambda _, answer=answer: answer).api().vendor("P1")
    with pytest.raises(SystemUnavailable):
        api.invoice_batches_by_description("X")


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (httpx.Response(429, text=""), 3),
        (httpx.Response(503, text="<html>"), 3),
        (httpx.Response(500, text="<html>"), 1),
        (httpx.Response(401, text="<html>"), 1),
        (httpx.ReadTimeout("late"), 3),
        (httpx.ConnectError("refused"), 3),
    ],
)
def test_a_read_is_tried_again_only_when_overloaded_or_unanswered(
    answer: httpx.Response | httpx.HTTPError, tries: int
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    server = Server(respond)
    with pytest.raises(PipelineError):
        server.api().invoice_batch(1)
    assert len(server.requests) == tries


def test_a_read_that_works_the_second_time_is_read() -> None:
    answers = iter([httpx.Response(503), httpx.Response(404, json=NOT_FOUND)])
    assert Server(lambda _: next(answers)).api().vendor("P1") is None


NOT_FOUND = {"error": {"code": "RecordNotFound", "message": {"value": ""}}}


def test_a_batch_is_read_with_exact_amounts_and_trimmed_texts() -> None:
    batch = ap_batch(BATCH)
    assert (batch.batch, batch.status, batch.total) == (58, BatchStatus.READY, 116)
    entry = batch.entries[0]
    assert entry.vendor_id == "P1"
    assert entry.type == SageDocumentType.CREDIT_NOTE
    assert entry.undistributed == Decimal("0.1")
    assert (entry.document_date, entry.posting_date) == (date(2026, 2, 9), None)
    assert entry.optional_fields == {"FOLIOCFD": "6f1e", "SINO": "1"}
    assert (entry.error_batch, entry.error_entry) == (0, 0)


@pytest.mark.parametrize(
    "name",
    ["UndistributedAmount", "TaxTotal", "ErrorEntry", "VendorNumber", "InvoiceOptionalFields"],
)
def test_a_needed_property_that_is_missing_is_never_read_as_empty(name: str) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != name}
    with pytest.raises(SystemUnavailable, match=name):
        ap_batch({**BATCH, "Invoices": [entry]})


def test_a_status_we_do_not_know_is_not_taken_for_another() -> None:
    assert ap_batch({**BATCH, "BatchStatus": "Archived"}).status == BatchStatus.OTHER


def test_a_vendor_is_read_with_its_optional_fields() -> None:
    record = {
        "VendorNumber": "P1",
        "VendorName": "Aceros",
        "Status": "Active",
        "OnHold": "NotOnHold",
        "GroupCode": "NAC",
        "CurrencyCode": "MXP",
        "VendorOptionalFieldValues": [{"OptionalField": "PROVIDERID", "Value": "abc"}],
    }
    found = vendor(record)
    assert (found.is_active, found.is_on_hold) == (True, False)
    assert found.optional_fields == {"PROVIDERID": "abc"}
    assert not vendor({**record, "Status": "Inactive"}).is_active


def pages(total: int, *, cap: int, count: object = None) -> Server:
    """A server of ``total`` matching batches that gives at most ``cap`` a page."""

    def respond(request: httpx.Request) -> httpx.Response:
        skip = int(request.url.params["$skip"])
        rows = [
            {**_plain(BATCH), "BatchNumber": n, "Invoices": []}
            for n in range(skip + 1, min(skip + cap, total) + 1)
        ]
        return httpx.Response(
            200, json={"value": rows, **({"@odata.count": count} if count is not None else {})}
        )

    return Server(respond)


def _plain(record: dict[str, object]) -> dict[str, object]:
    return {k: int(v) if isinstance(v, Decimal) else v for k, v in record.items()}


@pytest.mark.parametrize("count", [None, 7, "7"])
@pytest.mark.parametrize("cap", [1, 3, 7, 100])
def test_a_list_is_complete_whatever_page_size_the_server_has(count: object, cap: int) -> None:
    batches = pages(7, cap=cap, count=count).api().invoice_batches_by_description("CFDI X")
    assert [batch.batch for batch in batches] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("count", [5, "9" * 5_000])
def test_a_list_that_ends_before_its_count_is_an_error(count: object) -> None:
    with pytest.raises(IncompleteListing):
        pages(3, cap=2, count=count).api().invoice_batches_by_description("CFDI X")


def test_a_list_without_end_is_an_error() -> None:
    with pytest.raises(IncompleteListing):
        pages(10_000, cap=1).api().invoice_batches_by_description("CFDI X")


def test_a_server_that_ignores_the_filter_gives_no_false_match() -> None:
    assert pages(3, cap=100).api().invoice_batches_by_description("CFDI Y") == []
    server = pages(1, cap=100)
    assert len(server.api().invoice_batches_by_description("cfdi x ")) == 1
    assert server.requests[0].url.params["$filter"] == "Description eq 'cfdi x'"
    server.api().invoice_batches_by_description("O'Neil & #1")
    assert server.requests[-1].url.params["$filter"] == "Description eq 'O''Neil & #1'"


def test_names_of_query_options_are_not_encoded() -> None:
    server = pages(0, cap=1, count=0)
    server.api().invoice_batches_by_description("A")
    assert b"?$filter=Description%20eq%20%27A%27&$count=true" in server.requests[0].url.raw_path


EDMX = b"""<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="N.Models">
<EntityType Name="Invoice"><Property Name="InvoiceNumber" Type="Edm.String"/></EntityType>
<EntityType Name="Vendor"><Property Name="VendorNumber" Type="Edm.String"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="POInvoices" EntityType="N.Models.Invoice"/>
<EntitySet Name="APVendors" EntityType="N.Models.Vendor"/></EntityContainer>
<Annotations Target="N.C/POInvoices">
<Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions">
<Record><PropertyValue Property="Insertable" Bool="false"/></Record></Annotation>
<Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record>
<PropertyValue Property="Readable" Bool="true"/></Record></Annotation></Annotations>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_metadata_tells_endpoints_properties_and_verbs_or_that_it_does_not() -> None:
    found = Server(lambda _: httpx.Response(200, content=EDMX)).api().metadata("PO")
    assert found.resources["POInvoices"].properties == ("InvoiceNumber",)
    assert found.offers("POInvoices", "GET") is True
    assert found.offers("POInvoices", "POST") is False
    assert found.offers("APVendors", "POST") is None
    assert found.offers("POReturns", "GET") is False


@pytest.mark.parametrize("body", [b"<html/>", b"not xml", b""])
def test_metadata_that_is_no_edmx_is_an_error(body: bytes) -> None:
    with pytest.raises(SystemUnavailable):
        Server(lambda _: httpx.Response(200, content=body)).api().metadata("AP")


def test_metadata_does_not_expand_entities() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY e "boom">]>' + EDMX.replace(b'"POInvoices" E', b'"P" E')
    assert "POInvoices" not in parsed_metadata("AP", bomb).resources


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://sage.example", "https://sage.example/Sage300WebApi/v1.0/-/SAMLTD"),
        ("https://sage.example/", "https://sage.example/Sage300WebApi/v1.0/-/SAMLTD"),
        ("https://sage.example/Api/", "https://sage.example/Api/v1.0/-/SAMLTD"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/Sage300WebApi/v1.0/-/SAMLTD"),
        ("http://[::1]:80/x", "http://[::1]:80/x/v1.0/-/SAMLTD"),
        ("http://localhost", "http://localhost/Sage300WebApi/v1.0/-/SAMLTD"),
    ],
)
def test_addresses_that_are_accepted(base_url: str, root: str) -> None:
    assert company_root(base_url, "SAMLTD") == root


@pytest.mark.parametrize(
    ("base_url", "company"),
    [
        ("http://sage.example", "SAMLTD"),
        ("http://127.0.0.1.example.com", "SAMLTD"),
        ("ftp://localhost", "SAMLTD"),
        ("https://user:secret@sage.example", "SAMLTD"),
        ("", "SAMLTD"),
        ("https://sage.example", "TOOLONG"),
        ("https://sage.example", ""),
        ("https://sage.example", "A/B"),
    ],
)
def test_addresses_and_companies_that_are_refused(base_url: str, company: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SageWebApi(base_url=base_url, company=company, user="u", password=SecretStr("p"))
    assert "secret" not in str(caught.value)


def test_a_body_that_trickles_in_for_ever_is_given_up() -> None:
    ticks = iter(range(0, 1_000, 40))
    with (
        Transport(
            base_url="https://sage.example",
            company="SAMLTD",
            user="u",
            password=SecretStr("p"),
            timeouts=Timeouts(read_s=60),
            max_body_bytes=1_000,
            transport=httpx.MockTransport(
                lambda _: httpx.Response(200, content=(b"x" for _ in range(10)))
            ),
            monotonic=lambda: float(next(ticks)),
        ) as http,
        pytest.raises(NoAnswer, match="60 s"),
    ):
        http.get("AP/APVendors")
