"""Record types: each property with its kind, length and column.

One declaration serves reading (column -> JSON), writing (JSON -> checked value), ``$filter`` and
``$metadata``. Source: Web API sheet 2.3, 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from portal_pipeline.sandbox.sage.company.unit import Row
from portal_pipeline.sandbox.sage.web_api.errors import WebApiError

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_INTEGER = re.compile(r"^-?\d+$")


class Kind(StrEnum):
    """The type of a property's value in JSON."""

    TEXT = "Edm.String"
    NUMBER = "Edm.Decimal"
    WHOLE = "Edm.Int32"
    DATE = "Edm.DateTimeOffset"
    FLAG = "Edm.Boolean"
    CHOICE = "choice"
    """An enum: sent and read by name, stored as a number."""
    LIST = "list"
    """A collection of complex records."""


@dataclass(frozen=True)
class Property:
    """One property; ``column`` is where it is stored, empty when it is made up on reading."""

    name: str
    kind: Kind
    column: str = ""
    length: int = 0
    choices: Mapping[str, int] = field(default_factory=dict)
    items: Shape | None = None
    constant: Any = None

    def shown(self, row: Row) -> Any:
        """The JSON value of a database row."""
        if not self.column:
            return self.constant
        value = row[self.column]
        match self.kind:
            case Kind.DATE:
                return f"{value.isoformat()}T00:00:00Z" if value else None
            case Kind.CHOICE:
                names = {number: name for name, number in self.choices.items()}
                return names.get(int(value), str(int(value)))
            case Kind.FLAG:
                return bool(value)
            case _:
                return value

    def accepted(self, value: Any) -> Any:
        """The value that a payload gives to this property.

        Raises:
            WebApiError: InvalidPayload for another type or an unknown enum name, RecordInvalid for
                a text that is too long (rule 10).
        """
        match self.kind:
            case Kind.TEXT:
                return self._text(value)
            case Kind.NUMBER | Kind.WHOLE:
                return self._number(value)
            case Kind.DATE:
                return self._date(value)
            case Kind.CHOICE:
                return self._choice(value)
            case Kind.FLAG:
                if not isinstance(value, bool):
                    raise self._refused(value)
                return value
            case Kind.LIST:
                if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
                    raise self._refused(value)
                return value

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._refused(value)
        text = str(value).rstrip()
        if len(text) > self.length:
            raise WebApiError(
                "RecordInvalid", f"{self.name}: {len(text)} characters, at most {self.length}"
            )
        return text

    def _number(self, value: Any) -> Decimal | int:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._refused(value)
        number = Decimal(value)
        if self.kind is Kind.WHOLE:
            if number != number.to_integral_value():
                raise self._refused(value)
            return int(number)
        return number

    def _date(self, value: Any) -> date | None:
        if value is None:
            return None
        try:
            if _DAY.match(value):
                return date.fromisoformat(value)
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self._refused(value) from error
        # A zone other than Z shifts the day, as the sheet warns (5.5).
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()

    def _choice(self, value: Any) -> int:
        if isinstance(value, str) and value in self.choices:
            return self.choices[value]
        if isinstance(value, str) and _INTEGER.match(value) and int(value) in self.numbers:
            return int(value)
        raise self._refused(value)

    @property
    def numbers(self) -> frozenset[int]:
        """The stored values of an enum."""
        return frozenset(self.choices.values())

    def _refused(self, value: Any) -> WebApiError:
        return WebApiError("InvalidPayload", f"{self.name} does not accept {value!r}")


@dataclass(frozen=True)
class Shape:
    """A record type: its name in ``$metadata`` and its properties in order."""

    type_name: str
    properties: tuple[Property, ...]

    def __getitem__(self, name: str) -> Property:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> Mapping[str, Property]:
        return {item.name: item for item in self.properties}

    @property
    def names(self) -> tuple[str, ...]:
        """Property names in order."""
        return tuple(item.name for item in self.properties)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that reading needs, each once."""
        return tuple(dict.fromkeys(item.column for item in self.properties if item.column))

    def record(self, row: Row) -> dict[str, Any]:
        """The JSON record of a database row, without its collections."""
        return {
            item.name: item.shown(row) for item in self.properties if item.kind is not Kind.LIST
        }

    def accepted(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The checked values of a payload, in its order.

        Raises:
            WebApiError: InvalidPayload for a property that the type does not have (rule 9).
        """
        by_name = self._by_name
        for name in payload:
            if name not in by_name:
                raise WebApiError(
                    "InvalidPayload",
                    f"The property '{name}' does not exist on type '{self.type_name}'.",
                )
        return {name: by_name[name].accepted(value) for name, value in payload.items()}

    def check(self, payload: Mapping[str, Any]) -> None:
        """Nothing, or what :meth:`accepted` raises, for the payload and its collections."""
        for name, value in self.accepted(payload).items():
            shape = self[name].items
            if shape is not None:
                for item in value:
                    shape.check(item)


def text(name: str, column: str, length: int) -> Property:
    """A text property."""
    return Property(name, Kind.TEXT, column, length)


def number(name: str, column: str) -> Property:
    """A decimal property."""
    return Property(name, Kind.NUMBER, column)


def whole(name: str, column: str) -> Property:
    """A small integer property."""
    return Property(name, Kind.WHOLE, column)


def day(name: str, column: str) -> Property:
    """A date property."""
    return Property(name, Kind.DATE, column)


def choice(name: str, column: str, **choices: int) -> Property:
    """An enum property with the stored number of each name."""
    return Property(name, Kind.CHOICE, column, choices=choices)


def many(name: str, items: Shape) -> Property:
    """A collection of complex records."""
    return Property(name, Kind.LIST, items=items)


def fixed(name: str, kind: Kind, value: Any, length: int = 0) -> Property:
    """A property that always reads the same and is ignored when sent."""
    return Property(name, kind, length=length, constant=value)


def numbered(name: str, column: str, make: Any, count: int = 5) -> tuple[Property, ...]:
    """``NAME1`` to ``NAME5`` over ``COLUMN1`` to ``COLUMN5``; ``{}`` marks the number."""
    return tuple(make(name.format(n), column.format(n)) for n in range(1, count + 1))
