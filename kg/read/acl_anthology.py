"""Reader of the ACL Anthology's XML: a `collection` of volumes with their `paper` elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.read.head import Head
from kg.read.paper_fields import Place, papers
from kg.read.reader import Item, Reader, ReadOptions
from kg.read.text_input import TextInput
from kg.read.xml_records import children, elements, local_name, root_of, text_of
from schemas.errors import RecordError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PAGE = "https://aclanthology.org/"


def recognises(head: Head) -> bool:
    """The outermost element is a collection, with a volume in it."""
    return root_of(head)[0] == "collection" and "<volume" in head.text


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper a `paper` element; the year is that of its volume. A volume's front matter is none."""
    entry, year = 0, ""
    for element in elements(text, "meta", "paper"):
        if isinstance(element, RecordError):
            yield element
        elif local_name(element) == "meta":
            year = text_of(element, "year")
        else:
            entry += 1
            yield from papers(_fields(element, year), Place(text.source.name, text.source.file, entry))


def _fields(paper: Element, year: str) -> dict[str, object]:
    for formula in paper.iter("tex-math"):
        formula.text = f"${''.join(formula.itertext())}$"
    url = text_of(paper, "url")
    codes = [element.get("url") for element in children(paper, "pwccode")]
    return {
        "title": text_of(paper, "title"),
        "abstract": text_of(paper, "abstract"),
        "id": text_of(paper, "bibkey") or url,
        "year": year,
        "authors": [_name(author) for author in children(paper, "author")],
        "doi": text_of(paper, "doi"),
        "url": url if not url or "://" in url else _PAGE + url,
        "links": codes,
    }


def _name(author: Element) -> str:
    return " ".join(part for part in (text_of(author, "first"), text_of(author, "last")) if part)


READER = Reader("acl-anthology", "XML files of the ACL Anthology", recognises, read)
