"""Reader of daily-papers pages saved as text.

Three shapes occur: titles and abstracts that alternate, with or without blank lines between them, and entries that end
with a line or lines of metadata ("• 6 authors", "·", "Jun 20, 2023 1": date and number of comments). Only structure is
used, never lengths: a title may be long and an abstract short.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.read.reader import Reader, ReadOptions, identify
from kg.read.text_input import Line, TextInput
from schemas.errors import RecordError, excerpt
from schemas.paper import Paper, Source
from schemas.text import clean_text

# The page's own words above and below its papers.
_INVITATION = re.compile(r"Get trending papers in your email inbox(?: once a day)?!?")
_COMMUNITY = re.compile(r"by\s?AK and the research community")
_HEADING = re.compile(rf"{_INVITATION.pattern}|{_COMMUNITY.pattern}|(?:Daily|Weekly|Monthly|Trending) Papers(?=$|by\s?AK|[A-Z0-9])")
_BUTTON = re.compile("Subscribe")
_HEADING_LINES = {"new", "subscribe", "daily", "weekly", "monthly", "trending", "search", "log in", "sign up", "hugging face"}
_HEADING_LINES |= {"models", "datasets", "spaces", "community", "buckets", "docs", "enterprise", "pricing", "papers"}
_FOOTER_LINES = _HEADING_LINES | {"previous", "next", "company", "tos", "privacy", "about", "careers", "jobs", "website"}
_FOOTER_LINES |= {"system theme", "© hugging face", "load more"}

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATE = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.? (?P<day>\d{1,2})(?:, (?P<year>\d{4}))?"
)
_PAGE_DATE = re.compile(_DATE)
_METADATA = re.compile(rf"(?:(?P<authors>\d+) authors?)?[\s•·]*(?:{_DATE}(?:[\s•·]+\d+)?)?")
_BULLETS = " \t\u00a0•·"


@dataclass(frozen=True)
class _Metadata:
    """What the lines under an abstract say; `month` and `day` may stand without a year."""

    n_authors: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None

    def date(self, default_year: int | None) -> datetime.date | None:
        """The date, or None where the page gives no year and the user none either."""
        year = self.year or default_year
        if year is None or self.month is None or self.day is None:
            return None
        try:
            return datetime.date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True)
class _Entry:
    """One paper on the page."""

    title: str
    abstract: str
    metadata: _Metadata = _Metadata()


def recognises(head: Sequence[str]) -> bool:
    """The page's invitation or by-line stands near the top, or an author count stands on a line of its own."""
    lines = [line.strip(_BULLETS) for line in head if line.strip()]
    top = any(_INVITATION.match(line) or _COMMUNITY.search(line) for line in lines[:40])
    return top or any(re.fullmatch(r"\d+ authors?", line) for line in lines)


def read(text: TextInput, options: ReadOptions) -> Iterator[Paper | RecordError]:
    """One Paper an entry, in the order of the page; a RecordError for a line that belongs to none."""
    lines = [Line(line.number, line.text.strip()) for line in text.lines() if line.text.strip()]
    body = _without_footer(_without_heading(lines))
    has_metadata = any(_parse_metadata(line.text) for line in body)
    entries = _entries_with_metadata(body, text.source.name) if has_metadata else _alternating(body, text.source.name)
    number = 0
    for entry in entries:
        if isinstance(entry, RecordError):
            yield entry
        else:
            number += 1
            yield _paper(entry, Source(file=text.source.file, entry=number), options.year)


def _without_heading(lines: list[Line]) -> list[Line]:
    """Drop the page's own words at the top; the last of them may be glued onto the first title."""
    button = False  # the invitation's "Subscribe" is still to come
    for position, line in enumerate(lines):
        rest = line.text
        while match := _HEADING.match(rest) or (_BUTTON.match(rest) if button else None):
            button = bool(_INVITATION.match(rest)) or (button and match[0] != "Subscribe")
            rest = rest[match.end() :].strip()
        if rest and not (_PAGE_DATE.fullmatch(rest) or rest.lower() in _HEADING_LINES):
            return [Line(line.number, rest), *lines[position + 1 :]]
    return []


def _without_footer(lines: list[Line]) -> list[Line]:
    end = len(lines)
    while end and lines[end - 1].text.lower() in _FOOTER_LINES:
        end -= 1
    return lines[:end]


def _parse_metadata(text: str) -> _Metadata | None:
    """What a line of metadata says; None for any other line, an empty _Metadata for a mere dot."""
    bare = text.strip(_BULLETS)
    match = _METADATA.fullmatch(bare)
    if match is None:
        return None
    month, day, year = match["month"], match["day"], match["year"]
    return _Metadata(
        n_authors=int(match["authors"]) if match["authors"] else None,
        year=int(year) if year else None,
        month=_MONTHS.index(month[:3].lower()) + 1 if month else None,
        day=int(day) if day else None,
    )


def _entries_with_metadata(lines: list[Line], name: str) -> Iterator[_Entry | RecordError]:
    """Entries that end with metadata: a title and an abstract before it."""
    text: list[Line] = []
    metadata: _Metadata | None = None
    first = True
    for line in lines:
        found = _parse_metadata(line.text)
        if found is None and metadata is not None and line.text.isdigit():
            continue  # a count below the date
        if found is None:
            if metadata is not None:
                yield _entry(text[-2:] if first else text, metadata, name)
                text, metadata, first = [], None, False
            text.append(line)
        else:
            metadata = _combine(metadata or _Metadata(), found)
    if text:
        yield _entry(text[-2:] if first else text, metadata or _Metadata(), name)


def _combine(a: _Metadata, b: _Metadata) -> _Metadata:
    n_authors = b.n_authors if a.n_authors is None else a.n_authors
    dated = b if a.month is None else a
    return _Metadata(n_authors, dated.year, dated.month, dated.day)


def _entry(lines: list[Line], metadata: _Metadata, name: str) -> _Entry | RecordError:
    if not lines:
        return RecordError(name, 1, "author count or date before the first title")
    if len(lines) > 2:
        reason = "more than a title and an abstract between two author counts or dates"
        return RecordError(name, lines[0].number, reason, f"{len(lines)} lines from {excerpt(lines[0].text)}")
    return _Entry(lines[0].text, lines[1].text if len(lines) == 2 else "", metadata)


def _alternating(lines: list[Line], name: str) -> Iterator[_Entry | RecordError]:
    """Title, abstract, title, abstract ... A line without a partner is named and left out of the pairs."""
    odd = _odd_line_out(lines) if len(lines) % 2 else None
    if odd is not None:
        line = lines.pop(odd)
        reason = "titles and abstracts must alternate, and this line has no partner"
        yield RecordError(name, line.number, reason, excerpt(line.text))
    for title, abstract in zip(lines[::2], lines[1::2], strict=True):
        yield _Entry(title.text, abstract.text)


def _odd_line_out(lines: list[Line]) -> int:
    """The position without which abstracts exceed their titles most; only a page that is broken already is judged so."""
    sizes = [math.log(len(line.text)) for line in lines]
    before, after = 0.0, sum(sizes[i + 1] - sizes[i] for i in range(1, len(sizes) - 1, 2))
    best, position = after, 0
    for i in range(2, len(sizes), 2):
        before += sizes[i - 1] - sizes[i - 2]
        after -= sizes[i] - sizes[i - 1]
        if before + after >= best:
            best, position = before + after, i
    return position


def _paper(entry: _Entry, source: Source, default_year: int | None) -> Paper:
    title, abstract = clean_text(entry.title), clean_text(entry.abstract)
    published = entry.metadata.date(default_year)
    return Paper(
        id=identify(title, abstract, None, None),
        title=title,
        abstract=abstract,
        published=published,
        year=published.year if published else entry.metadata.year,
        n_authors=entry.metadata.n_authors,
        sources=(source,),
    )


READER = Reader("daily-papers", "a daily-papers page saved as text", recognises, read)
