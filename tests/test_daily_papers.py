"""Daily-papers pages: the three shapes, and everything around them that may look different."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.read import ReadLog, ReadOptions, read_records
from schemas.errors import FormatError, InputError, PaperkgError, RecordError
from schemas.paper import Paper

HEADING = ["new", "Get trending papers in your email inbox!", "Subscribe", "Daily Papers", "byAK and the research community", "Dec 10"]
GLUED = ["Get trending papers in your email inbox once a day!", "Get trending papers in your email inbox!"]


def records(path: Path, text: str, **options: object) -> list[Paper]:
    path.write_text(text, "utf-8")
    return list(read_records([path], ReadOptions(**options), ReadLog()))


def blank_lines(pairs: list[tuple[str, str]]) -> str:
    return "\n\n".join(HEADING + [line for pair in pairs for line in pair])


def compact(pairs: list[tuple[str, str]]) -> str:
    lines = [line for pair in pairs for line in pair]
    return "\n".join([*GLUED, "Subscribe" + lines[0], *lines[1:]])


def with_dates(pairs: list[tuple[str, str]]) -> str:
    ends = ["  • 8 authors\n·\nJun 6, 2024", "  • 1 author\n·\nMay 24", "  • 3 authors\n·\nJun 20, 2023 1"]
    entries = [f"{title}\n\n{abstract}\n\n{ends[i % 3]}" for i, (title, abstract) in enumerate(pairs)]
    return "\n\n".join(HEADING + entries)


SHAPES = {"blank lines": blank_lines, "compact": compact, "with dates": with_dates}
PAIRS = [
    ("A Short One", "Yes."),
    ("A title that ends in a full stop.", "An abstract of a sentence. And another."),
    ("A very long title: " + "on and on, " * 80 + "to the end", "Short again"),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_three_shapes(tmp_path: Path, shape: str) -> None:
    found = records(tmp_path / "page.txt", SHAPES[shape](PAIRS))
    assert [(p.title, p.abstract) for p in found] == PAIRS
    assert [str(p.sources[0]) for p in found] == ["page.txt#1", "page.txt#2", "page.txt#3"]


@pytest.mark.parametrize("shape", SHAPES)
def test_line_ends_and_byte_order_mark(tmp_path: Path, shape: str) -> None:
    text = "\ufeff" + SHAPES[shape](PAIRS).replace("\n", "\r\n") + "\r\n"
    assert [(p.title, p.abstract) for p in records(tmp_path / "page.txt", text)] == PAIRS


def test_dates_and_author_counts(tmp_path: Path) -> None:
    found = records(tmp_path / "page.txt", with_dates(PAIRS))
    assert [p.published for p in found] == [datetime.date(2024, 6, 6), None, datetime.date(2023, 6, 20)]
    assert [p.year for p in found] == [2024, None, 2023]
    assert [p.n_authors for p in found] == [8, 1, 3]


def test_year_completes_dates_that_have_none(tmp_path: Path) -> None:
    found = records(tmp_path / "page.txt", with_dates(PAIRS), year=2025)
    assert [p.published for p in found] == [datetime.date(2024, 6, 6), datetime.date(2025, 5, 24), datetime.date(2023, 6, 20)]


def test_a_day_that_the_year_does_not_have_is_no_date(tmp_path: Path) -> None:
    text = blank_lines([("T", "A")]) + "\n\n• 2 authors\n·\nFeb 29"
    assert records(tmp_path / "page.txt", text, year=2023)[0].published is None


@pytest.mark.parametrize(
    "metadata",
    ["• 2 authors · Jun 6, 2024", "2 authors\nJune 6, 2024 12", "•\n2 authors\n·\nJun 6, 2024 · 4"],
)
def test_metadata_in_other_lines(tmp_path: Path, metadata: str) -> None:
    text = "\n".join([*HEADING, "T1", "A1", metadata, "T2", "A2", metadata])
    found = records(tmp_path / "page.txt", text)
    assert [(p.title, p.n_authors, p.published) for p in found] == [(t, 2, datetime.date(2024, 6, 6)) for t in ("T1", "T2")]


def test_metadata_without_blank_lines_and_a_title_alone(tmp_path: Path) -> None:
    text = "\n".join([*HEADING, "T1", "A1", "• 2 authors", "T2", "• 1 author", "·", "May 1, 2024"])
    assert [(p.title, p.abstract, p.n_authors) for p in records(tmp_path / "page.txt", text)] == [("T1", "A1", 2), ("T2", "", 1)]


def test_unknown_words_in_the_heading(tmp_path: Path) -> None:
    text = "\n".join(["Something new", "Get trending papers in your email inbox!", "For you", *HEADING[2:], "T1", "A1", "• 2 authors"])
    assert [p.title for p in records(tmp_path / "page.txt", text)] == ["T1"]


@pytest.mark.parametrize("position", [0, 1])
def test_too_many_lines_in_an_entry(tmp_path: Path, position: int) -> None:
    entries = [["T1", "A1", "• 2 authors"], ["T3", "A3", "• 1 author"]]
    entries[position] = ["T2", "A2", *entries[position]]
    text = "\n".join([*HEADING, *entries[0], *entries[1]])
    with pytest.raises(RecordError, match=rf"page\.txt, line {(7, 10)[position]}: expected a title and an abstract before each"):
        records(tmp_path / "page.txt", text)
    assert [p.title for p in records(tmp_path / "page.txt", text, skip_bad=True)] == [("T3", "T1")[position]]


def test_last_entry_without_metadata(tmp_path: Path) -> None:
    text = with_dates(PAIRS) + "\n\nCut off here\n\nIts abstract."
    assert records(tmp_path / "page.txt", text)[-1].title == "Cut off here"
    with pytest.raises(RecordError, match="line without an abstract"):
        records(tmp_path / "page.txt", with_dates(PAIRS) + "\n\nSome words of the site")


@pytest.mark.parametrize("end", ["Mar 10", "·", "Previous\nMar 10\nNext", "\n\n"])
@pytest.mark.parametrize("shape", ["blank lines", "compact"])
def test_a_date_at_the_end_is_no_metadata(tmp_path: Path, shape: str, end: str) -> None:
    assert [(p.title, p.abstract) for p in records(tmp_path / "page.txt", SHAPES[shape](PAIRS) + "\n" + end)] == PAIRS


@pytest.mark.parametrize("shape", SHAPES)
def test_a_footer_with_page_numbers(tmp_path: Path, shape: str) -> None:
    text = SHAPES[shape](PAIRS) + "\n\nPrevious\n1\n2\n...\n17\nNext\n"
    assert [(p.title, p.abstract) for p in records(tmp_path / "page.txt", text)] == PAIRS


def test_dates_without_author_counts(tmp_path: Path) -> None:
    text = "\n".join([*HEADING, *(line for title, abstract in PAIRS for line in (title, abstract, "Jun 6, 2024"))])
    assert [p.published for p in records(tmp_path / "page.txt", text)] == [datetime.date(2024, 6, 6)] * 3


def test_a_title_of_digits(tmp_path: Path) -> None:
    assert [p.title for p in records(tmp_path / "page.txt", with_dates([("A", "B."), ("1984", "A book.")]))] == ["A", "1984"]


def test_dates_and_counts_out_of_range(tmp_path: Path) -> None:
    found = records(tmp_path / "page.txt", "\n".join([*HEADING, "T", "A", "• 2 authors", "Feb 3, 0999"]))
    assert (found[0].published, found[0].year) == (None, None)
    with pytest.raises(PaperkgError):
        records(tmp_path / "page.txt", "\n".join([*HEADING, "T", "A", "• 99999999999999999999999 authors"]))


def test_titles_and_abstracts_exchanged(tmp_path: Path) -> None:
    lines = [line for pair in LONG for line in pair]
    del lines[4]  # a title, and far below an abstract
    del lines[-3]
    with pytest.raises(RecordError, match=r"line 7: titles and abstracts look exchanged from here on"):
        records(tmp_path / "page.txt", "\n".join([*GLUED, "Subscribe" + lines[0], *lines[1:]]))


@pytest.mark.parametrize(
    "heading", ["Daily PapersbyAK and the research community", "Trending Papers", "Daily Papers\nby  AK and the research community"]
)
def test_other_headings_and_a_footer(tmp_path: Path, heading: str) -> None:
    text = "\n".join(
        ["Get trending papers in your email inbox!", "Subscribe", *heading.split("\n"), "Mar 11", "T", "A", "Previous", "Next", "TOS"]
    )
    assert [(p.title, p.abstract) for p in records(tmp_path / "page.txt", text)] == [("T", "A")]


@pytest.mark.parametrize("title", ["Subscriber Churn", "new methods for old problems", "Daily Papers Are Good For You", "May 24: A Study"])
def test_titles_that_look_like_headings(tmp_path: Path, title: str) -> None:
    assert records(tmp_path / "page.txt", compact([(title, "A")]))[0].title == title
    assert records(tmp_path / "page.txt", with_dates([(title, "A")]))[0].title == title


LONG = [(f"Title number {i}", f"The abstract of the paper number {i} tells much more than its title does.") for i in range(10)]


@pytest.mark.parametrize("shape", ["blank lines", "compact"])
@pytest.mark.parametrize("missing", [1, 4, 9, 12, 19])
def test_line_without_a_partner_is_named(tmp_path: Path, shape: str, missing: int) -> None:
    lines = [line for pair in LONG for line in pair]
    text = SHAPES[shape](LONG)
    text = text.replace(lines[missing] + "\n", "", 1) if lines[missing] + "\n" in text else text.removesuffix(lines[missing])
    partner = missing - 1 if missing % 2 else missing + 1
    with pytest.raises(RecordError) as error:
        records(tmp_path / "page.txt", text)
    assert "this line has no partner" in str(error.value) and "\n" not in str(error.value)
    assert lines[partner] in text.split("\n")[error.value.line - 1]
    kept = records(tmp_path / "page.txt", text, skip_bad=True)
    assert [(p.title, p.abstract) for p in kept] == [pair for i, pair in enumerate(LONG) if i != missing // 2]


@pytest.mark.parametrize("text", ["\n".join(HEADING), "\n\n".join([*HEADING, ""])])
def test_page_without_papers(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"page\.txt: no paper in it"):
        records(tmp_path / "page.txt", text)


@pytest.mark.parametrize("text", ["Dear all,\n\nplease find the minutes below.\n", "<html><body>Hello</body></html>", "a,b\n1,2\n"])
def test_page_of_something_else(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError, match="not a format that is known, it starts with"):
        records(tmp_path / "page.txt", text)


GLUES = [
    "newGet trending papers in your email inbox!SubscribeDaily PapersbyAK and the research communityMar 11",
    "Get trending papers in your email inbox!\nSubscribe\nDaily PapersbyAK and the research community\nWeek 10\n",
    "Get trending papers in your email inbox!\nSubscribe\nTrending Papers\nbyAK and the research community\nMar 11 - Mar 17\n",
    "Get trending papers in your email inbox!\nSubscribe\nbyAK and the research community\nMarch 2025\n",
]


@pytest.mark.parametrize("heading", GLUES)
def test_headings_glued_in_other_ways(tmp_path: Path, heading: str) -> None:
    assert [(p.title, p.abstract) for p in records(tmp_path / "page.txt", heading + "Title One\nAn abstract.\n")] == [
        ("Title One", "An abstract.")
    ]


def test_format_named_reads_a_page_without_its_heading(tmp_path: Path) -> None:
    assert [p.title for p in records(tmp_path / "page.txt", "T1\nA1\nT2\nA2\n", format="daily-papers")] == ["T1", "T2"]


def test_latex_residue_stays_in_the_text(tmp_path: Path) -> None:
    title, abstract = r"$\alpha$-Mix: 64times64~images", r"We \textbf{propose} $\alpha$-Mix (100\%)."
    found = records(tmp_path / "page.txt", compact([(title, abstract)]))
    assert (found[0].title, found[0].abstract) == (title, abstract)


line = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).map(lambda t: "x" + t.strip() + "x")


@pytest.mark.parametrize("shape", SHAPES)
@given(pairs=st.lists(st.tuples(line, line), min_size=1, max_size=6))
def test_pages_round_trip(tmp_path_factory: pytest.TempPathFactory, shape: str, pairs: list[tuple[str, str]]) -> None:
    found = records(tmp_path_factory.mktemp("page") / "page.txt", SHAPES[shape](pairs))
    assert [(p.title, p.abstract) for p in found] == pairs


@given(
    st.lists(
        st.sampled_from([*HEADING, *GLUED, "·", "• 3 authors", "Jun 6", "Jun 6, 2024 1", "", "A title", "An abstract.", "{", "1"]),
        max_size=30,
    )
)
def test_any_mixture_gives_papers_or_one_line(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    try:
        found = records(tmp_path_factory.mktemp("page") / "page.txt", "\n".join(lines))
        assert found and all(p.title for p in found)
    except PaperkgError as error:
        assert "\n" not in str(error)


def test_metadata_before_the_first_title_is_named_where_it_stands(tmp_path: Path) -> None:
    page = "\n\n".join([*HEADING, "• 3 authors", "Jun 6", "A title", "An abstract.", "• 2 authors"])
    with pytest.raises(RecordError, match=r"line 13: author count or date before the first title"):
        records(tmp_path / "page.txt", page)
    (paper,) = records(tmp_path / "page.txt", page, skip_bad=True)
    assert paper.title == "A title" and paper.n_authors == 2


def test_real_pages(data: Path) -> None:
    pages = sorted((data / "pages").glob("*.txt"))
    log = ReadLog()
    list(read_records(pages, ReadOptions(), log))
    assert [report.n_papers for report in log.inputs] == [55, 203, 26]
    papers = kg.read(pages)
    assert len(papers) == 241 and sum(len(p.sources) for p in papers) == 284
    assert all(len(p.title) < len(p.abstract) for p in papers)
    assert not any("Subscribe" in p.title or "authors" in p.abstract[-12:] for p in papers)
    assert sum(p.published is not None for p in papers) == 22 and sum(p.n_authors is not None for p in papers) == 26
