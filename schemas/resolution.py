"""Resolution: which names are one thing, as resolving gives it and the graph takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from schemas.extraction import EntityType
from schemas.paper import Record


class ResolvedEntity(Record):
    """One thing under all its names in all papers."""

    id: str = Field(description="the smallest of its members' ids (schemas.ids.entity_id)")
    type: EntityType
    name: str = Field(min_length=1, description="canonical name")
    aliases: tuple[str, ...] = Field(description="every surface form seen, sorted")
    merged_ids: tuple[str, ...] = Field((), description="ids of the other members, sorted")


@dataclass(frozen=True)
class Resolution:
    """All entities of a set of papers, and which of them each paper's entities became."""

    entities: Mapping[str, ResolvedEntity]  # by id
    # (paper id, type, index into the paper's list of this type) -> entity id; absent: left out, see `dropped`
    assignments: Mapping[tuple[str, EntityType, int], str]
    dropped: Mapping[str, int] = field(default_factory=dict)  # number of entities left out, by reason
