"""Reader of PubMed's XML: a `PubmedArticleSet` with one `PubmedArticle` a paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.read.dates import found_date
from kg.read.head import Head
from kg.read.paper_fields import Place, papers
from kg.read.reader import Item, Reader, ReadOptions, Skip
from kg.read.text_input import TextInput
from kg.read.xml_records import children, elements, local_name, root_of, text_of
from schemas.errors import RecordError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def recognises(head: Head) -> bool:
    """The outermost element is a set of articles, or one article."""
    return root_of(head)[0] in ("PubmedArticleSet", "PubmedArticle")


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper an article; books are left out and counted."""
    entry = 0
    for element in elements(text, "PubmedArticle", "PubmedBookArticle"):
        if isinstance(element, RecordError):
            yield element
            continue
        entry += 1
        if local_name(element) == "PubmedBookArticle":
            yield Skip("a book")
        else:
            yield from papers(_fields(element), Place(text.source.name, text.source.file, entry))


def _fields(element: Element) -> dict[str, object]:
    article = next(iter(children(element, "MedlineCitation", "Article")), element)
    return {
        "title": text_of(article, "ArticleTitle") or text_of(article, "VernacularTitle"),
        "abstract": " ".join(filter(None, map(_part, children(article, "Abstract", "AbstractText")))),
        "id": text_of(element, "MedlineCitation", "PMID"),
        "published": _date(article),
        "authors": [_name(author) for author in children(article, "AuthorList", "Author")],
        "doi": _doi(element, article),
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if (pmid := text_of(element, "MedlineCitation", "PMID")) else None,
    }


def _part(part: Element) -> str:
    """A part of an abstract with its heading: "METHODS: We ..."."""
    label, text = (part.get("Label") or "").strip(), " ".join("".join(part.itertext()).split())
    return f"{label}: {text}" if label and label.upper() != "UNLABELLED" and text else text


def _date(article: Element) -> str:
    """The date of the article, else of the issue: a day where there is one."""
    places = [*children(article, "ArticleDate"), *children(article, "Journal", "JournalIssue", "PubDate")]
    found = [found_date(text_of(place, "Year"), text_of(place, "Month"), text_of(place, "Day")) for place in places]
    day = next((str(date.day) for date in found if date and date.day), "")
    year = next((str(date.year) for date in found if date), "")
    return day or year or next((text for place in places if (text := text_of(place, "MedlineDate"))), "")


def _name(author: Element) -> str:
    parts = [text_of(author, "ForeName") or text_of(author, "Initials"), text_of(author, "LastName")]
    return " ".join(filter(None, parts)) or text_of(author, "CollectiveName")


def _doi(element: Element, article: Element) -> str | None:
    named = [place for place in children(element, "PubmedData", "ArticleIdList", "ArticleId") if place.get("IdType") == "doi"]
    located = [place for place in children(article, "ELocationID") if place.get("EIdType") == "doi"]
    return next((text.strip() for place in named + located if (text := "".join(place.itertext())).strip()), None)


READER = Reader("pubmed", "PubMed XML", recognises, read)
