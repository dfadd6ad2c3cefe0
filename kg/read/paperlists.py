"""Reader of paperlists: lists of conference papers with `"author": "A;B"`, `site`, `github` and `project`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import first_text, split_addresses
from kg.read.reader import Reader


def recognises(head: Head) -> bool:
    """The first record has its authors or keywords in one text, and a site, a status or a track."""
    record = head.record
    in_one_text = isinstance(record.get("author"), str) or isinstance(record.get("keywords"), str)
    return "title" in record and in_one_text and any(name in record for name in ("site", "status", "track", "aff"))


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a paper; `github` and `project` may hold several addresses."""
    author = record.get("author") or record.get("authors")
    return {
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "id": record.get("id"),
        "published": first_text(record, "published", "date"),
        "year": record.get("year"),
        "authors": [name.strip() for name in author.split(";") if name.strip()] if isinstance(author, str) else author,
        "arxiv_id": first_text(record, "arxiv"),
        "doi": first_text(record, "doi"),
        "url": first_text(record, "site", "openreview"),
        "links": split_addresses([record.get(name) for name in ("github", "project")]),
    }


READER = Reader("paperlists", "paperlists' JSON of a conference", recognises, read_json(fields))
