"""Links from a file: every line is checked, and none is done when one is wrong."""

from __future__ import annotations

import pytest
import typer

from portal_pipeline.cli import link_file
from portal_pipeline.cli.link_file import read_link_file
from portal_pipeline.core.decisions import Document, done, hold
from portal_pipeline.core.findings.invoices import NOT_APPROVED, POSSIBLE_DUPLICATE
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline_tests.unit.ledger.test_waiting import GATE, UPLOAD, payment

HEAD = "tenant,uuid,vendor,number"
TWIN = POSSIBLE_DUPLICATE(document="V1/A1", dated="-")
NEW = NOT_APPROVED(status="NEW")


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def cfdi(number, kind=DocumentKind.INVOICE):
    return Document(kind=kind, key=uuid(number))


@pytest.fixture
def links(office):
    """The office, with a writer of link files."""

    def write(*lines, head=HEAD, name="links.csv"):
        path = office.settings.parent / name
        path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return str(path)

    office.write = write
    office.ledger().record([hold(cfdi(n), Operation.IMPORT, TWIN) for n in (1, 2)], "r")
    office.ledger("beta").record([hold(cfdi(1), Operation.IMPORT, TWIN)], "r")
    return office


def linked(office, number, tenant="acme", kind=DocumentKind.INVOICE):
    (row,) = office.ledger(tenant).operations(kind, [uuid(number)]).values()
    return row.instruction.get("link")


def test_every_line_is_linked_in_its_own_tenant_and_kept_with_user_and_reason(links):
    path = links.write(f"acme,{uuid(1)},V1,A 1", f"beta, {uuid(1).lower()} ,V9,B/2")
    said = links("link", "--file", path, "--yes")
    assert (said.code, "linked: 2 of 2" in said.out) == (0, True)
    assert (linked(links, 1), linked(links, 1, "beta"), linked(links, 2)) == (
        "V1/A 1",
        "V9/B/2",
        None,
    )
    last = links.ledger().events_of(DocumentKind.INVOICE, uuid(1))[-1]
    assert (last["event"], last["actor"], last["detail"]) == ("link", "ana", "agreed")


def test_all_mistakes_are_told_at_once_and_nothing_is_done(links):
    links.ledger().record([hold(cfdi(3), Operation.IMPORT, NEW)], "r")
    path = links.write(
        f"acme,{uuid(1)},V1,A1",
        f"nobody,{uuid(1)},V1,A1",
        "acme,not-a-uuid,V1,A2",
        f"acme,{uuid(2)},,A3",
        f"acme,{uuid(1)},V1,A4",
        f"acme,{uuid(2)},V1,A1",
        f"acme,{uuid(7)},V1,A5",
        f"acme,{uuid(3)},V1,A6",
        "acme,short",
        f"beta,{uuid(1)},V/1,A7",
        f"beta,{uuid(1)},V1,{'9' * 80}",
    )
    said = links("link", "--file", path, "--yes", "--json")
    assert (said.code, said.json["done"], linked(links, 1)) == (1, 0, None)
    told = {(one["line"], one["problem"]) for one in said.json["mistakes"]}
    assert told == {
        (3, "there is no tenant 'nobody'"),
        (4, "'NOT-A-UUID' is no UUID"),
        (5, "vendor and number must both be given"),
        (6, f"{uuid(1)} is in line 2 already"),
        (7, "V1/A1 is in line 2 already"),
        (8, f"acme knows no CFDI {uuid(7)} to be imported"),
        (9, f"{uuid(3)}: link is not possible: not_approved offers dismiss"),
        (10, "it does not have 4 columns"),
        (11, "vendor 'V/1' has a slash"),
        (12, "vendor and number are longer than 80 characters"),
    }
    assert "line 3: there is no tenant 'nobody'" in said.err
    assert "Nothing was done: 10 to mend." in said.err


def test_it_is_shown_and_asked_first(links):
    path = links.write(f"acme,{uuid(1)},V1,A1")
    said = links("link", "--file", path, typed="no")
    assert (said.code, linked(links, 1)) == (1, None)
    assert "V1/A1" in said.out
    assert links("link", "--file", path).code == 2
    assert links("link", "--file", path, typed="1").code == 0
    assert linked(links, 1) == "V1/A1"


def test_a_payment_that_waits_for_the_invoice_offers_its_link(links):
    links.ledger().record([hold(cfdi(3), Operation.IMPORT, NEW)], "r")
    pays = Link(relation="pays", target_type="invoice", target_key=uuid(3), source="sage")
    links.ledger().record([hold(payment("PY1"), UPLOAD, GATE, links=(pays,))], "r")
    assert links("link", "--file", links.write(f"acme,{uuid(3)},V1,A3"), "--yes").code == 0
    assert linked(links, 3) == "V1/A3"


@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_a_confirmed_document_can_be_linked_anew(links, kind):
    links.ledger().record([done(cfdi(3, kind), Operation.IMPORT)], "r")
    assert links("link", "--file", links.write(f"acme,{uuid(3)},V1,A3"), "--yes").code == 0
    assert linked(links, 3, kind=kind) == "V1/A3"


def test_one_link_follows_the_same_rule(links):
    links.ledger().record([hold(cfdi(3), Operation.IMPORT, NEW)], "r")
    refused = links("link", uuid(3), "V1/A3", "--tenant", "acme")
    assert "not_approved offers dismiss" in str(refused.error)
    assert links("link", uuid(1), "V1/A3", "--tenant", "acme").code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"tenant,uuid,vendor\n", "must begin with the line", id="a column less"),
        pytest.param(b"tenant;uuid;vendor;number\n", "must begin with the line", id="semicolons"),
        pytest.param(b"", "must begin with the line", id="empty"),
        pytest.param(b"tenant,uuid,vendor,number\n\xff\xfe\n", "UTF-8", id="another encoding"),
        pytest.param(b'tenant,uuid,vendor,number\n"a"b,c,d,e\n', "line 2", id="broken quotes"),
        pytest.param(b"x" * 5_000_001, "larger than", id="too large"),
        pytest.param(
            b"tenant,uuid,vendor,number\n" + b"a,b,c,d\n" * 10_001, "more than", id="too long"
        ),
    ],
)
def test_a_file_that_is_no_such_list_is_a_usage_error(tmp_path, content, told):
    path = tmp_path / "links.csv"
    path.write_bytes(content)
    with pytest.raises(typer.BadParameter, match=told):
        read_link_file(path, ["acme"])


def test_a_missing_file_is_a_usage_error(links):
    said = links("link", "--file", "missing.csv", "--yes")
    assert said.code == 2
    assert "missing.csv" in said.err


def test_columns_may_stand_in_any_order_and_behind_a_byte_order_mark(tmp_path):
    path = tmp_path / "links.csv"
    text = f"Number,Vendor,UUID,Tenant\nA1,V1,{uuid(1)},acme\n"
    path.write_text(text, encoding="utf-8-sig")
    (line,) = read_link_file(path, ["acme"]).lines
    assert (line.tenant, line.uuid, line.document, line.line) == ("acme", uuid(1), "V1/A1", 2)


def test_a_list_of_nothing_links_nothing(links):
    said = links("link", "--file", links.write(), "--yes")
    assert (said.code, said.out) == (0, "Nothing to link.\n")


def test_the_columns_are_those_of_the_help(office):
    assert ",".join(link_file.COLUMNS) in office.say("link", "--help").out
