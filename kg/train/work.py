"""Heavy work in processes of its own: their memory is given back, several run side by side, and their allocator is tuned."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
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

    Raises the PaperkgError of the job that fails first; the others are killed then.
    """
    workers = min(len(jobs), threads) if side_by_side else 1
    waiting, running = deque(jobs), dict[Connection, tuple[Job, BaseProcess]]()
    with _environment(_KEEP_MEMORY | {"OMP_NUM_THREADS": str(max(1, threads // max(1, workers))), "OMP_WAIT_POLICY": "passive"}):
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    job = waiting.popleft()
                    result, process = _start(job, quiet)
                    running[result] = job, process
                ended = multiprocessing.connection.wait(list(running))
                for result in [own for own in running if own in ended]:
                    _check(running[result][0], result)
                    running.pop(result)[1].join()
        finally:
            for _, process in running.values():
                process.kill()  # a job may take an hour, and nobody waits for it any more
                process.join()


def _start(job: Job, quiet: bool) -> tuple[Connection, BaseProcess]:
    """A process that runs a job, and where it tells how it ended: a pipe of its own, so that it may be killed at any moment."""
    context = multiprocessing.get_context("spawn")
    result, own_end = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(job, quiet, own_end))
    process.start()
    own_end.close()
    return result, process


def _check(job: Job, result: Connection) -> None:
    """Raise PaperkgError when a job failed, or when its process died."""
    try:
        message = result.recv()
    except EOFError:
        message = f"{job.name}: its process died (killed, or out of memory); run this again, and it goes on from what is done"
    result.close()
    if message:
        raise PaperkgError(message)


def _run(job: Job, quiet: bool, result: Connection) -> None:
    """Run one job; tells the message of a PaperkgError, "" when all is well."""
    start_worker()
    message = ""
    try:
        job.work(*job.arguments, _silent if quiet else lambda line: say(f"{job.name}: {line}"))
    except PaperkgError as error:
        message = str(error)
    result.send(message)


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
