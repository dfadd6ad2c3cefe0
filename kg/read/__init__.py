"""Reading: files in any known format -> Paper."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kg.read.compressed import Unreadable, open_inputs
from kg.read.head import Head
from kg.read.join import join_records
from kg.read.paper_fields import FIELDS, Place, papers
from kg.read.reader import Item, Note, Reader, ReadOptions, Skip
from kg.read.readers import READERS, all_readers, choices, reader_named
from kg.read.text_input import InputFile, TextInput, find_inputs
from schemas.errors import FormatError, InputError, RecordError, excerpt
from schemas.manifest import InputReport
from schemas.paper import Paper

__all__ = [
    "FIELDS",
    "READERS",
    "Head",
    "InputFile",
    "InputReport",
    "Item",
    "Note",
    "Place",
    "ReadLog",
    "ReadOptions",
    "Reader",
    "Skip",
    "TextInput",
    "all_readers",
    "check_any_known",
    "find_checked_inputs",
    "find_inputs",
    "join_records",
    "papers",
    "read",
    "read_file",
    "read_records",
]

UNKNOWN = "unknown"  # format of a file in a folder or archive that no reader recognises
NO_ABSTRACT, NO_TITLE = "no abstract", "no title"


@dataclass
class ReadLog:
    """What reading has seen so far; complete once the records are exhausted."""

    inputs: list[InputReport]
    skipped: list[RecordError]
    unchanged: list[str]  # inputs that were read before, here or in `known`

    def __init__(self, known: Iterable[InputReport] = ()) -> None:
        """`known` are inputs that need not be read again."""
        self.inputs, self.skipped, self.unchanged = [], [], []
        self._formats: dict[tuple[str, str, str], set[str]] = {}  # by file, content and options
        self._names: set[str] = set()  # of files, and of archives
        for report in known:
            self._note(report)

    def add(self, report: InputReport) -> None:
        """An input was read; one that was read before counts once."""
        file, sha256, format, options = report.key
        if format in self._formats.get((file, sha256, options), ()):
            self.unchanged.append(report.file)
            return
        self._note(report)
        self.inputs.append(report)

    def _note(self, report: InputReport) -> None:
        file, sha256, format, options = report.key
        self._formats.setdefault((file, sha256, options), set()).add(format)
        self._names.add(file.partition("/")[0])

    def is_known(self, file: str, sha256: str, options: ReadOptions) -> bool:
        """Whether an input with this content was read before in the same way."""
        formats = self._formats.get((file, sha256, _options_text(options)), set())
        return options.format in formats if options.format else bool(formats)

    def may_know(self, source: InputFile) -> bool:
        """Whether an input of this name was read before, so that a look at its content is worth it."""
        return source.file in self._names


def read(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,
    year: int | None = None,
    skip_bad: bool = False,
    columns: Mapping[str, str] | None = None,
) -> list[Paper]:
    """Read papers and join the records of each, sorted by id.

    `inputs` are files, folders, globs or "-" (standard input), plain or compressed; `format` is a reader's name, recognised
    when None; `year` (1000-9999) completes the dates on daily-papers pages that come without one; with `skip_bad` broken records
    are left out; `columns` says of a table which column holds which of FIELDS, as in {"title": "Name"}.
    Raises InputError (FormatError, RecordError) with the file and line of the problem.
    """
    return join_records(read_records(inputs, ReadOptions(format, year, skip_bad, columns or {}), ReadLog()))


def read_records(inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    """One Paper a record, in the order of the inputs, as a stream; `log` receives what was read and skipped."""
    names = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    for source in find_checked_inputs(names, options):
        yield from read_file(source, options, log)
    check_any_known(names, log)


def find_checked_inputs(inputs: Iterable[str | os.PathLike[str]], options: ReadOptions) -> list[InputFile]:
    """The files that `inputs` name; raises InputError, also for options that do not fit each other."""
    _check_columns(options, reader_named(options.format) if options.format else None)
    return find_inputs(inputs)


def check_any_known(inputs: Iterable[str | os.PathLike[str]], log: ReadLog) -> None:
    """Raise FormatError when all inputs have been read and none was of a known format."""
    if not log.unchanged and all(report.format == UNKNOWN for report in log.inputs):
        raise FormatError(", ".join(os.fspath(name) for name in inputs), f"no file of a known format in it; {choices()}")


def _check_columns(options: ReadOptions, reader: Reader | None) -> None:
    unknown = sorted(set(options.columns) - set(FIELDS))
    if unknown:
        raise FormatError("--columns", f"unknown field {unknown[0]!r}; choose from {', '.join(FIELDS)}")
    if options.columns and reader and not reader.columns:
        raise FormatError("--columns", f"the format {reader.name} has no columns")


def read_file(source: InputFile, options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    """The papers of a file, or of each file in it when it is an archive; raises InputError."""
    reader = reader_named(options.format) if options.format else None
    known = _known_in(source, options, log)
    inputs = open_inputs(source)
    while True:
        text: TextInput | None = None
        try:
            found = next(inputs, None)
            if found is None:
                return
            if isinstance(found, Unreadable):
                _leave_out(found, options, log)
                continue
            text = found
            if text.source.file in known:
                log.unchanged.append(text.source.file)
                continue
            chosen = _recognise(text, reader, options)
        except InputError as error:
            _pass_over(source if text is None else text.source, error, log)
            continue
        yield from _read_text(text, chosen, options, log)


def _known_in(source: InputFile, options: ReadOptions, log: ReadLog) -> set[str]:
    """Which inputs in a file were read before; a pipe cannot be looked at twice."""
    if not (log.may_know(source) and source.path and source.path.is_file()):
        return set()
    try:
        texts = (text for text in open_inputs(source) if isinstance(text, TextInput))
        return {text.source.file for text in texts if log.is_known(text.source.file, text.sha256(), options)}
    except InputError:
        return set()  # reading it will say what is wrong


def _leave_out(found: Unreadable, options: ReadOptions, log: ReadLog) -> None:
    """Count a file of an archive that cannot be opened, where broken records are left out too; otherwise it is an error."""
    if not options.skip_bad:
        raise found.error
    log.add(InputReport(file=found.source.file, format=UNKNOWN, skipped={"cannot be opened": 1}))


def _options_text(options: ReadOptions) -> str:
    """The options that change what records hold."""
    parts = [f"year {options.year}"] if options.year else []
    return "; ".join(parts + [f"{field}={name}" for field, name in sorted(options.columns.items())])


def _pass_over(source: InputFile, error: InputError, log: ReadLog) -> None:
    """Count a file of a folder or archive that cannot be read as papers; a file that was named by the user is an error."""
    if source.named:
        raise error
    reason = "format not recognised" if isinstance(error, FormatError) else "not readable as text"
    log.add(InputReport(file=source.file, format=UNKNOWN, skipped={reason: 1}))


def _read_text(text: TextInput, reader: Reader, options: ReadOptions, log: ReadLog) -> Iterator[Paper]:
    skipped: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    n_papers = n_broken = 0
    for item in reader.read(text, options):
        if isinstance(item, RecordError):
            if not options.skip_bad:
                raise item
            n_broken += 1
            skipped[item.reason] += 1
            log.skipped.append(item)
        elif isinstance(item, Skip):
            skipped[item.reason] += 1
        elif isinstance(item, Note):
            notes[item.reason] += 1
        else:
            n_papers += 1
            notes[NO_ABSTRACT] += not item.abstract.strip()
            notes[NO_TITLE] += not item.title.strip()
            yield item
    if not n_papers and not n_broken:
        if text.source.named and not options.skip_bad:
            left_out = "".join(f"; {count} left out: {reason}" for reason, count in sorted(skipped.items()))
            raise InputError(text.source.name, f"no paper in it (read as {reader.name}{left_out})")
        skipped["no paper in it"] = 1
    report = InputReport(file=text.source.file, format=reader.name, sha256=text.sha256(), n_papers=n_papers, options=_options_text(options))
    log.add(report.model_copy(update={"skipped": _sorted(skipped), "notes": _sorted(notes)}))


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in sorted(counts.items()) if count}


def _recognise(text: TextInput, named: Reader | None, options: ReadOptions) -> Reader:
    head = replace(text.head(), columns=options.columns)
    if not head.data.strip():
        raise FormatError(text.source.name, "is empty")
    if named and named.binary:
        return named
    candidates = [reader for reader in all_readers() if reader.columns or not options.columns]
    for reader in () if named else (reader for reader in candidates if reader.binary):
        if reader.recognises(head):
            return reader
    if not any(line.strip() for line in head.lines):
        raise FormatError(text.source.name, "is empty")
    if b"\r" in head.data.strip() and b"\n" not in head.data and not head.text.startswith(("{", "[", "<")):
        raise InputError(text.source.name, "has lines that end as on old Macs (CR alone); convert it, for example with: tr '\\r' '\\n'")
    if named:
        return named
    for reader in candidates:
        if not reader.binary and reader.recognises(head):
            return reader
    first = next(line for line in head.lines if line.strip())
    raise FormatError(text.source.name, f"not a format that is known, it starts with {excerpt(first, 40)}; {_advice(first, options)}")


def _advice(first: str, options: ReadOptions) -> str:
    if options.columns:
        return f"no table with the columns {', '.join(map(excerpt, options.columns.values()))} either; --format csv says which it has"
    table = "; for a table with other column names: --columns title=NAME" if re.search(r"\w[,;|\t]\s*\w", first) else ""
    return choices() + table
