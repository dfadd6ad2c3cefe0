"""Inputs made to do harm: archives and documents that swell, nest or take for ever. docs/security.md names these tests."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.extract.abbreviations import find_definitions
from kg.extract.links import find_links
from kg.extract.sentences import sentence_spans
from kg.read import ReadLog, ReadOptions, compressed, read_records
from schemas.errors import InputError, PaperkgError
from schemas.paper import Paper
from schemas.text import clean_name, normal_text
from tests.growth import grows_too_fast, seconds

SECRET = "the content of a file that nobody named"


def read(path: Path, format: str | None = None) -> list[Paper]:
    return list(read_records([path], ReadOptions(format), ReadLog()))


def refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read(path)
    assert "\n" not in str(error.value) and SECRET not in str(error.value)


# Archives


def zip_of(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_zip_bomb_is_stopped_by_what_comes_out_not_by_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "ALWAYS_ALLOWED", 2**16)
    raw = bytearray(zip_of({"bomb.jsonl": b'{"title": "T"}\n' + b" \n" * 2**20}))
    (tmp_path / "f.zip").write_bytes(raw)
    refused(tmp_path / "f.zip", "grows more than 500 times")
    directory = raw.index(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = (100).to_bytes(4, "little")  # it says that it holds 100 bytes
    (tmp_path / "f.zip").write_bytes(raw)
    try:
        assert len(read(tmp_path / "f.zip")) <= 1
    except PaperkgError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", ["../../evil.jsonl", "/etc/evil.jsonl", "a/../../b.jsonl", "C:\\evil.jsonl", "a\\..\\..\\evil.jsonl"])
def test_names_in_archives_lead_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "f.zip").write_bytes(zip_of({name: b'{"title": "T", "abstract": "A."}\n'}))
    (paper,) = read(tmp_path / "in" / "f.zip")
    assert paper.sources[0].file.startswith("f.zip/") and "\n" not in paper.sources[0].file
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["f.zip", "in"]


def test_a_link_in_an_archive_is_its_text(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text(json.dumps({"title": SECRET, "abstract": SECRET}))
    info = zipfile.ZipInfo("link.jsonl")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr(info, str(tmp_path / "secret.jsonl"))
    refused(tmp_path / "f.zip", "no file of a known format in it")


def test_tar_is_not_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "f.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("../evil.jsonl")
        member.size = 15
        archive.addfile(member, io.BytesIO(b'{"title": "T"}\n'))
    refused(tmp_path / "f.tar.gz", "is a binary file, not text")


# XML

ROOTS = {
    "pubmed": "<PubmedArticleSet><PubmedArticle><MedlineCitation><Article><ArticleTitle>{}</ArticleTitle></Article></MedlineCitation>"
    "</PubmedArticle></PubmedArticleSet>",
    "arxiv-atom": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{}</title><summary>s</summary></entry></feed>',
    "acl-anthology": "<collection id='x'><volume id='1'><paper id='1'><title>{}</title></paper></volume></collection>",
}
LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
DOCTYPES = {
    "billion laughs": (LAUGHS, "&i;"),
    "quadratic": (f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 5_000),
    "external": ('<!ENTITY a SYSTEM "file://SECRET">', "&a;"),
    "parameter": ('<!ENTITY % a SYSTEM "file://SECRET"> %a;', "x"),
    "remote": ('<!ENTITY a SYSTEM "http://127.0.0.1:9/x">', "&a;"),
    "unparsed": ('<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "file://SECRET" NDATA n>', "x"),
}


@pytest.mark.parametrize("format", ROOTS)
@pytest.mark.parametrize("way", DOCTYPES)
def test_entities_are_never_expanded(tmp_path: Path, format: str, way: str) -> None:
    (tmp_path / "secret").write_text(SECRET)
    declared, used = (part.replace("SECRET", str(tmp_path / "secret")) for part in DOCTYPES[way])
    text = f'<?xml version="1.0"?><!DOCTYPE x [{declared}]>{ROOTS[format].format(used)}'
    (tmp_path / "f.xml").write_text(text)
    with pytest.raises(InputError, match="XML that declares entities is not read") as error:
        read(tmp_path / "f.xml", format)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("format", ROOTS)
def test_external_document_types_are_not_fetched(tmp_path: Path, format: str) -> None:
    (tmp_path / "f.xml").write_text(f'<!DOCTYPE x SYSTEM "file://{tmp_path}/none.dtd">{ROOTS[format].format("A title")}')
    assert [paper.title for paper in read(tmp_path / "f.xml", format)] == ["A title"]


def test_deep_xml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.xml").write_text("<PubmedArticleSet>" + "<a>" * 100_000)
    refused(tmp_path / "f.xml", "nested deeper than 100")


# JSON


@pytest.mark.parametrize("depth", [120, 980, 985, 990, 100_000])
@pytest.mark.parametrize("start", ['{"title": "T", "year": ', '{"title": "T", "authors": ', "", '[{"title": "T", "year": '])
@pytest.mark.parametrize("bracket", ["[", '{"a": '])
def test_deep_json_is_one_line(tmp_path: Path, start: str, depth: int, bracket: str) -> None:
    """Also where the text is just not too deep for the parser, but for whoever prints it."""
    inner = bracket * depth + "1" + {"[": "]", '{"a": ': "}"}[bracket] * depth
    ends = {"": "", "{": "}", "[": "}]"}[start[:1]]
    (tmp_path / "f").write_text(start + inner + ends)
    for format in (None, "jsonl", "semantic-scholar"):
        with pytest.raises(InputError) as error:
            read(tmp_path / "f", format)
        assert "\n" not in str(error.value) and len(str(error.value)) < 1_000


@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 100, "1e999", "-1e999", "1e-999", "NaN", "Infinity", "0." + "1" * 5_000, "1e308"])
@pytest.mark.parametrize("field", ["year", "upvotes", "n_authors", "id", "published"])
def test_huge_numbers_are_one_line_or_left_out(tmp_path: Path, field: str, number: str) -> None:
    record = f'{{"title": "T", "abstract": "A.", "{field}": {number}}}'
    for text in (record, f"[{record}]"):
        (tmp_path / "f").write_text(text)
        for format in ("jsonl", "semantic-scholar", "papers-with-code"):
            try:
                (paper,) = read(tmp_path / "f", format)
                assert paper.year is None or 1000 <= paper.year <= 9999
            except InputError as error:
                assert "\n" not in str(error) and len(str(error)) < 1_000


# Time

PAGE = "<html>huggingface.co<article><h3>"
DOCUMENTS: dict[str, Callable[[int], tuple[str | None, str]]] = {
    "comments before the root": lambda n: (None, "<!---->" * (n // 7) + "x"),
    "instructions before the root": lambda n: (None, "<?a?>" * (n // 5) + "x"),
    "white space in a title": lambda n: ("semantic-scholar", json.dumps({"title": "a" + " " * n + "b", "paperId": "1"})),
    "white space between authors": lambda n: ("bibtex", f"@article{{a, title={{A}}, author={{a{' ' * n}b}}}}"),
    "tags that do not end": lambda n: ("daily-papers-html", PAGE + "<a " * (n // 3)),
    "comments that do not end": lambda n: ("daily-papers-html", PAGE + "<!--" * (n // 4)),
    "declarations that do not end": lambda n: ("daily-papers-html", PAGE + "<![CDATA[" * (n // 9)),
    "an end tag in a script": lambda n: ("daily-papers-html", PAGE + "<script>" + "</s" * (n // 3)),
    "attributes": lambda n: ("daily-papers-html", PAGE + "<a " + "b='c' " * (n // 6) + ">"),
    "text in many pieces": lambda n: ("daily-papers-html", PAGE + "a<b>" * (n // 4) + "</h3></article>"),
    "braces": lambda n: ("bibtex", "@article{a, title={" + "{}" * (n // 2) + "}}"),
    "macros": lambda n: ("bibtex", '@string{a = "b"}\n' * (n // 17) + "@article{a, title={A}}"),
    "macros and entries": lambda n: (
        "bibtex",
        "".join(f'@string{{m{i} = "b"}}\n@article{{k{i}, title={{A}}, journal=m{i}}}\n' for i in range(n // 50)),
    ),
    "commands": lambda n: ("bibtex", "@article{a, title={" + "\\a" * (n // 16) + "}}"),
    "tags of RIS": lambda n: ("ris", "TY  - JOUR\n" + "AU  - a\n" * (n // 8) + "ER  - \n"),
    "columns": lambda n: ("csv", "title" + ",a" * (n // 4) + "\n" + "," * (n // 4) + "\n"),
    "quotation marks": lambda n: ("csv", "title,abstract\n" + '""' * (n // 2) + ",a\n"),
    "a page of short lines": lambda n: ("daily-papers", "a\n" * (n // 16 * 2)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_reading_takes_time_in_proportion(tmp_path: Path, name: str) -> None:
    def call(length: int) -> Callable[[], object]:
        format, text = DOCUMENTS[name](length)
        (tmp_path / f"{length}").write_text(text)

        def reading() -> None:
            try:
                read(tmp_path / f"{length}", format)
            except PaperkgError as error:
                assert "\n" not in str(error)

        return reading

    assert not grows_too_fast(call, 30_000)


@pytest.mark.parametrize("start", ["<a x='", "<!-- ", "<?a "])
def test_a_tag_as_long_as_a_record_may_be(tmp_path: Path, start: str) -> None:
    """Expat before 2.6 begins a tag that is not whole anew with every piece that it is given."""

    def call(length: int) -> Callable[[], object]:
        (tmp_path / "f.xml").write_text(f"<PubmedArticleSet>{start}{'A>' * (length // 2)}")
        return lambda: refused(tmp_path / "f.xml", "no paper in it|not valid XML")

    assert not grows_too_fast(call, 2 * 2**20)


TEXTS = {
    "addresses": "http://a.io/b c.io/d ",
    "addresses alone": "a.io/b ",
    "brackets": "Long Form (LF) ",
    "open brackets": "((((",
    "colons": "A: ",
    "sentences": "A. b! ",
    "words": "a",
    "dots": "a.",
    "white space": " ",
    "commands": "\\text{",
    "marks": "$_^~",
}


@pytest.mark.parametrize("function", [find_links, find_definitions, sentence_spans, clean_name, normal_text], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", TEXTS)
def test_extraction_without_a_model_takes_time_in_proportion(function: Callable[[str], object], name: str) -> None:
    piece = TEXTS[name]
    assert not grows_too_fast(lambda length: lambda: function(piece * (length // len(piece)) + "!"), 30_000)


def test_what_never_ends_is_broken_off() -> None:
    """The test's own tool."""
    import re

    from tests import growth

    with pytest.MonkeyPatch.context() as patch, pytest.raises(growth.NeverEndsError):
        patch.setattr(growth, "TOO_LONG", 0.1)
        seconds(lambda: re.match(r"(a|a)*b", "a" * 40))
    assert grows_too_fast(lambda n: lambda: [x for x in range(n) for y in range(n)], 1_600)


# Texts that are odd, not hostile


def test_a_command_without_its_arguments_stays_as_it_stands(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.bib").write_text("@article{a, title = {The \\frac}, abstract = {Half, \\textbf{bold}}}\n")
    (paper,) = read(tmp_path / "f.bib")
    assert (paper.title, paper.abstract) == ("The \\frac", "Half, bold") and capfd.readouterr().err == ""


@pytest.mark.parametrize("format", [None, "csv", "ris"])
@pytest.mark.parametrize("text", ["title,abstract\rA,b\rC,d\r", "TY  - JOUR\rTI  - A\rER  - \r"])
def test_line_ends_of_old_macs_are_named(tmp_path: Path, text: str, format: str | None) -> None:
    (tmp_path / "f").write_bytes(text.encode())
    with pytest.raises(InputError, match=r"has lines that end as on old Macs \(CR alone\); convert it"):
        read(tmp_path / "f", format)
