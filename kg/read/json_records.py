"""The records of a JSON text, one after the other: one a line, in a list, or in a list inside an object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kg.read.json_shape import JsonShape
from kg.read.paper_fields import NULL, FieldError, Place, papers
from kg.read.reader import Item, ReadOptions, Skip
from kg.read.text_input import RecordBytes, TextInput
from schemas.errors import RecordError, excerpt, one_line

_DEEPEST = 100  # levels of objects and lists, more than any record has
NOT_JSON = "not valid JSON"

Found = tuple[Place, dict[str, Any]]


def read_json(fields: Callable[[Mapping[str, Any]], Mapping[str, Any] | Skip]) -> Callable[[TextInput, ReadOptions], Iterator[Item]]:
    """The `read` of a reader of JSON records from elsewhere: `fields` gives the fields of a paper, or says why it is none.

    `fields` may raise FieldError.
    """

    def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
        for item in json_records(text):
            if isinstance(item, RecordError | Skip):
                yield item
                continue
            place, record = item
            try:
                found = fields(record)
            except FieldError as error:
                yield place.error("a field has a wrong value", str(error))
            else:
                yield from [found] if isinstance(found, Skip) else papers(found, place)

    return read


def json_records(text: TextInput) -> Iterator[Found | RecordError | Skip]:
    """Every record with its place, or what is wrong with it; memory holds one record at a time.

    After a syntax error in a text that is not one record a line nothing more can be read: its RecordError is the last item.
    """
    shape = text.head().json
    if shape is None or shape.by_line:
        yield from _one_a_line(text)
    else:
        yield from _nested(text, shape)


def _one_a_line(text: TextInput) -> Iterator[Found | RecordError | Skip]:
    entry = 0
    for line in text.lines():
        if line.text.strip():
            entry += 1
            place = Place(text.source.name, text.source.file, entry, line.number)
            try:
                value = json.loads(line.text)
            except (ValueError, RecursionError) as error:
                yield place.error(NOT_JSON, _detail(error))
                continue
            if is_too_deep(line.text, value):
                yield place.error(NOT_JSON, f"nested deeper than {_DEEPEST}")
                continue
            yield _checked(value, place)


def is_too_deep(text: str, value: Any) -> bool:
    """Whether a value, that `text` was read as, is nested deeper than any record: so deep a value cannot even be printed."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item for parent in level for item in (parent.values() if isinstance(parent, dict) else parent) if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def _detail(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, column {error.colno}"
    return "nested too deep" if isinstance(error, RecursionError) else "a number with too many digits"


def _nested(text: TextInput, shape: JsonShape) -> Iterator[Found | RecordError | Skip]:
    import ijson

    entry, stream = 0, RecordBytes(text)
    values = _values(ijson.basic_parse(stream, multiple_values=True, use_float=True), shape.prefix)
    while True:
        place = Place(text.source.name, text.source.file, entry + 1)
        try:
            value = next(values)
        except StopIteration:
            return
        except (ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
            yield place.error(NOT_JSON + " from here on", one_line(str(error).strip().partition("\n")[0]))
            return
        stream.start_record()
        entry += 1
        yield _checked(value, place)


def _values(events: Iterable[tuple[str, Any]], prefix: str) -> Iterator[Any]:
    """The values at the place `prefix` ("", "item" or "MEMBER.item"). Raises ValueError for one that is nested too deep.

    ijson.items does the same in memory that grows with the square of the depth, which is the file's to choose.
    """
    from ijson import ObjectBuilder

    member, level = prefix.removesuffix("item").rstrip("."), prefix.count(".") + bool(prefix)
    depth, inside, key, builder = 0, not level, "", None
    for event, value in events:
        opens, closes = event in ("start_map", "start_array"), event in ("end_map", "end_array")
        depth -= closes
        if builder is None and inside and depth == level and not closes:
            builder = ObjectBuilder()
        if builder is not None:
            builder.event(event, value)
        elif event == "map_key":
            key = value
        elif opens or depth < level:
            inside = event == "start_array" and depth == level - 1 and (level == 1 or key == member)
        depth += opens
        if depth > _DEEPEST:
            raise ValueError(f"nested deeper than {_DEEPEST}")
        if builder is not None and depth == level:
            yield builder.value
            builder = None


def _checked(value: Any, place: Place) -> Found | RecordError | Skip:
    if value is None:
        return Skip(NULL)
    if not isinstance(value, dict):
        return place.error("not a JSON object", excerpt(str(value)) if isinstance(value, str | int | float) else "a list")
    return place, value
