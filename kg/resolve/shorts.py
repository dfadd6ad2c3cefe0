"""Short forms: whether letters can stand for words."""

from __future__ import annotations

import re

_LETTERS = re.compile(r"[^\W_]")
_MAX_SHORT = 12  # characters


def looks_short(text: str) -> bool:
    """Whether `text` is written like an abbreviation: one word of 2 to 12 characters with two capitals or more."""
    return 2 <= len(text) <= _MAX_SHORT and " " not in text and sum(c.isupper() for c in text) >= 2


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` can stand for `long`: its letters follow each other in `long`, the first at the start, capitals at
    the starts of words or inside them (Schwartz and Hearst 2003), and `long` is a name of several words.
    """
    letters = _LETTERS.findall(short.removesuffix("s") if short[-2:-1].isupper() else short)
    if not (looks_short(short) and len(long) > len(short) and re.search(r"[\s-]", long)):
        return False
    if letters[0].lower() != long.lstrip()[:1].lower():
        return False
    rest = iter(long.lower())
    return all(any(c == letter.lower() for c in rest) for letter in letters)
