"""Pictures of the page, to be looked at: python -m tests.screenshots GRAPH FOLDER [NAME ...]."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kg
from tests.pages import Page, chromium

# Name: width, height, what follows "#", what is done first; `most(kind, n)` is the n-th node of a kind by its papers.
SCENES = {
    "map": (1400, 880, "", ""),
    "panel": (1400, 880, "", "paperkgPage.change({node: most('Dataset', 0)})"),
    "search": (1400, 880, "", "const field = document.getElementById('search'); field.value = 'mod'; field.focus()"),
    "neighbours": (1400, 880, "", "paperkgPage.change({focus: most('Dataset', 0), steps: 2})"),
    "hub": (1400, 880, "", "paperkgPage.change({focus: most('Method', 0)})"),
    "path": (1400, 880, "", "paperkgPage.change({path: [most('Dataset', 0), most('Task', 1)]})"),
    "topic": (1400, 880, "", "document.querySelector('#panel .items button').click()"),
    "list": (1400, 880, "#list=1", ""),
    "paper": (1400, 880, "", "document.getElementById('search').value = ''; paperkgPage.change({node: most('Paper', 0)})"),
    "everything": (1400, 880, "#least=1", ""),
    "dark": (1400, 880, "#theme=dark", "paperkgPage.change({node: most('Method', 0)})"),
    "wide": (1920, 1080, "", ""),
    "narrow": (400, 800, "", ""),
    "narrow-panel": (400, 800, "", "paperkgPage.change({node: most('Dataset', 0)}); document.getElementById('side').scrollIntoView()"),
    "help": (1400, 880, "", "document.getElementById('help').click()"),
}
_MOST = """const most = (kind, n) => { const m = paperkgPage.model; return [...m.order].filter((i) => m.kinds[m.kind[i]] === kind)[n]; };"""


@contextmanager
def open_pages(graph: Path) -> Iterator[dict[str, Page]]:
    """The page of a graph by each renderer."""
    with tempfile.TemporaryDirectory() as folder:
        targets = {renderer: Path(folder) / f"{renderer}.html" for renderer in ("pyvis", "canvas")}
        for renderer, target in targets.items():
            kg.export(kg.load(graph), "html", target, renderer=renderer)
        for browser in chromium():
            yield {renderer: Page(browser, target) for renderer, target in targets.items()}


def main(graph: Path, folder: Path, names: list[str]) -> None:
    """Write a picture of each scene, the map by both renderers."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_pages(graph) as pages:
        for name in names or [*SCENES, "map-canvas"]:
            width, height, fragment, script = SCENES[name.removesuffix("-canvas")]
            page = pages["canvas" if name.endswith("-canvas") else "pyvis"].open(fragment, width, height)
            page.run(f"{_MOST} {script}")
            page.browser.execute_async_script("setTimeout(arguments[0], 700)")  # until the view rests
            page.browser.save_screenshot(str(folder / f"{name}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
