"""Opening a page in the reader's browser."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from pathlib import Path


def temporary_page(name: str) -> Path:
    """Where a page can be written that stays after the command has ended; only its owner can read it."""
    return Path(tempfile.mkdtemp(prefix="paperkg-")) / f"{name}.html"


def open_page(page: Path) -> bool:
    """Open `page`; False where there is no browser with a screen (one in the terminal would show nothing)."""
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform.startswith("linux") and not screen:
        return False
    try:
        return webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return False
