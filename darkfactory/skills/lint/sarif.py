"""Findings as SARIF 2.1.0, which code hosts show beside the lines of a change."""

import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from darkfactory import __version__
from darkfactory.skills.lint.catalogue import RULES
from darkfactory.skills.lint.report import Linted
from darkfactory.skills.lint.rule import Finding, Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(linted: Sequence[Linted], base: Path) -> dict[str, Any]:
    """Return *linted* as one SARIF log; files below *base* are named relative to it."""
    rules = {rule.id: place for place, rule in enumerate(RULES)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "darkfactory",
                        "version": __version__,
                        "rules": [_rule(rule) for rule in RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(found, each, base, rules, allowed=found in each.allowed)
                    for each in linted
                    for found in (*each.findings, *each.allowed)
                ],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {
            "enabled": not rule.optional,
            "level": _LEVELS[rule.factory or "info"],
        },
    }


def _result(
    found: Finding, each: Linted, base: Path, rules: dict[str, int], *, allowed: bool
) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _address(each.path / found.file, base)}}
    if found.line is not None:
        place["region"] = {"startLine": found.line}
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": rules[found.rule],
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.message}. Fix: {found.fix}"},
        "locations": [{"physicalLocation": place}],
    }
    if allowed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _address(path: Path, base: Path) -> str:
    whole = os.path.normpath(path)
    inside = os.path.relpath(whole, base)
    if inside.startswith(".."):
        return "file://" + quote(os.fsencode(whole))
    return quote(os.fsencode(inside))
