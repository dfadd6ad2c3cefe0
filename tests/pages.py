"""Graphs and a browser for the tests of the page."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from kg.graph.build import build_graph
from kg.resolve import resolve
from schemas.extraction import Entity, EntityType, Extraction, Link, Mention, Sentence
from schemas.paper import Paper
from tests.conftest import paper

MARKUP = "</script><script>window.owned=1</script><img src=x onerror='window.owned=2'><a href=\"javascript:window.owned=3\">href</a>"
HOSTILE = (
    MARKUP,
    '"><svg onload=window.owned=4> \' " ` ${window.owned=5} {{7*7}}',
    "\u202eevil \u2066right to left\u2069 \u200f",
    '=HYPERLINK("javascript:window.owned=6")',
    "N" * 100_000,
)


def _found(of: Paper, names: dict[EntityType, list[tuple[str, str | None, float]]], links: tuple[Link, ...] = ()) -> Extraction:
    """An extraction of entities that all stand in the abstract's one sentence."""
    entities: dict[str, tuple[Entity, ...]] = {}
    mentions = []
    for kind, listed in names.items():
        entities[kind + "s"] = tuple(Entity(name=n, forms=(n,), role=role, confidence=sure) for n, role, sure in listed)
        for number, (name, _, sure) in enumerate(listed):
            start = of.abstract.index(name)
            mentions.append(Mention(field="abstract", start=start, end=start + len(name), type=kind, confidence=sure, entity=number))
    sentences = (Sentence(field="abstract", start=0, end=len(of.abstract)),)
    return Extraction(id=of.id, mentions=tuple(mentions), sentences=sentences, links=links, **entities)  # type: ignore[arg-type]


TOPICS = (("Transformer", "WMT14", "translation"), ("ResNet", "ImageNet", "classification"), ("PPO", "Atari", "control"))


def small_graph(papers: int = 36) -> nx.MultiDiGraph:
    """Papers of three topics, from three years, each with two methods of its own: most nodes belong to one paper."""
    read, found = [], []
    for number in range(papers):
        method, dataset, task = TOPICS[number % 3]
        own, part = f"Net{number}x", f"Trick{number}y"
        abstract = f"We propose {own} 🧪 with {part}, after {method}, on {dataset} for {task}, by accuracy."
        date = f"{2022 + number % 3}-0{1 + number % 9}-01"
        read.append(
            paper(f"Paper {number} on {task}", abstract, id=f"arxiv:2401.{number:05}", arxiv_id=f"2401.{number:05}", published=date)
        )
        names: dict[EntityType, list[tuple[str, str | None, float]]] = {
            "method": [(own, "proposes", 0.9), (part, "uses", 0.4), (method, "compares" if number % 2 else "uses", 0.8)],
            "dataset": [(dataset, "uses", 0.95)],
            "task": [(task, "addresses", 0.7)],
            "metric": [("accuracy", None, 0.6)],
        }
        found.append(_found(read[-1], names, (Link(url=f"https://example.org/{number}", kind="project", source="record"),)))
    return build_graph(read, found, resolve(found), "test 1").graph


def hostile_graph() -> nx.MultiDiGraph:
    """Every place of text holds markup, quotes, marks of direction or 100 kB."""
    read, found = [], []
    for number, text in enumerate(HOSTILE):
        others = " , ".join(HOSTILE)
        read.append(
            paper(
                f"href {text}", f"{others} . {number}", id=f"arxiv:2401.{number:05}", authors=(text[:500],), url="javascript:window.owned=7"
            )
        )
        names: dict[EntityType, list[tuple[str, str | None, float]]] = {
            "method": [(name, "proposes" if name == text else "uses", 0.5) for name in HOSTILE],
            "task": [(text, "addresses", 0.5)],
        }
        links = (Link(url="https://example.org/?q=<script>\"'", kind="other", source="record"),)
        found.append(_found(read[-1], names, links))
    return build_graph(read, found, resolve(found), "test 1").graph


def chromium() -> Iterator[Any]:
    """Headless Chromium with the network cut."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        if os.environ.get("PAPERKG_REQUIRE_BROWSER"):
            pytest.fail("PAPERKG_REQUIRE_BROWSER is set, and chromium or chromedriver is missing")
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
        "--disable-sync --disable-dev-shm-usage --window-size=1200,800"
    )
    for flag in [*flags.split(), "--host-resolver-rules=MAP * ~NOTFOUND"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


class Page:
    """The page in a browser, as a reader uses it."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser, self.path = browser, path

    def open(self, fragment: str = "", width: int = 1200, height: int = 800) -> Page:
        """Open the page anew and wait until it is drawn."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.get("about:blank")
        for log in ("browser", "performance"):
            self.browser.get_log(log)
        self.browser.get(self.path.as_uri() + fragment)
        self.wait("document.body.dataset.ready === 'true'")
        return self

    def run(self, script: str, *values: object) -> Any:
        return self.browser.execute_script(script, *values)

    def wait(self, condition: str) -> None:
        """Wait until a condition holds; how long is no part of the test."""
        end = time.monotonic() + 60
        while not self.run(f"return Boolean({condition})"):
            assert time.monotonic() < end, condition
            time.sleep(0.02)

    def at(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        return list(self.browser.find_elements("css selector", selector))

    def count(self) -> int:
        return int(self.at("#count").text.split(" of ")[0].replace(",", ""))

    def heading(self) -> str:
        return str(self.at("#panel h2").text)

    def number(self, name: str) -> int:
        """The number of the node with this name."""
        return int(self.run("const m = paperkgPage.model; return m.nodes.findIndex((node) => node.name === arguments[0])", name))

    def place(self, node: int) -> tuple[int, int]:
        """Where a node stands in the window, in pixels."""
        script = """const { model, renderer } = paperkgPage, view = renderer.view(), n = arguments[0];
          const box = document.getElementById("graph").getBoundingClientRect(), x = model.x[n] - view.x, y = model.y[n] - view.y;
          return [x * view.scale + view.width / 2 + box.left, y * view.scale + view.height / 2 + box.top];"""
        x, y = self.run(script, node)
        return round(x), round(y)

    def set(self, selector: str, value: object) -> None:
        """Move a slider or choose from a list."""
        script = """const field = document.querySelector(arguments[0]);
          field.value = arguments[1];
          field.dispatchEvent(new Event("input", { bubbles: true }));"""
        self.run(script, selector, value)

    def requests(self) -> list[str]:
        """Addresses that the page asked for, the page itself left out."""
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("file:", "about:"))]

    def errors(self) -> list[str]:
        """What the console was told."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
