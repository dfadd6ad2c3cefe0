"""The table of all readers: ours, and those of installed packages (entry points of the group `paperkg.readers`)."""

from __future__ import annotations

import functools
from importlib.metadata import EntryPoint, entry_points

from kg.read import (
    acl_anthology,
    arxiv_atom,
    arxiv_json,
    bibtex,
    csv_table,
    daily_papers,
    daily_papers_html,
    daily_papers_json,
    openreview,
    paper_records,
    paperlists,
    papers_with_code,
    parquet_table,
    pubmed,
    ris,
    semantic_scholar,
)
from kg.read.reader import Reader
from schemas.errors import FormatError, PaperkgError, one_line

GROUP = "paperkg.readers"

# Asked in this order; the first that recognises an input reads it.
READERS: tuple[Reader, ...] = (
    parquet_table.READER,
    daily_papers_html.READER,
    arxiv_atom.READER,
    acl_anthology.READER,
    pubmed.READER,
    daily_papers_json.READER,
    openreview.READER,
    semantic_scholar.READER,
    papers_with_code.READER,
    arxiv_json.READER,
    paperlists.READER,
    paper_records.READER,
    daily_papers.READER,
    bibtex.READER,
    ris.READER,
    csv_table.READER,
)


@functools.cache
def all_readers() -> tuple[Reader, ...]:
    """The readers of installed packages, by name, then ours: who installs a reader wants it asked first.

    Raises PaperkgError for one that cannot be loaded or that has the name of another.
    """
    found = [_load(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]
    names = [reader.name for reader in (*found, *READERS)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise PaperkgError(f"two readers are called {twice!r}; uninstall the package that brings the second")
    return (*found, *READERS)


def reader_named(name: str) -> Reader:
    """The reader called `name`; raises FormatError that names the choices."""
    for reader in all_readers():
        if reader.name == name:
            return reader
    raise FormatError("--format", f"unknown format {name!r}; {choices()}")


def choices() -> str:
    """What to choose from, for use in a message."""
    return f"choose --format from {', '.join(sorted(reader.name for reader in all_readers()))}"


def _load(point: EntryPoint) -> Reader:
    package = point.dist.name if point.dist else "an installed package"
    try:
        reader = point.load()
    except (ImportError, AttributeError) as error:
        raise PaperkgError(f"the reader {point.name!r} of {package} cannot be loaded: {one_line(str(error))}; uninstall it") from error
    if not isinstance(reader, Reader):
        raise PaperkgError(f"the reader {point.name!r} of {package} is no kg.read.Reader; uninstall it")
    return reader
