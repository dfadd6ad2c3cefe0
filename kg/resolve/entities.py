"""From merged keys to things: their ids, canonical names and forms, and the reason why each form is where it is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.resolve.keys import name_key
from kg.resolve.lexicon import Lexicon
from kg.resolve.meanings import SHOWN_PAPERS
from kg.resolve.merges import Groups, Key, Merge, neighbours, steps_to
from kg.resolve.overrides import Overrides
from kg.resolve.placements import Placement, Reading
from schemas.extraction import EntityType
from schemas.ids import entity_id
from schemas.resolution import FormReason, Reason, Refusal, Resolution, ResolvedEntity
from schemas.text import clean_name

_Use = tuple[Key, Reason | None, str]  # a form's key, and how it came here if not by its key, and the paper's definition


@dataclass(slots=True)
class _Node:
    """A set of keys on its way to a ResolvedEntity."""

    root: Key
    keys: set[Key] = field(default_factory=set)
    uses: dict[str, dict[_Use, list[str]]] = field(default_factory=dict)  # form -> use -> papers
    longs: Counter[str] | None = None  # long forms that papers define abbreviations by which stand here

    def add(self, form: str, use: _Use, paper: str) -> None:
        """A paper uses a form."""
        self.uses.setdefault(form, {}).setdefault(use, []).append(paper)


@dataclass(frozen=True, slots=True)
class _Step:
    """One reason, as FormReason tells it."""

    reason: Reason
    joined_with: str = ""
    detail: str = ""
    papers: Sequence[str] = ()  # the first that support it, sorted
    n_papers: int = 0


class Entities:
    """Makes the entities of a set of placements."""

    def __init__(self, groups: Groups, lexicon: Lexicon, overrides: Overrides, kept_apart: Mapping[Key, str]) -> None:
        self._groups, self._lexicon, self._kept_apart = groups, lexicon, kept_apart
        self._accepted = neighbours(groups.accepted)
        self._named = {groups.find(key): entry for key, entry in sorted(overrides.names().items())}
        self._refusals: set[tuple[EntityType, str, str, Reason, str]] = {
            (merge.key[0], merge.key[1], merge.name, merge.reason, entry) for merge, entry in groups.refused
        }

    def resolution(self, placements: Iterable[Placement], dropped: Mapping[str, int], *, with_reasons: bool) -> Resolution:
        """The resolution of all entities of all papers."""
        by_root: dict[Key, list[Placement]] = defaultdict(list)
        for placement in placements:
            by_root[self.root_of(placement)].append(placement)
        entities: list[ResolvedEntity] = []
        assignments: dict[tuple[str, EntityType, int], str] = {}
        reasons: list[FormReason] = []
        for root, placed in by_root.items():
            node = self._node(root, placed)
            name, start = self._canonical(node)
            entities.append(_entity(node, name))
            assignments.update(((p.paper, p.type, p.index), entities[-1].id) for p in placed)
            reasons += self._reasons(entities[-1].id, node, start) if with_reasons else ()
        return Resolution(
            entities={entity.id: entity for entity in sorted(entities, key=lambda entity: entity.id)},
            assignments=assignments,
            dropped=dropped,
            reasons=tuple(sorted(reasons, key=lambda reason: (reason.id, reason.form))),
            refused=tuple(Refusal(type=t, a=a, b=b, reason=reason, override=entry) for t, a, b, reason, entry in sorted(self._refusals)),
        )

    def root_of(self, placement: Placement) -> Key:
        """The set of keys that an entity of a paper belongs to."""
        return self._groups.find(self._settled(placement.main).meant)

    def _settled(self, reading: Reading) -> Reading:
        """The reading, or the form as it is written where an override forbids what its paper means."""
        if not reading.note or not (entry := self._forbidden(reading.key, reading.meant)):
            return reading
        self._refusals.add((reading.key[0], reading.form, reading.note, "own definition", entry))
        return Reading(reading.form, reading.key, reading.key)

    def _forbidden(self, a: Key, b: Key) -> str:
        return self._groups.forbidden(self._groups.find(a), self._groups.find(b))

    def _node(self, root: Key, placements: Iterable[Placement]) -> _Node:
        node = _Node(root)
        for placement in placements:
            for reading in placement.readings:
                self._add_form(node, self._settled(reading), placement)
        return node

    def _add_form(self, node: _Node, reading: Reading, placement: Placement) -> None:
        paper = placement.paper
        if self._groups.find(reading.meant) != node.root:
            if entry := self._forbidden(reading.meant, node.root):
                self._refusals.add((node.root[0], reading.form, node.root[1], "one paper's entity", entry))
            else:
                node.add(reading.form, (reading.meant, "one paper's entity", placement.main.form), paper)
            return
        node.keys.add(reading.meant)
        node.add(reading.form, (reading.meant, "own definition" if reading.note else None, reading.note), paper)
        if reading.long:
            node.longs = node.longs or Counter()
            node.longs[reading.long] += 1

    def _canonical(self, node: _Node) -> tuple[str, Key]:
        """(canonical name, the key it stands for): of the overrides, else of the lexicon, else the best form."""
        if override := self._named.get(node.root):
            return override.b, override.keys[0]
        known = [(key, entry) for key in node.keys if key not in self._kept_apart and (entry := self._lexicon.entry(*key))]
        if known:
            key, entry = min(known, key=lambda item: (-_n_papers(node, item[0]), item[1].name))
            full = (key[0], name_key(key[0], entry.name))
            return entry.name, full if self._groups.find(full) == node.root else key
        return self._best_form(node)

    def _best_form(self, node: _Node) -> tuple[str, Key]:
        """Of the names that are short for nothing else here: the most frequent spelling of several words, or of all."""
        if len(node.uses) == 1 and node.longs is None:
            return clean_name(next(iter(node.uses))), next(iter(node.keys))
        counts: dict[tuple[str, Key], int] = defaultdict(int)
        for form, uses in node.uses.items():
            for (key, reason, _), papers in uses.items():
                if reason is None:
                    counts[clean_name(form), key] += len(papers)
        if not counts:
            longs = node.longs or Counter(map(clean_name, node.uses))
            return min(longs, key=lambda name: (-longs[name], name)), min(node.keys)
        full = [item for item in counts if item[1] not in self._groups.lesser] or list(counts)
        return best_spelling({item: counts[item] for item in full})

    def _reasons(self, node_id: str, node: _Node, start: Key) -> list[FormReason]:
        steps = steps_to(start, self._accepted) if start in self._accepted else {}
        return [self._reason(node_id, form, uses, steps) for form, uses in node.uses.items()]

    def _reason(self, node_id: str, form: str, uses: Mapping[_Use, Sequence[str]], steps: Mapping[Key, Merge]) -> FormReason:
        """Of the ways in which a form came into its node: by its key rather than by what one paper says."""
        (key, reason, note), papers = min(uses.items(), key=lambda item: (item[0][1] is not None, item[0]))
        support = sorted(set(papers)) if reason else []
        step = _Step(reason, "", note, support[:SHOWN_PAPERS], len(support)) if reason else self._step(key, steps)
        return FormReason(
            id=node_id,
            form=form,
            n_papers=len({paper for found in uses.values() for paper in found}),
            reason=step.reason,
            joined_with=step.joined_with,
            detail=step.detail,
            papers=tuple(step.papers),
            n_support=step.n_papers,
        )

    def _step(self, key: Key, steps: Mapping[Key, Merge]) -> _Step:
        """The step from a key towards that of the canonical name."""
        if key in steps:
            merge = steps[key]
            joined_with = merge.name if merge.key == key else merge.key[1]
            return _Step(merge.reason, joined_with, merge.detail, merge.papers, merge.n_papers)
        return _Step("kept apart", detail=self._kept_apart[key]) if key in self._kept_apart else _Step("canonical")


def _entity(node: _Node, name: str) -> ResolvedEntity:
    ids = sorted(entity_id(*key) for key in node.keys)
    return ResolvedEntity.model_construct(
        id=ids[0], type=node.root[0], name=name, aliases=tuple(sorted(node.uses)), merged_ids=tuple(ids[1:])
    )


def _n_papers(node: _Node, key: Key) -> int:
    return sum(len(papers) for uses in node.uses.values() for use, papers in uses.items() if use[0] == key)


def best_spelling(counts: Mapping[tuple[str, Key], int]) -> tuple[str, Key]:
    """The most frequent spelling among the names of several words (spaces or hyphens part them), or among all where there is none.

    Ties: the singular before the plural, then the longer, which keeps its hyphens and spaces, then by bytes.
    """
    full = [item for item in counts if re.search(r"\S[\s-]\S", item[0])] or list(counts)
    return min(full, key=lambda item: (-counts[item], item[0].endswith("s"), -len(item[0]), item))
