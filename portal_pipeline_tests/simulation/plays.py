"""Scenarios as people's deeds alone, for weather in which their claims need not hold.

A scenario asserts what each of its cycles did, which is true on a fine day only. What people do in
it is the same in a storm, so the same functions are played without their assertions.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from functools import cache
from typing import Any

from portal_pipeline_tests.scenarios.base import SCENARIOS, Play, all_scenarios


class _WithoutClaims(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)


@cache
def names() -> tuple[str, ...]:
    """All scenarios, in the order in which they are told."""
    return tuple(one.name for one in all_scenarios())


@cache
def deeds_of(name: str) -> Play:
    """The scenario's function without its assertions."""
    play = SCENARIOS[name].play
    tree = ast.parse(textwrap.dedent(inspect.getsource(play)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    plain = ast.fix_missing_locations(_WithoutClaims().visit(tree))
    space: dict[str, Any] = dict(vars(sys.modules[play.__module__]))
    exec(compile(plain, inspect.getfile(play), "exec"), space)  # noqa: S102 - our own source
    without_claims: Play = space[name]
    return without_claims
