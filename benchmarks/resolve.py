"""Time and memory of resolving generated names, and what other resolvers make of a small list of them.

usage: resolve.py [SIZES ...]            by default 10000 100000 1000000; each in a process of its own
       resolve.py --others [SIZES ...]   neo4j-graphrag's resolver beside ours (pip install neo4j-graphrag rapidfuzz),
                                         by default 500 1000 2000
       resolve.py --pairs PAIRS.jsonl    right answers of both, and of exact match, on pairs of names:
                                         {"type", "a", "b", "same"} a line

Generated names vary as real ones do: case, hyphens, plurals, British spelling, generic heads, abbreviations with and without
their long form, version numbers, LaTeX residue; frequent names are many times as frequent as rare ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import itertools
import json
import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterator

from kg.resolve import resolve_list
from schemas.extraction import ENTITY_TYPES, EntityType

_FIRST = ("adaptive", "deep", "sparse", "hierarchical", "contrastive", "variational", "masked", "dual", "robust", "causal", "spectral")
_MIDDLE = ("graph", "image", "video", "language", "speech", "point-cloud", "multi-modal", "token", "patch", "scene", "query", "policy")
_LAST = ("transformer", "network", "autoencoder", "segmentation", "classification", "detection", "optimiser", "retrieval", "corpus")
_SYLLABLES = ("ba", "co", "di", "fu", "ga", "lo", "mi", "ne", "pra", "qui", "ro", "sta", "tri", "vex", "zon")
_HEADS = {"dataset": "dataset", "method": "model", "task": "task", "metric": "score"}


def base_names(rng: random.Random) -> Iterator[str]:
    """Names of things, endless: descriptive ones, coined ones, and coined ones with a version."""
    for number in itertools.count():
        coined = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()
        words = [rng.choice(_FIRST), rng.choice(_MIDDLE), rng.choice(_MIDDLE), rng.choice(_LAST)]
        yield (" ".join(words), coined, f"{coined}-{rng.randint(1, 200)}", f"{coined} {' '.join(words[2:])}")[number % 4]


def spelled(name: str, entity_type: EntityType, rng: random.Random) -> str:
    """One of the ways in which papers write a name."""
    initials = "".join(word[0] for word in name.replace("-", " ").split()).upper()
    ways: list[Callable[[], str]] = [
        lambda: name,
        name.title,
        name.upper,
        lambda: name.replace(" ", "-"),
        lambda: name.replace("-", ""),
        lambda: name + "s",
        lambda: f"{name} {_HEADS[entity_type]}",
        lambda: f"{name} ({initials})" if len(initials) > 2 else name,
        lambda: initials if len(initials) > 3 else name,
        lambda: rf"$\alpha$-{name}",
        lambda: f"{name} v{rng.randint(2, 5)}",
    ]
    return rng.choices(ways, [30, 10, 2, 6, 6, 8, 6, 3, 3, 1, 4])[0]()


def generate(size: int) -> list[tuple[EntityType, str]]:
    """`size` different surface forms, the same in every run."""
    rng = random.Random(size)
    bases = list(itertools.islice(base_names(rng), max(10, size // 2)))
    found: dict[tuple[EntityType, str], None] = {}
    while len(found) < size:
        entity_type = rng.choice(ENTITY_TYPES)
        name = bases[int(len(bases) * rng.random() ** 2)]
        found[entity_type, spelled(name, entity_type, rng)] = None
    return list(found)


def measure(size: int) -> str:
    """A row of the table: names, nodes, seconds, peak memory."""
    names = generate(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = resolve_list(names)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{size:>9} {len(set(found.ids)):>9} {seconds:>9.1f} {peak / 2**20:>9.2f} {before / 2**20:>9.2f}"


def compare(sizes: list[int]) -> None:
    """Seconds of ours and of neo4j-graphrag's fuzzy resolver (its similarity, over all pairs, as its run does) on the same names."""
    from neo4j_graphrag.components.resolver import FuzzyMatchResolver

    resolver = FuzzyMatchResolver.__new__(FuzzyMatchResolver)
    print(f"{'names':>7} {'ours, s':>9} {'neo4j-graphrag fuzzy, s':>24} {'pairs':>9}")
    for size in sizes:
        names = generate(size)
        start = time.process_time()
        resolve_list(names)
        ours, start = time.process_time() - start, time.process_time()
        merged = sum(resolver.compute_similarity(a, b) >= 0.8 for (_, a), (_, b) in itertools.combinations(names, 2))
        print(f"{size:>7} {ours:>9.2f} {time.process_time() - start:>24.2f} {merged:>9}", flush=True)


def judge(file: Path) -> None:
    """Of pairs that are one thing and pairs that are not, how many each way gets right."""
    from neo4j_graphrag.components.resolver import FuzzyMatchResolver

    pairs = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    names = list(dict.fromkeys((pair["type"], pair[side]) for pair in pairs for side in "ab"))
    ids = dict(zip(names, resolve_list(names).ids, strict=True))
    fuzzy = FuzzyMatchResolver.__new__(FuzzyMatchResolver)
    ways: dict[str, Callable[[dict[str, str]], bool]] = {
        "ours": lambda pair: ids[pair["type"], pair["a"]] == ids[pair["type"], pair["b"]],
        "neo4j-graphrag, fuzzy (0.8)": lambda pair: fuzzy.compute_similarity(pair["a"], pair["b"]) >= 0.8,
        "neo4j-graphrag, exact": lambda pair: pair["a"] == pair["b"],
    }
    one, two = ([pair for pair in pairs if pair["same"] is same] for same in (True, False))
    for way, merges in ways.items():
        print(f"{way:<30} merged {sum(map(merges, one))} of {len(one)}; kept apart {len(two) - sum(map(merges, two))} of {len(two)}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--pairs", type=Path, metavar="FILE")
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pairs:
        judge(options.pairs)
    elif options.others:
        compare(options.sizes or [500, 1000, 2000])
    elif options.row:
        print(measure(options.sizes[0]), flush=True)
    else:
        print(f"{'names':>9} {'nodes':>9} {'CPU s':>9} {'peak GB':>9} {'before':>9}", flush=True)
        for size in options.sizes or [10_000, 100_000, 1_000_000]:
            subprocess.run([sys.executable, __file__, "--row", str(size)], check=True)


if __name__ == "__main__":
    main()
