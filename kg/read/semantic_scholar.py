"""Reader of what Semantic Scholar answers: papers, searches that wrap them in `data`, and the lines of its bulk files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import first_text
from kg.read.reader import Reader

_WRAPPERS = ("citedPaper", "citingPaper", "paper")  # citations, references and snippets put the paper into a member


def recognises(head: Head) -> bool:
    """The first record is named by a paper id or a corpus id."""
    paper = _paper_in(head.record)
    return "title" in paper and any(name in paper for name in ("paperId", "corpusid", "corpusId"))


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a paper; `abstract` may be null."""
    paper = _paper_in(record)
    ids = paper.get("externalIds") or paper.get("externalids")
    known = {name.lower(): value for name, value in ids.items()} if isinstance(ids, dict) else {}
    return {
        "title": paper.get("title"),
        "abstract": paper.get("abstract"),
        "id": paper.get("paperId") or paper.get("corpusid") or paper.get("corpusId"),
        "published": first_text(paper, "publicationDate", "publicationdate"),
        "year": paper.get("year"),
        "authors": paper.get("authors"),
        "arxiv_id": known.get("arxiv"),
        "doi": known.get("doi"),
        "url": paper.get("url"),
    }


def _paper_in(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((paper for name in _WRAPPERS if isinstance(paper := record.get(name), dict)), record)


READER = Reader("semantic-scholar", "papers of the Semantic Scholar API", recognises, read_json(fields))
