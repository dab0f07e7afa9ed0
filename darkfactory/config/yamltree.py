"""Read YAML from strangers into a tree that knows its lines.

Events of the parser are folded into nodes without recursion, so depth, size and alias expansion
are bounded before anything is built. Words that YAML 1.1 and 1.2 read differently are refused
instead of guessed; keys are always text (``off:`` is a key, not a falsehood).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from darkfactory.config.lines import Lines
from darkfactory.config.repeats import MOST_REPEATED, Repeats
from darkfactory.config.scalars import BadYaml, meaning

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read; *fast*: by the C parser where there is one, which explains errors less."""

    characters: int = 256 * 1024
    nodes: int = 20_000
    depth: int = 32
    fast: bool = False


SETTINGS = Limits()

_FEWER = "use fewer aliases"
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written; *plain* is without quotes, so it may mean a number or a truth."""

    line: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    line: int
    items: "list[Node]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Nodes by key in the order of the text; each entry keeps the line of its key."""

    line: int
    entries: "dict[str, tuple[int, Node]]" = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def parse(text: str, limits: Limits = SETTINGS) -> Node | None:
    """Return the tree of the one document in *text*, or None when it holds nothing.

    Raises:
        BadYaml: If it is not YAML, or too large, too deep, or uses tags or endless aliases.
    """
    import yaml

    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = Lines(text)
    if len(text) > limits.characters:
        raise BadYaml(
            lines.of(limits.characters),
            f"the text is larger than {limits.characters // 1024} KiB",
            "keep long texts in files of their own",
        )
    builder = _Builder(lines, limits)
    loader: Any = None
    try:
        loader = _parser(yaml, text, limits)
        while loader.check_event():
            builder.take(loader.get_event())
    except yaml.YAMLError as error:
        raise builder.unclosed(error) or _not_yaml(error, lines) from error
    except (ValueError, OverflowError) as error:  # PyYAML feeds "\UFFFFFFFF" to chr() unchecked
        raise BadYaml(
            lines.of(getattr(loader, "index", 0)),
            "an escape or a version that YAML does not have",
            "write it out",
        ) from error
    return builder.root


def _parser(yaml: Any, text: str, limits: Limits) -> Any:
    return ((limits.fast and getattr(yaml, "CSafeLoader", None)) or yaml.SafeLoader)(text)


def plain(
    node: Node, limits: Limits = SETTINGS, meaning: Callable[[str, int], Any] = meaning
) -> Any:
    """Return *node* as dict, list, and what words mean: text, number, truth or None.

    Args:
        meaning: What a word without quotes on a line stands for.

    Raises:
        BadYaml: If aliases expand too far, or a word means different things to YAML 1.1 and 1.2.
    """
    return _Resolver(limits, meaning).value(node, 0)


def line_at(node: Node, path: Path) -> int:
    """Return the line of what *path* names below *node*, or of the nearest thing above it."""
    line = node.line
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            line, node = node.entries[part]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.line
        else:
            break
    return line


def _not_yaml(error: Any, lines: Lines) -> BadYaml:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    mark = getattr(error, "problem_mark", None)
    if "end of stream" in said:  # what was never closed helps more than where the text ends
        mark = getattr(error, "context_mark", None) or mark
    index = mark.index if mark is not None else getattr(error, "position", 0)
    if "'\\t'" in said:
        return BadYaml(lines.of(index), "a tab in the indentation", "indent with spaces")
    if "got '?'" in said:
        problem = "a text without quotes that ends with `?` inside of [ ] or { }"
        return BadYaml(lines.of(index), problem, 'quote it, as in ["Would I maintain this?"]')
    return BadYaml(
        lines.of(index),
        f"not YAML: {said}",
        "check the indentation there, and quote texts that hold `: `, `#` or a leading `*` or `&`",
    )


@dataclass(slots=True)
class _Frame:
    """A collection that is still open: its pending key, and what ``<<`` will add to it."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    merged: list[Mapping] = field(default_factory=list)


class _Builder:
    """Folds parser events into nodes; an anchor is known once its node is whole."""

    def __init__(self, lines: Lines, limits: Limits) -> None:
        self.root: Node | None = None
        self._lines = lines
        self._limits = limits
        self._open: list[_Frame] = []
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self._repeats = Repeats()

    def take(self, event: Any) -> None:
        """Fold one parser event in."""
        kind = type(event).__name__
        line = self._lines.of(event.start_mark.index) if event.start_mark else 1
        if self._repeats.take(event):
            raise BadYaml(line, f"aliases repeat more than {MOST_REPEATED} values", _FEWER)
        if kind == "DocumentStartEvent" and self.root is not None:
            raise BadYaml(line, "a second document begins here", "keep one document in the file")
        if kind == "AliasEvent":
            self._place(self._aliased(event.anchor, line), line)
        elif kind == "ScalarEvent":
            self._finish(_scalar(event, line), event.anchor)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin(event, line)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._end(self._open.pop())

    def unclosed(self, error: Any) -> BadYaml | None:
        """Return what to say when *error* is that the text ends inside a flow collection."""
        if not self._open or "<stream end>" not in (getattr(error, "problem", None) or ""):
            return None
        return BadYaml(self._open[-1].node.line, "a [ or { that is never closed", "close it")

    def _begin(self, event: Any, line: int) -> None:
        _refuse_tag(event, line)
        _refuse_depth(len(self._open) + 1, line, self._limits)
        listed = type(event).__name__ == "SequenceStartEvent"
        self._open.append(_Frame(Sequence(line) if listed else Mapping(line), event.anchor))

    def _end(self, frame: _Frame) -> None:
        if isinstance(frame.node, Mapping):
            for other in frame.merged:
                self._count(frame.node.line, len(other.entries))
                for key, entry in other.entries.items():
                    frame.node.entries.setdefault(key, entry)
        self._finish(frame.node, frame.anchor)

    def _finish(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._place(node, node.line)

    def _place(self, node: Node, line: int) -> None:
        self._count(line, 1)
        if not self._open:
            self.root = node
            return
        frame = self._open[-1]
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = _key(node, line)
        else:
            key, frame.key = frame.key, None
            _enter(frame, frame.node, key, node)

    def _aliased(self, anchor: str, line: int) -> Node:
        if anchor not in self._anchors:
            raise BadYaml(
                line,
                f"*{anchor[:60]} refers to nothing that ends above it",
                f"write &{anchor[:60]} at the value it should repeat",
            )
        return self._anchors[anchor]

    def _count(self, line: int, more: int) -> None:
        self._nodes += more
        _refuse_amount(self._nodes, line, self._limits)


def _scalar(event: Any, line: int) -> Scalar:
    _refuse_tag(event, line)
    if _NOT_TEXT.search(event.value):
        raise BadYaml(
            line, "a NUL or half a surrogate pair, which is no text", "write the character itself"
        )
    return Scalar(line, event.value, plain=not event.style)


def _key(node: Node, line: int) -> Scalar:
    if not isinstance(node, Scalar) or not node.text:
        raise BadYaml(line, "a key that is no plain name", "write `name: value`")
    return Scalar(line, node.text, node.plain)


def _enter(frame: _Frame, node: Mapping, key: Scalar, value: Node) -> None:
    if key.plain and key.text == "<<":
        frame.merged += _mappings(value, key.line)
        return
    if key.text in node.entries:
        raise BadYaml(
            key.line,
            f"the key {key.text[:60]!r} is here twice; the first is on line "
            f"{node.entries[key.text][0]}",
            "keep one of the two",
        )
    node.entries[key.text] = (key.line, value)


def _mappings(value: Node, line: int) -> list[Mapping]:
    found = value.items if isinstance(value, Sequence) else [value]
    mappings = [node for node in found if isinstance(node, Mapping)]
    if len(mappings) != len(found):
        raise BadYaml(line, "`<<` merges only mappings", "write `<<: *name` of a mapping above")
    return mappings


def _refuse_tag(event: Any, line: int) -> None:
    if event.tag is not None:
        raise BadYaml(line, f"a tag ({event.tag[:60]})", "leave the tag out; quote what is text")


def _refuse_amount(nodes: int, line: int, limits: Limits) -> None:
    if nodes > limits.nodes:
        raise BadYaml(line, f"more than {limits.nodes} values", _FEWER)


def _refuse_depth(depth: int, line: int, limits: Limits) -> None:
    if depth > limits.depth:
        raise BadYaml(line, f"more than {limits.depth} levels deep", "flatten it")


class _Resolver:
    """Turns nodes into plain values, counting each visit: an alias costs what it expands to."""

    def __init__(self, limits: Limits, meaning: Callable[[str, int], Any]) -> None:
        self._visits = 0
        self._limits = limits
        self._meaning = meaning

    def value(self, node: Node, depth: int) -> Any:
        """Return *node* as a plain value."""
        self._visits += 1
        _refuse_amount(self._visits, node.line, self._limits)
        _refuse_depth(depth, node.line, self._limits)
        if isinstance(node, Sequence):
            return [self.value(item, depth + 1) for item in node.items]
        if isinstance(node, Mapping):
            return {key: self.value(item, depth + 1) for key, (_, item) in node.entries.items()}
        return self._meaning(node.text, node.line) if node.plain else node.text
