"""Every error of the project.

PaperkgError                a message for people: one line, the value, the choices, the next step
├── InputError              a file that cannot be read as papers          (.source)
│   ├── FormatError         its format is not known or not the one named  (.source)
│   └── RecordError         one broken record; `--skip-bad` counts it     (.source, .line, .unit, .reason)
├── OptionError             an argument without such a value
├── TargetError             a file or folder that cannot be written       (.target)
├── GraphError              a graph directory that cannot be read         (.path)
├── ServerError             a database server that cannot be reached or used (.server)
├── QueryError              a query that is refused or fails              (.hint)
├── EngineError             a stage that fails on the machines it runs on (.stage)
├── ModelError              a model folder that is missing or damaged     (.name)
└── MissingExtraError       a command needs an optional part              (.extra)
"""

from __future__ import annotations

from typing import Any


class PaperkgError(Exception):
    """Base of all errors that people can act on; `str(error)` is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))

    def __reduce__(self) -> tuple[Any, ...]:
        """How it goes from process to process: what it was made of is not kept."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[PaperkgError], args: tuple[Any, ...], values: dict[str, Any]) -> PaperkgError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(values)
    return error


class InputError(PaperkgError):
    """An input cannot be read."""

    def __init__(self, source: str, problem: str) -> None:
        self.source = one_line(source)
        super().__init__(f"{self.source}: {problem}")


class FormatError(InputError):
    """The content of an input is not in a known format, or not in the one that was named."""


class RecordError(InputError):
    """One record (a line, an entry) is broken; the records around it may be fine."""

    def __init__(self, source: str, line: int, reason: str, detail: str = "", *, unit: str = "line") -> None:
        self.line = line
        self.unit = unit  # what `line` counts: lines, or entries where these have no line of their own
        self.reason = reason
        super().__init__(f"{source}, {unit} {line}", reason + (f": {detail}" if detail else ""))


class OptionError(PaperkgError):
    """An argument has a value that it cannot have; the message names the choices."""


class TargetError(PaperkgError):
    """A result cannot be written; what stood there before is untouched."""

    def __init__(self, target: str, problem: str) -> None:
        self.target = one_line(target)
        super().__init__(f"cannot write {self.target}: {problem}")


class GraphError(PaperkgError):
    """A graph directory is missing, damaged or of another schema version."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = one_line(path)
        super().__init__(f"{self.path}: {problem}")


class ServerError(PaperkgError):
    """A database server cannot be reached, refuses, or holds something else than it should."""

    def __init__(self, server: str, problem: str) -> None:
        self.server = one_line(server)
        super().__init__(f"{self.server}: {problem}")


class QueryError(PaperkgError):
    """A query is refused or fails; `hint` says what to write instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(problem + (f"; {hint}" if hint else ""))


class EngineError(PaperkgError):
    """A stage of a build fails on the machines that it runs on."""

    def __init__(self, stage: str, problem: str) -> None:
        self.stage = stage
        super().__init__(f"stage {stage!r}: {problem}")


class ModelError(PaperkgError):
    """A model folder is missing or damaged."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = one_line(name)
        super().__init__(f"model {self.name!r}: {problem}")


class MissingExtraError(PaperkgError):
    """A command needs packages that come with one of the extras of paperkg."""

    def __init__(self, command: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{command} needs the extra: pip install 'paperkg[{extra}]'")


def one_line(text: str) -> str:
    """`text` with control characters escaped, so that a file's name or content cannot break a message."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def excerpt(text: str, length: int = 60) -> str:
    """The first `length` characters of `text`, quoted and on one line, for use in a message."""
    shown = one_line(" ".join(text.split()))
    return repr(shown if len(shown) <= length else shown[: length - 1] + "…")
