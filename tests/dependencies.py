"""The packages that a user of paperkg gets, their licences, and what is known against them: `python -m tests.dependencies licences|audit`.

`licences` fails for a package with a licence that asks more of whoever passes it on than Apache-2.0 does. `audit` asks the
database of known vulnerabilities by pip-audit, and fails for one that has a fix; where nobody answers it says so, and passes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

PROJECT = "paperkg"
EXTRAS = ("analysis", "query", "rdf", "spark")  # those that hold no tools of our own, and no torch
# What may be passed on with a project under Apache-2.0. MPL-2.0 and the exception of LGPL bind only who changes those files.
ALLOWED = re.compile(
    r"apache|\bmit(-0|-cmu)?\b|\bbsd\b|\bisc\b|\bpsf\b|python software foundation|python-2\.0|cnri-python|unlicense|public domain|\bcc0\b|"
    r"\bzlib\b|\bhpnd\b|mozilla public license 2\.0|mpl[- ]2\.0|\b0bsd\b|blueoak|matplotlib",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"\bA?GPL|affero|\bLGPL|general public|\bSSPL|commons clause|non-?commercial|cc-by-nc|business source|proprietary", re.IGNORECASE
)
# Packages whose metadata say nothing that can be read by the rules, and what their licence is, looked up by a person.
KNOWN: dict[str, str] = {}


def required(project: str = PROJECT, extras: Iterable[str] = EXTRAS) -> dict[str, Distribution]:
    """The installed packages that `project` needs with `extras`, and those that these need; by normalised name."""
    found: dict[str, Distribution] = {}
    waiting = [(project, frozenset(extras))]
    while waiting:
        name, wanted = waiting.pop()
        for line in distribution(name).requires or ():
            need = Requirement(line)
            key = re.sub(r"[-_.]+", "-", need.name).lower()
            if key in found or not _applies(need, wanted):
                continue
            try:
                found[key] = distribution(need.name)
            except PackageNotFoundError:
                continue  # of an extra that is not installed
            waiting.append((need.name, frozenset(need.extras)))
    return dict(sorted(found.items()))


def _applies(need: Requirement, extras: Iterable[str]) -> bool:
    return need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def licence_of(metadata: Mapping[str, str], classifiers: Iterable[str] = ()) -> str:
    """What a package says of its licence: an SPDX expression, else its classifiers, else the first line of a text."""
    named = [each.rpartition("::")[2].strip() for each in classifiers if each.startswith("License ::")]
    text = (metadata.get("License-Expression") or "", "; ".join(named), (metadata.get("License") or "").strip().partition("\n")[0])
    return next((each for each in text if each and each != "OSI Approved"), "")


def verdict(licence: str) -> str:
    """ "" for a licence that is allowed, else why it is not; of several that are offered ("A OR B") one is enough."""
    offered = re.split(r"\s+OR\s+|\s*/\s*|\bor\b", licence)
    if any(ALLOWED.search(each) and not REFUSED.search(each) for each in offered):
        return ""
    return "refused" if REFUSED.search(licence) else "not known; look at it, and add it to ALLOWED or KNOWN"


def licences() -> Iterator[tuple[str, str, str]]:
    """(package, licence, verdict) of all that is required."""
    for name, package in required().items():
        metadata = {key: str(value) for key, value in package.metadata.items()}
        licence = KNOWN.get(name) or licence_of(metadata, package.metadata.get_all("Classifier") or ())
        yield f"{name} {package.version}", licence, verdict(licence)


def judge(report: Mapping[str, object], needed: Iterable[str]) -> tuple[list[str], int]:
    """Lines about the vulnerabilities in a report of pip-audit, and the exit status: 1 where one of `needed` has one with a fix."""
    packages: list[dict[str, object]] = list(report["dependencies"])  # type: ignore[call-overload]
    answered = [package for package in packages if "skip_reason" not in package]
    if not answered:
        return ["audit: nothing was looked up, the database of vulnerabilities did not answer"], 0
    lines, status = [f"audit: {len(answered)} of {len(packages)} packages looked up"], 0
    for package in answered:
        for found in package["vulns"]:  # type: ignore[attr-defined]
            fixed = ", ".join(found["fix_versions"]) or "no fix yet"
            ours = package["name"] in set(needed)
            lines.append(f"{package['name']} {package['version']}: {found['id']} ({fixed}){'' if ours else ', a tool of the tests only'}")
            status = 1 if ours and found["fix_versions"] else status
    return lines, status


def audit() -> int:
    """Print what is known against the installed packages; the exit status."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "10", "--skip-editable"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        report = json.loads(done.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        print("audit: pip-audit is not installed or could not ask; nothing was looked up")
        return 0
    lines, status = judge(report, required())
    print("\n".join(lines))
    return status


def main(what: str) -> int:
    """Run a check; the exit status."""
    if what == "audit":
        return audit()
    rows = list(licences())
    for name, licence, problem in rows:
        if problem:
            print(f"{name}: {licence or 'no licence named'}: {problem}")
    print(f"licences: {len(rows)} packages, {sum(bool(problem) for *_, problem in rows)} with a licence that is not allowed")
    return int(any(problem for *_, problem in rows))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
