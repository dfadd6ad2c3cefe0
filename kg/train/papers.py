"""What training reads beside annotated papers: raw abstracts, and which papers are held out."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from schemas.errors import InputError, RecordError
from schemas.ids import ABSTRACT_START
from schemas.text import normal_text

PARTS = 5  # one of so many parts is held out


class HasText(Protocol):
    """Anything with a title and an abstract."""

    @property
    def title(self) -> str:
        """The title."""
        ...

    @property
    def abstract(self) -> str:
        """The abstract; may be empty."""
        ...


P = TypeVar("P", bound=HasText)


@dataclass(frozen=True, slots=True)
class RawPaper:
    """A paper without annotation."""

    id: str
    title: str
    abstract: str


def is_held_out(paper_id: str) -> bool:
    """True for the fixed fifth of the papers on which thresholds and calibration are chosen: a hash of the id decides."""
    return int(hashlib.sha256(paper_id.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16) % PARTS == 0


def read_raw(path: Path) -> list[RawPaper]:
    """The papers of a JSON-lines file (`.gz`: gzip) with the fields id, title, abstract; raises InputError and RecordError."""
    papers = []
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            papers.append(_raw_paper(path, number, line))
    if not papers:
        raise InputError(str(path), "no paper in it")
    return papers


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file (`.gz`: gzip); raises InputError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as stream:
            yield from stream
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(str(path), getattr(error, "strerror", None) or f"cannot be read ({error})") from error


def _raw_paper(path: Path, number: int, line: str) -> RawPaper:
    try:
        record = json.loads(line)
        title, abstract = record["title"], record["abstract"]
    except (ValueError, RecursionError) as error:
        raise RecordError(str(path), number, "not valid JSON", type(error).__name__) from error
    except (KeyError, TypeError) as error:
        raise RecordError(str(path), number, "not a paper", "needs the fields title and abstract") from error
    if not isinstance(title, str) or not isinstance(abstract, str):
        raise RecordError(str(path), number, "not a paper", "title and abstract must be texts")
    return RawPaper(str(record.get("id", number)), title, abstract)


def without(papers: Iterable[P], left_out: Sequence[HasText]) -> list[P]:
    """The papers whose title and abstract start are not those of a paper in `left_out`."""
    titles = {normal_text(paper.title) for paper in left_out}
    starts = {_start(paper) for paper in left_out}
    return [paper for paper in papers if normal_text(paper.title) not in titles and _start(paper) not in starts]


def _start(paper: HasText) -> str:
    return normal_text(paper.abstract)[:ABSTRACT_START]
