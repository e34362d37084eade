"""The SAT's schemas, stylesheets and certificate authorities, from the folder of ``satcfdi``.

That package is read as data and never imported: its folder is found, its files are read, nothing
of it runs. Source: CFDI sheet 0, 1 and 6.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from lxml import etree

from portal_pipeline.cfdi.parsing import hardened_parser

INSTALL = "install portal-pipeline[sat]"
ENUMERATION_MAX = 1000
"""Larger catalogues make the validation forty times slower (CFDI sheet 2)."""
_SCHEMAS = Path("transform", "schemas", "www.sat.gob.mx", "sitio_internet", "cfd")
_SHARED = ("catalogos", "tipoDatos")
"""Folders of schemas that only others import."""
_XS = "{http://www.w3.org/2001/XMLSchema}"
_SCHEME = "sat:///"
"""Addresses inside the folder; they do not depend on where it lies."""

T = TypeVar("T")


class Once(Generic[T]):
    """What a costly function gives, computed once per process, also when threads ask at once."""

    def __init__(self, compute: Callable[[], T]) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._found: tuple[T, ...] = ()

    def __call__(self) -> T:
        """The value."""
        if not self._found:
            with self._lock:
                if not self._found:
                    self._found = (self._compute(),)
        return self._found[0]

    def forget(self) -> None:
        """Compute again at the next call."""
        self._found = ()


def _find_folder() -> Path | None:
    try:
        spec = importlib.util.find_spec("satcfdi")
    except (ImportError, ValueError):  # a broken installation is none
        return None
    places = spec.submodule_search_locations if spec is not None else None
    return next((Path(place) for place in places or () if Path(place).is_dir()), None)


folder = Once(_find_folder)
"""Folder of the package; None where it is not installed."""


def _find_schemas() -> dict[str, str]:
    """Schema file of each namespace, by its path below the folder of schemas.

    libxml2 wants one file per namespace: of two the last by name is the newer.
    """
    place = folder()
    if place is None:
        return {}
    root = place / _SCHEMAS
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.xsd")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(_SHARED):
            found[_target_namespace(path)] = name
    return found


schema_files = Once(_find_schemas)
"""Namespace to schema file; empty without the package."""


def _target_namespace(path: Path) -> str:
    with path.open("rb") as file:
        try:
            for _, node in etree.iterparse(file, events=("start",)):
                return str(node.get("targetNamespace", ""))
        except etree.LxmlError:
            return ""  # no namespace of a document
    return ""


def certificates_archive() -> Path | None:
    """Archive with the certificates of the SAT's authorities."""
    place = folder()
    return None if place is None else place / "transform" / "CertsProd.zip"


def parse_file(name: str, large: dict[str, frozenset[str]] | None = None) -> etree._Element:
    """A file below the folder of schemas, whose includes are read from there and nowhere else.

    Args:
        name: its path, with slashes.
        large: gets the values of each large catalogue that is taken out of what is included.

    Raises:
        OSError, etree.LxmlError: the package has not the expected file.
    """
    return parse_schema_text(_read(name), name, large)


def parse_schema_text(
    text: bytes, name: str, large: dict[str, frozenset[str]] | None = None
) -> etree._Element:
    """The same of a text that stands for a file of that name."""
    parser = hardened_parser()
    parser.resolvers.add(_InFolder(large))
    return etree.fromstring(text, parser, base_url=_SCHEME + name)


def _read(name: str) -> bytes:
    place = folder()
    if place is None:
        raise FileNotFoundError(name)
    root = (place / _SCHEMAS).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise FileNotFoundError(name)
    return path.read_bytes()


class _InFolder(etree.Resolver):
    """Answers every request for a file from the folder of schemas."""

    def __init__(self, large: dict[str, frozenset[str]] | None) -> None:
        self._large = large

    def resolve(  # type: ignore[override]  # the stubs lack the context
        self, system_url: str | None, public_id: str | None, context: Any
    ) -> Any:
        """The file's text; an address elsewhere raises OSError, so nothing leaves the machine."""
        url = system_url or ""
        if not url.startswith(_SCHEME):
            raise FileNotFoundError(url)
        text = _read(url.removeprefix(_SCHEME))
        if self._large is not None:
            text = _without_large_catalogues(text, self._large)
        return self.resolve_string(text, context, base_url=url)


def _without_large_catalogues(text: bytes, large: dict[str, frozenset[str]]) -> bytes:
    """The schema without its long enumerations, whose values go to ``large`` by type."""
    if text.count(b"enumeration") <= ENUMERATION_MAX:
        return text
    root = etree.fromstring(text, hardened_parser())
    for kind in root.iterchildren(f"{_XS}simpleType"):
        values = list(kind.iter(f"{_XS}enumeration"))
        if len(values) > ENUMERATION_MAX:
            large[kind.get("name", "")] = frozenset(one.get("value", "") for one in values)
            restriction = values[0].getparent()
            if restriction is not None:
                for one in values:
                    restriction.remove(one)
    return etree.tostring(root)
