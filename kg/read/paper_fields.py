"""From the fields of one record to a Paper: the one place where every reader's values are checked.

A reader gives a dict with some of FIELDS. `strict_paper` takes our own form as it is documented and refuses anything
else; `papers` takes what other people's files hold: it keeps the paper, and says what it did not understand.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kg.read.dates import find_date
from kg.read.reader import Item, Note, Skip, identify
from schemas import ids
from schemas.errors import RecordError, excerpt
from schemas.paper import Paper, Source
from schemas.text import clean_text, encodable

# What a reader may give, and `--columns` may name.
FIELDS = ("title", "abstract", "id", "published", "year", "authors", "n_authors", "arxiv_id", "doi", "url", "upvotes", "links")

# Fields of our own records that hold an address of something that belongs to the paper; `url` is the paper's own page.
LINK_FIELDS = ("links", "github", "githubRepo", "code", "code_url", "repository", "project", "projectPage", "homepage", "demo")

NO_TEXT = "neither title nor abstract"
NULL = "null in place of a record"

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})(?:[T ].*)?)?")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+/\S+")
_IN_TEXT = re.compile(r"(?:https?://|(?<![\w./])(?:www\.)?(?:github|gitlab|huggingface)\.(?:com|co)/)[^\s<>\"{}|\\^`,;]+", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr)\.?|I{2,3}|IV", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"[\r\n]+")


class FieldError(ValueError):
    """A field does not hold what it must."""


class NoTextError(ValueError):
    """A record without any text."""


@dataclass(frozen=True)
class Place:
    """Where a record stands."""

    name: str  # of the input, as it is shown in messages
    file: str  # base name, as papers carry it
    entry: int  # number of the record, from 1
    line: int | None = None  # number of its first line, from 1; None where entries are counted instead

    @property
    def source(self) -> Source:
        """The place as papers carry it."""
        return Source(file=self.file, entry=self.entry)

    def error(self, reason: str, detail: str = "") -> RecordError:
        """The error of a record that stands here."""
        if self.line is None:
            return RecordError(self.name, self.entry, reason, detail, unit="entry")
        return RecordError(self.name, self.line, reason, detail)


def strict_papers(record: Mapping[str, Any], place: Place) -> Iterator[Paper | Note | RecordError]:
    """The paper of a record in our own form, and a Note for each link that is none; or what is wrong with the record."""
    notes: list[Note] = []
    try:
        yield _from_record(record, place.source, notes)
    except FieldError as error:
        yield place.error("a field has a wrong value", str(error))
    except NoTextError:
        yield place.error(f"a record with {NO_TEXT}")
    else:
        yield from notes


def papers(fields: Mapping[str, Any], place: Place) -> Iterator[Item]:
    """The paper of a record from elsewhere, and a Note for each field that was not understood; a Skip when it has no text."""
    notes: list[Note] = []
    try:
        paper = _from_record(_understood(fields, notes), place.source, notes)
    except FieldError as error:
        yield place.error("a field has a wrong value", str(error))
    except NoTextError:
        yield Skip(NO_TEXT)
    else:
        yield paper
        yield from notes


def first_text(record: Mapping[str, Any], *names: str) -> str | None:
    """The first of the members `names` that holds a text that is not blank."""
    return next((value for name in names if isinstance(value := record.get(name), str) and value.strip()), None)


def addresses_in(text: object) -> list[str]:
    """The addresses in a field that is prose, such as arXiv's comments."""
    found = _IN_TEXT.findall(text) if isinstance(text, str) else []
    return [address.rstrip(".:!?'*)]") for address in found]


def split_names(text: str) -> list[str]:
    """Names in one text: "A; B", "A and B", or "Ada Lee, Bo Chen"; "Lee, Ada" is one name."""
    pieces = text.split(";") if ";" in text else [name for piece in re.split(r",?\sand\s", text) for name in _at_commas(piece)]
    return [name.strip() for name in pieces if name.strip()]


def given_name_first(name: str) -> str:
    """ "Ada Lee" for "Lee, Ada", "Ada Lee Jr." for BibTeX's "Lee, Jr., Ada" and RIS's "Lee, Ada, Jr."."""
    family, *others = [part.strip() for part in name.split(",")]
    others.sort(key=lambda part: bool(_SUFFIX.fullmatch(part)))
    if len(others) == 2 and _SUFFIX.fullmatch(others[1]):
        return f"{others[0]} {family} {others[1]}"
    return f"{', '.join(others)} {family}" if others else name


def split_addresses(value: object) -> list[str]:
    """The addresses in one text, which semicolons or white space part, or in a list of such texts; nothing else."""
    texts = value if isinstance(value, list) else [value]
    return [address for text in texts if isinstance(text, str) for address in text.replace(";", " ").split()]


def _at_commas(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    return parts if all(" " in part for part in parts) else [text]


def _understood(fields: Mapping[str, Any], notes: list[Note]) -> dict[str, Any]:
    """The fields in our own form; what is in no known form is left out with a note."""
    record = {name: fields.get(name) for name in ("title", "abstract")}
    for name in ("title", "abstract"):
        if isinstance(text := record[name], str):
            record[name] = _on_one_line(text)
    record |= {name: _text(fields.get(name), name, notes) for name in ("id", "arxiv_id", "doi", "url")}
    record["authors"] = _names(fields.get("authors"), notes)
    record["links"] = _addresses(fields.get("links"), notes)
    record["upvotes"] = _whole_number(fields.get("upvotes"), "upvotes", notes)
    record["published"], record["year"] = _day_and_year(fields, notes)
    return record


def _on_one_line(text: str) -> str:
    """Line breaks, with the white space around them, as one space."""
    return " ".join(line for part in _LINE_BREAKS.split(text) if (line := part.strip()))


def _text(value: Any, name: str, notes: list[Note]) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        notes.append(Note(f"{name} not understood"))
        return None
    return value.strip() or None if value else None


def _names(value: Any, notes: list[Note]) -> list[str]:
    items = split_names(value) if isinstance(value, str) else value
    if not isinstance(items, list):
        notes.extend([Note("authors not understood")] if items is not None else [])
        return []
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    texts = [encodable(" ".join(name.split())) for name in names if isinstance(name, str)]
    if len(texts) < len(names):
        notes.append(Note("authors not understood"))
    return texts


def _addresses(value: Any, notes: list[Note]) -> list[str]:
    """The addresses in a value, a list or a list of lists."""
    parts = value if isinstance(value, list) else [value]
    items = [item for part in parts for item in (part if isinstance(part, list) else [part])]
    found = [_address(item) for item in items if (item.strip() if isinstance(item, str) else item)]
    notes.extend(Note("link not understood") for address in found if address is None)
    return [address for address in found if address]


def _whole_number(value: Any, name: str, notes: list[Note]) -> int | None:
    if isinstance(value, str):
        text = value.strip().removesuffix(".0")
        value = int(text) if text.isdecimal() and len(text) < 19 else text or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
        return value
    notes.append(Note(f"{name} not understood"))
    return None


def _day_and_year(fields: Mapping[str, Any], notes: list[Note]) -> tuple[str | None, int | None]:
    given = [fields.get(name) for name in ("published", "year")]
    found = [find_date(str(value)) for value in given if isinstance(value, str | int | float) and not isinstance(value, bool)]
    day = next((date.day for date in found if date and date.day), None)
    year = next((date.year for date in found if date), None)
    if year is None and any(value not in (None, "") for value in given):
        notes.append(Note("date not understood"))
    return (day.isoformat() if day else None), year


def _from_record(record: Mapping[str, Any], source: Source, notes: list[Note]) -> Paper:
    title, abstract = clean_text(_string(record, "title") or ""), clean_text(_string(record, "abstract") or "")
    if not title.strip() and not abstract.strip():
        raise NoTextError
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
        links=_links(record, notes),
    )


def _string(record: Mapping[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value if value is None else encodable(value)
    raise FieldError(f"{field!r} is {type(value).__name__}, expected a string")


def _identifier(record: Mapping[str, Any]) -> str | None:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _string(record, "id")


def _first_arxiv(*candidates: str | None) -> str | None:
    return next((found for text in candidates if text and (found := ids.arxiv_id(text))), None)


def _date(record: Mapping[str, Any]) -> tuple[datetime.date | None, int | None]:
    """(date, year) from `published` (YYYY-MM-DD, a time after it, or YYYY) and `year`."""
    text, year = _string(record, "published"), _count(record, "year")
    if year is not None and not 1000 <= year <= 9999:
        raise FieldError(f"'year' is {year}, expected four digits")
    if not text:
        return None, year
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise FieldError(f"'published' is {excerpt(text)}, expected YYYY-MM-DD or YYYY")
    if int(match[1]) < 1000:
        raise FieldError(f"'published' is {excerpt(text)}, expected a year from 1000 on")
    if match[2] is None:
        return None, int(match[1])
    try:
        date = datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise FieldError(f"'published' is {excerpt(text)}, no such day") from error
    return date, date.year


def _count(record: Mapping[str, Any], field: str) -> int | None:
    value = record.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
        return value
    raise FieldError(f"{field!r} is {excerpt(str(value))}, expected a whole number from 0")


def _authors(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Names from a list of strings or of `{"name": ...}` objects."""
    value = record.get("authors")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise FieldError(f"'authors' is {type(value).__name__}, expected a list")
    names = [author.get("name") if isinstance(author, dict) else author for author in value]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) < len(names):
        raise FieldError("'authors' holds something that is neither a name nor an object with a name")
    return tuple(clean_text(name) for name in texts if name.strip())


def _links(record: Mapping[str, Any], notes: list[Note]) -> tuple[str, ...]:
    return tuple(sorted({address for field in LINK_FIELDS for address in _addresses(record.get(field), notes)}))


def _address(value: Any) -> str | None:
    """The web address that a value is, also one without its scheme; None for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    address = f"https://{text}" if _HOST.fullmatch(text) else text
    return clean_text(address) if _WEB.fullmatch(address) else None
