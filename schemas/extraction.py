"""Extraction: what an abstract speaks of, as `kg extract` writes it (one JSON line a paper)."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from schemas.paper import Record

FieldName = Literal["title", "abstract"]
EntityType = Literal["method", "dataset", "task", "metric"]
LinkKind = Literal["code", "project", "dataset", "model", "demo", "paper", "other"]

ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)

# The roles of each type, the strongest first; metrics have none.
ROLES: dict[EntityType, tuple[str, ...]] = {
    "method": ("proposes", "uses", "compares", "mentions"),
    "dataset": ("introduces", "uses", "mentions"),
    "task": ("addresses", "mentions"),
    "metric": (),
}


class Entity(Record):
    """One thing a paper speaks of, under all its names in that paper."""

    name: str = Field(min_length=1, description="the best full name, cleaned of LaTeX residue")
    forms: tuple[str, ...] = Field(min_length=1, description="every distinct surface form, verbatim, in order of appearance")
    role: str | None = Field(None, description="the strongest role the text supports; metrics have none")
    confidence: float = Field(gt=0, le=1, description="probability that the entity and its type are right")


class Link(Record):
    """One address in a title, an abstract or a record."""

    url: str = Field(description="the address with its scheme, without residue around it")
    kind: LinkKind
    repository: str | None = Field(None, description="owner/name, for code and model hosts")
    source: Literal["title", "abstract", "record"]
    start: int | None = Field(None, ge=0, description="code points into the field; absent for a record's link")
    end: int | None = Field(None, ge=0, description="end, exclusive; absent for a record's link")


class Mention(Record):
    """One occurrence of an entity."""

    field: FieldName
    start: int = Field(ge=0, description="code points into the field")
    end: int = Field(gt=0, description="end, exclusive")
    type: EntityType
    role: str | None = Field(None, description="the role of its entity")
    confidence: float = Field(gt=0, le=1)
    entity: int = Field(ge=0, description="index into the list of its type")


class Sentence(Record):
    """Boundaries of one sentence."""

    field: FieldName
    start: int = Field(ge=0)
    end: int = Field(gt=0, description="end, exclusive")


class Abbreviation(Record):
    """A short form and the long form that the text defines it by; offsets are those of the short form."""

    short: str = Field(min_length=1)
    long: str = Field(min_length=1)
    field: FieldName
    start: int = Field(ge=0)
    end: int = Field(gt=0, description="end, exclusive")


class Extraction(Record):
    """Everything found in one paper."""

    id: str = Field(description="the paper's id, or the id of the input record verbatim")
    methods: tuple[Entity, ...] = ()
    datasets: tuple[Entity, ...] = ()
    tasks: tuple[Entity, ...] = ()
    metrics: tuple[Entity, ...] = ()
    links: tuple[Link, ...] = ()
    mentions: tuple[Mention, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    abbreviations: tuple[Abbreviation, ...] = ()

    def entities(self, entity_type: EntityType) -> tuple[Entity, ...]:
        """The list of one type, into which `Mention.entity` points."""
        lists: dict[EntityType, tuple[Entity, ...]] = {
            "method": self.methods,
            "dataset": self.datasets,
            "task": self.tasks,
            "metric": self.metrics,
        }
        return lists[entity_type]

    def to_json(self) -> str:
        """One JSON line without a line break; absent values are left out."""
        return self.model_dump_json(exclude_none=True)
