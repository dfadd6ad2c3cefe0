"""Word boundaries: letter-digit runs and single marks, so that every name in a text starts and ends at a word."""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from kg.extract.units import WORD


class WordTokenizer:
    """Splits a text into words (runs of letters and digits) and single other characters: "CIFAR-10" is three words."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return the Doc of `text`; `Doc.text` is `text`, whatever white space it holds."""
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for match in WORD.finditer(text):
            self._add_gap(text[end : match.start()], words, spaces)
            words.append(match.group())
            spaces.append(False)
            end = match.end()
        self._add_gap(text[end:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    @staticmethod
    def _add_gap(gap: str, words: list[str], spaces: list[bool]) -> None:
        """Keep one plain space on the word before it and every other white space as a word of its own."""
        if gap.startswith(" ") and words and not spaces[-1]:
            spaces[-1] = True
            gap = gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)

    def to_bytes(self, **kwargs: object) -> bytes:
        """Nothing to save: the rule is code."""
        return b""

    def from_bytes(self, data: bytes, **kwargs: object) -> WordTokenizer:
        """Nothing to load."""
        return self

    def to_disk(self, path: object, **kwargs: object) -> None:
        """Nothing to save."""

    def from_disk(self, path: object, **kwargs: object) -> WordTokenizer:
        """Nothing to load."""
        return self


@registry.tokenizers("paperkg.words.v1")  # type: ignore[untyped-decorator]
def make_word_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Factory by which a spaCy config names this tokenizer."""
    return lambda nlp: WordTokenizer(nlp.vocab)
