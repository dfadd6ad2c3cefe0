"""How fast each format is read, and with how much memory: `python benchmarks/read.py [--megabytes 200] [FORMAT...]`.

Every format is generated, piped into a process of its own, and read there to the end; papers are counted and dropped.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the project, not this folder: html.py would hide the library's html

import argparse
import resource
import subprocess
import time

TEXT = "We propose a network that learns from few examples and evaluate it on many. " * 18
# Format: (record, start, end); N stands for the record's number.
SOURCES = {
    "jsonl": (f'{{"title": "Title N", "abstract": "{TEXT}"}}\n', "", ""),
    "arxiv-json": (
        f'{{"id": "N", "title": "Title N", "abstract": "{TEXT}", "categories": "cs.LG", "versions": [], "comments": null}}\n',
        "",
        "",
    ),
    "papers-with-code": (f'{{"paper_url": "N", "title": "Title N", "abstract": "{TEXT}"}},\n', "[", '{"paper_url": "z", "title": "end"}]'),
    "pubmed": (
        "<PubmedArticle><MedlineCitation><PMID>N</PMID><Article><ArticleTitle>Title N</ArticleTitle>"
        f"<Abstract><AbstractText>{TEXT}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n",
        "<PubmedArticleSet>",
        "</PubmedArticleSet>",
    ),
    "bibtex": (f"@article{{kN,\n title = {{Title N}},\n author = {{Lee, Ada and Chen, Bo}},\n abstract = {{{TEXT}}}\n}}\n", "", ""),
    "ris": (f"TY  - JOUR\nTI  - Title N\nAU  - Lee, Ada\nAB  - {TEXT}\nER  - \n", "", ""),
    "csv": (f'"Title N","{TEXT}","Lee, Ada; Chen, Bo"\n', "title,abstract,authors\n", ""),
}


def write(name: str, megabytes: int) -> None:
    """The generated file, on standard output."""
    record, start, end = SOURCES[name]
    sys.stdout.write(start)
    for number in range(megabytes * 10**6 // len(record)):
        sys.stdout.write(record.replace("N", str(number), 3))
    sys.stdout.write(end)


def measure(name: str) -> None:
    """Read standard input, and print the figures."""
    from kg.read import ReadLog, ReadOptions, read_records

    began = time.process_time()
    log = ReadLog()
    n_papers = sum(1 for _ in read_records(["-"], ReadOptions(), log))
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| `{log.inputs[0].format}` | {n_papers:,} | {n_papers / seconds:,.0f} | {peak} |", flush=True)
    assert log.inputs[0].format == name


def main() -> None:
    """Generate and read each format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", default=[], metavar="FORMAT")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--part", choices=["write", "measure"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "write":
        write(given.formats[0], given.megabytes)
    elif given.part == "measure":
        measure(given.formats[0])
    else:
        print(f"| format | records in {given.megabytes} MB | records a CPU second | peak memory, MiB |\n|---|---|---|---|", flush=True)
        for name in given.formats or SOURCES:
            command = [sys.executable, __file__, name, "--megabytes", str(given.megabytes), "--part"]
            with subprocess.Popen([*command, "write"], stdout=subprocess.PIPE) as source:
                subprocess.run([*command, "measure"], stdin=source.stdout, check=True)


if __name__ == "__main__":
    main()
