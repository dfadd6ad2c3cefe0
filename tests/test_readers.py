"""One suite over all readers: the examples of each format, what surrounds and damages them, and readers from elsewhere."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import random
import re
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.read import READERS, ReadLog, ReadOptions, all_readers, bibtex, compressed, read_records, ris, text_input
from kg.read.dates import find_date
from kg.read.paper_fields import addresses_in, given_name_first, split_names
from schemas.errors import FormatError, InputError, PaperkgError, RecordError
from schemas.manifest import InputReport
from schemas.paper import Paper
from tests.conftest import EXAMPLES, ROOT
from tests.documented import blocks

FORMATS = EXAMPLES / "formats"
FORGE, MURMUR = "LatticeForge: Crystal Structures from Text", "MurmurQA: Questions about Quiet Speech"
ILSE = ("Ilse Varnholt", "Tomas Ekwueme")
CODE = "https://github.com/example-lab/latticeforge"

# Each format: its example, and what must be read from it: (id, title, date or year, authors, links) of each paper, skipped, noted.
Row = tuple[str, str, Any, tuple[str, ...], tuple[str, ...]]
MARCH = date(2025, 3, 4)
CASES: dict[str, tuple[str, list[Row], dict[str, int], dict[str, int]]] = {
    "daily-papers": ("../daily_with_dates.txt", [], {}, {}),  # tests/test_daily_papers.py
    "jsonl": ("../papers.jsonl", [], {}, {"no abstract": 1}),  # tests/test_paper_records.py
    "daily-papers-json": (
        "daily_papers.json",
        [
            ("arxiv:2503.99101", FORGE, MARCH, ILSE, ("https://example-lab.github.io/latticeforge", CODE)),
            ("arxiv:2503.99102", MURMUR, MARCH, ("Noor Halvorsen",), ()),
        ],
        {},
        {},
    ),
    "daily-papers-html": (
        "daily_papers.html",
        [("arxiv:2503.99101", FORGE, MARCH, ILSE, (CODE,)), ("arxiv:2503.99102", MURMUR, MARCH, ("Noor Halvorsen",), ())],
        {},
        {},
    ),
    "arxiv-json": (
        "arxiv_kaggle.jsonl",
        [
            ("arxiv:2503.99101", FORGE, MARCH, ILSE, (CODE,)),
            ("arxiv:cs/0399001", "Questions about Quiet Speech", date(2003, 3, 3), ("Noor Halvorsen",), ()),
        ],
        {},
        {},
    ),
    "arxiv-atom": (
        "arxiv_api.xml",
        [("arxiv:2503.99101", FORGE, MARCH, ILSE, (CODE,)), ("arxiv:2503.99102", MURMUR, MARCH, ("Noor Halvorsen",), ())],
        {},
        {},
    ),
    "semantic-scholar": (
        "semantic_scholar.json",
        [("arxiv:2503.99101", FORGE, MARCH, ILSE, ()), ("doi:10.99999/murmur.2", MURMUR, 2025, ("Noor Halvorsen",), ())],
        {"null in place of a record": 1},
        {"no abstract": 1},
    ),
    "openreview": (
        "openreview_v2.json",
        [("sha:2dae9f4d8c3c55a7", FORGE, date(2024, 10, 1), ILSE, (CODE,))],
        {"a review or comment": 1},
        {},
    ),
    "paperlists": (
        "paperlists.json",
        [
            ("sha:2dae9f4d8c3c55a7", FORGE, None, ILSE, (CODE,)),
            ("sha:4db960fa4f96f6f5", MURMUR, None, ("Noor Halvorsen",), ("https://murmurqa.example.org/",)),
        ],
        {},
        {"no abstract": 1},
    ),
    "papers-with-code": (
        "papers_with_code.json",
        [("arxiv:2503.99101", FORGE, MARCH, ILSE, ())],
        {"neither title nor abstract": 1},
        {},
    ),
    "acl-anthology": (
        "acl_anthology.xml",
        [
            (
                "doi:10.99999/v1/2025.example-main.1",
                MURMUR,
                2025,
                ("Noor Halvorsen", "Sukarni"),
                ("https://github.com/example-nlp/murmurqa",),
            ),
            ("sha:a24386fb30320b0e", "Whispering without Words", 2025, ("Bea Okonjo",), ()),
        ],
        {},
        {"no abstract": 1},
    ),
    "pubmed": (
        "pubmed.xml",
        [
            (
                "doi:10.99999/septi.2024.1",
                "SeptiNet finds sepsis in routine records.",
                date(2024, 10, 21),
                ("Livia Marchetti", "The Invented Study Group"),
                (),
            ),
            ("sha:788a9b2477c068f6", "A letter about sepsis scores.", 2023, (), ()),
        ],
        {},
        {"no abstract": 1},
    ),
    "bibtex": (
        "zotero.bib",
        [
            ("doi:10.99999/lattice.1", FORGE, 2025, ("Ilse Varnholt", "Józef Müller", "Tomas Ekwueme"), (CODE,)),
            ("arxiv:2503.99102", MURMUR, MARCH, ("Noor Halvorsen",), ()),
        ],
        {},
        {"no abstract": 1},
    ),
    "ris": (
        "scopus.ris",
        [("doi:10.99999/lattice.1", FORGE, MARCH, ILSE, (CODE,)), ("sha:f5eae37b9967838d", MURMUR, 2025, ("N. Halvorsen",), ())],
        {},
        {},
    ),
    "csv": (
        "ieee.csv",
        [
            ("doi:10.99999/lattice.1", FORGE, 2025, ("I. Varnholt", "T. Ekwueme"), ()),
            ("doi:10.99999/murmur.2", MURMUR, 2025, ("N. Halvorsen",), ()),
        ],
        {},
        {"no abstract": 1},
    ),
    "parquet": (
        "papers.parquet",
        [("sha:cce7b714313d248c", FORGE, MARCH, ILSE, ()), ("sha:4db960fa4f96f6f5", MURMUR, None, ("Noor Halvorsen",), ())],
        {},
        {"no abstract": 1},
    ),
}


def read(path: Path | str, **options: Any) -> tuple[list[Paper], list[InputReport]]:
    log = ReadLog()
    return list(read_records([path], ReadOptions(**options), log)), log.inputs


def text_file(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def read_text(tmp_path: Path, text: str, **options: Any) -> list[Paper]:
    return read(text_file(tmp_path / "in.txt", text), **options)[0]


def test_every_reader_has_a_case() -> None:
    assert set(CASES) == {reader.name for reader in READERS}


@pytest.mark.parametrize("name", CASES)
def test_the_example_of_each_format(name: str) -> None:
    file, rows, skipped, notes = CASES[name]
    papers, (report,) = read(FORMATS / file)
    assert (report.format, report.n_papers, report.skipped, report.notes) == (name, len(papers), skipped, notes)
    if rows:
        assert [(p.id, p.title, p.published or p.year, p.authors, p.links) for p in papers] == rows
    assert [p.sources[0].entry for p in papers] == sorted({p.sources[0].entry for p in papers})


@pytest.mark.parametrize("name", CASES)
def test_format_named_and_records_joined(name: str) -> None:
    path = FORMATS / CASES[name][0]
    assert kg.read(path, format=name) == kg.read(path)


def test_one_paper_of_all_formats_is_one_node() -> None:
    papers = kg.read(FORMATS, columns=None)
    assert len([p for p in papers if p.title == FORGE and p.arxiv_id]) == 1
    assert all(isinstance(p, Paper) for p in papers)


def test_texts_are_as_people_read_them() -> None:
    papers = {p.sources[0].file: p for name in ("zotero.bib", "pubmed.xml", "acl_anthology.xml") for p in read(FORMATS / name)[0][:1]}
    assert r"a loss $L_{\alpha}$ that draws" in papers["zotero.bib"].abstract and "12% more stable" in papers["zotero.bib"].abstract
    assert papers["pubmed.xml"].abstract.startswith("BACKGROUND: Sepsis is found late. METHODS: We trained")
    assert "(CO2 excluded)" in papers["pubmed.xml"].abstract
    assert r"with $\alpha$ of 0.8. It lies at https://murmurqa.example.org/." in papers["acl_anthology.xml"].abstract
    kaggle = read(FORMATS / "arxiv_kaggle.jsonl")[0][0]
    assert kaggle.abstract.startswith("We present LatticeForge") and "structures from a description" in kaggle.abstract


def test_openreview_of_the_first_version() -> None:
    (paper,), _ = read(FORMATS / "openreview_v1.json")
    assert (paper.title, paper.published, paper.url) == ("Gated Lattices", date(2017, 10, 1), "https://openreview.net/forum?id=H1inv3")


def test_links_in_lists_and_what_is_none(tmp_path: Path) -> None:
    content = {"title": "A", "abstract": "B", "code": ["https://github.com/a/b", " "], "github": "owner/repo", "data": {"value": ""}}
    (tmp_path / "f.json").write_text(json.dumps({"forum": "1", "content": content}))
    (paper,), (report,) = read(tmp_path / "f.json")
    assert paper.links == ("https://github.com/a/b",) and report.notes == {"link not understood": 1}


def test_html_without_embedded_data(tmp_path: Path) -> None:
    page = (
        '<html><body><a href="https://huggingface.co">Daily Papers</a><article><h3><a href="/papers/2503.99102">MurmurQA:\n Questions'
        '</a></h3><p>About <b>quiet</b> speech.</p><a href="https://github.com/a/b">12</a></article>'
        "<article><h3>No link</h3></article></html>"
    )
    (paper,) = read_text(tmp_path, page)
    assert (paper.id, paper.title, paper.abstract) == ("arxiv:2503.99102", "MurmurQA: Questions", "About quiet speech.")
    assert paper.links == ("https://github.com/a/b",)


@pytest.mark.parametrize(
    "lines",
    ["one", "list", "pretty", "wrapped", "pages"],
)
def test_json_records_in_every_shape(tmp_path: Path, lines: str) -> None:
    records = json.loads((FORMATS / "papers_with_code.json").read_text("utf-8"))[:1] * 3
    texts = {
        "one": "\n".join(map(json.dumps, records)),
        "list": json.dumps(records),
        "pretty": json.dumps({"data": records}, indent=2),
        "wrapped": json.dumps({"total": 3, "data": records}),
        "pages": "\n".join(json.dumps({"data": [record]}) for record in records),
    }
    papers, (report,) = read(text_file(tmp_path / "x.json", texts[lines]))
    assert report.format == "papers-with-code" and [str(p.sources[0]) for p in papers] == ["x.json#1", "x.json#2", "x.json#3"]


def test_our_own_records_in_a_list_and_with_other_names(tmp_path: Path) -> None:
    path = text_file(tmp_path / "x.json", json.dumps([{"name": "T1", "text": "A1", "n": 1}, {"name": "T2", "text": None}]))
    papers, (report,) = read(path, columns={"title": "name", "abstract": "text"})
    assert [(p.title, p.abstract) for p in papers] == [("T1", "A1"), ("T2", "")] and report.notes == {"no abstract": 1}
    with pytest.raises(RecordError, match=r"x\.json, entry 1: a record with neither title nor abstract: it has 'name', 'text', 'n'; name"):
        read(path)
    with pytest.raises(FormatError, match="no member 'titel' in its first record"):
        read(path, columns={"title": "titel"})


def test_columns_of_a_table(tmp_path: Path) -> None:
    columns = {"title": "Name", "abstract": "Summary", "published": "When"}
    papers, (report,) = read(FORMATS / "own_columns.tsv", columns=columns)
    assert [p.title for p in papers] == [FORGE, MURMUR] and papers[0].published == MARCH and papers[0].links == (CODE,)
    assert report.notes == {"date not understood": 1}
    with pytest.raises(FormatError, match="no column 'Titel'; its columns are 'Name', 'Summary', 'When', 'Repository'"):
        read(FORMATS / "own_columns.tsv", columns={"title": "Titel"}, format="csv")
    with pytest.raises(FormatError, match="no table with the columns 'Titel' either; --format csv says which it has"):
        read(FORMATS / "own_columns.tsv", columns={"title": "Titel"})
    with pytest.raises(FormatError, match="; for a table with other column names: --columns title=NAME"):
        read_text(tmp_path, "name,summary\nA,b\n")
    with pytest.raises(FormatError, match="no column for title or abstract among 'a', 'b'; name them: --columns title=NAME"):
        read_text(tmp_path, "a,b\n1,2\n", format="csv")
    with pytest.raises(FormatError, match="--columns: unknown field 'titel'; choose from title, abstract"):
        read(FORMATS / "own_columns.tsv", columns={"titel": "Name"})
    with pytest.raises(FormatError, match="the format ris has no columns"):
        read(FORMATS / "own_columns.tsv", columns={"title": "Name"}, format="ris")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["Title", "Abstract", "Authors", "Year"], ["A, b; c", "We\npropose\tit | now.", "Lee, Ada; Chen, Bo", "2021.0"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (paper,) = read_text(tmp_path, text)
    assert (paper.title, paper.abstract.split()) == ("A, b; c", ["We", "propose", "it", "|", "now."])
    assert paper.year == 2021 and paper.authors == ("Lee, Ada", "Chen, Bo")


def test_broken_rows(tmp_path: Path) -> None:
    path = text_file(tmp_path / "t.csv", "title,abstract\nA,b\nC,d,e\nF\n")
    with pytest.raises(RecordError, match=r"t\.csv, line 3: a row with more cells than columns: 3 cells, 2 columns"):
        read(path)
    papers, (report,) = read(path, skip_bad=True)
    assert [p.title for p in papers] == ["A", "F"] and report.skipped == {"a row with more cells than columns": 1}
    with pytest.raises(FormatError, match="two columns are called 'title'"):
        read_text(tmp_path, "title,abstract,title\na,b,c\n")
    with pytest.raises(RecordError, match=r"line 3: not a row of the table: .*is a quotation mark missing"):
        read_text(tmp_path, 'title,abstract\na,b\nc,"' + "d" * 1_100_000)
    with pytest.raises(RecordError, match="line 3: not a row of the table: a cell in quotation marks does not end; is a quotation mark"):
        read_text(tmp_path, 'title,abstract\na,b\nc,"d\ne,f\ng,h\n')
    assert {p.abstract for p in read_text(tmp_path, 'title,abstract\na,"b\nb"\nc,"d"')} == {"b b", "d"}, "the last line needs no end"


def test_parquet_that_is_none_or_has_no_titles(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing that follows")
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet: "):
        read(tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    with pytest.raises(FormatError, match="no column for title or abstract among 'x'"):
        read(tmp_path / "b.parquet")
    with pytest.raises(InputError, match="is a binary file, not text"):
        read(FORMATS / "papers.parquet", format="jsonl")


def test_broken_bibtex_and_ris_name_their_lines(tmp_path: Path) -> None:
    good = "@article{a,\n title = {T}\n}\n"
    path = text_file(tmp_path / "x.bib", good + "@article{b,\n title = {U\n}\n" + good.replace("{a", "{c"))
    with pytest.raises(RecordError, match=r"x\.bib, line 4: not a BibTeX entry"):
        read(path)
    papers, (report,) = read(path, skip_bad=True)
    assert len(papers) == 2 and report.skipped == {"not a BibTeX entry": 1}
    with pytest.raises(RecordError, match="braces nested deeper than"):
        read_text(tmp_path, "@article{a, title = " + "{" * 5000 + "}" * 5000 + "}")
    (paper,) = read_text(tmp_path, "TY  - JOUR\nTI  - T\nXX  - ?\nAB  - A\n\n", format="ris")
    assert (paper.title, paper.abstract) == ("T", "A")


def test_proceedings_macros_doubles_and_lines(tmp_path: Path) -> None:
    text = """@proceedings{p, title={All}}
@string{nets = {Lattice nets}}
@Article(q, Title = nets, abstract = "We " # nets)
@article{a, title = {A}, note = {1}, note = {2}} @article{a, title = {B}}
"""
    papers, (report,) = read(text_file(tmp_path / "x.bib", text))
    assert [p.title for p in papers if p.title in "AB"] == ["A", "B"] and report.skipped["a volume of proceedings"] == 1


def test_macros_that_are_given_twice_or_not_used(tmp_path: Path) -> None:
    text = """@string{nets = {Lattice nets}}
@string{nets = {Other nets}}
@string{rest = "The rest"}
@string{}
@article{a, title = nets}
"""
    assert [p.title for p in read_text(tmp_path, text)] == ["Lattice nets"]


def test_inputs_may_come_from_a_generator(tmp_path: Path) -> None:
    text_file(tmp_path / "x.txt", "nothing that is known")
    with pytest.raises(FormatError, match=f"{re.escape(str(tmp_path))}: no file of a known format"):
        kg.read(path for path in [tmp_path])


def test_files_are_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = text_input.InputFile.open

    def noted(source: text_input.InputFile) -> Any:
        opened.append(source.file)
        return original(source)

    monkeypatch.setattr(text_input.InputFile, "open", noted)
    kg.read([*sorted(EXAMPLES.glob("*.txt")), EXAMPLES / "papers.jsonl"])
    assert len(opened) == len(set(opened)) == 4


def test_ris_with_one_space(tmp_path: Path) -> None:
    (paper,) = read_text(tmp_path, "TY - JOUR\nTI - Gated Lattices\nAU - Lee, Ada\nPY - 2020\nER - \n")
    assert (paper.title, paper.authors, paper.year) == ("Gated Lattices", ("Ada Lee",), 2020)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><PubmedArticleSet>&x;</PubmedArticleSet>', "declares entities is not read"),
        ("<PubmedArticleSet>" + "<a>" * 200_000, "nested deeper than 100"),
        ("<PubmedArticleSet><PubmedArticle></PubmedArticleSet>", "line 1: not valid XML from here on: mismatched tag"),
        ('<?xml version="1.0" encoding="klingon"?><PubmedArticleSet/>', "cannot be read as XML|not valid XML"),
        ("<PubmedArticleSet></PubmedArticleSet>", r"no paper in it \(read as pubmed\)"),
        ("<PubmedArticleSet><PubmedBookArticle/></PubmedArticleSet>", "no paper in it .*1 left out: a book"),
        ("<html><body>Hello</body></html>", "not a format that is known"),
        ("<!doctype html><p>huggingface.co", "no paper in it"),
        ('[{"paper_url": "x", "title": "T"}, {"paper_url"]', "entry 2: not valid JSON from here on: "),
        ('[{"paper_url": "x", "title": "T"}, 5]', "entry 2: not a JSON object: '5'"),
        ('[{"paper_url": "x", "title": 5}]', "entry 1: a field has a wrong value: 'title' is int"),
        ('{"content": {"title": "x"}, "forum": "f"}\n{"content": 5}', "line 2: a field has a wrong value: 'content'"),
        ("[" * 300_000, "not a format that is known|not valid JSON"),
        ('[{"title": "T", "x": ' + "[" * 300_000, "entry 1: not valid JSON from here on: nested deeper than 100"),
        ("[1, 2]", "not a format that is known"),
        ('{"title": "T", "x": ' + "[" * 300_000 + "]" * 300_000 + "}\n", "line 1: not valid JSON: nested too deep"),
        ('{"title": "T", "year": ' + "9" * 6000 + "}\n", "line 1: not valid JSON: a number with too many digits"),
    ],
)
def test_texts_that_are_broken(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_text(tmp_path, text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500 + len(str(tmp_path))


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "iso-8859-99", "utf-8"])
def test_xml_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><collection id="x">'
    text += "<volume><paper><title>Caf\u00e9</title></paper></volume></collection>"
    (tmp_path / "x.xml").write_bytes(text.encode("utf-8" if encoding == "utf-8" else "latin1"))
    if encoding == "iso-8859-99":
        with pytest.raises(InputError, match=r"not UTF-8 text|cannot be read as XML|not valid XML"):
            read(tmp_path / "x.xml")
    else:
        assert read(tmp_path / "x.xml")[0][0].title == "Caf\u00e9"


def test_records_before_a_syntax_error_are_kept_with_skip_bad(tmp_path: Path) -> None:
    path = text_file(tmp_path / "x.json", '[{"title": "T"}, {"title": "U"}, {"title"')
    papers, (report,) = read(path, skip_bad=True)
    assert [p.title for p in papers] == ["T", "U"] and report.skipped == {"not valid JSON from here on": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-06T00:00:00Z", date(2024, 5, 6)),
        ("2020/05//", 2020),
        ("2020/05/06/Spring", date(2020, 5, 6)),
        ("Mon, 2 Apr 2007 19:18:42 GMT", date(2007, 4, 2)),
        ("May 2019", 2019),
        ("3rd June, 2019", date(2019, 6, 3)),
        ("Nov. 30 1999", date(1999, 11, 30)),
        ("2021.0", 2021),
        ("2023-02-30", 2023),
        ("2020a", 2020),
        ("2025 mar", 2025),
        ("0999", None),
        ("in press", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: date | int | None) -> None:
    found = find_date(text)
    assert (found and (found.day or found.year)) == expected


def test_names_and_addresses_in_one_text() -> None:
    assert split_names("Lee, Ada; Chen, Bo") == ["Lee, Ada", "Chen, Bo"]
    assert split_names("Ada Lee, Bo Chen, and Cy Diaz") == ["Ada Lee", "Bo Chen", "Cy Diaz"]
    assert split_names("Ada Lee, Bo Chen") == ["Ada Lee", "Bo Chen"] and split_names("Lee, Ada") == ["Lee, Ada"]
    assert addresses_in("Code (github.com/a/b), https://x.org/p.") == ["github.com/a/b", "https://x.org/p"]
    assert addresses_in(None) == []
    for name in ("Ada Lee Jr.", "Lee, Jr., Ada", "Lee, Ada, Jr."):
        assert given_name_first(name) == "Ada Lee Jr."
    assert [given_name_first(name) for name in ("Lee, Ada", "Lee,Ada III", "Ada Lee")] == ["Ada Lee", "Ada III Lee", "Ada Lee"]


# Compression


def zst_file(path: Path, data: bytes) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(data)


def zip_file(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)


COMPRESSORS: dict[str, Callable[[Path, bytes], object]] = {
    "gz": lambda path, data: path.write_bytes(gzip.compress(data)),
    "bz2": lambda path, data: path.write_bytes(bz2.compress(data)),
    "zst": zst_file,
    "zip": lambda path, data: zip_file(path, {"inner": data}),
    "two members": lambda path, data: path.write_bytes(gzip.compress(data[:100]) + gzip.compress(data[100:])),
    "gz in zip": lambda path, data: zip_file(path, {"inner.gz": gzip.compress(data)}),
}


@pytest.mark.parametrize("way", COMPRESSORS)
@pytest.mark.parametrize("file", ["zotero.bib", "papers.parquet", "semantic_scholar.json", "pubmed.xml"])
def test_compressed(tmp_path: Path, way: str, file: str) -> None:
    plain, (expected,) = read(FORMATS / file)
    COMPRESSORS[way](tmp_path / "f", (FORMATS / file).read_bytes())
    papers, (report,) = read(tmp_path / "f")
    assert [p.title for p in papers] == [p.title for p in plain]
    assert report == expected.model_copy(update={"file": report.file}), "the hash is of the uncompressed bytes"


@pytest.mark.parametrize("way", ["plain", "gz", "zst", "zip"])
def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    data = (FORMATS / "paperlists.json").read_bytes()
    (COMPRESSORS[way] if way != "plain" else Path.write_bytes)(tmp_path / "f", data)  # type: ignore[operator]

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self._left = io.BytesIO((tmp_path / "f").read_bytes())

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self._left.readinto(buffer[:100])

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Pipe())))
    papers, (report,) = read("-")
    assert [p.title for p in papers] == [FORGE, MURMUR] and report.file == ("-/inner" if way == "zip" else "-")


def test_an_archive_is_a_folder(tmp_path: Path) -> None:
    files = {name: (FORMATS / name).read_bytes() for name in ("zotero.bib", "scopus.ris")}
    others = {
        "__MACOSX/._x": b"?",
        ".hidden": b"?",
        "notes.md": b"# notes\n",
        "x.bin": b"\0\1",
        "./here.bib": files["zotero.bib"],
        "../../etc/escape.bib": files["zotero.bib"],
    }
    zip_file(tmp_path / "all.zip", files | others)
    papers, reports = read(tmp_path / "all.zip")
    assert [(r.file, r.format) for r in reports] == [
        ("all.zip/../../etc/escape.bib", "bibtex"),
        ("all.zip/./here.bib", "bibtex"),
        ("all.zip/notes.md", "unknown"),
        ("all.zip/scopus.ris", "ris"),
        ("all.zip/x.bin", "unknown"),
        ("all.zip/zotero.bib", "bibtex"),
    ]
    assert len(papers) == 8 and [p.name for p in tmp_path.iterdir()] == ["all.zip"]


def encrypted() -> bytes:
    """An archive whose only file says that it is encrypted."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.bib", "x")
    raw = bytearray(data.getvalue())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b'{"title": "T"}\n' * 50)[:-9], "cannot be read: "),
        (bz2.compress(b'{"title": "T"}\n' * 50)[:-5], "cannot be read: |is empty|no paper"),
        (b"\x1f\x8b nonsense", "cannot be read: "),
        (b"BZh9 nonsense", "cannot be read: "),
        (b"\x28\xb5\x2f\xfd nonsense", "cannot be read: "),
        (b"PK\x03\x04 nonsense", "cannot be read: "),
        (b"PK\x05\x06" + bytes(18), "no file in this archive"),
        (encrypted(), "cannot be read: .*encrypted"),
    ],
)
def test_damaged_compression_is_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path / "f")
    assert "\n" not in str(error.value)


def test_an_encrypted_file_of_an_archive_stops_nothing_else(tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    files = {name: (FORMATS / name).read_bytes() for name in ("scopus.ris", "zotero.bib")}
    zip_file(archive, {"a.ris": files["scopus.ris"], "z.bib": files["zotero.bib"]})
    raw = bytearray(archive.read_bytes())
    raw[6] |= 1  # the first file says that it is encrypted
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    with pytest.raises(InputError, match=r"^\S*all\.zip/a\.ris: cannot be read: it is encrypted; unpack .* with --skip-bad$"):
        read(archive)
    papers, reports = read(archive, skip_bad=True)
    assert [p.title for p in papers] == [p.title for p in read(FORMATS / "zotero.bib")[0]]
    assert (reports[0].file, reports[0].format, reports[0].skipped) == ("all.zip/a.ris", "unknown", {"cannot be opened": 1})
    (tmp_path / "only.zip").write_bytes(encrypted())
    with pytest.raises(FormatError, match="no file of a known format in it"):
        read(tmp_path / "only.zip", skip_bad=True)


def test_archives_in_archives_and_without_papers(tmp_path: Path) -> None:
    zip_file(tmp_path / "inner.zip", {"a": b"a"})
    zip_file(tmp_path / "f", {"inner.zip": (tmp_path / "inner.zip").read_bytes()})
    with pytest.raises(InputError, match="is an archive inside an archive"):
        read(tmp_path / "f")
    zip_file(tmp_path / "f", {"a.md": b"# nothing"})
    with pytest.raises(FormatError, match="no file of a known format in it"):
        read(tmp_path / "f")


def test_what_grows_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "ALWAYS_ALLOWED", 2**20)
    bomb = b'{"title": "T"}\n' + b" \n" * 2**22
    for way in ("bz2", "zst"):
        COMPRESSORS[way](tmp_path / "f", bomb)
        with pytest.raises(InputError, match="grows more than 500 times"):
            read(tmp_path / "f")


@pytest.mark.parametrize(
    "start", ['{"title": "', '[{"title": "', "<PubmedArticleSet><PubmedArticle>", "@a{x, title = {", "TY  - JOUR\nAB  - "]
)
def test_a_record_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    for module in (text_input, bibtex, ris):
        monkeypatch.setattr(module, "LONGEST_RECORD", 2**17)
    with pytest.raises(InputError, match=r"longer than|not valid|not a BibTeX"):
        read_text(tmp_path, start + "x" * 2**20)
    with pytest.raises(InputError, match=r"longer than|not valid|not a BibTeX"):
        read_text(tmp_path, start + "x y z\n" * 2**18)
    with pytest.raises(InputError, match=r"longer than|not valid|not a BibTeX"):
        read_text(tmp_path, start + "\n" * 2**18)


class Endless(io.RawIOBase):
    """Many records that are nowhere kept."""

    def __init__(self, record: bytes, n_bytes: int, start: bytes = b"", end: bytes = b"") -> None:
        self._pieces = self._all(record, n_bytes, start, end)
        self._rest = b""

    @staticmethod
    def _all(record: bytes, n_bytes: int, start: bytes, end: bytes) -> Iterator[bytes]:
        yield start
        for number in range(n_bytes // len(record)):
            yield record.replace(b"NUMBER", str(number).encode())
        yield end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


LONG = b"We propose a net. " * 100
STREAMS = {
    "lines": (b'{"title": "T NUMBER", "abstract": "' + LONG + b'"}\n', b"", b""),
    "list": (b'{"title": "T NUMBER", "abstract": "' + LONG + b'"}\n,', b"[", b'{"title": "last"}]'),
    "xml": (
        b"<PubmedArticle><MedlineCitation><Article><ArticleTitle>T NUMBER</ArticleTitle><Abstract><AbstractText>"
        + LONG
        + b"</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>",
        b"<PubmedArticleSet>",
        b"</PubmedArticleSet>",
    ),
    "bibtex": (b"@article{kNUMBER, title = {T NUMBER}, abstract = {" + LONG + b"}}\n", b"", b""),
    "ris": (b"TY  - JOUR\nTI  - T NUMBER\nAB  - " + LONG + b"\nER  - \n", b"", b""),
    "csv": (b'NUMBER,"' + LONG + b'"\n', b"title,abstract\n", b""),
}


@pytest.mark.parametrize("name", STREAMS)
def test_memory_stays_flat(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    record, start, end = STREAMS[name]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless(record, 8 * 2**20, start, end))))
    tracemalloc.start()
    try:
        n_papers = sum(1 for _ in read_records(["-"], ReadOptions(), ReadLog()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_papers > 4000 and peak < 4 * 2**20, f"{peak / 2**20:.1f} MiB for 8 MiB of input"


# Damage of every kind

EXAMPLE_FILES = [FORMATS / file for file, *_ in CASES.values()]


def outcome(path: Path, **options: Any) -> list[Paper] | str:
    """The papers, or the one line that says what is wrong."""
    try:
        papers, reports = read(path, **options)
    except PaperkgError as error:
        assert "\n" not in str(error) and len(str(error)) < 3000
        return str(error)
    assert all(Paper.model_validate_json(paper.model_dump_json()) == paper for paper in papers)
    assert sum(report.n_papers for report in reports) == len(papers)
    return papers


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Something that happens to bytes: cut, changed, doubled, filled."""
    kind, seed = draw(st.sampled_from(["cut", "change", "double", "insert", "remove"])), draw(st.integers(0, 2**32))
    piece = draw(
        st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"}", b"[", b"<", b">", b"&", b"\n", b"@", b"null", b"1e999", b"\\ud800"])
    )

    def damaged(data: bytes) -> bytes:
        rng = random.Random(seed)
        start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        return {
            "cut": data[:start],
            "change": data[:start] + piece + data[start + len(piece) :],
            "double": data[:end] + data[start:],
            "insert": data[:start] + piece * rng.randrange(1, 50) + data[start:],
            "remove": data[:start] + data[end:],
        }[kind]

    return damaged


@settings(max_examples=60)
@given(st.lists(damage(), min_size=1, max_size=3), st.booleans())
@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: path.name)
def test_damaged_files_give_papers_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, path: Path, damages: list[Callable[[bytes], bytes]], skip_bad: bool
) -> None:
    data = path.read_bytes()
    for change in damages:
        data = change(data)
    name = next(name for name, case in CASES.items() if (FORMATS / case[0]).resolve() == path.resolve())
    target = tmp_path_factory.mktemp("damaged") / "f"
    target.write_bytes(data)
    outcome(target, skip_bad=skip_bad)
    outcome(target, skip_bad=skip_bad, format=name)


@settings(max_examples=100)
@given(st.binary(max_size=400), st.sampled_from([reader.name for reader in READERS]))
def test_any_bytes_in_any_format(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    target = tmp_path_factory.mktemp("any") / "f"
    target.write_bytes(data)
    outcome(target)
    outcome(target, format=name)
    for way in ("gz", "bz2", "zip"):
        COMPRESSORS[way](target, data)
        outcome(target, format=name)


scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
value = st.recursive(scalar, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3), max_leaves=6)


def changed(record: Any, draw: Callable[[Any], Any]) -> Any:
    """A record with some of its values, at any depth, replaced by others."""
    if isinstance(record, dict):
        return {k: draw(value) if draw(st.integers(0, 5)) == 0 else changed(v, draw) for k, v in record.items()}
    if isinstance(record, list):
        return [changed(item, draw) for item in record]
    return record


JSON_FORMATS = ["daily-papers-json", "arxiv-json", "semantic-scholar", "openreview", "paperlists", "papers-with-code", "jsonl"]


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_json_values_of_any_type(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject) -> None:
    text = (FORMATS / CASES[name][0]).read_text("utf-8")
    records = [json.loads(line) for line in text.splitlines()] if CASES[name][0].endswith("jsonl") else json.loads(text)
    target = tmp_path_factory.mktemp("values") / "f"
    target.write_text(json.dumps(changed(records, data.draw)), "utf-8")
    outcome(target, format=name, skip_bad=data.draw(st.booleans()))
    outcome(target)


@settings(max_examples=100)
@given(st.text(max_size=60))
@example("٣٤٥٦-١-١")
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = find_date(text)
    assert found is None or 1000 <= found.year <= 9999


# Readers from elsewhere

DOCUMENTED = next(block.code for block in blocks((ROOT / "docs" / "own-reader.md").read_text("utf-8")) if block.file == "mylists.py")
PACKAGE = f"""{DOCUMENTED}
OTHER = Reader("csv", "a name that is taken", recognises, read)
NO_READER = "?"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Install a package that brings a reader, for the time of a test."""

    def installed(point: str) -> None:
        info = tmp_path / "mylists-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mylists\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[paperkg.readers]\nmylist = {point}\n")
        (tmp_path / "mylists.py").write_text(PACKAGE)
        monkeypatch.syspath_prepend(tmp_path)
        all_readers.cache_clear()

    yield installed
    sys.modules.pop("mylists", None)
    all_readers.cache_clear()


def test_a_reader_of_ones_own(install: Callable[[str], None], tmp_path: Path) -> None:
    install("mylists:READER")
    path = text_file(tmp_path / "x.txt", "%MYLIST\nA :: We propose it.\nB\n")
    papers, (report,) = read(path)
    assert [(p.title, p.abstract, str(p.sources[0])) for p in papers] == [("A", "We propose it.", "x.txt#1"), ("B", "", "x.txt#2")]
    assert (report.format, report.notes) == ("mylist", {"no abstract": 1}) and read(path, format="mylist")[0] == papers
    with pytest.raises(FormatError, match=r"choose --format from .*mylist"):
        read(path, format="mylst")


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("mylists:OTHER", "two readers are called 'csv'; uninstall the package"),
        ("mylists:NO_READER", r"the reader 'mylist' of mylists is no kg\.read\.Reader"),
        ("mylists:NOWHERE", "the reader 'mylist' of mylists cannot be loaded: "),
        ("no_such_module:X", "the reader 'mylist' of mylists cannot be loaded: No module named"),
    ],
)
def test_readers_that_cannot_be_used(install: Callable[[str], None], point: str, message: str) -> None:
    install(point)
    with pytest.raises(PaperkgError, match=message):
        read(FORMATS / "ieee.csv")


ROWS = re.findall(r"^\| `([a-z-]+)` \| .* \| `kg (build .*) -o graph` \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_the_readme_has_one_command_per_format() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(reader.name for reader in READERS)


@pytest.mark.parametrize(("name", "command"), ROWS)
def test_commands_of_the_readme(name: str, command: str, gazetteer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, [*command.split(), "-o", str(tmp_path / "graph"), "--model", gazetteer, "--json", "-q"])
    assert done.exit_code == 0, done.output
    assert {row["format"] for row in json.loads(done.stdout)["inputs"]} == {name}


def test_documented_sizes() -> None:
    assert text_input.LONGEST_RECORD == 64 * 2**20 and compressed.LARGEST_GROWTH == 500
