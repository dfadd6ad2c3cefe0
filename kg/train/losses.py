"""What training makes small: the losses of spans, entities and roles, on annotated papers and on taught ones."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from kg.extract.candidates import candidate_spans
from kg.extract.decisions import ROLE_ORDER
from kg.extract.likeness import Array
from kg.train.batches import Batch, collate
from kg.train.entities import N_KINDS, Candidates, HardLabels, choose_spans, gather, hard_labels, soft_labels
from kg.train.labels import Example
from kg.train.network import EntityInputs, Network
from kg.train.recipe import Fitting
from kg.train.vocabulary import MASK
from schemas.extraction import ENTITY_TYPES

ROLE_KIND = torch.tensor([ENTITY_TYPES.index(name) for name, _ in ROLE_ORDER])  # type of each role score
_KINDS_WITH_ROLES = tuple(sorted(set(ROLE_KIND.tolist())))

Losses = tuple[Tensor, Tensor, Tensor, Tensor]  # span, entity, role, pair: a paper's share each


def batch_losses(network: Network, examples: Sequence[Example], recipe: Fitting, rng: random.Random) -> Losses:
    """The losses of a batch, which is annotated or taught as a whole."""
    device = next(network.parameters()).device
    batch = collate(examples, network.spans.widths, device)
    states = network.states(hide(batch, recipe.masked), batch.shapes, batch.fields, None if batch.real.all() else batch.real)
    log_chances = torch.log_softmax(network.span_scores(states, batch.first, batch.last), -1)
    span = span_loss(log_chances, batch, examples)
    found = as_array(log_chances)
    proposed = [candidate_spans(found[row, : len(e.words)], e.words, recipe.floor) for row, e in enumerate(examples)]
    chosen = [choose_spans(e, spans, recipe.keep, rng) for e, spans in zip(examples, proposed, strict=True)]
    if not any(chosen):
        return span / len(examples), span * 0, span * 0, span * 0
    candidates = gather(examples, chosen)
    parts = entity_losses(network, states, batch, candidates, examples, recipe.smoothing)
    entity, role, pair = (part / len(examples) for part in parts)
    return span / len(examples), entity, role, pair


def as_array(tensor: Tensor) -> Array:
    """The values of a tensor."""
    values: Array = tensor.detach().float().cpu().numpy()
    return values


def hide(batch: Batch, share: float) -> Tensor:
    """The word pieces (B, T) with a share of them masked."""
    if not share:
        return batch.ids
    chosen = torch.rand(batch.ids.shape, device=batch.ids.device) < share
    return batch.ids.masked_fill(chosen & (batch.fields > 0), MASK)


def entity_scores(network: Network, states: Tensor, batch: Batch, candidates: Candidates) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scores of the candidates' kinds (E, 1 + types) and roles (E, roles), their states (E, H) and likeness; states (B, T, D)."""
    device = states.device
    rows, first, last = (torch.tensor(column, device=device) for column in zip(*candidates.mentions, strict=True))
    first_piece, last_piece = batch.first[rows, first], batch.last[rows, last]
    sums = functional.pad(torch.cumsum(states.float(), 1), (0, 0, 1, 0))
    inside = (sums[rows, last_piece + 1] - sums[rows, first_piece]) / (last_piece + 1 - first_piece)[:, None]
    member, features = torch.from_numpy(candidates.member).to(device), torch.from_numpy(candidates.features).to(device)
    papers = torch.tensor(candidates.papers, device=device)
    likeness = torch.from_numpy(candidates.likeness).to(device)
    inputs = EntityInputs(
        states[rows, first_piece], states[rows, last_piece], inside.to(states.dtype), member, features, states[papers, 0], likeness
    )
    return (*network.entities(inputs, papers[:, None] == papers[None]), likeness)


def span_loss(log_chances: Tensor, batch: Batch, examples: Sequence[Example]) -> Tensor:
    """Cross-entropy to the annotation, or to the teachers' probabilities; the sum over the spans (B, L, W, 1 + types)."""
    valid = batch.labels >= 0
    if examples[0].soft is None:
        return functional.nll_loss(log_chances[valid], batch.labels[valid], reduction="sum")
    target = torch.zeros(log_chances.shape)
    target[..., 0] = 1
    for row, example in enumerate(examples):
        for (first, last), chances in (example.soft.spans if example.soft else {}).items():
            target[row, first, last - first] = torch.from_numpy(chances)
    return -((target.to(log_chances.device) * log_chances).sum(-1) * valid).sum()


def entity_losses(
    network: Network, states: Tensor, batch: Batch, candidates: Candidates, examples: Sequence[Example], smoothing: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Entity, role and pair loss, summed over the entities and pairs; teachers say nothing of pairs."""
    kinds, roles, own, likeness = entity_scores(network, states, batch, candidates)
    device = kinds.device
    if examples[0].soft is None:
        labels = hard_labels(candidates, examples)
        entity = functional.cross_entropy(kinds, torch.tensor(labels.kinds, device=device), reduction="sum", label_smoothing=smoothing)
        role = role_loss(roles, torch.tensor(labels.roles, device=device), smoothing)
        return entity, role, pair_loss(network, own, likeness, labels)
    target = torch.from_numpy(soft_labels(candidates, examples)).to(device)
    entity = -(target[:, :N_KINDS] * torch.log_softmax(kinds, 1)).sum()
    return entity, -(target[:, N_KINDS:] * role_log_chances(roles)).sum(), entity * 0


def pair_loss(network: Network, states: Tensor, likeness: Tensor, labels: HardLabels) -> Tensor:
    """Cross-entropy of whether two candidates are one entity, summed; states (E, H), likeness (E, E, N_LIKENESS)."""
    if not labels.pairs:
        return states.sum() * 0
    first, second = torch.tensor(labels.pairs, device=states.device).T
    scores = network.entities.pairs(states[first], states[second], likeness[first, second])
    return functional.binary_cross_entropy_with_logits(scores.float(), torch.tensor(labels.same, device=states.device), reduction="sum")


def role_loss(scores: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy among the roles of the right type, summed; scores (E, roles), labels (E,) below 0 for none."""
    known = labels >= 0
    if not known.any():
        return scores.sum() * 0
    scores, labels = scores[known], labels[known]
    kinds = ROLE_KIND.to(scores.device)
    other = kinds[None] != kinds[labels][:, None]
    log_chances = torch.log_softmax(scores.masked_fill(other, -1e4), 1)
    smooth = -log_chances.masked_fill(other, 0).sum(1) / (~other).sum(1)
    return ((1 - smoothing) * functional.nll_loss(log_chances, labels, reduction="none") + smoothing * smooth).sum()


def role_log_chances(scores: Tensor) -> Tensor:
    """(E, roles) log-probabilities, normalised within each type."""
    kinds = ROLE_KIND.to(scores.device)
    parts = [torch.log_softmax(scores[:, kinds == kind], 1) for kind in _KINDS_WITH_ROLES]
    return torch.cat(parts, 1)  # the roles of a type stand side by side, in the order of the types
