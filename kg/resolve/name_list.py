"""Lists of names: `{"type", "name"}` a line in, the node of each out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from kg.resolve.keys import name_key
from kg.resolve.meanings import PaperNames
from kg.resolve.overrides import NO_OVERRIDES, Overrides
from kg.resolve.resolver import resolve_names
from schemas.errors import InputError, RecordError, excerpt
from schemas.extraction import ENTITY_TYPES, EntityType
from schemas.resolution import Refusal
from schemas.standard_input import NAME, standard_input
from schemas.text import encodable

STANDARD_INPUT = "-"
# A list names no papers: its names stand under this id, which no paper has.
_LIST = ""

TypedName = tuple[EntityType, str]


@dataclass(frozen=True)
class ResolvedNames:
    """The node of each name of a list, in order."""

    names: Sequence[TypedName]
    ids: Sequence[str]
    canonicals: Sequence[str]
    refused: tuple[Refusal, ...]

    def lines(self) -> Iterator[str]:
        """A JSON line a name: type, name, id, canonical."""
        for (entity_type, name), node_id, canonical in zip(self.names, self.ids, self.canonicals, strict=True):
            yield json.dumps({"type": entity_type, "name": name, "id": node_id, "canonical": canonical}, ensure_ascii=False)


def resolve_list(names: Iterable[TypedName], corpus: Iterable[PaperNames] = (), overrides: Overrides = NO_OVERRIDES) -> ResolvedNames:
    """Resolve names, each of which holds a letter or digit, together with those of the papers of `corpus`."""
    given = list(names)
    distinct = sorted(set(given))
    place = {name: index for index, name in enumerate(distinct)}
    listed = PaperNames(_LIST, tuple((entity_type, index, (name,)) for index, (entity_type, name) in enumerate(distinct)), one_text=False)
    found = resolve_names([listed, *corpus], overrides, with_reasons=False)
    nodes = [found.entities[found.assignments[_LIST, name[0], place[name]]] for name in given]
    return ResolvedNames(given, [node.id for node in nodes], [node.name for node in nodes], found.refused)


def read_names(source: str, skipped: Counter[str] | None = None) -> Iterator[TypedName]:
    """The names in a JSON-lines file ("-": standard input).

    Raises InputError, and RecordError for a broken line; with `skipped` these are counted there and left out.
    """
    try:
        if source == STANDARD_INPUT:
            with standard_input() as lines:
                yield from _names(NAME, lines, skipped)
        else:
            with Path(source).open(encoding="utf-8-sig") as lines:
                yield from _names(source, lines, skipped)
    except OSError as error:
        raise InputError(source, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(source, "is not UTF-8 text") from error


def _names(file: str, lines: TextIO, skipped: Counter[str] | None) -> Iterator[TypedName]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _name(file, number, line)
        except RecordError as error:
            if skipped is None:
                raise
            skipped[error.reason] += 1


def _name(file: str, number: int, line: str) -> TypedName:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(file, number, "not valid JSON", excerpt(line)) from error
    if not isinstance(record, dict) or not isinstance(record.get("name"), str):
        raise RecordError(file, number, "not an object with 'type' and 'name'", excerpt(line))
    if record.get("type") not in ENTITY_TYPES:
        choices = ", ".join(ENTITY_TYPES)
        raise RecordError(file, number, "unknown type", f"{excerpt(str(record.get('type')))}; choose one of {choices}")
    if not name_key(record["type"], record["name"]):
        raise RecordError(file, number, "name without a letter or digit", excerpt(record["name"]))
    if record["name"] != encodable(record["name"]):
        raise RecordError(file, number, "name with half a character (a lone surrogate)", excerpt(record["name"]))
    return record["type"], record["name"]
