"""Reader of paper records in our own form: JSON objects `{"title", "abstract", "id"?, "published"?, ...}`, one a line or in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import json_records
from kg.read.paper_fields import NO_TEXT, Place, papers, strict_papers
from kg.read.reader import Item, Reader, ReadOptions, Skip
from kg.read.text_input import TextInput
from schemas.errors import FormatError, RecordError, excerpt

_OPENING = re.compile(r"\{|\[\s*(?:null\s*,\s*)*\{")


def recognises(head: Head) -> bool:
    """The text opens a JSON object or a list of them."""
    return bool(_OPENING.match(head.text))


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper with its Notes, or the RecordError in its place, a record."""
    for item in json_records(text):
        if isinstance(item, RecordError | Skip):
            yield item
        elif options.columns:
            yield from _from_columns(item[1], item[0], options.columns)
        else:
            yield from _papers(item[1], item[0])


def _papers(record: Mapping[str, Any], place: Place) -> Iterator[Item]:
    for found in strict_papers(record, place):
        if isinstance(found, RecordError) and NO_TEXT in found.reason and not {"title", "abstract"} & set(record):
            members = ", ".join(excerpt(name, 30) for name in list(record)[:12]) or "nothing"
            found = place.error(found.reason, f"it has {members}; name them: --columns title=NAME --columns abstract=NAME")
        yield found


def _from_columns(record: Mapping[str, Any], place: Place, columns: Mapping[str, str]) -> Iterator[Item]:
    missing = sorted(set(columns.values()) - set(record))
    if missing and place.entry == 1:  # later ones may leave a member out
        raise FormatError(place.name, f"no member {missing[0]!r} in its first record; it has {', '.join(map(excerpt, list(record)[:12]))}")
    yield from papers({**record, **{field: record.get(column) for field, column in columns.items()}}, place)


READER = Reader("jsonl", "paper records, JSON objects one a line or in a list", recognises, read, columns=True)
