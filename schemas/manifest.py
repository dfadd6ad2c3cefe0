"""Manifest: what a graph directory says about itself (no time, host or path: the same input gives the same bytes)."""

from __future__ import annotations

from pydantic import Field

from schemas.paper import Record

SCHEMA_VERSION = 1


class InputReport(Record):
    """What was read from one input."""

    file: str = Field(description="base name, '-' for standard input")
    format: str = Field(description="name of the reader, or 'unknown' for a file of a folder that was passed over")
    sha256: str = Field("", description="of the input's bytes, uncompressed; empty for a file that was passed over")
    n_papers: int = Field(0, ge=0, description="records read, before the records of one paper are joined")
    skipped: dict[str, int] = Field({}, description="number of records left out, by reason")
    options: str = Field("", description="the options that changed how it was read, such as 'year 2024'; empty for none")
    notes: dict[str, int] = Field({}, description="number of records kept although something is missing or not understood, by reason")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it one input: read twice it gives the same records."""
        return self.file, self.sha256, self.format, self.options


class Manifest(Record):
    """`manifest.json` of a graph directory."""

    schema_version: int = SCHEMA_VERSION
    extractor: str = Field(description="name and version of the model that extracted")
    extractor_hash: str = Field("", description="of all that decides what is extracted from a text; empty when it is not known")
    min_confidence: float = Field(0.0, ge=0, le=1, description="entities below it were left out")
    overrides: str = Field("", description="base name of the file that corrected the resolver; empty for none")
    inputs: tuple[InputReport, ...] = Field(description="sorted by file and content, each once")
    n_records: int = Field(ge=0, description="records read")
    nodes: dict[str, int] = Field(description="number of nodes of each kind")
    edges: dict[str, int] = Field(description="number of edges of each kind")
    dropped: dict[str, int] = Field({}, description="number of things left out of the graph, by reason")
    files: dict[str, str] = Field(description="SHA-256 of every other file of the directory")
