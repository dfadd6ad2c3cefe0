"""Which column of a table holds what: by the names that common exports use, or as the user says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kg.read.paper_fields import FIELDS, LINK_FIELDS, split_addresses
from schemas.errors import FormatError, excerpt

# Names of columns in lower case, letters and digits only; the first that is there is taken.
_KNOWN: dict[str, tuple[str, ...]] = {
    "title": ("title", "documenttitle", "articletitle", "papertitle", "ti"),
    "abstract": ("abstract", "abstractnote", "summary", "abstracttext", "ab"),
    "id": ("id", "paperid", "key", "eid", "pmid", "utuniquewosid", "ut"),
    "published": ("published", "publisheddate", "publicationdate", "date", "onlinedate", "dateofpublication"),
    "year": ("year", "publicationyear", "py"),
    "authors": ("authorfullnames", "authors", "author", "authornames", "au"),
    "arxiv_id": ("arxivid", "arxiv", "eprint"),
    "doi": ("doi", "di"),
    "url": ("url", "link", "pdflink", "paperurl"),
    "upvotes": ("upvotes",),
}


def choose_columns(names: Sequence[str], given: Mapping[str, str], source: str) -> dict[str, list[str]]:
    """field -> columns that hold it. Raises FormatError when a column that the user names is missing, or none holds title or abstract."""
    for column in given.values():
        if column not in names:
            raise FormatError(source, f"no column {excerpt(column)}; its columns are {_listed(names)}")
    by_key = {_key(name): name for name in reversed(names)}
    found = {field: [by_key[key]] for field, keys in _KNOWN.items() for key in [next((k for k in keys if k in by_key), "")] if key}
    links = [by_key[_key(name)] for name in LINK_FIELDS if _key(name) in by_key]
    chosen = found | ({"links": links} if links else {}) | {field: [column] for field, column in given.items()}
    if not {"title", "abstract"} & set(chosen):
        hint = "name them: --columns title=NAME --columns abstract=NAME"
        raise FormatError(source, f"no column for title or abstract among {_listed(names)}; {hint}")
    return chosen


def are_columns(names: Sequence[str], given: Mapping[str, str]) -> bool:
    """Whether `names` look like the columns of a list of papers: a title is among them, or all that the user names."""
    if given:
        return set(given.values()) <= set(names)
    return len(names) > 1 and bool({_key(name) for name in names} & set(_KNOWN["title"]))


def fields_of(row: Mapping[str, Any], columns: Mapping[str, list[str]]) -> dict[str, Any]:
    """The fields of a paper in a row; an empty cell is absent."""
    fields: dict[str, Any] = {field: row.get(names[0]) or None for field, names in columns.items()}
    fields["links"] = [address for name in columns.get("links", ()) for address in split_addresses(row.get(name))]
    return {name: fields[name] for name in FIELDS if name in fields}


def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(excerpt(name, 30) for name in names[:12]) + (" ..." if len(names) > 12 else "")
