"""Errors: one line, and whole when they come from another process."""

from __future__ import annotations

import pickle

import pytest

from schemas import errors
from schemas.errors import PaperkgError

EXAMPLES = (
    PaperkgError("it failed"),
    errors.InputError("a.txt", "is empty"),
    errors.FormatError("a.txt", "not a format"),
    errors.RecordError("a.txt", 3, "not valid JSON", "'{'", unit="entry"),
    errors.OptionError("unknown format 'x'"),
    errors.TargetError("g", "it is a folder"),
    errors.GraphError("g", "not a graph directory"),
    errors.ServerError("bolt://localhost", "no password"),
    errors.QueryError("not a query", "write MATCH"),
    errors.EngineError("write", "lost"),
    errors.ModelError("default", "is damaged"),
    errors.MissingExtraError("kg query", "query"),
)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_goes_from_process_to_process(error: PaperkgError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error) and vars(copy) == vars(error)


def test_every_error_has_an_example() -> None:
    classes = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, PaperkgError)}
    assert classes == {type(error) for error in EXAMPLES}


def test_what_comes_from_elsewhere_breaks_no_line() -> None:
    assert str(errors.TargetError("g", "it holds a\nb")) == "cannot write g: it holds a\\nb"
    assert str(errors.RecordError("f", 1, "unknown", "a\r\nb")) == "f, line 1: unknown: a\\r\\nb"
