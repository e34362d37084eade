"""A fresh company and simulator for each test, copied from one template."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal_pipeline_tests.contract.sage_web_api.desk import Desk, make_template, open_desk


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sage_web_api") / "template.db"
    make_template(path)
    return path


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Desk:
    made = open_desk(template, tmp_path)
    yield made
    made.company.engine.dispose()
