"""``$filter``: text -> a test of one record, on its top-level properties.

Grammar (Web API sheet 2.6, rule 7)::

    or    := and ('or' and)*          and  := unit ('and' unit)*
    unit  := '(' or ')' | function-call | value OPERATOR value
    value := literal | PROPERTY | length(PROPERTY)

Operators eq ne gt ge lt le; functions startswith, endswith, substringof(needle, property).
Literals: quoted text with doubled quotes, numbers with optional ``m``, ISO dates,
``datetime'...'``, true, false, null. Enums are compared by their names.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from portal_pipeline.sandbox.sage.web_api.errors import WebApiError

Record = Mapping[str, Any]
Predicate = Callable[[Record], bool]
_Value = Callable[[Record], Any]

TOKENS_MAX = 500
_TOKEN = re.compile(
    r"""\s*(?:
      datetime'(?P<datetime>[^']*)'
    | (?P<text>'(?:[^']|'')*')
    | (?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?)
    | (?P<number>-?\d+(?:\.\d+)?)[mM]?\b
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "substringof": lambda needle, text: needle in text,
}


def parsed_filter(text: str, properties: Collection[str], type_name: str) -> Predicate:
    """The test that a ``$filter`` describes.

    Raises:
        WebApiError: InvalidParameters for an unknown property or anything outside the grammar.
    """
    parser = _Parser(_tokens(text), properties, type_name)
    test = parser.either()
    parser.expect_end()
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    rest = text.rstrip()
    place = 0
    while place < len(rest):
        found = _TOKEN.match(rest, place)
        if found is None or found.lastgroup is None or len(tokens) >= TOKENS_MAX:
            raise _invalid(f"Syntax error at position {place} in '{text}'")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        place = found.end()
    return tokens


def _invalid(text: str) -> WebApiError:
    return WebApiError("InvalidParameters", text)


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], properties: Collection[str], type_name: str
    ) -> None:
        self._tokens = tokens
        self._place = 0
        self._properties = properties
        self._type_name = type_name

    def either(self) -> Predicate:
        tests = [self._both()]
        while self._accept("word", "or"):
            tests.append(self._both())
        return lambda record: any(test(record) for test in tests)

    def expect_end(self) -> None:
        if self._place != len(self._tokens):
            raise _invalid(f"Unexpected '{self._tokens[self._place][1]}'")

    def _both(self) -> Predicate:
        tests = [self._unit()]
        while self._accept("word", "and"):
            tests.append(self._unit())
        return lambda record: all(test(record) for test in tests)

    def _unit(self) -> Predicate:
        if self._accept("mark", "("):
            inner = self.either()
            self._need("mark", ")")
            return inner
        kind, word = self._peek()
        if kind == "word" and word in _TEXT_TESTS:
            return self._text_test()
        left = self._value()
        name = self._next("word")
        if name not in _OPERATORS:
            raise _invalid(f"'{name}' is not an operator")
        right = self._value()
        return _comparison(_OPERATORS[name], left, right)

    def _text_test(self) -> Predicate:
        name = self._next("word")
        self._need("mark", "(")
        one = self._value()
        self._need("mark", ",")
        other = self._value()
        self._need("mark", ")")
        if self._accept("word", "eq"):
            self._need("word", "true")
        test = _TEXT_TESTS[name]
        return lambda record: test(str(one(record) or ""), str(other(record) or ""))

    def _value(self) -> _Value:
        kind, text = self._peek()
        self._place += 1
        match kind:
            case "text":
                literal: Any = text[1:-1].replace("''", "'")
            case "number":
                literal = Decimal(text)
            case "date" | "datetime":
                literal = _Moment(text)
            case "word" if text in {"true", "false", "null"}:
                literal = {"true": True, "false": False, "null": None}[text]
            case "word" if text == "length":
                self._need("mark", "(")
                inner = self._value()
                self._need("mark", ")")
                return lambda record: Decimal(len(str(inner(record) or "")))
            case "word":
                return self._property(text)
            case _:
                raise _invalid(f"Unexpected '{text}'")
        return lambda _: literal

    def _property(self, name: str) -> _Value:
        if name not in self._properties:
            raise _invalid(f"Could not find a property named '{name}' on type '{self._type_name}'.")
        return lambda record: record[name]

    def _peek(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise _invalid("Unexpected end of the filter")
        return self._tokens[self._place]

    def _next(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise _invalid(f"Unexpected '{text}'")
        self._place += 1
        return text

    def _accept(self, kind: str, text: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place] == (kind, text):
            self._place += 1
            return True
        return False

    def _need(self, kind: str, text: str) -> None:
        if not self._accept(kind, text):
            raise _invalid(f"'{text}' expected")


class _Moment(str):
    """A date literal, compared with a record's ``YYYY-MM-DDT00:00:00Z`` by as many characters."""

    __slots__ = ()


def _comparison(test: Callable[[Any, Any], bool], left: _Value, right: _Value) -> Predicate:
    def compared(record: Record) -> bool:
        one, other = _comparable(left(record), right(record))
        if one is None or other is None:
            return test in {operator.eq, operator.ne} and test(one, other)
        if type(one) is not type(other):
            raise _invalid("A binary operator with incompatible types was detected.")
        return test(one, other)

    return compared


def _comparable(one: Any, other: Any) -> tuple[Any, Any]:
    if isinstance(one, _Moment) or isinstance(other, _Moment):
        return _second(one), _second(other)
    return _plain(one), _plain(other)


def _second(value: Any) -> str | None:
    """``YYYY-MM-DDTHH:MM:SS`` of a moment in any of the accepted forms."""
    if value is None:
        return None
    text = str(value).rstrip("Z")
    return (text + "T00:00:00"[len(text) - 10 :])[:19] if len(text) >= 10 else text


def _plain(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
