"""What a lint came to, and its JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from darkfactory.skills.lint.rule import Finding


@dataclass(frozen=True, slots=True)
class Linted:
    """One skill, where it lies, and what was found; *allowed* is what it has suppressed."""

    name: str
    path: Path
    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...] = ()


def counts(linted: Sequence[Linted]) -> Counter[str]:
    """Return how many findings there are of each severity."""
    return Counter(found.severity for each in linted for found in each.findings)


def lint_json(linted: Sequence[Linted]) -> dict[str, Any]:
    """Return *linted* as the object that ``--format json`` prints."""
    return {
        "skills": [
            {
                "name": each.name,
                "path": str(each.path),
                "findings": [asdict(found) for found in each.findings],
            }
            for each in linted
        ]
    }
