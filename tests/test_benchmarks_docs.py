"""docs/benchmarks.md: each of its commands is there, with the options that it is told to have, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

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
