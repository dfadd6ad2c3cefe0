"""The stages of a build, one after the other on an engine: read -> papers -> extract -> resolve -> graph -> files."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from exports.neo4j import bulk
from kg.extract import DEFAULT, find_model
from kg.graph.store import Provenance, foreign, write_manifest
from kg.pipeline import alone, tell_waiting
from kg.read import ReadLog, ReadOptions, check_any_known, find_checked_inputs
from kg.resolve import load_overrides
from kg.reuse import extractor_hash
from kg.scale.engine import Engine, Table
from kg.scale.extraction import EXTRACTED, EXTRACTION, Extract, extractions_of
from kg.scale.graph import Parts, Sources, graph_tables
from kg.scale.importing import IMPORT, complete_import
from kg.scale.reading import ERROR, KEYED, REPORT, UNKEYED, Read, file_row, papers_of
from kg.scale.resolution import resolve
from kg.scale.rows import COUNT, decode
from kg.scale.writing import FILE, Write, complete
from schemas.errors import InputError, TargetError
from schemas.locking import locked_folder
from schemas.manifest import InputReport, Manifest
from schemas.resolution import Refusal
from schemas.text import file_name
from schemas.writing import check_folder, target_errors, whole_folder

_PORTION = 1000  # papers of a portion of extraction, about
_PART = 20_000  # papers of a part of the graph's files, about
_MOST_PARTS = 2000


@dataclass(frozen=True)
class ScaleOptions:
    """How a build runs."""

    read: ReadOptions = field(default_factory=ReadOptions)
    model: str = DEFAULT  # a shipped model's name or a model folder that all workers see
    min_confidence: float = 0.0
    overrides: Path | None = None  # file that corrects the resolver
    neo4j_import: Path | None = None  # folder to write for the import tool of Neo4j
    n_parts: int | None = None  # files of each table; None: one for every 20,000 papers
    n_portions: int | None = None  # of extraction; None: one for every 1,000 papers
    quiet: bool = True  # say nothing while another process writes the same graph


@dataclass(frozen=True)
class ScaledBuild:
    """A graph directory and how it came about."""

    manifest: Manifest
    refused: tuple[Refusal, ...]
    n_extracted: int  # texts that had to be extracted; the others were known
    seconds: dict[str, float]  # of each stage


@dataclass(frozen=True)
class Made(Generic[Table]):
    """What is written, as tables of an engine."""

    rows: list[Table]  # streams TABLE_ROW
    dropped: Table  # stream COUNT
    refused: tuple[Refusal, ...]


def work_folder(target: Path) -> Path:
    """Where a build keeps what it has extracted, beside the graph directory `target`, until that is written."""
    place = target.resolve()
    return place.parent / f".{place.name}.work"


def build_on_engine(
    engine_in: Callable[[Path], Engine[Any]], inputs: Iterable[str | os.PathLike[str]], target: Path, options: ScaleOptions
) -> ScaledBuild:
    """Build the graph of the papers in `inputs` as the graph directory `target`.

    `engine_in` gives an engine that may keep files in a folder. Raises InputError, ModelError, TargetError, EngineError;
    what was extracted by then is kept for the next build of `target`.
    """
    names, work = list(inputs), work_folder(target)
    if options.neo4j_import and _overlap(options.neo4j_import.resolve(), target.resolve()):
        raise TargetError(str(options.neo4j_import), f"one of it and the graph directory {target} holds the other; name another")
    check_folder(target, foreign)
    with target_errors(target), _held(work, target, options.quiet), contextlib.ExitStack() as stack:
        while_exchanged = stack.enter_context(contextlib.ExitStack())  # entered first, so left when all is in its place
        imports = stack.enter_context(whole_folder(options.neo4j_import, bulk.foreign)) if options.neo4j_import else None
        folder = stack.enter_context(whole_folder(target, foreign))
        built = _Plan(engine_in(work / "tables"), _Folders(work, folder, imports), options).run(names)
        while_exchanged.enter_context(alone(target, options.quiet))
        return built


@contextlib.contextmanager
def _held(work: Path, target: Path, quiet: bool) -> Iterator[None]:
    """Hold the folder `work`, made where it is missing; when the block ends well all that builds keep there goes.

    It goes before the lock does: a build that waits for it then makes the folder anew.
    """
    work.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        while True:
            work.mkdir(exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(locked_folder(work, lambda: tell_waiting(target, quiet)))
                break
        stack.callback(_remove_when_empty, work)
        shutil.rmtree(work / "tables", ignore_errors=True)  # of a build that was killed
        stack.callback(shutil.rmtree, work / "tables", ignore_errors=True)
        yield
        shutil.rmtree(work / "extractions", ignore_errors=True)


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _remove_when_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


@dataclass(frozen=True)
class _Folders:
    """Where a build writes; all workers see them."""

    work: Path
    graph: Path
    imports: Path | None  # for the import tool of Neo4j


class _Plan(Generic[Table]):
    """One build."""

    def __init__(self, engine: Engine[Table], folders: _Folders, options: ScaleOptions) -> None:
        self._engine, self._folders, self._options = engine, folders, options
        self._extractor = find_model(options.model).label
        self._hash = extractor_hash(options.model, options.min_confidence)
        self._overrides = load_overrides(options.overrides)
        self._seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def run(self, inputs: list[str | os.PathLike[str]]) -> ScaledBuild:
        """All stages."""
        engine = self._engine
        read, reports = self._read(inputs)
        papers = papers_of(engine, read)
        n_papers = engine.n_rows(papers)
        self._lap("read")
        found = self._extracted(papers, n_papers)
        n_extracted = self._counted([found])[EXTRACTED]
        self._lap("extract")
        extractions = engine.select(found, EXTRACTION)
        resolved = resolve(engine, extractions, self._overrides)
        self._lap("resolve")
        sources = Sources(engine.select(read, KEYED, UNKEYED), papers, extractions, resolved.entities)
        parts = Parts(self._options.n_parts or min(math.ceil(n_papers / _PART) or 1, _MOST_PARTS))
        rows, dropped = graph_tables(engine, sources, parts, self._extractor)
        self._lap("graph")
        manifest = self._write(Made(rows, dropped, resolved.refusals), parts, reports, self._counted([resolved.counts, dropped]))
        self._lap("write")
        return ScaledBuild(manifest, resolved.refusals, n_extracted, self._seconds)

    def _read(self, inputs: list[str | os.PathLike[str]]) -> tuple[Table, tuple[InputReport, ...]]:
        """The records of all files; raises the InputError of the first file that has one."""
        engine = self._engine
        files = find_checked_inputs(inputs, self._options.read)
        if any(file.path is None for file in files):
            raise InputError("standard input", "cannot be read by many workers; name files")
        rows = (file_row(number, file) for number, file in enumerate(files))
        read = engine.run("read", Read(self._options.read), [engine.load(rows)], by_key=False)
        errors = sorted(engine.collect(engine.select(read, ERROR)), key=lambda row: row.key)
        if errors:
            raise InputError(*decode(errors[0].value))
        log = ReadLog()
        for row in sorted(engine.collect(engine.select(read, REPORT)), key=lambda row: (row.key, row.order)):
            log.add(InputReport.model_validate_json(row.value))
        check_any_known(inputs, log)
        return read, tuple(log.inputs)

    def _extracted(self, papers: Table, n_papers: int) -> Table:
        n_portions = self._options.n_portions or math.ceil(n_papers / _PORTION) or 1
        folder = self._folders.work / "extractions" / f"{self._hash[:16]}-{n_portions}"
        extract = Extract(self._options.model, self._options.min_confidence, folder)
        return extractions_of(self._engine, papers, extract, n_portions)

    def _write(self, made: Made[Table], parts: Parts, reports: tuple[InputReport, ...], dropped: Counter[str]) -> Manifest:
        engine, folder, imports = self._engine, self._folders.graph, self._folders.imports
        written = engine.run("write", Write(folder, parts.n_parts, imports), made.rows)
        done = complete(folder, engine.collect(engine.select(written, FILE)), made.refused)
        if imports:
            complete_import(imports, engine.collect(engine.select(written, IMPORT)))
        left_out = {reason: count for reason, count in dropped.items() if count}
        overrides = file_name(self._options.overrides) if self._options.overrides else ""
        provenance = Provenance(self._extractor, reports, left_out, self._hash, self._options.min_confidence, overrides)
        return write_manifest(folder, provenance, done.counts, done.counts, done.files)

    def _counted(self, tables: Iterable[Table]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for table in tables:
            for row in self._engine.collect(self._engine.select(table, COUNT)):
                counts[row.key] += int(row.value)
        return counts

    def _lap(self, stage: str) -> None:
        now = time.monotonic()
        self._seconds[stage], self._last = now - self._last, now
