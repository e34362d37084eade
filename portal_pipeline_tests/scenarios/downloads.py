"""CFDI that suppliers upload, and what is kept of them."""

from __future__ import annotations

from portal_pipeline.controllers.breaker import FAILURES_IN_A_ROW_MAX
from portal_pipeline.core.identity import Operation
from portal_pipeline.sandbox.portal import Fault, FaultKind
from portal_pipeline.sandbox.sage.web_api import Fault as SageFault
from portal_pipeline.sandbox.sage.web_api import FaultKind as SageFaultKind
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

DOWNLOAD, IMPORT = Operation.DOWNLOAD, Operation.IMPORT
FILES = ("*/attachments", "*/files")
"""Paths by which the portal gives the XML."""


@scenario
def files_that_are_not_the_listed_cfdi(town: Town) -> None:
    """A file that is not the listed CFDI is not kept, and asked for again."""
    town.upload("none", has_xml=False)
    town.upload("other", served_body=cfdi_xml("another"))
    town.upload("receiver", served_body=cfdi_xml("receiver", receiver="XXX010101XXX"))
    town.upload("page", served_body=b"<html>login</html>")
    town.cycle()
    reasons = {name: town.reason(name, DOWNLOAD) for name in ("none", "other", "receiver", "page")}
    assert reasons == {
        "none": "xml_missing",
        "other": "xml_of_other_cfdi",
        "receiver": "xml_receiver_differs",
        "page": "xml_unreadable",
    }
    assert not any(town.archive.exists(town.key, uuid_of(name)) for name in reasons)


@scenario
def file_that_changed_after_its_download(town: Town) -> None:
    """The first bytes of a CFDI are kept, whatever the portal gives later."""
    town.archive.put_if_absent(town.key, uuid_of("1"), b"what was downloaded first")
    town.upload("1")
    town.cycle()
    assert town.reason("1", DOWNLOAD) == "xml_changed"
    assert town.archive.get(town.key, uuid_of("1")) == b"what was downloaded first"


@scenario
def paper_invoice_of_a_foreign_supplier(town: Town) -> None:
    """A document that the portal does not list as CFDI is left to the clerks."""
    town.upload("1", document_type="FOREIGN")
    town.cycle()
    assert town.reason("1", DOWNLOAD) == "not_a_cfdi"


@scenario
def document_type_that_the_settings_admit(town: Town) -> None:
    """A document of another type that holds a CFDI is taken when the settings admit its type."""
    town.upload("1", document_type="HONORARIUM")
    town.cycle()
    assert town.reason("1", DOWNLOAD) == "not_a_cfdi"
    types = ("CFDI", "HONORARIUM")
    town.set(cfdi=town.tenant.cfdi.model_copy(update={"document_types": types}))
    town.cycle()
    assert len(town.alive("1")) == 1


@scenario
def payroll_paid_as_an_invoice(town: Town) -> None:
    """Of what a Sage payment pays only invoices are taken: payroll and transfers are not."""
    town.treasury.upload("F1", tipo="N")
    town.treasury.capture("F1")
    town.treasury.pay("PY1", ("F1", "116.00"))
    town.cycle()
    assert town.finding(town.treasury.uuid("F1"), DOWNLOAD) == "cfdi_type_not_treated"
    assert not town.treasury.in_portal("PY1")


@scenario
def document_listed_without_uuid(town: Town) -> None:
    """A document that the portal lists without UUID waits until the portal knows its stamp."""
    cfdi = town.upload("1")
    town.portal.lose_stamp(town.key, cfdi.id)
    town.cycle()
    assert town.finding(f"PORTAL:{cfdi.id}", DOWNLOAD) == "listed_without_uuid"
    assert not town.alive("1")
    town.portal.find_stamp(town.key, cfdi.id)
    town.cycle()
    assert town.finding(f"PORTAL:{cfdi.id}", DOWNLOAD) == "listed_under_its_uuid"
    assert len(town.alive("1")) == 1


@scenario
def portal_that_gives_no_file(town: Town) -> None:
    """A step stops asking a portal that gives no answers, and the next cycle gets the rest."""
    names = [str(number) for number in range(FAILURES_IN_A_ROW_MAX + 1)]
    for name in names:
        town.upload(name)
    town.portal.faults.add(*(Fault(FaultKind.DROP, "GET", path) for path in FILES))
    town.cycle()
    reasons = [town.reason(name, DOWNLOAD) for name in names]
    assert sorted(reasons) == ["next_cycle", *["refused_by_remote"] * FAILURES_IN_A_ROW_MAX]
    town.portal.faults.clear()
    town.cycle()
    assert [town.reason(name, DOWNLOAD) for name in names] == ["done"] * len(names)


@scenario
def file_lost_from_the_archive(town: Town) -> None:
    """A CFDI that is to be imported and is lost from the archive is downloaded again."""
    town.upload("1")
    town.web_api.faults.add(SageFault(SageFaultKind.HTML, calls=None))
    town.cycle()
    (town.folder / "archive" / town.key / "names" / uuid_of("1")).unlink()
    town.web_api.faults.clear()
    town.portal.faults.add(*(Fault(FaultKind.DROP, "GET", path) for path in FILES))
    town.cycle()
    assert (town.reason("1", IMPORT), town.alive("1")) == ("not_downloaded", [])
    town.portal.faults.clear()
    town.cycle()
    assert len(town.alive("1")) == 1


@scenario
def file_damaged_in_the_archive(town: Town) -> None:
    """A damaged file of the archive keeps its own document back and no other."""
    town.upload("1")
    town.upload("2", total="232.00")
    town.web_api.faults.add(SageFault(SageFaultKind.HTML, calls=None))
    town.cycle()
    digest = town.row(uuid_of("1"), DOWNLOAD).remote_id
    kept = town.folder / "archive" / town.key / "objects" / digest[:2] / digest
    whole = kept.read_bytes()
    kept.write_bytes(whole[:100])
    town.web_api.faults.clear()
    town.cycle()
    assert (town.reason("1", IMPORT), len(town.alive("2"))) == ("archive_damaged", 1)
    kept.write_bytes(whole)
    town.cycle()
    assert len(town.alive("1")) == 1


@scenario
def defect_that_meets_one_document(town: Town) -> None:
    """An error that nobody foresaw stops its own document alone, and is tried again."""
    town.upload("1")
    town.upload("2", total="232.00")
    failures = iter([ZeroDivisionError()])

    def fail_once(name: str) -> None:
        if name == "import.before_intent" and (failure := next(failures, None)):
            raise failure

    town.point = fail_once
    town.cycle()
    reasons = {town.reason(name, IMPORT) for name in ("1", "2")}
    assert reasons == {"unexpected_error", "batch_waits_for_posting"}
    town.cycle()
    assert [len(town.alive(name)) for name in ("1", "2")] == [1, 1]
