"""Reads a mock script from YAML, and says line and key of what is wrong with it.

The format::

    sessions:
      - marker: ITEM-1          # picked when a user's message holds this text
        turns:                  # one for each answer of the model; one without `do` ends the turn
          - say: Looking.       # {cwd} and {last_result} are filled in everywhere
            think: a thought
            do:                 # really done, in this order
              - read: "{cwd}/calc.py"
              - edit: {path: "{cwd}/calc.py", old: "a - b", new: "a + b"}
              - write: {path: "{cwd}/new.txt", content: "hello"}
              - shell: python -m pytest -q
            sleep: 0.5          # seconds, after the actions; a message of a user ends it
            usage: {input: 1200, output: 40, cached: 0, reasoning: 0}
            repeat: 3           # or forever: true
            fault: {kind: exit, status: 3}   # exit | crash | hang {seconds} | garbage;
                                             # times: only so often in a conversation
    default: {turns: [{say: nothing to do}]}   # for messages without a marker

Of several markers a new one wins over one that was seen before, then the last in the script.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from darkfactory.config.repeats import MOST_REPEATED, Repeats
from darkfactory.errors import UsageError

_MAX_DEPTH = 32
_TAG = "tag:yaml.org,2002:"
_Reader = Callable[[Any, str], Any]


class BadScript(UsageError):
    """A mock script that cannot be played."""

    code = "mock.script"

    def __init__(self, problem: str, *, name: str, line: int, fix: str) -> None:
        super().__init__(f"{name} line {line}: {problem}", fix=fix)


class _Wrong(Exception):
    """What is wrong at one node; becomes a BadScript that names the file."""

    def __init__(self, node: Any, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.line = node.start_mark.line + 1
        self.fix = fix


def parse_script(text: str, name: str = "the mock script") -> dict[str, Any]:
    """Return the script in YAML (or JSON) *text* as plain values.

    Args:
        name: What errors call the file.

    Raises:
        BadScript: If it is no YAML, or a key or a value cannot be.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_bombs(yaml.parse(text, loader))
        root = yaml.compose(text, loader)
        script: dict[str, Any] = _SCRIPT(root, "") if root is not None else {}
        _refuse_twins(root, script)
    except _Wrong as wrong:
        raise BadScript(str(wrong), name=name, line=wrong.line, fix=wrong.fix) from wrong
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or "cannot be read"
        raise BadScript(
            f"not YAML: {said}",
            name=name,
            line=mark.line + 1 if mark else 1,
            fix="check the indentation there, and quote texts that hold `: ` or `#`",
        ) from error
    return script


def _refuse_bombs(events: Iterable[Any]) -> None:
    """Look at depth and aliases before anything recurses: the C parser of yaml would crash."""
    depth, repeats = 0, Repeats()
    for event in events:
        if repeats.take(event):
            said = f"aliases repeat more than {MOST_REPEATED} values"
            raise _Wrong(event, said, "use fewer aliases")
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _MAX_DEPTH:
            raise _Wrong(event, f"more than {_MAX_DEPTH} levels deep", "flatten it")


def _refuse_twins(root: Any, script: Mapping[str, Any]) -> None:
    seen: set[str] = set()
    for index, session in enumerate(script.get("sessions", ())):
        if session["marker"] in seen:
            fix = "put the turns of one marker into one entry"
            raise _Wrong(root, f"sessions.{index}.marker is a second {session['marker']!r}", fix)
        seen.add(session["marker"])


def _text(node: Any, where: str) -> str:
    """Any scalar as written, so that ``shell: true`` is the command ``true``."""
    if node.id != "scalar" or node.tag == f"{_TAG}null":
        raise _Wrong(node, f"{where} must be text", "write the text there, in quotes if need be")
    return str(node.value)


def _marker(node: Any, where: str) -> str:
    text = _text(node, where)
    if not text.strip():
        raise _Wrong(node, f"{where} is empty", "write a text that only the wanted prompt holds")
    return text


def _plain(tags: Sequence[str], what: str, least: float = 0) -> _Reader:
    def read(node: Any, where: str) -> Any:
        from yaml.constructor import SafeConstructor

        fix = f"write {what}, {least} or more"
        if node.tag not in [f"{_TAG}{tag}" for tag in tags]:
            raise _Wrong(node, f"{where} must be {what}", fix)
        value = SafeConstructor().construct_object(node)
        if not value >= least:  # also refuses .nan
            raise _Wrong(node, f"{where} is {value}", fix)
        return value

    return read


def _truth(node: Any, where: str) -> bool:
    if node.tag != f"{_TAG}bool":
        raise _Wrong(node, f"{where} must be true or false", "write true or false")
    return str(node.value).lower() in ("true", "yes", "on")


def _one_of(*known: str) -> _Reader:
    def read(node: Any, where: str) -> str:
        text = _text(node, where)
        if text not in known:
            raise _Wrong(node, f"{where} is {text!r}", f"use one of: {', '.join(known)}")
        return text

    return read


def _list(reader: _Reader) -> _Reader:
    def read(node: Any, where: str) -> list[Any]:
        if node.id != "sequence":
            raise _Wrong(node, f"{where} must be a list", "begin each entry with `- `")
        return [reader(part, f"{where}.{index}") for index, part in enumerate(node.value)]

    return read


def _mapping(readers: Mapping[str, _Reader], required: Sequence[str] = ()) -> _Reader:
    def read(node: Any, where: str) -> dict[str, Any]:
        from yaml.constructor import SafeConstructor

        known = ", ".join(readers)
        if node.id != "mapping":
            raise _Wrong(node, f"{where or 'it'} must be a mapping", f"keys there are: {known}")
        SafeConstructor().flatten_mapping(node)
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _text(key_node, f"a key of {where}")
            place = f"{where}.{key}" if where else key
            if key not in readers:
                raise _Wrong(key_node, f"{place} is no key{_hint(key, readers)}", f"use: {known}")
            values[key] = readers[key](value_node, place)
        missing = next((key for key in required if key not in values), None)
        if missing:
            raise _Wrong(node, f"{where or 'it'} has no {missing}", f"add {missing}")
        return values

    return read


def _hint(key: str, readers: Mapping[str, _Reader]) -> str:
    near = difflib.get_close_matches(key, readers, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _action(node: Any, where: str) -> dict[str, Any]:
    values: dict[str, Any] = _ACTIONS(node, where)
    if len(values) != 1:
        raise _Wrong(node, f"{where} must be one action", "begin each action with `- `")
    return values


_whole = _plain(["int"], "a whole number")
_seconds = _plain(["int", "float"], "seconds")
_ACTIONS = _mapping(
    {
        "shell": _text,
        "read": _text,
        "write": _mapping({"path": _text, "content": _text}, ["path", "content"]),
        "edit": _mapping({"path": _text, "old": _text, "new": _text}, ["path", "old", "new"]),
    }
)
_FAULT = _mapping(
    {
        "kind": _one_of("exit", "hang", "garbage", "crash"),
        "status": _whole,
        "seconds": _seconds,
        "times": _whole,
    },
    ["kind"],
)
_TURN = _mapping(
    {
        "say": _text,
        "think": _text,
        "do": _list(_action),
        "sleep": _seconds,
        "usage": _mapping(dict.fromkeys(("input", "output", "cached", "reasoning"), _whole)),
        "repeat": _plain(["int"], "a whole number", 1),
        "forever": _truth,
        "fault": _FAULT,
    }
)
_TURNS = {"turns": _list(_TURN)}
_SCRIPT = _mapping(
    {
        "sessions": _list(_mapping({"marker": _marker, **_TURNS}, ["marker", "turns"])),
        "default": _mapping(_TURNS, ["turns"]),
        "side": _text,
    }
)
