"""Reader of paper records: one JSON object a line, `{"title", "abstract", "id"?, "published"?, ...}`."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from kg.read.reader import Reader, ReadOptions, identify
from kg.read.text_input import Line, TextInput
from schemas import ids
from schemas.errors import RecordError, excerpt
from schemas.paper import Paper, Source
from schemas.text import clean_text, encodable

# Fields that hold an address of something that belongs to the paper; `url` is the paper's own page.
LINK_FIELDS = ("links", "github", "githubRepo", "code", "code_url", "repository", "project", "projectPage", "homepage", "demo")

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})(?:[T ].*)?)?")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+/\S+")


class _FieldError(ValueError):
    """A field does not hold what it must."""


class _NoTextError(ValueError):
    """A record without any text."""


def recognises(head: Sequence[str]) -> bool:
    """The first line that is not blank opens a JSON object."""
    first = next((line for line in head if line.strip()), "")
    return first.lstrip().startswith("{")


def read(text: TextInput, options: ReadOptions) -> Iterator[Paper | RecordError]:
    """One Paper, or the RecordError in its place, a line that is not blank."""
    entry = 0
    for line in text.lines():
        if line.text.strip():
            entry += 1
            yield _paper(line, text, Source(file=text.source.file, entry=entry))


def _paper(line: Line, text: TextInput, source: Source) -> Paper | RecordError:
    try:
        record = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        detail = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        return RecordError(text.source.name, line.number, "not valid JSON", detail)
    if not isinstance(record, dict):
        return RecordError(text.source.name, line.number, "not a JSON object", excerpt(line.text))
    try:
        return _from_record(record, source)
    except _FieldError as error:
        return RecordError(text.source.name, line.number, "a field has a wrong value", str(error))
    except _NoTextError:
        return RecordError(text.source.name, line.number, "a record with neither title nor abstract")


def _from_record(record: dict[str, Any], source: Source) -> Paper:
    title, abstract = clean_text(_string(record, "title") or ""), clean_text(_string(record, "abstract") or "")
    if not title.strip() and not abstract.strip():
        raise _NoTextError
    given, url = _identifier(record), clean_text(_string(record, "url") or "") or None
    arxiv = _first_arxiv(_string(record, "arxiv_id"), given, url, _string(record, "doi"))
    doi = ids.doi(_string(record, "doi") or "")
    published, year = _date(record)
    authors = _authors(record)
    count = _count(record, "n_authors")
    return Paper(
        id=identify(title, abstract, arxiv, doi),
        title=title,
        abstract=abstract,
        published=published,
        year=year,
        authors=authors,
        n_authors=len(authors) or None if count is None else count,
        sources=(source,),
        source_ids=(given,) if given is not None else (),
        arxiv_id=arxiv,
        doi=None if doi and doi.startswith("10.48550/arxiv.") else doi,
        url=url,
        upvotes=_count(record, "upvotes"),
        links=_links(record),
    )


def _string(record: dict[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value if value is None else encodable(value)
    raise _FieldError(f"{field!r} is {type(value).__name__}, expected a string")


def _identifier(record: dict[str, Any]) -> str | None:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _string(record, "id")


def _first_arxiv(*candidates: str | None) -> str | None:
    return next((found for text in candidates if text and (found := ids.arxiv_id(text))), None)


def _date(record: dict[str, Any]) -> tuple[datetime.date | None, int | None]:
    """(date, year) from `published` (YYYY-MM-DD, a time after it, or YYYY) and `year`."""
    text, year = _string(record, "published"), _count(record, "year")
    if year is not None and not 1000 <= year <= 9999:
        raise _FieldError(f"'year' is {year}, expected four digits")
    if not text:
        return None, year
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise _FieldError(f"'published' is {excerpt(text)}, expected YYYY-MM-DD or YYYY")
    if int(match[1]) < 1000:
        raise _FieldError(f"'published' is {excerpt(text)}, expected a year from 1000 on")
    if match[2] is None:
        return None, int(match[1])
    try:
        date = datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise _FieldError(f"'published' is {excerpt(text)}, no such day") from error
    return date, date.year


def _count(record: dict[str, Any], field: str) -> int | None:
    value = record.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
        return value
    raise _FieldError(f"{field!r} is {excerpt(str(value))}, expected a whole number from 0")


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    """Names from a list of strings or of `{"name": ...}` objects."""
    value = record.get("authors")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _FieldError(f"'authors' is {type(value).__name__}, expected a list")
    names = [author.get("name") if isinstance(author, dict) else author for author in value]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) < len(names):
        raise _FieldError("'authors' holds something that is neither a name nor an object with a name")
    return tuple(clean_text(name) for name in texts if name.strip())


def _links(record: dict[str, Any]) -> tuple[str, ...]:
    found = set()
    for field in LINK_FIELDS:
        value = record.get(field)
        for item in value if isinstance(value, list) else [value]:
            address = item.strip() if isinstance(item, str) else ""
            if _HOST.fullmatch(address):
                address = f"https://{address}"
            if _WEB.fullmatch(address):
                found.add(clean_text(address))
    return tuple(sorted(found))


READER = Reader("jsonl", "paper records, one JSON object a line", recognises, read)
