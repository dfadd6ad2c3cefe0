"""Paper: what reading gives and extraction takes."""

from __future__ import annotations

import datetime

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Base of all records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Record):
    """One place a paper was read from."""

    file: str = Field(description="base name of the file, or '-' for standard input")
    entry: int = Field(ge=1, description="number of the entry in the file, from 1")

    def __str__(self) -> str:
        return f"{self.file}#{self.entry}"


class Paper(Record):
    """One paper, or one record of it before the records of one paper are joined."""

    id: str = Field(min_length=1, description="arxiv:ID, doi:NAME or sha:HASH (see schemas.ids)")
    title: str = Field(description="as given; line breaks and control characters are spaces")
    abstract: str = Field(description="as given; line breaks and control characters are spaces; may be empty")
    published: datetime.date | None = Field(None, description="absent when the source gives no full date")
    year: int | None = Field(None, ge=1000, le=9999, description="absent when the source gives none")
    authors: tuple[str, ...] = Field((), description="names in the order of the source")
    n_authors: int | None = Field(None, ge=0, description="number of authors, known even where names are not")
    sources: tuple[Source, ...] = Field(description="every place the paper was read from, sorted")
    source_ids: tuple[str, ...] = Field((), description="the ids that the sources gave, verbatim, sorted")
    arxiv_id: str | None = Field(None, description="without version")
    doi: str | None = Field(None, description="in lower case")
    url: str | None = Field(None, description="address of the paper's page as given")
    upvotes: int | None = Field(None, ge=0, description="the largest count among the sources")
    links: tuple[str, ...] = Field((), description="http(s) addresses from the record's fields, sorted")
