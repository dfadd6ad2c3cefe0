"""No text makes a regular expression of ours run for ever: time grows with the length of a text, not with its square or faster."""

from __future__ import annotations

import ast
import importlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from re import _constants, _parser
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.growth import grows_too_fast
from tests.test_architecture import SOURCES

LENGTH = 4_000  # characters
FUNCTIONS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub"}
# What texts are made of: pieces that are repeated, besides those that stand in the pattern itself.
PIECES = [
    "a",
    "A",
    "0",
    ".",
    "a.",
    "a-",
    "-",
    "_",
    "a_",
    "(",
    "()",
    "((",
    "[]",
    "{",
    "{}",
    "\\",
    "\\a",
    "\\a{",
    "$",
    "$a",
    ",",
    ";",
    ":",
    "/",
    "//",
    "/*",
    "<",
    "<a",
    "<!--",
    "<!---->",
    "<?a?>",
    "<!",
    "&",
    '"',
    "'",
    '\\"',
    "`",
    "@a{",
    "a@",
    "|",
]
PIECES += ["http://a", "www.a.", "a.io/", "github.com/", "Ab", "é", "日", "•", "%", "=", "a:"]
PIECES += [" ", "\t ", "\n", "\r\n ", ", ", ": ", "<a ", "http:// ", " and ", "a and", "1, ", "A B ", "\u2028"]
ENDS = ["", "!", "\x00"]


def modules() -> Iterator[tuple[Path, ModuleType]]:
    """Every module of the project that can be imported here, and its file: those of the extras may not be."""
    for path in SOURCES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        try:
            yield path, importlib.import_module(name)
        except ImportError:
            continue


# Used on what the user types, and on texts of bounded length.
TRUSTED = {"query._QUOTED", "keys._ABBREVIATION_INSIDE"}


@dataclass(frozen=True)
class Used:
    """A regular expression and what is done with it."""

    pattern: re.Pattern[Any]
    methods: frozenset[str]  # names of methods; those that are given the start and the end of a search are left out


def inside(value: Any) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value, also in tables of them."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (pattern for item in value.items() for pattern in inside(item))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (pattern for item in value for pattern in inside(item))


def attribute_calls(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """(name, method, call) of each NAME.method(...) in a file with the name of a method of patterns."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
            yield (node.func.value.id if isinstance(node.func.value, ast.Name) else ""), node.func.attr, node


def calls_of_re(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls of the functions of `re` in a file."""
    return ((method, call) for name, method, call in attribute_calls(path) if name == "re")


def uses(name: str, path: Path) -> frozenset[str]:
    """What is done with the pattern that a module calls `name`, there and where it is imported; all that can be where it is in a table."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    files = [path, *(other for other in SOURCES if f"from {module} import" in (text := other.read_text("utf-8")) and name in text)]
    found = [(method, call) for file in files for named, method, call in attribute_calls(file) if named == name]
    bounded = {method for method, call in found if len(call.args) == 3 and method not in ("sub", "split")}
    return frozenset(method for method, _ in found if method not in bounded) if found else frozenset(FUNCTIONS)


def patterns() -> dict[str, Used]:
    """Every regular expression of the project: those that modules hold, and those that stand in calls."""
    from kg.query import _DIALECT

    found = {pattern: Used(re.compile(pattern, re.IGNORECASE | re.DOTALL), frozenset({"search"})) for pattern, _ in _DIALECT}
    for path, module in modules():
        for name, value in vars(module).items():
            own = f"\n{name} = " in path.read_text("utf-8") or f"\n{name}: " in path.read_text("utf-8")
            for pattern in inside(value) if own else ():
                found[f"{path.stem}.{name} {pattern.pattern!r}"[:70]] = Used(pattern, uses(name, path))
        for method, call in calls_of_re(path):
            if method != "compile" and call.args and isinstance(call.args[0], ast.Constant):
                text = call.args[0].value
                found[f"{path.stem} {text!r}"] = Used(re.compile(text), frozenset({method}))
    return found


PATTERNS = patterns()


def literals(parsed: Any) -> Iterator[str]:
    """The runs of plain characters in a parsed pattern."""
    run = ""
    for operation, argument in parsed:
        if operation is _constants.LITERAL:
            run += chr(argument)
            continue
        if run:
            yield run
        run = ""
        for part in argument if isinstance(argument, list | tuple) else [argument]:
            for each in part if isinstance(part, list) else [part]:
                if isinstance(each, _parser.SubPattern):
                    yield from literals(each)
    if run:
        yield run


def own_pieces(pattern: re.Pattern[Any]) -> list[str]:
    """What stands in a pattern, alone and one after the other."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    found = list(dict.fromkeys(literals(_parser.parse(text))))
    return [*found[:12], *(a + b for a, b in pairwise(found[:12])), "".join(found[:4])]


def hostile(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """(start, piece, end) of texts."""
    own = [piece for piece in own_pieces(pattern) if piece]
    yield from (("", piece, end) for piece in dict.fromkeys([*own, *PIECES]) for end in ENDS)
    yield from ((start, piece, "!") for start in own[:8] for piece in (" ", "a", "0", "\n", "a.", "-", start))


def apply(used: Used, text: str) -> None:
    """What is done with the pattern, to a text."""
    given = text if isinstance(used.pattern.pattern, str) else text.encode("utf-8", "replace")
    if "match" in used.methods:
        used.pattern.match(given)
    if "fullmatch" in used.methods:
        used.pattern.fullmatch(given)
    if used.methods - {"match", "fullmatch"}:
        deque(used.pattern.finditer(given), 0)


def test_every_pattern_is_found() -> None:
    assert len(PATTERNS) > 100
    for path in SOURCES:
        for method, call in calls_of_re(path):
            assert method == "compile" or isinstance(call.args[0], ast.Constant | ast.Name | ast.JoinedStr), f"{path}, line {call.lineno}"


@pytest.mark.parametrize("name", sorted(name for name in PATTERNS if name.partition(" ")[0] not in TRUSTED))
def test_time_grows_with_the_length(name: str) -> None:
    used, problems = PATTERNS[name], []
    for start, piece, end in hostile(used.pattern):
        problem = grows_too_fast(lambda length: partial(apply, used, start + piece * (length // len(piece)) + end), LENGTH)  # noqa: B023
        problems += [f"{start!r} + {piece!r} * n + {end!r}: {problem}"] if problem else []
        if len(problems) > 2:
            break
    assert not problems
