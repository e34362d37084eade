"""Generate the reference pages of this folder from the code, or check that they are current.

python docs/generate.py           write the pages named in PAGES
python docs/generate.py --check   exit code 1 when one of them is stale
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from portal_pipeline.core.findings import Decides, FindingKind, by_area, load_all
from portal_pipeline.messages.base import WHOSE_TURN
from portal_pipeline.messages.catalogue import catalogue
from portal_pipeline.sandbox.world.stories import all_stories
from portal_pipeline.settings.models import InstallationSettings, TenantSettings
from portal_pipeline_tests.scenarios.base import all_scenarios

DOCS = Path(__file__).parent
GENERATED = "*Generated from the code by `python docs/generate.py`; do not edit.*"


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstring under each field of a model, its parents' included."""
    docs: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if not (isinstance(cls, type) and issubclass(cls, BaseModel)) or cls is BaseModel:
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for statement, following in pairwise(body):
            is_field = isinstance(statement, ast.AnnAssign) and isinstance(
                statement.target, ast.Name
            )
            is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            if is_field and is_text:
                docs[statement.target.id] = inspect.cleandoc(str(following.value.value))
    return docs


def nested(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, if any."""
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next(
        (c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)),
        None,
    )


def shown_default(field: Any) -> str:
    """A field's default as TOML would show it."""
    if field.is_required():
        return "**must be set**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}) or str(value) == "":
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{getattr(value, 'value', value)}`"


def settings_table(model: type[BaseModel], name: str) -> list[str]:
    """A heading and a table for a model and, after it, for the models inside it."""
    docs = field_docs(model)
    lines = [f"### `{name}`", "", "| setting | default | meaning |", "|---|---|---|"]
    inner: list[tuple[str, type[BaseModel]]] = []
    for field_name, field in model.model_fields.items():
        if name.startswith("[tenants.KEY") and field_name == "key":
            continue
        child = nested(field.annotation)
        if child is not None:
            inner.append((f"{name[:-1]}.{field_name}]", child))
            continue
        meaning = " ".join(docs.get(field_name, "").split())
        lines.append(f"| `{field_name}` | {shown_default(field)} | {meaning} |")
    if len(lines) == 4:
        lines = lines[:1]
    lines.append("")
    for child_name, child in inner:
        lines += settings_table(child, child_name)
    return lines


def settings_page() -> str:
    """The page of all settings."""
    example = (DOCS / "tenants.example.toml").read_text(encoding="utf-8")
    lines = [
        "# Settings",
        "",
        GENERATED,
        "",
        "One file `tenants.toml`, looked for in this order, and it is always said which was used:",
        "",
        "1. `--settings FILE`",
        "2. the file named by `PORTAL_PIPELINE_SETTINGS`",
        "3. the comma-separated variables below, when `PORTAL_PIPELINE_TENANTS` is set",
        "4. `./tenants.toml`",
        "5. `tenants.toml` in the home (`PORTAL_PIPELINE_HOME`, default `./.portal_pipeline`)",
        "6. that of the latest demo",
        "",
        "Every mistake is reported at once with how to mend it. A secret is",
        '`{ env = "NAME" }` or `{ file = "PATH" }` (readable by the service\'s account only);',
        "a literal is accepted only in mode `sandbox`.",
        "",
        "## Example",
        "",
        "```toml",
        example.rstrip(),
        "```",
        "",
        "## Environment variables, for few tenants",
        "",
        "Lists are comma separated, of equal length, one value per tenant in the same order.",
        "",
        "```bash",
        "export PORTAL_PIPELINE_TENANTS=acme,beta",
        'export PORTAL_PIPELINE_NAMES="Acme SA de CV,Beta SA de CV"',
        "export PORTAL_PIPELINE_RFCS=ACM010101AB1,BET010101AB1",
        "export PORTAL_PIPELINE_MODES=dry_run,dry_run",
        "export PORTAL_PIPELINE_START_DATES=2026-01-01,2026-01-01",
        "export PORTAL_PIPELINE_SAGE_DATABASES=ACMDAT,BETDAT",
        "export PORTAL_PIPELINE_SAGE_ORG_IDS=ACMDAT,BETDAT",
        "export PORTAL_PIPELINE_PORTAL_TENANT_IDS=...,...",
        "export PORTAL_PIPELINE_PORTAL_KEYS=...,...",
        "export PORTAL_PIPELINE_PORTAL_SECRETS=...,...",
        "# one value for all tenants",
        "export PORTAL_PIPELINE_SAGE_SERVER=sql.example,1433",
        "export PORTAL_PIPELINE_SAGE_USER=portal_reader",
        "export PORTAL_PIPELINE_SAGE_PASSWORD=...",
        "export PORTAL_PIPELINE_SAGE_AUTHORISATION_DATABASE=Autorizaciones_electronicas",
        "export PORTAL_PIPELINE_SAGE_WEB_API_URL=https://sage.example/Sage300WebApi",
        "export PORTAL_PIPELINE_SAGE_WEB_API_USER=PIPELINE",
        "export PORTAL_PIPELINE_SAGE_WEB_API_PASSWORD=...",
        "```",
        "",
        "Everything else has its default there; use the file for more.",
        "",
        "## All settings",
        "",
        *settings_table(InstallationSettings, "[installation]"),
        *settings_table(TenantSettings, "[tenants.KEY]"),
    ]
    return "\n".join(lines).rstrip() + "\n"


DECIDES = {
    Decides.HOLD: "waits",
    Decides.REJECT: "rejected",
    Decides.OUT_OF_SCOPE: "not ours",
    Decides.NOTE: "note",
}


def row(*cells: str) -> str:
    """One line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def exits_of(kind: FindingKind) -> str:
    """The commands that a person can use."""
    return ", ".join(f"`{one.value}`" for one in kind.exits)


def decisions_page() -> str:
    """The page of the rules: what is decided about every document, and why."""
    lines = [
        "# What is decided and why",
        "",
        GENERATED,
        "",
        "A document of Sage or of the portal is sent, imported or written when no rule below says",
        "otherwise. A rule that does leaves its reason on the document: it *waits* (for whom is",
        "told, and it is looked at again in every cycle), it is *rejected* (somebody must mend its",
        "source), it is *not ours*, or it goes with a *note*. The ways out are what a person can",
        "say about it: `portal-pipeline EXIT --tenant T KEY --reason WHY`. The words that people",
        "read are in [findings](findings.md); every rule is played in [scenarios](scenarios.md).",
    ]
    for area, kinds in by_area().items():
        lines += [
            "",
            f"## {area}",
            "",
            row("rule", "decides", "waits for", "ways out", "code"),
            "|---|---|---|---|---|",
        ]
        lines += [
            row(
                kind.rule,
                DECIDES[kind.decides],
                WHOSE_TURN[kind.waits_for][1] if kind.waits_for else "",
                exits_of(kind),
                f"[`{kind.code}`](findings.md#{kind.code})",
            )
            for kind in kinds
        ]
    return "\n".join(lines) + "\n"


def findings_page() -> str:
    """The page of all findings: what people read, in both languages."""
    lines = [
        "# Findings",
        "",
        GENERATED,
        "",
        "The words of every reason, by code; the rules behind them are in",
        "[what is decided and why](decisions.md). A document that waits or is rejected has exactly",
        "one; `status`, `trace` and the tables in Dagster show its text. Exits are the commands",
        "that a person can use: `portal-pipeline EXIT --tenant T KEY --reason WHY`.",
        "",
        row("code", "severity", "what it says", "waits for", "what to do", "exits"),
        "|---|---|---|---|---|---|",
    ]
    texts = catalogue()
    for code, kind in sorted(load_all().items()):
        message = texts[code]
        spanish, english = WHOSE_TURN[kind.waits_for] if kind.waits_for else ("", "")
        lines.append(
            row(
                f'<a id="{code}"></a>`{code}`',
                kind.severity.value,
                f"{message.es}<br>*{message.en}*",
                f"{spanish}<br>*{english}*" if spanish else "",
                f"{message.action_es}<br>*{message.action_en}*",
                exits_of(kind),
            )
        )
    return "\n".join(lines) + "\n"


def scenarios_page() -> str:
    """The page of what is played: the stories of the sandbox's world, and the scenarios."""
    lines = [
        "# What is played",
        "",
        GENERATED,
        "",
        "Every line is a rule that is played between the two simulated systems: people act in Sage",
        "and in the portal, all nine steps run, and what both systems and the ledger then hold is",
        "checked. Stories play together in the world of `portal-pipeline demo`, and show every",
        "finding that ordinary business brings about. Each scenario plays in a company of its own",
        "(`portal_pipeline_tests/scenarios`); faults, other settings, guard and going live are",
        "told there alone.",
    ]
    told = [(f"World: {one.play.__module__}", one) for one in all_stories()]
    played = [(f"Scenarios: {one.area}", one) for one in all_scenarios()]
    parts: dict[str, list[tuple[str, str]]] = {}
    for area, one in (*told, *played):
        kind, _, module = area.partition(": ")
        title = f"{kind}: {module.rpartition('.')[2].replace('_', ' ')}"
        parts.setdefault(title, []).append((one.name, one.rule))
    for title, rows in parts.items():
        lines += ["", f"## {title}", "", row("name", "rule"), "|---|---|"]
        lines += [row(f"`{name}`", rule) for name, rule in rows]
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings_page,
    "decisions.md": decisions_page,
    "findings.md": findings_page,
    "scenarios.md": scenarios_page,
}


def main() -> int:
    """Write the pages, or say which are stale."""
    stale = []
    for name, build in PAGES.items():
        path, text = DOCS / name, build()
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"docs/{name} is stale; run: python docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
