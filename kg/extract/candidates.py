"""Candidate entities of a paper: spans taken best first, grouped by name and abbreviation, with what their places say."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kg.extract.likeness import Array, WordRange, join_acronyms
from kg.extract.units import Fields, Word, form, form_key

N_FEATURES = 9


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate mention."""

    first: int  # word
    last: int  # word, inclusive
    scores: tuple[float, ...]  # log-probability of none and of each type


def candidate_spans(log_probabilities: Array, words: Sequence[Word], floor: float) -> list[Span]:
    """Non-overlapping spans, the likeliest taken first, each with a probability above `floor` of being a mention.

    `log_probabilities` is (words, widths, 1 + types): [i, w] is the span of words i .. i + w; entry 0 is "none".
    """
    likely = -np.expm1(np.minimum(log_probabilities[..., 0], 0.0))
    firsts, widths = np.nonzero(likely > floor)
    order = np.lexsort((widths, firsts, -likely[firsts, widths]))
    taken = np.zeros(len(words), dtype=bool)
    out = []
    for first, width in zip(firsts[order].tolist(), widths[order].tolist(), strict=True):
        last = first + width
        if last < len(words) and words[first].sentence == words[last].sentence and not taken[first : last + 1].any():
            taken[first : last + 1] = True
            out.append(Span(first, last, tuple(log_probabilities[first, width].tolist())))
    return sorted(out, key=lambda span: span.first)


def group_spans(
    spans: Sequence[WordRange], fields: Fields, words: Sequence[Word], abbreviations: Iterable[tuple[str, str]]
) -> list[list[int]]:
    """Indices of the spans of each entity, in order of appearance.

    Spans are one entity when their keys are equal, when an abbreviation (short, long) joins them, when one stands in
    brackets after the other as its short form, or when one is an acronym of the other's initials.
    """
    forms = [form(fields, words, first, last) for first, last in spans]
    keys = [form_key(text) for text in forms]
    groups = _KeyGroups(keys)
    pairs = [(form_key(short), form_key(long)) for short, long in abbreviations]
    for short, long in pairs:
        groups.join(short, long)
    defined = {short for short, long in pairs if long in keys}
    for (i, a), (j, b) in itertools.pairwise(enumerate(spans)):
        if keys[j] not in defined and _is_bracketed_short_form(fields, words, a, b):
            groups.join(keys[i], keys[j])
    join_acronyms(forms, keys, groups.join)
    out: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        out.setdefault(groups.root(key), []).append(index)
    return list(out.values())


class _KeyGroups:
    """Disjoint sets of keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._parent = {key: key for key in keys}

    def root(self, key: str) -> str:
        while self._parent[key] != key:
            key = self._parent[key]
        return key

    def join(self, a: str, b: str) -> None:
        """Join the sets of two keys; a key that no span has joins nothing."""
        if a in self._parent and b in self._parent and self.root(a) != self.root(b):
            first, second = sorted((self.root(a), self.root(b)))
            self._parent[second] = first


def _is_bracketed_short_form(fields: Fields, words: Sequence[Word], long: WordRange, short: WordRange) -> bool:
    """True for "long form (SF)": `short` in brackets right after `long`, capitals that begin as one of its words does."""
    if short[0] != long[1] + 2 or short[1] + 1 >= len(words) or words[long[0]].field != words[short[1] + 1].field:
        return False
    texts = [form(fields, words, i, i) for i in (long[1] + 1, short[1] + 1)]
    if texts != ["(", ")"] or short[1] - short[0] > long[1] - long[0]:
        return False
    initials = {form(fields, words, i, i)[0].casefold() for i in range(long[0], long[1] + 1)}
    text = form(fields, words, *short)
    return sum(c.isupper() for c in text) >= 2 and text[0].casefold() in initials


def entity_features(spans: Sequence[WordRange], fields: Fields, words: Sequence[Word]) -> list[float]:
    """What an entity's places say: N_FEATURES numbers of about 0 .. 1 (frequency, title, before its colon, where first and last)."""
    last_sentence = max(1, words[-1].sentence)
    in_title = [span for span in spans if words[span[0]].field == 0]
    colon = fields[0].find(":")
    first, last = words[spans[0][0]], words[spans[-1][0]]
    starts = [words[span[0]] for span in spans]
    return [
        min(math.log1p(len(spans)), 3.0) / 3.0,
        float(bool(in_title)),
        float(any(words[span[1]].end <= colon for span in in_title)),
        float(first.sentence <= 1),
        first.sentence / last_sentence,
        last.sentence / last_sentence,
        spans[0][0] / len(words),
        float(len({form_key(form(fields, words, *span)) for span in spans}) > 1),
        float(any(fields[word.field][word.start].isupper() and word.shape >= 12 for word in starts)),
    ]
