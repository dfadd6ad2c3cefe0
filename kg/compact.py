"""Extractions in little memory: as compressed JSON, a tenth or less of the records; each is made anew whenever it is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import overload

from schemas.extraction import Extraction

_LEVEL = 1  # of compression: the quickest


def pack(extraction: Extraction) -> bytes:
    """An extraction in little memory."""
    return zlib.compress(extraction.to_json().encode(), _LEVEL)


def unpack(data: bytes) -> Extraction:
    """The extraction that was packed; raises zlib.error and ValidationError for other data."""
    return Extraction.model_validate_json(zlib.decompress(data))


class CompactExtractions(Sequence[Extraction]):
    """A sequence of extractions that are held packed."""

    def __init__(self, packed: Iterable[tuple[str, bytes]]) -> None:
        """Each is given as the id that it has here, and what was packed."""
        self._packed = tuple(packed)

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, place: int) -> Extraction: ...
    @overload
    def __getitem__(self, place: slice) -> CompactExtractions: ...
    def __getitem__(self, place: int | slice) -> Extraction | CompactExtractions:
        """One of them, or a part of them."""
        if isinstance(place, slice):
            return CompactExtractions(self._packed[place])
        paper, data = self._packed[place]
        return unpack(data).model_copy(update={"id": paper})
