"""How acts run: several at a time in production, one after the other from a seed in tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

Task = Callable[[], None]


class Executor(Protocol):
    """Runs chains of tasks; the tasks of one chain run in order, never two at once."""

    def run(self, chains: Sequence[Sequence[Task]], *, at_once: int) -> None:
        """Return when every task has run.

        When a task raises, no further task starts; the running ones end, then it is raised.
        """
        ...


class SerialExecutor:
    """Runs everything in the given order in the calling thread."""

    def run(self, chains: Sequence[Sequence[Task]], *, at_once: int) -> None:
        """See :class:`Executor`."""
        for chain in chains:
            for task in chain:
                task()


class ThreadExecutor:
    """Runs chains in threads, at most ``at_once`` of them at a time."""

    def run(self, chains: Sequence[Sequence[Task]], *, at_once: int) -> None:
        """See :class:`Executor`; an interrupt stops the submission and waits for what runs."""
        if at_once == 1 or len(chains) == 1:
            SerialExecutor().run(chains, at_once=1)
            return
        stopped = threading.Event()

        def run_chain(chain: Sequence[Task]) -> None:
            for task in chain:
                if stopped.is_set():
                    return
                task()

        with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="act") as pool:
            waiting = iter(chains)
            running: set[Future[None]] = set()
            try:
                for chain in waiting:
                    running.add(pool.submit(run_chain, chain))
                    if len(running) >= at_once:
                        ended, running = wait(running, return_when=FIRST_COMPLETED)
                        for future in ended:
                            future.result()
                for future in running:
                    future.result()
            except BaseException:
                stopped.set()
                raise


def chain_by_order(keys: Sequence[str], after: Sequence[Sequence[str]]) -> list[list[int]]:
    """Groups positions into chains so that each act runs after those it names.

    Acts that are connected share one chain, in the order given (which must list an act after
    those that it follows); unconnected acts have a chain of their own.
    """
    chain_of: dict[str, int] = {}
    chains: dict[int, list[int]] = {}
    for position, (key, named) in enumerate(zip(keys, after, strict=True)):
        joined = sorted({chain_of[name] for name in named if name in chain_of})
        target = joined[0] if joined else position
        members = sorted(m for one in joined for m in chains.pop(one))
        chains[target] = [*members, position]
        for member in chains[target]:
            chain_of[keys[member]] = target
        chain_of[key] = target
    return [chains[name] for name in sorted(chains)]
