"""The word pieces of an encoder, cut down to those that our texts need."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from tokenizers import Tokenizer

from kg.extract.units import WORD

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")  # they come first in a trimmed vocabulary
MASK = SPECIAL.index("[MASK]")


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a file, without padding and truncation."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs in `texts`."""
    words: Counter[str] = Counter()
    for text in texts:
        words.update(WORD.findall(text))
    names = list(words)
    encoded = tokenizer.encode_batch([[word] for word in names], is_pretokenized=True, add_special_tokens=False)
    pieces: Counter[str] = Counter()
    for word, encoding in zip(names, encoded, strict=True):
        for piece in encoding.tokens:
            pieces[piece] += words[word]
    return pieces


def trim(tokenizer: Tokenizer, seen: Mapping[str, int], least: int) -> tuple[Tokenizer, list[int]]:
    """A tokenizer with the special pieces, the single ASCII characters and the pieces seen `least` times.

    Gives also the old ids of its pieces, in the new order.
    """
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    single = {piece for piece in vocabulary if len(piece.removeprefix("##")) == 1 and piece.isascii()}
    ordinary = [p for p in sorted(vocabulary, key=lambda p: vocabulary[p]) if p in single or seen.get(p, 0) >= least]
    kept = [*SPECIAL, *(piece for piece in ordinary if piece not in SPECIAL)]
    specification = json.loads(tokenizer.to_str())
    specification["model"]["vocab"] = {piece: number for number, piece in enumerate(kept)}
    for token in specification["added_tokens"]:
        token["id"] = kept.index(token["content"])
    specification["post_processor"] = specification["padding"] = specification["truncation"] = None
    return Tokenizer.from_str(json.dumps(specification)), [vocabulary[piece] for piece in kept]
