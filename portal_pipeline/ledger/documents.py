"""What is known of documents, and their links, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from portal_pipeline.core.closed import is_closed_in_portal
from portal_pipeline.core.decisions import Document
from portal_pipeline.core.identity import DocumentKind, DocumentRef
from portal_pipeline.core.outcomes import Effects, Link
from portal_pipeline.ledger.rows import document_row, document_values
from portal_pipeline.ledger.schema import document, link
from portal_pipeline.ledger.transitions import Author, chunks, update_by_key
from portal_pipeline.statements import prepared


def save_documents(connection: Connection, author: Author, documents: Sequence[Document]) -> None:
    """Insert or update documents: only what is known overwrites, ``details`` are merged."""
    latest = {document.ref: document for document in documents}
    by_kind: dict[DocumentKind, list[str]] = {}
    for ref in latest:
        by_kind.setdefault(ref.kind, []).append(ref.key)
    known = {}
    for kind, keys in by_kind.items():
        for part in chunks(sorted(keys)):
            for row in connection.execute(*select_documents(author.tenant, kind.value, part)):
                model = document_row(row)
                known[model.ref] = model
    new, changed = [], []
    for ref, seen in latest.items():
        values = _fitting(document_values(seen))
        old = known.get(ref)
        if old is None:
            new.append(
                dict.fromkeys(_NULLABLE)
                | {"counterparty": "", "currency": "", "admitted": False}
                | values
                | {
                    "tenant": author.tenant,
                    "is_closed": is_closed_in_portal(ref.kind, seen.portal_state, seen.details),
                    "first_seen_at": author.at,
                    "updated_at": author.at,
                }
            )
            continue
        merged = {**old.details, **seen.details}
        whole = {name: getattr(old, name) for name in _DOCUMENT_COLUMNS} | values
        whole["details"] = merged
        if any(whole[name] != getattr(old, name) for name in _DOCUMENT_COLUMNS):
            changed.append(
                whole
                | {
                    "tenant": author.tenant,
                    "kind": ref.kind.value,
                    "key": ref.key,
                    "is_closed": is_closed_in_portal(ref.kind, whole["portal_state"], merged),
                    "updated_at": author.at,
                }
            )
    if new:
        connection.execute(_INSERT_DOCUMENTS, new)
    if changed:
        update_by_key(connection, document, changed, ("tenant", "kind", "key"))


def _fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is only shown, cut to its column: no name of others stops the ledger's database."""
    shown = {
        name: values[name][: document.c[name].type.length]  # type: ignore[attr-defined]
        for name in _ONLY_SHOWN
        if values.get(name)
    }
    return {**values, **shown}


_ONLY_SHOWN = ("counterparty", "currency", "portal_state", "sage_state")
_NULLABLE = ("amount", "dated", "portal_id", "portal_state", "sage_id", "sage_state")
_DOCUMENT_COLUMNS = ("counterparty", "currency", "details", *_NULLABLE)


def save_with_effects(
    connection: Connection, author: Author, seen: Document, effects: Effects
) -> None:
    """A document with what a success made known about it."""
    save_documents(connection, author, [_with_effects(seen, effects)])
    save_links(connection, author, [(seen.ref, one) for one in effects.links])


def _with_effects(seen: Document, effects: Effects) -> Document:
    known = {
        name: value
        for name in ("portal_id", "portal_state", "sage_id", "sage_state")
        if (value := getattr(effects, name)) is not None
    }
    details = {**seen.details, **effects.details}
    return seen.model_copy(update={**known, "details": details})


def save_links(
    connection: Connection, author: Author, links: Sequence[tuple[DocumentRef, Link]]
) -> None:
    """Add links that are not known yet; a known link keeps its source and time."""
    wanted = {
        (ref.kind.value, ref.key, one.relation, one.target_type, one.target_key): one
        for ref, one in links
    }
    known: set[tuple[Any, ...]] = set()
    keys = sorted({(name[0], name[1]) for name in wanted})
    for part in chunks(keys):
        query = _select_links(
            author.tenant, sorted({kind for kind, _ in part}), sorted({key for _, key in part})
        )
        known |= {tuple(row) for row in connection.execute(*query)}
    new = [
        {
            "tenant": author.tenant,
            "kind": name[0],
            "key": name[1],
            "relation": name[2],
            "target_type": name[3],
            "target_key": name[4],
            "source": one.source,
            "at": author.at,
            "run_id": author.run_id,
        }
        for name, one in wanted.items()
        if name not in known
    ]
    if new:
        connection.execute(_INSERT_LINKS, new)


# -- statements ----------------------------------------------------------------------------------

_INSERT_DOCUMENTS, _INSERT_LINKS = insert(document), insert(link)


@prepared
def select_documents(tenant: str, kind: str, keys: Sequence[str]) -> Select[Any]:
    """Documents of a kind. Grain: one row per document."""
    return select(document).where(
        document.c.tenant == tenant, document.c.kind == kind, document.c.key.in_(keys)
    )


@prepared
def _select_links(tenant: str, kinds: Sequence[str], keys: Sequence[str]) -> Select[Any]:
    return select(
        link.c.kind, link.c.key, link.c.relation, link.c.target_type, link.c.target_key
    ).where(link.c.tenant == tenant, link.c.kind.in_(kinds), link.c.key.in_(keys))
