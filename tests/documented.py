"""Code in the documentation: its blocks, run one after the other in a folder that has the example papers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.reuse import Cache, extractor_hash, text_key
from schemas.extraction import Extraction
from tests.conftest import EXAMPLES, EXTRACTIONS

_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]*) -->\n\n?)?```(?P<language>\w+)(?: title=\"(?P<file>[^\"\n]+)\")?\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<shown>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    code: str
    file: str | None  # the block is the content of this file
    reason: str | None  # why it is not run
    shown: str | None  # the output that stands below it
    place: tuple[int, int]  # of `shown` in the page


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _BLOCK.finditer(page):
        yield Block(found["language"], found["code"], found["file"], found["reason"], found["shown"], found.span("shown"))


def commands(code: str) -> list[str]:
    """The commands of a block of shell code; one goes on over lines that end with a backslash or inside quotes."""
    found: list[str] = []
    open_line = ""
    for line in code.splitlines():
        open_line += line
        if line.endswith("\\"):
            open_line = open_line[:-1]
            continue
        try:
            if shlex.split(open_line, comments=True):
                found.append(open_line)
            open_line = ""
        except ValueError:  # inside quotes
            open_line += "\n"
    assert not open_line, open_line
    return found


class Shell:
    """Runs commands in the working folder, with the example papers in it and their extractions in the cache.

    The extractions are those in tests/golden, so that what is printed does not depend on the processor. What is a plain call of
    `kg` runs in this process, anything else in bash.
    """

    def __init__(self, folder: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`folder` is the working folder, `tools` one for the command and the cache."""
        self.folder = folder
        (folder / "examples").symlink_to(EXAMPLES)
        command = tools / "kg"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from kg.cli import main; main()" "$@"\n')
        command.chmod(0o755)
        keep_extractions(tools / "cache")
        monkeypatch.setenv("PATH", os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]))
        values = {
            "PYTHONPATH": str(EXAMPLES.parent),
            "PYTHONIOENCODING": "utf-8",
            "PAPERKG_CACHE": str(tools / "cache"),
            "HOME": str(tools),
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("kg.browser.open_page", lambda _: True)

    def run(self, code: str) -> str:
        """What the commands print on standard output; each must end well."""
        printed = "".join(map(self._one, commands(code)))
        return "".join(line.rstrip() + "\n" for line in printed.splitlines())

    def _one(self, command: str) -> str:
        words = shlex.split(command, comments=True)
        if words[0] == "kg" and not re.search(r"[|<>$;&]", re.sub(r"'[^']*'|\"[^\"]*\"", "", command.partition(" #")[0])):
            done = CliRunner().invoke(app, [place for word in words[1:] for place in self._places(word)])
            assert done.exit_code == 0, f"{command}\n{done.output}"
            return done.stdout
        ran = subprocess.run(["bash", "-euc", command], cwd=self.folder, capture_output=True, encoding="utf-8", check=False, timeout=600)
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def _places(self, word: str) -> list[str]:
        """What a glob stands for; other words stand for themselves."""
        is_glob = "*" in word and not set(word) & set(" ()")
        return sorted(str(place.relative_to(self.folder)) for place in self.folder.glob(word)) if is_glob else [word]


def keep_extractions(folder: Path) -> None:
    """A cache that holds the extractions of the example papers."""
    known = {found.id: found for found in map(Extraction.model_validate_json, EXTRACTIONS.read_text("utf-8").splitlines())}
    problems: list[str] = []
    with Cache(folder, extractor_hash(kg.DEFAULT_MODEL, 0.0), problems.append) as cache:
        cache.put({text_key(paper): known[paper.id] for paper in kg.read([EXAMPLES])})
    assert not problems
