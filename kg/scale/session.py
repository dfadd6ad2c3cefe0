"""A Spark session for the command line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from schemas.errors import EngineError

_LOG = Path(__file__).with_name("log4j2.properties")
_NAME_A_LOG = ("SPARK_SUBMIT_OPTS", "SPARK_CONF_DIR", "SPARK_HOME")  # variables by which Spark may have been told of a log
_LOCAL = "local[*,4]"  # all cores; a task is tried four times, as on a cluster
# What Spark's own settings (spark-submit, SPARK_CONF_DIR, PYSPARK_SUBMIT_ARGS) do not say.
_DEFAULTS = {
    "spark.app.name": "paperkg",
    "spark.ui.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1000",
}
_BAR = "spark.ui.showConsoleProgress"
_LOCAL_DEFAULTS = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextlib.contextmanager
def session() -> Iterator[SparkSession]:
    """The session that runs already, else one of our own that ends with the block; raises EngineError when none can start."""
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if not any(os.environ.get(name) for name in _NAME_A_LOG):
        os.environ["SPARK_SUBMIT_OPTS"] = f"-Dlog4j2.configurationFile={_LOG.as_uri()}"  # before Java starts: it tells much until then
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
    if _BAR not in os.environ.get("PYSPARK_SUBMIT_ARGS", ""):
        conf.set(_BAR, "false")  # PySpark switches it on
    return conf
