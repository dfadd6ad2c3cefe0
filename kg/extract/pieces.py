"""Word pieces: how a span model's encoder is given the words of a paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from kg.extract.units import Word

_MOST_KNOWN = 65536  # words whose pieces are kept: most words of a text stood in others before
_LONGEST_KNOWN = 100  # characters of such a word; longer ones are seldom seen twice


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces of one window: [CLS] first, [SEP] after the title and last."""

    ids: list[int]
    shapes: list[int]  # of the piece's word, 0 for special pieces
    fields: list[int]  # 0 special, 1 title, 2 abstract
    first: list[int]  # per word: index of its first piece
    last: list[int]  # per word: index of its last piece


@dataclass(frozen=True)
class PieceEncoder:
    """Turns words into word pieces; a word that has none (a control character) becomes [UNK]. Threads may share one."""

    tokenizer: Tokenizer
    cls: int
    sep: int
    unk: int
    known: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)  # words split before, up to _MOST_KNOWN

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> PieceEncoder:
        """Wrap a BERT-style tokenizer."""
        cls_id, sep_id, unk_id = (tokenizer.token_to_id(piece) for piece in ("[CLS]", "[SEP]", "[UNK]"))
        if cls_id is None or sep_id is None or unk_id is None:
            raise ValueError("the tokenizer has no [CLS], [SEP] or [UNK]")
        return cls(tokenizer, cls_id, sep_id, unk_id)

    def split(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Piece ids of each word, at least one a word."""
        found = {text: pieces for text in texts if (pieces := self.known.get(text))}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            split = self._split(new)
            found |= split
            self._keep({text: pieces for text, pieces in split.items() if len(text) <= _LONGEST_KNOWN})
        return [found[text] for text in texts]

    def _split(self, texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The pieces of different words."""
        encoded = self.tokenizer.encode(list(texts), is_pretokenized=True, add_special_tokens=False)
        pieces: dict[int, list[int]] = defaultdict(list)
        for piece, word in zip(encoded.ids, encoded.word_ids, strict=True):
            pieces[word or 0].append(piece)
        return {text: tuple(pieces[number]) or (self.unk,) for number, text in enumerate(texts)}

    def _keep(self, pieces: Mapping[str, tuple[int, ...]]) -> None:
        """Keep the pieces of new words; when there are too many, all that were kept go first."""
        if len(self.known) + len(pieces) > _MOST_KNOWN:
            self.known.clear()
        if len(pieces) <= _MOST_KNOWN:
            self.known.update(pieces)

    def pack(self, words: Sequence[Word], pieces: Sequence[Sequence[int]]) -> Pieces:
        """Lay words out as one model input."""
        out = Pieces([self.cls], [0], [0], [], [])
        previous = words[0].field if words else 0
        for word, ids in zip(words, pieces, strict=True):
            if word.field != previous:
                self._separate(out)
                previous = word.field
            out.first.append(len(out.ids))
            out.ids.extend(ids)
            out.shapes.extend([word.shape] * len(ids))
            out.fields.extend([word.field + 1] * len(ids))
            out.last.append(len(out.ids) - 1)
        self._separate(out)
        return out

    def _separate(self, out: Pieces) -> None:
        out.ids.append(self.sep)
        out.shapes.append(0)
        out.fields.append(0)
