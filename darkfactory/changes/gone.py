"""The names that a change takes out of the code: what tests them may go with them."""

import re
from collections.abc import Iterable

_DEFINED = re.compile(
    r"\b(?:def|class|func|fn|function|struct|enum|trait|interface|type|const|let|var|module)\s+"
    r"(?:\([^)]{0,200}\)\s*)?([A-Za-z_]\w*)"
    r"|^[ \t]*(?:[\w<>\[\],]+\s+){1,5}([A-Za-z_]\w*)\s*\([^;)]{0,300}\)\s*(?:throws [\w, ]+)?\{",
    re.MULTILINE,
)


_ATTRIBUTE = re.compile(r"\.([A-Za-z_]\w*+)[ \t]?=(?![=>~])")
_WORD = re.compile(r"[A-Za-z_]\w*+")


def gone_names(sides: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return what the code defined before and does not after, over all of *sides*.

    An attribute that was set is gone where its name is not written any more.
    """
    before: set[str] = set()
    after: set[str] = set()
    was_set: set[str] = set()
    written: set[str] = set()
    for old, new in sides:
        before |= _defined(old)
        after |= _defined(new)
        was_set.update(_ATTRIBUTE.findall(old))
        written.update(_WORD.findall(new))
    return frozenset(before - after) | (was_set - written)


def _defined(text: str) -> set[str]:
    return {name for found in _DEFINED.finditer(text) for name in found.groups() if name}
