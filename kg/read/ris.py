"""Reader of RIS (Zotero, Scopus, IEEE, EndNote): one record at a time, by rispy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.read.head import Head
from kg.read.paper_fields import Place, addresses_in, first_text, given_name_first, papers
from kg.read.reader import Item, Reader, ReadOptions
from kg.read.text_input import LONGEST_RECORD, Line, TextInput, too_long
from schemas.errors import one_line

_START = re.compile(r"TY {1,2}- ?")
_ONE_SPACE = re.compile(r"^([A-Z][A-Z0-9]) - ?")
_END = re.compile(r"ER {1,2}-")
_LINE = 100  # bytes that a line takes in memory beside its text: an empty one too


def recognises(head: Head) -> bool:
    """A line names the type of a record."""
    return any(_START.match(line) for line in head.lines)


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper a record, from its line TY to its line ER; what stands between records is left out."""
    for entry, lines in enumerate(_records(text), 1):
        yield from _papers(lines, Place(text.source.name, text.source.file, entry, lines[0].number))


def _records(text: TextInput) -> Iterator[list[Line]]:
    lines: list[Line] = []
    size = 0
    for line in text.lines():
        if _START.match(line.text):
            if lines:
                yield lines
            lines, size = [], 0
        if lines or _START.match(line.text):
            lines.append(line)
            size += len(line.text) + _LINE
        if size > LONGEST_RECORD:
            raise too_long(text.source.name)
        if lines and _END.match(line.text):
            yield lines
            lines = []
    if lines:
        yield lines


def _papers(lines: list[Line], place: Place) -> Iterator[Item]:
    import rispy

    body = [line.text for line in lines if not _END.match(line.text)]
    if not body[0].startswith("TY  "):  # one space in place of two
        body = [_ONE_SPACE.sub(r"\1  - ", line) for line in body]
    try:
        records = rispy.loads("\n".join([*body, "ER  - "]))
    except (rispy.parser.ParseError, ValueError, LookupError, TypeError, AttributeError) as error:
        yield place.error("not an RIS record", one_line(f"{type(error).__name__}: {error}"))
        return
    if not records:
        yield place.error("not an RIS record", "nothing in it")
        return
    yield from papers(_fields(records[0]), place)


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    urls = [url for url in record.get("urls", []) if isinstance(url, str)]
    return {
        "title": first_text(record, "title", "primary_title", "translated_title"),
        "abstract": first_text(record, "abstract", "notes_abstract"),
        "id": first_text(record, "id", "accession_number"),
        "published": first_text(record, "date", "publication_year", "year"),
        "year": first_text(record, "year", "publication_year"),
        "authors": [given_name_first(name) for name in record.get("authors") or record.get("first_authors") or []],
        "doi": first_text(record, "doi"),
        "url": urls[0] if urls else None,
        "links": [*urls[1:], *(address for note in record.get("notes", []) for address in addresses_in(note))],
    }


READER = Reader("ris", "RIS (Zotero, Scopus, IEEE, EndNote ...)", recognises, read)
