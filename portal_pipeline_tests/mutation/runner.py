"""Runs the tests of a module against a mutant, in a process of its own.

The project and its tests are imported once; a child has them by forking. A mutant of a function
puts its code into the function that all hold already; any other makes the child import the
project anew, with the mutant in the place of the module.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import Phase, settings

from portal_pipeline_tests.mutation.mutants import Mutant

PACKAGES = ("portal_pipeline", "portal_pipeline_tests")
ROOT = Path(__file__).resolve().parents[2]
PROFILE = "mutation"
"""Of hypothesis: the same examples for every mutant, and none sought that is smaller."""

settings.register_profile(
    PROFILE,
    derandomize=True,
    max_examples=40,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
)

SURVIVED, KILLED, TIMED_OUT = "survived", "killed", "timed_out"


class MutantLoader(SourceFileLoader):
    """Gives the mutant's code for the module that it is a mutant of."""

    code: CodeType

    def get_code(self, fullname: str) -> CodeType:
        """The mutant's."""
        return self.code


class MutantFinder:
    """Finds the mutant before anything else."""

    def __init__(self, module: ModuleType, code: CodeType) -> None:
        self.name, self.path = module.__name__, str(module.__file__)
        self.code = code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Of the one module; None for all others."""
        if name != self.name:
            return None
        loader = MutantLoader(name, self.path)
        loader.code = self.code
        return importlib.util.spec_from_file_location(name, self.path, loader=loader)


def import_tests(tests: Sequence[str]) -> None:
    """Import test files, so that children need not."""
    for test in tests:
        path = ROOT / test
        files = sorted(path.glob("test_*.py")) if path.is_dir() else [path]
        for file in files:
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def outcome(module: ModuleType, mutant: Mutant | None, tests: Sequence[str], cpu_s: int) -> str:
    """What the tests say of a mutant; of the module itself where there is none."""
    child = os.fork()
    if child == 0:
        _judge(module, mutant, tests, cpu_s)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return TIMED_OUT if os.WTERMSIG(status) == signal.SIGXCPU else KILLED
    return SURVIVED if os.WEXITSTATUS(status) == 0 else KILLED


def _judge(module: ModuleType, mutant: Mutant | None, tests: Sequence[str], cpu_s: int) -> None:
    code = 1
    try:
        used = int(time.process_time()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_s, used + cpu_s + 5))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        if mutant is not None:
            _install(module, mutant)
        plugins = ["no:randomly", "no:cacheprovider", "no:xdist", "no:timeout"]
        options = [option for plugin in plugins for option in ("-p", plugin)]
        config = ["-o", "addopts=", "-o", "filterwarnings=", f"--hypothesis-profile={PROFILE}"]
        code = pytest.main(["-q", "-x", "--tb=no", "--assert=plain", *options, *config, *tests])
    finally:
        os._exit(code)


def _install(module: ModuleType, mutant: Mutant) -> None:
    if mutant.function is not None and not mutant.is_seen_at_import:
        (changed,) = (
            const
            for const in mutant.code.co_consts
            if isinstance(const, CodeType) and const.co_name == mutant.function
        )
        getattr(module, mutant.function).__code__ = changed
        return
    for name in list(sys.modules):
        if name.partition(".")[0] in PACKAGES:
            del sys.modules[name]
    sys.meta_path.insert(0, MutantFinder(module, mutant.code))
