"""Where the records of a JSON text stand: one a line, in a list, or in a list inside an object."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Members of an object around the list of records.
_LISTS = ("data", "notes", "papers", "dailyPapers", "results", "items", "records", "entries")
_DEPTH = 64  # deeper than any record
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class JsonShape:
    """The form of a JSON text."""

    by_line: bool  # one value a line; otherwise values may stand anywhere
    prefix: str  # place of the records inside a value, in ijson's words; "" for the value itself
    record: Mapping[str, Any]  # the first record, as far as the text goes; empty when it is no object


@dataclass(frozen=True)
class _Start:
    """The first value of a text, as far as it could be read."""

    value: Any
    complete: bool  # the value has ended
    broken: bool  # it holds a syntax error


def json_shape(data: bytes) -> JsonShape | None:
    """The shape of the JSON text that begins with `data`; None when it begins with neither an object nor a list."""
    data = data.removeprefix(_BOM).lstrip()
    if data[:1] not in (b"{", b"["):
        return None
    start = _start(data)
    prefix, record = _records_in(start.value)
    by_line = data[:1] == b"{" and not prefix and _one_a_line(data)
    return JsonShape(by_line, prefix, record if isinstance(record, dict) else {})


def _start(data: bytes) -> _Start:
    import ijson

    builder, depth = ijson.ObjectBuilder(), 0
    try:
        # A small buffer: what stands before a syntax error in the same buffer is lost.
        for event, value in ijson.basic_parse(io.BytesIO(data), buf_size=512, multiple_values=True, use_float=True):
            builder.event(event, value)
            depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
            if not depth:
                return _Start(builder.value, complete=True, broken=False)
            if depth > _DEPTH:
                break
    except ijson.IncompleteJSONError:
        return _Start(getattr(builder, "value", None), complete=False, broken=False)
    except (ijson.JSONError, ValueError):
        pass
    return _Start(getattr(builder, "value", None), complete=False, broken=True)


def _records_in(value: Any) -> tuple[str, Any]:
    """(place of the records in a value, the first of them)."""
    if isinstance(value, list):
        return "item", next((item for item in value if item is not None), None)
    if isinstance(value, dict) and "title" not in value:
        for name in _LISTS:
            inside = value.get(name)
            if isinstance(inside, list) and all(item is None or isinstance(item, dict) for item in inside):
                return f"{name}.item", next((item for item in inside if item), None)
    return "", value


def _one_a_line(data: bytes) -> bool:
    """Whether the first line holds a whole value, or is broken in itself; otherwise a value goes over several lines."""
    first, rest = data.split(b"\n", 1) if b"\n" in data else (data, b"")
    line = _start(first)
    if line.complete or line.broken or not rest.strip():
        return True
    return _start(first + b"\n" + rest.lstrip().split(b"\n", 1)[0]).broken
