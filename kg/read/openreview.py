"""Reader of OpenReview notes, versions 1 (`content.title`) and 2 (`content.title.value`) of the API."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from kg.read.head import Head
from kg.read.json_records import read_json
from kg.read.paper_fields import FieldError
from kg.read.reader import Reader, Skip

_LINKS = ("code", "code_link", "github", "project_page", "website", "software", "data", "demo", "dataset_url")
_MARKS = ("forum", "invitation", "invitations", "signatures")


def recognises(head: Head) -> bool:
    """The first record has a content, and a forum, an invitation or signatures."""
    return isinstance(head.record.get("content"), dict) and any(name in head.record for name in _MARKS)


def fields(record: Mapping[str, Any]) -> dict[str, Any] | Skip:
    """The fields of a submission; reviews and comments are answers to one."""
    content = record.get("content")
    if not isinstance(content, dict):
        raise FieldError("'content' is missing or no object")
    if record.get("replyto"):
        return Skip("a review or comment")
    value = {name: item.get("value") if isinstance(item, dict) else item for name, item in content.items()}
    forum = record.get("forum")
    return {
        "title": value.get("title"),
        "abstract": value.get("abstract"),
        "id": record.get("id") or forum,
        "published": _day(record.get("pdate") or record.get("odate") or record.get("cdate") or record.get("tcdate")),
        "authors": value.get("authors"),
        "url": f"https://openreview.net/forum?id={forum}" if isinstance(forum, str) and forum else None,
        "links": [value.get(name) for name in _LINKS],
    }


def _day(milliseconds: Any) -> Any:
    """The day, in UTC, of a number of milliseconds since 1970."""
    try:
        return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return milliseconds and "?"


READER = Reader("openreview", "OpenReview notes, API 1 and 2", recognises, read_json(fields))
