"""The seam between the pipeline and a trained model: what a recognizer is given and what it must return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.extraction import EntityType, FieldName


@dataclass(frozen=True)
class PaperText:
    """What a recognizer reads of one paper."""

    title: str
    abstract: str
    abbreviations: tuple[tuple[str, str], ...] = ()  # (short form, long form) as the text defines them

    def field(self, name: FieldName) -> str:
        """The text of one field."""
        return self.title if name == "title" else self.abstract


@dataclass(frozen=True)
class FoundMention:
    """One occurrence: `text.field(field)[start:end]`, in code points, end exclusive."""

    field: FieldName
    start: int
    end: int
    confidence: float  # in (0, 1]
    entity: int  # index into Recognition.entities


@dataclass(frozen=True)
class FoundEntity:
    """One thing under all its names in a paper: one decision about its type and role."""

    type: EntityType
    role: str | None  # one of schemas.extraction.ROLES[type]; None for metrics
    confidence: float  # in (0, 1]: probability that the entity and its type are right


@dataclass(frozen=True)
class Recognition:
    """What a recognizer found in one paper; each entity has at least one mention, and mentions do not overlap."""

    mentions: tuple[FoundMention, ...] = ()
    entities: tuple[FoundEntity, ...] = ()


class Recognizer(Protocol):
    """A trained model. The result for a text does not depend on the texts around it."""

    def recognize(self, texts: Sequence[PaperText]) -> list[Recognition]:
        """One Recognition a text, in order."""
        ...
