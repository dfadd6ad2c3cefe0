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
    single = singular(short)
    letters = _LETTERS.findall(single)
    if not (looks_short(short) and len(long) > len(short) and re.search(r"[\s-]", long)):
        return False
    if {single.lower(), short.lower()} & set(re.split(r"[\s-]+", long.lower())):
        return False  # "GAN" is not short for "GAN training"
    if letters[0].lower() != long.lstrip()[:1].lower():
        return False
    rest = iter(long.lower())
    return all(any(c == letter.lower() for c in rest) for letter in letters)


def is_initialism(short: str, long: str) -> bool:
    """Whether `short` can stand for `long` and each of its capitals starts a word there, in order."""
    starts = iter(word[0].lower() for word in re.findall(r"[^\W_]+", long))
    return abbreviates(short, long) and all(any(c.lower() == start for start in starts) for c in singular(short) if c.isupper())


def singular(short: str) -> str:
    """A short form without the "s" of its plural: "GANs" is "GAN"."""
    return short[:-1] if short.endswith("s") and short[-2:-1].isupper() else short
