"""The extraction pipeline around a recognizer whose answers are known, and the shipped model's own promises."""

from __future__ import annotations

import itertools
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg.extract import iterate_extractions, models
from kg.extract.components import build_pipeline
from kg.extract.parallel import WORTH_IT, choose_workers
from kg.extract.portions import MOST_WORDS, portions
from kg.extract.recognizer import PaperText
from kg.extract.units import paper_words
from schemas.errors import ModelError
from schemas.extraction import ENTITY_TYPES, ROLES, Extraction
from schemas.paper import Paper
from tests.conftest import paper

TEXT = paper(
    "GridNet: a grid network for image classification",
    "We propose a grid network (GridNet) built on Transformers. GridNets reach 99% accuracy on CIFAR-10 and CIFAR-100, but CIFAR10 is "
    "small. Code: https://github.com/example/gridnet.git.",
    links=("https://example.github.io/gridnet",),
)


def test_the_whole_record(gazetteer: str) -> None:
    (found,) = kg.extract([TEXT], model=gazetteer)
    assert found.id == TEXT.id
    assert [(e.name, e.forms, e.role) for e in found.methods] == [
        ("grid network", ("GridNet", "grid network", "GridNets"), "proposes"),
        ("Transformers", ("Transformers",), "uses"),
    ]
    assert [(e.name, e.forms) for e in found.datasets] == [("CIFAR-10", ("CIFAR-10", "CIFAR10")), ("CIFAR-100", ("CIFAR-100",))]
    assert [(e.forms, e.role) for e in found.tasks + found.metrics] == [(("image classification",), "addresses"), (("accuracy",), None)]
    assert [(link.url, link.source, link.repository) for link in found.links] == [
        ("https://github.com/example/gridnet.git", "abstract", "example/gridnet"),
        ("https://example.github.io/gridnet", "record", None),
    ]
    assert [(a.short, a.long) for a in found.abbreviations] == [("GridNet", "grid network")]
    assert [s.field for s in found.sentences] == ["title", "abstract", "abstract", "abstract"]


def test_mentions_point_at_their_forms(gazetteer: str) -> None:
    (found,) = kg.extract([TEXT], model=gazetteer)
    for mention in found.mentions:
        form = getattr(TEXT, mention.field)[mention.start : mention.end]
        assert form in found.entities(mention.type)[mention.entity].forms
    assert len(found.mentions) == 11


def test_record_is_one_json_line_and_round_trips(gazetteer: str) -> None:
    (found,) = kg.extract([TEXT], model=gazetteer)
    line = found.to_json()
    assert "\n" not in line and Extraction.model_validate_json(line) == found
    assert "role" not in json.loads(line)["metrics"][0]


def test_confidence_below_the_minimum_is_left_out(gazetteer: str) -> None:
    (found,) = kg.extract([TEXT], model=gazetteer, min_confidence=0.95)
    assert not found.methods and not found.mentions and found.links


def test_order_of_papers(gazetteer: str) -> None:
    papers = [paper(f"GridNet {i}", entry=i + 1) for i in range(150)]
    assert [e.id for e in iterate_extractions(papers, model=gazetteer)] == [p.id for p in papers]


def test_all_cores_for_many_papers_only() -> None:
    few, many = [TEXT] * 3, [TEXT] * (WORTH_IT + 1)
    assert choose_workers(few, None)[0] == 1 and choose_workers(few, 3)[0] == 3
    number, stream = choose_workers(many, None)
    assert number == len(os.sched_getaffinity(0)) and len(list(stream)) == len(many)


@pytest.mark.model
def test_processes_change_nothing() -> None:
    papers = [paper(f"Study {i}", TEXT.abstract[: 40 + 3 * i], entry=i + 1) for i in range(70)]
    assert kg.extract(papers, workers=2) == kg.extract(papers)


def test_components_declare_what_they_need(gazetteer: str) -> None:
    nlp = build_pipeline(gazetteer)
    assert nlp.pipe_names == ["paperkg_sentences", "paperkg_links", "paperkg_abbreviations", "paperkg_recognizer"]
    assert nlp.get_pipe_meta("paperkg_recognizer").requires == ["doc._.abbreviations"]


def test_unknown_model_names_the_choices() -> None:
    with pytest.raises(ModelError, match=r"model 'best': not found; shipped models: default"):
        kg.extract([TEXT], model="best")


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ("{", "meta.json is damaged"),
        ('{"name": "x"}', "meta.json is damaged"),
        ('{"name": "x", "version": "1", "recognizer": "oracle", "files": {}}', "needs the recognizer 'oracle'"),
    ],
)
def test_damaged_model_folder(tmp_path: Path, meta: str, message: str) -> None:
    (tmp_path / models.META).write_text(meta)
    with pytest.raises(ModelError, match=message):
        kg.extract([TEXT], model=str(tmp_path))


def test_model_folder_without_its_files(tmp_path: Path) -> None:
    meta = json.loads((models.SHIPPED / models.DEFAULT / models.META).read_text("utf-8"))
    (tmp_path / models.META).write_text(json.dumps(meta))
    with pytest.raises(ModelError, match=r"is missing or not the file that meta\.json names"):
        kg.extract([TEXT], model=str(tmp_path))


ODD_TEXTS = [
    "",
    "word",
    "a " * 20_000,
    "我们提出了一种新的方法。" * 20,
    "Мы предлагаем новый метод BERT.",
    r"$\mathcal{L}_{\alpha}$ \textbf{x} {{{ }}} \\ % & ~",
    "🤖🧪 emoji BERT 👩‍🔬",
    "tab\tnew\nline\x00null\u200b\ufeff",
    "x" * 3_000,
]


@pytest.mark.model
@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: repr(text[:12]))
def test_shipped_model_survives(text: str) -> None:
    _check(paper("Title", text))
    _check(paper(text[:3_000], ""))


@pytest.mark.model
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.text())
def test_shipped_model_keeps_its_offsets(title: str, abstract: str) -> None:
    _check(paper(title, abstract))


@pytest.mark.model
def test_shipped_model_does_not_look_at_neighbours() -> None:
    papers = [TEXT, paper("Short", "BERT on SQuAD."), paper("Longer", TEXT.abstract * 6)]
    together = kg.extract(papers)
    assert [kg.extract([p])[0] for p in papers] == together
    assert kg.extract(papers[::-1])[::-1] == together


@pytest.mark.model
def test_nothing_far_into_a_long_text_is_cut_off() -> None:
    filler = "This sentence says nothing of note about anything at all. " * 400
    (found,) = kg.extract([paper("A Study", filler + "We evaluate our method on ImageNet and CIFAR-10.")])
    assert any(mention.start > len(filler) for mention in found.mentions)


@pytest.mark.model
def test_a_long_text_takes_memory_for_a_portion_and_one_decision_a_name() -> None:
    """What looks at all pairs of mentions would take a gigabyte for this text, and terabytes for one a hundred times as long."""
    text = "We use BERT here. " * 4_000 + "Our GridNet is better."
    tracemalloc.start()
    (found,) = kg.extract([paper("A Study", text)], model="fast")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150e6
    names = [name for entity in found.methods for name in entity.forms]
    assert len(names) == len(set(names)) and "BERT" in names
    assert sum(text[m.start : m.end] == "BERT" for m in found.mentions) > 3_000


def test_portions_end_with_sentences() -> None:
    fields = ("A title", "One two three. " * 1_000 + "four " * 4_000)
    words = paper_words(fields)
    text = PaperText(*fields, (("one", "a long form"), ("six", "another")))
    found = list(portions(text, words))
    assert [word for _, part in found for word in part] == words and all(len(part) <= MOST_WORDS for _, part in found)
    assert all(part[-1].sentence != after[0].sentence for (_, part), (_, after) in itertools.pairwise(found[:3]))
    assert [part.abbreviations for part, _ in found][:2] == [(("one", "a long form"),)] * 2 and not found[-1][0].abbreviations
    assert list(portions(text, words[:MOST_WORDS])) == [(text, words[:MOST_WORDS])]


def _check(given_paper: Paper) -> None:
    (found,) = kg.extract([given_paper])
    recognizer = models.load_recognizer()
    assert len(recognizer.recognize([PaperText(given_paper.title, given_paper.abstract)])) == 1
    for mention in found.mentions:
        text = getattr(given_paper, mention.field)
        assert 0 <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] in found.entities(mention.type)[mention.entity].forms
    for entity_type in ENTITY_TYPES:
        for entity in found.entities(entity_type):
            assert 0 < entity.confidence <= 1
            assert entity.role in (ROLES[entity_type] or (None,))
