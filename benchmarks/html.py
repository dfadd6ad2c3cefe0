"""Speed of the page in headless Chromium without a GPU, by both renderers, beside plain pyvis on the same graphs.

usage: html.py [--plain-most N] [--pan-seconds S] [GRAPH ...]

A GRAPH is a graph directory, or a number of nodes of a graph of invented papers; by default 1500 3000 5000 10000 50000. Needs chromium
and chromedriver. "ready" is from the start of the navigation to the second frame after the page was drawn; "pan" and "zoom" are frames a
second while the view moves, at most 60, and beside them the processor time of all of Chromium for a frame, which a busy machine changes
less; "all" has every node visible; "choose" is from choosing the largest hub to the next frame. Plain pyvis is drawn as it comes, with
physics, up to N nodes: "ready" is then its first frame, long before it stands still.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import contextlib
import os
import tempfile
import time
from typing import Any

import networkx as nx
from rich.console import Console
from rich.table import Table

import kg
from benchmarks.paper_graphs import paper_graph
from exports import html
from kg.graph.layout import layout
from schemas.layout import Layout

COLUMNS = (
    "graph",
    "drawn by",
    "nodes",
    "edges",
    "layout s",
    "write s",
    "MB",
    "ready ms",
    "visible",
    "pan",
    "zoom",
    "pan, all",
    "choose ms",
)

_FRAMES = """const [seconds, done] = arguments, move = (i) => { STEP }, start = performance.now();
let frames = 0;
const next = (now) => {
  move(frames++);
  if (now - start < 1000 * seconds) requestAnimationFrame(next); else done(1000 * frames / (now - start));
};
requestAnimationFrame(next);"""
_PATIENCE = 60  # seconds without an answer
_PAN = "paperkgPage.renderer.pan(i % 40 < 20 ? 12 : -12, i % 20 < 10 ? 6 : -6);"
_ZOOM = "paperkgPage.renderer.zoom(i % 40 < 20 ? 1.05 : 1 / 1.05);"
_PLAIN_PAN = "const at = network.getViewPosition(); network.moveTo({position: {x: at.x + (i % 40 < 20 ? 12 : -12), y: at.y}});"
_PLAIN_ZOOM = "network.moveTo({scale: network.getScale() * (i % 40 < 20 ? 1.05 : 1 / 1.05)});"
_CHOOSE = """const done = arguments[0], start = performance.now(); paperkgPage.change({node: paperkgPage.model.order[0]});
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));"""


def main() -> None:
    """Measure, and print a row for each graph and renderer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graphs", nargs="*", default=["1500", "3000", "5000", "10000", "50000"])
    parser.add_argument("--plain-most", type=int, default=3000)
    parser.add_argument("--pan-seconds", type=float, default=4)
    parser.add_argument("--only", choices=("pyvis", "canvas", "plain"))
    options = parser.parse_args()
    table = Table(*COLUMNS, title="Chromium 1400x900, no GPU")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.graphs:
            graph = paper_graph(int(name)) if name.isdigit() else kg.load(name)
            for renderer in ("pyvis", "canvas", "plain"):
                if options.only in (None, renderer) and (renderer != "plain" or len(graph) <= options.plain_most):
                    row = measured(name, graph, renderer, Path(folder) / "page.html", options.pan_seconds)
                    table.add_row(*row)
                    print(" ".join(row), flush=True)
    Console(width=160).print(table)


def measured(name: str, graph: nx.MultiDiGraph, renderer: str, page: Path, seconds: float) -> list[str]:
    """One row of the table."""
    start = time.perf_counter()
    places = Layout({}) if renderer == "plain" else layout(graph)
    placed = time.perf_counter()
    write(graph, places, renderer, page)
    written = time.perf_counter()
    size = page.stat().st_size / 1e6
    figures = in_browser(page, renderer, seconds)
    label = {"pyvis": "page, pyvis", "canvas": "page, canvas", "plain": "plain pyvis"}[renderer]
    facts = [name if name.isdigit() else Path(name).name, label, f"{len(graph)}", f"{graph.number_of_edges()}"]
    return [*facts, f"{placed - start:.1f}", f"{written - placed:.1f}", f"{size:.1f}", *figures]


def write(graph: nx.MultiDiGraph, places: Layout, renderer: str, page: Path) -> None:
    """The page, or what pyvis makes of the same graph."""
    if renderer != "plain":
        html.write(graph, page, places, renderer)
        return
    from pyvis.network import Network

    network = Network(height="900px", width="100%", cdn_resources="in_line", directed=True)
    for node, values in graph.nodes(data=True):
        network.add_node(node, label=(values.get("name") or values.get("title") or node)[:30], group=values["kind"])
    for source, target, values in graph.edges(data=True):
        network.add_edge(source, target, title=values["kind"])
    page.write_text(network.generate_html(notebook=False), "utf-8")


def in_browser(page: Path, renderer: str, seconds: float) -> list[str]:
    """ready, visible, pan, zoom, pan of all, choose; a dash where there is nothing to measure."""
    driver = chromium()
    try:
        if renderer == "plain":
            return plain_figures(driver, page, seconds)
        driver.get(page.resolve().as_uri())
        ready = float(until(driver, "return document.body.dataset.readyAt"))
        visible = driver.execute_script("return paperkgPage.visible().shown.length")
        pan, zoom = (frames(driver, seconds, step) for step in (_PAN, _ZOOM))
        choose = driver.execute_async_script(_CHOOSE)
        driver.execute_script("paperkgPage.change({node: -1, least: 1}); document.getElementById('fit').click()")
        time.sleep(2)
        return [f"{ready:.0f}", f"{visible}", pan, zoom, frames(driver, seconds, _PAN), f"{choose:.0f}"]
    finally:
        driver.quit()


def plain_figures(driver: Any, page: Path, seconds: float) -> list[str]:
    """As `in_browser`, of the page that pyvis writes; its physics may leave no time for an answer."""
    from selenium.common.exceptions import TimeoutException
    from urllib3.exceptions import ReadTimeoutError

    try:
        driver.get(page.resolve().as_uri())
        first = until(driver, "return typeof network === 'object' && document.querySelector('canvas') && performance.now()")
        return [f"{first:.0f}", "all", *(frames(driver, seconds, step) for step in (_PLAIN_PAN, _PLAIN_ZOOM)), "-", "-"]
    except (TimeoutException, ReadTimeoutError):
        return [f"over {_PATIENCE}000", "all", "no answer", "-", "-", "-"]


def frames(driver: Any, seconds: float, step: str) -> str:
    """Frames a second while `step` moves the view each frame, and processor milliseconds for one."""
    before = cpu_seconds(driver.service.process.pid)
    rate = float(driver.execute_async_script(_FRAMES.replace("STEP", step), seconds))
    used = cpu_seconds(driver.service.process.pid) - before
    return f"{rate:.0f}/s {1000 * used / (rate * seconds):.0f} ms"


def cpu_seconds(root: int) -> float:
    """Processor time of a process and all below it (Linux)."""
    parents, ticks = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            parents[int(place.name)], ticks[int(place.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    mine = {root}
    for _ in range(6):  # the depth of Chromium's processes
        mine |= {process for process, parent in parents.items() if parent in mine}
    return sum(ticks.get(process, 0) for process in mine) / os.sysconf("SC_CLK_TCK")


def until(driver: Any, script: str) -> Any:
    """What `script` gives back, as soon as it does."""
    while not (value := driver.execute_script(script)):
        time.sleep(0.05)
    return value


def chromium() -> Any:
    """Headless Chromium with software rendering and the network cut."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--window-size=1400,900",
    ):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    driver.set_script_timeout(_PATIENCE)
    driver.set_page_load_timeout(_PATIENCE)
    driver.command_executor.client_config.timeout = _PATIENCE + 5
    return driver


if __name__ == "__main__":
    main()
