"""Reader of arXiv's metadata as Kaggle gives it: one JSON object a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import addresses_in, split_names
from kg.read.reader import Reader


def recognises(head: Head) -> bool:
    """The first record has arXiv's categories, and its versions or authors in parts."""
    return "categories" in head.record and bool({"versions", "authors_parsed", "update_date", "journal-ref"} & set(head.record))


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record; the date is that of the first version, links stand in the comments."""
    versions = record.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, dict) else None
    return {
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "id": record.get("id"),
        "published": created or record.get("update_date"),
        "authors": _authors(record),
        "doi": record.get("doi"),
        "links": addresses_in(record.get("comments")),
    }


def _authors(record: Mapping[str, Any]) -> Any:
    """Names from lists [family name, given names, suffix], else from the text."""
    parts = record.get("authors_parsed")
    if isinstance(parts, list) and parts and all(isinstance(part, list) and all(isinstance(p, str) for p in part) for part in parts):
        return [" ".join([*part[1:2], *part[:1], *part[2:3]]) for part in parts]
    text = record.get("authors")
    return split_names(text) if isinstance(text, str) else text


READER = Reader("arxiv-json", "arXiv's metadata from Kaggle, JSON lines", recognises, read_json(fields))
