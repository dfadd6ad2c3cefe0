"""Reader of daily-papers pages saved as text.

Three shapes occur: titles and abstracts that alternate, with or without blank lines between them, and entries that end
with a line or lines of metadata ("• 6 authors", "·", "Jun 20, 2023 1": date and number of comments). Only structure is
used, never lengths: a title may be long and an abstract short.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.read.dates import MONTHS
from kg.read.head import Head
from kg.read.reader import Reader, ReadOptions, identify
from kg.read.text_input import Line, TextInput
from schemas.errors import RecordError, excerpt
from schemas.paper import Paper, Source
from schemas.text import clean_text

# The page's own words above and below its papers.
_INVITATION = re.compile(r"(?:new)?Get trending papers in your email inbox(?: once a day)?!?")
_COMMUNITY = re.compile(r"by\s*AK and the research community")
_HEADING = re.compile(rf"{_INVITATION.pattern}|{_COMMUNITY.pattern}|(?:Daily|Weekly|Monthly|Trending) Papers(?=$|by\s*AK|[A-Z0-9])")
_BUTTON = re.compile("Subscribe")
_HEADING_LINES = {"new", "subscribe", "daily", "weekly", "monthly", "trending", "search", "log in", "sign up", "hugging face"}
_HEADING_LINES |= {"models", "datasets", "spaces", "community", "buckets", "docs", "enterprise", "pricing", "papers"}
_FOOTER_LINES = _HEADING_LINES | {"previous", "next", "company", "tos", "privacy", "about", "careers", "jobs", "website"}
_FOOTER_LINES |= {"system theme", "© hugging face", "load more"}
_PAGE_NUMBER = re.compile(r"\d{1,4}|\.\.\.|…")
_HEADING_LENGTH = 15  # lines among which the page's own words are looked for

_DATE = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.? (?P<day>\d{1,2})(?:, (?P<year>\d{4}))?"
)
_DAY = re.sub(r"\?P<\w+>", "?:", _DATE)
_PAGE_DATE = re.compile(rf"{_DAY}(?:\s*[-–]\s*{_DAY})?|Week \d{{1,2}}(?:, \d{{4}})?|[A-Z][a-z]{{2,8}} \d{{4}}")
_METADATA = re.compile(rf"(?:(?P<authors>\d{{1,5}}) authors?)?[\s•·]*(?:{_DATE}(?:[\s•·]+\d+)?)?")
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
        if year is None or self.month is None or self.day is None or year < 1000:
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


def recognises(head: Head) -> bool:
    """The page's invitation or by-line stands near the top, or an author count stands on a line of its own."""
    lines = [line.strip(_BULLETS) for line in head.lines if line.strip()]
    top = any(_INVITATION.match(line) or _COMMUNITY.search(line) for line in lines[:40])
    return top or any(re.fullmatch(r"\d+ authors?", line) for line in lines)


def read(text: TextInput, options: ReadOptions) -> Iterator[Paper | RecordError]:
    """One Paper an entry, in the order of the page; a RecordError for lines that belong to none."""
    lines = [Line(line.number, line.text.strip()) for line in text.lines() if line.text.strip()]
    body = _without_footer(_without_heading(lines))
    if _has_metadata(body):
        entries = _entries_with_metadata(body, text.source.name)
    else:
        entries = _alternating(_without_footer(body, dates=True), text.source.name)
    number = 0
    for entry in entries:
        if isinstance(entry, RecordError):
            yield entry
        else:
            number += 1
            yield _paper(entry, Source(file=text.source.file, entry=number), options.year)


def _without_heading(lines: list[Line]) -> list[Line]:
    """Drop the page's own words at the top, and what stands between them; the last may be glued onto the first title."""
    top = max((i for i, line in enumerate(lines[:_HEADING_LENGTH]) if _HEADING.match(line.text)), default=0)
    button = any(_INVITATION.match(line.text) for line in lines[:top])  # the invitation's "Subscribe" is still to come
    button = button and not any(_BUTTON.match(line.text) for line in lines[:top])
    for position, line in enumerate(lines[top:], top):
        rest, button = _without_own_words(line.text, button)
        if rest and not (_PAGE_DATE.fullmatch(rest) or rest.lower() in _HEADING_LINES):
            return [Line(line.number, rest), *lines[position + 1 :]]
    return []


def _without_own_words(text: str, button: bool) -> tuple[str, bool]:
    """The line without the page's own words at its start, and whether "Subscribe" is still to come."""
    rest = text
    while match := _HEADING.match(rest) or (_BUTTON.match(rest) if button else None):
        button = bool(_INVITATION.match(rest)) or (button and match[0] != "Subscribe")
        rest = rest[match.end() :].strip()
    glued_date = _PAGE_DATE.match(rest) if rest != text else None
    if glued_date and rest[glued_date.end() : glued_date.end() + 1].isalpha():
        rest = rest[glued_date.end() :]
    return rest, button


def _without_footer(lines: list[Line], *, dates: bool = False) -> list[Line]:
    """Drop the page's own words at the end, with numbers of pages among them; with `dates` also a date, which ends no entry."""
    end = len(lines)
    for position in range(len(lines) - 1, -1, -1):
        text = lines[position].text
        if text.lower() in _FOOTER_LINES or (dates and _parse_metadata(text)):
            end = position
        elif not _PAGE_NUMBER.fullmatch(text):
            break
    return lines[:end]


def _has_metadata(lines: Sequence[Line]) -> bool:
    """Whether entries end with metadata: author counts, or a date after every second line of text."""
    found = [_parse_metadata(line.text) for line in lines]
    n_text = sum(metadata is None for metadata in found)
    n_dates = sum(metadata is not None and metadata.month is not None for metadata in found)
    return any(metadata and metadata.n_authors is not None for metadata in found) or (n_dates > 0 and 2 * n_dates >= n_text)


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
        month=MONTHS.index(month[:3].lower()) + 1 if month else None,
        day=int(day) if day else None,
    )


def _entries_with_metadata(lines: list[Line], name: str) -> Iterator[_Entry | RecordError]:
    """Entries that end with metadata: a title and an abstract before it."""
    text: list[Line] = []
    metadata: _Metadata | None = None
    for line in lines:
        found = _parse_metadata(line.text)
        if found is not None:
            if not text and metadata is None:
                yield RecordError(name, line.number, "author count or date before the first title")
            metadata = _combine(metadata or _Metadata(), found)
            continue
        if text and metadata is not None:
            yield _entry(text, metadata, name)
            text = []
        metadata = None
        text.append(line)
    if text:
        yield _entry(text, metadata, name)


def _combine(a: _Metadata, b: _Metadata) -> _Metadata:
    n_authors = b.n_authors if a.n_authors is None else a.n_authors
    dated = b if a.month is None else a
    return _Metadata(n_authors, dated.year, dated.month, dated.day)


def _entry(lines: list[Line], metadata: _Metadata | None, name: str) -> _Entry | RecordError:
    if len(lines) > 2:
        reason = "expected a title and an abstract before each author count or date"
        return RecordError(name, lines[0].number, reason, f"{len(lines)} lines from {excerpt(lines[0].text)}")
    if metadata is None and len(lines) == 1:
        return RecordError(name, lines[0].number, "a line without an abstract, an author count or a date", excerpt(lines[0].text))
    return _Entry(lines[0].text, lines[1].text if len(lines) == 2 else "", metadata or _Metadata())


def _alternating(lines: list[Line], name: str) -> Iterator[_Entry | RecordError]:
    """Title, abstract, title, abstract ... A line without a partner is named and left out of the pairs."""
    odd = _odd_line_out(lines) if len(lines) % 2 else None
    if odd is not None:
        line = lines.pop(odd)
        reason = "titles and abstracts must alternate, and this line has no partner"
        yield RecordError(name, line.number, reason, excerpt(line.text))
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    reversed_from = _reversed_from(pairs)
    for title, abstract in pairs[:reversed_from]:
        yield _Entry(title.text, abstract.text)
    if reversed_from is not None:
        line = pairs[reversed_from][0]
        yield RecordError(name, line.number, "titles and abstracts look exchanged from here on; is a line missing?", excerpt(line.text))


def _is_sentence(line: Line) -> bool:
    """Abstracts end like a sentence, most titles do not. Used only to say where a page is broken, never to pair lines."""
    return line.text.rstrip("\"'”’)]}").endswith((".", "!", "?", "…"))


def _odd_line_out(lines: list[Line]) -> int:
    """The position without which most pairs are a title that is no sentence and an abstract that is one; the last on doubt."""
    ends = [_is_sentence(line) for line in lines]
    before, after = 0, sum(ends[i + 1] - ends[i] for i in range(1, len(ends) - 1, 2))
    best, position = after, 0
    for i in range(2, len(ends), 2):
        before += ends[i - 1] - ends[i - 2]
        after -= ends[i] - ends[i - 1]
        if before + after >= best:
            best, position = before + after, i
    return position


def _reversed_from(pairs: Sequence[tuple[Line, Line]]) -> int | None:
    """The first of three pairs in a row whose titles are sentences and whose abstracts are none; None where there are not."""
    run = 0
    for number, (title, abstract) in enumerate(pairs):
        run = run + 1 if _is_sentence(title) and not _is_sentence(abstract) else 0
        if run == 3:
            return number - 2
    return None


def _paper(entry: _Entry, source: Source, default_year: int | None) -> Paper:
    title, abstract = clean_text(entry.title), clean_text(entry.abstract)
    published = entry.metadata.date(default_year)
    return Paper(
        id=identify(title, abstract, None, None),
        title=title,
        abstract=abstract,
        published=published,
        year=published.year if published else _known_year(entry.metadata),
        n_authors=entry.metadata.n_authors,
        sources=(source,),
    )


def _known_year(metadata: _Metadata) -> int | None:
    return metadata.year if metadata.year and metadata.year >= 1000 else None


READER = Reader("daily-papers", "a daily-papers page saved as text", recognises, read)
