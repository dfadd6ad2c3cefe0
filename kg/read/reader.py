"""What a reader is: one input format, recognised by its content, read record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from kg.read.head import Head
from kg.read.text_input import TextInput
from schemas import ids
from schemas.errors import RecordError
from schemas.paper import Paper


@dataclass(frozen=True)
class ReadOptions:
    """How inputs are read."""

    format: str | None = None  # a reader's name; None: recognise it
    year: int | None = None  # for the dates on daily-papers pages that come without one
    skip_bad: bool = False  # count broken records and go on
    columns: Mapping[str, str] = field(default_factory=dict)  # field of a paper -> column (CSV, Parquet) or member (JSON) that holds it


@dataclass(frozen=True)
class Skip:
    """A record that is whole, and no paper: it is left out and counted."""

    reason: str


@dataclass(frozen=True)
class Note:
    """Something of the paper before it that was left out or not understood: counted."""

    reason: str


Item = Paper | RecordError | Skip | Note


@dataclass(frozen=True)
class Reader:
    """One input format. `read` yields a RecordError in place of a broken record, so that the caller decides."""

    name: str
    description: str
    recognises: Callable[[Head], bool]  # given the start of the input
    read: Callable[[TextInput, ReadOptions], Iterator[Item]]
    binary: bool = False  # the format is no text
    columns: bool = False  # it takes the names of columns from the user


def identify(title: str, abstract: str, arxiv: str | None, doi: str | None) -> str:
    """The id of a paper with these values (schemas.ids)."""
    return ids.paper_id(arxiv, doi, ids.content_key(title, abstract))
