"""docs/benchmarks.md: each of its commands is there, with the options that it is told to have, and its links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
COMMANDS = re.findall(r"python (?:-m )?(benchmarks[/.]\w+)(?:\.py)?([^\n#`]*)", TEXT)


@pytest.mark.parametrize(("script", "arguments"), COMMANDS)
def test_benchmarks_have_the_options_that_are_named(script: str, arguments: str) -> None:
    source = (ROOT / f"{script.replace('.', '/')}.py").read_text("utf-8")
    for option in re.findall(r"--[a-z-]+", arguments):
        assert f'"{option}"' in source


def test_links_lead_to_headings() -> None:
    for page, heading in re.findall(r"\]\(([\w./]+\.md)(?:#([\w-]+))?\)", TEXT):
        text = (ROOT / "docs" / page).read_text("utf-8")
        headings = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert not heading or heading in headings, (page, heading)


def test_the_speed_of_extraction_can_be_measured() -> None:
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "extract.py", "--limit", "3"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and not done.stderr
    assert all(name in done.stdout for name in ("default: paperkg-minilm", "fast: paperkg-minilm-fast", "abstracts a CPU second", "load "))


def test_annotations_are_parted_from_their_texts_and_joined_again(tmp_path: Path) -> None:
    paper = {"id": "p1", "title": "ZigNet: parsing", "abstract": "We propose ZigNet (ZN) with \\alpha and é. ZN parses PTB."}
    lists = {
        "methods": [{"name": "ZigNet", "forms": ["ZigNet", "ZN"], "role": "proposes"}],
        "datasets": [{"name": "PTB", "forms": ["PTB"], "role": "uses"}],
        "tasks": [{"name": "parsing", "forms": ["parsing"], "role": "addresses"}],
        "metrics": [{"name": "é", "forms": ["é"]}],
    }
    (tmp_path / "papers.jsonl").write_text(json.dumps(paper | lists) + "\n", "utf-8")
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in (paper | {"id": "p0"}, paper)), "utf-8")
    (tmp_path / "others.jsonl").write_text(json.dumps(paper | {"title": "x"}) + "\n", "utf-8")
    annotations = _annotations("part", tmp_path / "papers.jsonl")
    assert "ZigNet" not in annotations.stdout and "propose" not in annotations.stdout.replace("proposes", "")
    (tmp_path / "annotations.jsonl").write_text(annotations.stdout, "utf-8")
    done = _annotations("join", tmp_path / "annotations.jsonl", tmp_path / "texts.jsonl")
    assert json.loads(done.stdout) == paper | lists and done.stderr == "1 of 1 joined, 0 with another text, 0 without\n"
    done = _annotations("join", tmp_path / "annotations.jsonl", tmp_path / "others.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "0 of 1 joined, 1 with another text, 0 without\n")


def _annotations(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "benchmarks" / "annotations.py", *arguments], capture_output=True, text=True, timeout=300)
