"""Ids: functions of content alone, never of order or history (the same thing has the same id in every graph)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from schemas.text import normal_text

ABSTRACT_START = 200  # normalised characters of the abstract that identify a paper without an id

_ARXIV = re.compile(r"(?:arxiv:\s*)?(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_ARXIV_PAGE = re.compile(r"(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/(.+?)(?:\.pdf)?/?", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def full_hash(*parts: str) -> str:
    """Hex digits of the SHA-256 of `parts`, which may hold any character."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def short_hash(*parts: str) -> str:
    """The first 16 hex digits of the SHA-256 of `parts`."""
    return full_hash(*parts)[:16]


def file_sha256(path: Path) -> str:
    """Hex digits of the SHA-256 of a file; empty when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def arxiv_id(text: str) -> str | None:
    """The arXiv id in `text` without its version (an id, "arXiv:..." or an arxiv.org address), else None."""
    text = text.strip()
    page = _ARXIV_PAGE.fullmatch(text) or _ARXIV_DOI.fullmatch(text)
    match = _ARXIV.fullmatch(page.group(1) if page else text)
    return match.group(1).lower() if match else None


def doi(text: str) -> str | None:
    """The DOI in `text` in lower case (with or without "doi:" or a doi.org address), else None."""
    match = _DOI.fullmatch(text.strip())
    return match.group(1).lower() if match else None


def content_key(title: str, abstract: str) -> str:
    """What identifies a paper that has no id: 16 hex digits of its normalised title and abstract start."""
    # A text of marks alone has no normal form: it stands for itself.
    return short_hash(normal_text(title) or title.strip(), normal_text(abstract)[:ABSTRACT_START] or abstract.strip())


def paper_id(arxiv: str | None, doi_name: str | None, content: str) -> str:
    """`arxiv:ID`, else `doi:NAME`, else `sha:` and the content key."""
    if arxiv:
        return f"arxiv:{arxiv}"
    return f"doi:{doi_name}" if doi_name else f"sha:{content}"


def entity_id(type_name: str, key: str) -> str:
    """The fixed id of a (type, key), such as `dataset:3f0c...`."""
    return f"{type_name}:{short_hash(type_name, key)}"


def edge_id(source: str, kind: str, target: str) -> str:
    """The id of the claim `source kind target`, whatever evidence supports it."""
    return short_hash(source, kind, target)


def link_id(url: str) -> str:
    """The normalised address: https, host in lower case without "www.", no trailing slash, no `.git`, no fragment.

    Raises ValueError when `url` is not an http(s) address.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http(s) address: {url!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.removeprefix("www.")
    host += f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else ""
    path = parts.path
    while path.endswith(("/", ".git")):
        path = path.rstrip("/").removesuffix(".git")
    return f"https://{host}{path}" + (f"?{parts.query}" if parts.query else "")
