"""Parquet columns derived from the records, so that a file's header never stands apart from its rows."""

from __future__ import annotations

import datetime
import types
from typing import Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

_SCALARS: dict[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime.date: pa.date32(),
}


def arrow_schema(record: type[BaseModel], *others: type[BaseModel]) -> pa.Schema:
    """The columns of `record`, then those that `others` add; a column that not all records have may be null."""
    fields: dict[str, pa.Field] = {}
    for number, model in enumerate((record, *others)):
        for name, info in model.model_fields.items():
            field = _field(name, info.annotation)
            fields.setdefault(name, field.with_nullable(field.nullable or number > 0))
    shared = set.intersection(*(set(model.model_fields) for model in (record, *others)))
    return pa.schema([field.with_nullable(field.nullable or name not in shared) for name, field in fields.items()])


def _field(name: str, annotation: Any) -> pa.Field:
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    present = [option for option in options if option is not type(None)]
    return pa.field(name, _type(present[0]), nullable=len(present) < len(options))


def _type(annotation: Any) -> pa.DataType:
    if get_origin(annotation) is tuple:
        return pa.list_(_field("item", get_args(annotation)[0]))
    if get_origin(annotation) is Literal:
        return pa.string()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct([_field(name, info.annotation) for name, info in annotation.model_fields.items()])
    return _SCALARS[annotation]
