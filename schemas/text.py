"""What is done to every text: cleaning that keeps offsets, and the normal form by which texts are compared."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

_BROKEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Replace every line break and control character by one space, and a lone surrogate by U+FFFD.

    The result has the length of `text`, so offsets into the one are offsets into the other.
    """
    return _SURROGATE.sub("\ufffd", _BROKEN.sub(" ", text))


def encodable(text: str) -> str:
    """`text` with every lone surrogate replaced by U+FFFD, so that it can be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def file_name(path: Path) -> str:
    """The name of a file, on one line, as a system with UTF-8 shows it, whatever the encoding of names here."""
    return clean_text(os.fsencode(path.name).decode("utf-8", "surrogateescape"))


def normal_text(text: str) -> str:
    """The form in which titles and abstracts are compared: NFKC, casefolded, letters and digits of all scripts only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


_COMMAND_WITH_ARGUMENT = re.compile(r"\\(?:text|math|emph|mbox|ensuremath|operatorname)[a-z]*\*?\s*\{([^{}]*)\}")
_SWITCH = re.compile(r"\\(?:bf|em|it|rm|sc|sf|sl|tt|textstyle|displaystyle)(?![A-Za-z])\s*")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
_ESCAPED = re.compile(r"\\([^A-Za-z])")
_ACCENT = re.compile(r"\\(['`^\"~=.])\s*\{?([A-Za-z])\}?")
_COMBINING = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
_MARKS = re.compile(r"[${}]")
_LATEX = re.compile(r"[\\{}~]|\$[^$]*\$")  # one "$" is money


def clean_name(name: str) -> str:
    r"""A name as people write it: LaTeX residue removed, white space collapsed.

    `$\alpha$-Mix` gives "alpha-Mix", `\textbf{Foo}` "Foo", `Fr\'echet` "Fréchet", "noise~contrastive" "noise contrastive". A name that is
    nothing but residue, or holds none, is returned with its white space collapsed only.
    """
    if not _LATEX.search(name):
        return " ".join(name.split())
    text = _ACCENT.sub(_accented, name)
    for _ in range(3):  # nested commands; deeper nesting is not a name
        text = _COMMAND_WITH_ARGUMENT.sub(r"\1", text)
    text = _SWITCH.sub("", text)
    text = _COMMAND.sub(r"\1 ", text)
    text = _MARKS.sub("", _ESCAPED.sub(r"\1", text)).replace("~", " ")
    text = re.sub(r" (?=[-–_^])|(?<=[_^]) ", "", " ".join(text.split()))
    return text or " ".join(name.split())


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match[2] + _COMBINING[match[1]])
