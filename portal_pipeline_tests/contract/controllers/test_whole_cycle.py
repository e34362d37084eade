"""All nine steps of a company on worlds of two sizes: what they ask of Sage's database."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlglot
from sqlalchemy import Executable, event

from portal_pipeline.cli.sandbox import free_port, served
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.sandbox.world import World, WorldArguments
from portal_pipeline.settings import load_settings
from portal_pipeline.wiring import Installation, TenantSession
from portal_pipeline_tests.t_sql import sent

pytestmark = [pytest.mark.xdist_group("whole_cycle"), pytest.mark.timeout(300)]

CYCLES = 4
TENANT = "norte"


@dataclass(frozen=True)
class Asked:
    """What one company's cycles asked of its Sage database."""

    reads: list[int]
    """Statements of each cycle."""
    documents: list[int]
    """Documents that each cycle saw."""
    statements: set[str]
    """Every distinct statement, by its text."""


def lived(folder, size: str) -> Asked:
    port = free_port()
    world = World.create(
        folder, WorldArguments(tenants=1, size=size), base_url=f"http://127.0.0.1:{port}"
    )
    path = folder / "tenants.toml"
    home = f'ledger = "sqlite:///{folder}/ledger.sqlite"\narchive = "{folder}/archive"\n'
    path.write_text("[installation]\n" + home + world.tenants_toml(), encoding="utf-8")
    asked = Asked([], [], set())
    installation = Installation(load_settings(path))
    try:
        with served(world, port):
            for cycle in range(CYCLES):
                world.advance()
                session = TenantSession(installation, TENANT, f"run {cycle}")
                try:
                    live(session, asked)
                finally:
                    session.close()
    finally:
        installation.close()
        world.close()
    return asked


def live(session: TenantSession, asked: Asked) -> None:
    sage = session.workspace.sage

    def remember(_connection, clause, _several, values, _options):
        assert isinstance(clause, Executable), clause
        asked.statements.add(sent(clause, values).statement)

    engines = [sage._company, sage._authorisations]
    for engine in engines:
        event.listen(engine, "before_execute", remember)
    before = sage.reads
    reports = [session.run_step(name) for name in ControllerName]
    asked.reads.append(sage.reads - before)
    asked.documents.append(sum(report.seen for report in reports))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    return {size: lived(tmp_path_factory.mktemp(size), size) for size in ("small", "default")}


def test_ten_times_the_documents_do_not_need_more_than_a_few_more_reads(worlds):
    small, default = worlds["small"], worlds["default"]
    grown = max(default.documents) - max(small.documents)
    assert grown > 300
    assert max(default.reads) - max(small.reads) < grown / 20, (small, default)


def test_every_statement_of_a_cycle_compiles_for_sql_server_and_parses_as_t_sql(worlds):
    statements = worlds["default"].statements
    assert len(statements) > 15
    for text in statements:
        parsed = sqlglot.parse_one(text, read="tsql")
        assert not any(isinstance(one, sqlglot.exp.Star) for one in parsed.expressions), text
