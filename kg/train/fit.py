"""The training loop of a network."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kg.train.batches import shuffled_batches
from kg.train.device import half_precision
from kg.train.labels import Example
from kg.train.losses import batch_losses
from kg.train.network import Network
from kg.train.recipe import Fitting

_LONGEST_GRADIENT = 20.0


class Average:
    """Running mean of the weights: what is kept in the end."""

    def __init__(self, network: nn.Module, rate: float) -> None:
        self._rate, self._steps = rate, 0
        self._live = list(network.parameters())
        self._mean = [weight.detach().clone() for weight in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Move the mean towards the weights, faster at the start."""
        self._steps += 1
        weight = 1 - min(self._rate, self._steps / (self._steps + 10))
        for mean, live in zip(self._mean, self._live, strict=True):
            mean.lerp_(live, weight)

    @torch.no_grad()
    def take(self) -> None:
        """Put the mean in place of the weights."""
        for live, mean in zip(self._live, self._mean, strict=True):
            live.copy_(mean)


def fit(network: Network, examples: Sequence[Example], recipe: Fitting, tell: Callable[[str], None]) -> None:
    """Train `network` in place, on the device it is on; in the end its weights are the running mean."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    optimizer = torch.optim.AdamW(parameter_groups(network, recipe), betas=(0.9, 0.98), eps=1e-6, fused=True)
    average = Average(network, recipe.average)
    step, steps = 0, recipe.epochs * len(shuffled_batches(examples, recipe.papers_per_batch, random.Random(0)))
    network.train()
    for epoch in range(1, recipe.epochs + 1):
        started, sums = time.monotonic(), torch.zeros(4)
        for part in shuffled_batches(examples, recipe.papers_per_batch, rng):
            set_rates(optimizer, rate_at(step / steps, recipe.warm_up))
            sums += take_step(network, part, recipe, rng, optimizer) * len(part)
            average.update()
            step += 1
            if step % 50 == 0:
                tell(f"step {step} of {steps}")
        losses = " + ".join(f"{part:.2f}" for part in (sums / len(examples)).tolist())
        tell(f"epoch {epoch} of {recipe.epochs}: loss {losses}, {time.monotonic() - started:.0f} s")
    average.take()
    network.eval()


def take_step(network: Network, part: Sequence[Example], recipe: Fitting, rng: random.Random, optimizer: torch.optim.Optimizer) -> Tensor:
    """One update; gives the losses of spans, entities, roles and pairs (4,)."""
    with half_precision(next(network.parameters()).device):
        span, entity, role, pair = batch_losses(network, part, recipe, rng)
    (span + recipe.entity_weight * entity + recipe.role_weight * role + recipe.pair_weight * pair).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), _LONGEST_GRADIENT)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return torch.tensor([span.item(), entity.item(), role.item(), pair.item()])


def parameter_groups(network: Network, recipe: Fitting) -> list[dict[str, Any]]:
    """The parameters with their rates: lower layers learn slower, biases and norms do not decay."""
    depth = network.encoder.size.layers
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        level = encoder_level(name)
        rate = recipe.head_rate if level is None else recipe.rate * recipe.decay ** (depth - 1 - level)
        groups.setdefault((rate, recipe.weight_decay if parameter.dim() > 1 else 0.0), []).append(parameter)
    return [{"params": own, "lr": rate, "top": rate, "weight_decay": decay} for (rate, decay), own in groups.items()]


def encoder_level(name: str) -> int | None:
    """The encoder layer of the parameter `name`, -1 for the embeddings; None outside the encoder."""
    parts = name.split(".")
    if parts[0] != "encoder":
        return None
    return int(parts[2]) if parts[1] == "layers" else -1


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set each group's rate to a share of its highest."""
    for group in optimizer.param_groups:
        group["lr"] = group["top"] * share


def rate_at(done: float, warm_up: float) -> float:
    """Share of the highest rate when a share `done` of the steps is over: a linear rise, then linear down to 2 %."""
    return done / warm_up if done < warm_up else max(0.02, (1 - done) / (1 - warm_up))
