"""Values as Cypher literals, for scripts: whatever a text holds, it stays one string."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

# Quotes, backslashes, and what an editor, a shell or a parser may read as the end of a line or drop.
_SPECIAL = re.compile(r"[\\'\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]")


def literal(value: Any) -> str:
    """`value` (None, a text, number, truth value, date, list or map of the schema's names) as Cypher."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime.date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {literal(item)}' for name, item in value.items())}}}"
    return f"'{_SPECIAL.sub(_escaped, value)}'"


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{character}" if character in "\\'" else f"\\u{ord(character):04x}"
