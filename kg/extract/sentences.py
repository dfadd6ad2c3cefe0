"""Sentence boundaries of a title (one sentence) or an abstract."""

from __future__ import annotations

import re

# A full stop after these never ends a sentence ...
_GOES_ON = frozenset(
    ("e.g", "i.e", "cf", "vs", "fig", "figs", "eq", "eqs", "sec", "ref", "refs", "tab", "resp", "approx", "dr", "prof", "mr", "mrs", "viz")
)
# ... and after these it does only before a capital.
_GOES_ON_WITHOUT_CAPITAL = frozenset(("al", "etc", "no", "art", "i.i.d", "a.k.a", "w.r.t", "st", "incl", "est", "ca", "ph.d", "u.s", "p"))

_END = re.compile(r"(?<![.!?])[.!?]+[\"'”’)\]}]*(?=\s)|[。！？]")
_LAST_WORD = re.compile(r"[^\s(\[{\"“'‘]*$")
_OPENS = re.compile(r"[\"'“‘(\[{$\\]*[^\W_]")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, white space around it left out; together they hold every other character."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, match):
            _add(spans, text, start, match.end())
            start = match.end()
    _add(spans, text, start, len(text))
    return spans


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    if piece.strip():
        spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if match.group() in "。！？":
        return True
    rest = text[match.end() : match.end() + 40].lstrip()
    opening = _OPENS.match(rest)
    if not rest or opening is None:
        return not rest
    if match.group() != ".":
        return not opening.group()[-1].islower()
    found = _LAST_WORD.search(text, max(0, match.start() - 40), match.start())
    last = found.group() if found else ""
    if last.lower() in _GOES_ON or (len(last) == 1 and last.isalpha() and last.isupper()):
        return False
    goes_on = opening.group()[-1].islower() and not re.match(r"[a-z]+[A-Z0-9-]", rest)
    return not goes_on and not (last.lower() in _GOES_ON_WITHOUT_CAPITAL and not opening.group()[-1].isupper())
