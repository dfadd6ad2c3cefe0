"""Rows as pandas frames; pandas is imported when a frame is asked for (extra `paperkg[analysis]`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from schemas.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

EXTRA = "analysis"

# Whole numbers that may be absent: pandas would make them floating-point numbers.
_WHOLE = frozenset({"year", "upvotes", "n_authors", "weight", "n_papers", "before", "after"})


def check_extra(function: str, *packages: str) -> None:
    """Raise MissingExtraError when one of `packages`, which `function` needs, is not installed."""
    if any(find_spec(package) is None for package in packages):
        raise MissingExtraError(function, EXTRA)


def table(function: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A frame of `rows`, for the public function called `function`; raises MissingExtraError without pandas."""
    check_extra(function, "pandas")
    import pandas as pd

    made = pd.DataFrame([list(row) for row in rows], columns=list(columns))
    made = made.astype({name: "Int64" for name in made.columns if name in _WHOLE})
    if "published" in made.columns:
        made["published"] = made["published"].astype("datetime64[s]")  # nanoseconds, as older pandas has them, begin in 1677
    return made
