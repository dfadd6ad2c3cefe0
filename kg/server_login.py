"""Which server, who asks, and the password: from options, files, the environment, a prompt.

The password is never an argument of a command, which others on the machine could see.
"""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

from schemas.errors import InputError, ServerError
from schemas.server_address import checked_address

VARIABLE = "NEO4J_PASSWORD"


def find_login(uri: str | None, user: str | None, password_file: Path | None) -> tuple[str, str, str]:
    """Address, user and password; what is not given comes from NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD or a prompt.

    Raises InputError and ServerError.
    """
    server = uri or os.environ.get("NEO4J_URI")
    if not server:
        raise ServerError("neo4j", "no server: name one with --uri, such as bolt://localhost:7687, or set NEO4J_URI")
    name = user or os.environ.get("NEO4J_USERNAME") or "neo4j"
    return server, name, _password(checked_address(server), name, password_file)


def _password(server: str, user: str, file: Path | None) -> str:
    """The first line of `file`, else NEO4J_PASSWORD, else what is typed at a prompt on a terminal.

    Raises InputError when the file cannot be read, ServerError when there is nobody to ask.
    """
    if file is not None:
        return _first_line(file)
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    if not _can_ask():
        raise ServerError(server, f"no password: set {VARIABLE}, or name a file that holds it with --password-file")
    return getpass(f"Password of {user} at {server}: ")


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text("utf-8-sig").split("\n")  # a mark at the start, as Windows writes it, is no part of it
    except OSError as error:
        raise InputError(str(file), error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise InputError(str(file), "not UTF-8 text") from error
    if not lines[0]:
        raise InputError(str(file), "no password on its first line")
    return lines[0]
