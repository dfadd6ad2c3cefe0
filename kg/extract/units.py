"""What a span model labels: the words of title and abstract, with their shape and sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from schemas.extraction import FieldName

WORD = re.compile(r"[^\W_]+|[^\s]")
LETTERS = re.compile(r"[^\W_]+")
FIELDS: tuple[FieldName, ...] = ("title", "abstract")
N_SHAPES = 24  # number of shape codes; 0 is for the special pieces

_SENTENCE_END = re.compile(r"[.!?][)\]\"'”’]*\s+(?=[^a-z\s])")
_PLURAL = re.compile(r"[^\W\d_]s$")


@dataclass(frozen=True, slots=True)
class Word:
    """One unit of labelling: a run of letters and digits, or one other visible character."""

    field: int  # index into FIELDS
    start: int  # code points into the field
    end: int  # exclusive
    shape: int  # 1 .. N_SHAPES - 1
    sentence: int  # number of the sentence in the paper; the title is 0


# The fields of a paper, in the order of FIELDS.
Fields = tuple[str, str]


def paper_words(fields: Fields) -> list[Word]:
    """The words of both fields, in order, with shape and sentence number."""
    out: list[Word] = []
    sentence = 0
    for field, text in enumerate(fields):
        ends = [match.end() for match in _SENTENCE_END.finditer(text)] if field else []
        passed, last = 0, -1
        for match in WORD.finditer(text):
            while passed < len(ends) and match.start() >= ends[passed]:
                passed, sentence = passed + 1, sentence + 1
            glued = match.start() == last
            last = match.end()
            out.append(Word(field, match.start(), last, 1 + 2 * shape(match.group()) + glued, sentence))
        sentence += 1
    return out


@lru_cache(maxsize=65536)
def shape(word: str) -> int:
    """Case and character class of a word, 0 .. 10: case is what an uncased encoder does not see."""
    if not word[0].isalnum():
        return 0
    if word.isdigit():
        return 1
    if any(c.isdigit() for c in word):
        return 2 if word == word.lower() else 3
    return _case(word)


def _case(word: str) -> int:
    """4 lower, 5 one capital, 6 upper, 7 upper with a plural s, 8 capitalised, 9 mixed after a capital, 10 other mixed."""
    if word == word.lower():
        return 4
    if len(word) == 1:
        return 5
    if word == word.upper():
        return 6
    if word.endswith("s") and word[:-1] == word[:-1].upper():
        return 7
    if word[0] == word[0].upper():
        return 8 if word[1:] == word[1:].lower() else 9
    return 10


def form(fields: Fields, words: Sequence[Word], first: int, last: int) -> str:
    """The text of words first .. last (inclusive), which lie in one field."""
    return fields[words[first].field][words[first].start : words[last].end]


def form_key(text: str) -> str:
    """Forms of one paper with equal keys are one entity: NFKC, casefolded, letters, digits, "+" and "#", minus a plural s."""
    text = unicodedata.normalize("NFKC", text).strip()
    if _PLURAL.search(text) and not text.endswith("ss") and len(text) > 2:
        text = text[:-1]
    return "".join(c for c in text.casefold() if c.isalnum() or c in "+#")


def windows(words: Sequence[Word], sizes: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Half-open word ranges of at most `limit` pieces; `sizes` are the words' numbers of pieces.

    A range ends at the end of a sentence where it can, and the next one starts a sentence earlier: nothing is cut off.
    """
    out: list[tuple[int, int]] = []
    start = 0
    while True:
        end, used = start, 0
        while end < len(words) and used + sizes[end] <= limit:
            used, end = used + sizes[end], end + 1
        if end == len(words):
            return [*out, (start, end)]
        cut = _last_sentence_start(words, start, max(end, start + 1)) or max(end, start + 1)
        out.append((start, cut))
        back = _last_sentence_start(words, start, cut) or cut
        start = back if cut - back < (cut - start) // 2 else cut


def _last_sentence_start(words: Sequence[Word], start: int, end: int) -> int:
    """The last word in start + 1 .. end - 1 that opens a sentence; 0 when none does."""
    return max((i for i in range(start + 1, end) if words[i].sentence != words[i - 1].sentence), default=0)
