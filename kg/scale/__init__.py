"""Scale-out: the same stages on Apache Spark (extra `paperkg[spark]`). docs/scale.md.

>>> from pyspark.sql import SparkSession
>>> import kg.scale
>>> kg.scale.build(SparkSession.builder.getOrCreate(), ["/shared/arxiv/*.jsonl"], "/shared/graph")
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kg.extract import DEFAULT
from kg.read import ReadOptions
from schemas.errors import MissingExtraError
from schemas.manifest import Manifest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from kg.scale.plan import ScaledBuild, ScaleOptions

__all__ = ["build", "build_alone", "build_with"]

Place = str | os.PathLike[str]


def build(
    spark: SparkSession,
    inputs: Place | Iterable[Place],
    out: Place,
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
    columns: Mapping[str, str] | None = None,
    model: str = DEFAULT,
    min_confidence: float = 0.0,
    overrides: Place | None = None,
    neo4j_import: Place | None = None,
    n_parts: int | None = None,
) -> Manifest:
    """Build the graph of the papers in `inputs` on the cluster of an existing session, as the graph directory `out`.

    All machines see the inputs, the folder of `out` and the model under the same paths, and have paperkg installed. The
    graph is that of `kg.build`; the arguments are the same; `neo4j_import` is a folder
    to write for the import tool of Neo4j (as kg.export to "neo4j-import" does), `n_parts` the number of files of each table. Raises
    InputError, ModelError, TargetError, EngineError (a stage fails), MissingExtraError.
    """
    from kg.scale.plan import ScaleOptions

    read = ReadOptions(format, year, skip_bad, columns or {})
    corrections, imports = (None if place is None else Path(place) for place in (overrides, neo4j_import))
    options = ScaleOptions(read, model, min_confidence, corrections, imports, n_parts)
    return build_with(spark, inputs, out, options).manifest


def build_with(spark: SparkSession, inputs: Place | Iterable[Place], out: Place, options: ScaleOptions) -> ScaledBuild:
    """As `build`, with all options, and with what the build tells of itself."""
    check_installed()
    from kg.scale.plan import build_on_engine
    from kg.scale.spark import Spark

    names = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    with _without_advice():
        return build_on_engine(lambda folder: Spark(spark, folder), names, Path(out), options)


def build_alone(inputs: Place | Iterable[Place], out: Place, options: ScaleOptions) -> ScaledBuild:
    """As `build`, in a session of its own: on the cluster that the settings of Spark name, else on all cores of this machine."""
    check_installed()
    from kg.scale.session import session

    with _without_advice(), session() as spark:
        return build_with(spark, inputs, out, options)


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """PySpark advises against new versions of pandas, which we do not use."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def check_installed() -> None:
    """Raise MissingExtraError when PySpark is not there."""
    if find_spec("pyspark") is None:
        raise MissingExtraError("kg build --engine spark", "spark")
