"""`kg report` and `kg stats --show`: what they say, in both formats, whatever the data hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import kg
from exports.markdown import markdown_text
from exports.report_page import report_text
from kg.analysis.overview import make_overview
from schemas.errors import OptionError
from schemas.overview import Cell, Overview, Section, Text, web_address
from tests import pages
from tests.conftest import ROOT, graph_of_examples
from tests.pages import chromium
from tests.test_cli import one_line, run
from tests.test_exports import HOSTILE
from tests.test_exports import graph as hostile_graph

SECTIONS = (
    "Nodes | Edges | Papers by year | What the papers have | Methods | Datasets | Tasks | Metrics | Rising methods | Falling methods | "
    "New datasets | Datasets in the same papers | Topics | Code"
)


class Page(HTMLParser):
    """The tags, addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


# What our own page is made of: anything else came from the data.
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "nav", "a", "section", "table", "thead", "tbody", "tr", "th",
    "td", "bdi", "meter",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "href", "aria-label", "aria-labelledby", "id", "scope", "rel", "value",
    "aria-hidden",
}  # fmt: skip
MARKS = st.sampled_from("<>&\"'`*_[](){}|\\#!~$-=+. \t\n1aé\u202e日")
NO_PAGES = ["javascript:alert(1)", "//x.org", "https://", "http://[x", "data:text/html,x", "https://a b.org"]


@pytest.fixture
def directory(in_folder: Path) -> Path:
    kg.save(graph_of_examples(year=2026), in_folder / "g")
    return in_folder / "g"


def test_sections_and_their_tables() -> None:
    overview = make_overview(graph_of_examples(year=2026), top=4)
    assert [section.heading for section in overview.sections] == SECTIONS.split(" | ")
    assert overview.summary == "19 papers; 10 with a year, 2024 to 2026."
    for section in overview.sections:
        assert all(len(row) == len(section.columns) for row in section.rows)
        limited = section.heading not in SECTIONS.split(" | ")[:4]
        assert len(section.rows) >= 1 and (not limited or len(section.rows) <= 4)
    methods = next(section for section in overview.sections if section.heading == "Methods")
    assert methods.note == "The first 4 of 123." and methods.rows[0][0].texts[0].text == "State-Space Token Mixers"
    code = next(section for section in overview.sections if section.heading == "Code")
    assert all(cell.texts[0].href.startswith("http") for cell, _ in code.rows)


def test_empty_graph() -> None:
    overview = make_overview(nx.MultiDiGraph())
    assert overview.summary == "0 papers." and "<h1>" in report_text(overview) and markdown_text(overview).startswith("# Papers and")


@pytest.mark.parametrize(
    ("years", "summary"),
    [
        ((2020,), "1 paper, 2020."),
        ((2020, 2022), "2 papers, 2020 to 2022."),
        ((2020, 2022, None), "3 papers; 2 with a year, 2020 to 2022."),
        ((None,), "1 paper, none with a year: what rises or falls cannot be told."),
    ],
)
def test_summary_says_how_many_have_a_year(years: tuple[int | None, ...], summary: str) -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from((number, {"kind": "Paper", "title": "T", "abstract": "", "year": year}) for number, year in enumerate(years))
    assert make_overview(graph).summary == summary


def test_page_is_whole_and_asks_nobody(directory: Path) -> None:
    assert run("report", directory, "-o", "r.html", "--title", "My <field>").exit_code == 0
    text = Path("r.html").read_text("utf-8")
    page = Page(text)
    assert set(page.tags) == TAGS and page.attributes <= ATTRIBUTES and "script" not in page.tags
    assert "default-src 'none'" in text and not re.search(r"url\(|@import|src=", text)
    assert "My <field>" in page.text and page.tags.count("h2") == len(SECTIONS.split(" | "))
    assert all(link.startswith(("https://", "http://", "#part-")) for link in page.links)
    assert {link for link in page.links if "arxiv.org" in link} >= {"https://arxiv.org/abs/2501.99901"}


def test_hostile_names_are_text_in_both_formats(tmp_path: Path) -> None:
    kg.export(hostile_graph(), "report", tmp_path / "r.html", title=HOSTILE)
    page = Page((tmp_path / "r.html").read_text("utf-8"))
    assert set(page.tags) <= TAGS and page.attributes <= ATTRIBUTES and "".join(page.text).count(HOSTILE) >= 3
    assert not any(link.startswith("javascript") for link in page.links)
    kg.export(hostile_graph(), "markdown", tmp_path / "r.md", title="# no *heading*")
    text = (tmp_path / "r.md").read_text("utf-8")
    assert "javascript:" not in re.sub(r"\\.", "", "".join(re.findall(r"\]\(<[^>]*>\)", text))) and r"\# no \*heading\*" in text


def overview_of(text: str, href: str = "") -> Overview:
    row = (Cell(texts=(Text(text=text, href=href), Text(text=text))), Cell(texts=(Text(text=text),), share=0.5))
    return Overview(title=text, summary=text, sections=(Section(heading=text, note=text, columns=(text, text), rows=(row,)),))


@given(st.text(alphabet=MARKS | st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_text_stays_text(text: str) -> None:
    page = Page(report_text(overview_of(text)))
    assert set(page.tags) <= TAGS and page.attributes <= ATTRIBUTES
    lines = markdown_text(overview_of(text)).split("\n")
    assert len(lines) == 12 and [line[:2] for line in lines if line.startswith("#")] == ["# ", "##"]
    rows = [line for line in lines if line.startswith("| ")]
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in rows] == [3, 3], "a name makes no cell of its own"
    assert not re.search(r"(?<!\\)(?:\\\\)*[<\[`*_]", lines[-2])


@given(st.text(max_size=20) | st.sampled_from(NO_PAGES))
def test_only_addresses_of_pages_are_links(url: str) -> None:
    address = web_address(url)
    assert address in ("", url) and (not address or re.match(r"https?://", address, re.IGNORECASE))
    if not address and url:
        with pytest.raises(ValidationError):
            Text(text="x", href=url)


def test_address_cannot_end_the_link_that_holds_it() -> None:
    url = "https://x.org/a>b|c\"d'e\\f"
    assert "](<https://x.org/a%3Eb%7Cc\"d'e%5Cf>)" in markdown_text(overview_of("n", url))
    assert Page(report_text(overview_of("n", url))).links[1] == url


def test_addresses_in_names_are_no_links_in_markdown() -> None:
    text = markdown_text(overview_of("see HTTP://x.org, ftp://x.org, WWW.x.org"))
    assert not re.search(r"(?<!\\)://|www\.", text, re.IGNORECASE) and r"HTTP\://x.org, ftp\://x.org, WWW\.x.org" in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    """A phone's page does not move sideways, whole words stand in its cells, and nothing in it runs or asks the network."""
    kg.export(graph_of_examples(year=2026), "report", tmp_path / "r.html", title="Papers of " + "x" * 200)
    kg.export(pages.hostile_graph(), "report", tmp_path / "h.html", title=HOSTILE)
    page = pages.Page(browser, tmp_path / "r.html")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    for file in ("h.html", "r.html"):
        browser.get((tmp_path / file).as_uri())
        assert page.run("return document.documentElement.scrollWidth <= innerWidth && window.owned === undefined")
        assert not page.requests() and not page.errors()
    words = [word for word in page.all("td bdi") if word.text == "COMPARES_WITH"]
    assert [page.run("return arguments[0].getClientRects().length", word) for word in words] == [1], "one line"
    browser.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")}
    )
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then((result) => done(result.violations));")
    assert not [each["id"] for each in found if each["impact"] in ("serious", "critical")]


# Commands


def test_report_as_markdown_and_to_standard_output(directory: Path) -> None:
    done = run("report", directory, "-o", "r.md", "--top", 3)
    assert done.exit_code == 0 and done.stdout.startswith("r.md: 260 nodes, 486 edges; a summary")
    text = Path("r.md").read_text("utf-8")
    assert run("report", directory, "--top", 3).stdout == text == run("report", directory, "-o", "-", "--top", 3).stdout
    kg.export(kg.load(directory), "markdown", "same.md", top=3)
    assert Path("same.md").read_text("utf-8") == text
    assert run("report", directory, "-o", "quiet.html", "-q").output == ""


def in_ascii(directory: Path, command: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A command on the graph whose standard output takes ASCII only."""
    code = ["-c", "import sys; from kg.cli import main; main()", command, str(directory.resolve()), *options]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    return subprocess.run([sys.executable, *code], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_tables_escape_what_the_output_cannot_show(directory: Path) -> None:
    done = in_ascii(directory, "stats", "--show", "topics")
    assert done.returncode == 0 and "\\" in done.stdout and done.stdout.isascii(), done.stderr


def test_output_that_is_not_utf_8_is_one_line(directory: Path) -> None:
    done = in_ascii(directory, "report")
    problem = r"kg: standard output is ascii, which has no '.x..'; set PYTHONIOENCODING=utf-8, or write to a file"
    assert done.returncode == 1 and re.fullmatch(problem, done.stderr.strip())


def test_report_of_another_kind_is_refused(directory: Path) -> None:
    done = run("report", directory, "-o", "r.pdf")
    assert done.exit_code == 1 and one_line(done).endswith("r.pdf: a report is a page or Markdown; name a file that ends with .html or .md")
    with pytest.raises(OptionError, match="csv has no options"):
        kg.export(nx.MultiDiGraph(), "csv", directory.parent / "x", top=3)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["trends", "--kind", "Dataset"], "CIFAR-100"),
        (["pairs"], "CIFAR-10 "),
        (["lineage", "--name", "sstm"], "builds on"),
        (["similar", "--name", "2501.99901"], "FrostStep"),
        (["topics"], "QuiltPool · Cora"),
        (["leading", "--by", "pagerank", "--kind", "methods"], "QuiltPool"),
        (["coverage"], "dataset of its own"),
        (["changes", "--before", "g"], "nothing"),
    ],
)
def test_analyses_of_stats(directory: Path, options: list[str], shown: str) -> None:
    done = run("stats", directory, "--show", *options)
    assert done.exit_code == 0 and shown in done.stdout, done.output
    rows = json.loads(run("stats", directory, "--show", *options, "--json", "--top", 2).stdout)
    assert len(rows) == (0 if shown == "nothing" else 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--show", "trend"], "unknown 'trend'; choose one of changes, coverage, leading, lineage, pairs, similar, topics, trends"),
        (["--show", "lineage"], "--show lineage needs --name"),
        (["--show", "changes"], "--show changes needs --before"),
        (["--show", "topics", "--kind", "Method"], "--show topics has no option --kind"),
        (["--name", "x"], "without --show there is no option --name"),
    ],
)
def test_wrong_usage_of_stats(directory: Path, options: list[str], message: str) -> None:
    done = run("stats", directory, *options)
    assert done.exit_code == 2 and message in " ".join(done.stderr.split())


def test_names_that_are_not_there(directory: Path) -> None:
    assert one_line(run("stats", directory, "--show", "lineage", "--name", "quiltpol")).endswith("close to it: 'QuiltPool'")
    assert one_line(run("stats", directory, "--show", "trends", "--kind", "Author")).startswith("kg: kind: unknown 'Author'; choose one of")
