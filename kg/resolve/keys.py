"""The key of a name: names of one type with equal keys are one thing."""

from __future__ import annotations

import re
import unicodedata

from schemas.extraction import EntityType
from schemas.text import clean_name

# Only a lower-case "s" after a letter; "bias", "analysis", "loss" and "CMOS" keep theirs.
_PLURAL = re.compile(r"(?<=[^\W\d_])(?<![suia])s$")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[.,\-–](?=\d)")
_GENERIC_HEAD = re.compile(r"(?<=..)[\s-]+data\s?sets?$", re.IGNORECASE)


def name_key(entity_type: EntityType, form: str) -> str:
    """The key of a surface form: without LaTeX residue, case, accents, hyphens, spaces and a plural "s".

    Digits stay apart where a mark parts them ("3.5" is not "35"), "+" and "#" stay (C++, C#), and a dataset's name goes
    without the word "dataset". Empty when the form holds no letter or digit.
    """
    text = unicodedata.normalize("NFKC", clean_name(form)).strip()
    if entity_type == "dataset":
        text = _GENERIC_HEAD.sub("", text)
    text = _BETWEEN_DIGITS.sub("\x00", _PLURAL.sub("", text))
    folded = unicodedata.normalize("NFKD", text.casefold())
    key = "".join("." if c == "\x00" else c for c in folded if c.isalnum() or c in "+#\x00")
    return key if any(c.isalnum() for c in key) else ""
