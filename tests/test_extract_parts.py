"""The parts of extraction that need no trained model: words, sentences, links, abbreviations, grouping."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from kg.extract import pieces
from kg.extract.abbreviations import find_definitions, match_long_form
from kg.extract.candidates import N_FEATURES, entity_features, group_spans
from kg.extract.decisions import calibrated
from kg.extract.likeness import N_LIKENESS, likeness, name_stems
from kg.extract.links import classify, find_links
from kg.extract.pieces import PieceEncoder
from kg.extract.sentences import sentence_spans
from kg.extract.units import Fields, Word, form_key, paper_words, shape, windows
from kg.extract.words import WordTokenizer

TOKENIZER = WordTokenizer(spacy.blank("en").vocab)


@given(st.text())
def test_words_keep_the_text(text: str) -> None:
    doc = TOKENIZER(text)
    assert doc.text == text


def test_words_end_at_hyphens_brackets_and_slashes() -> None:
    doc = TOKENIZER("CIFAR-10/100 (ResNet_50), α-Mix.")
    assert [w.text for w in doc] == ["CIFAR", "-", "10", "/", "100", "(", "ResNet", "_", "50", ")", ",", "α", "-", "Mix", "."]


@given(st.text(st.characters(codec="utf-8")))
def test_sentences_hold_every_character(text: str) -> None:
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("As in e.g. Adam et al. (2020) it works. Next.", ["As in e.g. Adam et al. (2020) it works.", "Next."]),
        ("We reach 3.5 points, i.e. more vs. Adam. See Fig. 2.", ["We reach 3.5 points, i.e. more vs. Adam.", "See Fig. 2."]),
        ('He said "no." Then (yes.) Then [...] more.', ['He said "no."', "Then (yes.)", "Then [...] more."]),
        ("The method of J. Doe wins. iPhone data helps.", ["The method of J. Doe wins.", "iPhone data helps."]),
        ("我们提出。它有效。", ["我们提出。", "它有效。"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


LINKS = [
    ("Code: https://github.com/example-lab/sstm.", "https://github.com/example-lab/sstm", "code", "example-lab/sstm"),
    ("(see github.com/example-lab/sstm.git)", "https://github.com/example-lab/sstm.git", "code", "example-lab/sstm"),
    (r"at \url{https://github.com/a/b\_c}.", "https://github.com/a/b_c", "code", "a/b_c"),
    (r"\href{https://a.github.io/b/}{here}", "https://a.github.io/b/", "project", None),
    ("[page](https://a.github.io/b).", "https://a.github.io/b", "project", None),
    ('at https://github.com/a/b."', "https://github.com/a/b", "code", "a/b"),
    ("at hhttps://github.com/a/b/tree/main.", "https://github.com/a/b/tree/main", "code", "a/b"),
    ("at https: //github.com/a/b", "https://github.com/a/b", "code", "a/b"),
    ("at HTTPS://GitHub.com/a/b", "https://GitHub.com/a/b", "code", "a/b"),
    ("https://gitlab.com/group/sub/name/-/tree/x", "https://gitlab.com/group/sub/name/-/tree/x", "code", "group/sub/name"),
    ("huggingface.co/datasets/a/b", "https://huggingface.co/datasets/a/b", "dataset", "a/b"),
    ("https://huggingface.co/a/b", "https://huggingface.co/a/b", "model", "a/b"),
    ("https://huggingface.co/spaces/a/b", "https://huggingface.co/spaces/a/b", "demo", "a/b"),
    ("https://huggingface.co/papers/2401.00001", "https://huggingface.co/papers/2401.00001", "paper", None),
    ("https://huggingface.co/a", "https://huggingface.co/a", "other", None),
    ("https://arxiv.org/abs/2401.00001", "https://arxiv.org/abs/2401.00001", "paper", None),
    ("https://en.example.org/wiki/A_(b)", "https://en.example.org/wiki/A_(b)", "other", None),
    ("Our project page: https://example.org/p", "https://example.org/p", "project", None),
    ("videos can be found at umi-example.github.io.", "https://umi-example.github.io", "project", None),
    ("is available at exampledata.org", "https://exampledata.org", "other", None),
    ("https://github.com/a", "https://github.com/a", "code", None),
    ("https://github.com/orgs/a", "https://github.com/orgs/a", "code", None),
    ("https://huggingface.co/docs/transformers", "https://huggingface.co/docs/transformers", "other", None),
    ("https://github.com/a/b’s code", "https://github.com/a/b", "code", "a/b"),
    ("https://github.com/a/b\u200b", "https://github.com/a/b", "code", "a/b"),
    ("(https://github.com/a/b)" + ")" * 50_000, "https://github.com/a/b", "code", "a/b"),
]


@pytest.mark.parametrize(("text", "url", "kind", "repository"), LINKS)
def test_links(text: str, url: str, kind: str, repository: str | None) -> None:
    (found,) = find_links(text)
    assert (found.url, found.kind, found.repository) == (url, kind, repository)
    assert text[found.start : found.end].removeprefix("https://").replace("\\", "") in url or "//" in text


@pytest.mark.parametrize(
    "text",
    ["We use Infer.NET and e.g. this.", "in 2.5.org order", "narratives from YouTube.com. Second", "mail a@b.com", "http://", "https://x"],
)
def test_no_links(text: str) -> None:
    assert find_links(text) == []


def test_two_links_that_touch() -> None:
    text = "https://a.org/b,https://c.org/d and [https://e.org](https://e.org)"
    assert [link.url for link in find_links(text)] == ["https://a.org/b", "https://c.org/d", "https://e.org", "https://e.org"]


@given(st.text(st.sampled_from("htps:/.wgiub com\\_{}()[]\"'é~-0")))
def test_links_lie_in_the_text(text: str) -> None:
    for link in find_links(text):
        assert 0 <= link.start < link.end <= len(text)
        assert classify(link.url)[0]


DEFINITIONS = [
    ("generative adversarial networks (GANs) are", "GANs", "generative adversarial networks"),
    ("BERT (Bidirectional Encoder Representations from Transformers)", "BERT", "Bidirectional Encoder Representations from Transformers"),
    ("the mean squared error (MSE; lower is better)", "MSE", "mean squared error"),
    ("self-supervised learning (SSL)", "SSL", "self-supervised learning"),
    ("k-nearest neighbors (k-NN)", "k-NN", "k-nearest neighbors"),
    ("State-Space Token Mixer [SSTM]", "SSTM", "State-Space Token Mixer"),
    ('the "best and final offer" (BAFO)', "BAFO", "best and final offer"),
]


@pytest.mark.parametrize(("text", "short", "long"), DEFINITIONS)
def test_definitions(text: str, short: str, long: str) -> None:
    (found,) = find_definitions(text)
    assert (found.short, found.long) == (short, long)
    assert text[found.start : found.end] == short and found.long == long


@pytest.mark.parametrize(
    "text", ["as shown (see below)", "in 2020 (2021)", "a result (UNRELATED)", "one (of) two", "(GAN) first", "nothing (A) here"]
)
def test_no_definitions(text: str) -> None:
    assert find_definitions(text) == []


@given(st.text(st.sampled_from("abAB ()-.[]1é")))
def test_definitions_lie_in_the_text(text: str) -> None:
    for found in find_definitions(text):
        assert text[found.start : found.end] == found.short and found.long in text


def test_long_form_must_hold_every_letter() -> None:
    assert match_long_form("XYZ", "nothing of it") is None
    assert match_long_form("NN", "deep neural network") == 5


def test_form_key() -> None:
    same = [("GAN", "GANs"), ("auto-encoder", "Autoencoders"), ("CIFAR-10", "CIFAR10")]
    assert all(form_key(a) == form_key(b) for a, b in same)
    assert form_key("C++") != form_key("C") and form_key("loss") == "loss"


def words_of(title: str, abstract: str, *names: str) -> tuple[Fields, list[Word], list[tuple[int, int]]]:
    """The words of a paper, and the first and last word of each name at its first place."""
    fields, words = (title, abstract), paper_words((title, abstract))
    spans = []
    for name in names:
        field = 0 if name in title else 1
        start = fields[field].index(name)
        inside = [i for i, w in enumerate(words) if w.field == field and start <= w.start and w.end <= start + len(name)]
        spans.append((inside[0], inside[-1]))
    return fields, words, spans


def test_words_know_their_sentence_and_case() -> None:
    words = paper_words(("A Title", "We use BERT. It has GANs (2) and iPhones."))
    assert [w.sentence for w in words[:3]] == [0, 0, 1] and words[-1].sentence == 2
    shapes = [shape(word) for word in ("(", "12", "v2", "V2", "low", "A", "BERT", "GANs", "Title", "ResNet", "iPhone")]
    assert shapes == list(range(11))


def test_pieces_of_words_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["[UNK]", "[CLS]", "[SEP]", "net", "##s", "a"]
    encoder = PieceEncoder.of(Tokenizer(WordPiece({name: number for number, name in enumerate(names)}, unk_token="[UNK]")))
    assert encoder.split(["nets", "a", "nets", "\x01", "x" * 200]) == [(3, 4), (5,), (3, 4), (0,), (0,)]
    assert encoder.known == {"nets": (3, 4), "a": (5,), "\x01": (0,)}
    monkeypatch.setattr(pieces, "_MOST_KNOWN", 4)
    assert encoder.split(["a", "net", "s"]) == [(5,), (3,), (0,)] and set(encoder.known) == {"net", "s"}
    assert len(encoder.split(list("abcdefg"))) == 7 and not encoder.known
    with ThreadPoolExecutor(4) as threads:  # each forgets what the others have just looked up
        found = threads.map(lambda number: encoder.split(["a", f"net{number % 7}", "nets", f"{number}"]), range(2000))
        assert all(split == [(5,), (0,), (3, 4), (0,)] for split in found)


def test_groups_of_spans() -> None:
    names = ["Grid Networks", "grid network", "GN", "vision transformers", "ViT", "graph attention network", "GAT"]
    abstract = "A grid network, called GN, beats vision transformers (ViT) and the graph attention network (see GAT)."
    fields, words, spans = words_of("Grid Networks", abstract, *names)
    assert group_spans(spans, fields, words, [("GN", "grid network")]) == [[0, 1, 2], [3, 4], [5], [6]]
    assert group_spans(spans, fields, words, []) == [[0, 1, 2], [3, 4], [5], [6]]  # GN has the initials of the first
    assert group_spans([], fields, words, []) == []


def test_features_of_an_entity() -> None:
    fields, words, spans = words_of("GridNet: A Study", "It is GridNet again. More. Last GridNet.", "GridNet", "GridNet again")
    features = entity_features(spans[:1], fields, words)
    assert len(features) == N_FEATURES and features[1:4] == [1.0, 1.0, 1.0]
    assert entity_features(spans[1:], fields, words)[1:3] == [0.0, 0.0]


def test_likeness_of_names() -> None:
    names = ["noise schedules", "noise scheduling", "Grid Network v2", "Grid Network v3", "GN"]
    _, words, spans = words_of("Noise", "With noise schedules, noise scheduling, Grid Network v2 and Grid Network v3. A GN.", *names)
    table = likeness(names, spans, [[0], [1], [2], [3], [4]], words)
    assert table.shape == (5, 5, N_LIKENESS) and (table == table.transpose(1, 0, 2)).all() and table.min() == 0 and table.max() == 1
    equal, contained, shared, first, last, trigrams, acronym, digits, other_digits, one_short, _, near, sentence = table.T
    assert equal[0, 1] and equal[0, 2] == 0 and first[2, 3] and not last[2, 3] and trigrams[0, 1] > trigrams[0, 2]
    assert contained[2, 3] == pytest.approx(2 / 3) and shared[2, 3] == pytest.approx(0.5)
    assert other_digits[2, 3] and not digits[2, 3] and digits[0, 1] and one_short[0, 4] and not acronym[0, 4]
    assert near[0, 1] > near[0, 3] and sentence[0, 3] and not sentence[0, 4]
    together = likeness(names, spans, [[0, 1], [2, 3], [4]], words)
    assert together[0, 1, 1] == table[:2, 2:4, 1].max()
    assert likeness(["grid network", "GN"], spans[:2], [[0], [1]], words)[0, 1, 6] == 1


def test_stems() -> None:
    assert name_stems("scheduling of the noises") == ("schedul", "nois") and name_stems("...") == ()


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=60), st.integers(40, 80))
def test_windows_hold_every_word(sizes_and_ends: list[tuple[int, bool]], limit: int) -> None:
    sentence, words = 0, []
    for number, (_, ends) in enumerate(sizes_and_ends):
        words.append(Word(1, number, number + 1, 1, sentence))
        sentence += ends
    sizes = [size for size, _ in sizes_and_ends]
    found = windows(words, sizes, limit)
    assert found[0][0] == 0 and found[-1][1] == len(words)
    assert all(sum(sizes[start:end]) <= limit for start, end in found)
    assert all(a[0] < b[0] <= a[1] < b[1] for a, b in itertools.pairwise(found))


def test_confidence_follows_its_table() -> None:
    table = [(0.5, 0.4), (0.9, 0.8)]
    assert [calibrated(score, table) for score in (0.1, 0.7, 1.0)] == [0.4, 0.6, 0.8]
    assert calibrated(0.0, [(0.0, 0.0), (1.0, 1.0)]) == 0.0001
