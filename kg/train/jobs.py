"""The steps of training, each a function of files, written so that it can run in a process of its own.

Heavy imports are made in the functions: the process that plans the work needs none of them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg.evaluate.gold import AnnotatedPaper, read_annotated
from kg.train import model_folder
from kg.train.papers import RawPaper, is_held_out, read_raw, without
from kg.train.recipe import Fitting, Lessons, NetworkSize, Recipe
from kg.train.start import StartFiles

if TYPE_CHECKING:
    from kg.train.labels import Example
    from kg.train.network import Network

Tell = Callable[[str], None]

TAUGHT, FIGURES = "taught.jsonl.gz", "figures.json"
LABEL_PARTS = 4  # jobs of labelling; a fixed number, so that the number of cores does not change what is done


@dataclass(frozen=True)
class Data:
    """The files that training reads."""

    gold: Path  # annotated papers
    raw: tuple[Path, ...]  # papers without annotation
    exclude: tuple[Path, ...]  # annotated papers that training must not see, not even without their annotation
    also: tuple[Path, ...] = ()  # more annotated papers, of which none is held out

    def gold_papers(self, everything: bool) -> list[AnnotatedPaper]:
        """The annotated papers to train on, without the held-out fifth unless `everything`."""
        unseen = self.excluded()
        own = without(read_annotated(self.gold), unseen)
        held_out = [paper for paper in own if is_held_out(paper.id)]
        more = without((paper for path in self.also for paper in read_annotated(path)), [*held_out, *unseen])
        return [*(paper for paper in own if everything or not is_held_out(paper.id)), *more]

    def held_out(self) -> list[AnnotatedPaper]:
        """The held-out fifth."""
        return [paper for paper in without(read_annotated(self.gold), self.excluded()) if is_held_out(paper.id)]

    def excluded(self) -> list[AnnotatedPaper]:
        """The papers of `exclude`."""
        return [paper for path in self.exclude for paper in read_annotated(path)]

    def raw_papers(self) -> list[RawPaper]:
        """All papers without annotation."""
        return [paper for path in self.raw for paper in read_raw(path)]


def adapt_encoder(data: Data, start: StartFiles, recipe: Recipe, folder: Path, tell: Tell) -> None:
    """Trim the vocabulary and train the encoder on hidden words; no held-out or excluded paper is seen.

    Without raw papers the encoder and its vocabulary stay as they are.
    """
    from kg.extract.pieces import PieceEncoder
    from kg.train import adapt
    from kg.train.device import best_device
    from kg.train.encoder import TOKENIZER, from_minilm, save_encoder
    from kg.train.vocabulary import count_pieces, load_tokenizer, trim

    own = [RawPaper(paper.id, paper.title, paper.abstract) for paper in data.gold_papers(everything=False)]
    papers = without(data.raw_papers(), [*data.held_out(), *data.excluded()]) + own
    tokenizer = load_tokenizer(start.tokenizer)
    least = recipe.least_seen if data.raw else 0
    tokenizer, kept = trim(tokenizer, count_pieces(tokenizer, (t for p in papers for t in (p.title, p.abstract))), least)
    tokenizer.save(str(folder / TOKENIZER))
    encoder = from_minilm(start, kept).to(best_device())
    if data.raw and recipe.adaptation.steps:
        texts = adapt.prepare(PieceEncoder.of(tokenizer), papers, recipe.adaptation.longest)
        tell(f"{len(texts)} texts, {sum(len(t.ids) for t in texts)} word pieces of {len(kept)} kinds")
        adapt.adapt(encoder, texts, recipe.adaptation, tell)
    save_encoder(encoder, folder)


def open_base(model: Path, folder: Path, tell: Tell) -> None:
    """Take a finished model apart: its encoder and word pieces, as `adapt_encoder` writes them, and its heads beside them."""
    from kg.train.encoder import TOKENIZER, save_encoder
    from kg.train.network import save_network
    from kg.train.reopen import reopened

    network = reopened(model)
    tell(f"{network.encoder.size.layers} layers, {network.encoder.size.pieces} word pieces")
    shutil.copyfile(model / model_folder.TOKENIZER, folder / TOKENIZER)
    save_encoder(network.encoder, folder)
    save_network(network, folder)


@dataclass(frozen=True)
class NetworkPlan:
    """What one network is trained on."""

    fitting: Fitting
    lessons: Lessons  # where there are taught papers
    start: Path  # folder of the encoder, and of heads where a finished model is trained further
    size: NetworkSize
    everything: bool  # the held-out fifth too
    taught: tuple[Path, ...] = ()  # files of labelled raw papers

    def on_taught(self) -> Fitting:
        """How the network is fitted to the labelled papers."""
        return replace(self.fitting, epochs=self.lessons.epochs, rate=self.lessons.rate)

    def after_taught(self) -> Fitting:
        """How it is fitted to the annotated papers after that."""
        lessons = self.lessons
        return replace(self.fitting, epochs=lessons.then_epochs, rate=lessons.then_rate, head_rate=lessons.then_head_rate)


def fit_network(data: Data, plan: NetworkPlan, folder: Path, tell: Tell) -> None:
    """Train one network: on the taught papers, where there are any, then on the annotated ones."""
    import torch

    from kg.extract.pieces import PieceEncoder
    from kg.train.device import best_device
    from kg.train.encoder import TOKENIZER
    from kg.train.fit import fit
    from kg.train.labels import annotated_example
    from kg.train.network import new_network, save_network
    from kg.train.teach import read_taught
    from kg.train.vocabulary import load_tokenizer

    encoder = PieceEncoder.of(load_tokenizer(plan.start / TOKENIZER))
    torch.manual_seed(plan.fitting.seed)
    network = new_network(plan.start, plan.size).to(best_device())
    annotated = (annotated_example(encoder, paper) for paper in data.gold_papers(plan.everything))
    stages: list[tuple[Iterable[Example], Fitting]] = [(annotated, plan.fitting)]
    if plan.taught:
        taught = itertools.chain.from_iterable(read_taught(path, encoder) for path in plan.taught)
        stages = [(taught, plan.on_taught()), (annotated, plan.after_taught())]
    for papers, fitting in stages:
        examples = [example for example in papers if example.words]
        tell(f"{len(examples)} papers, {fitting.epochs} epochs")
        fit(network, examples, fitting, tell)
    save_network(network, folder)


def label_raw(data: Data, teachers: Sequence[Path], number: int, part: int, folder: Path, tell: Tell) -> None:
    """Label a part, of LABEL_PARTS, of `number` raw papers with models; no annotated paper is among them."""
    from kg.extract.span_model import SpanRecognizer
    from kg.train.teach import choose_papers, write_labels

    papers = choose_papers(without(data.raw_papers(), [*data.gold_papers(everything=True), *data.excluded()]), number)
    write_labels([SpanRecognizer.load(teacher) for teacher in teachers], papers[part::LABEL_PARTS], folder / TAUGHT, tell)


def export_networks(networks: Sequence[Path], start: Path, size: NetworkSize, quantizer: str, folder: Path, tell: Tell) -> None:
    """Write the graphs and the tokenizer of a model that averages trained networks."""
    from kg.train.encoder import TOKENIZER
    from kg.train.network import load_network

    trained = [load_network(network, start, size) for network in networks]
    with _without_remarks():
        _write_graphs(trained, folder, quantizer, tell)
    shutil.copyfile(start / TOKENIZER, folder / model_folder.TOKENIZER)
    model_folder.write_decision(folder, None)


def _write_graphs(trained: Sequence[Network], folder: Path, quantizer: str, tell: Tell) -> None:
    """Write both graphs, in small numbers."""
    from kg.train.export import write_entity_graph, write_span_graph
    from kg.train.quantize import BY_NAME, halve, none

    whole = folder / "whole.onnx"
    entities = none if quantizer == "none" else halve  # its products are small: only the size matters there
    for name, write, quantize in (("spans.onnx", write_span_graph, BY_NAME[quantizer]), ("entities.onnx", write_entity_graph, entities)):
        write(trained, whole)
        quantize(whole, folder / name)
        whole.unlink()
        tell(f"{name}: {(folder / name).stat().st_size / 1e6:.1f} MB")


@contextlib.contextmanager
def _without_remarks() -> Iterator[None]:
    """Keep the remarks of torch's exporter and of the quantizer, on what is meant here, out of the progress."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def choose_decision(data: Data, model: Path, folder: Path, tell: Tell) -> None:
    """Choose thresholds and calibration on the held-out fifth; write them, and the figures there."""
    from kg.extract.span_model import SpanRecognizer
    from kg.train.labels import left_out
    from kg.train.tune import propose, tune

    papers = data.held_out()
    tell(f"reading {len(papers)} held-out papers")
    tuned = tune(propose(SpanRecognizer.load(model), papers))
    model_folder.write_decision(folder, tuned)
    rows = {row: figures.as_values() for row, figures in tuned.figures.items()}
    record = {"held_out_papers": len(papers), "figures": rows, "mentions": left_out(data.gold_papers(everything=True))}
    (folder / FIGURES).write_text(json.dumps(record) + "\n", "utf-8", newline="\n")
    tell("  ".join(f"{row} {rows[row]['f1']:.3f}" for row in ("entity", "role") if row in rows))
