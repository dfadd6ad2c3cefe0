"""Which mentions of one paper are the same entity: equal keys, and short forms with their long forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_PLURAL = re.compile(r"(?<=[^\W\d_])(?<![su])(?<!is)s$")


def form_key(form: str) -> str:
    """The form without case, hyphens, spaces and a plural "s": forms of one paper with equal keys are one entity."""
    text = _PLURAL.sub("", unicodedata.normalize("NFKC", form).strip())
    key = "".join(c for c in text.casefold() if c.isalnum() or c in "+#")
    return key or form.strip().casefold()


def group_forms(forms: Sequence[str], abbreviations: Iterable[tuple[str, str]]) -> list[int]:
    """The group of each form, numbered from 0 in order of appearance.

    Forms are of one group when their keys are equal or an abbreviation joins them; a form in which a defined short form
    stands beside its long form ("vision transformer (ViT)") joins both.
    """
    short_keys = {form_key(short): form_key(long) for short, long in abbreviations}
    keys = []
    for form in forms:
        key = form_key(form)
        for short, long in short_keys.items():
            if key in (short, long + short, short + long):
                key = long
        keys.append(key)
    numbers: dict[str, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
