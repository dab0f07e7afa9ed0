"""What can be wrong with lanes.yaml, said so that a person finds the place and the way out."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from darkfactory.errors import UsageError

Path = tuple[str | int, ...]
_SHOWN = 60


class LanesMissing(UsageError):
    """There is no lanes.yaml."""

    code = "lanes.missing"

    def __init__(self, path: object) -> None:
        super().__init__(
            f"there is no {path}",
            fix="`df init` writes one; run it at the root of your repository",
        )


class LanesInvalid(UsageError):
    """lanes.yaml cannot be what it says; the problem names line and key."""

    code = "lanes.invalid"

    def __init__(self, file: str, line: int | None, key: str, what: str, *, fix: str) -> None:
        self.line = line
        self.key = key
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {key} {what}" if key else f"{place}: {what}", fix=fix)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong at *path*: *what* continues the sentence that the key begins.

    *missing*: nothing is there. *meant*: the known key that an unknown one looks like most.
    """

    path: Path
    what: str
    fix: str
    missing: bool = False
    meant: Path | None = None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that looks most like *word*, or None when there is none."""
    found = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.0)
    return found[0] if found else None


def key_path(path: Path) -> str:
    """Return *path* as people write it: ``lanes.bugs.taste[2]``, counted from 0."""
    made = ""
    for part in path:
        if isinstance(part, int):
            made += f"[{part}]"
        else:
            text = part if part.isprintable() and len(part) <= _SHOWN else shown(part)
            made += f".{text}" if made else text
    return made


def shown(value: Any) -> str:
    """Return *value* as it may be shown on one line of a terminal, cut if it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
