"""How the rows of a query are printed: a table, CSV, or one JSON list."""

from __future__ import annotations

import csv
import datetime
import json
import sys
from typing import Any

from rich.table import Table
from rich.text import Text

from kg.query import Answer
from kg.summary import wide_console


def show(answer: Answer, form: str) -> None:
    """Print an answer on standard output; `form` is table, csv or json."""
    if form == "json":
        rows = [dict(zip(answer.columns, values, strict=True)) for values in answer.rows]
        print(json.dumps(rows, ensure_ascii=False, default=_json_value))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(map(_cell, values) for values in answer.rows)
    else:
        _show_table(answer)


def _show_table(answer: Answer) -> None:
    console = wide_console(140)
    table = Table()
    for name in answer.columns:
        table.add_column(Text(name))
    for values in answer.rows:
        table.add_row(*(Text(_cell(value)) for value in values))
    console.print(table)
    console.print(f"{len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'}")


def _cell(value: Any) -> str:
    """A value as one cell: texts as they are, a node by its name, lists with semicolons."""
    if value is None:
        return ""
    if isinstance(value, dict):
        named = (value[name] for name in ("name", "title", "url", "_label") if name in value)
        return str(next(named, json.dumps(value, default=_json_value)))
    return "; ".join(map(_cell, value)) if isinstance(value, list) else str(value)


def _json_value(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
