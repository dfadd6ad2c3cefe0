"""The checks of dependencies: what they find, and that they pass here."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.dependencies import judge, licence_of, licences, required, verdict


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", ""),
        ("Apache-2.0", ""),
        ("BSD License", ""),
        ("MPL-2.0 AND MIT", ""),
        ("GPL-2.0-or-later OR BSD-3-Clause", ""),
        ("GPL-3.0-only", "refused"),
        ("GNU General Public License v3 (GPLv3)", "refused"),
        ("GNU Lesser General Public License v3", "refused"),
        ("AGPL-3.0", "refused"),
        ("MIT AND GPL-3.0-only", "refused"),
        ("Acme License", "not known; look at it, and add it to ALLOWED or KNOWN"),
        ("", "not known; look at it, and add it to ALLOWED or KNOWN"),
    ],
)
def test_verdicts(licence: str, expected: str) -> None:
    assert verdict(licence) == expected


def test_where_a_licence_stands() -> None:
    assert licence_of({"License-Expression": "MIT", "License": "x"}) == "MIT"
    assert licence_of({"License": "BSD\nlong text"}, ["License :: OSI Approved"]) == "BSD"
    assert licence_of({}, ["License :: OSI Approved :: MIT License"]) == "MIT License" and licence_of({}) == ""


def test_every_required_package_may_be_passed_on() -> None:
    found = list(licences())
    assert len(found) > 25 and not [row for row in found if row[2]]


def test_all_direct_dependencies_are_among_them() -> None:
    direct = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert direct and {name.lower() for name in re.findall(r'"([\w-]+)', direct[1])} <= set(required())


def package(name: str, *found: tuple[str, list[str]]) -> dict[str, object]:
    return {"name": name, "version": "1", "vulns": [{"id": number, "fix_versions": fixes} for number, fixes in found]}


def test_an_audit_fails_for_what_has_a_fix_in_what_users_get() -> None:
    assert judge({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, ["a"])[1] == 0
    assert judge({"dependencies": [package("a")]}, ["a"]) == (["audit: 1 of 1 packages looked up"], 0)
    lines, status = judge({"dependencies": [package("a", ("X-1", ["2"]))]}, ["a"])
    assert status == 1 and lines[1] == "a 1: X-1 (2)"
    assert judge({"dependencies": [package("a", ("X-1", []))]}, ["a"])[1] == 0
    assert judge({"dependencies": [package("b", ("X-1", ["2"]))]}, ["a"])[1] == 0
