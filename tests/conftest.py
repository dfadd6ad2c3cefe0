"""Shared fixtures: the example papers, the data folder that users do not have, and a recognizer that needs no training."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import HealthCheck, settings

import kg
from kg.extract import models
from kg.extract.recognizer import FoundEntity, FoundMention, PaperText, Recognition
from kg.extract.units import form_key
from kg.graph.build import build_graph
from kg.resolve import resolve
from schemas.extraction import EntityType, Extraction
from schemas.ids import content_key
from schemas.paper import Paper, Source
from tests.neo4j_server import Neo4jServer, Server
from tests.neo4j_server import missing as neo4j_missing

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
EXTRACTIONS = ROOT / "tests" / "golden" / "extractions.jsonl"  # of the examples, by the model `default`

# A process that a script starts in the background ignores Ctrl-C, and so do those that it starts.
HEEDS_INTERRUPTS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "

NAMES: dict[str, tuple[EntityType, str | None]] = {
    "GridNet": ("method", "proposes"),
    "GridNets": ("method", "proposes"),
    "grid network": ("method", "proposes"),
    "Transformer": ("method", "uses"),
    "Transformers": ("method", "uses"),
    "CIFAR-10": ("dataset", "uses"),
    "CIFAR10": ("dataset", "uses"),
    "CIFAR-100": ("dataset", "uses"),
    "image classification": ("task", "addresses"),
    "accuracy": ("metric", None),
}


class GazetteerRecognizer:
    """Finds the names of a list: a model whose answers are known beforehand."""

    _pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(NAMES, key=len, reverse=True)))

    def recognize(self, texts: Sequence[PaperText]) -> list[Recognition]:
        return [self._one(text) for text in texts]

    def _one(self, text: PaperText) -> Recognition:
        found = [(field, match) for field in ("title", "abstract") for match in self._pattern.finditer(text.field(field))]
        long_keys = {form_key(short): form_key(long) for short, long in text.abbreviations}
        keys = [long_keys.get(key, key) for key in (form_key(match.group()) for _, match in found)]
        groups = [list(dict.fromkeys(keys)).index(key) for key in keys]
        entities: dict[int, FoundEntity] = {}
        for group, (_, match) in zip(groups, found, strict=True):
            entities.setdefault(group, FoundEntity(*NAMES[match.group()], confidence=0.9))
        mentions = [FoundMention(field, m.start(), m.end(), 0.9, group) for group, (field, m) in zip(groups, found, strict=True)]
        return Recognition(tuple(mentions), tuple(entities[group] for group in sorted(entities)))


@pytest.fixture
def gazetteer(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a model folder that is read by the gazetteer."""
    folder = tmp_path_factory.mktemp("gazetteer")
    (folder / models.META).write_text('{"name": "gazetteer", "version": "1", "recognizer": "gazetteer", "files": {}}')
    monkeypatch.setitem(models.LOADERS, "gazetteer", lambda _: GazetteerRecognizer())
    return str(folder)


@pytest.fixture(autouse=True)
def no_shared_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a cache of its own."""
    monkeypatch.setenv("PAPERKG_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def data() -> Path:
    """The folder with real pages and annotated abstracts; it does not come with the project."""
    folder = os.environ.get("PAPERKG_DATA")
    if not folder:
        pytest.skip("PAPERKG_DATA is not set: it names the folder with real pages and annotated abstracts")
    return Path(folder)


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture(scope="session")
def example_graph() -> nx.MultiDiGraph:
    """The graph of the examples, as the model `default` extracts it; no test changes it."""
    return graph_of_examples()


def graph_of_examples(year: int | None = None) -> nx.MultiDiGraph:
    """The same, with the year of dates that come without one."""
    extractions = [Extraction.model_validate_json(line) for line in EXTRACTIONS.read_text("utf-8").splitlines()]
    return build_graph(kg.read([EXAMPLES], year=year), extractions, resolve(extractions), "default 1").graph


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Neo4j server for all tests: the one that NEO4J_URI names, or one of our own."""
    if os.environ.get("NEO4J_URI"):
        yield Server(os.environ["NEO4J_URI"], os.environ.get("NEO4J_USERNAME", "neo4j"), os.environ.get("NEO4J_PASSWORD", ""), None)
        return
    reason = neo4j_missing()
    if reason:
        (pytest.fail if os.environ.get("PAPERKG_REQUIRE_NEO4J") else pytest.skip)(reason)
    own = Neo4jServer(tmp_path_factory.mktemp("neo4j"))
    own.start()
    yield Server(own.uri, own.user, own.password, own)
    own.stop()


@pytest.fixture
def server(neo4j_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The Neo4j server, its database empty; the environment names nothing of it."""
    for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    neo4j_server.clear()
    return neo4j_server


def paper(title: str = "GridNet", abstract: str = "We propose GridNet.", file: str = "a.txt", entry: int = 1, **values: object) -> Paper:
    """A paper with sensible values."""
    identity = {"id": "sha:" + content_key(title, abstract), "sources": (Source(file=file, entry=entry),)}
    return Paper.model_validate(identity | {"title": title, "abstract": abstract} | values)
