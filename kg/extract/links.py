"""Addresses in a text: found with or without a scheme, freed of what sticks to them, classified by where they lead."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.extraction import LinkKind

_CHARACTER = r"(?:[^\s<>\"“”‘’\u200b-\u200d\ufeff{}|\\^`\[\]]|\\[_%#&~-])"
_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
_TOP = r"(?:com|org|net|io|ai|co|edu|gov|app|dev|me|info|science|space|xyz|eu|[a-z]{2})"
_WITH_SCHEME = re.compile(rf"https?:\s?//(?:(?!https?://){_CHARACTER})+", re.IGNORECASE)
_WITHOUT_SCHEME = re.compile(rf"(?<![\w/@.:\\-]){_DOMAIN}{_TOP}(?::\d+)?(?:/(?:(?!https?://){_CHARACTER})*|(?![\w-]))", re.IGNORECASE)
_PAGE_HOST = re.compile(r"(?:www\..*|.*\.(?:github|gitlab)\.io)$", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"(?:available|accessible|released?|found|download(?:ed)?|viewed|published|provided|shared|located|visit|"
    r"website|web ?page|home ?page|project page)"
    r"(?:\s+(?:online|publicly|for download|is|are))*\s*(?::|at\s*:?|from\s*:?|is\s*:?)?\s*$",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"’”*$…"
_CODE_HOSTS = {"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"}
_PROJECT_WORDS = re.compile(r"(?:project|web)\s*-?(?:page|site)|home\s?page|project\s*:", re.IGNORECASE)

# Where hosts lead, by host or by the end of a host.
_HOST_KINDS: dict[str, LinkKind] = {
    "anonymous.4open.science": "code",
    "gist.github.com": "code",
    "sourceforge.net": "code",
    "pypi.org": "code",
    "arxiv.org": "paper",
    "doi.org": "paper",
    "dx.doi.org": "paper",
    "openreview.net": "paper",
    "aclanthology.org": "paper",
    "zenodo.org": "dataset",
    "figshare.com": "dataset",
    "physionet.org": "dataset",
    "kaggle.com": "dataset",
    "dataverse.harvard.edu": "dataset",
    "openneuro.org": "dataset",
    "colab.research.google.com": "demo",
    "replicate.com": "demo",
    "youtube.com": "demo",
    "youtu.be": "demo",
    "vimeo.com": "demo",
    "sites.google.com": "project",
}
_HOST_END_KINDS: dict[str, LinkKind] = {
    ".github.io": "project",
    ".gitlab.io": "project",
    ".netlify.app": "project",
    ".vercel.app": "project",
    ".webflow.io": "project",
    ".hf.space": "demo",
    ".streamlit.app": "demo",
}
# First parts of a path that are pages of the host, not owners of repositories.
_NO_OWNERS = {"orgs", "topics", "search", "features", "marketplace", "sponsors", "about", "docs", "blog", "learn", "join", "pricing"}
_NO_OWNERS |= {"settings", "explore", "login", "collections", "tasks", "models"}
_HUGGING_FACE_FOLDERS: dict[str, LinkKind] = {"datasets": "dataset", "spaces": "demo", "papers": "paper", "collections": "other"}


@dataclass(frozen=True)
class FoundLink:
    """An address and where it stands: code points into the text it was found in, end exclusive."""

    url: str
    kind: LinkKind
    repository: str | None
    start: int
    end: int


def find_links(text: str) -> list[FoundLink]:
    """The addresses in `text`, in order of appearance."""
    spans = [(m.start(), m.end()) for m in _WITH_SCHEME.finditer(text)]
    starts = [start for start, _ in spans]
    others = []
    for match in _WITHOUT_SCHEME.finditer(text):
        before = bisect_right(starts, match.start()) - 1
        if (before < 0 or match.start() >= spans[before][1]) and _is_address(text, match):
            others.append((match.start(), match.end()))
    found = (_link(text, start, end) for start, end in sorted(spans + others))
    return [link for link in found if link]


def _is_address(text: str, match: re.Match[str]) -> bool:
    """A name with a dot is an address when it has a path, is a page host, or is announced as one."""
    host, slash, path = match.group().partition("/")
    if slash and path.strip(_TRAILING) and host.lower() == host:
        return True
    if host.lower().removeprefix("www.") in _CODE_HOSTS:
        return bool(slash and path)
    return bool(_PAGE_HOST.match(host) or _ANNOUNCED.search(text, max(0, match.start() - 80), match.start()))


def _link(text: str, start: int, end: int) -> FoundLink | None:
    end = start + len(_without_residue(text[start:end]))
    url = re.sub(r"\\([_%#&~-])", r"\1", text[start:end])
    url = re.sub(r"^(https?):\s?//", lambda m: m[1].lower() + "://", url, flags=re.IGNORECASE)
    url = url if url.startswith("http") and "://" in url[:9] else f"https://{url}"
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    if not host or "." not in host.strip("."):
        return None
    kind, repository = classify(url)
    if kind == "other" and _PROJECT_WORDS.search(text, max(0, start - 30), start):
        kind = "project"
    return FoundLink(url, kind, repository, start, end)


def _without_residue(url: str) -> str:
    """Cut closing punctuation, and closing brackets that the address does not open."""
    end, unopened = len(url), url.count(")") - url.count("(")
    while end:
        if url[end - 1] == ")" and unopened > 0:
            unopened -= 1
        elif url[end - 1] not in _TRAILING + "\\&":
            break
        end -= 1
    return url[:end]


def classify(url: str) -> tuple[LinkKind, str | None]:
    """(kind, repository "owner/name" or None) of an http(s) address, by its host and path."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "other", None
    path = [part for part in parts.path.split("/") if part]
    if host in _CODE_HOSTS:
        return "code", _repository(path, nested=host == "gitlab.com")
    if host in ("huggingface.co", "hf.co"):
        return _hugging_face(path)
    if host in _HOST_KINDS:
        return _HOST_KINDS[host], None
    return next((kind for ending, kind in _HOST_END_KINDS.items() if host.endswith(ending)), "other"), None


def _repository(path: list[str], *, nested: bool = False) -> str | None:
    end = path.index("-") if nested and "-" in path else None
    if path and path[0] in _NO_OWNERS:
        return None
    names = path[:end] if nested and end else path[:2]
    names = [*names[:-1], names[-1].removesuffix(".git")] if names else names
    return "/".join(names) if len(names) >= 2 and all(names) else None


def _hugging_face(path: list[str]) -> tuple[LinkKind, str | None]:
    if path and path[0] in _HUGGING_FACE_FOLDERS:
        kind = _HUGGING_FACE_FOLDERS[path[0]]
        return kind, _repository(path[1:]) if kind in ("dataset", "demo") else None
    repository = _repository(path)
    return ("model" if repository else "other"), repository
