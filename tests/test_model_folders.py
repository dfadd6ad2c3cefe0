"""Model folders of others: what is not the file that was meant is one line, and no name leads out of the folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg.extract.models import META, SHIPPED, find_model, load_recognizer
from schemas.errors import ModelError
from schemas.paper import Paper
from tests.conftest import EXAMPLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a shipped model."""
    return Path(shutil.copytree(SHIPPED / "fast", tmp_path / "model"))


def write(folder: Path, name: str, content: bytes) -> None:
    """A file with its checksum, as whoever makes a model can write it."""
    (folder / name).write_bytes(content)
    meta = json.loads((folder / META).read_text("utf-8"))
    meta["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / META).write_text(json.dumps(meta))


def change(folder: Path, **files: str | None) -> None:
    meta = json.loads((folder / META).read_text("utf-8"))
    meta["files"] = {name: value for name, value in (meta["files"] | files).items() if value is not None}
    (folder / META).write_text(json.dumps(meta))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "spans.onnx").write_bytes(b"x"), "spans.onnx is missing or not the file that meta.json names"),
        (lambda f: shutil.copy(f / "entities.onnx", f / "spans.onnx"), "spans.onnx is missing or not the file"),
        (lambda f: (f / "decision.json").unlink(), "decision.json is missing or not the file"),
        (lambda f: change(f, **{"spans.onnx": None}), "gives no checksum of spans.onnx"),
        (lambda f: change(f, **{"../secret": hashlib.sha256(b"secret").hexdigest()}), "secret is missing or not the file"),
        (lambda f: write(f, "spans.onnx", b"no network"), "spans.onnx is no network that can be loaded"),
        (lambda f: write(f, "spans.onnx", (f / "entities.onnx").read_bytes()), "spans.onnx is another network"),
        (lambda f: write(f, "tokenizer.json", b"{}"), "tokenizer.json or decision.json is of no such model"),
        (lambda f: write(f, "decision.json", b"[" * 100_000), "tokenizer.json or decision.json is of no such model"),
        (lambda f: write(f, "decision.json", b'{"decision": 1}'), "tokenizer.json or decision.json is of no such model"),
    ],
)
def test_folders_that_are_no_model(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    damage(folder)
    with pytest.raises(ModelError) as error:
        load_recognizer(str(folder))
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_model_is_named_by_processes_too(folder: Path, workers: int) -> None:
    (folder / "decision.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"decision\.json is missing or not the file"):
        kg.extract(papers(), model=str(folder), workers=workers)


def test_a_folder_that_holds_another_model_now_is_loaded_anew(folder: Path) -> None:
    first = kg.extract(papers(), model=str(folder))
    decision = json.loads((folder / "decision.json").read_text())
    decision["decision"]["thresholds"] = [2.0] * len(decision["decision"]["thresholds"])
    write(folder, "decision.json", json.dumps(decision).encode())
    second = kg.extract(papers(), model=str(folder))
    assert [found.methods for found in first] != [found.methods for found in second]


def papers() -> list[Paper]:
    return kg.read(EXAMPLES / "papers.jsonl")[:2]


def test_names_of_files_lead_nowhere(folder: Path) -> None:
    change(folder, **{"../../etc/passwd": "0", "/etc/hosts": "0"})
    assert {"passwd", "hosts"} <= set(find_model(str(folder)).files)
