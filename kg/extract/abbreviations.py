"""Abbreviations and their long forms.

Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", PSB 2003: a short
form in brackets after its long form (or the long form in brackets after the short one), and every letter of the short
form found in the long one from right to left, its first letter at the start of a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BRACKETS = re.compile(r"[(\[]([^()\[\]]{2,120})[)\]]")
_SEPARATOR = re.compile(r"[;,]| or | i\.e\.| e\.g\.")
_WORD_BEFORE = re.compile(r"[^\s(\[]+\s*$")
_COLON = re.compile(r"\s*(\S+?)\s*:\s+(?=\w)")
_NAME_WORD = re.compile(r"[^\W_]+")
_LINKING = frozenset({"a", "an", "and", "the", "of", "for", "in", "on", "to", "with", "by", "from", "via", "using"})
_MAX_SHORT = 10  # characters, as in the paper; words: 2


@dataclass(frozen=True)
class Definition:
    """`short` stands for `long`; offsets are code points into the text they were found in."""

    short: str
    long: str
    start: int  # of the short form
    end: int


def find_definitions(text: str) -> list[Definition]:
    """The definitions in `text`, in order of appearance, one a pair of brackets at the most, and one before a colon."""
    found = [_before_colon(text), *(_in_brackets(text, match) for match in _BRACKETS.finditer(text))]
    return [definition for definition in found if definition]


def _before_colon(text: str) -> Definition | None:
    """The definition with which many titles start: "HiSS: Hierarchical State-Space Models for ...".

    Stricter than in brackets: each letter of the short form starts a word, and the last one the last word.
    """
    match = _COLON.match(text)
    if match is None or not _is_short(match[1]) or len(match[1]) < 3:
        return None
    letters = [c.lower() for c in match[1] if c.isalnum()]
    for word in _NAME_WORD.finditer(text, match.end(), match.end() + 20 * len(letters)):
        if word[0].lower() in _LINKING:
            continue
        if word[0][0].lower() == letters[0]:
            letters.pop(0)
        elif len(letters) == len(match[1]):
            return None  # the long form starts with the first letter
        if not letters:
            start = match.end()
            return Definition(match[1], text[start : word.end()], match.start(1), match.end(1))
    return None


def _in_brackets(text: str, match: re.Match[str]) -> Definition | None:
    inner = _SEPARATOR.split(match[1])[0].strip()
    inner_start = text.index(inner, match.start(1)) if inner else match.start(1)
    if _is_short(inner) and (long := _long_form_before(text, match.start(), inner)):
        return Definition(inner, text[long[0] : long[1]], inner_start, inner_start + len(inner))
    before = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start())
    short = before.group().strip() if before else ""
    if before and _is_short(short) and len(inner) > len(short) and " " in inner and match_long_form(short, inner) == 0:
        start = before.start()
        return Definition(short, inner, start, start + len(short))
    return None


def _is_short(text: str) -> bool:
    return (
        2 <= len(text) <= _MAX_SHORT
        and len(text.split()) <= 2
        and text[0].isalnum()
        and any(c.isupper() for c in text)
        and not text.isdigit()
    )


def _long_form_before(text: str, end: int, short: str) -> tuple[int, int] | None:
    """(start, end) of the long form of `short` that ends before position `end`."""
    around = max(0, end - 400)  # not the whole text before it: there may be many brackets
    candidate_end = around + len(text[around:end].rstrip())
    n_words = min(len(short) + 5, len(short) * 2)
    words = list(re.finditer(r"\S+", text[max(0, candidate_end - 300) : candidate_end]))[-n_words:]
    if not words:
        return None
    base = max(0, candidate_end - 300) + words[0].start()
    candidate = text[base:candidate_end]
    boundary = max((m.end() for m in re.finditer(r"[.!?;:]\s", candidate)), default=0)
    candidate = candidate[boundary:]
    candidate = candidate.rstrip("\"'”’»*_~}$ ")
    offset = match_long_form(short, candidate)
    if offset is None:
        return None
    long = candidate[offset:]
    if short in long.split() or len(long) <= len(short) or not _balanced(long):
        return None
    start = base + boundary + offset
    return start, start + len(long)


def _balanced(text: str) -> bool:
    return all(text.count(opening) == text.count(closing) for opening, closing in ("()", "[]", "{}"))


def match_long_form(short: str, candidate: str) -> int | None:
    """Offset in `candidate` at which the shortest long form of `short` starts (Schwartz and Hearst, figure 1), or None.

    A plural "s" at the end of `short` ("GANs") need not be matched. Unlike in the paper, a hyphen starts a word only
    where nothing else does: SSL is "self-supervised learning", not "supervised learning".
    """
    if len(short) > 2 and short[-1] == "s" and short[-2].isupper():
        short = short[:-1]
    whole = _match_backwards(short, candidate, joined="-–‐")
    return _match_backwards(short, candidate, joined="") if whole is None else whole


def _match_backwards(short: str, candidate: str, joined: str) -> int | None:
    """As match_long_form; the characters of `joined` hold a word together."""
    position = len(candidate) - 1
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].lower()
        if not letter.isalnum():
            continue
        first = index == 0
        while position >= 0 and (
            candidate[position].lower() != letter
            or (first and position > 0 and (candidate[position - 1].isalnum() or candidate[position - 1] in joined))
        ):
            position -= 1
        if position < 0:
            return None
        position -= 1
    return position + 1
