"""The embedded engine's database of a graph directory.

One file in the directory, made of its Parquet files at the first query and again when the graph or the engine is another. The
file's name says of what it was made, so it is never out of date.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import ladybug
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.graph.store import EDGES, MANIFEST, QUERY_DATABASE, load_manifest, parts_of, read_table
from schemas.columns import arrow_schema
from schemas.errors import GraphError, one_line
from schemas.graph import ALLOWED_ENDS, NODE_RECORDS, EdgeKind, NodeKind, edge_record
from schemas.ids import short_hash
from schemas.locking import hold, is_abandoned

_FORM = "1"  # of the tables; another number makes every database anew
_BUFFER_BYTES = 2 * 1024**3  # at most; the engine takes what it needs
_DATABASE_BYTES = 2**36  # address space that the engine reserves


@contextlib.contextmanager
def connected(directory: Path) -> Iterator[ladybug.Connection]:
    """A connection to the database of a graph directory, read only; it is made where it is missing, and again where it is damaged.

    In a directory that cannot be written to it is made elsewhere and gone at the end. Raises GraphError.
    """
    load_manifest(directory)
    made_of = short_hash((directory / MANIFEST).read_bytes().decode(), str(ladybug.__version__), _FORM)
    path = directory / QUERY_DATABASE.format(made_of)
    with contextlib.ExitStack() as stack:
        if not os.access(directory, os.W_OK | os.X_OK) and not path.exists():
            path = _make(directory, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        else:
            _keep(directory, path)
        with _opened(path, read_only=True) as connection:
            yield connection


def _keep(directory: Path, path: Path) -> None:
    """See that the file `path` is a database that opens; databases of an earlier graph go."""
    with contextlib.suppress(RuntimeError, OSError), _opened(path, read_only=True):
        return
    prefix, _, suffix = QUERY_DATABASE.partition("{}")
    new = f"{prefix}new-"
    for left in filter(is_abandoned, directory.glob(f"{new}*{suffix}")):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(suffix, new, directory) as part, hold(Path(part)):
        made = _make(directory, Path(part))
        for old in directory.glob(QUERY_DATABASE.format("*")):
            if old.is_file():
                old.unlink(missing_ok=True)  # another process may be doing the same
        os.replace(made, path)


def _make(directory: Path, folder: Path) -> Path:
    """Copy the Parquet files into a new database in `folder`; raises GraphError."""
    path = folder / "database"
    try:
        with _opened(path, read_only=False) as connection:
            for kind in NodeKind:
                _copy_nodes(connection, directory, kind)
            _copy_edges(connection, directory, folder)
    except RuntimeError as error:
        raise GraphError(str(directory), f"the engine cannot take it: {one_line(str(error))}") from error
    return path


def _copy_nodes(connection: ladybug.Connection, directory: Path, kind: NodeKind) -> None:
    columns = _columns(arrow_schema(NODE_RECORDS[kind]))
    connection.execute(f"CREATE NODE TABLE `{kind}` ({columns}, PRIMARY KEY (`id`))")
    connection.execute(f"COPY `{kind}` FROM {_texts(parts_of(directory / f'{kind}.parquet'))}")


def _copy_edges(connection: ladybug.Connection, directory: Path, folder: Path) -> None:
    ids = {kind: read_table(directory / f"{kind}.parquet", ["id"])["id"].to_pylist() for kind in NodeKind}
    kinds = {node: kind.value for kind in NodeKind for node in ids[kind]}
    edges = read_table(directory / EDGES)
    for kind, joins in ALLOWED_ENDS.items():
        between = ", ".join(f"FROM `{source}` TO `{target}`" for source, target in joins)
        connection.execute(f"CREATE REL TABLE `{kind}` ({between}, {_columns(arrow_schema(edge_record(kind)))})")
        for source, target in joins:
            part = _edges_between(edges, kinds, source, kind, target)
            if part.num_rows:
                pq.write_table(part, folder / "edges.parquet")
                connection.execute(f"COPY `{kind}` FROM {_texts([folder / 'edges.parquet'])} (from='{source}', to='{target}')")


def _edges_between(edges: pa.Table, kinds: Mapping[str, str], source: NodeKind, kind: EdgeKind, target: NodeKind) -> pa.Table:
    """The edges of one kind between two kinds of nodes: source, target, then the properties."""
    of_kind = edges.filter(pc.equal(edges["kind"], kind.value))
    ends = zip(of_kind["source"].to_pylist(), of_kind["target"].to_pylist(), strict=True)
    chosen = pa.array([(kinds[a], kinds[b]) == (source.value, target.value) for a, b in ends], pa.bool_())
    return of_kind.filter(chosen).select(["source", "target", *arrow_schema(edge_record(kind)).names])


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_type(field.type)}" for field in schema)


def _type(given: pa.DataType) -> str:
    """The engine's name of a column's type."""
    if pa.types.is_list(given):
        return f"{_type(given.value_type)}[]"
    return {pa.string(): "STRING", pa.int64(): "INT64", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN", pa.date32(): "DATE"}[given]


def _texts(paths: Iterable[Path]) -> str:
    """Paths as the engine's list of texts, each of which it reads as a pattern."""
    return "[" + ", ".join(map(_text, paths)) + "]"


def _text(path: Path) -> str:
    return "'" + glob.escape(str(path.resolve())).replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextlib.contextmanager
def _opened(path: Path, *, read_only: bool) -> Iterator[ladybug.Connection]:
    # A checkpoint a table costs more than the data of a small graph; closing writes one anyhow.
    database = ladybug.Database(
        str(path), read_only=read_only, auto_checkpoint=read_only, buffer_pool_size=_BUFFER_BYTES, max_db_size=_DATABASE_BYTES
    )
    with contextlib.closing(database), contextlib.closing(ladybug.Connection(database)) as connection:
        yield connection
