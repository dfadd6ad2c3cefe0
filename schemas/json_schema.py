"""The schemas as JSON: of the records (JSON Schema, also kept as files beside this one), and of the graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas.errors import InputError
from schemas.extraction import Extraction
from schemas.graph import ALLOWED_ENDS, DERIVED_KINDS, EDGE_MEANINGS, NODE_RECORDS, edge_record
from schemas.manifest import SCHEMA_VERSION, Manifest
from schemas.paper import Paper

RECORDS: dict[str, type[BaseModel]] = {"paper": Paper, "extraction": Extraction, "manifest": Manifest}


def json_schema(record: str) -> str:
    """JSON Schema of the record called `record` (paper, extraction, manifest), indented; raises InputError."""
    if record not in RECORDS:
        raise InputError("kg schema", f"unknown record {record!r}; choose one of {', '.join(RECORDS)}")
    return json.dumps(RECORDS[record].model_json_schema(), indent=2, sort_keys=True) + "\n"


def schema_file(record: str) -> Path:
    """The file that holds `json_schema(record)`."""
    return Path(__file__).parent / f"{record}.schema.json"


def graph_schema() -> dict[str, Any]:
    """The graph's schema: version, nodes and edges with their properties as `{name: description}`."""
    nodes = {kind.value: _properties(record) for kind, record in NODE_RECORDS.items()}
    edges = {
        kind.value: {
            "meaning": EDGE_MEANINGS[kind],
            "derived": kind in DERIVED_KINDS,
            "joins": [[source.value, target.value] for source, target in ends],
            "properties": _properties(edge_record(kind)),
        }
        for kind, ends in ALLOWED_ENDS.items()
    }
    return {"version": SCHEMA_VERSION, "nodes": nodes, "edges": edges}


def _properties(record: type[BaseModel]) -> dict[str, str]:
    return {name: info.description or "" for name, info in record.model_fields.items()}


if __name__ == "__main__":  # python -m schemas.json_schema writes the files anew
    for name in RECORDS:
        schema_file(name).write_text(json_schema(name), "utf-8", newline="\n")
