"""Reader of Papers with Code's `papers-with-abstracts.json`, and of its links between papers and code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import first_text
from kg.read.reader import Reader


def recognises(head: Head) -> bool:
    """The first record has the address of a page of Papers with Code."""
    return "paper_url" in head.record and bool({"title", "paper_title"} & set(head.record))


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a paper."""
    return {
        "title": record.get("title") or record.get("paper_title"),
        "abstract": record.get("abstract"),
        "published": record.get("date"),
        "authors": record.get("authors"),
        "arxiv_id": first_text(record, "arxiv_id", "paper_arxiv_id"),
        "url": first_text(record, "url_abs", "paper_url_abs"),
        "id": first_text(record, "paper_url"),
        "links": [record.get("repo_url")],
    }


READER = Reader("papers-with-code", "Papers with Code's dump of papers with abstracts", recognises, read_json(fields))
