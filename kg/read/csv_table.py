"""Reader of CSV and TSV with a header line: one paper a row (Scopus, IEEE, Zotero, spreadsheets)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from kg.read.column_names import are_columns, choose_columns, fields_of
from kg.read.head import Head
from kg.read.paper_fields import Place, papers
from kg.read.reader import Item, Reader, ReadOptions
from kg.read.text_input import TextInput
from schemas.errors import FormatError

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_CELL = 2**20  # characters


def recognises(head: Head) -> bool:
    """The first line, split at some delimiter, names a title and another column, or the columns that the user names."""
    first = next((line for line in head.lines if line.strip()), "")
    return any(are_columns(_header(first, delimiter), head.columns) for delimiter in _DELIMITERS)


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper a row."""
    first = next((line for line in text.head().lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda d: (are_columns(_header(first, d), options.columns), len(_header(first, d))))
    rows = _rows(text, delimiter)
    header = next((row for _, row in rows if isinstance(row, list)), [])
    names = [name.strip() for name in header]
    columns = choose_columns(names, options.columns, text.source.name)
    used = {column for chosen in columns.values() for column in chosen}
    if twice := sorted(name for name, count in Counter(names).items() if count > 1 and name in used):
        raise FormatError(text.source.name, f"two columns are called {twice[0]!r}; rename one")
    for entry, (line, row) in enumerate(rows, 1):
        place = Place(text.source.name, text.source.file, entry, line)
        if isinstance(row, str):
            yield place.error("not a row of the table", row)
        elif len(row) > len(names):
            yield place.error("a row with more cells than columns", f"{len(row)} cells, {len(names)} columns")
        else:
            yield from papers(fields_of(dict(zip(names, row, strict=False)), columns), place)


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _rows(text: TextInput, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, cells) of each row that is not blank; what is wrong with it in place of the cells, and then nothing more."""
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))  # a table may hold long lists of references
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
            if lines.ended:
                raise csv.Error("a cell in quotation marks does not end")
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"{error}; is a quotation mark missing? Nothing after it is read"
            return
        if any(cell.strip() for cell in row):
            yield number, row


class _Lines:
    """The lines of a text for `csv.reader`; who ends them inside a row has a row that is not whole."""

    def __init__(self, text: TextInput) -> None:
        self._lines = text.lines()
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            yield line.text + "\n"
        self.ended = True


READER = Reader("csv", "CSV or TSV with a header line", recognises, read, columns=True)
