"""Reader of daily-papers pages saved as HTML: the data that the page embeds, else its articles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from kg.read import daily_papers_json
from kg.read.head import Head
from kg.read.paper_fields import Place, papers
from kg.read.reader import Item, Reader, ReadOptions
from kg.read.text_input import TextInput
from schemas.errors import InputError

# "*+" and "(?>": what stands before is taken in one way only; otherwise many comments take for ever.
_START = re.compile(r"(?:<\?xml[^>]*>|(?><!--.*?-->)|\s)*+<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_PAPER_PAGE = re.compile(r"(?:https?://[^/]+)?/papers/(\d{4}\.\d{4,5})(?:v\d+)?/?(?:#.*)?$")
_SITE = ("huggingface.co", "hf.co", "DailyPapers", "Daily Papers")
_LARGEST = 32 * 2**20  # characters of a page


def recognises(head: Head) -> bool:
    """The text is HTML, and speaks of the site."""
    return bool(_START.match(head.text)) and any(word in head.text for word in _SITE)


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper a paper of the page, in its order."""
    page = _Page()
    page.feed(_whole(text))  # not closed: a tag that the page does not end would be looked for again at each of its characters
    found = [daily_papers_json.fields(record) for record in page.records] or page.articles
    for entry, fields in enumerate(found, 1):
        yield from papers(fields, Place(text.source.name, text.source.file, entry))


def _whole(text: TextInput) -> str:
    """All of the page at once: its parser looks again at what it could not finish."""
    lines, size = [], 0
    for line in text.lines():
        lines.append(line.text)
        size += len(line.text) + 1
        if size > _LARGEST:
            raise InputError(text.source.name, f"is longer than {_LARGEST // 2**20} MiB, as no page is")
    return "\n".join(lines)


class _Page(HTMLParser):
    """Collects the records in `data-props`, and the title, address and text of each article."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Mapping[str, Any]] = []
        self.articles: list[dict[str, Any]] = []
        self._article: dict[str, Any] | None = None
        self._field = ""  # of the article, that the text belongs to

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("data-props"):
            self.records += _daily_papers(values["data-props"] or "")
        if tag == "article":
            self._article = {"title": [], "abstract": [], "links": []}
        elif self._article is not None:
            self._in_article(tag, values.get("href") or "")

    def _in_article(self, tag: str, address: str) -> None:
        article = self._article or {}
        if tag in ("h3", "p"):
            self._field = "title" if tag == "h3" and not _joined(article["title"]) else "abstract"
        elif tag == "a" and (page := _PAPER_PAGE.match(address)):
            article.setdefault("id", page[1])
        elif tag == "a" and "github.com/" in address:
            article["links"].append(address)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h3", "p"):
            self._field = ""
        if tag == "article" and self._article is not None:
            texts = {name: _joined(self._article[name]) for name in ("title", "abstract")}
            if texts["title"] and "id" in self._article:
                self.articles.append(self._article | texts)
            self._article, self._field = None, ""

    def handle_data(self, data: str) -> None:
        if self._article is not None and self._field:
            self._article[self._field].append(data)


def _joined(pieces: list[str]) -> str:
    """One text, its white space collapsed."""
    return " ".join("".join(pieces).split())


def _daily_papers(props: str) -> list[Mapping[str, Any]]:
    """The list of papers in the data of one part of the page; empty where it holds none."""
    try:
        values = json.loads(props)
    except (ValueError, RecursionError):
        return []
    found = values.get("dailyPapers") or values.get("papers") if isinstance(values, dict) else None
    return [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []


READER = Reader("daily-papers-html", "a daily-papers page saved as HTML", recognises, read)
