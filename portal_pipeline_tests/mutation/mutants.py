"""The mutants of a module: one small change each, in a fixed order.

A slot is a place in the syntax tree that holds a node; each replacement that fits the node is one
mutant. Docstrings, sentences, annotations and imports are no rules and stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, EnumMeta
from functools import partial
from itertools import takewhile
from types import CodeType

from portal_pipeline.core.findings import FindingKind

_OTHER_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
}
_OTHER_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SENTENCE = re.compile(r"\w \w")
"""What people read is no rule."""
_MAY_BE_LEFT_OUT = frozenset({"abs", "cents", "sorted"})


@dataclass(frozen=True)
class Mutant:
    """One change of a module."""

    line: int
    function: str | None
    """The function at the top of the module that holds it; None: it is outside of any."""
    is_seen_at_import: bool
    """Whether the module's own tables depend on it."""
    change: str
    """What stands there, and what the mutant has instead, with some text around."""
    code: CodeType
    """The whole module."""


@dataclass(frozen=True)
class _Place:
    """Where a node hangs in the tree."""

    parent: ast.AST
    field: str
    index: int | None

    @property
    def node(self) -> ast.AST:
        held = getattr(self.parent, self.field)
        return held if self.index is None else held[self.index]  # type: ignore[no-any-return]

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class _Slot(_Place):
    function: str | None
    shown: _Place
    """The statement, or the expression of a compound one, that is told."""


def mutants(source: str, names: Mapping[str, object], path: str) -> Iterator[Mutant]:
    """Every mutant of a module; ``names`` are its globals, for the members of its enums."""
    tree = ast.parse(source)
    called = _called_at_import(tree)
    for slot, line, change in _changed(tree, names):
        code = compile(tree, path, "exec")
        is_seen = slot.function is None or slot.function in called
        yield Mutant(line, slot.function, is_seen, change, code)


def changes(source: str, names: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
    """Function and change of every mutant, none of them compiled."""
    for slot, _, change in _changed(ast.parse(source), names):
        yield slot.function, change


def _changed(tree: ast.Module, names: Mapping[str, object]) -> Iterator[tuple[_Slot, int, str]]:
    """The tree is another one at each step, and as it was at the end."""
    for slot in list(_slots(tree, None, None)):
        before, line = _text(slot.shown.node), getattr(slot.shown.node, "lineno", 0)
        for apply, undo in _changes(slot, names):
            apply()
            ast.fix_missing_locations(tree)
            after = _text(slot.shown.node)
            if after != before:  # the only finding of a module has no other in its place
                yield slot, line, _change(before, after)
            undo()


def _called_at_import(tree: ast.Module) -> set[str]:
    """Functions that the module calls while it is imported."""
    tables = [one for one in tree.body if not isinstance(one, ast.FunctionDef)]
    calls = [call for one in tables for call in ast.walk(one) if isinstance(call, ast.Call)]
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


_Change = tuple[Callable[[], object], Callable[[], object]]


def _changes(slot: _Slot, names: Mapping[str, object]) -> Iterator[_Change]:
    node = slot.node
    for other in _replacements(slot, names):
        yield partial(slot.put, other), partial(slot.put, node)
    for held, index in _parts(node):
        yield partial(held.pop, index), partial(held.insert, index, held[index])
    if isinstance(node, ast.Dict):
        keys, values = node.keys, node.values
        for n in range(len(keys)):
            yield (
                partial(_both, partial(keys.pop, n), partial(values.pop, n)),
                partial(
                    _both, partial(keys.insert, n, keys[n]), partial(values.insert, n, values[n])
                ),
            )


def _both(one: Callable[[], object], other: Callable[[], object]) -> None:
    one()
    other()


def _parts(node: ast.AST) -> Iterator[tuple[list[ast.AST], int]]:
    """Lists of a node from which one item can be left out."""
    match node:
        case ast.List(elts=parts, ctx=ast.Load()) | ast.Tuple(elts=parts, ctx=ast.Load()):
            pass
        case ast.Set(elts=[_, _, *_] as parts) | ast.BoolOp(values=[_, _, _, *_] as parts):
            pass
        case ast.Call(keywords=parts) | ast.comprehension(ifs=parts):
            pass
        case _:
            return
    yield from ((parts, n) for n in range(len(parts)))


def _replacements(slot: _Slot, names: Mapping[str, object]) -> Iterator[ast.AST]:
    node = slot.node
    for kind in _OTHER_OPERATORS.get(type(node), ()):
        yield kind()
    if slot.field == "test" and isinstance(slot.parent, ast.If | ast.IfExp):
        yield from (ast.Constant(True), ast.Constant(False))
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if not _SENTENCE.search(value):
            yield ast.Constant(f"{value}X")
        case ast.BoolOp(values=[one, other]):
            yield from (one, other)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Slice():
            yield ast.Slice()
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _MAY_BE_LEFT_OUT:
            yield first
        case ast.Name(id=name, ctx=ast.Load()):
            yield from _other_names(names, name)
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            yield from _other_members(names.get(owner), node, attr)


def _other_names(names: Mapping[str, object], name: str) -> Iterator[ast.AST]:
    if name in _OTHER_FUNCTIONS:
        yield ast.Name(_OTHER_FUNCTIONS[name], ast.Load())
    if isinstance(names.get(name), FindingKind):
        kinds = sorted(n for n, value in names.items() if isinstance(value, FindingKind))
        yield ast.Name(_next(kinds, name), ast.Load())


def _other_members(owner: object, node: ast.Attribute, attr: str) -> Iterator[ast.AST]:
    if isinstance(owner, EnumMeta) and isinstance(getattr(owner, attr, None), Enum):
        yield ast.Attribute(node.value, _next(list(owner.__members__), attr), ast.Load())


def _next(names: list[str], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]


_COMPOUND = (ast.Module, ast.If, ast.For, ast.While, ast.With, ast.Match, ast.match_case)
_NAMED = (ast.FunctionDef, ast.ClassDef)
_NO_RULES = frozenset({"annotation", "returns", "decorator_list", "bases", "args"})


def _slots(parent: ast.AST, function: str | None, shown: _Place | None) -> Iterator[_Slot]:
    """Places below a node, in the order of the source."""
    for field, value in ast.iter_fields(parent):
        if field in _NO_RULES and isinstance(parent, (ast.AnnAssign, ast.arg, *_NAMED)):
            continue
        nodes = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, node in nodes:
            if not isinstance(node, ast.AST) or _is_no_rule(node):
                continue
            is_top = isinstance(parent, ast.Module) and isinstance(node, ast.FunctionDef)
            within = node.name if is_top else function  # type: ignore[attr-defined]
            told = shown or _Place(parent, field, index)
            yield _Slot(parent, field, index, within, told)
            is_compound = isinstance(node, (*_COMPOUND, *_NAMED))
            yield from _slots(node, within, None if is_compound else told)


def _is_no_rule(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.Import() | ast.ImportFrom():
            return True
    return False


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


_AROUND_MAX = 40
"""Characters that are told on each side of a change."""


def _change(before: str, after: str) -> str:
    """Both texts, without what is far from the difference."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    first = max(0, start - _AROUND_MAX)
    return " -> ".join(
        ("..." if first else "")
        + text[first : len(text) - end + _AROUND_MAX]
        + ("..." if end > _AROUND_MAX else "")
        for text in (before, after)
    )


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
