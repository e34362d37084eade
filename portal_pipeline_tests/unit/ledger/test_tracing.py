"""What a trace reads: beginnings and ends of long histories, the newest links of each relation."""

from __future__ import annotations

from portal_pipeline.core.decisions import Document, hold
from portal_pipeline.core.findings.general import UNEXPECTED_ERROR
from portal_pipeline.core.identity import DocumentKind, Operation
from portal_pipeline.core.outcomes import Link
from portal_pipeline.ledger.tracing import read_history, read_links_of, read_links_to

PAYMENT = Document(kind=DocumentKind.PAYMENT, key="PY1")
OTHER = Document(kind=DocumentKind.PAYMENT, key="PY2")


def pays(uuid: str) -> Link:
    return Link(relation="pays", target_type="invoice", target_key=uuid, source="sage")


def fill(acme, clock, count: int) -> None:
    """A history in which each line differs from the one before."""
    for n in range(count):
        finding = UNEXPECTED_ERROR(detail=f"{n}")
        again = hold(PAYMENT, Operation.UPLOAD, finding, links=(pays(f"U{n:03}"),))
        kept = Operation.UPLOAD if n % 2 else Operation.REVERSE
        acme.record([again.model_copy(update={"operation": kept})], f"run-{n}")
        acme.record([again.model_copy(update={"operation": kept, "notes": (finding,)})], "x")
        acme.record([again.model_copy(update={"operation": kept})], "y")
        clock.advance(minutes=1)


def test_a_short_history_is_read_whole(acme, clock):
    fill(acme, clock, 2)
    history = read_history(acme, PAYMENT.ref)
    assert history.left_out == 0
    assert [line.run_id for line in history.lines[:3]] == ["run-0", "x", "y"]


def test_of_a_long_history_beginning_and_end_are_read_and_the_rest_is_counted(acme, clock):
    fill(acme, clock, 6)
    every = read_history(acme, PAYMENT.ref).lines
    history = read_history(acme, PAYMENT.ref, first=2, last=3)
    assert history.lines == (*every[:2], *every[-3:])
    assert history.left_out == len(every) - 5


def test_the_newest_links_of_each_relation_are_read_and_the_rest_is_counted(acme, clock):
    fill(acme, clock, 5)
    in_portal = Link(
        relation="is_portal_payment", target_type="portal_payment", target_key="p", source="portal"
    )
    acme.save_links([(PAYMENT.ref, in_portal), (OTHER.ref, pays("U001"))], "run")
    edges = read_links_of(acme, PAYMENT.ref, limit=2)
    assert [edge.link.target_key for edge in edges.of("pays")] == ["U003", "U004"]
    assert (edges.missing("pays"), edges.missing("is_portal_payment")) == (3, 0)
    assert len(edges.of("is_portal_payment")) == 1


def test_links_to_any_of_several_names_are_read_with_their_document(acme, clock):
    acme.save_links([(PAYMENT.ref, pays("U1")), (OTHER.ref, pays("U2"))], "run")
    edges = read_links_to(acme, [("invoice", "U1"), ("credit_note", "U2")])
    assert [edge.ref for edge in edges.found] == [PAYMENT.ref]
    assert read_links_to(acme, []).found == ()


def test_another_tenants_links_and_events_are_not_read(acme, ledger, clock):
    fill(acme, clock, 1)
    beta = ledger.tenant("beta", clock)
    assert read_history(beta, PAYMENT.ref).lines == ()
    assert read_links_of(beta, PAYMENT.ref).found == ()
