"""Parquet tables -> the attributes of nodes and edges, column by column: row by row takes many times as long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.columns import arrow_schema
from schemas.paper import Record

PORTION = 2**14  # rows whose values are made at a time

Values = list[Any]


def portions(table: pa.Table) -> Iterator[pa.Table]:
    """The table in portions, so that what is made of one can go before the next."""
    return (table.slice(start, PORTION) for start in range(0, table.num_rows, PORTION))


def values_of(table: pa.Table, record: type[Record]) -> dict[str, Values]:
    """The values of each column that is a field of `record`, in the order of its fields; equal texts are one object.

    Raises ValueError when a column has another type than the field.
    """
    schema = arrow_schema(record)
    return {name: _values(table.column(name), schema.field(name)) for name in record.model_fields if name in table.column_names}


def rows_of(columns: Mapping[str, Values], nullable: bool) -> Iterator[Iterable[tuple[str, Any]]]:
    """Each row as (name, value) of what is there; only in `nullable` columns values may be absent."""
    rows = zip(*columns.values(), strict=True)
    if nullable:
        return ([pair for pair in zip(columns, row, strict=True) if pair[1] is not None] for row in rows)
    return (zip(columns, row, strict=True) for row in rows)


def texts(column: pa.ChunkedArray) -> list[str]:
    """The texts of a column, equal ones as one object."""
    found: list[str] = []
    for chunk in column.chunks:
        coded = chunk.dictionary_encode()
        words = coded.dictionary.to_pylist()
        found += map(words.__getitem__, _numbers(coded.indices))
    return found


def _values(column: pa.ChunkedArray, field: pa.Field) -> Values:
    if column.type != field.type:
        raise ValueError(f"column {field.name} is {column.type}, not {field.type}")
    if column.null_count or pa.types.is_date(column.type) or pa.types.is_boolean(column.type):
        return list(column.to_pylist())
    if pa.types.is_string(column.type):
        return texts(column)
    if pa.types.is_list(column.type):
        return list(chain.from_iterable(map(_lists, column.chunks)))
    return list(chain.from_iterable(map(_numbers, column.chunks)))


def _lists(chunk: pa.ListArray) -> Values:
    """The lists of a chunk, cut out of one list of all their items."""
    items = _values(pa.chunked_array([chunk.flatten()]), pa.field("item", chunk.type.value_type))
    ends = accumulate(_numbers(chunk.value_lengths()), initial=0)
    return [items[start:end] for start, end in pairwise(ends)]


def _numbers(chunk: pa.Array) -> Values:
    """The numbers of a chunk; `to_numpy` would import pandas where it is installed."""
    return list(np.from_dlpack(chunk).tolist())
