"""Write the table of common abbreviations anew: what short forms stand for, counted over many abstracts.

usage: count_abbreviations.py ABSTRACTS.jsonl[.gz] TABLE.tsv [--without PAPERS.jsonl ...]

Each line of ABSTRACTS is an object with "title" and "abstract". The table has a line `short<TAB>long<TAB>papers` for each
meaning that at least 2 papers and 5 % of those defining the short form share, of short forms that 3 papers define.
Papers whose title stands in a file given with --without (annotated papers that the project is judged on) are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from kg.extract.abbreviations import find_definitions
from kg.resolve.keys import plain_name
from kg.resolve.meanings import Signature, form_key, same_numbers, signature
from kg.resolve.shorts import looks_short

MIN_DEFINED, MIN_PAPERS, MIN_SHARE = 3, 2, 0.05
_LONG = re.compile(r"[A-Za-z][A-Za-z0-9' /,-]{3,69}")


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def count(papers: Iterable[dict[str, Any]]) -> dict[str, dict[Signature, Counter[tuple[str, str]]]]:
    """Key of a short form -> meaning -> (short, long) as they are spelled -> papers."""
    found: dict[str, dict[Signature, Counter[tuple[str, str]]]] = defaultdict(lambda: defaultdict(Counter))
    for paper in papers:
        pairs = {(d.short, plain_name(d.long)) for text in (paper["title"], paper["abstract"]) for d in find_definitions(text)}
        meant = {(form_key(short), signature(long)): (short, long) for short, long in sorted(pairs) if is_usable(short, long)}
        for (key, meaning), spelling in meant.items():
            found[key][meaning][spelling] += 1
    return found


def is_usable(short: str, long: str) -> bool:
    """Whether a definition is fit for the table."""
    numbers = same_numbers(form_key(short), form_key(long))
    return looks_short(short) and bool(_LONG.fullmatch(long)) and numbers and "cid" not in long


def lines(found: dict[str, dict[Signature, Counter[tuple[str, str]]]]) -> Iterator[str]:
    """The lines of the table."""
    for meanings in found.values():
        total = sum(counts.total() for counts in meanings.values())
        for counts in meanings.values():
            if total >= MIN_DEFINED and counts.total() >= max(MIN_PAPERS, MIN_SHARE * total):
                yield line(counts)


def line(counts: Counter[tuple[str, str]]) -> str:
    """One meaning in its most frequent spelling; lower case where papers write it so as well."""
    shorts, longs, folded = Counter[str](), Counter[str](), Counter[str]()
    for (short, long), n in counts.items():
        shorts[short] += n
        longs[long] += n
        folded[long.casefold()] += n
    best = min(folded, key=lambda long: (-folded[long], long))
    spelled = best if best in longs else min((x for x in longs if x.casefold() == best), key=lambda x: (-longs[x], x))
    return f"{min(shorts, key=lambda x: (-shorts[x], x))}\t{spelled}\t{counts.total()}"


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("abstracts", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--without", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    left_out = {record["title"].casefold() for path in options.without for record in records(path)}
    found = count(record for record in records(options.abstracts) if record["title"].casefold() not in left_out)
    options.table.parent.mkdir(exist_ok=True)
    options.table.write_text("\n".join(sorted(lines(found))) + "\n", "utf-8")


if __name__ == "__main__":
    main()
