"""Inputs made at random: every reader, the parts of the extractor, and the small files of users give a result or one clear line.

PAPERKG_FUZZ is the number of examples a test (`make fuzz`); with it they are other ones every time. test_readers.py does the same to
single bytes of each format's example.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import kg
from kg.extract import models
from kg.read import READERS, ReadLog, ReadOptions, read_records
from kg.resolve import load_overrides, read_names
from schemas.errors import PaperkgError
from schemas.paper import Paper
from tests.conftest import ROOT, paper

N_EXAMPLES = int(os.environ.get("PAPERKG_FUZZ", "15"))
fuzz = settings(
    max_examples=N_EXAMPLES, derandomize="PAPERKG_FUZZ" not in os.environ, deadline=None, suppress_health_check=list(HealthCheck)
)

# Pieces of the languages that are read: random texts of them come further than random letters.
# fmt: off
TOKENS = [
    "{", "}", "[", "]", '"', "'", ",", ":", ";", "<", ">", "&", "/", "@", "#", "%", "\\", "$", "=", "(", ")", "|", "-", "~", "^",
    "_", "*", "0", "9", "1e999", "null", "true", "NaN", "\\u0000", "\\ud800", "title", "abstract", "a", "Title", "We", "&amp;",
    "&#x0;", "&a;", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "<a>", "</a>", "\n", "\r", "\r\n", "\t", "\x00", "\ufeff",
    "\u2028", " ", "\xe9", "\u65e5", "TY  - ", "TI  - ", "ER  - ", "\\frac", "\\textbf{", "\\sqrt", "@article{a,", "@string{",
    "title = {", "author = {", " and ", " # ", "\u2022 6 authors", "Jan 1, 2024", '{"title": "T"', '"abstract": ',
    "https://github.com/a/b", "(AB)", "Long Form (LF)", "2401.00001", "10.1/x", "same", "different", "[[",
]
# fmt: on
texts = st.lists(st.sampled_from(TOKENS) | st.text(max_size=4), max_size=40).map("".join)
EXAMPLES = sorted([*(ROOT / "examples" / "formats").iterdir(), *(ROOT / "examples").glob("*.txt"), ROOT / "examples" / "papers.jsonl"])
DATA = {path.name: path.read_bytes() for path in EXAMPLES}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "f"


def check(file: Path, data: bytes, **options: object) -> None:
    """Papers that can be written and read again, or one clear line."""
    file.write_bytes(data)
    try:
        papers = list(read_records([file], ReadOptions(**options), ReadLog()))  # type: ignore[arg-type]
    except PaperkgError as error:
        assert "\n" not in str(error) and 0 < len(str(error)) < 3_000
        return
    assert all(Paper.model_validate_json(each.model_dump_json()) == each for each in papers)


@pytest.mark.parametrize("format", [reader.name for reader in READERS])
@fuzz
@given(text=texts, skip_bad=st.booleans())
@example(text=r"@article{a, title = {A \frac}, abstract = {b}}", skip_bad=False)
@example(text="title,abstract\rA,b\rC,d\r", skip_bad=True)
def test_texts_of_pieces(file: Path, format: str, text: str, skip_bad: bool) -> None:
    data = text.encode("utf-8", "surrogatepass")
    check(file, data, skip_bad=skip_bad)
    check(file, data, skip_bad=skip_bad, format=format)


@pytest.mark.parametrize("name", sorted(DATA))
@fuzz
@given(seed=st.integers(0, 2**32), n_changes=st.integers(1, 8), piece=st.sampled_from(TOKENS))
def test_examples_with_pieces_of_others(file: Path, name: str, seed: int, n_changes: int, piece: str) -> None:
    """Pieces of languages and of other examples in an example, or in place of a part of it."""
    rng, data = random.Random(seed), DATA[name]
    for _ in range(n_changes):
        other = DATA[rng.choice(sorted(DATA))]
        start, length = rng.randrange(len(data) + 1), rng.choice([0, 0, 1, 5, 100])
        cut = rng.randrange(len(other))
        put = rng.choice([piece.encode("utf-8", "surrogatepass"), other[cut : cut + rng.randrange(1, 200)]])
        data = data[:start] + put + data[start + length :]
    check(file, data, skip_bad=rng.random() < 0.5)


@fuzz
@given(title=texts, abstract=texts)
def test_extraction_with_known_names(gazetteer: str, title: str, abstract: str) -> None:
    """All of extraction but the trained model; offsets lie in the text."""
    checked_extraction(title + " GridNet (GN)", abstract + " We use CIFAR-10.", model=gazetteer)


@pytest.mark.model
@settings(fuzz, max_examples=max(3, N_EXAMPLES // 20))
@given(title=texts, abstract=texts)
def test_extraction_with_the_model(title: str, abstract: str) -> None:
    checked_extraction(title, abstract, model="fast")


def checked_extraction(title: str, abstract: str, model: str) -> None:
    from schemas.text import clean_text

    given = paper(clean_text(title), clean_text(abstract))
    (found,) = kg.extract([given], model=model)
    for mention in found.mentions:
        text = getattr(given, mention.field)
        assert text[mention.start : mention.end] in found.entities(mention.type)[mention.entity].forms
    for link in found.links:
        assert link.url.startswith("http")
    assert type(found).model_validate_json(found.to_json()) == found


@fuzz
@given(text=texts, suffix=st.sampled_from([".toml", ".csv"]))
@example(text="a = " + "[" * 3_000, suffix=".toml")
def test_overrides(file: Path, text: str, suffix: str) -> None:
    path = file.with_suffix(suffix)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_overrides(path)
    except PaperkgError as error:
        assert "\n" not in str(error)


@fuzz
@given(text=texts)
@example(text='{"type": "method", "name": ' + "[" * 990 + "]" * 990 + "}")
def test_lists_of_names(file: Path, text: str) -> None:
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        list(read_names(str(file), None))
    except PaperkgError as error:
        assert "\n" not in str(error)


@fuzz
@given(text=texts)
@example(text="[" * 100_000)
@example(text='{"name": 1, "version": 2, "recognizer": [], "files": [1]}')
def test_model_folders(file: Path, text: str) -> None:
    folder = file.parent / "model"
    folder.mkdir(exist_ok=True)
    (folder / models.META).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(PaperkgError) as error:
        models.find_model(str(folder))
    assert "\n" not in str(error.value)
