"""cfdi_import through the vendor's program: files are handed over, and Sage alone confirms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from portal_pipeline.controllers.cfdi_download import CfdiDownload
from portal_pipeline.controllers.cfdi_import import CfdiImport
from portal_pipeline.controllers.provider_sync import ProviderSync
from portal_pipeline.controllers.workspace import Workspace
from portal_pipeline.core.crash import Crash
from portal_pipeline.core.decisions import Status
from portal_pipeline.core.errors import PipelineError
from portal_pipeline.core.identity import DocumentKind, DocumentRef, Operation
from portal_pipeline.core.report import StepReport
from portal_pipeline.core.tenant import Mode, Posting, ProgramRules, Route, VendorRules
from portal_pipeline.importers.drop_folder import DropFolder
from portal_pipeline.importers.executable import ProgramFiles
from portal_pipeline.reports.trace import trace
from portal_pipeline.sandbox.portal import Dossier, DossierEntry
from portal_pipeline.sandbox.sage.company import ApDetail
from portal_pipeline_tests.contract.controllers.bench import VENDOR, ZONE
from portal_pipeline_tests.contract.controllers.mailroom import IMPORTS, Mailroom, ref
from portal_pipeline_tests.contract.portal_simulator.cfdi_documents import uuid_of

IMPORT = Operation.IMPORT
BY_PROGRAM = IMPORTS.model_copy(
    update={
        "invoice_route": Route.EXECUTABLE,
        "po_invoice_route": Route.EXECUTABLE,
        "credit_note_route": Route.EXECUTABLE,
    }
)
TOTALS = {"1": "116.00", "2": "232.00"}
CFDI = "{http://www.sat.gob.mx/cfd/4}"


class ProgramRoom(Mailroom):
    """A mailroom whose tenant keeps the import program; the test is the program."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.taken_back = folder / "taken_back"
        self.set(imports=BY_PROGRAM, program=ProgramRules(id_base="7"))
        self.portal.accept_dossier(self.key, self.provider.id)
        self.run(ProviderSync)

    def workspace(self, run_id: str | None = None) -> Workspace:
        files = ProgramFiles(DropFolder(self.inbox), self.taken_back, None)
        return replace(super().workspace(run_id), program=files)

    def files(self) -> list[str]:
        """What waits in the folder."""
        return sorted(path.name for path in self.inbox.iterdir())

    def posts(self) -> list[str]:
        """Paths of what was posted to the Web API."""
        return [one.path for one in self.web_api.requests if one.method == "POST"]

    def program_takes(self, name: str, *, imports: bool = True, post: bool = True) -> None:
        """The program moves the file away; it may have imported the document."""
        (self.inbox / f"{uuid_of(name)}.xml").unlink()
        if imports:
            self.capture(f"F{name}", uuid_of(name), post=post)


@pytest.fixture
def program_room(tmp_path: Path) -> Iterator[ProgramRoom]:
    room = ProgramRoom(tmp_path)
    yield room
    room.close()


def cycle(room: Mailroom) -> StepReport:
    """Download, then import; the import's report."""
    room.run(CfdiDownload)
    return room.run(CfdiImport)


def status(room: Mailroom, name: str) -> Status:
    """Status of a document's import."""
    row = room.row(uuid_of(name), IMPORT)
    assert row is not None
    return row.status


# -- the usual way ---------------------------------------------------------------------------------


def test_a_file_with_its_own_suppliers_addenda_is_handed_over_and_confirmed_from_sage(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.upload("1")
    report = cycle(room)
    assert (report.succeeded, report.problems) == (1, ())
    assert room.files() == [f"{uuid_of('1')}.xml"]
    assert room.reason("1", IMPORT) == "waits_for_program"
    data = (room.inbox / room.files()[0]).read_bytes()
    supplier = etree.fromstring(data).find(f"{CFDI}Addenda/{CFDI}AddendaEmisor/{CFDI}Proveedor")
    assert supplier is not None
    assert (supplier.get("provider_id"), supplier.get("external_id"), supplier.get("IdBase")) == (
        room.provider.id,
        VENDOR,
        "7",
    )
    original = room.archive.get(room.key, uuid_of("1"))
    assert original is not None
    start = data.index(b"<cfdi:Addenda>")
    end = data.index(b"</cfdi:Addenda>") + len(b"</cfdi:Addenda>")
    assert data[:start] + data[end:] == original, "nothing but the slice is new"
    assert cycle(room).acted == 0, "what waits for the program is not handed over again"
    room.program_takes("1")
    assert cycle(room).done == 1
    assert len(room.alive("1")) == 1
    assert room.posts() == []


def test_the_vendor_in_the_addenda_is_the_suppliers_own_for_the_currency(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.company.add_vendor(
        vendor="V001D",
        name="Kemper USD",
        rfc="EKU9003173C9",
        provider_id=room.provider.id,
        currency="USD",
    )
    room.upload("1", currency="USD", rate="17.5")
    cycle(room)
    data = (room.inbox / room.files()[0]).read_bytes()
    assert b'external_id="V001D"' in data


def test_a_document_that_the_program_took_and_sage_does_not_show_waits_for_a_person(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.upload("1")
    cycle(room)
    room.program_takes("1", imports=False)
    for _ in range(3):
        assert cycle(room).acted == 0
        assert room.reason("1", IMPORT) == "not_imported_by_program"
    row = room.row(uuid_of("1"), IMPORT)
    assert row is not None
    assert row.waiting_since is not None, "its age is known"
    room.person.requeue(ref("1"), IMPORT)
    assert cycle(room).succeeded == 1
    assert room.files() == [f"{uuid_of('1')}.xml"]


def test_what_the_program_left_in_an_open_batch_waits_for_posting(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.upload("1")
    cycle(room)
    room.program_takes("1", post=False)
    cycle(room)
    assert room.reason("1", IMPORT) == "batch_waits_for_posting"
    (entry,) = room.alive("1")
    room.company.remove_ap_entry(batch=entry.batch, entry=entry.entry)
    cycle(room)
    assert room.reason("1", IMPORT) == "entry_removed_in_sage"
    assert room.files() == []


def test_without_the_suppliers_dossier_no_file_is_written(program_room: ProgramRoom) -> None:
    room = program_room
    other = room.portal.add_provider(
        room.key, key="other", name="Other", rfc="EKU9003173C9", external_id="V009"
    )
    room.company.add_vendor(vendor="V009", name="Other", rfc="EKU9003173C9", provider_id=other.id)
    room.upload("1", provider_id=other.id)
    cycle(room)
    assert (room.reason("1", IMPORT), room.files()) == ("dossier_not_read", [])
    room.portal.accept_dossier(room.key, other.id)
    room.run(ProviderSync)
    assert cycle(room).succeeded == 1


def test_a_supplier_without_bank_data_is_held_only_where_the_tenant_asks_for_them(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.set(program=room.tenant.program.model_copy(update={"bank_required": True}))
    room.upload("1")
    cycle(room)
    assert (room.reason("1", IMPORT), room.files()) == ("supplier_bank_missing", [])
    room.set(program=room.tenant.program.model_copy(update={"bank_required": False}))
    assert cycle(room).succeeded == 1


def test_a_folder_that_is_away_holds_the_documents_and_confirms_the_others(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.upload("1")
    cycle(room)
    room.upload("2", total="232.00")
    room.program_takes("1")
    room.inbox.rename(room.inbox.with_name("away"))
    report = cycle(room)
    assert (report.done, report.held, report.acted) == (1, 1, 0)
    assert room.reason("2", IMPORT) == "program_unusable"
    assert any("folder" in problem for problem in report.problems)
    room.inbox.with_name("away").rename(room.inbox)
    assert cycle(room).succeeded == 1


def test_a_dry_run_hands_nothing_over(program_room: ProgramRoom) -> None:
    program_room.set(mode=Mode.DRY_RUN)
    program_room.upload("1")
    cycle(program_room)
    assert program_room.files() == []


# -- files behind which nothing stands any more ----------------------------------------------------


@pytest.mark.parametrize("how", ["dismissed", "captured", "cancelled"])
def test_a_file_of_a_document_that_shall_not_be_imported_any_more_is_taken_back(
    program_room: ProgramRoom, how: str
) -> None:
    room = program_room
    cfdi = room.upload("1")
    cycle(room)
    match how:
        case "dismissed":
            room.person.dismiss(ref("1"), IMPORT)
        case "captured":
            room.capture("F1")  # by hand, without the UUID: the program would not know it
        case _:
            room.portal.cancel_cfdi(room.key, cfdi.id, by_sat=True)
    cycle(room)
    assert room.files() == []
    assert [path.name for path in room.taken_back.iterdir()] == [f"{uuid_of('1')}.xml"]


@pytest.mark.parametrize("name", ["factura-de-otro.xml", f"{uuid_of('1')}.xml"])
def test_a_file_that_we_did_not_put_there_is_left_alone(
    program_room: ProgramRoom, name: str
) -> None:
    """Another system may still write into the folder while a company moves over."""
    room = program_room
    room.set(imports=IMPORTS)
    room.upload("1", approve=False)
    stranger = room.inbox / name
    stranger.write_bytes(b"<x/>")
    cycle(room)
    assert stranger.exists()


# -- moving a tenant -------------------------------------------------------------------------------


def to_web_api(room: ProgramRoom, posting: Posting = Posting.POST) -> None:
    """The tenant moves from the program to the Web API."""
    room.set(imports=IMPORTS.model_copy(update={"posting": posting}))


def settle(room: ProgramRoom) -> None:
    """Cycles until the two looks after a doubt have been made."""
    for _ in range(3):
        cycle(room)
        room.advance(hours=2)
    cycle(room)
    cycle(room)


def test_moving_to_the_web_api_takes_waiting_files_back_and_imports_each_once(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    for name in ("1", "2"):
        room.upload(name, total=TOTALS[name])
    cycle(room)
    room.program_takes("1", imports=False)
    to_web_api(room)
    cycle(room)
    assert room.files() == []
    assert [status(room, name) for name in ("1", "2")] == [Status.IN_FLIGHT] * 2
    assert room.posts() == [], "nothing is sent before two looks"
    settle(room)
    for name in ("1", "2"):
        assert len(room.alive(name)) == 1
        assert status(room, name) == Status.DONE


def test_what_the_program_still_imports_after_the_move_is_found_and_not_doubled(
    program_room: ProgramRoom,
) -> None:
    """It had read the file before it was taken back."""
    room = program_room
    room.upload("1")
    cycle(room)
    to_web_api(room)
    cycle(room)
    room.capture("F1", uuid_of("1"))
    settle(room)
    assert len(room.alive("1")) == 1
    assert status(room, "1") == Status.DONE
    assert room.posts() == []


def test_moving_to_a_person_takes_the_file_back(program_room: ProgramRoom) -> None:
    room = program_room
    room.upload("1")
    cycle(room)
    room.set(imports=IMPORTS.model_copy(update={"invoice_route": Route.HOLD}))
    settle(room)
    assert (room.files(), room.reason("1", IMPORT)) == ([], "route_holds")


def test_moving_back_to_the_program_leaves_what_the_web_api_created(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    to_web_api(room, Posting.OPEN)
    room.upload("1")
    cycle(room)
    room.set(imports=BY_PROGRAM)
    cycle(room)
    assert (room.files(), room.reason("1", IMPORT)) == ([], "batch_waits_for_posting")
    assert len(room.alive("1")) == 1


CRASHES = (
    "",
    "import.after_intent",
    "import.after_call",
    "import.after_outcome",
    "import.before_take_back",
    "import.after_take_back",
    "import.before_look_up",
)
DEEDS = st.tuples(
    st.sampled_from(CRASHES),
    st.sampled_from(
        [
            "",
            "program",
            "program late",
            "to web_api at work",
            "program drops",
            "web_api",
            "executable",
        ]
    ),
    st.integers(0, 3),
)


@pytest.mark.timeout(300)  # many examples: a busy machine gives each of them little time
@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(DEEDS, max_size=6))
def test_no_mixture_of_moves_crashes_and_runs_of_the_program_makes_two_documents_of_one_cfdi(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, int]]
) -> None:
    """And in the end, by the Web API, every invoice is posted once."""
    room = ProgramRoom(tmp_path_factory.mktemp("moves"))
    names = ("1", "2")
    late: list[str] = []
    try:
        for name in names:
            room.upload(name, total=TOTALS[name])
        room.run(CfdiDownload)
        for crash_at, deed, hours in deeds:
            run_through(room, crash_at)
            do(room, deed, late)
            if late:  # the next cycles meet a program that is at work
                room.advance(minutes=30)
                run_through(room, crash_at)
                run_through(room, "")
                finish(room, late)
            room.advance(hours=hours)
            nothing_twice(room, names)
        to_web_api(room)
        for _ in range(8):
            run_through(room, "")
            room.advance(hours=3)
            nothing_twice(room, names)
            if all(room.reason(name, IMPORT) == "done" for name in names):
                break
        run_through(room, "")  # and what is done is not begun again
        nothing_twice(room, names)
        assert [room.reason(name, IMPORT) for name in names] == ["done", "done"]
    finally:
        room.close()


def do(room: ProgramRoom, deed: str, late: list[str]) -> None:
    """One thing that happens between two cycles."""
    waiting = [name for name in ("1", "2") if f"{uuid_of(name)}.xml" in room.files()]
    match deed:
        case "program":
            for name in waiting:
                import_once(room, name)
        case "program late":  # it takes the file, looks into Sage, and writes half an hour later
            for name in waiting:
                (room.inbox / f"{uuid_of(name)}.xml").unlink()
                if not room.in_sage(uuid_of(name)):
                    late.append(name)
        case "to web_api at work":
            for name in waiting:
                (room.inbox / f"{uuid_of(name)}.xml").unlink()
                if not room.in_sage(uuid_of(name)):
                    late.append(name)
            to_web_api(room)
        case "program drops":
            for name in waiting:
                room.program_takes(name, imports=False)
        case "web_api":
            to_web_api(room)
        case "executable":
            room.set(imports=BY_PROGRAM)
        case _:
            pass


def import_once(room: ProgramRoom, name: str) -> None:
    """The program looks for the UUID in Sage before it imports (sync rules 4)."""
    (room.inbox / f"{uuid_of(name)}.xml").unlink()
    if not room.in_sage(uuid_of(name)):
        written(room, name)


def written(room: ProgramRoom, name: str) -> None:
    """What the program makes of a file in Sage, posted."""
    amount = Decimal(name) * 100
    room.capture(
        f"F{name}", uuid_of(name), details=(ApDetail(amount=amount, gl_account="5100100"),)
    )


def finish(room: ProgramRoom, late: list[str]) -> None:
    """The slow program writes Sage at last: within the time that a doubt waits."""
    for name in late:
        written(room, name)
    late.clear()


def run_through(room: ProgramRoom, crash_at: str) -> None:
    def die(name: str) -> None:
        if name == crash_at:
            raise Crash

    room.point = die
    try:
        room.run(CfdiImport)
    except (Crash, PipelineError):
        return
    finally:
        room.point = lambda _: None


def nothing_twice(room: ProgramRoom, names: tuple[str, ...]) -> None:
    for name in names:
        assert len(room.alive(name)) <= 1, name


# -- suppliers -------------------------------------------------------------------------------------

CLABE = "012180001234567895"
BY_XML = VendorRules(create_vendors=True, route=Route.EXECUTABLE)
NEW = Dossier(
    status="ACCEPTED",
    addresses=(DossierEntry("fiscal", {"street": "Calle Uno", "zip_code": "64000"}),),
    contacts=(DossierEntry("ventas", {"first_name": "Ana", "email": "ana@aceros.mx"}),),
    bank_accounts=(DossierEntry("MXN", {"bank_name": "BBVA", "clabe": CLABE, "currency": "MXN"}),),
)


def supplier(room: ProgramRoom, **given: Any) -> Any:
    """A new supplier whose dossier is accepted."""
    provider = room.portal.add_provider(
        room.key,
        **{"key": "nuevo", "name": "Nuevo", "rfc": "PRO010101AB1", "external_id": "V050",
           "dossier": NEW, **given},
    )  # fmt: skip
    room.portal.accept_dossier(room.key, provider.id)
    return provider


def test_a_new_supplier_enters_sage_through_a_provider_xml_and_is_done_when_sage_shows_him(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.set(vendors=BY_XML)
    provider = supplier(room)
    room.run(ProviderSync)
    name = f"providers-{provider.id}.xml"
    assert room.files() == [name]
    entry = etree.fromstring((room.inbox / name).read_bytes()).find("Proveedor")
    assert entry is not None
    assert (entry.get("external_id"), entry.get("Rfc")) == ("V050", "PRO010101AB1")
    kind, create = DocumentKind.PROVIDER, Operation.CREATE_VENDOR
    assert room.finding(provider.id, create, kind) == "waits_for_program"
    room.run(ProviderSync)
    (room.inbox / name).unlink()
    room.run(ProviderSync)
    assert room.finding(provider.id, create, kind) == "not_imported_by_program"
    assert room.files() == [], "the same file is not handed over again by itself"
    room.company.add_vendor(
        vendor="V050", name="Nuevo", rfc="PRO010101AB1", provider_id=provider.id
    )
    room.run(ProviderSync)
    assert room.finding(provider.id, create, kind) == "done"


def test_a_person_has_the_provider_xml_handed_over_again(program_room: ProgramRoom) -> None:
    room = program_room
    room.set(vendors=BY_XML)
    provider = supplier(room)
    room.run(ProviderSync)
    (room.inbox / f"providers-{provider.id}.xml").unlink()
    room.run(ProviderSync)
    document = DocumentRef(kind=DocumentKind.PROVIDER, key=provider.id)
    room.person.requeue(document, Operation.CREATE_VENDOR)
    room.run(ProviderSync)
    assert room.files() == [f"providers-{provider.id}.xml"]


def test_a_supplier_without_a_number_waits_for_one(program_room: ProgramRoom) -> None:
    room = program_room
    room.set(vendors=BY_XML)
    provider = supplier(room, external_id="")
    room.run(ProviderSync)
    kind = DocumentKind.PROVIDER
    assert room.finding(provider.id, Operation.CREATE_VENDOR, kind) == "vendor_default_missing"
    room.set(vendors=BY_XML.model_copy(update={"number_rule": "prefix:N"}))
    room.run(ProviderSync)
    (name,) = room.files()
    entry = etree.fromstring((room.inbox / name).read_bytes()).find("Proveedor")
    assert entry is not None
    assert (entry.get("external_id") or "").startswith("N")


def test_a_vendor_without_his_portal_id_gets_it_by_a_provider_xml(
    program_room: ProgramRoom,
) -> None:
    room = program_room
    room.set(vendors=BY_XML)
    provider = supplier(room)
    room.company.add_vendor(vendor="V050", name="Nuevo", rfc="PRO010101AB1")
    room.run(ProviderSync)
    assert room.files() == [f"providers-{provider.id}.xml"]
    room.company.set_vendor_optional_field(vendor="V050", name="PROVIDERID", value=provider.id)
    room.run(ProviderSync)
    kind = DocumentKind.PROVIDER
    assert room.finding(provider.id, Operation.UPDATE_VENDOR, kind) == "done"


def test_no_trace_shows_the_bank_account_that_the_ledger_keeps_for_the_files(
    program_room: ProgramRoom,
) -> None:
    provider = supplier(program_room)
    program_room.run(ProviderSync)
    kept = program_room.ledger.documents(DocumentKind.PROVIDER, [provider.id])[provider.id]
    assert CLABE in kept.details["dossier"]
    shown = trace(program_room.ledger, provider.id, ZONE, "es")
    assert CLABE not in json.dumps(shown)
