"""What people claim of their work, and what the patterns for it share.

The patterns look for the claim only; :mod:`darkfactory.changes.statements` decides whether a
sentence means it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a statement is about."""

    TESTS_PASS = "tests_pass"  # noqa: S105 - a kind, not a password
    SOME_TESTS_PASS = "some_tests_pass"  # noqa: S105
    TESTS_EXPECTED = "tests_expected"
    TESTS_NOT_RUN = "tests_not_run"
    TESTS_ADDED = "tests_added"
    TESTS_KEPT = "tests_kept"
    FILE_CHANGED = "file_changed"
    FILE_CREATED = "file_created"
    FILE_DELETED = "file_deleted"
    FILE_KEPT = "file_kept"
    ONLY_CHANGED = "only_changed"
    COMMAND_PASSED = "command_passed"


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim in the agent's own words.

    *subject* is what it is about: a path, several with spaces between, a command, a number of
    tests. *beside* are the paths that the whole summary speaks of.
    """

    kind: Kind
    text: str
    subject: str = ""
    beside: tuple[str, ...] = ()


_TELLING = re.compile(
    r"(?:^|[,:;)\u2013\u2014-]|\b(?:i|we|it|he|she|they|agent|have|has|had|been|was|were|and|also|then"
    r"|just|successfully|['\u2019]ve))[\s*_`]*$",
    re.IGNORECASE,
)


def is_told(text: str, match: re.Match[str]) -> bool:
    """Tell whether the verb at *match* says what was done: "we updated x", not "the updated x"."""
    return bool(_TELLING.search(text[: match.start()]))


_COMMAND_PASSED = re.compile(
    r"`(?P<command>[a-z][\w./-]*(?: [^`\n]{1,120})?)`[^.`]{0,20}?"
    r"\b(?:pass(?:es|ed|ing)?|clean|succeed(?:s|ed)|green|reports? no (?:errors|issues)"
    r"|exit(?:s|ed)?(?: with)?(?: code| status)? 0)\b"
    r"(?=\s*(?:$|[.,;:!)✅]|cleanly|successfully|with|without|now\b|and\b))",
)
_PROGRAM = re.compile(
    r"(?:\S+ .+|ruff|mypy|pyright|pytest|tox|nox|make|just|npm|pnpm|yarn|cargo|go|eslint|tsc|jest"
    r"|vitest|black|flake8|pylint|pre-commit|gradle|mvn|rspec|rubocop|phpunit|phpstan|ctest|biome|prettier"
    r"|isort|bandit|golangci-lint|clippy|shellcheck)"
)


def about_commands(sentence: str) -> Iterator[Statement]:
    """Yield the commands that *sentence* says succeeded."""
    for match in _COMMAND_PASSED.finditer(sentence):
        if _PROGRAM.fullmatch(match["command"]):
            yield Statement(Kind.COMMAND_PASSED, sentence, match["command"].strip())
