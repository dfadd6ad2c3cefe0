"""Dates as other people's files write them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?[-/.]*(?:[T ].*|/\D*)?", re.DOTALL)
_YEAR = re.compile(r"(?<!\d)([12]\d{3})(?:\.0)?(?!\d)")
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(MONTHS)})[a-z]*", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_LONGEST = 100  # characters; a longer text is no date


@dataclass(frozen=True)
class FoundDate:
    """What is known of a date: a day, or a year alone."""

    day: datetime.date | None
    year: int


def find_date(text: str) -> FoundDate | None:
    """The date in a text such as "2024-05-06T00:00:00Z", "2020/05//", "Mon, 2 Apr 2007 19:18:42 GMT", "May 2019", "2021.0"; else None."""
    text = text.strip()[:_LONGEST]
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        return found_date(numbers[1], numbers[2], numbers[3])
    year, month = _YEAR.search(text), _MONTH.search(text)
    if year is None:
        return None
    rest = text[: year.start()] + " " + text[year.end() :]
    days = _DAY.findall(rest) if month else []
    return found_date(year[1], month[1] if month else None, days[0] if days else None)


def found_date(year: str | None, month: str | None = None, day: str | None = None) -> FoundDate | None:
    """The date of a year, a month (number or English name) and a day; a year alone where the rest makes no day; None without a year."""
    if not year or not year.isdecimal() or not 1000 <= int(year) <= 9999:
        return None
    number = _month_number(month or "")
    try:
        return FoundDate(datetime.date(int(year), number, int(day or "")), int(year))
    except ValueError:
        return FoundDate(None, int(year))


def _month_number(text: str) -> int:
    """1 to 12; 0 for what is no month."""
    text = text.strip().lower()
    if text.isdecimal():
        return int(text[:3])
    return MONTHS.index(text[:3]) + 1 if text[:3] in MONTHS else 0
