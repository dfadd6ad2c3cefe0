"""JSON-lines paper records: every field, and everything that can be wrong with one."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.read import ReadLog, ReadOptions, read_records
from schemas.errors import FormatError, InputError, PaperkgError, RecordError
from schemas.paper import Paper


def records(path: Path, lines: list[str] | str, **options: object) -> list[Paper]:
    path.write_text(lines if isinstance(lines, str) else "\n".join(lines) + "\n", "utf-8")
    return list(read_records([path], ReadOptions(**options), ReadLog()))


def one(tmp_path: Path, **fields: object) -> Paper:
    return records(tmp_path / "p.jsonl", [json.dumps({"title": "T", "abstract": "A"} | fields)])[0]


def test_all_fields(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        id="x1",
        published="2024-06-06T12:00:00Z",
        authors=["Ada", {"name": "Bob"}],
        arxiv_id="2406.01234v3",
        doi="https://doi.org/10.1000/ABC",
        url="https://example.org/p",
        upvotes=7,
        github="github.com/a/b",
        links=["https://a.github.io", "not a link"],
        annotations={"methods": ["ignored"]},
    )
    assert found.id == "arxiv:2406.01234" and found.source_ids == ("x1",)
    assert found.published == datetime.date(2024, 6, 6) and found.year == 2024
    assert found.authors == ("Ada", "Bob") and found.n_authors == 2
    assert (found.doi, found.url, found.upvotes) == ("10.1000/abc", "https://example.org/p", 7)
    assert found.links == ("https://a.github.io", "https://github.com/a/b")
    assert str(found.sources[0]) == "p.jsonl#1"


def test_what_is_no_link_is_counted(tmp_path: Path) -> None:
    links = ["https://a.github.io", "not a link", " ", None]
    fields = {"links": links, "code": {"url": "https://b.org"}, "demo": "", "github": "github.com/a/b"}
    (tmp_path / "p.jsonl").write_text(json.dumps({"title": "T", "abstract": "A"} | fields) + "\n", "utf-8")
    log = ReadLog()
    (paper,) = read_records([tmp_path / "p.jsonl"], ReadOptions(), log)
    assert paper.links == ("https://a.github.io", "https://github.com/a/b")
    assert [report.notes for report in log.inputs] == [{"link not understood": 2}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "2406.01234v2"}, "arxiv:2406.01234"),
        ({"url": "https://arxiv.org/pdf/2406.01234v1.pdf"}, "arxiv:2406.01234"),
        ({"doi": "10.48550/arXiv.2406.01234"}, "arxiv:2406.01234"),
        ({"doi": "doi:10.1000/X"}, "doi:10.1000/x"),
        ({"id": "hep-th/9901001"}, "arxiv:hep-th/9901001"),
    ],
)
def test_ids(tmp_path: Path, fields: dict[str, str], expected: str) -> None:
    assert one(tmp_path, **fields).id == expected


def test_id_without_any_is_of_the_content(tmp_path: Path) -> None:
    assert one(tmp_path, id="r0001").id.startswith("sha:")
    assert one(tmp_path, id=12).source_ids == ("12",)


def test_empty_title_or_abstract_is_valid(tmp_path: Path) -> None:
    assert one(tmp_path, title="").title == "" and one(tmp_path, abstract=None).abstract == ""


def test_year_alone(tmp_path: Path) -> None:
    assert (one(tmp_path, published="2021").published, one(tmp_path, published="2021").year) == (None, 2021)
    assert one(tmp_path, year=2020).year == 2020


def test_line_breaks_and_control_characters_become_spaces(tmp_path: Path) -> None:
    found = one(tmp_path, title="a\r\nb\x00c", abstract="x\u2028y\ud800z")
    assert (found.title, found.abstract) == ("a  b c", "x y\ufffdz")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"title": "T", ', "not valid JSON: "),
        ("[1, 2]", "not a JSON object"),
        ('{"title": "", "abstract": " "}', "a record with neither title nor abstract"),
        ('{"title": 5, "abstract": "A"}', "'title' is int, expected a string"),
        ('{"title": "T", "published": "last May"}', "expected YYYY-MM-DD or YYYY"),
        ('{"title": "T", "published": "2023-02-30"}', "no such day"),
        ('{"title": "T", "published": "0999-01-01"}', "expected a year from 1000 on"),
        ('{"title": "T", "authors": "Ada"}', "'authors' is str, expected a list"),
        ('{"title": "T", "authors": [3]}', "'authors' holds something"),
        ('{"title": "T", "upvotes": -1}', "expected a whole number from 0"),
        ('{"title": "T", "year": 7}', "'year' is 7"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_broken_record_is_one_line_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    good = '{"title": "T", "abstract": "A"}'
    lines = [good] * 16 + [line] + [good]
    with pytest.raises(RecordError) as error:
        records(tmp_path / "p.jsonl", lines)
    text = str(error.value)
    assert "p.jsonl, line 17: " in text and message in text and "\n" not in text
    log = ReadLog()
    assert len(list(read_records([tmp_path / "p.jsonl"], ReadOptions(skip_bad=True), log))) == 17
    assert sum(log.inputs[0].skipped.values()) == 1 and log.skipped[0].line == 17


def test_a_record_without_a_title_is_noted(tmp_path: Path) -> None:
    log = ReadLog()
    (tmp_path / "p.jsonl").write_text('{"titel": "A", "abstract": "B"}\n')
    assert len(list(read_records([tmp_path / "p.jsonl"], ReadOptions(), log))) == 1
    assert log.inputs[0].notes == {"no title": 1}


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: No such file or directory"):
        list(read_records([tmp_path / "nowhere.jsonl"], ReadOptions(), ReadLog()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\x7fELF\x00\x01", "is a binary file, not text"),
        ('{"title": "T"}'.encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ('{"title": "Caf\xe9"}'.encode("latin1"), r"line 1 is not UTF-8 text \(byte 0xe9\); save it as UTF-8"),
        (b'{"title": "T"}\n' * 5000 + b"\xff\n", r"line 5001 is not UTF-8 text \(byte 0xff\)"),
    ],
)
def test_content_that_is_not_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "p.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_records([tmp_path / "p.jsonl"], ReadOptions(), ReadLog()))


def test_values_that_cannot_be_written_are_replaced(tmp_path: Path) -> None:
    found = one(tmp_path, id="a\ud800", url="https://x.org/\ud800", doi="10.1234/\ud800", authors=["\ud800"])
    assert (found.source_ids, found.url, found.doi) == (("a\ufffd",), "https://x.org/\ufffd", "10.1234/\ufffd")
    assert found.model_dump_json()


def test_a_line_longer_than_what_is_read_ahead(tmp_path: Path) -> None:
    long = json.dumps({"title": "T", "abstract": "é" * 100_000})
    assert [len(p.abstract) for p in records(tmp_path / "p.jsonl", [long, long])] == [100_000, 100_000]


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_impossible_file_names(name: str) -> None:
    with pytest.raises(InputError):
        list(read_records(name, ReadOptions(), ReadLog()))


def test_a_page_without_papers_in_a_folder_is_counted(in_folder: Path) -> None:
    (in_folder / "a.jsonl").write_text('{"title": "A"}\n')
    (in_folder / "b.txt").write_text("Get trending papers in your email inbox!\nSubscribe\n")
    log = ReadLog()
    assert len(list(read_records(["."], ReadOptions(), log))) == 1
    assert log.inputs[1].skipped == {"no paper in it": 1}


def test_file_name_that_is_no_text(in_folder: Path) -> None:
    name = b"caf\xe9.jsonl"
    try:
        Path(os.fsdecode(name)).write_text('{"title": "A"}\n')
    except OSError:
        pytest.skip("this file system refuses such names")
    assert records_of(os.fsdecode(name))[0].sources[0].file == "caf\ufffd.jsonl"


def records_of(name: str) -> list[Paper]:
    return list(read_records([name], ReadOptions(), ReadLog()))


def test_unknown_format_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"unknown format 'bibtext'; choose --format from acl-anthology, arxiv-atom, .*, bibtex, .*jsonl"):
        records(tmp_path / "p.jsonl", ["{}"], format="bibtext")


def test_folders_globs_and_doubles(in_folder: Path) -> None:
    (in_folder / "a.jsonl").write_text('{"title": "A"}\n')
    (in_folder / "b.jsonl").write_text('{"title": "B"}\n')
    (in_folder / "notes.md").write_text("# notes\n")
    (in_folder / "x.bin").write_bytes(b"\x00")
    (in_folder / ".hidden").write_text("?")
    log = ReadLog()
    found = list(read_records([".", "*.jsonl", "a.jsonl"], ReadOptions(), log))
    assert [p.title for p in found] == ["A", "B"]
    assert [(r.file, r.format) for r in log.inputs] == [
        ("a.jsonl", "jsonl"),
        ("b.jsonl", "jsonl"),
        ("notes.md", "unknown"),
        ("x.bin", "unknown"),
    ]
    assert log.inputs[2].skipped == {"format not recognised": 1} and log.inputs[3].skipped == {"not readable as text": 1}


def test_folder_with_nothing_readable(in_folder: Path) -> None:
    with pytest.raises(InputError, match="no file in this folder"):
        list(read_records(["."], ReadOptions(), ReadLog()))
    (in_folder / "notes.md").write_text("# notes\n")
    (in_folder / "more.md").write_text("# more\n")
    with pytest.raises(FormatError, match=r"^\.: no file of a known format in it"):
        list(read_records(["."], ReadOptions(), ReadLog()))
    with pytest.raises(InputError, match="no file matches this pattern"):
        list(read_records(["*.txt"], ReadOptions(), ReadLog()))
    with pytest.raises(InputError, match="nothing was named"):
        list(read_records([], ReadOptions(), ReadLog()))


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)
field = st.sampled_from(["title", "abstract", "id", "published", "year", "authors", "url", "doi", "arxiv_id", "upvotes", "links", "github"])


@given(st.lists(st.dictionaries(field, json_value).map(json.dumps) | st.text(), min_size=1, max_size=4))
def test_any_record_gives_a_paper_or_one_line(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "p.jsonl"
    try:
        path.write_text("\n".join(lines), "utf-8")
    except UnicodeEncodeError:
        return
    try:
        for paper in read_records([path], ReadOptions(format="jsonl"), ReadLog()):
            assert Paper.model_validate_json(paper.model_dump_json()) == paper
    except PaperkgError as error:
        assert "\n" not in str(error)
