"""What the plan needs of an engine, and the smallest one: all in this process."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from kg.scale.rows import Row, Worker, batches_of, rows_of

Table = TypeVar("Table")


class Engine(Protocol[Table]):
    """Runs workers over tables of rows; only `collect` brings rows to the process that plans."""

    def load(self, rows: Iterable[Row]) -> Table:
        """A table of a few rows that are known here."""
        ...

    def map(self, worker: Worker, table: Table) -> Table:
        """What `worker` makes of the rows of `table`, whichever come together; made again for each stage that it goes into."""
        ...

    def run(self, stage: str, worker: Worker, tables: Sequence[Table], *, by_key: bool = True) -> Table:
        """What `worker` makes of the rows of all `tables`: with `by_key` those of one key in one place, sorted by key and order.

        The result stands: it is made once. Raises EngineError.
        """
        ...

    def select(self, table: Table, *streams: str) -> Table:
        """The rows of some streams."""
        ...

    def n_rows(self, table: Table) -> int:
        """Number of rows."""
        ...

    def collect(self, table: Table) -> list[Row]:
        """The rows of a table that is known to be small."""
        ...


class InProcess:
    """Tables are lists of rows; workers run one after the other, each on its part of the keys."""

    def __init__(self, n_parts: int = 3) -> None:
        self._n_parts = n_parts

    def load(self, rows: Iterable[Row]) -> list[Row]:
        """The rows."""
        return list(rows)

    def map(self, worker: Worker, table: list[Row]) -> list[Row]:
        """The worker's rows."""
        return self.run("", worker, [table], by_key=False)

    def run(self, stage: str, worker: Worker, tables: Sequence[list[Row]], *, by_key: bool = True) -> list[Row]:
        """The worker's rows, part by part."""
        rows = list(itertools.chain.from_iterable(tables))
        if by_key:
            rows.sort(key=lambda row: (row.key, row.order))
        parts = [[row for row in rows if zlib.crc32(row.key.encode()) % self._n_parts == number] for number in range(self._n_parts)]
        return [row for part in parts for row in rows_of(worker(batches_of(part)))]

    def select(self, table: list[Row], *streams: str) -> list[Row]:
        """The rows of some streams."""
        return [row for row in table if row.to in streams]

    def n_rows(self, table: list[Row]) -> int:
        """Number of rows."""
        return len(table)

    def collect(self, table: list[Row]) -> list[Row]:
        """The rows."""
        return table
