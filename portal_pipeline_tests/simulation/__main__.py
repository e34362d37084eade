"""``python -m portal_pipeline_tests.simulation --seeds FIRST-LAST [--json]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from portal_pipeline_tests.simulation.figures import Figures, keep_slice, kept_slices, slices
from portal_pipeline_tests.simulation.seeds import play
from portal_pipeline_tests.simulation.shrinking import shrunk

SLICE = 50


def main(arguments: list[str] | None = None) -> int:
    """Play the seeds; exit code 1 on any violation."""
    given = _parser().parse_args(arguments)
    started = time.process_time()
    figures = Figures()
    if given.only is not None or given.scenario is not None or len(given.seeds) == 1:
        for seed in given.seeds:
            figures.add(play(seed, only=given.only, scenario=given.scenario))
    else:
        figures = _many(given.seeds, given.processes, given.resume, given.json)
    cpu_s = time.process_time() - started + _children_s()
    _print(figures, cpu_s, as_json=given.json)
    return 1 if figures.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal_pipeline_tests.simulation")
    parser.add_argument("--seeds", type=_range, required=True, metavar="FIRST-LAST")
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


def _many(seeds: range, processes: int, path: Path | None, is_quiet: bool) -> Figures:
    total = Figures()
    done = kept_slices(path) if path else {}
    with ProcessPoolExecutor(max_workers=processes) as pool:
        parts = list(slices(seeds, SLICE))
        open_parts = [part for part in parts if part[0] not in done]
        for one in done.values():
            total.join(one)
        for part, figures in zip(open_parts, pool.map(_slice, open_parts), strict=True):
            total.join(figures)
            if path:
                keep_slice(path, part[0], figures)
            if not is_quiet:
                print(f"{part[-1]}: {total.seeds} seeds, {len(total.violations)} violations")  # noqa: T201
    return total


def _slice(seeds: range) -> Figures:
    """Some seeds in a process of their own; what fails is shrunk."""
    figures = Figures()
    for seed in seeds:
        played = play(seed)
        figures.add(shrunk(played) if played.violations else played)
    return figures


def _children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _print(figures: Figures, cpu_s: float, *, as_json: bool) -> None:
    out = sys.stdout
    if as_json:
        out.write(json.dumps(figures.as_json(), indent=1) + "\n")
        return
    for one in figures.violations:
        out.write(f"seed {one.seed} {one.invariant}: {one.text}\n  {one.replay}\n")
    out.write(
        f"{figures.seeds} seeds, {figures.faults} faults, {figures.crash_points} crash points, "
        f"{figures.acts} acts, {len(figures.violations)} violations, "
        f"{cpu_s / max(figures.seeds, 1):.2f} CPU-seconds a seed\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
