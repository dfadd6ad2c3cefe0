"""`schemas` and `exports` are generic names: notice when a user's file or folder hides ours."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_MESSAGE = "{found} hides the package {name!r} of paperkg ({ours}); rename it, or run from another folder"


def check_origin(names: tuple[str, ...] = ("schemas", "exports")) -> None:
    """Raise ImportError, one line, when a top-level package of ours is hidden by another file."""
    for name in names:
        loaded = sys.modules.get(name)
        spec = loaded.__spec__ if loaded else importlib.util.find_spec(name)
        ours = _ROOT / name / "__init__.py"
        found = spec.origin if spec and spec.origin else None
        if found is None or Path(found).resolve() != ours:
            raise ImportError(_MESSAGE.format(found=found or "another folder", name=name, ours=ours.parent))
