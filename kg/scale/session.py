"""A Spark session for the command line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from schemas.errors import EngineError

_LOCAL = "local[*,4]"  # all cores; a task is tried four times, as on a cluster
# What Spark's own settings (spark-submit, SPARK_CONF_DIR, PYSPARK_SUBMIT_ARGS) do not say.
_DEFAULTS = {
    "spark.app.name": "paperkg",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1000",
}
_LOCAL_DEFAULTS = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextlib.contextmanager
def session() -> Iterator[SparkSession]:
    """The session that runs already, else one of our own that ends with the block; raises EngineError when none can start."""
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        SparkContext._ensure_initialized()  # so that SparkConf knows what Spark was told
        spark = SparkSession.builder.config(conf=_settings()).getOrCreate()
    except (PySparkException, RuntimeError, OSError) as error:
        raise EngineError("start of Spark", str(error).partition("\n")[0] or "no Java; install Java 17 or newer") from error
    try:
        spark.sparkContext.setLogLevel("ERROR")
        yield spark
    finally:
        spark.stop()


def _settings() -> SparkConf:
    conf = SparkConf()
    master = conf.get("spark.master") or _LOCAL
    conf.setMaster(master)
    for name, value in (_DEFAULTS | (_LOCAL_DEFAULTS if master.startswith("local") else {})).items():
        conf.setIfMissing(name, value)
    return conf
