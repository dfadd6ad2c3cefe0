"""Annotated papers: one JSON object a line, in the extraction format with the text beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import InputError, RecordError
from schemas.extraction import ENTITY_TYPES, EntityType, FieldName
from schemas.ids import content_key, paper_id
from schemas.paper import Paper, Source


class GoldEntity(BaseModel):
    """One annotated entity."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    forms: tuple[str, ...]  # verbatim, every distinct surface form
    role: str | None = None


class GoldMention(BaseModel):
    """One annotated place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: FieldName
    start: int  # code points into the field
    end: int  # exclusive
    type: EntityType


class AnnotatedPaper(BaseModel):
    """A paper with what an annotator found in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    abstract: str
    methods: tuple[GoldEntity, ...] = ()
    datasets: tuple[GoldEntity, ...] = ()
    tasks: tuple[GoldEntity, ...] = ()
    metrics: tuple[GoldEntity, ...] = ()
    mentions: tuple[GoldMention, ...] = ()

    def entities(self, entity_type: EntityType) -> tuple[GoldEntity, ...]:
        """The annotated entities of one type."""
        lists: dict[EntityType, tuple[GoldEntity, ...]] = {
            "method": self.methods,
            "dataset": self.datasets,
            "task": self.tasks,
            "metric": self.metrics,
        }
        return lists[entity_type]

    def paper(self) -> Paper:
        """The paper alone, as extraction is given it: nothing of the annotation."""
        return Paper(
            id=paper_id(None, None, content_key(self.title, self.abstract)),
            title=self.title,
            abstract=self.abstract,
            sources=(Source(file="annotated", entry=1),),
            source_ids=(self.id,),
        )


def read_annotated(path: Path) -> list[AnnotatedPaper]:
    """All annotated papers of a file; raises InputError, and RecordError with the line of a broken or repeated one."""
    papers: dict[str, AnnotatedPaper] = {}
    for number, line in numbered_lines(path):
        paper = _parse(path, number, line)
        if paper.id in papers:
            raise RecordError(str(path), number, "id that occurs twice", paper.id)
        papers[paper.id] = paper
    if not papers:
        raise InputError(str(path), "no annotated paper in it")
    return list(papers.values())


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of each line of a file that is not blank; raises InputError."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield from ((number, line) for number, line in enumerate(stream, 1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), getattr(error, "strerror", None) or "is not UTF-8 text") from error


def _parse(path: Path, number: int, line: str) -> AnnotatedPaper:
    try:
        record: Any = json.loads(line)
        paper = AnnotatedPaper.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise RecordError(str(path), number, "not an annotated paper", detail) from error
    except (ValueError, RecursionError) as error:
        raise RecordError(str(path), number, "not valid JSON", str(error)) from error
    missing = [f for t in ENTITY_TYPES for e in paper.entities(t) for f in e.forms if f not in paper.title and f not in paper.abstract]
    if missing:
        raise RecordError(str(path), number, "a form that is not in the text", missing[0])
    return paper
