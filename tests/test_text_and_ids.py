"""Texts, ids and links between versions: what decides that two records are one paper."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.read import join_records
from schemas import ids
from schemas.paper import Paper
from schemas.text import clean_name, clean_text, normal_text
from tests.conftest import paper


@given(st.text())
def test_clean_text_keeps_every_offset(text: str) -> None:
    cleaned = clean_text(text)
    assert len(cleaned) == len(text) and clean_text(cleaned) == cleaned
    assert not any(c in cleaned for c in "\n\r\t\x00\x0b\x85\u2028")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (r"$\alpha$-Mix", "alpha-Mix"),
        (r"\textbf{Foo}", "Foo"),
        (r"\textit{\textbf{Foo} Bar}", "Foo Bar"),
        ("noise~contrastive  estimation", "noise contrastive estimation"),
        (r"$\ell_2$ norm", "ell_2 norm"),
        (r"AT\&T", "AT&T"),
        (r"Fr\'echet", "Fréchet"),
        (r"Schr\"{o}dinger", "Schrödinger"),
        (r"{\bf Foo}", "Foo"),
        ("$", "$"),
        ("plain", "plain"),
        ("Transformer - XL", "Transformer - XL"),
        ("x ^ 2", "x ^ 2"),
        ("US$5  per hour", "US$5 per hour"),
    ],
)
def test_clean_name(name: str, expected: str) -> None:
    assert clean_name(name) == expected


@given(st.text(min_size=1).filter(str.strip))
def test_clean_name_never_loses_a_name(name: str) -> None:
    assert clean_name(name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.GitHub.com/A/b.git/", "https://github.com/A/b"),
        ("https://a.github.io/", "https://a.github.io"),
        ("https://x.org:8080/p?q=1#part", "https://x.org:8080/p?q=1"),
        ("https://x.org:443/p", "https://x.org/p"),
        ("HTTP://WWW.X.ORG/p/", "https://x.org/p"),
        ("http://x.org", "https://x.org"),
        ("http://x.org:80/p", "https://x.org/p"),
        ("https://x.org:80/p", "https://x.org:80/p"),
        ("http://[::1]:80/x", "https://[::1]/x"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
    ],
)
def test_link_id(url: str, expected: str) -> None:
    assert ids.link_id(url) == expected


@pytest.mark.parametrize("url", ["ftp://x.org", "x.org", "https://", "javascript:alert(1)", "https://[bad"])
def test_link_id_of_something_else(url: str) -> None:
    with pytest.raises(ValueError):
        ids.link_id(url)


def test_ids_tell_parts_apart() -> None:
    assert ids.edge_id("a", "bc", "d") != ids.edge_id("ab", "c", "d")
    assert ids.entity_id("method", "x") != ids.entity_id("task", "x")


def test_normal_text_ignores_breaks_case_and_marks() -> None:
    assert normal_text("Ａ-b  C\n") == normal_text("a b c") == "abc"


ABSTRACT = "An abstract that is long enough to be told apart by its start. " * 5
RECORDS = [
    paper("One Title", ABSTRACT, file="a.txt", n_authors=3),
    paper("One title.", ABSTRACT.upper(), file="b.txt", entry=2, upvotes=4),
    paper("One Title", ABSTRACT, file="c.jsonl", id="arxiv:2401.00001", arxiv_id="2401.00001", authors=("Ada",), upvotes=9),
    paper(
        "One Title (extended)", ABSTRACT + "More.", file="d.jsonl", id="arxiv:2401.00001", arxiv_id="2401.00001", doi="10.1000/x", year=2024
    ),
    paper("Another Name", "Other text.", file="e.jsonl", id="doi:10.1000/x", doi="10.1000/x", links=("https://a.org/b",)),
    paper("One Title", "A different paper under the same title.", file="f.txt"),
]


def test_versions_of_a_paper_become_one() -> None:
    joined = join_records(RECORDS)
    assert len(joined) == 2
    one = joined[0]
    assert one.id == "arxiv:2401.00001" and one.title == "One Title (extended)" and one.abstract.endswith("More.")
    assert [str(s) for s in one.sources] == ["a.txt#1", "b.txt#2", "c.jsonl#1", "d.jsonl#1", "e.jsonl#1"]
    assert (one.n_authors, one.authors, one.upvotes, one.doi, one.year) == (3, ("Ada",), 9, "10.1000/x", 2024)
    assert one.links == ("https://a.org/b",)


@pytest.mark.parametrize(
    ("first", "second", "papers"),
    [
        ({"arxiv_id": "2401.00001"}, {"doi": "10.1000/x"}, 1),
        ({"arxiv_id": "2401.00001"}, {"arxiv_id": "2401.00002"}, 2),
        ({"doi": "10.1000/x"}, {"doi": "10.1000/y"}, 2),
        ({"arxiv_id": "2401.00001"}, {"arxiv_id": "2401.00002", "doi": "10.1000/x"}, 2),
        ({}, {"doi": "10.1000/x"}, 1),
        ({}, {}, 1),
    ],
)
def test_equal_content_joins_unless_ids_differ(first: dict[str, str], second: dict[str, str], papers: int) -> None:
    def record(title: str, abstract: str, entry: int, given: dict[str, str]) -> Paper:
        identity = ids.paper_id(given.get("arxiv_id"), given.get("doi"), ids.content_key(title, abstract))
        return paper(title, abstract, entry=entry, id=identity, **given)

    records = [record("One Title", ABSTRACT, 1, first), record("One  title", ABSTRACT.replace(" ", "  "), 2, second)]
    assert len(join_records(records)) == papers and join_records(records) == join_records(records[::-1])
    assert len(join_records([record("T", "", 1, first), record("T", "", 2, second)])) == (2 if first and second else 1)


def test_texts_of_marks_alone_stay_two() -> None:
    assert len(join_records([paper("???", "!!!"), paper("...", "--", entry=2)])) == 2


def test_joining_is_a_function_of_the_set() -> None:
    expected = join_records(RECORDS)
    for order in itertools.islice(itertools.permutations(RECORDS), 0, 720, 37):
        assert join_records(order) == expected
    assert join_records([*RECORDS, *RECORDS]) == expected


def test_joining_twice_changes_nothing() -> None:
    assert join_records(join_records(RECORDS)) == join_records(RECORDS)


def test_earliest_date_is_kept() -> None:
    dated = [
        paper(file="a", published="2024-05-02", year=2024),
        paper(file="b", published="2024-05-01", year=2024),
        paper(file="c", year=2020),
    ]
    assert str(join_records(dated)[0].published) == "2024-05-01"


words = st.sampled_from(["alpha", "beta", "gamma"])
record = st.builds(
    lambda title, abstract, arxiv, doi, entry: paper(
        title, abstract, entry=entry, arxiv_id=arxiv, doi=doi, id=ids.paper_id(arxiv, doi, ids.content_key(title, abstract))
    ),
    words,
    words,
    st.sampled_from([None, "2401.00001", "2401.00002"]),
    st.sampled_from([None, "10.1000/x", "10.1000/y"]),
    st.integers(1, 50),
)


@given(st.lists(record, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_joining_in_any_order(records: list[Paper], rng: random.Random) -> None:
    shuffled = list(records)
    rng.shuffle(shuffled)
    joined = join_records(records)
    assert join_records(shuffled) == joined
    assert len({p.id for p in joined}) == len(joined)
    assert {s for p in joined for s in p.sources} == {s for p in records for s in p.sources}
