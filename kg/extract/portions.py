"""Texts longer than an abstract: read in portions, so that work and memory grow with the length; what they find is joined by name."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence

from kg.extract.decisions import Accepted
from kg.extract.recognizer import PaperText
from kg.extract.units import Fields, Word, form, form_key

MOST_WORDS = 1500  # of a portion; of 56,717 papers one has more

Found = tuple[Sequence[Word], Accepted]  # a portion, and an entity in it


def portions(text: PaperText, words: Sequence[Word]) -> Iterator[tuple[PaperText, Sequence[Word]]]:
    """The words of a text, at most MOST_WORDS at a time, cut where a sentence ends if one does; with the abbreviations that matter."""
    if len(words) <= MOST_WORDS:
        yield text, words
        return
    fields = (text.title, text.abstract)
    defined: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for short, long in text.abbreviations:
        defined[form_key(short)][short, long] = None
    start = 0
    while start < len(words):
        part = words[start : _end(words, start)]
        keys = dict.fromkeys(form_key(form(fields, part, i, i)) for i in range(len(part)))
        yield dataclasses.replace(text, abbreviations=tuple(pair for key in keys for pair in defined.get(key, ()))), part
        start += len(part)


def _end(words: Sequence[Word], start: int) -> int:
    end = start + MOST_WORDS
    if end >= len(words):
        return len(words)
    return next((i for i in range(end, start, -1) if words[i].sentence != words[i - 1].sentence), end)


def same_names(found: Sequence[Found], fields: Fields) -> list[list[Found]]:
    """The entities of all portions, those that share a name together; all of a group have the type, role and score of its likeliest."""
    groups: list[list[Found]] = []
    by_key: dict[str, int] = {}
    for part, accepted in found:
        keys = {form_key(form(fields, part, *span)) for span in accepted.spans}
        number = min((by_key[key] for key in keys if key in by_key), default=len(groups))
        if number == len(groups):
            groups.append([])
        groups[number].append((part, accepted))
        by_key.update(dict.fromkeys(keys, number))
    return [_as_one(group) for group in groups]


def _as_one(group: Sequence[Found]) -> list[Found]:
    best = max((accepted for _, accepted in group), key=lambda accepted: accepted.score)
    return [(part, dataclasses.replace(a, kind=best.kind, role=best.role, score=best.score)) for part, a in group]
