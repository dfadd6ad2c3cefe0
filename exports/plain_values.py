"""Values as formats without lists or dates take them."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def scalar(value: Any) -> str | int | float | bool:
    """A text, number or truth value: dates are ISO text, lists JSON text."""
    if isinstance(value, str | bool | int | float):
        return value
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)


def json_value(value: object) -> str:
    """For `json.dump(default=...)`: dates are ISO text."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def xml_text(text: str) -> str:
    """`text` without the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)
