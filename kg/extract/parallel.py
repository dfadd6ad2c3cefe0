"""Extraction on several processes: the same results in the same order, with only a few papers waiting at a time."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from typing import TYPE_CHECKING

from schemas.errors import EngineError
from schemas.extraction import Extraction
from schemas.paper import Paper

if TYPE_CHECKING:
    import pyarrow as pa

WORTH_IT = 400  # papers below which starting processes costs more than it saves
_CHUNK = 32  # papers a task
_WAITING = 3  # tasks in hand for each process
_MOST_ON_WINDOWS = 61  # processes that it can wait for at a time
_DIED = (
    "a worker process died (killed, out of memory, or started by a script without `if __name__ == '__main__':`); "
    "run this again, with fewer workers where memory is short"
)


def choose_workers(papers: Iterable[Paper], workers: int | None) -> tuple[int, Iterator[Paper]]:
    """(number of processes, the papers): the number asked for; all cores for many papers, one for few, when None."""
    stream = iter(papers)
    if workers is not None:
        return workers, stream
    head = list(itertools.islice(stream, WORTH_IT))
    return (usable_cores() if len(head) == WORTH_IT else 1), itertools.chain(head, stream)


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract_parallel(papers: Iterator[Paper], model: str, min_confidence: float, workers: int) -> Iterator[Extraction]:
    """One Extraction a paper, in order, each under its paper's id; raises ModelError, and EngineError when a process dies."""
    from kg.extract.batches import batch_of, extractions_in

    workers = min(workers, _MOST_ON_WINDOWS) if sys.platform == "win32" else workers
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker)
    waiting: deque[Future[list[pa.RecordBatch]]] = deque()
    try:
        while True:
            while len(waiting) < workers * _WAITING and (chunk := list(itertools.islice(papers, _CHUNK))):
                waiting.append(pool.submit(_extract_chunk, batch_of(chunk), model, min_confidence))
            if not waiting:
                return
            yield from extractions_in(waiting.popleft().result())
    except BrokenExecutor as error:
        _stop_sending(pool)
        raise EngineError("extract", _DIED) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _stop_sending(pool: ProcessPoolExecutor) -> None:
    """Let go of what a worker that died was to be sent: before Python 3.12 the pool waits for ever until somebody reads it (gh-94777)."""
    reader = getattr(getattr(pool, "_call_queue", None), "_reader", None)
    if reader is not None:
        reader.close()


def start_worker() -> None:
    """Ctrl-C reaches every process of the terminal: the main one alone decides what follows, and none outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the main one is gone, also when it was killed: it would wait for work for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _extract_chunk(papers: pa.RecordBatch, model: str, min_confidence: float) -> list[pa.RecordBatch]:
    from kg.extract.batches import extract_batches

    return list(extract_batches(iter([papers]), model, min_confidence))
