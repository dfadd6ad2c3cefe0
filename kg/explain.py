"""Why names are one node: what a graph directory says about the node that a name belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import GraphError, excerpt
from schemas.extraction import ENTITY_TYPES, EntityType
from schemas.resolution import FormReason, Refusal

# What each reason says; filled from the fields of a FormReason.
SENTENCES: dict[str, str] = {
    "canonical": "same key as the canonical name",
    "own definition": "read as the paper itself defines it ({detail})",
    "kept apart": "ambiguous, so joined with nothing: {detail}",
    "override": "the same as {joined_with!r} by {detail}",
    "lexicon": "{joined_with!r} by lexicon entry {detail}",
    "definition": "long form {joined_with!r} ({detail})",
    "common abbreviation": "long form {joined_with!r} in the table of common abbreviations ({detail})",
    "expansion": "abbreviation read in full: {joined_with!r} ({detail})",
    "generic head": "{joined_with!r}, one of them with the word {detail!r}",
    "year": "{joined_with!r}, the year in two digits or in four",
    "one paper's entity": "here another name of {detail!r}, for this paper only",
}


@dataclass(frozen=True)
class Explanation:
    """A node and why each of its forms is in it."""

    id: str
    type: EntityType
    name: str
    n_papers: int
    merged_ids: tuple[str, ...]
    forms: tuple[FormReason, ...]  # the most frequent first
    refused: tuple[Refusal, ...]  # merges of this node that overrides forbade

    def as_figures(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "n_papers": self.n_papers,
            "merged_ids": list(self.merged_ids),
            "forms": [form.model_dump(mode="json", exclude={"id"}) | {"why": sentence(form)} for form in self.forms],
            "refused": [refusal.model_dump(mode="json") for refusal in self.refused],
        }


def explain(directory: Path, name: str) -> list[Explanation]:
    """The nodes of a graph directory that have the name `name`: by id, as it is written, else by its key, of any type.

    Raises GraphError when there is none, or when the directory cannot be read.
    """
    from kg.analysis.nodes import close_to
    from kg.graph.store import load_graph, load_reasons

    nodes = {node: values for node, values in load_graph(directory).nodes(data=True) if "aliases" in values}
    chosen = [node for node, values in nodes.items() if name in (node, values["name"], *values["aliases"])] or _by_key(nodes, name)
    if not chosen:
        hint = close_to(name, (values["name"] for values in nodes.values()))
        raise GraphError(str(directory), f"no method, dataset, task or metric is called {excerpt(name)}{hint}")
    reasons, refusals = load_reasons(directory)
    return [_explanation(node, nodes[node], reasons, refusals) for node in sorted(chosen)]


def _by_key(nodes: dict[str, dict[str, Any]], name: str) -> list[str]:
    """The nodes of which a form has the key of `name`."""
    from kg.resolve import name_key

    wanted = {entity_type: name_key(entity_type, name) for entity_type in ENTITY_TYPES}

    def has_key(values: dict[str, Any]) -> bool:
        entity_type = values["kind"].lower()
        key = wanted[entity_type]
        return bool(key) and any(name_key(entity_type, form) == key for form in values["aliases"])

    return [node for node, values in nodes.items() if has_key(values)]


def _explanation(node: str, values: dict[str, Any], reasons: list[FormReason], refusals: list[Refusal]) -> Explanation:
    from kg.resolve import name_key

    entity_type: EntityType = values["kind"].lower()
    forms = sorted((reason for reason in reasons if reason.id == node), key=lambda reason: (-reason.n_papers, reason.form))
    keys = {name_key(entity_type, form) for form in (values["name"], *values["aliases"])}
    refused = tuple(r for r in refusals if r.type == entity_type and keys & {name_key(entity_type, r.a), name_key(entity_type, r.b)})
    return Explanation(node, entity_type, values["name"], values["n_papers"], tuple(values["merged_ids"]), tuple(forms), refused)


def sentence(form: FormReason) -> str:
    """Why a form is in its node, in words."""
    values = form.model_dump()
    support = _support(form)
    if form.reason in ("definition", "common abbreviation"):
        values["detail"] = "; ".join(part for part in (form.detail, support) if part) or "by its definition"
        support = ""
    text = SENTENCES[form.reason].format(**values).strip()
    return f"{text}, {support}" if support else text


def _support(form: FormReason) -> str:
    if not form.papers:
        return ""
    more = f" and {form.n_support - len(form.papers)} more" if form.n_support > len(form.papers) else ""
    return f"in {', '.join(form.papers)}{more}"
