"""What a reader is: one input format, recognised by its content, read record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kg.read.text_input import TextInput
from schemas import ids
from schemas.errors import RecordError
from schemas.paper import Paper


@dataclass(frozen=True)
class ReadOptions:
    """How inputs are read."""

    format: str | None = None  # a reader's name; None: recognise it
    year: int | None = None  # for dates that come without one
    skip_bad: bool = False  # count broken records and go on


@dataclass(frozen=True)
class Reader:
    """One input format. `read` yields a RecordError in place of a broken record, so that the caller decides."""

    name: str
    description: str
    recognises: Callable[[Sequence[str]], bool]  # given the first lines of the input
    read: Callable[[TextInput, ReadOptions], Iterator[Paper | RecordError]]


def identify(title: str, abstract: str, arxiv: str | None, doi: str | None) -> str:
    """The id of a paper with these values (schemas.ids)."""
    return ids.paper_id(arxiv, doi, ids.content_key(title, abstract))
