"""YAML of strangers as plain lists, mappings and texts, with the line each container starts on.

Built from parser events instead of PyYAML's constructors for three reasons: nothing is guessed
(``no``, ``1.10`` and ``2026-01-01`` stay the texts that were written), a key given twice is seen,
and nesting is bounded (the C composer recurses until the process dies).
"""

from dataclasses import dataclass, field
from typing import Any

_DEEPEST = 20
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class NotYaml(ValueError):
    """A text that is not YAML we take; *line* is 1-based, 0 where the parser does not say."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(slots=True)
class Tree:
    """What a YAML text says. A plain scalar is a text, or None for ``null`` and nothing."""

    root: Any = None
    _lines: dict[int, int] = field(default_factory=dict)

    def line_of(self, container: object) -> int | None:
        """Return the 1-based line on which *container*, a part of the tree, starts."""
        return self._lines.get(id(container))

    def opened(self, container: object, line: int) -> None:
        """Remember that *container* starts on *line*."""
        self._lines[id(container)] = line


_MISSING = object()


@dataclass(slots=True)
class _Frame:
    container: list[Any] | dict[str, Any]
    key: Any = _MISSING


def parse_yaml(text: str) -> Tree:
    """Return what the one YAML document *text* says.

    Raises:
        NotYaml: If it is not YAML, nests too deeply, repeats a key or holds several documents.
    """
    import yaml

    builder = _Builder()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(error.problem or "not YAML", mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise NotYaml(str(error).splitlines()[0], 0) from error
    return builder.tree


class _Builder:
    """Folds parser events into a tree."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Any] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next parser *event*."""
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "ScalarEvent":
            plain = event.style is None or event.style == ""
            value = None if plain and event.value in _NULLS else event.value
            self._named(event, value)
            self._put(value, line)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._open(event, [] if kind == "SequenceStartEvent" else {}, line)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._stack.pop()
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise NotYaml(f"*{event.anchor} names nothing", line)
            self._put(self._anchors[event.anchor], line)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise NotYaml("a second document starts here", line)

    def _open(self, event: Any, container: list[Any] | dict[str, Any], line: int) -> None:
        if len(self._stack) >= _DEEPEST:
            raise NotYaml(f"nested more than {_DEEPEST} deep", line)
        self._named(event, container)
        self._put(container, line)
        self.tree.opened(container, line)
        self._stack.append(_Frame(container))

    def _named(self, event: Any, value: Any) -> None:
        if event.anchor:
            self._anchors[event.anchor] = value

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self.tree.root = value
            return
        frame = self._stack[-1]
        if isinstance(frame.container, list):
            frame.container.append(value)
        elif frame.key is _MISSING:
            self._begin_pair(frame, frame.container, value, line)
        else:
            frame.container[frame.key] = value
            frame.key = _MISSING

    def _begin_pair(self, frame: _Frame, mapping: dict[str, Any], key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise NotYaml("a key is not a text", line)
        if key in mapping:
            raise NotYaml(f"key {key[:40]!r} is given twice", line)
        frame.key = key
