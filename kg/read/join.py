"""Joining the records of one paper: read from several pages, with and without an id, in several versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from schemas import ids
from schemas.paper import Paper
from schemas.text import normal_text


def join_records(records: Iterable[Paper]) -> list[Paper]:
    """One Paper a paper, sorted by id: a function of the set of records, whatever their order.

    Records are of one paper when they share an arXiv id or a DOI, or when their normalised titles and abstract starts are
    equal (schemas.ids.content_key) and their ids do not speak against it: one has none, or one has only an arXiv id and
    the other only a DOI. Two different texts under one title stay two papers.
    """
    groups = _groups(sorted(set(records), key=record_bytes))
    return sorted((join_group(group) for group in groups), key=lambda paper: paper.id)


def _groups(records: list[Paper]) -> list[list[Paper]]:
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    by_content: dict[str, set[str]] = defaultdict(set)
    for record in records:
        keys = id_keys(record)
        for key in keys[1:]:
            parent[max(root(keys[0]), root(key))] = min(root(keys[0]), root(key))
        if keys:
            by_content[content_of(record)].add(keys[0])
    for a, b in _one_by_content(records, by_content, root):
        parent[max(root(a), root(b))] = min(root(a), root(b))
    groups: dict[str, list[Paper]] = defaultdict(list)
    for record in records:
        keys, content = id_keys(record), content_of(record)
        named = keys or sorted(map(root, by_content[content]))[:1] if content in by_content else keys
        groups[root(named[0]) if named else content].append(record)
    return list(groups.values())


def _one_by_content(records: list[Paper], by_content: dict[str, set[str]], root: Callable[[str], str]) -> list[tuple[str, str]]:
    """Groups with equal content that know only an arXiv id and only a DOI: pairs of their keys."""
    ids_of: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for key in id_keys(record):
            ids_of[root(key)].add(key)
    pairs = []
    for content in {content_of(record) for record in records if tells_apart(record)}:
        roots = sorted({root(key) for key in by_content.get(content, ())})
        if are_one([ids_of[found] for found in roots]):
            pairs.append((roots[0], roots[1]))
    return sorted(pairs)


def are_one(groups: Collection[Collection[str]]) -> bool:
    """Whether groups of records with equal content, given the id keys of each, are one paper: one arXiv id and one DOI."""
    return len(groups) > 1 and sorted(key.partition(":")[0] for group in groups for key in group) == ["arxiv", "doi"]


def tells_apart(record: Paper) -> bool:
    """Whether the content of a record says which paper it is: a title alone does not."""
    return bool(normal_text(record.abstract))


def id_keys(record: Paper) -> list[str]:
    """What names the paper of a record in other lists: its arXiv id, its DOI."""
    keys = [f"arxiv:{record.arxiv_id}"] if record.arxiv_id else []
    return keys + ([f"doi:{record.doi}"] if record.doi else [])


def content_of(record: Paper) -> str:
    """What stands for a record's title and abstract start."""
    return ids.content_key(record.title, record.abstract)


def record_bytes(record: Paper) -> bytes:
    """The order of records: by what they hold."""
    return record.model_dump_json().encode()


def join_group(group: list[Paper]) -> Paper:
    """The paper of its records, which are given once each and sorted by `record_bytes`.

    It has the text of the record with the longest abstract (ties: by bytes), and from each record what it alone knows.
    """
    if len(group) == 1:
        return group[0]
    text = max(group, key=lambda record: (len(record.abstract), record.abstract.encode(), record.title.encode()))
    ordered = [text, *(record for record in group if record is not text)]
    arxiv = min((r.arxiv_id for r in group if r.arxiv_id), default=None)
    doi = min((r.doi for r in group if r.doi), default=None)
    authors = max((r.authors for r in ordered), key=len)
    dated = min((r for r in group if r.published), key=lambda r: r.published or 0, default=None)
    return Paper(
        id=ids.paper_id(arxiv, doi, content_of(text)),
        title=text.title,
        abstract=text.abstract,
        published=dated.published if dated else None,
        year=dated.year if dated else _largest(group, lambda r: r.year),
        authors=authors,
        n_authors=_largest(group, lambda r: r.n_authors),
        sources=tuple(sorted({s for r in group for s in r.sources}, key=lambda s: (s.file, s.entry))),
        source_ids=tuple(sorted({i for r in group for i in r.source_ids})),
        arxiv_id=arxiv,
        doi=doi,
        url=next((r.url for r in ordered if r.url), None),
        upvotes=_largest(group, lambda r: r.upvotes),
        links=tuple(sorted({link for r in group for link in r.links})),
    )


def _largest(group: list[Paper], value: Callable[[Paper], int | None]) -> int | None:
    return max((found for record in group if (found := value(record)) is not None), default=None)
