"""`kg train`: from annotated papers to a model folder.

The steps: adapt the encoder to raw abstracts; label raw abstracts with a model, or with teachers trained for that; train networks
without the held-out fifth, and choose thresholds and calibration on it; train the same networks on everything; write the model.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg.extract.models import META, checked_model, find_model
from kg.extract.parallel import usable_cores
from kg.train import jobs, model_folder
from kg.train.jobs import Data, NetworkPlan
from kg.train.labels import entity_labels
from kg.train.papers import PARTS
from kg.train.recipe import WHOLE, Fitting, NetworkSize, Recipe
from kg.train.start import StartFiles, find_start
from kg.train.steps import Step, Steps
from schemas.errors import InputError, MissingExtraError
from schemas.ids import file_sha256
from schemas.writing import check_folder, files_not_listed, whole_folder

# What in an existing folder is no model of ours.
_FOREIGN = files_not_listed(META, "recognizer")

_NEEDED = ("torch", "safetensors", "onnx", "onnxscript")


@dataclass(frozen=True)
class Inputs:
    """What a model is trained from."""

    gold: Path  # annotated papers, JSON lines
    raw: tuple[Path, ...] = ()  # papers without annotation, JSON lines, perhaps gzip
    exclude: tuple[Path, ...] = ()  # annotated papers that must stay unseen
    start: Path | None = None  # folder with the files of MiniLM-L6; None: the installed package; not read for a base
    also: tuple[Path, ...] = ()  # more annotated papers, of which none is held out; what is held out or excluded is left out of them


@dataclass(frozen=True)
class Trained:
    """A finished model."""

    folder: Path
    label: str  # name and version
    n_held_out: int
    figures: dict[str, dict[str, float]]  # on the held-out fifth, of the same recipe without it

    @property
    def summary(self) -> str:
        """The two main figures."""
        f1 = (self.figures.get(row, {}).get("f1", 0.0) for row in ("entity", "role"))
        return "entity F1 {:.3f}, role F1 {:.3f}".format(*f1)


def train(
    inputs: Inputs,
    output: Path,
    recipe: Recipe | None = None,
    *,
    name: str | None = None,
    version: str = "1",
    steps: Path | None = None,
    threads: int | None = None,
    quiet: bool = True,
) -> Trained:
    """Train a model and write it to the folder `output`, whole or not at all.

    `name` is that of the folder when None; the steps' results stay in the folder `steps`, `output.steps` when None; `threads` is
    the number of cores to use, all when None. Raises InputError, ModelError, TargetError, and MissingExtraError when the packages
    for training are not installed.
    """
    if any(importlib.util.find_spec(package) is None for package in _NEEDED):
        raise MissingExtraError("kg train", "train")
    check_folder(output, _FOREIGN)
    recipe = recipe or Recipe()
    start = None if recipe.base else find_start(inputs.start)
    data = Data(inputs.gold, inputs.raw, inputs.exclude, inputs.also)
    check_data(data)
    files = data_record(data, start)
    record = {"recipe": recipe_record(recipe), "data": files, "models": models_record(recipe)}  # before the work: models may move meanwhile
    output = output.absolute()
    place = (steps or output.with_name(f"{output.name}.steps")).absolute()
    final, decision = _Plan(data, start, recipe, Steps(place, files, threads=threads or usable_cores(), quiet=quiet)).run()
    figures = json.loads((decision / jobs.FIGURES).read_text("utf-8"))
    with whole_folder(output, _FOREIGN) as folder:
        _fill(folder, final, decision)
        model_folder.write_training(folder, record | figures)
        model_folder.write_meta(folder, name or output.name, version)
    return Trained(output, find_model(str(output)).label, figures["held_out_papers"], figures["figures"])


def check_data(data: Data) -> None:
    """Read all inputs once, so that a broken one is known before the work; raises InputError."""
    for paper in data.gold_papers(everything=True):
        entity_labels(paper)
    held_out, others = len(data.held_out()), len(data.gold_papers(everything=False))
    if not held_out or not others:
        problem = f"more annotated papers are needed: {others} to train on, {held_out} held out (one in {PARTS}, by a hash of the id)"
        raise InputError(str(data.gold), problem)
    data.excluded()
    data.raw_papers()


def data_record(data: Data, start: StartFiles | None) -> dict[str, Any]:
    """Base names and checksums of everything that training reads."""
    encoder = (start.weights, start.tokenizer, start.config) if start else ()
    groups = {"gold": (data.gold,), "also": data.also, "raw": data.raw, "excluded": data.exclude, "start": encoder}
    return {name: [{"file": path.name, "sha256": file_sha256(path)} for path in paths] for name, paths in groups.items()}


def recipe_record(recipe: Recipe) -> dict[str, Any]:
    """The numbers of a recipe, and the labels of its models in place of the folders they lay in; raises ModelError."""
    base = find_model(recipe.base).label if recipe.base else None
    return asdict(recipe) | {"base": base, "models": [find_model(name).label for name in recipe.models]}


def models_record(recipe: Recipe) -> list[dict[str, Any]]:
    """Labels and checksums of the finished models that a recipe starts from or learns from; raises ModelError."""
    names = (recipe.base, *recipe.models) if recipe.base else recipe.models
    models = [checked_model(name) for name in dict.fromkeys(names)]
    return [{"model": model.label, "files": model.files} for model in models]


def _fill(folder: Path, final: Path, decision: Path) -> None:
    """Copy a model's files to its folder."""
    for name in (*model_folder.GRAPHS, model_folder.TOKENIZER):
        shutil.copyfile(final / name, folder / name)
    shutil.copyfile(decision / model_folder.DECISION, folder / model_folder.DECISION)


class _Plan:
    """The steps of a recipe, in their order."""

    def __init__(self, data: Data, start: StartFiles | None, recipe: Recipe, steps: Steps) -> None:
        self._data, self._start, self._recipe, self._steps = data, start, recipe, steps

    def run(self) -> tuple[Path, Path]:
        """Folders with the graphs of the model and with the decision."""
        encoder = self._adapt(self._start) if self._start else self._open()
        teachers = self._recipe.models or self._recipe.teachers
        taught = self._teach(encoder) if self._recipe.taught and self._data.raw and teachers else ()
        networks = self._networks("study", self._recipe.networks, encoder, taught, everything=False)
        study = self._export("study-model", networks, encoder, self._recipe.size)
        settings = {"step": "tune"}
        (decision,) = self._steps.run([Step("decision", jobs.choose_decision, (self._data, study), settings, ("study-model",))])
        if not self._recipe.everything:
            return study, decision
        networks = self._networks("final", self._recipe.networks, encoder, taught, everything=True)
        return self._export("final-model", networks, encoder, self._recipe.size), decision

    def _adapt(self, start: StartFiles) -> Path:
        settings = {"adaptation": asdict(self._recipe.adaptation), "least_seen": self._recipe.least_seen}
        (folder,) = self._steps.run([Step("encoder", jobs.adapt_encoder, (self._data, start, self._recipe), settings)])
        return folder

    def _open(self) -> Path:
        """The parts of the model that is trained further, in place of an adapted encoder."""
        model = find_model(str(self._recipe.base))
        (folder,) = self._steps.run([Step("encoder", jobs.open_base, (model.path,), {"base": dict(model.files)})])
        return folder

    def _teach(self, encoder: Path) -> tuple[Path, ...]:
        """The files of raw papers that models labelled, which have not seen the held-out fifth."""
        settings: dict[str, Any] = {"papers": self._recipe.taught}
        after: tuple[str, ...] = ()
        if self._recipe.models:
            models = [find_model(model) for model in self._recipe.models]
            folders, settings["teachers"] = [model.path for model in models], [dict(model.files) for model in models]
        else:
            networks = self._networks("teacher", self._recipe.teachers, encoder, (), everything=False)
            folders, after = [self._export("teacher-model", networks, encoder, WHOLE)], ("teacher-model",)
        number = self._recipe.taught
        steps = [
            Step(f"taught-{part}", jobs.label_raw, (self._data, folders, number, part), settings, after) for part in range(jobs.LABEL_PARTS)
        ]
        return tuple(step / jobs.TAUGHT for step in self._steps.run(steps, side_by_side=True))

    def _networks(self, kind: str, fittings: Sequence[Fitting], encoder: Path, taught: Sequence[Path], *, everything: bool) -> list[Path]:
        size = WHOLE if kind == "teacher" else self._recipe.size
        steps = []
        for number, fitting in enumerate(fittings, 1):
            plan = NetworkPlan(fitting, self._recipe.lessons, encoder, size, everything, tuple(taught))
            settings = {"fitting": asdict(fitting), "size": asdict(size), "everything": everything}
            settings |= {"lessons": asdict(self._recipe.lessons)} if taught else {}
            after = ("encoder", *(path.parent.name for path in taught))
            steps.append(Step(f"{kind}-{number}", jobs.fit_network, (self._data, plan), settings, after))
        return self._steps.run(steps, side_by_side=not _has_gpu())

    def _export(self, name: str, networks: Sequence[Path], encoder: Path, size: NetworkSize) -> Path:
        settings = {"quantizer": self._recipe.quantizer, "size": asdict(size)}
        arguments = (list(networks), encoder, size, self._recipe.quantizer)
        after = ("encoder", *(network.name for network in networks))
        (folder,) = self._steps.run([Step(name, jobs.export_networks, arguments, settings, after)])
        return folder


def _has_gpu() -> bool:
    """On a GPU the networks are trained one after the other: each fills it."""
    from kg.train.device import best_device

    return best_device().type != "cpu"
