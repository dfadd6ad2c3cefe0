"""Reader of Parquet: one paper a row, a few rows at a time, only the columns that are needed."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from kg.read.column_names import choose_columns, fields_of
from kg.read.head import Head
from kg.read.paper_fields import Place, papers
from kg.read.reader import Item, Reader, ReadOptions
from kg.read.text_input import TextInput
from schemas.errors import InputError, one_line

_MAGIC = b"PAR1"
_ROWS = 512  # at a time
_IN_MEMORY = 16 * 2**20  # bytes; a larger file is copied into one without a name, since Parquet is read from its end


def recognises(head: Head) -> bool:
    """The first four bytes say so."""
    return head.data.startswith(_MAGIC)


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper a row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        try:
            shutil.copyfileobj(text.binary(), copy)
            copy.seek(0)
            with pq.ParquetFile(copy) as table:
                columns = choose_columns(table.schema_arrow.names, options.columns, text.source.name)
                needed = sorted({name for names in columns.values() for name in names})
                rows = (row for batch in table.iter_batches(_ROWS, columns=needed) for row in batch.to_pylist())
                for entry, row in enumerate(rows, 1):
                    values = {name: _plain(value) for name, value in row.items()}
                    yield from papers(fields_of(values, columns), Place(text.source.name, text.source.file, entry))
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise InputError(text.source.name, f"cannot be read as Parquet: {one_line(str(error).partition(chr(10))[0])}") from error


def _plain(value: Any) -> Any:
    """Dates as text."""
    return value.isoformat() if isinstance(value, datetime.date) else value


READER = Reader("parquet", "Parquet with a column of titles", recognises, read, binary=True, columns=True)
