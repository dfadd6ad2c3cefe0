"""Every link of the documentation leads somewhere: to a file of the project, and to a heading where it names one."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "examples" / "README.md",
        ROOT / "kg" / "extract" / "models" / "MODEL_CARD.md",
    ]
)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.MULTILINE)


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts and the site name them."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
        number = sum(each == slug or re.fullmatch(re.escape(slug) + r"-\d+", each) is not None for each in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


def links(page: Path) -> list[str]:
    """The targets of links and pictures, those in code left out."""
    return _LINK.findall(re.sub(r"`[^`\n]*`(?!\])", "", prose(page)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT.resolve())
        if not inside or not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_links_are_found() -> None:
    assert sum(len(links(page)) for page in PAGES) > 80


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    """Files of the project that prose names without a link: docs/x.md, tests/test_x.py; NAME stands for any."""
    named = re.findall(
        r"(?<![\w/.])((?:docs|tests|benchmarks|kg|exports|schemas)/[\w/.-]+\.(?:py|md|rng|tsv|ipynb))\b", page.read_text("utf-8")
    )
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_and_benchmarks_that_are_named_exist(page: Path) -> None:
    """`make x`, and `python benchmarks/x.py --option`."""
    text = re.sub(r"\n(?! *[|#`]|[a-z]+ )", " ", page.read_text("utf-8"))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for name, arguments in re.findall(r"python (?:-m )?benchmarks[./](\w+)(?:\.py)?([^`\n#)]*)", text):
        source = (ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
        assert [option for option in re.findall(r"--[a-z][a-z-]+", arguments) if f'"{option}"' not in source] == [], name


def test_the_site_has_every_page() -> None:
    site = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f": {page.name}\n" not in site] == []
