"""How a model is trained: every number that changes the result; the defaults are the recipe `default`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.errors import OptionError

N_WIDTHS = 12  # words of the longest span that is looked at: 99.94 % of the annotated mentions are no longer
FLOOR = 0.1  # spans whose probability of being a mention is below it are never looked at


@dataclass(frozen=True)
class Adaptation:
    """Masked-word training of the encoder on raw abstracts."""

    steps: int = 1285
    pieces_per_step: int = 4096
    rate: float = 4e-4
    warm_up: float = 0.06  # share of the steps
    masked: float = 0.22  # share of the words that are hidden
    longest: int = 384  # word pieces of a text; the rest is left out
    seed: int = 1


@dataclass(frozen=True)
class Fitting:
    """Training of one network."""

    seed: int = 1
    epochs: int = 5
    papers_per_batch: int = 12
    rate: float = 2e-4  # of the encoder's last layer
    head_rate: float = 1e-3
    decay: float = 0.9  # of the rate from layer to layer downwards
    weight_decay: float = 0.01
    warm_up: float = 0.08  # share of the steps
    average: float = 0.995  # of the running mean of the weights
    floor: float = 0.15  # spans above it are proposed to the entity network
    keep: float = 0.8  # share of the proposed spans that it sees
    entity_weight: float = 1.0
    role_weight: float = 1.0
    pair_weight: float = 1.0
    smoothing: float = 0.05
    masked: float = 0.0  # share of the word pieces hidden from the encoder


@dataclass(frozen=True)
class Lessons:
    """How a network learns from papers that teachers labelled, and from the annotated ones after them."""

    epochs: int = 2  # on the labelled papers
    rate: float = 2.5e-4
    then_epochs: int = 3  # on the annotated papers
    then_rate: float = 1.5e-4
    then_head_rate: float = 7e-4


@dataclass(frozen=True)
class NetworkSize:
    """How large the networks of a model are."""

    layers: int | None = None  # of the encoder, the lowest ones; None for all
    inner: int | None = None  # units inside each of its layers; None for all
    span_hidden: int = 256  # width of the head that scores spans


WHOLE = NetworkSize()


@dataclass(frozen=True)
class Recipe:
    """The whole way from annotated papers to a model."""

    adaptation: Adaptation = Adaptation()  # without raw abstracts there is none
    least_seen: int = 8  # word pieces seen less often in the raw abstracts are left out of the vocabulary
    base: str | None = None  # a model, by name or folder, whose network is trained further; its encoder is not adapted again
    models: tuple[str, ...] = ()  # models, by name or folder, that label raw abstracts for the networks, all together
    teachers: tuple[Fitting, ...] = (Fitting(seed=1), Fitting(seed=2, masked=0.1))  # without them: networks trained to do so
    taught: int = 9000  # raw abstracts to label; 0, or no raw abstracts, for none
    lessons: Lessons = Lessons()
    networks: tuple[Fitting, ...] = (Fitting(),)  # the model gives their mean
    size: NetworkSize = WHOLE  # of the networks; teachers are whole
    everything: bool = False  # train the model's networks anew with the held-out fifth, once thresholds are chosen on it
    quantizer: str = "dynamic"  # one of QUANTIZERS


# The recipes that `--recipe` knows.
RECIPES: dict[str, Recipe] = {
    "default": Recipe(),
    "fast": Recipe(
        adaptation=Adaptation(steps=0),
        models=("default",),
        taught=12000,
        lessons=Lessons(epochs=1, rate=5e-4, then_epochs=4, then_rate=3e-4),
        size=NetworkSize(layers=2, inner=768, span_hidden=128),
    ),
}


QUANTIZERS = ("dynamic", "none")


def recipe_named(name: str) -> Recipe:
    """The recipe called `name`; raises OptionError with the choices."""
    if name not in RECIPES:
        raise OptionError(f"--recipe: unknown recipe {name!r}; choose one of {', '.join(sorted(RECIPES))}")
    return RECIPES[name]


def changed(
    recipe: Recipe,
    *,
    adaptation_steps: int | None = None,
    epochs: int | None = None,
    seeds: Sequence[int] = (),
    taught: int | None = None,
    teachers: Sequence[str] = (),
    quantizer: str | None = None,
    everything: bool = False,
) -> Recipe:
    """`recipe` with other values where they are given; `seeds` make one network each, all like the recipe's first.

    `teachers` are models, by name or folder. Raises OptionError when the quantizer is not known.
    """
    if quantizer not in (None, *QUANTIZERS):
        raise OptionError(f"--quantizer: unknown quantizer {quantizer!r}; choose one of {', '.join(QUANTIZERS)}")
    networks = tuple(replace(recipe.networks[0], seed=seed) for seed in seeds) or recipe.networks
    if epochs is not None:
        networks = tuple(replace(network, epochs=epochs) for network in networks)
        recipe = replace(recipe, lessons=replace(recipe.lessons, then_epochs=epochs))
    if adaptation_steps is not None:
        recipe = replace(recipe, adaptation=replace(recipe.adaptation, steps=adaptation_steps))
    if taught is not None:
        recipe = replace(recipe, taught=taught)
    recipe = replace(recipe, models=tuple(teachers) or recipe.models)
    quantizer, everything = quantizer or recipe.quantizer, everything or recipe.everything
    return replace(recipe, networks=networks, quantizer=quantizer, everything=everything)


def further(recipe: Recipe, base: str) -> Recipe:
    """`recipe` for training the model `base` further: its network as it is, with the small rates of what comes after lessons.

    Raw abstracts are labelled only where the recipe, or `changed`, names the models that do it.
    """
    lessons = recipe.lessons
    slow = replace(Fitting(), epochs=lessons.then_epochs, rate=lessons.then_rate, head_rate=lessons.then_head_rate)
    return replace(recipe, base=base, networks=(slow,), size=WHOLE, teachers=())
