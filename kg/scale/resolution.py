"""Resolution as joins: the steps of kg.resolve, each given just the facts that it asks for.

What is global is found by key: the meanings of a short form from all its definitions, the names that follow from names in
rounds, sets of keys as connected components within which the local code merges. What is of one paper is done where its rows meet.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from kg.resolve import placements as placing
from kg.resolve import rules as ruling
from kg.resolve.coreference import with_leaders
from kg.resolve.entities import Entities
from kg.resolve.lexicon import shipped_lexicon
from kg.resolve.meanings import Definition, Meaning, Meanings, PaperNames, definitions_in
from kg.resolve.merges import Groups, Key, Merge, pairs_apart
from kg.resolve.overrides import Overrides
from kg.resolve.placements import Placement, Placer, Reading
from kg.resolve.resolver import NO_LETTER, names_of
from kg.resolve.rules import Name, Rules
from kg.scale.components import LABEL, SAME, components, edge
from kg.scale.engine import Engine, Table
from kg.scale.rows import COUNT, PerKey, PerRow, Row, decode, encode
from schemas.extraction import ENTITY_TYPES, Extraction
from schemas.resolution import Refusal

ENTITY, ASSIGNED, REASON, REFUSED = "entity", "assigned", "reason", "refused"  # streams of the result

Roots = Mapping[Key, Key]


def key_text(key: Key) -> str:
    """A key as a text that sorts as the key does."""
    return f"{key[0]}\t{key[1]}"


def key_of(text: str) -> Key:
    """The key of such a text."""
    entity_type, _, key = text.partition("\t")
    return entity_type, key  # type: ignore[return-value]


def _merge(values: list[Any]) -> Merge:
    key, target, reason, name, detail, papers, n_papers = values
    return Merge(tuple(key), tuple(target), reason, name, detail, tuple(papers), n_papers)


def _meaning(values: list[Any] | None) -> Meaning | None:
    if values is None:
        return None
    long, reason, signatures, detail, papers, n_papers, choices = values
    return Meaning(long, reason, frozenset(map(tuple, signatures)), detail, tuple(papers), n_papers, tuple(choices))


def _meaning_values(meaning: Meaning | None) -> list[Any] | None:
    return None if meaning is None else [sorted(value) if isinstance(value, frozenset) else value for value in _fields(meaning)]


def _fields(record: Any) -> list[Any]:
    return [getattr(record, field.name) for field in dataclasses.fields(record)]


def _learned(facts: Iterable[str]) -> Meanings:
    """Meanings that know these facts: [short form's key, its meanings by type, keys of its long forms]."""
    meanings = Meanings((), shipped_lexicon())
    for short, by_type, longs in map(decode, facts):
        meanings.learn(short, {entity_type: _meaning(values) for entity_type, values in by_type.items()}, longs)
    return meanings


class _Names(PerRow):
    """The names in an extraction, its definitions, and the short forms whose meanings its paper asks for."""

    def one(self, row: Row) -> Iterator[Row]:
        names = names_of(Extraction.model_validate_json(row.value))
        yield Row("names", names.id, "1", encode([names.entities, names.definitions]))
        for definition in definitions_in(names):
            yield Row("definition", definition.short, "0", encode(_fields(definition)))
        yield from (Row("want", short, "1" + names.id, names.id) for short in placing.lookups(names))


class _Facts(PerKey):
    """What a short form stands for: under its key, under those of its long forms, and for each paper that asks."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        meanings, longs, fact = Meanings((), shipped_lexicon()), set[str](), ""
        for row in rows:
            if row.to == "definition":
                scope, short, long, long_key, sign, paper = decode(row.value)
                meanings.add(Definition(scope, short, long, long_key, tuple(sign), paper))
                longs.add(long_key)
            elif longs:
                fact = fact or _fact(key, meanings, ())
                yield Row("known", row.value, "0", fact)
        if longs:
            yield Row("fact", key, "0", fact or _fact(key, meanings, ()))
        yield from (Row("fact", long, "0", _fact(key, meanings, [long])) for long in sorted(longs))


def _fact(short: str, meanings: Meanings, longs: Iterable[str]) -> str:
    by_type = {entity_type: _meaning_values(meanings.of(entity_type, short)) for entity_type in ENTITY_TYPES}
    return encode([short, by_type, list(longs)])


@dataclass(frozen=True)
class _Place(PerKey):
    """The placements of a paper's entities, the names that it has or means, and the keys whose sets it asks for."""

    overrides: Overrides

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        by_stream = {to: [row.value for row in some] for to, some in itertools.groupby(rows, key=lambda row: row.to)}
        entities, definitions = decode(by_stream["names"][0])
        paper = PaperNames(
            key,
            tuple((entity_type, index, tuple(forms)) for entity_type, index, forms in entities),
            tuple((short, long) for short, long in definitions),
        )
        placer = Placer(_learned(by_stream.get("known", ())), pairs_apart(self.overrides.apart()))
        placed = list(placer.place(paper))
        yield Row("placed", key, "1", encode([_placement_values(placement) for placement in placed]))
        yield from (_name_row(name, True) for name in placer.names())
        asked = {key_text(k) for placement in placed for reading in placement.readings for k in (reading.key, reading.meant)}
        yield from (Row("asked", text, "1", key) for text in sorted(asked))
        if placer.n_dropped:
            yield Row(COUNT, NO_LETTER, "", str(placer.n_dropped))


def _placement_values(placement: Placement) -> list[Any]:
    leader = placement.leader and _fields(placement.leader)
    return [placement.paper, placement.type, placement.index, [_fields(reading) for reading in placement.readings], leader]


def _placement(values: list[Any]) -> Placement:
    paper, entity_type, index, readings, leader = values
    return Placement(paper, entity_type, index, tuple(map(_reading, readings)), _reading(leader) if leader else None)


def _reading(values: list[Any]) -> Reading:
    form, key, meant, note, long = values
    return Reading(form, tuple(key), tuple(meant), note, long)


def _name_row(name: Name, may_expand: bool) -> Row:
    return Row("name", encode([*name.key, name.words, may_expand]), "1", "")


def _name(text: str) -> tuple[Name, bool]:
    entity_type, key, words, may_expand = decode(text)
    return Name(entity_type, tuple(words), (entity_type, key)), may_expand


def _walk(name: Name, may_expand: bool, rules: Rules, asked: set[str] | None) -> Iterator[tuple[Merge, Name, bool, bool]]:
    """The steps from a name and from the names they lead to, as long as all facts about these are `asked` for (None: always).

    The last value says whether the steps from the name that a step leads to are among them.
    """
    seen = {(name, may_expand)}
    waiting = [(name, may_expand)]
    while waiting:
        for merge, target, may_go_on in rules.steps(*waiting.pop()):
            inside = asked is None or ruling.lookups(target) <= asked
            yield merge, target, may_go_on, inside
            if inside and (target, may_go_on) not in seen:
                seen.add((target, may_go_on))
                waiting.append((target, may_go_on))


def _asked(name: Name, may_expand: bool) -> set[str]:
    """The keys by which a name asks for facts: for itself, and for the names that it leads to without any."""
    rules = Rules(Meanings((), shipped_lexicon()), shipped_lexicon())
    names = {name, *(target for _, target, _, _ in _walk(name, may_expand, rules, None))}
    return set().union(*map(ruling.lookups, names))


class _Fresh(PerKey):
    """Names that no round before has seen, and the keys by which the rules ask about them."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        if next(rows).to == "seen":
            return
        yield Row("seen", key, "0", "")
        yield from (Row("want", found, "1", key) for found in sorted(_asked(*_name(key))))


class _Answer(PerKey):
    """The facts about a key for each name that asks."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        facts: list[str] = []
        for row in rows:
            if row.to == "fact":
                facts.append(row.value)
            else:
                yield from (Row("known", row.value, "1", fact) for fact in facts)


@dataclass(frozen=True)
class _Steps(PerKey):
    """What follows from a name: merges, the names that they lead to, and short forms that are joined with nothing."""

    overrides: Overrides

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        name, may_expand = _name(key)
        rules = Rules(_learned(row.value for row in rows if row.to == "known"), shipped_lexicon(), pairs_apart(self.overrides.apart()))
        for merge, target, may_go_on, inside in _walk(name, may_expand, rules, _asked(name, may_expand)):
            if merge.target != merge.key:
                yield from _merge_rows(merge)
            if not inside:
                yield _name_row(target, may_go_on)
        for kept, detail in rules.kept_apart.items():
            yield Row("kept", key_text(kept), "1", detail)


def _merge_rows(merge: Merge) -> Iterator[Row]:
    yield Row("merge", key_text(merge.key), "1", encode(_fields(merge)))
    yield from edge(key_text(merge.key), key_text(merge.target))


class _ByComponent(PerKey):
    """Merges and short forms that are kept apart under the component of their key."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        component = key
        for row in rows:
            if row.to == LABEL:
                component = row.value
            else:
                yield Row(row.to, component, "", row.value if row.to == "merge" else encode([key, row.value]))


@dataclass(frozen=True)
class _Group(PerKey):
    """The sets of one component: the local code merges its keys; no merge leads out of a component, nor does what is refused."""

    overrides: Overrides

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        merges: set[Merge] = set()
        kept: dict[Key, str] = {}
        for row in rows:
            if row.to == "merge":
                merges.add(_merge(decode(row.value)))
            else:
                text, detail = decode(row.value)
                kept[key_of(text)] = min(kept.get(key_of(text), detail), detail)
        members = {end for merge in merges for end in (merge.key, merge.target)} | set(kept)
        groups = Groups(pair for pair in self.overrides.apart() if pair.a in members and pair.b in members)
        groups.merge_all(merges)
        yield from _set_rows(groups, members, kept)
        for merge, entry in groups.refused:
            yield Row(REFUSED, "", "", encode([merge.key[0], merge.key[1], merge.name, merge.reason, entry]))
        named = self.overrides.keys() & members
        yield from (Row("override", key_text(k), "", key_text(groups.find(k))) for k in sorted(named))


def _set_rows(groups: Groups, members: set[Key], kept: Mapping[Key, str]) -> Iterator[Row]:
    sets: dict[Key, tuple[list[Key], list[Any], list[Key], list[Any]]] = {}  # members, accepted merges, lesser keys, kept apart
    for member in sorted(members):
        root = groups.find(member)
        found = sets.setdefault(root, ([], [], [], []))
        found[0].append(member)
        found[2].extend([member] if member in groups.lesser else ())
        found[3].extend([[member, kept[member]]] if member in kept else ())
        if member != root:
            yield Row("root", key_text(member), "0", key_text(root))
    for merge in groups.accepted:
        sets[groups.find(merge.key)][1].append(_fields(merge))
    yield from (Row("set", key_text(root), "0", encode(found)) for root, found in sets.items())


class _Rooted(PerKey):
    """The set of a key for each paper that asks; a key that stands alone needs no telling."""

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        root = ""
        for row in rows:
            if row.to == "root":
                root = row.value
            elif root:
                yield Row("rooted", row.value, "0", encode([key, root]))


@dataclass(frozen=True)
class _Lead(PerKey):
    """Placements under the set that each belongs to, when what is one thing in their paper stands together."""

    overrides: Overrides
    roots: Roots  # of the keys of the overrides

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        by_stream = {to: [row.value for row in some] for to, some in itertools.groupby(rows, key=lambda row: row.to)}
        pairs = [(key_of(k), key_of(root)) for k, root in map(decode, by_stream.get("rooted", ()))]
        roots = dict(self.roots) | dict(pairs)
        groups = Groups.known(roots, self.overrides.apart(), (), ())
        entities = Entities(groups, shipped_lexicon(), self.overrides, {})
        for placement in with_leaders(list(map(_placement, decode(by_stream["placed"][0]))), groups.find):
            readings = (*placement.readings, *([placement.leader] if placement.leader else ()))
            asked = {k for reading in readings for k in (reading.key, reading.meant)}
            known = [[k, roots[k]] for k in sorted(asked) if k in roots]
            root = key_text(entities.root_of(placement))
            yield Row("at", root, f"1{placement.paper}", encode([_placement_values(placement), known]))


@dataclass(frozen=True)
class _Resolve(PerKey):
    """The entity of a set of keys, why its forms are there, and which entities of papers it is."""

    overrides: Overrides
    roots: Roots  # of the keys of the overrides

    def one(self, key: str, rows: Iterator[Row]) -> Iterator[Row]:
        root = key_of(key)
        accepted: list[Merge] = []
        lesser: list[Key] = []
        kept: dict[Key, str] = {}
        roots, placements = dict(self.roots), list[Placement]()
        shared: dict[tuple[Reading, ...], tuple[Reading, ...]] = {}  # most papers mean the same by the same: each is held once
        for row in rows:
            if row.to == "set":
                members, merges, some, apart = decode(row.value)
                roots |= {tuple(member): root for member in members}
                accepted, lesser = list(map(_merge, merges)), [tuple(k) for k in some]
                kept = {tuple(k): detail for k, detail in apart}
            else:
                values, known = decode(row.value)
                roots |= {tuple(k): tuple(found) for k, found in known}
                placement = _placement(values)
                readings = shared.setdefault(placement.readings, placement.readings)
                placements.append(dataclasses.replace(placement, readings=readings))
        groups = Groups.known(roots, self.overrides.apart(), accepted, lesser)
        found = Entities(groups, shipped_lexicon(), self.overrides, kept).resolution(placements, {}, with_reasons=True)
        for entity in found.entities.values():
            yield Row(ENTITY, f"entity\t{entity.id}", "0", entity.model_dump_json())
        for (paper, entity_type, index), entity_id in found.assignments.items():
            yield Row(ASSIGNED, paper, "0", encode([entity_type, index, entity_id]))
        yield from (Row(REASON, reason.id, reason.form, reason.model_dump_json()) for reason in found.reasons)
        yield from (Row(REFUSED, "", "", encode([r.type, r.a, r.b, r.reason, r.override])) for r in found.refused)


@dataclass(frozen=True)
class Resolved(Generic[Table]):
    """The result of resolving."""

    entities: Table  # streams ENTITY, ASSIGNED, REASON
    counts: Table  # stream COUNT: names left out
    refusals: tuple[Refusal, ...]


def resolve(engine: Engine[Table], extractions: Table, overrides: Overrides) -> Resolved[Table]:
    """The resolution that kg.resolve gives for all of the stream EXTRACTION."""
    names = engine.run("names", _Names(), [extractions], by_key=False)
    facts = engine.run("short forms", _Facts(), [engine.select(names, "definition", "want")])
    placed = engine.run("placements", _Place(overrides), [engine.select(names, "names"), engine.select(facts, "known")])
    steps = _closure(engine, engine.select(placed, "name"), engine.select(facts, "fact"), overrides)
    steps.append(engine.load(row for merge in overrides.merges() for row in _merge_rows(merge)))
    labels = components(engine, "sets", [engine.select(table, SAME) for table in steps])
    parts = engine.run("sets by component", _ByComponent(), [labels, *(engine.select(table, "merge", "kept") for table in steps)])
    sets = engine.run("merges", _Group(overrides), [parts])
    roots = {key_of(row.key): key_of(row.value) for row in engine.collect(engine.select(sets, "override"))}
    rooted = engine.run("sets of papers", _Rooted(), [engine.select(sets, "root"), engine.select(placed, "asked")])
    led = engine.run("leaders", _Lead(overrides, roots), [rooted, engine.select(placed, "placed")])
    entities = engine.run("entities", _Resolve(overrides, roots), [engine.select(sets, "set"), led])
    refused = {row.value for table in (sets, entities) for row in engine.collect(engine.select(table, REFUSED))}
    return Resolved(entities, engine.select(placed, COUNT), tuple(_refusal(values) for values in sorted(map(decode, refused))))


def _refusal(values: list[Any]) -> Refusal:
    entity_type, a, b, reason, entry = values
    return Refusal(type=entity_type, a=a, b=b, reason=reason, override=entry)


def _closure(engine: Engine[Table], names: Table, facts: Table, overrides: Overrides) -> list[Table]:
    """The steps from all names, and from all that they lead to, round by round until there is no new name."""
    seen: list[Table] = []
    steps: list[Table] = []
    for number in itertools.count(1):
        fresh = engine.run(f"names, round {number}", _Fresh(), [names, *seen])
        seen.append(engine.select(fresh, "seen"))
        if not engine.n_rows(seen[-1]):
            break
        known = engine.run(f"facts, round {number}", _Answer(), [facts, engine.select(fresh, "want")])
        steps.append(engine.run(f"rules, round {number}", _Steps(overrides), [seen[-1], known]))
        names = engine.select(steps[-1], "name")
    return steps
