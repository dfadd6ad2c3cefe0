"""Overview: what a report says about a graph, as tables of texts, for exporters to write down."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from schemas.paper import Record


class Text(Record):
    """A piece of a cell; it may come from the data, so it is never markup."""

    text: str
    href: str = Field("", description="http(s) address that it leads to; empty for none")

    @field_validator("href")
    @classmethod
    def _leads_to_a_page(cls, href: str) -> str:
        if href and web_address(href) != href:
            raise ValueError("not an http(s) address")
        return href


class Cell(Record):
    """A cell of a table: its pieces are set apart by semicolons."""

    texts: tuple[Text, ...]
    share: float | None = Field(None, ge=0, le=1, description="drawn as a bar, where bars can be drawn")


class Section(Record):
    """A heading with a table."""

    heading: str
    note: str = Field("", description="one sentence that says what is counted, and what is left out")
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = Field(description="as many cells a row as there are columns")


class Overview(Record):
    """A report."""

    title: str
    summary: str = Field(description="one sentence")
    sections: tuple[Section, ...]


def web_address(url: str) -> str:
    """`url` when it is an http(s) address that a link may lead to, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_page = parts.scheme in ("http", "https") and parts.hostname and url.isprintable() and " " not in url
    return url if is_page else ""
