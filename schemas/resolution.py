"""Resolution: which names are one thing and why, as resolving gives it and the graph takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from schemas.extraction import EntityType
from schemas.paper import Record

# Why a form is in its node. All but the first three tell of one step from the form towards the canonical name.
Reason = Literal[
    "canonical",  # its key is that of the canonical name
    "own definition",  # an ambiguous short form, read as the paper itself defines it
    "kept apart",  # an ambiguous short form that its paper does not define: joined with nothing
    "override",  # a `same` entry of the overrides file
    "lexicon",  # an entry of the alias lexicon
    "definition",  # papers of the corpus define the one by the other
    "common abbreviation",  # the table of common abbreviations
    "expansion",  # an abbreviation inside the name, read in full
    "generic head",  # the name without a word such as "model"
    "year",  # the year in two digits and in four
    "one paper's entity",  # in one paper another name of a fuller form: in that paper only
]


class ResolvedEntity(Record):
    """One thing under all its names in all papers."""

    id: str = Field(description="the smallest of its members' ids (schemas.ids.entity_id)")
    type: EntityType
    name: str = Field(min_length=1, description="canonical name")
    aliases: tuple[str, ...] = Field(description="every surface form seen, sorted")
    merged_ids: tuple[str, ...] = Field((), description="ids of the other members, sorted")


class FormReason(Record):
    """Why one surface form is in its node: one step towards the canonical name."""

    id: str = Field(description="the node")
    form: str = Field(description="surface form")
    n_papers: int = Field(ge=0, description="number of papers with this form in this node")
    reason: Reason
    joined_with: str = Field("", description="the name that this step leads to; empty for the canonical name itself")
    detail: str = Field("", description="lexicon entry, entry of the overrides file, or what stands against a merge")
    papers: tuple[str, ...] = Field((), description="papers that support the step: the first three ids, sorted")
    n_support: int = Field(0, ge=0, description="number of papers that support the step")


class Refusal(Record):
    """A merge that an overrides file forbids."""

    type: EntityType
    a: str = Field(description="one name of the merge that was refused")
    b: str = Field(description="the other")
    reason: Reason = Field(description="why they would have been merged")
    override: str = Field(description="the entry that keeps them apart")


@dataclass(frozen=True)
class Resolution:
    """All entities of a set of papers, and which of them each paper's entities became."""

    entities: Mapping[str, ResolvedEntity]  # by id
    # (paper id, type, index into the paper's list of this type) -> entity id; absent: left out, see `dropped`
    assignments: Mapping[tuple[str, EntityType, int], str]
    dropped: Mapping[str, int] = field(default_factory=dict)  # number of entities left out, by reason
    reasons: tuple[FormReason, ...] = ()  # one an entity and form, sorted by id and form
    refused: tuple[Refusal, ...] = ()  # merges that the overrides forbade, sorted
