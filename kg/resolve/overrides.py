"""The overrides file: what a user says is the same, is different, or is called otherwise."""

from __future__ import annotations

import csv
import io
import itertools
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from kg.resolve.keys import name_key
from kg.resolve.merges import Apart, Groups, Key, Merge
from schemas.errors import InputError, excerpt
from schemas.extraction import ENTITY_TYPES, EntityType

Action = Literal["same", "different", "canonical"]
ACTIONS: tuple[Action, ...] = get_args(Action)
COLUMNS = ["action", "type", "a", "b"]


@dataclass(frozen=True, slots=True)
class Override:
    """One entry: `a` and `b` are one thing, or are not, or the thing that has the name `a` is called `b`."""

    action: Action
    type: EntityType
    a: str
    b: str
    entry: str  # where it stands: the file and the line or entry

    @property
    def keys(self) -> tuple[Key, Key]:
        """The (type, key) of both names."""
        return (self.type, name_key(self.type, self.a)), (self.type, name_key(self.type, self.b))


@dataclass(frozen=True)
class Overrides:
    """All entries of a file."""

    entries: tuple[Override, ...] = ()

    def merges(self) -> list[Merge]:
        """What the `same` entries join."""
        return [Merge(*entry.keys, "override", entry.b, entry.entry) for entry in self.entries if entry.action == "same"]

    def apart(self) -> list[Apart]:
        """What the `different` entries keep apart."""
        return [Apart(*entry.keys, entry.entry) for entry in self.entries if entry.action == "different"]

    def keys(self) -> set[Key]:
        """Every key that an entry names."""
        return {key for entry in self.entries for key in entry.keys}

    def names(self) -> dict[Key, Override]:
        """The `canonical` entries by the key of the name they are given for."""
        return {entry.keys[0]: entry for entry in self.entries if entry.action == "canonical"}


NO_OVERRIDES = Overrides()


def load_overrides(path: Path | None) -> Overrides:
    """The entries of a TOML (`.toml`) or CSV (`.csv`) file, none for None; raises InputError naming the file and the line or entry."""
    if path is None:
        return NO_OVERRIDES
    readers = {".toml": _from_toml, ".csv": _from_csv}
    if path.suffix.lower() not in readers and path.is_file():
        raise InputError(str(path), f"unknown kind of overrides file {path.suffix!r}; choose one of .csv, .toml")
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), "is not UTF-8 text") from error
    overrides = Overrides(tuple(readers[path.suffix.lower()](str(path), text)))
    _check(overrides)
    return overrides


def _from_csv(file: str, text: str) -> Iterator[Override]:
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    if [name.strip() for name in header] != COLUMNS:
        raise InputError(f"{file}, line 1", f"the header is {excerpt(','.join(header))}, expected {','.join(COLUMNS)}")
    for row in rows:
        place = f"{file}, line {rows.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(COLUMNS):
            raise InputError(place, f"{len(row)} cells, expected {len(COLUMNS)}: {','.join(COLUMNS)}")
        action, type_name, a, b = (cell.strip() for cell in row)
        yield _override(action, type_name, a, b, place)


def _from_toml(file: str, text: str) -> Iterator[Override]:
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(file, f"not valid TOML: {error}") from error
    for action, entries in tables.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise InputError(file, f"{action!r} is not a list of tables; write [[{action}]]")
        for number, entry in enumerate(entries, 1):
            place = f"{file}, [[{action}]] {number}"
            for a, b in _toml_pairs(action, entry, place):
                yield _override(action, entry.get("type"), a, b, place)


def _toml_pairs(action: str, entry: dict[str, Any], place: str) -> list[tuple[Any, Any]]:
    """`names` as pairs: for `same` each with the first, for `different` each with each; for `canonical` the two names."""
    expected = {"type", "name", "canonical"} if action == "canonical" else {"type", "names"}
    if action in ACTIONS and set(entry) != expected:
        raise InputError(place, f"fields {', '.join(sorted(entry)) or 'none'}, expected {', '.join(sorted(expected))}")
    if action == "canonical":
        return [(entry["name"], entry["canonical"])]
    names = entry.get("names")
    if action in ACTIONS and (not isinstance(names, list) or len(names) < 2):
        raise InputError(place, "'names' is not a list of two names or more")
    pairs = itertools.combinations(names or ["", ""], 2)
    return [(a, b) for a, b in pairs if action == "different" or a is (names or [""])[0]]


def _override(action: str, type_name: Any, a: Any, b: Any, place: str) -> Override:
    if action not in ACTIONS:
        raise InputError(place, f"unknown action {action!r}; choose one of {', '.join(ACTIONS)}")
    if type_name not in ENTITY_TYPES:
        raise InputError(place, f"unknown type {type_name!r}; choose one of {', '.join(ENTITY_TYPES)}")
    for name in (a, b):
        if not isinstance(name, str) or not name_key(type_name, name):
            raise InputError(place, f"{excerpt(str(name))} is not a name: it holds no letter or digit")
    return Override(action, type_name, a, b, place)


def _check(overrides: Overrides) -> None:
    """Refuse entries that contradict each other, or the rule that equal keys are one thing."""
    groups = Groups()
    groups.merge_all(overrides.merges())
    for entry in overrides.entries:
        a, b = entry.keys
        if entry.action == "different" and a == b:
            raise InputError(entry.entry, f"{entry.a!r} and {entry.b!r} have the same key {a[1]!r}, so they cannot be kept apart")
        if entry.action == "different" and groups.find(a) == groups.find(b):
            raise InputError(entry.entry, f"{entry.a!r} and {entry.b!r} are 'same' by other entries")
    called: dict[Key, set[str]] = defaultdict(set)
    for entry in overrides.entries:
        if entry.action == "canonical":
            called[groups.find(entry.keys[0])].add(entry.b)
            if len(names := called[groups.find(entry.keys[0])]) > 1:
                raise InputError(entry.entry, f"{entry.a!r} has two canonical names: {', '.join(map(repr, sorted(names)))}")
