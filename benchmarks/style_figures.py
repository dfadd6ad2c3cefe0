"""Figures of how the code is written, as the table in docs/architecture.md: `make style-figures` writes it anew.

Counted on kg/, schemas/ and exports/, tests left out; a function's length is its source lines without the docstring.
"""

from __future__ import annotations

import ast
import re
import statistics
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("kg", "schemas", "exports")
MOST_LINES = 50  # of a function
BEGIN, END = "<!-- style figures: make style-figures -->\n", "<!-- end of style figures -->\n"

_MOCKS = re.compile(r"\bunittest\.mock\b|\bMagicMock\b|\bMock\(|\bmocker\b|\bpatch\(")
_REPLACES = re.compile(r"\bmonkeypatch\.setattr\(")


@dataclass(frozen=True)
class Function:
    """One function or method."""

    place: str  # FILE:LINE
    name: str
    n_lines: int  # without the docstring
    annotated: bool  # its return type
    documented: bool
    public: bool  # neither it nor what it stands in begins with "_"; functions inside functions are not


@dataclass(frozen=True)
class Figures:
    """What is counted."""

    file_lines: list[int]
    functions: list[Function]
    error_classes: list[str]  # under PaperkgError
    broad_excepts: list[str]  # FILE:LINE, those that raise nothing
    n_mocks: int  # lines of tests
    n_replaced: int  # lines of tests that replace an attribute


def count() -> Figures:
    """The figures of the tree."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    trees = {path: ast.parse(path.read_text("utf-8")) for path in files}
    tests = [line for path in sorted((ROOT / "tests").rglob("*.py")) for line in path.read_text("utf-8").splitlines()]
    return Figures(
        file_lines=[len(path.read_text("utf-8").splitlines()) for path in files],
        functions=[function for path, tree in trees.items() for function in functions_of(path, tree)],
        error_classes=[node.name for node in trees[ROOT / "schemas" / "errors.py"].body if isinstance(node, ast.ClassDef)],
        broad_excepts=[place for path, tree in trees.items() for place in broad_excepts(path, tree)],
        n_mocks=sum(bool(_MOCKS.search(line)) for line in tests),
        n_replaced=sum(bool(_REPLACES.search(line)) for line in tests),
    )


def functions_of(path: Path, tree: ast.Module) -> list[Function]:
    """Every function in a file."""
    found: list[Function] = []

    def visit(node: ast.AST, public: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append(_function(path, child, public))
                visit(child, False)
            else:
                visit(child, public and not (isinstance(child, ast.ClassDef) and child.name.startswith("_")))

    visit(tree, True)
    return found


def _function(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, public: bool) -> Function:
    text = ast.get_docstring(node) is not None
    own = node.body[0].end_lineno - node.body[0].lineno + 1 if text and node.body[0].end_lineno else 0
    lines = (node.end_lineno or node.lineno) - node.lineno + 1 - own
    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
    return Function(place, node.name, lines, node.returns is not None, text, public and not node.name.startswith("_"))


def broad_excepts(path: Path, tree: ast.Module) -> list[str]:
    """Where every error is caught and none is raised."""
    found = []
    for node in ast.walk(tree):
        everything = isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        if everything and not isinstance(node.body[-1], ast.Raise):
            found.append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    return found


def table(figures: Figures) -> str:
    """The figures in Markdown."""
    lengths = [function.n_lines for function in figures.functions]
    public = [function for function in figures.functions if function.public]
    too_long = [function for function in figures.functions if function.n_lines > MOST_LINES]
    rows = {
        "files; lines per file, median / longest": f"{len(figures.file_lines)}; {_median(figures.file_lines)} / {max(figures.file_lines)}",
        "functions; lines per function, median / 90 % / longest": (
            f"{len(lengths)}; {_median(lengths)} / {statistics.quantiles(lengths, n=10)[-1]:.0f} / {max(lengths)}"
        ),
        f"functions over {MOST_LINES} lines": ", ".join(f"{f.place} {f.name} ({f.n_lines})" for f in too_long) or "0",
        "return types annotated": _share([function.annotated for function in figures.functions]),
        "public functions documented": _share([function.documented for function in public]),
        "errors": f"one base, {len(figures.error_classes) - 1} classes below it, the tree drawn",
        "broad `except` that raises nothing": ", ".join(figures.broad_excepts) or "0",
        "lines of tests that mock / that replace an attribute": f"{figures.n_mocks} / {figures.n_replaced}",
        "one command for people and CI": "`make test`",
    }
    return "| aspect | ours |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows.items())


def _median(values: list[int]) -> str:
    return f"{statistics.median(values):.0f}"


def _share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.0f} %"


def main() -> None:
    """Put the table into its page, and print it."""
    made = table(count())
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + made + END + rest.partition(END)[2], "utf-8", newline="\n")
    print(made, end="")


if __name__ == "__main__":
    main()
