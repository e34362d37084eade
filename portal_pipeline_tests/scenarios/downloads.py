"""CFDI that suppliers upload, and what is kept of them."""

from __future__ import annotations

from portal_pipeline.core.identity import Operation
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import cfdi_xml, uuid_of
from portal_pipeline_tests.scenarios.base import scenario
from portal_pipeline_tests.scenarios.town import Town

DOWNLOAD = Operation.DOWNLOAD


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
