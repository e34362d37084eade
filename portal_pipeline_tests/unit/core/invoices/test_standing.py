"""What the ledger keeps of where a CFDI stands in Sage, and of the orders that it names."""

from __future__ import annotations

import pytest

from portal_pipeline.core.decisions import Decision
from portal_pipeline.core.findings import load_all
from portal_pipeline.core.identity import DocumentKind
from portal_pipeline.core.invoices.download import plan_downloads
from portal_pipeline.core.invoices.import_plan import (
    decide_before_building,
    decide_built,
    decide_in_sage,
)
from portal_pipeline.core.invoices.orders import TARGET_CHARS_MAX, order_links
from portal_pipeline.core.invoices.standing import SEEN_IN_SAGE
from portal_pipeline.core.outcomes import Link
from portal_pipeline.core.portal import PoLink, PoReference, PortalCfdi
from portal_pipeline.core.sage import BatchStatus, SageDocumentSource
from portal_pipeline_tests.unit.core.invoices.makers import (
    UUID,
    candidate,
    document,
    entry,
    facts,
    tenant,
)

PAIR = ("P1", "A1")


def linked(source: str) -> Link:
    return Link(
        relation="is_sage_document", target_type="sage_entry", target_key="P1/A1", source=source
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            facts(by_uuid={UUID: (document(), entry(BatchStatus.POSTED))}),
            ("7/1", "uuid", "ap_entry,posted"),
            id="UUID on entry and document",
        ),
        pytest.param(
            facts(
                by_uuid={
                    UUID: (
                        document(
                            source=SageDocumentSource.PO_INVOICE, has_reached_ap=True, batch=0
                        ),
                    )
                },
                links={UUID: (linked("automatic"),)},
            ),
            ("", "uuid", "po_invoice"),
            id="UUID on a PO invoice, which outranks an automatic link",
        ),
        *(
            pytest.param(
                facts(
                    links={UUID: (linked(source),)},
                    by_number={PAIR: (document(uuid="", batch=8),)},
                ),
                ("8/1", source, ""),
                id=f"linked: {source}",
            )
            for source in ("person", "automatic", "import")
        ),
        pytest.param(
            facts(by_uuid={UUID: (entry(batch=5),)}), ("5/1", "uuid", "ap_entry"), id="open batch"
        ),
    ],
)
def test_place_and_source_of_the_knowledge_are_kept(known, expected):
    decision = decide_in_sage(candidate(), known)
    assert decision is not None
    details = decision.document.details
    assert (details["sage_batch"], details["known_by"], details["uuid_on"]) == expected


def test_an_automatic_link_made_now_is_the_source_at_once():
    one, known = candidate(), facts(vendor_documents={"P1": (document(uuid=""),)})
    decision = decide_in_sage(one, known) or decide_before_building(one, known, tenant())
    assert isinstance(decision, Decision)
    assert decision.document.details["known_by"] == "automatic"


def test_an_import_keeps_the_way_by_which_it_goes():
    wanted = decide_before_building(candidate(), facts(), tenant())
    assert not isinstance(wanted, Decision)
    sent = decide_built(candidate(), wanted, facts(), tenant())
    assert sent.document.details["route"] == "web_api"


def test_the_findings_that_say_that_sage_has_the_document_are_of_the_catalogue():
    assert set(load_all()) >= SEEN_IN_SAGE


LISTED = PortalCfdi(
    id="c1",
    uuid=UUID,
    document_type="CFDI",
    po_links=(
        PoLink(
            po_number="PO1",
            references=(
                PoReference(line_external_id="1", concept_index=0),
                PoReference(line_external_id="2", concept_index=1),
                PoReference(line_external_id="1", concept_index=2),
                PoReference(line_external_id="x" * TARGET_CHARS_MAX),
            ),
        ),
        PoLink(po_number="", po_id="o-2"),
    ),
)


def test_orders_and_their_lines_are_linked_once_and_an_unnamed_order_by_the_portals_id():
    assert [(one.relation, one.target_type, one.target_key) for one in order_links(LISTED)] == [
        ("of_order", "purchase_order", "PO1"),
        ("of_order", "portal_order", "o-2"),
        ("of_order_line", "purchase_order_line", "PO1/1"),
        ("of_order_line", "purchase_order_line", "PO1/2"),
    ]


def test_the_order_of_the_suppliers_field_is_linked_where_the_portal_links_none():
    named = PortalCfdi(id="c1", uuid=UUID, additional={"oc": " PO9 "})
    (link,) = order_links(named)
    assert (link.target_type, link.target_key) == (DocumentKind.PURCHASE_ORDER.value, "PO9")


def test_a_download_carries_the_links_whatever_is_decided():
    (decision,) = plan_downloads((LISTED,), {}, tenant())
    assert decision.links == order_links(LISTED)
