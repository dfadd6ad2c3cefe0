"""Words in one spelling: singular for plural, American for British, names of Greek letters for the letters."""

from __future__ import annotations

import functools
import re
import unicodedata

# Words that join others and tell nothing themselves.
LINKING = frozenset({"a", "an", "and", "the", "of", "for", "in", "on", "to", "with", "by", "from", "via", "using"})
STEM = 5  # letters of a word that its inflected forms share

_IRREGULAR = {
    "analyses": "analysis",
    "bases": "basis",
    "biases": "bias",
    "corpora": "corpus",
    "criteria": "criterion",
    "hypotheses": "hypothesis",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "datasets": "dataset",
    "movies": "movie",
    "news": "news",
    "series": "series",
    "species": "species",
    "lens": "lens",
    "lenses": "lens",
}
_IES = re.compile(r"(?<=[a-z]{2})ies$")
# Fields and the like, which are no plurals; "metrics" and "topics" are.
_ICS = re.compile(r"(?<!metr)(?<!top)(?<!crit)(?<!log)(?<!heurist)(?<!characterist)ics$", re.IGNORECASE)
_ES = re.compile(r"(?<=ss|sh|zz)es$|(?<=x)es$|(?<=tch|nch|rch)es$|(?<=oach|each)es$")
# Only a lower-case "s" after a letter: "bias", "analysis", "loss" and "CMOS" keep theirs, "GPUs" and "LoRAs" lose it.
_S = re.compile(r"(?<=[^\W\d_])(?<![suia])s$")

# British to American, on words in lower case. "iz" becomes "is" (and not the other way round) because the few words with
# a real "iz" ("size") stay apart from all others, while many have a real "is" ("noise", "supervised").
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"([iy])z(?=(?:e|ed|es|er|ers|ing|ation|ations|able)$)"), r"\1s"),
    (re.compile(r"(behavi|neighb|tum|^col|^fav|^flav)our"), r"\1or"),
    (re.compile(r"(odel|label|signal|travel)l(?=ing|ed|er)"), r"\1"),
    (re.compile(r"(^cent|^met|^fib)re$"), r"\1er"),
    (re.compile(r"(defen|offen|licen)ce$"), r"\1se"),
    (re.compile(r"((?:dia|cata|ana)log)ue$"), r"\1"),
    (re.compile(r"^grey(?=$|scale)"), "gray"),
    (re.compile(r"^artefact$"), "artifact"),
    (re.compile(r"^programme$"), "program"),
)
_POSSESSIVE = re.compile(r"['’]s$")
_GREEK = re.compile(r"[\u0370-\u03ff]")


def singular(word: str) -> str:
    """`word` without its plural ending where that is safe, else `word` itself; irregular plurals in lower case."""
    lower = word.lower()
    if not word.endswith("s") and lower not in _IRREGULAR:
        return word
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if _ICS.search(word):
        return word
    for ending, replacement in ((_IES, "y"), (_ES, "")):
        if ending.search(word):
            return ending.sub(replacement, word)
    return _S.sub("", word)


def american(word: str) -> str:
    """A word in lower case in one of its spellings: British and American give the same (not always an existing word)."""
    if len(word) < 4 or not word.isalpha():
        return word
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return word


@functools.lru_cache(maxsize=100_000)
def word_key(word: str) -> str:
    """The key of one word: singular, without case, accents and a possessive 's, in one spelling."""
    folded = unicodedata.normalize("NFKD", singular(_POSSESSIVE.sub("", word)).casefold())
    return american("".join(c for c in folded if c.isalnum() or c in "+#*."))


def spell_greek(text: str) -> str:
    """`text` with every Greek letter as its name: "β-VAE" is "beta-VAE"; "µ" must have been normalised (NFKC) to "μ"."""
    return _GREEK.sub(_letter_name, text) if _GREEK.search(text) else text


def _letter_name(match: re.Match[str]) -> str:
    name = unicodedata.name(match[0], "").split()
    return name[3].lower().replace("lamda", "lambda") if name[:1] == ["GREEK"] and "LETTER" in name[:3] and len(name) > 3 else match[0]
