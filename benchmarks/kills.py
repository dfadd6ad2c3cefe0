"""What is left when a command is killed: `python benchmarks/kills.py [--kills 20] [--seed 0] [COMMAND...]`.

Each command is started on the example papers and killed (SIGKILL) at a random moment of its run, later ones more often, since
files are written then. After each kill its output is compared byte by byte with what stood there before and with what the
command gives when nobody stops it, and the command is run once more to its end. Modules and the model are loaded beforehand, so
that the moments fall into the work. Exits with status 1 when an output was broken or a rerun failed.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, not this folder: html.py would hide the library's html

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass

EXAMPLES = ROOT / "examples"
FEW, MORE = str(EXAMPLES / "daily_with_dates.txt"), [str(EXAMPLES / "daily_compact.txt"), str(EXAMPLES / "papers.jsonl")]
OPTIONS = ["--quiet", "--workers", "1"]
MODEL = ["--model", "fast"]

HEAD = ["command", "kills", "none yet", "old, whole", "new, whole", "broken", "left beside it", "rerun whole and tidy", "seconds of a run"]

Content = dict[str, bytes]  # of a file or folder, by path inside it; empty: there is none


@dataclass(frozen=True)
class Command:
    """A command, what stands at its output before, and where its output is."""

    arguments: list[str]
    output: str
    before: list[str] | None = None  # the command that wrote what stands there; None: nothing
    cold: bool = False  # no extraction is kept from before, so that most moments fall into extracting


def export(to: str, output: str) -> Command:
    """An export of the larger graph over one of the smaller."""
    return Command(["export", "large", "--to", to, "-o", output, "-q"], output, ["export", "small", "--to", to, "-o", output, "-q"])


BUILD_SMALL = ["build", FEW, "-o", "g", *OPTIONS, *MODEL]
COMMANDS = {
    "build": Command(["build", FEW, "-o", "first", *OPTIONS, *MODEL], "first", cold=True),
    "build over a graph": Command(["build", FEW, *MORE, "-o", "g", *OPTIONS, *MODEL], "g", BUILD_SMALL),
    "update": Command(["update", "g", *MORE, *OPTIONS], "g", BUILD_SMALL),
    "export --to html": export("html", "page.html"),
    "export --to graphml": export("graphml", "g.graphml"),
    "export --to csv": export("csv", "tables"),
    "export --to neo4j-import": export("neo4j-import", "import"),
}


def content(path: str) -> Content:
    """All bytes of a file or folder."""
    place = Path(path)
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    return {"" if file == place else str(file.relative_to(place)): file.read_bytes() for file in files}


def start(arguments: list[str]) -> int:
    """Start a command in a process of its own, and return the number of that."""
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    from kg.cli import app

    try:
        app(arguments)
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
    finally:
        os._exit(70)


def finish(arguments: list[str]) -> tuple[int, float]:
    """Run a command to its end; its exit status and seconds."""
    began = time.monotonic()
    status = os.waitpid(start(arguments), 0)[1]
    return os.waitstatus_to_exitcode(status), time.monotonic() - began


def kill(arguments: list[str], delay: float) -> bool:
    """Start a command and kill it after `delay` seconds; False when it had ended before."""
    child = start(arguments)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def remove(place: Path) -> None:
    """Remove a file or folder, where there is one."""
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def put_back(command: Command, before: Content) -> None:
    """Let stand at the output what stood there before."""
    place = Path(command.output)
    remove(place)
    for name, data in before.items():
        file = place / name if name else place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def must(arguments: list[str]) -> float:
    """Run a command that has to succeed; its seconds."""
    status, seconds = finish(arguments)
    if status:
        sys.exit(f"kg {' '.join(arguments)} failed")
    return seconds


def beside(command: Command) -> list[Path]:
    """What a killed command left beside its output."""
    return list(Path().glob(f".{command.output}.*"))


def trial(command: Command, name: str, kills: int, rng: random.Random) -> str:
    """The row of a command."""
    counts: Counter[str] = Counter()
    if command.before:
        must(command.before)
    before = content(command.output)
    duration = must(command.arguments)
    after = content(command.output)
    for _ in range(4 * kills):
        put_back(command, before)
        if command.cold:
            remove(Path(os.environ["PAPERKG_CACHE"]))
        if not kill(command.arguments, duration * max(rng.random(), rng.random())):
            continue
        now = content(command.output)
        counts["absent" if not now and not before else "old" if now == before else "new" if now == after else "broken"] += 1
        counts["litter"] += bool(beside(command))
        rerun = finish(command.arguments)[0] == 0 and content(command.output) == after
        counts["rerun"] += rerun and not beside(command)
        counts["kills"] += 1
        if counts["kills"] == kills:
            break
    columns = [counts[state] for state in ("kills", "absent", "old", "new", "broken", "litter", "rerun")]
    return f"| `kg {name}` | {' | '.join(map(str, columns))} | {duration:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"of: {', '.join(COMMANDS)}; by default all")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["PAPERKG_CACHE"] = str(Path(folder) / "cache")
        import kg.graph.store
        import kg.growth  # noqa: F401
        from kg.extract.models import load_recognizer

        load_recognizer("fast")
        for name, inputs in (("small", [FEW]), ("large", [FEW, *MORE])):
            must(["build", *inputs, "-o", name, *OPTIONS, *MODEL])
        for cells in (HEAD, ["---"] * len(HEAD)):
            print(f"| {' | '.join(cells)} |", flush=True)
        for name in given.commands or COMMANDS:
            rows.append(trial(COMMANDS[name], name, given.kills, random.Random(f"{given.seed} {name}")))
            print(rows[-1], flush=True)
        os.chdir(ROOT)
    cells = [row.split(" | ") for row in rows]
    sys.exit(any(row[5] != "0" or row[7] != row[1] for row in cells))


if __name__ == "__main__":
    main()
