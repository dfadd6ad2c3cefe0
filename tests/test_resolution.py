"""Resolution: what is one thing and why, what a user can correct, and that it never depends on order."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.resolve import PaperNames, load_overrides, name_key, resolve, resolve_list, resolve_names
from kg.resolve.lexicon import Entry, Lexicon
from kg.resolve.overrides import NO_OVERRIDES, Override, Overrides
from kg.resolve.shorts import abbreviates
from kg.resolve.words import singular, spell_greek, word_key
from schemas.errors import InputError
from schemas.extraction import ENTITY_TYPES, Abbreviation, Entity, EntityType, Extraction
from schemas.ids import entity_id
from schemas.resolution import Resolution

NO_LEXICON = Lexicon({entity_type: {} for entity_type in ENTITY_TYPES}, {})


def extraction(paper_id: str, *methods: tuple[str, ...], abbreviations: tuple[tuple[str, str], ...] = ()) -> Extraction:
    return Extraction(
        id=paper_id,
        methods=tuple(Entity(name=forms[0], forms=forms, role="uses", confidence=0.5) for forms in methods),
        abbreviations=tuple(Abbreviation(short=s, long=long, field="abstract", start=0, end=len(s)) for s, long in abbreviations),
    )


def nodes(*papers: Extraction, overrides: Overrides = NO_OVERRIDES, lexicon: Lexicon = NO_LEXICON) -> Resolution:
    return resolve(papers, overrides, lexicon)


def why(found: Resolution, form: str) -> str:
    """The reason of a form that stands in one node."""
    (reason,) = (reason for reason in found.reasons if reason.form == form)
    return reason.reason


SAME = [
    ("method", "Vision Transformer", "vision transformers"),
    ("method", "Variational Auto-Encoder", "variational autoencoders"),
    ("dataset", "CIFAR-10", "cifar10 dataset"),
    ("dataset", "CIFAR-10", "CIFAR 10"),
    ("dataset", "Penn Treebank", "Penn Treebank corpus"),
    ("method", "Erdős model", "erdos model"),
    ("method", r"$\alpha$-Mix", "alpha-mix"),
    ("method", "β-VAE", r"$\beta$-VAE"),
    ("method", r"$\ell_1$ minimisation", "ℓ1 minimization"),
    ("method", "**Grid**Net", "GridNet"),
    ("method", "Gaussian Processes", "Gaussian process"),
    ("method", "policies", "policy"),
    ("method", "Newton's method", "Newton method"),
    ("method", "generative adversarial network (GAN)", "Generative Adversarial Networks"),
    ("method", "GAN (generative adversarial network)", "Generative Adversarial Networks"),
    ("method", "colour labelling optimiser", "color labeling optimizer"),
    ("method", "the EM algorithm", "EM"),
    ("task", "question-answering", "Question Answering"),
    ("task", "question answering task", "question answering"),
    ("task", "dialogue modelling", "dialog modeling"),
    ("metric", "F1-score", "F1"),
]
DIFFERENT = [
    ("dataset", "CIFAR-10", "CIFAR-100"),
    ("dataset", "CIFAR-10/100", "CIFAR-10100"),
    ("dataset", "HumanEval", "HumanEval+"),
    ("method", "GPT-3.5", "GPT-35"),
    ("method", "LLaMA-2", "LLaMA-3"),
    ("method", "C", "C++"),
    ("method", "C", "C#"),
    ("method", "A", "A*"),
    ("method", "BERT", "RoBERTa"),
    ("task", "supervised learning", "unsupervised learning"),
    ("task", "question answering dataset", "question answering"),
    ("metric", "F1", "F2"),
    ("method", "SA", "SAS"),
    ("method", "diffusion model", "diffusion transformer"),
    ("method", "ViT-S", "VITS"),
    ("method", "ViT-S", "ViTs"),
    ("method", "size", "sise "),
]


@pytest.mark.parametrize(("entity_type", "a", "b"), SAME)
def test_names_that_are_one(entity_type: EntityType, a: str, b: str) -> None:
    assert name_key(entity_type, a) == name_key(entity_type, b)


@pytest.mark.parametrize(("entity_type", "a", "b"), DIFFERENT[:-1])
def test_names_that_stay_apart(entity_type: EntityType, a: str, b: str) -> None:
    assert name_key(entity_type, a) != name_key(entity_type, b)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("losses", "loss"),
        ("boxes", "box"),
        ("caches", "cache"),
        ("branches", "branch"),
        ("indices", "index"),
        ("series", "series"),
        ("dynamics", "dynamics"),
        ("metrics", "metric"),
        ("bias", "bias"),
        ("analysis", "analysis"),
        ("GPUs", "GPU"),
        ("LoRAs", "LoRA"),
        ("CMOS", "CMOS"),
        ("boundaries", "boundary"),
    ],
)
def test_singular(word: str, expected: str) -> None:
    assert singular(word) == expected


def test_words_of_other_spellings_stay_themselves() -> None:
    assert word_key("noise") == "noise" and word_key("supervised") == "supervised" and word_key("precise") == "precise"
    assert spell_greek("Δ-μ λ") == "delta-mu lambda"


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("GAN", "generative adversarial network", True),
        ("GANs", "generative adversarial networks", True),
        ("ViT", "vision transformer", True),
        ("GAN", "adversarial network", False),
        ("net", "neural net", False),
        ("GANs", "GAN training", False),
        ("GAN", "GAN", False),
    ],
)
def test_what_letters_can_stand_for(short: str, long: str, expected: bool) -> None:
    assert abbreviates(short, long) is expected


@given(st.sampled_from(ENTITY_TYPES), st.text(max_size=30))
def test_any_text_has_a_key_that_is_its_own_key(entity_type: EntityType, text: str) -> None:
    key = name_key(entity_type, text)
    assert key == name_key(entity_type, text.strip()) and " " not in key


def test_abbreviation_joins_papers() -> None:
    found = nodes(
        extraction("a", ("vision transformer", "ViT"), abbreviations=(("ViT", "vision transformer"),)),
        extraction("b", ("ViTs",)),
        extraction("c", ("Vision Transformers",)),
    )
    assert len(set(found.assignments.values())) == 1
    (entity,) = found.entities.values()
    assert entity.name == "vision transformer" and entity.aliases == ("ViT", "ViTs", "Vision Transformers", "vision transformer")
    ids = sorted([entity_id("method", "vit"), entity_id("method", "visiontransformer")])
    assert (entity.id, entity.merged_ids) == (ids[0], (ids[1],))
    assert why(found, "Vision Transformers") == "canonical" and why(found, "ViTs") == "definition"
    assert next(r for r in found.reasons if r.form == "ViTs").papers == ("a",)


def test_ambiguous_abbreviation_joins_nothing() -> None:
    found = nodes(
        extraction("a", ("diffusion probabilistic model", "DPM"), abbreviations=(("DPM", "diffusion probabilistic model"),)),
        extraction("b", ("DPM",), abbreviations=(("DPM", "deformable part model"),)),
        extraction("c", ("DPM",), ("DPM tracking",)),
    )
    assert len(found.entities) == 4 and all(not entity.merged_ids for entity in found.entities.values())
    names = {place[0]: found.entities[node].name for place, node in found.assignments.items() if place[2] == 0}
    assert names == {"a": "diffusion probabilistic model", "b": "deformable part model", "c": "DPM"}
    reasons = {(r.form, r.reason): r.detail for r in found.reasons}
    assert reasons["DPM", "own definition"] and "deformable part model (1)" in reasons["DPM", "kept apart"]


def test_ambiguous_abbreviation_beside_one_of_its_meanings() -> None:
    found = nodes(
        extraction("a", abbreviations=(("DPM", "diffusion probabilistic model"),)),
        extraction("b", abbreviations=(("DPM", "deformable part model"),)),
        extraction("c", ("DPM",), ("deformable part models",)),
        extraction("d", ("DPM",)),
    )
    assert found.assignments["c", "method", 0] == found.assignments["c", "method", 1] != found.assignments["d", "method", 0]


def test_rare_other_meaning_is_its_papers_own() -> None:
    usual = [
        extraction(f"p{i}", ("ROD",), ("rotated object detection",), abbreviations=(("ROD", "rotated object detection"),)) for i in range(9)
    ]
    rare = extraction("q", ("ROD",), ("rare outlier detector",), abbreviations=(("ROD", "rare outlier detector"),))
    found = nodes(*usual, rare, extraction("r", ("ROD",)))
    assert found.assignments["r", "method", 0] == found.assignments["p0", "method", 1]
    assert found.assignments["q", "method", 0] == found.assignments["q", "method", 1] != found.assignments["r", "method", 0]


def test_meaning_depends_on_the_type() -> None:
    def paper(name: str, entity_type: str, long: str) -> Extraction:
        entity = Entity(name=long, forms=("MAE",), role="uses" if entity_type == "method" else None, confidence=1)
        lists = {f"{entity_type}s": (entity,)}
        return extraction(name, abbreviations=(("MAE", long),)).model_copy(update=lists)

    found = nodes(
        *(paper(f"m{i}", "method", "masked autoencoder") for i in range(3)),
        *(paper(f"e{i}", "metric", "mean absolute error") for i in range(3)),
        extraction("z", ("MAE",)),
    )
    assert {entity.name for entity in found.entities.values()} == {"MAE"}
    assert sorted(len(entity.aliases) for entity in found.entities.values()) == [1, 1]
    assert found.assignments["z", "method", 0] == found.assignments["m0", "method", 0]


def test_spellings_of_one_long_form() -> None:
    long_forms = ("graph convolutional network", "graph convolution networks", "graph convolutional neural network")
    found = nodes(*(extraction(str(i), (long, "GCN"), abbreviations=(("GCN", long),)) for i, long in enumerate(long_forms)))
    assert len(found.entities) == 1


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [("OOD detection", "out-of-distribution detection", "expansion"), ("OOD model", "OOD", "generic head")],
)
def test_abbreviation_inside_a_name(a: str, b: str, reason: str) -> None:
    found = nodes(extraction("a", (a,)), extraction("b", (b,)), extraction("c", abbreviations=(("OOD", "out-of-distribution"),)))
    assert len(found.entities) == 1 and reason in {r.reason for r in found.reasons}


def test_numbers_keep_apart() -> None:
    found = nodes(extraction("a", ("SAM",), ("Segment Anything Model 2",), abbreviations=(("SAM", "Segment Anything Model 2"),)))
    assert len(found.entities) == 2


def test_year_in_two_digits() -> None:
    names: list[tuple[EntityType, str]] = [
        ("dataset", "CoNLL-2003"),
        ("dataset", "CoNLL-03"),
        ("dataset", "CoNLL-2012"),
        ("method", "A-03"),
    ]
    assert len(set(resolve_list([*names, ("method", "A-2003")]).ids)) == 4


LEXICON = Lexicon(
    {t: {} for t in ENTITY_TYPES}
    | {
        "method": {
            name_key("method", name): Entry("method", "recurrent net", ("RNet", "recnet")) for name in ("recurrent net", "RNet", "recnet")
        }
    },
    {"ood": (("out-of-distribution", 9),)},
)


def test_lexicon() -> None:
    found = nodes(extraction("a", ("RNet",)), extraction("b", ("RecNets",)), lexicon=LEXICON)
    (entity,) = found.entities.values()
    assert entity.name == "recurrent net" and entity.aliases == ("RNet", "RecNets")
    assert {r.detail for r in found.reasons} == {"", "method: recurrent net"} - {""}


def test_corpus_outweighs_the_lexicon() -> None:
    others = [extraction(f"p{i}", ("radial net",), ("RNet",), abbreviations=(("RNet", "radial net"),)) for i in range(3)]
    found = nodes(*others, extraction("q", ("RNet",)), extraction("r", ("recnet",)), lexicon=LEXICON)
    assert found.assignments["p0", "method", 1] == found.assignments["p0", "method", 0]
    assert len({found.assignments[p, "method", 0] for p in ("p0", "q", "r")}) == 3


def test_common_abbreviations() -> None:
    found = nodes(extraction("a", ("OOD",)), extraction("b", ("out of distribution",)), lexicon=LEXICON)
    assert len(found.entities) == 1 and why(found, "OOD") == "common abbreviation"


def test_initialism_that_extraction_grouped_is_a_definition() -> None:
    found = nodes(extraction("a", ("diffusion part model", "DPM")), extraction("b", ("DPM",)))
    assert len(found.entities) == 1
    found = nodes(extraction("a", ("binary embedding art", "BERT")), extraction("b", ("BERT",)))
    assert len(found.entities) == 2


def test_forms_that_extraction_grouped_join_their_paper_only() -> None:
    found = nodes(extraction("a", ("grid attention network", "our grid")), extraction("b", ("our grid",)))
    assert found.assignments["a", "method", 0] != found.assignments["b", "method", 0]
    assert {r.reason for r in found.reasons if r.form == "our grid"} == {"canonical", "one paper's entity"}


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


def override(action: str, a: str, b: str) -> Overrides:
    return Overrides((Override(action, "method", a, b, "o.csv, line 2"),))  # type: ignore[arg-type]


def test_overrides_join_and_name() -> None:
    papers = [extraction("a", ("GridNet",)), extraction("b", ("lattice model",))]
    found = nodes(*papers, overrides=override("same", "gridnets", "lattice model"))
    assert len(found.entities) == 1 and "override" in {r.reason for r in found.reasons}
    found = nodes(*papers, overrides=override("canonical", "GRIDNET", "Grid Network"))
    assert sorted(entity.name for entity in found.entities.values()) == ["Grid Network", "lattice model"]


def test_overrides_keep_apart_through_other_merges() -> None:
    papers = [
        extraction("a", ("vision transformer",), ("ViT",), abbreviations=(("ViT", "vision transformer"),)),
        extraction("b", ("ViT model",)),
    ]
    assert len(nodes(*papers).entities) == 1
    for a, b in (("ViT", "vision transformer"), ("vision transformer", "vit model")):
        found = nodes(*papers, overrides=override("different", a, b))
        place = {r.form: r.id for r in found.reasons}
        assert len(found.entities) == 2 and place["vision transformer"] != place["ViT model"]
        assert {r.override for r in found.refused} == {"o.csv, line 2"}


def test_overrides_outweigh_a_papers_own_definition() -> None:
    papers = [
        extraction("a", ("DPM",), ("deformable part model",), abbreviations=(("DPM", "deformable part model"),)),
        extraction("b", ("DPM", "diffusion probabilistic model")),
    ]
    found = nodes(*papers, overrides=override("different", "DPM", "deformable part model"))
    assert found.assignments["a", "method", 0] != found.assignments["a", "method", 1]
    assert found.refused[0].reason == "own definition"


def test_overrides_files_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "o.toml").write_text(
        '[[same]]\ntype = "method"\nnames = ["A", "B", "C"]\n[[different]]\ntype = "task"\nnames = ["x", "y", "z"]\n'
        '[[canonical]]\ntype = "method"\nname = "A"\ncanonical = "Alpha"\n'
    )
    (tmp_path / "o.csv").write_text(
        "action,type,a,b\nsame,method,A,B\nsame,method,A,C\n\ndifferent,task,x,y\ndifferent,task,x,z\ndifferent,task,y,z\ncanonical,method,A,Alpha\n"
    )
    both = [[(e.action, e.type, e.a, e.b) for e in load_overrides(tmp_path / f"o.{kind}").entries] for kind in ("toml", "csv")]
    assert both[0] == both[1] and len(both[0]) == 6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.txt", "", "unknown kind of overrides file '.txt'; choose one of .csv, .toml"),
        ("o.csv", "a,b\n", "o.csv, line 1: the header is 'a,b', expected action,type,a,b"),
        ("o.csv", "action,type,a,b\nsame,method,A\n", "o.csv, line 2: 3 cells, expected 4"),
        ("o.csv", "action,type,a,b\njoin,method,A,B\n", "o.csv, line 2: unknown action 'join'; choose one of same, different, canonical"),
        ("o.csv", "action,type,a,b\nsame,model,A,B\n", "o.csv, line 2: unknown type 'model'; choose one of method, dataset, task, metric"),
        ("o.csv", "action,type,a,b\nsame,method,A,$\n", "o.csv, line 2: '$' is not a name"),
        ("o.csv", "action,type,a,b\ndifferent,method,GAN,GANs\n", "have the same key 'gan', so they cannot be kept apart"),
        (
            "o.csv",
            "action,type,a,b\nsame,method,A,B\nsame,method,B,C\ndifferent,method,A,C\n",
            "o.csv, line 4: 'A' and 'C' are 'same' by other entries",
        ),
        (
            "o.csv",
            "action,type,a,b\nsame,method,A,B\ncanonical,method,A,X\ncanonical,method,B,Y\n",
            "o.csv, line 4: 'B' has two canonical names: 'X', 'Y'",
        ),
        ("o.toml", "x = [", "not valid TOML"),
        ("o.toml", "same = 3", "'same' is not a list of tables; write [[same]]"),
        ("o.toml", '[[same]]\ntype = "method"\n', "o.toml, [[same]] 1: fields type, expected names, type"),
        ("o.toml", '[[same]]\ntype = "method"\nnames = ["A"]\n', "o.toml, [[same]] 1: 'names' is not a list of two names or more"),
        ("o.toml", '[[same]]\ntype = "method"\nnames = ["A", 3]\n', "o.toml, [[same]] 1: '3' is not a name"),
        ("o.toml", "[[join]]\na = 1\n", "o.toml, [[join]] 1: unknown action 'join'"),
        ("o.csv", b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_broken_overrides_name_their_place(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as error:
        load_overrides(tmp_path / name)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_missing_overrides(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"o\.csv: No such file"):
        load_overrides(tmp_path / "o.csv")


name = st.sampled_from(["GAN", "GANs", "generative network", "graph net", "Graph Nets", "GN model", "BERT", "GAN training", "$$"])
abbreviation = st.tuples(st.sampled_from(["GAN", "GN"]), st.sampled_from(["generative network", "graph net"]))
papers = st.lists(
    st.tuples(st.lists(st.lists(name, min_size=1, max_size=3, unique=True).map(tuple), max_size=3), st.lists(abbreviation, max_size=2)),
    max_size=6,
).map(lambda rows: [extraction(f"p{i}", *methods, abbreviations=tuple(shorts)) for i, (methods, shorts) in enumerate(rows)])
corrections = st.lists(st.tuples(st.sampled_from(["same", "different"]), name, name), max_size=3).map(
    lambda rows: Overrides(
        tuple(
            Override(a, "method", x, y, f"{a} {x} {y}")
            for a, x, y in rows
            if name_key("method", x) != name_key("method", y) and "$$" not in (x, y)
        )
    )  # type: ignore[arg-type]
)


@given(papers, corrections, st.randoms(use_true_random=False))
def test_resolution_is_a_function_of_the_set(extractions: list[Extraction], overrides: Overrides, rng: random.Random) -> None:
    shuffled = list(extractions)
    rng.shuffle(shuffled)
    found = resolve(extractions, overrides)
    assert resolve(shuffled, overrides) == found
    assert set(found.assignments.values()) == set(found.entities)
    members = [member for entity in found.entities.values() for member in (entity.id, *entity.merged_ids)]
    assert len(members) == len(set(members)) and all(e.id == min((e.id, *e.merged_ids)) for e in found.entities.values())
    aliases = {(entity.id, alias) for entity in found.entities.values() for alias in entity.aliases}
    assert {(reason.id, reason.form) for reason in found.reasons} == aliases and len(found.reasons) == len(aliases)


@given(papers, corrections)
def test_what_must_be_apart_is_apart(extractions: list[Extraction], overrides: Overrides) -> None:
    """`different` entries hold unless `same` entries were tried first and stand against them."""
    found = resolve(extractions, overrides)
    joined = any(entry.action == "same" for entry in overrides.entries)
    for entry in overrides.entries:
        if entry.action == "different" and not joined:
            ids = {entity_id("method", name_key("method", form)) for form in (entry.a, entry.b)}
            assert not any(ids <= {entity.id, *entity.merged_ids} for entity in found.entities.values())


@given(papers, corrections, st.integers(0, 6), st.booleans())
def test_papers_that_come_in_parts(extractions: list[Extraction], overrides: Overrides, cut: int, swapped: bool) -> None:
    """However the set is split over inputs, the result is that of the whole set; a part's ids are those of its own keys."""
    parts = [extractions[:cut], extractions[cut:]]
    whole = resolve(extractions, overrides)
    assert resolve((e for part in (parts[::-1] if swapped else parts) for e in part), overrides) == whole
    longs = [found.long for e in parts[0] for found in e.abbreviations]
    forms = [form for e in parts[0] for entity in e.methods for form in entity.forms]
    own = {entity_id("method", name_key("method", name)) for name in (*forms, *longs)}
    expanded = {entity_id("method", name_key("method", f"{long} {rest}")) for long in longs for rest in ("training", "model")}
    assert set(resolve(parts[0], overrides).entities) <= own | expanded


def test_lists_of_names(tmp_path: Path) -> None:
    names: list[tuple[EntityType, str]] = [("method", "ViT-X"), ("method", "vit x"), ("task", "ViT-X"), ("method", "ViT-X")]
    found = resolve_list(names)
    assert found.ids[0] == found.ids[1] == found.ids[3] != found.ids[2]
    assert json.loads(next(found.lines())) == {"type": "method", "name": "ViT-X", "id": found.ids[0], "canonical": "ViT-X"}
    corpus = [PaperNames("p", (("method", 0, ("visual iteration",)),), (("ViT-X", "visual iteration table x"),))]
    assert (
        resolve_list([("method", "ViT-X"), ("method", "visual iteration table x")], corpus).canonicals == ["visual iteration table x"] * 2
    )


@pytest.mark.parametrize(
    ("a", "b", "one"),
    [
        ("kernel methods", "kernels", False),
        ("the cross-entropy method", "cross entropy", False),
        ("Reward Model", "reward", False),
        ("state space models", "state space", False),
        ("sampling method", "sampling", True),
        ("VAE model", "VAE", True),
    ],
)
def test_heads_that_make_another_thing(a: str, b: str, one: bool) -> None:
    first, second = resolve_list([("method", a), ("method", b)]).ids
    assert (first == second) is one


def test_names_of_papers_given_twice() -> None:
    paper = PaperNames("p", (("method", 0, ("x net",)),))
    assert resolve_names([paper, paper]).entities == resolve_names([paper]).entities


def tasks(paper_id: str, *names: str, **values: object) -> Extraction:
    entities = tuple(Entity(name=form, forms=(form,), role="addresses", confidence=1) for form in names)
    return Extraction(id=paper_id, tasks=entities).model_copy(update=values)


@pytest.mark.parametrize(
    ("a", "b", "one"),
    [
        ("Mitigation of Spurious Correlation", "mitigating spurious correlations", True),
        ("Neural Network Quantization", "Quantization of neural networks", True),
        ("human action segment localization", "human action localization", True),
        ("cross-modal pixel retrieval", "CMPR", True),
        ("image anomaly detection", "anomaly detection", False),
        ("6D pose estimation", "7D estimation of pose", False),
        ("cross-modal pixel retrieval", "CMR", False),
    ],
)
def test_names_of_one_thing_in_one_paper(a: str, b: str, one: bool) -> None:
    together = resolve([tasks("p", a, b), tasks("q", a), tasks("r", b)], lexicon=NO_LEXICON)
    places = together.assignments
    assert (places["p", "task", 0] == places["p", "task", 1]) is one
    if one:  # for this paper only: the names themselves stay two
        assert "one paper's entity" in {reason.reason for reason in together.reasons}
        assert places["q", "task", 0] != places["r", "task", 0]


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_lexicon_files(entity_type: EntityType) -> None:
    """`canonical<TAB>alias|alias`, sorted; no key on two lines; no alias that normalisation gives anyway."""
    from kg.resolve.lexicon import lexicon_file, read_entries

    lines = lexicon_file(entity_type).read_text("utf-8").splitlines()
    names = [line.partition("\t")[0] for line in lines]
    assert names == sorted(names, key=str.casefold) and all(line.count("\t") <= 1 and line.strip() == line for line in lines)
    place: dict[str, str] = {}
    for entry in read_entries(entity_type):
        keys = [name_key(entity_type, text) for text in (entry.name, *entry.aliases)]
        assert all(keys) and len(keys) == len(set(keys)), f"needless alias: {entry}"
        for key in keys:
            assert place.setdefault(key, entry.name) == entry.name, f"{key!r} is claimed by {place[key]!r} and {entry.name!r}"


def test_lexicon_holds_what_it_promises() -> None:
    from kg.resolve.lexicon import read_entries, shipped_lexicon

    assert sum(1 for entity_type in ENTITY_TYPES for _ in read_entries(entity_type)) >= 1500
    assert len(shipped_lexicon().abbreviations) >= 1000
