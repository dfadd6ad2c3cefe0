"""The tutorial and the how-to pages: every block is run, in order, and prints what is shown; files with a title are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.documented import Block, Shell, blocks
from tests.test_analysis_docs import run, shown

PAGES = ("tutorial", "growing", "correct-names", "own-annotations", "gephi", "determinism")
WRITE = os.environ.get("PAPERKG_GOLDEN") == "write"
LANGUAGES = {"sh", "python", "text", "toml", "json", "csv", "cypher"}


@pytest.fixture
def shell(in_folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(in_folder, tmp_path_factory.mktemp("tools"), monkeypatch)


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, shell: Shell) -> None:
    place = ROOT / "docs" / f"{name}.md"
    page, answers = place.read_text("utf-8"), []
    names: dict[str, object] = {}
    for block in blocks(page):
        answers.append((block, answer(block, shell, names)))
    if WRITE:
        for block, text in sorted(answers, key=lambda item: -item[0].place[0]):
            if block.shown is not None and text is not None:
                page = page[: block.place[0]] + text + page[block.place[1] :]
        place.write_text(page, "utf-8")
    else:
        different = [(block.code, text) for block, text in answers if None not in (block.shown, text) and block.shown != text]
        assert not different, "if this is meant, run make golden"
    assert any(block.language in ("sh", "python") and not block.reason for block, _ in answers)


def answer(block: Block, shell: Shell, names: dict[str, object]) -> str | None:
    """What a block prints; None for one that prints nothing of its own: a file, or one that is not run, with a reason."""
    assert block.language in LANGUAGES, block.code
    if block.file:
        (shell.folder / block.file).write_text(block.code, "utf-8")
    elif block.reason is None and block.language == "sh":
        return shell.run(block.code)
    elif block.reason is None and block.language == "python":
        return shown(*run(block.code, names)).removeprefix("```text\n").removesuffix("```\n")
    return None
