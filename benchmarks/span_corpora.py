"""Span corpora as annotated papers for `kg train`: each text becomes the abstract of a paper without a title.

usage: span_corpora.py CORPUS.jsonl > papers.jsonl

CORPUS: one text a line, {"id": str, "text": str, "entities": [[start, end, "METHOD" | "DATASET" | "TASK" | "METRIC"], ...]} in code
points, end exclusive. The corpora do not say which names are one thing: names with equal keys become one entity, without a role.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import json
from collections import defaultdict
from typing import Any

from kg.extract.units import form_key


def paper(record: dict[str, Any]) -> dict[str, Any]:
    """The annotated paper of one text."""
    text = record["text"]
    forms: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))  # type -> key -> forms
    mentions = []
    for start, end, kind in record["entities"]:
        name = text[start:end]
        forms[kind.lower()][form_key(name)][name] = None
        mentions.append({"field": "abstract", "start": start, "end": end, "type": kind.lower()})
    lists = {
        f"{kind}s": [{"name": next(iter(names)), "forms": list(names)} for names in forms[kind].values()]
        for kind in ("method", "dataset", "task", "metric")
    }
    return {"id": record["id"], "title": "", "abstract": text, **lists, "mentions": mentions}


def main() -> None:
    """Write the papers of a corpus to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS.jsonl")
    for line in parser.parse_args().corpus.read_text("utf-8").splitlines():
        print(json.dumps(paper(json.loads(line)), ensure_ascii=False))


if __name__ == "__main__":
    main()
