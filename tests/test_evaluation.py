"""Evaluation: the matching, the figures, and that they are those of the annotators' own scorer where that is there."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kg.cli import app
from kg.evaluate.errors import error_classes
from kg.evaluate.gold import AnnotatedPaper, read_annotated
from kg.evaluate.scoring import bootstrap, reliability, role_confusion, score, worst_errors
from schemas.errors import InputError, RecordError
from schemas.extraction import Extraction

TEXT = "GridNet (GN) and grid networks on CIFAR-10 with Transformers for image classification and accuracy"
GOLD: dict[str, Any] = {
    "id": "p1",
    "title": "T",
    "abstract": TEXT,
    "methods": [
        {"name": "GridNet", "forms": ["GridNet", "GN"], "role": "proposes"},
        {"name": "Transformers", "forms": ["Transformers"], "role": "uses"},
    ],
    "datasets": [{"name": "CIFAR-10", "forms": ["CIFAR-10"], "role": "uses"}],
    "tasks": [{"name": "image classification", "forms": ["image classification"], "role": "addresses"}],
    "metrics": [{"name": "accuracy", "forms": ["accuracy"]}],
}


def entity(name: str, *forms: str, role: str | None = None, confidence: float = 0.5) -> dict[str, Any]:
    return {"name": name, "forms": forms or (name,), "role": role, "confidence": confidence}


def predicted(**lists: list[dict[str, Any]]) -> dict[str, Extraction]:
    return {"p1": Extraction.model_validate({"id": "p1"} | lists)}


PREDICTED = predicted(
    methods=[
        entity("GN", "GN", role="uses", confidence=0.9),
        entity("grid networks", role="uses", confidence=0.8),
        entity("Transformer", "Transformers", "not in the text", role="uses"),
    ],
    metrics=[entity("accuracy")],
)


def test_figures() -> None:
    scores = score([AnnotatedPaper.model_validate(GOLD)], PREDICTED)
    rows = {row: (f.right, f.predicted, f.gold) for row, f in scores.rows.items()}
    assert rows["entity"] == (3, 4, 5) and rows["role"] == (2, 4, 5)
    assert rows["role method proposes"] == (0, 0, 1) and rows["role method uses"] == (1, 3, 1)
    assert scores.rows["entity"].precision == 0.75 and scores.rows["entity"].recall == 0.6
    assert scores.rows["entity"].f1 == pytest.approx(2 / 3) and scores.rows["role method proposes"].f1 == 0
    assert sorted((o.name, o.kind) for o in scores.outcomes) == [
        ("CIFAR-10", "missed"),
        ("GridNet", "role"),
        ("Transformers", "right"),
        ("accuracy", "right"),
        ("grid networks", "spurious"),
        ("image classification", "missed"),
    ]


def test_confusion_reliability_and_errors() -> None:
    outcomes = score([AnnotatedPaper.model_validate(GOLD)], PREDICTED).outcomes
    assert role_confusion(outcomes)["method"] == {("proposes", "uses"): 1, ("uses", "uses"): 1, ("-", "uses"): 1}
    assert reliability(outcomes) == [(0.5, 0.6, 2, 0.5, 1.0), (0.8, 0.9, 1, 0.8, 0.0), (0.9, 1.0, 1, 0.9, 1.0)]
    assert [e.name for e in worst_errors(outcomes, 3)] == ["GridNet", "grid networks", "CIFAR-10"]


def test_error_classes() -> None:
    found = predicted(
        methods=[entity("GN", role="uses"), entity("Transformers for image", role="uses"), entity("image classification", role="uses")],
        datasets=[entity("grid networks", role="uses")],
    )
    outcomes = score([AnnotatedPaper.model_validate(GOLD)], found).outcomes
    assert error_classes(outcomes) == {
        ("role", "method"): 1,
        ("boundary", "method"): 1,
        ("type", "method"): 1,
        ("spurious", "dataset"): 1,
        ("missed", "dataset"): 1,
        ("missed", "metric"): 1,
    }


def test_bootstrap_is_fixed() -> None:
    gold = [AnnotatedPaper.model_validate(GOLD), AnnotatedPaper.model_validate(GOLD | {"id": "p2"})]
    low, high = bootstrap(gold, PREDICTED, 50)["entity"]
    assert 0 <= low <= high <= 1 and bootstrap(gold, PREDICTED, 50)["entity"] == (low, high)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not valid JSON"),
        ('{"id": "x"}', "line 2: not an annotated paper: title: Field required"),
        (json.dumps(GOLD), "line 2: id that occurs twice: p1"),
        (json.dumps(GOLD | {"id": "x", "tasks": [entity("parsing")]}), "line 2: a form that is not in the text: parsing"),
    ],
)
def test_broken_gold(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps(GOLD) + "\n" + line + "\n")
    with pytest.raises(RecordError, match=message):
        read_annotated(tmp_path / "gold.jsonl")


def test_gold_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text("\ufeff" + json.dumps(GOLD), "utf-8")
    assert [paper.id for paper in read_annotated(tmp_path / "gold.jsonl")] == ["p1"]


def test_no_gold(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_annotated(tmp_path / "gold.jsonl")
    (tmp_path / "gold.jsonl").write_text("\n")
    with pytest.raises(InputError, match="no annotated paper in it"):
        read_annotated(tmp_path / "gold.jsonl")


def test_command(tmp_path: Path, gazetteer: str) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps(GOLD) + "\n")
    shown = CliRunner().invoke(app, ["evaluate", str(tmp_path / "gold.jsonl"), "--model", gazetteer, "--bootstrap", "20"])
    assert shown.exit_code == 0 and "gazetteer 1 on 1 annotated papers" in shown.stdout and "1.000" in shown.stdout
    command = ["evaluate", str(tmp_path / "gold.jsonl"), "--model", gazetteer, "--json", "-q"]
    values = json.loads(CliRunner().invoke(app, command).stdout)
    assert values["figures"]["entity"] == {"p": 1.0, "r": 1.0, "f1": 1.0, "gold": 5, "predicted": 5}


def scorer(data: Path) -> Any:
    """The annotators' scorer as a module."""
    spec = importlib.util.spec_from_file_location("score_entities", data / "tools" / "score_entities.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_entities"] = module
    spec.loader.exec_module(module)
    return module


forms = st.lists(
    st.sampled_from(["GridNet", "GN", "grid networks", "CIFAR-10", "Transformers", "accuracy"]), min_size=1, max_size=3, unique=True
)
roles = st.sampled_from(["proposes", "uses", "compares", "mentions"])
methods = st.lists(st.builds(lambda f, r: entity(f[0], *f, role=r), forms, roles), max_size=5)


@given(methods, methods)
def test_figures_are_those_of_the_annotators_scorer(gold: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    import os

    if "PAPERKG_DATA" not in os.environ:
        pytest.skip("PAPERKG_DATA is not set: it names the folder with the annotators' scorer")
    theirs = scorer(Path(os.environ["PAPERKG_DATA"]))
    paper = {"id": "p1", "title": "T", "abstract": TEXT, "methods": gold}
    expected = theirs.score({"p1": paper}, {"p1": {"methods": found}})
    rows = score([AnnotatedPaper.model_validate(paper)], predicted(methods=found)).rows
    for ours, row in (("entity", "entity"), ("role", "role"), ("role method uses", "role methods uses")):
        if row in expected:
            assert (rows[ours].gold, rows[ours].predicted) == (expected[row]["gold"], expected[row]["predicted"])
            assert rows[ours].f1 == pytest.approx(expected[row]["f1"], abs=1e-4)
