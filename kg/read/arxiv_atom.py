"""Reader of what the arXiv API answers: an Atom feed with one `entry` a paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.read.head import Head
from kg.read.paper_fields import Place, addresses_in, papers
from kg.read.reader import Item, Reader, ReadOptions, Skip
from kg.read.text_input import TextInput
from kg.read.xml_records import children, elements, root_of, text_of
from schemas.errors import RecordError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def recognises(head: Head) -> bool:
    """The outermost element is an Atom feed, or one entry of it."""
    name, attributes = root_of(head)
    return name.rpartition(":")[2] in ("feed", "entry") and "http://www.w3.org/2005/Atom" in attributes


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper an entry."""
    entry = 0
    for element in elements(text, "entry"):
        if isinstance(element, RecordError):
            yield element
            continue
        entry += 1
        if "/api/errors" in text_of(element, "id"):
            yield Skip("an error that the API reports")
            continue
        yield from papers(_fields(element), Place(text.source.name, text.source.file, entry))


def _fields(entry: Element) -> dict[str, object]:
    address = text_of(entry, "id")
    return {
        "title": text_of(entry, "title"),
        "abstract": text_of(entry, "summary"),
        "id": address,
        "published": text_of(entry, "published") or text_of(entry, "updated"),
        "authors": [text_of(author, "name") for author in children(entry, "author")],
        "doi": text_of(entry, "doi"),
        "url": address,
        "links": addresses_in(text_of(entry, "comment")),
    }


READER = Reader("arxiv-atom", "Atom feed of the arXiv API", recognises, read)
