"""Reader of BibTeX with abstracts (Zotero, Scopus, IEEE, ACL): one entry at a time, by bibtexparser."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg.read.head import Head
from kg.read.paper_fields import Place, addresses_in, given_name_first, papers
from kg.read.reader import Item, Note, Reader, ReadOptions, Skip
from kg.read.text_input import LONGEST_RECORD, TextInput, too_long
from schemas.errors import one_line

_BLOCK = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_MACRO = re.compile(r"\s*@\s*\w+\s*[{(]\s*([^\s={}(),]+)\s*=")
_WORD = re.compile(r"[^\s={}(),\"#]+")
_ESCAPE = re.compile(r"\\([%&_#])")
_NO_ENTRIES = {"string", "preamble", "comment"}
_NO_PAPERS = {"proceedings", "conference_proceedings"}
_LINK_FIELDS = ("code", "github", "repository", "project", "website", "howpublished", "note", "annote")
_MOST_BRACES = 100  # open at once; deeper is no text
_LONGEST_ENTRY = 2**20  # characters

for _library in ("bibtexparser", "pylatexenc"):  # what they report is told by our own errors
    logging.getLogger(_library).addHandler(logging.NullHandler())


def recognises(head: Head) -> bool:
    """A line opens an entry, and what stands before it is no other format."""
    return not head.text.startswith(("{", "[", "<")) and any(_BLOCK.match(line) for line in head.lines)


def read(text: TextInput, options: ReadOptions) -> Iterator[Item]:
    """One Paper an entry. What stands between entries is a comment, as BibTeX has it."""
    macros: dict[str, str] = {}  # by name; of two with one name the first
    number = 0
    for line, kind, block in _blocks(text):
        if kind == "string":
            if name := _MACRO.match(block):
                macros.setdefault(name[1], block)
        elif kind not in _NO_ENTRIES:
            for entry in _entries(block, macros):
                number += 1
                yield from _papers(entry, Place(text.source.name, text.source.file, number, line))


def _blocks(text: TextInput) -> Iterator[tuple[int, str, str]]:
    """(first line, kind in lower case, text) of each block: from a line that opens one to the next that does.

    Of a block that is too long for an entry only so much is kept that this shows.
    """
    number, kind, lines, size = 0, "", list[str](), 0
    for line in text.lines():
        if match := _BLOCK.match(line.text):
            if lines:
                yield number, kind, "\n".join(lines)
            number, kind, lines, size = line.number, match[1].lower(), [], 0
        elif not lines:
            continue
        if size <= _LONGEST_ENTRY + 1:
            lines.append(line.text)
        size += len(line.text) + 1
        if size > LONGEST_RECORD:
            raise too_long(text.source.name)
    if lines:
        yield number, kind, "\n".join(lines)


def _papers(entry: dict[str, str] | str, place: Place) -> Iterator[Item]:
    if isinstance(entry, str):
        yield place.error("not a BibTeX entry", entry)
    elif entry["type"] in _NO_PAPERS:
        yield Skip("a volume of proceedings")
    else:
        items = list(papers(_fields(entry), place))
        yield from items
        joined = any(" # " in text and '"' in text for text in (entry.get("title", ""), entry.get("abstract", "")))
        yield from [Note("texts joined by # are kept as they stand")] if joined and not isinstance(items[0], Skip) else []


def _entries(block: str, macros: Mapping[str, str]) -> list[dict[str, str] | str]:
    """The fields of each entry in a block by their names in lower case, as they stand; for one that is broken what is wrong."""
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.middlewares import NormalizeFieldKeys

    problem = _too_much(block)
    if problem:
        return [problem]
    named = [macros[word] for word in dict.fromkeys(_WORD.findall(block)) if word in macros]  # all of them, for each entry, would take long
    try:
        library = parse_string("\n".join([*named, block]), append_middleware=[NormalizeFieldKeys()])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # what its parts raise on odd texts
        return [one_line(f"{type(error).__name__}: {error}")]
    found = [_entry(parsed) for parsed in library.blocks if not isinstance(parsed, _ignored())]
    return found or ["nothing in it"]


def _ignored() -> tuple[type, ...]:
    from bibtexparser.model import ExplicitComment, ImplicitComment, Preamble, String

    return ExplicitComment, ImplicitComment, Preamble, String


def _entry(parsed: Any) -> dict[str, str] | str:
    """An entry's fields; of a field that it has twice the first. A text says what is wrong."""
    from bibtexparser.model import Entry, ParsingFailedBlock

    if isinstance(parsed, ParsingFailedBlock) and isinstance(parsed.ignore_error_block, Entry):
        parsed = parsed.ignore_error_block  # a key or a field that occurs twice
    if not isinstance(parsed, Entry):
        error = getattr(parsed, "error", None)
        failure = str(getattr(error, "abort_reason", None) or error or "").strip()
        return one_line(failure.splitlines()[-1].strip()) if failure else "it cannot be read"
    fields = {field.key.lower(): str(field.value) for field in reversed(parsed.fields) if isinstance(field.value, str)}
    return {**fields, "id": parsed.key, "type": parsed.entry_type.lower()}


def _too_much(block: str) -> str:
    """Why a block is not even tried; "" when it is."""
    depth = deepest = 0
    for brace in re.findall(r"[{}]", block):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
    if deepest > _MOST_BRACES:
        return f"braces nested deeper than {_MOST_BRACES}"
    return f"longer than {_LONGEST_ENTRY} characters" if len(block) > _LONGEST_ENTRY else ""


def _fields(entry: Mapping[str, str]) -> dict[str, Any]:
    eprint = entry.get("eprint") if "arxiv" in (entry.get("archiveprefix") or entry.get("eprinttype") or "").lower() else None
    return {
        "title": _plain(entry.get("title")),
        "abstract": _plain(entry.get("abstract")),
        "id": entry.get("id"),
        "published": entry.get("date") or f"{entry.get('year', '')} {entry.get('month', '')} {entry.get('day', '')}".strip() or None,
        "authors": [given_name_first(name) for name in re.split(r"\sand\s", _plain(entry.get("author")) or "") if name.strip()],
        "arxiv_id": eprint or _arxiv_in(entry),
        "doi": _plain(entry.get("doi")),
        "url": _plain(entry.get("url")),
        "links": [address for name in _LINK_FIELDS for address in addresses_in(entry.get(name))],
    }


def _arxiv_in(entry: Mapping[str, str]) -> str | None:
    """The id in "arXiv preprint arXiv:2401.00001"."""
    match = re.search(r"arxiv:\s*(\S+?)[.,]?(?:\s|$)", entry.get("journal") or entry.get("publisher") or "", re.IGNORECASE)
    return match[1] if match else None


def _plain(text: str | None) -> str | None:
    """The text without the braces that protect letters, accents and escapes decoded; mathematics stays as it stands."""
    if not text:
        return text
    if "\\" in text and "$" not in text:
        text = _ESCAPE.sub(r"\1", text)  # the usual ones: decoding all of LaTeX takes milliseconds
    if "\\" in text:
        text = _decoded(text)
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(part if number % 2 else re.sub(r"[{}]", "", part.replace("~", " ")) for number, part in enumerate(parts))


def _decoded(text: str) -> str:
    """LaTeX as plain text; the text itself where it cannot be read."""
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.latexwalker import LatexWalkerError

    try:
        plain = str(LatexNodes2Text(math_mode="verbatim", keep_comments=True).latex_to_text(text))
    except (LatexWalkerError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text
    return text if "%s" in plain and "%s" not in text else plain  # a command without its arguments, such as a bare \\frac


READER = Reader("bibtex", "BibTeX with abstracts (Zotero, Scopus, IEEE ...)", recognises, read)
