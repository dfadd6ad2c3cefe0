"""Measured quality does not fall: figures on annotated papers that do not come with the project (PAPERKG_DATA)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg.evaluate.extraction import evaluate_extraction
from kg.evaluate.gold import read_annotated


@pytest.mark.model
@pytest.mark.data
def test_links_of_annotated_papers(data: Path, tmp_path: Path) -> None:
    gold = data / "corpus" / "links.dev.jsonl"
    wanted = {json.loads(line)["id"] for line in gold.read_text("utf-8").splitlines()}
    papers = [p for name in ("train", "dev") for p in read_annotated(data / "corpus" / f"{name}.jsonl") if p.id in wanted]
    lines = [
        found.model_copy(update={"id": p.id}).to_json() for p, found in zip(papers, kg.extract(p.paper() for p in papers), strict=True)
    ]
    (tmp_path / "found.jsonl").write_text("\n".join(lines), "utf-8")
    command = [sys.executable, data / "tools" / "score_links.py", gold, tmp_path / "found.jsonl"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
        "links: right 139, missed 0, spurious 0; repositories right 64/64\n"
    )


@pytest.mark.model
@pytest.mark.data
def test_figures_stay_above_the_bar(data: Path) -> None:
    rows = evaluate_extraction(data / "corpus" / "dev.jsonl").scores.rows
    assert rows["entity"].f1 >= 0.70 and rows["role"].f1 >= 0.60, {row: f.f1 for row, f in rows.items()}
    assert all(rows[f"entity {name}"].f1 >= 0.60 for name in ("method", "dataset", "task"))
