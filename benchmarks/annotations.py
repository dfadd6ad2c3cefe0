"""Annotations without the texts that they belong to, and back.

usage: annotations.py part PAPERS.jsonl > annotations.jsonl
       annotations.py join ANNOTATIONS.jsonl[.gz] TEXTS.jsonl[.gz] > papers.jsonl

Texts belong to their authors; what was annotated can be given away as places in them. One paper a line:
{"id": str, "text": first 16 hex digits of the SHA-256 of title, line feed and abstract,
 "entities": [[type, role or null, [["title" or "abstract", start, end], ...]], ...]}
with the first place of each surface form of an entity, in code points, end exclusive. `join` needs the texts, {"id", "title", "abstract"}
a line, and writes annotated papers for `kg train` and `kg evaluate` in the order of the annotations; papers whose text is not there, or is
another one, are counted. An entity is then called by its first form, and mentions are the places of its forms.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from kg.evaluate.gold import AnnotatedPaper, read_annotated
from kg.extract.units import FIELDS
from kg.train.papers import HasText, RawPaper, read_lines, read_raw
from schemas.extraction import ENTITY_TYPES


def text_digest(paper: HasText) -> str:
    """What says whether a text is the one that was annotated."""
    return hashlib.sha256(f"{paper.title}\n{paper.abstract}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def parted(paper: AnnotatedPaper) -> dict[str, Any]:
    """The annotation of an annotated paper, without its text."""
    entities = [
        [name, entity.role, [first_place(paper, form) for form in entity.forms]] for name in ENTITY_TYPES for entity in paper.entities(name)
    ]
    return {"id": paper.id, "text": text_digest(paper), "entities": entities}


def first_place(paper: AnnotatedPaper, form: str) -> tuple[str, int, int]:
    """(field, start, end) of the first place of a form, which `read_annotated` has seen in the text."""
    field = FIELDS[form not in paper.title]
    start = getattr(paper, field).index(form)
    return field, start, start + len(form)


def joined(annotation: dict[str, Any], text: RawPaper) -> dict[str, Any]:
    """The annotated paper of an annotation and its text."""
    paper: dict[str, Any] = {"id": text.id, "title": text.title, "abstract": text.abstract, **{f"{name}s": [] for name in ENTITY_TYPES}}
    for name, role, places in annotation["entities"]:
        forms = [getattr(text, field)[start:end] for field, start, end in places]
        paper[f"{name}s"].append({"name": forms[0], "forms": forms, **({"role": role} if role else {})})
    return paper


def join(annotations: Path, texts: Path) -> Iterator[dict[str, Any]]:
    """The annotated papers whose texts are there; tells how many are, and ends with status 1 when none is."""
    known = {paper.id: paper for paper in read_raw(texts)}
    wanted = [json.loads(line) for line in read_lines(annotations)]
    there = [annotation for annotation in wanted if annotation["id"] in known]
    right = [annotation for annotation in there if text_digest(known[annotation["id"]]) == annotation["text"]]
    yield from (joined(annotation, known[annotation["id"]]) for annotation in right)
    told = f"{len(right)} of {len(wanted)} joined, {len(there) - len(right)} with another text, {len(wanted) - len(there)} without"
    print(told, file=sys.stderr)
    if not right:
        sys.exit(1)


def main() -> None:
    """Write annotations without their texts, or annotated papers, to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    ways.add_parser("part").add_argument("papers", type=Path)
    way = ways.add_parser("join")
    way.add_argument("annotations", type=Path)
    way.add_argument("texts", type=Path)
    options = parser.parse_args()
    found = join(options.annotations, options.texts) if options.way == "join" else map(parted, read_annotated(options.papers))
    for record in found:
        sys.stdout.write(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
