"""Trained models: where they lie, how a folder is checked, how one is loaded.

A model folder holds `meta.json` (name, version, the kind of recognizer that reads it, the checksums of its files) and the
files that this recognizer needs. The shipped ones lie in `kg/extract/models/`; a user's own is named by its path.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kg.extract.recognizer import Recognizer
from schemas.errors import ModelError
from schemas.ids import file_sha256

SHIPPED = Path(__file__).parent / "models"
DEFAULT = "default"
META = "meta.json"


@dataclass(frozen=True)
class ModelFolder:
    """A model folder and what its `meta.json` says."""

    path: Path
    name: str
    version: str
    recognizer: str  # kind: a key of LOADERS
    files: dict[str, str]  # SHA-256 of each file that the recognizer needs, by its name: no path, so it leads to no other place

    @property
    def label(self) -> str:
        """Name and version, as they stand on every edge."""
        return f"{self.name} {self.version}"

    @property
    def identity(self) -> tuple[str, ...]:
        """What stands for the model with all its files: another folder with the same identity holds the same model."""
        return self.label, *(f"{name} {sha}" for name, sha in sorted(self.files.items()))


def shipped_models() -> list[str]:
    """Names of the models inside the package."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{META}"))


def find_model(name: str = DEFAULT) -> ModelFolder:
    """The model called `name`, or the one in the folder `name`; raises ModelError when there is none or it is damaged."""
    path = SHIPPED / name if name in shipped_models() else Path(name)
    try:
        meta = json.loads((path / META).read_text("utf-8"))
        own, version, kind = (str(meta[key]) for key in ("name", "version", "recognizer"))
        folder = ModelFolder(path, own, version, kind, {Path(file).name: str(sha) for file, sha in meta["files"].items()})
    except OSError as error:
        choices = ", ".join(shipped_models()) or "none"
        raise ModelError(name, f"not found; shipped models: {choices}; or name a folder with a {META}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(name, f"{META} is damaged ({type(error).__name__}: {error})") from error
    if folder.recognizer not in LOADERS:
        raise ModelError(name, f"needs the recognizer {folder.recognizer!r}, this version has {', '.join(sorted(LOADERS))}")
    return folder


def checked_model(name: str = DEFAULT) -> ModelFolder:
    """The model called `name`, whose files are all there and those that it was made with; raises ModelError."""
    folder = find_model(name)
    for file, expected in folder.files.items():
        if file_sha256(folder.path / file) != expected:
            raise ModelError(name, f"{file} is missing or not the file that {META} names; install it again")
    return folder


def load_recognizer(name: str = DEFAULT) -> Recognizer:
    """The recognizer of the model called `name`, loaded once a process as long as its files stay; raises ModelError."""
    return _loaded(name, find_model(name).identity)


@functools.lru_cache(maxsize=4)
def _loaded(name: str, identity: tuple[str, ...]) -> Recognizer:
    folder = checked_model(name)
    return LOADERS[folder.recognizer](folder)


def _load_span_model(folder: ModelFolder) -> Recognizer:
    from kg.extract.span_model import FILES, SpanRecognizer

    unlisted = sorted(set(FILES) - set(folder.files))
    if unlisted:
        raise ModelError(str(folder.path), f"{META} gives no checksum of {unlisted[0]}; install it again")
    return SpanRecognizer.load(folder.path)


# The recognizers that a model folder may ask for.
LOADERS: dict[str, Callable[[ModelFolder], Recognizer]] = {"span-model": _load_span_model}
