"""Long runs of the simulation; exit code 1 on any violation.

``--seeds FIRST-LAST`` plays seeds, ``--pairs`` every two deaths of a process, ``--deaths`` one of
those again; ``--json`` prints the figures alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from portal_pipeline_tests.simulation.figures import Figures, keep_slice, kept_slices, slices
from portal_pipeline_tests.simulation.pairs import deaths_named, parts, play_deaths, play_part
from portal_pipeline_tests.simulation.seeds import play
from portal_pipeline_tests.simulation.shrinking import shrunk

SLICE = 50
P = TypeVar("P")


def main(arguments: list[str] | None = None) -> int:
    """Play what is asked for."""
    given = _parser().parse_args(arguments)
    if given.deaths:
        figures = play_deaths(*given.deaths)
    elif given.pairs:
        figures = _many({"-".join(map(str, part)): part for part in parts()}, play_part, given)
    elif given.only is not None or given.scenario is not None or len(given.seeds) == 1:
        figures = Figures()
        for seed in given.seeds:
            figures.add(play(seed, only=given.only, scenario=given.scenario))
    else:
        wanted = {str(part[0]): part for part in slices(given.seeds, SLICE)}
        figures = _many(wanted, _seeds, given)
    _print(figures, _cpu_s(), as_json=given.json)
    return 1 if figures.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal_pipeline_tests.simulation")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seeds", type=_range, metavar="FIRST-LAST")
    what.add_argument("--pairs", action="store_true", help="every two deaths of a process")
    what.add_argument("--deaths", type=deaths_named, metavar="PARADE:POINT@N,POINT@N")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--only", type=_numbers, help="numbers of the faults to keep, or none")
    parser.add_argument("--scenario", help="this scenario in place of the seed's turn")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--resume", type=Path, help="file that keeps finished slices")
    return parser


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _numbers(text: str) -> list[int]:
    return [] if text == "none" else [int(one) for one in text.split(",")]


def _many(
    wanted: Mapping[str, P], play_one: Callable[[P], Figures], given: argparse.Namespace
) -> Figures:
    """Slices by name, in processes of their own; those of ``--resume`` are not played again."""
    total = Figures()
    done = kept_slices(given.resume) if given.resume else {}
    for name in wanted.keys() & done.keys():
        total.join(done[name])
    left = {name: part for name, part in wanted.items() if name not in done}
    with ProcessPoolExecutor(max_workers=given.processes) as pool:
        for name, figures in zip(left, pool.map(play_one, left.values()), strict=True):
            total.join(figures)
            if given.resume:
                keep_slice(given.resume, name, figures)
            if not given.json:
                print(f"{name}: {total.seeds} played, {len(total.violations)} violations")  # noqa: T201
    return total


def _seeds(seeds: Sequence[int]) -> Figures:
    """Some seeds in a process of their own; what fails is shrunk."""
    figures = Figures()
    for seed in seeds:
        played = play(seed)
        figures.add(shrunk(played) if played.violations else played)
    return figures


def _cpu_s() -> float:
    return sum(os.times()[:4])


def _print(figures: Figures, cpu_s: float, *, as_json: bool) -> None:
    out = sys.stdout
    if as_json:
        out.write(json.dumps(figures.as_json(), indent=1) + "\n")
        return
    for one in figures.violations:
        out.write(f"seed {one.seed} {one.invariant}: {one.text}\n  {one.replay}\n")
    out.write(
        f"{figures.seeds} played, {figures.faults} faults, {figures.crash_points} crash points, "
        f"{figures.acts} acts, {len(figures.violations)} violations, "
        f"{cpu_s / max(figures.seeds, 1):.2f} CPU-seconds each\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
