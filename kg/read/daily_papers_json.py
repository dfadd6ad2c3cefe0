"""Reader of the daily-papers API: objects `{"paper": {"id", "title", "summary", ...}, "publishedAt", ...}`, or the papers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import addresses_in, first_text
from kg.read.reader import Reader


def recognises(head: Head) -> bool:
    """The first record holds a paper with a summary."""
    paper = _paper_in(head.record)
    return "title" in paper and "summary" in paper and ("paper" in head.record or "upvotes" in paper or "publishedAt" in paper)


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the paper in a record; `id` is its arXiv id."""
    paper = _paper_in(record)
    links = [paper.get(name) for name in ("githubRepo", "projectPage")]
    return {
        "title": paper.get("title") or record.get("title"),
        "abstract": paper.get("summary") or record.get("summary"),
        "id": paper.get("id"),
        "published": first_text(paper, "publishedAt") or first_text(record, "publishedAt"),
        "authors": paper.get("authors"),
        "upvotes": paper.get("upvotes"),
        "links": [address for link in links if link for address in addresses_in(link) or [link]],
    }


def _paper_in(record: Mapping[str, Any]) -> Mapping[str, Any]:
    paper = record.get("paper", record)
    return paper if isinstance(paper, dict) else {}


READER = Reader("daily-papers-json", "what the daily-papers API answers", recognises, read_json(fields))
