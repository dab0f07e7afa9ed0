"""YAML of a backlog: nothing is guessed, every word stays the text that was written."""

from typing import Any

from darkfactory.backlog.entry import BrokenBacklog
from darkfactory.config.scalars import BadYaml
from darkfactory.config.yamltree import Limits, Node, parse, plain

_LIMITS = Limits(characters=64 << 20, nodes=2_000_000, depth=20, fast=True)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(text: str, name: str, *, above: int = 0) -> tuple[Any, Node | None]:
    """Return what the one YAML document *text* of file *name* says, and its tree for the lines.

    Args:
        above: How many lines of the file stand above the text.

    Raises:
        BrokenBacklog: If it is not YAML, too large or too deep, or repeats a key.
    """
    try:
        tree = parse(text, _LIMITS)
        return (None if tree is None else plain(tree, _LIMITS, _as_written)), tree
    except BadYaml as error:
        raise BrokenBacklog(
            f"{name}:{error.line + above}: {error.problem}", fix=error.fix
        ) from error


def _as_written(text: str, line: int) -> str | None:
    """``no``, ``1.10`` and ``2026-01-01`` are words here, whatever they mean elsewhere."""
    del line
    return None if text in _NULLS else text
