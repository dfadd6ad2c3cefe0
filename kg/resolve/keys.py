"""The key of a name: names of one type with equal keys are one thing."""

from __future__ import annotations

import functools
import re
import unicodedata
from importlib import resources

from kg.resolve.shorts import abbreviates
from kg.resolve.words import spell_greek, word_key
from schemas.extraction import EntityType
from schemas.text import clean_name

# Words at the end of a name that say what kind of thing it is: never what tells two things of the type apart.
GENERIC_HEADS: dict[EntityType, frozenset[str]] = {
    "dataset": frozenset({"dataset", "data", "corpus", "benchmark", "database"}),
    "method": frozenset({"method", "algorithm", "framework", "approach", "technique"}),
    "task": frozenset({"task", "problem"}),
    "metric": frozenset({"score", "metric", "measure"}),
}

# What is another thing than a method or model of it: "kernel methods", "language models", "the cross-entropy method".
OTHER_WITHOUT_HEAD = frozenset((resources.files("kg.resolve") / "lexicon" / "other_without_head.tsv").read_text("utf-8").split())

_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[.,/:\-–\s]\s*(?=\d)")
_EMPHASIS = re.compile(r"(\*{1,3})(?=\S)(.+?)(?<=\S)\1")
_ELL = re.compile(r"\bell(?=[\s_-]?\d)")
_WORD = re.compile(r"[^\W_](?:[^\W_]|(?<=\d)\.(?=\d)|['’](?=s\b))*[+#*]*")
_IN_BRACKETS = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]]$")
_ABBREVIATION_INSIDE = re.compile(r"([^()]*[^()\s])\s*\(([^()\s]{2,12})\)\s+(?=\w)")
_LONGEST = 1_000  # characters: a longer text is no name, and the pattern's time grows with the square
_PRE = frozenset({"the"})


@functools.lru_cache(maxsize=200_000)
def plain_name(form: str) -> str:
    """`form` as plain words: no LaTeX residue, emphasis or Greek letters, compatibility characters resolved.

    A name that its abbreviation follows in brackets goes without it: "generative adversarial network (GAN)".
    """
    text = unicodedata.normalize("NFKC", clean_name(form))
    text = _EMPHASIS.sub(r"\2", spell_greek(text)).replace("&", " and ")
    text = " ".join(_ELL.sub("l", text).split())
    text = _ABBREVIATION_INSIDE.sub(_without_abbreviation, text) if "(" in text and len(text) <= _LONGEST else text
    if (found := _IN_BRACKETS.match(text)) is None:
        return text
    before, inside = found.groups()
    if abbreviates(inside, before):
        return before
    return inside if abbreviates(before, inside) else text


def _without_abbreviation(match: re.Match[str]) -> str:
    """The words before an abbreviation in brackets that stands for them or for the last of them: without the brackets."""
    before, inside = match.groups()
    words = before.split()
    stands = any(abbreviates(inside, " ".join(words[start:])) for start in range(len(words)))
    return f"{before} " if stands else match[0]


def words_of(name: str) -> list[str]:
    """The words of a plain name; hyphens part words, marks between digits do not ("3.5" is one word, not "35")."""
    words = _WORD.findall(_BETWEEN_DIGITS.sub(".", name))
    return words[1:] if len(words) > 1 and words[0].lower() in _PRE else words


def name_key(entity_type: EntityType, form: str) -> str:
    """The key of a surface form: its words without case, accents, hyphens, spaces, plural, British spelling, generic head.

    Digits stay apart where a mark parts them ("3.5" is not "35"); "+", "#" and "*" at a word's end stay (C++, C#, A*).
    Empty when the form holds no letter or digit.
    """
    return words_key(entity_type, words_of(plain_name(form)))


def words_key(entity_type: EntityType, words: list[str]) -> str:
    """The key of a name given as its words."""
    keys = [word_key(word) for word in words]
    return _key(keys[: _end_of_name(keys, GENERIC_HEADS[entity_type])])


def plain_key(words: list[str]) -> str:
    """The key of a name whatever its type: generic heads are kept."""
    return _key([word_key(word) for word in words])


def _key(keys: list[str]) -> str:
    if keys[1:] and keys[-1] == "s":  # a size, "ViT-S": neither the plural "ViTs" nor "VITS"
        keys = [*keys[:-1], ".s"]
    key = "".join(keys)
    return key if any(c.isalnum() for c in key) else ""


def _end_of_name(keys: list[str], heads: frozenset[str]) -> int:
    """How many of the words are the name; "data set" counts as one generic head."""
    end = len(keys)
    while end > 1:
        step = 2 if keys[end - 2 : end] == ["data", "set"] else 1 if keys[end - 1] in heads else 0
        rest = "".join(keys[: end - step])
        if not step or len(rest) < 2 or rest in OTHER_WITHOUT_HEAD:
            break
        end -= step
    return end
