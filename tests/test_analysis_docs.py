"""docs/analysis.md and docs/analysis.ipynb: all code runs, and gives what is shown."""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib.axes import Axes
from nbformat.v4 import new_output

import kg
from tests.conftest import ROOT, graph_of_examples

PAGE = ROOT / "docs" / "analysis.md"
NOTEBOOK = ROOT / "docs" / "analysis.ipynb"
WRITE = os.environ.get("PAPERKG_GOLDEN") == "write"
_BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n(?P<shown>```text\n.*?^```\n|(?:\|[^\n]*\n)+))?", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^\| (?P<question>[^|]*) \| `(?P<code>[^`]*)` \| (?P<shown>[^|]*)\|$", re.MULTILINE)


@pytest.fixture
def namespace(in_folder: Path) -> dict[str, Any]:
    """Where code runs: beside the graph directory that the page tells to build."""
    kg.save(graph_of_examples(year=2026), in_folder / "graph")
    return {}


def run(code: str, names: dict[str, Any]) -> tuple[str, Any]:
    """What `code` prints, and the value of its last line, as a prompt would show them."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None
    return printed.getvalue(), value


def cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    if value is None or value is pd.NA or value != value:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("|", "\\|")


def table(frame: pd.DataFrame) -> str:
    """The rows as a Markdown table: how pandas prints them differs from version to version."""
    lines = [
        list(map(str, frame.columns)),
        ["---"] * len(frame.columns),
        *([cell(v) for v in row] for row in frame.itertuples(index=False)),
    ]
    return "".join(f"| {' | '.join(line)} |\n".replace(" --- ", "---") for line in lines)


def shown(printed: str, value: Any) -> str:
    """What stands in the page below the code."""
    if isinstance(value, pd.DataFrame):
        return table(value)
    text = printed if value is None else f"{value!r}\n"
    return f"```text\n{text}```\n" if text else ""


def test_page(namespace: dict[str, Any]) -> None:
    text, answers = PAGE.read_text("utf-8"), []
    for block in _BLOCK.finditer(text):
        answers.append((block, shown(*run(block["code"], namespace))))
    assert len(answers) >= 15
    for line in _LINE.finditer(text):
        answers.append((line, f"{cell(run(line['code'], namespace)[1])} "))
    if WRITE:
        for match, answer in sorted(answers, key=lambda item: -item[0].start()):
            start, end = match.span("shown")
            text = text[:start] + answer + text[end:] if start >= 0 else text
        PAGE.write_text(text, "utf-8")
    else:
        different = [(match["code"], answer) for match, answer in answers if (match["shown"] or "") != answer]
        assert not different, "if this is meant, run make golden"


def test_ten_lines_of_networkx_are_shown() -> None:
    lines = _LINE.findall(PAGE.read_text("utf-8"))
    assert len(lines) >= 10 and all(given.strip() for _, _, given in lines)


def test_page_tells_of_every_function() -> None:
    text = PAGE.read_text("utf-8")
    assert all(f"kg.{name}" in text for name in kg.analysis.__all__)
    assert all(
        f"images/analysis-{name}.png" in text and (PAGE.parent / f"images/analysis-{name}.png").exists()
        for name in ("timeline", "coverage")
    )


def outputs(printed: str, value: Any) -> list[nbformat.NotebookNode]:
    """What a notebook keeps of a cell."""
    found = [new_output("stream", name="stdout", text=printed)] if printed else []
    if isinstance(value, Axes):
        return [*found, new_output("display_data", {"image/png": picture(value), "text/plain": "a plot"})]
    if isinstance(value, pd.DataFrame):
        return [*found, new_output("display_data", {"text/markdown": table(value), "text/plain": table(value)})]
    return found if value is None else [*found, new_output("display_data", {"text/plain": repr(value)})]


def picture(axes: Axes) -> str:
    data = io.BytesIO()
    axes.figure.savefig(data, format="png", metadata={"Software": None})
    return base64.b64encode(data.getvalue()).decode()


def comparable(found: list[nbformat.NotebookNode]) -> list[Any]:
    """Outputs without their pictures: fonts differ from machine to machine."""
    return [{form: text for form, text in each.get("data", {"text": each.get("text")}).items() if form != "image/png"} for each in found]


def test_notebook(namespace: dict[str, Any]) -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    cells = [each for each in book.cells if each.cell_type == "code"]
    assert len(cells) >= 8
    for number, each in enumerate(cells, 1):
        got = outputs(*run(each.source, namespace))
        if WRITE:
            each.execution_count, each.outputs = number, got
        assert comparable(each.outputs) == comparable(got), each.source
    if WRITE:
        nbformat.write(book, NOTEBOOK)
