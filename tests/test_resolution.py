"""Resolution: what is one thing, and that it never depends on order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.resolve import name_key, resolve
from schemas.extraction import Abbreviation, Entity, EntityType, Extraction
from schemas.ids import entity_id


def extraction(paper_id: str, *methods: tuple[str, ...], abbreviations: tuple[tuple[str, str], ...] = ()) -> Extraction:
    return Extraction(
        id=paper_id,
        methods=tuple(Entity(name=forms[0], forms=forms, role="uses", confidence=0.5) for forms in methods),
        abbreviations=tuple(Abbreviation(short=s, long=long, field="abstract", start=0, end=len(s)) for s, long in abbreviations),
    )


SAME = [
    ("method", "Vision Transformer", "vision transformers"),
    ("method", "Variational Auto-Encoder", "variational autoencoders"),
    ("dataset", "CIFAR-10", "cifar10 dataset"),
    ("dataset", "CIFAR-10", "CIFAR 10"),
    ("method", "Erdős model", "erdos model"),
    ("method", r"$\alpha$-Mix", "alpha-mix"),
    ("task", "question-answering", "Question Answering"),
]
DIFFERENT = [
    ("dataset", "CIFAR-10", "CIFAR-100"),
    ("method", "GPT-3.5", "GPT-35"),
    ("method", "LLaMA-2", "LLaMA-3"),
    ("method", "C", "C++"),
    ("method", "C", "C#"),
    ("method", "BERT", "RoBERTa"),
    ("task", "supervised learning", "unsupervised learning"),
    ("metric", "F1", "F2"),
    ("method", "SA", "SAS"),
]


@pytest.mark.parametrize(("entity_type", "a", "b"), SAME)
def test_names_that_are_one(entity_type: EntityType, a: str, b: str) -> None:
    assert name_key(entity_type, a) == name_key(entity_type, b)


@pytest.mark.parametrize(("entity_type", "a", "b"), DIFFERENT)
def test_names_that_stay_apart(entity_type: EntityType, a: str, b: str) -> None:
    assert name_key(entity_type, a) != name_key(entity_type, b)


def test_abbreviation_joins_papers() -> None:
    found = resolve(
        [
            extraction("a", ("vision transformer", "ViT"), abbreviations=(("ViT", "vision transformer"),)),
            extraction("b", ("ViTs",)),
            extraction("c", ("Vision Transformers",)),
        ]
    )
    assert len(set(found.assignments.values())) == 1
    (entity,) = found.entities.values()
    assert entity.name == "vision transformer" and entity.aliases == ("ViT", "ViTs", "Vision Transformers", "vision transformer")
    ids = sorted([entity_id("method", "vit"), entity_id("method", "visiontransformer")])
    assert (entity.id, entity.merged_ids) == (ids[0], (ids[1],))


def test_ambiguous_abbreviation_joins_nothing() -> None:
    found = resolve(
        [
            extraction("a", ("diffusion probabilistic model", "DPM"), abbreviations=(("DPM", "diffusion probabilistic model"),)),
            extraction("b", ("deformable part model", "DPM"), abbreviations=(("DPM", "deformable part model"),)),
            extraction("c", ("DPM",)),
        ]
    )
    assert len(set(found.assignments.values())) == 3
    assert len(found.entities) == 3 and all(not entity.merged_ids for entity in found.entities.values())


def test_same_name_of_two_types_is_two_things() -> None:
    both = Extraction(
        id="a",
        methods=(Entity(name="x y", forms=("x y",), role="uses", confidence=1),),
        tasks=(Entity(name="x y", forms=("x y",), role="addresses", confidence=1),),
    )
    assert len(resolve([both]).entities) == 2


def test_name_without_a_letter_is_dropped_and_counted() -> None:
    found = resolve([extraction("a", ("$$",), ("ok",))])
    assert found.dropped == {"name without a letter or digit": 1}
    assert list(found.assignments) == [("a", "method", 1)]


name = st.sampled_from(["GAN", "GANs", "generative network", "graph net", "Graph Nets", "BERT", "$$"])
abbreviation = st.tuples(st.sampled_from(["GAN", "GN"]), st.sampled_from(["generative network", "graph net"]))
papers = st.lists(
    st.tuples(st.lists(st.lists(name, min_size=1, max_size=3, unique=True).map(tuple), max_size=3), st.lists(abbreviation, max_size=2)),
    max_size=6,
).map(lambda rows: [extraction(f"p{i}", *methods, abbreviations=tuple(shorts)) for i, (methods, shorts) in enumerate(rows)])


@given(papers, st.randoms(use_true_random=False))
def test_resolution_is_a_function_of_the_set(extractions: list[Extraction], rng: random.Random) -> None:
    shuffled = list(extractions)
    rng.shuffle(shuffled)
    found = resolve(extractions)
    assert resolve(shuffled) == found
    assert set(found.assignments.values()) == set(found.entities)
    members = [member for entity in found.entities.values() for member in (entity.id, *entity.merged_ids)]
    assert len(members) == len(set(members)) and all(e.id == min((e.id, *e.merged_ids)) for e in found.entities.values())
