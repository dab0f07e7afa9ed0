"""Find by form the functions that a file of any language defines beside its tests."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_FUNCTION = re.compile(
    r"^(?P<indent>[ \t]*+)(?:export )?(?:default )?(?:async )?(?:pub )?"
    r"(?:(?:function ?\*?|func(?: \([^)\n]{0,80}\))?|fn|def) ?(?P<named>\w++)"
    r"|(?:const|let|var) (?P<bound>\w++)[^=\n]{0,80}= ?(?:async )?"
    r"(?:function\b|\w++ =>|(?:\w++\.)?macro\("
    r"|\([^()\n]{0,200}+(?:\([^()\n]{0,99}+\)[^()\n]{0,200}+)?\)[^=\n]{0,80}+=>))",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z_]\w*+")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a test, or a group of tests, begins and how long its declaration is."""

    start: int
    end: int
    indent: int
    is_group: bool


def functions(code: str, tests: Sequence[Begun]) -> Iterator[tuple[int, str]]:
    """Yield where each function of *code* begins that stands beside *tests*, with its name.

    What is indented deeper than the test before it is a part of that test.
    """
    at = 0
    for found in _FUNCTION.finditer(code):
        start = found.end("indent")
        while at < len(tests) and tests[at].start <= start:
            at += 1
        before = tests[at - 1] if at else None
        name = found["named"] or found["bound"]
        if before is None or (start >= before.end and _is_beside(len(found["indent"]), before)):
            yield found.start(), name


def _is_beside(indent: int, test: Begun) -> bool:
    return indent > test.indent if test.is_group else indent <= test.indent


def mentions(body: str, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield where *body* names one of the functions *names*, which is to call it or to pass it."""
    wanted = frozenset(names)
    if wanted:
        yield from ((one.start(), one[0]) for one in _WORD.finditer(body) if one[0] in wanted)
