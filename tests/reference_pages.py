"""The parts of the reference pages that follow from the code: commands and options, the graph schema, columns of files."""

from __future__ import annotations

import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from kg.cli import app
from schemas.json_schema import RECORDS, graph_schema

_PART = re.compile(r"(?P<start><!-- (?P<name>[a-z ]+): written by make golden -->\n)(?P<text>.*?)(?P<end><!-- end -->)", re.DOTALL)
_VALUES = {int: "N", float: "NUMBER", str: "TEXT", Path: "PATH"}


def with_parts(page: str, parts: dict[str, str]) -> str:
    """The page with each marked part in it as it follows from the code."""
    return _PART.sub(lambda found: f"{found['start']}\n{parts[found['name']]}\n{found['end']}", page)


def commands() -> list[CommandInfo]:
    """The commands, in the order of `kg --help`."""
    return app.registered_commands


def commands_part() -> str:
    return "\n".join(map(_command, commands()))


def _command(command: CommandInfo) -> str:
    given = [
        (name, info, kind, default) for name, info, kind, default in parameters(command) if isinstance(info, ArgumentInfo | OptionInfo)
    ]
    arguments = [(info.metavar or name.upper(), info.help) for name, info, _, _ in given if isinstance(info, ArgumentInfo)]
    lines = [f"### `kg {command.name}`", "", f"{inspect.getdoc(command.callback)}", ""]  # type: ignore[arg-type]
    lines += [
        "```text",
        " ".join(["kg", str(command.name), *(metavar for metavar, _ in arguments), *_required(given), "[OPTIONS]"]),
        "```",
        "",
    ]
    lines += ["| argument or option | meaning | default |", "|---|---|---|"]
    lines += [f"| `{metavar}` | {_cell(text)} | |" for metavar, text in arguments]
    lines += [
        f"| {_option(name, info, kind)} | {_cell(info.help)}{_range(info)} | {_default(default)} |"
        for name, info, kind, default in given
        if isinstance(info, OptionInfo)
    ]
    return "\n".join([*lines, ""])


def parameters(command: CommandInfo) -> Iterator[tuple[str, Any, Any, Any]]:
    """Name, typer's description, type and default of each parameter of a command."""
    assert command.callback
    for name, parameter in inspect.signature(command.callback, eval_str=True).parameters.items():
        if parameter.annotation is typer.Context:
            continue
        kind, info = typing.get_args(parameter.annotation)
        yield name, info, kind, parameter.default


def _required(given: list[tuple[str, Any, Any, Any]]) -> list[str]:
    return [
        f"{flags(name, info)[0]} {_value(info, kind)}"
        for name, info, kind, default in given
        if default is inspect.Parameter.empty and isinstance(info, OptionInfo)
    ]


def flags(name: str, info: OptionInfo) -> list[str]:
    """The names of an option, such as --output and -o."""
    first = (info.default,) if isinstance(info.default, str) and info.default.startswith("-") else ()
    declared = (*first, *(info.param_decls or ())) or ("--" + name.replace("_", "-"),)
    return [flag for names in declared for flag in names.split("/")]


def _option(name: str, info: OptionInfo, kind: Any) -> str:
    value = _value(info, kind)
    return ", ".join(f"`{flag}{' ' + value if value else ''}`" for flag in flags(name, info))


def _value(info: OptionInfo, kind: Any) -> str:
    """What stands after an option; empty for a switch."""
    while isinstance(kind, types.UnionType | types.GenericAlias):
        kind = next(each for each in typing.get_args(kind) if each is not types.NoneType)
    if kind is bool:
        return ""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "\\|".join(member.value for member in kind)
    return info.metavar or _VALUES[kind]


def _range(info: OptionInfo) -> str:
    bounds = [f"at least {info.min:g}"] if info.min is not None else []
    bounds += [f"at most {info.max:g}"] if info.max is not None else []
    return f" ({', '.join(bounds)})" if bounds else ""


def _default(default: Any) -> str:
    if default is inspect.Parameter.empty:
        return "required"
    return "" if default in (None, False, []) else f"`{default.value if isinstance(default, enum.Enum) else default}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("<", "&lt;")


def nodes_part() -> str:
    lines = ["| node | property | meaning |", "|---|---|---|"]
    for kind, properties in graph_schema()["nodes"].items():
        lines += [f"| `{kind}` | `{name}` | {_cell(meaning)} |" for name, meaning in properties.items()]
    return "\n".join([*lines, ""])


def edges_part() -> str:
    lines = ["| edge | joins | meaning | derived |", "|---|---|---|---|"]
    for kind, edge in graph_schema()["edges"].items():
        joins = ", ".join(f"{source} → {target}" for source, target in edge["joins"])
        lines.append(f"| `{kind}` | {joins} | {_cell(edge['meaning'])} | {'yes' if edge['derived'] else ''} |")
    return "\n".join([*lines, ""])


def edge_properties_part() -> str:
    edges = graph_schema()["edges"]
    lines = ["| edge | property | meaning |", "|---|---|---|"]
    for title, derived in (("of a paper", False), ("derived", True)):
        properties = next(edge["properties"] for edge in edges.values() if edge["derived"] is derived)
        lines += [f"| {title} | `{name}` | {_cell(meaning)} |" for name, meaning in properties.items()]
    return "\n".join([*lines, ""])


def columns_part(directory: Path) -> str:
    """The columns of each file of a graph directory."""
    lines = ["| file | columns |", "|---|---|"]
    for file in sorted(directory.glob("*.parquet")):
        columns = (f"`{field.name}` ({_type(field.type)})" for field in pq.read_schema(file))
        lines.append(f"| `{file.name}` | {', '.join(columns)} |")
    return "\n".join([*lines, ""])


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    if pa.types.is_struct(kind):
        return f"record of {', '.join(kind.field(number).name for number in range(kind.num_fields))}"
    return str(kind)


def record_part(name: str) -> str:
    """The fields of a record that is kept as JSON."""
    schema = RECORDS[name].model_json_schema()
    lines = ["| field | required | meaning |", "|---|---|---|"]
    required = schema.get("required", [])
    for field, values in schema["properties"].items():
        lines.append(f"| `{field}` | {'yes' if field in required else ''} | {_cell(values.get('description'))} |")
    return "\n".join([*lines, ""])
