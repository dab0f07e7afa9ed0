"""Backlogs that are lists: YAML, JSON, JSON Lines."""

import json
from collections.abc import Iterator
from typing import Any

from darkfactory.backlog.entry import BrokenBacklog, Entry
from darkfactory.backlog.yaml_text import read_yaml
from darkfactory.config.yamltree import line_at

_SHAPE = "write a list of items, or a mapping with `items:`"
_OUTER_KEYS = frozenset({"version", "items"})


def yaml_entries(text: str, name: str) -> list[Entry]:
    """Return the entries of the YAML *text* called *name*.

    Raises:
        BrokenBacklog: If it is not YAML or not a list of items.
    """
    root, tree = read_yaml(text, name)
    if tree is None:
        return []
    above = ("items",) if isinstance(root, dict) else ()
    return [
        _entry(part, f"{name}:{line_at(tree, (*above, at))}")
        for at, part in enumerate(_listed(root, name))
    ]


def json_entries(text: str, name: str) -> list[Entry]:
    """Return the entries of the JSON list, or else of the JSON Lines, *text* called *name*.

    Raises:
        BrokenBacklog: If it is neither, or not a list of items.
    """
    try:
        root = _decoded(text)
    except ValueError as error:
        if _starts_with_whole_line(text):
            return list(_line_entries(text, name))
        raise BrokenBacklog(
            f"{name}: not JSON: {error}", fix="write it again with the program that made it"
        ) from error
    listed = _listed(root, name)
    return [_entry(part, f"{name} item {number}") for number, part in enumerate(listed, start=1)]


def json_line_entries(text: str, name: str) -> list[Entry]:
    """Return the entries of the JSON Lines *text* called *name*.

    Raises:
        BrokenBacklog: If a line is not JSON or not an item.
    """
    return list(_line_entries(text, name))


def _line_entries(text: str, name: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            yield _entry(_decoded(line), place)
        except ValueError as error:
            raise BrokenBacklog(
                f"{place}: not JSON: {error}", fix="write one JSON object a line"
            ) from error


def _decoded(text: str) -> Any:
    """Return the JSON of *text*.

    Raises:
        ValueError: If it is not JSON, repeats a key, or nests deeper than any backlog.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} is here twice")
    return found


def _starts_with_whole_line(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        return isinstance(_decoded(first), dict)
    except ValueError:
        return False


def _listed(root: Any, name: str) -> list[Any]:
    """Return the list of items that *root* is or holds."""
    if root is None:
        return []
    if isinstance(root, dict) and "items" in root:
        for key in root:
            if key not in _OUTER_KEYS:
                raise BrokenBacklog(f"{name}: unknown key {key[:80]!r} beside `items`", fix=_SHAPE)
        root = root["items"] if root["items"] is not None else []
    elif isinstance(root, dict) and "title" in root:
        return [root]
    if not isinstance(root, list):
        raise BrokenBacklog(f"{name}: not a list of items", fix=_SHAPE)
    return root


def _entry(part: Any, place: str) -> Entry:
    if isinstance(part, str):
        return Entry({"title": part}, place)
    if not isinstance(part, dict):
        raise BrokenBacklog(
            f"{place}: an item is a mapping with a title, this is not",
            fix="write `- title: …` for each item",
        )
    return Entry(part, place)
