"""Heavy work in processes of its own: their memory is given back, several run side by side, and their allocator is tuned."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from kg.extract.parallel import start_worker
from schemas.errors import PaperkgError

# glibc gives large blocks back to the system after each use; keeping them makes training on a processor much faster.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "8000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000", "MALLOC_TOP_PAD_": "300000000"}


@dataclass(frozen=True)
class Job:
    """One piece of work."""

    name: str  # stands before each line of its progress
    work: Callable[..., None]  # called with the arguments and `tell`
    arguments: tuple[Any, ...]


def run_jobs(jobs: Sequence[Job], *, threads: int, side_by_side: bool, quiet: bool) -> None:
    """Run all jobs; with `side_by_side` as many at once as there are threads, which they share.

    Raises the first PaperkgError of a job.
    """
    if not jobs:
        return
    workers = min(len(jobs), threads) if side_by_side else 1
    with _environment(_KEEP_MEMORY | {"OMP_NUM_THREADS": str(max(1, threads // workers)), "OMP_WAIT_POLICY": "passive"}):
        others = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker, max_tasks_per_child=1)
        try:
            problems = [pool.submit(_run, job, quiet) for job in jobs]
            for problem in problems:
                if message := problem.result():
                    raise PaperkgError(message)
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()  # a job may take an hour, and nobody waits for it any more
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _run(job: Job, quiet: bool) -> str | None:
    """Run one job; gives the message of a PaperkgError, which could not be sent from process to process."""
    try:
        job.work(*job.arguments, _silent if quiet else lambda line: say(f"{job.name}: {line}"))
    except PaperkgError as error:
        return str(error)
    return None


def say(line: str) -> None:
    """A line of progress, on standard error; in one piece, since other jobs may speak at the same time."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _silent(line: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables for the processes that are started in the block; those that are set already stay."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
