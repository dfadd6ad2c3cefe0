"""Apache Spark as the engine: tables are Parquet files, each made by one stage, read by those that follow."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from kg.scale.rows import Row, Worker
from schemas.errors import EngineError

_PARTITIONS_A_CORE = 4  # of the files to read
_SCHEMA = "`key` string, `order` string, `value` string, `to` string"
_RESULT = "`to` string, `key` string, `order` string, `value` string"
_OF_PATTERNS = re.compile(r"[\[\]{}*?\\]")  # of the names of files that are read
_PYTHON_ERROR = re.compile(r"^([\w.]+(?:Error|Exception|Exit|Interrupt)\b.*)$", re.MULTILINE)


class Spark:
    """Runs workers by `mapInArrow`; rows of one key come together by a shuffle that sorts and spills.

    A stage's result is written to `folder`, which all workers see, so that a lost worker costs its own tasks alone.
    """

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._numbers = itertools.count(1)

    def load(self, rows: Iterable[Row]) -> DataFrame:
        """A table of a few rows, spread over a few partitions a core."""
        given = [tuple(row) for row in rows]
        n_partitions = min(len(given), _PARTITIONS_A_CORE * self._session.sparkContext.defaultParallelism)
        return self._session.createDataFrame(given, _RESULT).repartition(max(n_partitions, 1), "key")

    def map(self, worker: Worker, table: DataFrame) -> DataFrame:
        """A step of the jobs that need it."""
        return table.select("to", "key", "order", "value").mapInArrow(worker, _RESULT)

    def run(self, stage: str, worker: Worker, tables: Sequence[DataFrame], *, by_key: bool = True) -> DataFrame:
        """One job; raises EngineError with the reason in one line."""
        rows = functools.reduce(DataFrame.unionByName, tables)
        if by_key:
            rows = rows.repartition("key").sortWithinPartitions("key", "order")
        place = f"file://{self._folder}/{next(self._numbers):03d}"  # as it is: Spark takes %C3 for a name
        self._session.sparkContext.setJobDescription(f"paperkg: {stage}")
        try:
            self.map(worker, rows).write.partitionBy("to").parquet(place)
            return self._session.read.schema(_SCHEMA).parquet(_OF_PATTERNS.sub(r"\\\g<0>", place))
        except PySparkException as error:
            raise EngineError(stage, reason_of(error)) from error
        finally:
            self._session.sparkContext.setJobDescription("")

    def select(self, table: DataFrame, *streams: str) -> DataFrame:
        """The rows of some streams: the folders of the others are not read."""
        return table.where(table["to"].isin(*streams))

    def n_rows(self, table: DataFrame) -> int:
        """Number of rows."""
        return table.count()

    def collect(self, table: DataFrame) -> list[Row]:
        """The rows of a table that is known to be small."""
        return [Row(*row) for row in table.select("to", "key", "order", "value").collect()]


def reason_of(error: Exception) -> str:
    """Of what a failed job says, which is many lines: the last error of a worker's Python, else the first line."""
    text = str(error)
    found = _PYTHON_ERROR.findall(text)
    return found[-1].strip() if found else text.strip().partition("\n")[0]
