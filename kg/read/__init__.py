"""Reading: files in any known format -> Paper."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.read import daily_papers, paper_records
from kg.read.join import join_records
from kg.read.reader import Reader, ReadOptions
from kg.read.text_input import InputFile, TextInput, find_inputs
from schemas.errors import FormatError, InputError, RecordError, excerpt
from schemas.manifest import InputReport
from schemas.paper import Paper

__all__ = ["READERS", "InputReport", "ReadLog", "ReadOptions", "Reader", "find_inputs", "join_records", "read", "read_records"]

# Asked in this order; the first that recognises an input reads it.
READERS: tuple[Reader, ...] = (paper_records.READER, daily_papers.READER)

UNKNOWN = "unknown"  # format of a file in a folder that no reader recognises


@dataclass
class ReadLog:
    """What reading has seen so far; complete once the records are exhausted."""

    inputs: list[InputReport]
    skipped: list[RecordError]

    def __init__(self) -> None:
        self.inputs, self.skipped = [], []


def read(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
) -> list[Paper]:
    """Read papers and join the records of each, sorted by id.

    `inputs` are files, folders, globs or "-" (standard input); `format` is a reader's name, recognised when None;
    `year` (1000-9999) completes dates that come without one; with `skip_bad` broken records are left out.
    Raises InputError (FormatError, RecordError) with the file and line of the problem.
    """
    return join_records(read_records(inputs, ReadOptions(format, year, skip_bad), ReadLog()))


def read_records(inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    """One Paper a record, in the order of the inputs, as a stream; `log` receives what was read and skipped."""
    names = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
    named_reader = _reader_named(options.format) if options.format else None
    files = find_inputs(names)
    for source in files:
        yield from _read_file(source, named_reader, options, log)
    if all(report.format == UNKNOWN for report in log.inputs):
        raise FormatError(", ".join(os.fspath(name) for name in names), f"no file of a known format in it; {_choices()}")


def _read_file(source: InputFile, reader: Reader | None, options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    try:
        text = source.open()
    except InputError as error:
        _pass_over(source, error, log)
        return
    with text:
        try:
            reader = _recognise(text, reader)
        except InputError as error:
            _pass_over(source, error, log)
            return
        yield from _read_text(text, reader, options, log)


def _pass_over(source: InputFile, error: InputError, log: ReadLog) -> None:
    """Count a file of a folder that cannot be read as papers; a file that was named by the user is an error."""
    if source.named:
        raise error
    reason = "format not recognised" if isinstance(error, FormatError) else "not readable as text"
    log.inputs.append(InputReport(file=source.file, format=UNKNOWN, skipped={reason: 1}))


def _read_text(text: TextInput, reader: Reader, options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    skipped: Counter[str] = Counter()
    n_papers = 0
    for item in reader.read(text, options):
        if isinstance(item, RecordError):
            if not options.skip_bad:
                raise item
            skipped[item.reason] += 1
            log.skipped.append(item)
        else:
            n_papers += 1
            yield item
    if not n_papers and not skipped:
        if text.source.named and not options.skip_bad:
            raise InputError(text.source.name, f"no paper in it (read as {reader.name})")
        skipped["no paper in it"] = 1
    counts = dict(sorted(skipped.items()))
    log.inputs.append(InputReport(file=text.source.file, format=reader.name, sha256=text.sha256(), n_papers=n_papers, skipped=counts))


def _recognise(text: TextInput, named: Reader | None) -> Reader:
    head = text.head()
    if not any(line.strip() for line in head):
        raise FormatError(text.source.name, "is empty")
    if named:
        return named
    for reader in READERS:
        if reader.recognises(head):
            return reader
    first = next(line for line in head if line.strip())
    raise FormatError(text.source.name, f"not a format that is known, it starts with {excerpt(first, 40)}; {_choices()}")


def _reader_named(name: str) -> Reader:
    for reader in READERS:
        if reader.name == name:
            return reader
    raise FormatError("--format", f"unknown format {name!r}; {_choices()}")


def _choices() -> str:
    return f"choose --format from {', '.join(sorted(reader.name for reader in READERS))}"
