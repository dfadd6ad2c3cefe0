"""Work in steps whose results are kept: what is done is not repeated, whatever stopped the run before.

A step's result is a folder; its file `done.json` holds a digest of everything the result depends on and is written last, so that a
step is repeated when it was interrupted, or when the data, its settings or a step before it have changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.train.work import Job, run_jobs, say

_DONE = "done.json"


@dataclass(frozen=True)
class Step:
    """One step."""

    name: str
    work: Callable[..., None]  # called with the arguments, the folder for the result, and `tell`
    arguments: tuple[Any, ...]
    settings: Mapping[str, Any]  # what the result depends on beside data and earlier steps; ready for JSON
    after: tuple[str, ...] = ()  # names of the steps whose results it uses


class Steps:
    """The steps of one run, in one folder."""

    def __init__(self, folder: Path, data: Any, *, threads: int, quiet: bool) -> None:
        """`data`, ready for JSON, is what all steps depend on."""
        self._folder, self._data, self._threads, self._quiet = folder, data, threads, quiet
        self._digests: dict[str, str] = {}

    def run(self, steps: Sequence[Step], *, side_by_side: bool = False) -> list[Path]:
        """The folders of the steps' results; those that are not there are computed, several at once with `side_by_side`."""
        digests = {step.name: self._digest(step) for step in steps}
        missing = [step for step in steps if not self._is_done(step.name, digests[step.name])]
        for step in steps:
            if step not in missing and not self._quiet:
                say(f"{step.name}: is there already")
        for step in missing:
            shutil.rmtree(self._folder / step.name, ignore_errors=True)
            (self._folder / step.name).mkdir(parents=True)
        work = [Job(step.name, step.work, (*step.arguments, self._folder / step.name)) for step in missing]
        run_jobs(work, threads=self._threads, side_by_side=side_by_side, quiet=self._quiet)
        for step in missing:
            (self._folder / step.name / _DONE).write_text(json.dumps({"depends_on": digests[step.name]}) + "\n", "utf-8", newline="\n")
        self._digests |= digests
        return [self._folder / step.name for step in steps]

    def _digest(self, step: Step) -> str:
        parts = [step.name, self._data, step.settings, [self._digests[name] for name in step.after]]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _is_done(self, name: str, digest: str) -> bool:
        try:
            done = json.loads((self._folder / name / _DONE).read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return bool(done == {"depends_on": digest})
