"""Markdown checklists: ``- [ ] title #label !P1 {#id}``, indented lines below are the body."""

import re
from collections.abc import Iterator
from typing import Any

from darkfactory.backlog.entry import BrokenBacklog, Entry

_BOX = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?P<mark>[ xX])\](?:[ \t]+(?P<title>.*))?$"
)
_BULLET = re.compile(r"^[ \t]*[-*+][ \t]+\S")
_FENCE = re.compile(r"^[ \t]*(```|~~~)")
_KEY = re.compile(r"^(?P<key>[a-z]+(?:[_ ][a-z]+)?):[ \t]+(?P<value>\S.*)$")
_KEYS = frozenset({"id", "priority", "labels", "paths", "done_when", "blocked_by", "url"})
_LISTS = frozenset({"labels", "paths", "blocked_by"})
_PRIORITY = r"(?:[!@](?P<mark>[Pp]\d)|[(\[](?P<bracket>[Pp]\d)[)\]])"
_TAG = re.compile(
    rf"#(?P<label>[A-Za-z][\w:/.+-]*)|\{{#(?P<id>[^{{}}\s]+)\}}|{_PRIORITY}", re.ASCII
)
_FIRST = re.compile(_PRIORITY)


def is_checklist(text: str) -> bool:
    """Tell whether *text* has a line with a box."""
    return any(_BOX.match(line) for line in text.split("\n"))


def checklist_entries(text: str, name: str) -> list[Entry]:
    """Return one entry for each box of *text*; boxes indented below one are its body.

    Raises:
        BrokenBacklog: If there are bullets and none of them has a box.
    """
    found = [
        Entry(_fields(title, body, closed=closed), f"{name}:{number}")
        for number, title, body, closed in _boxes(text)
    ]
    if not found and any(_BULLET.match(line) for line in text.split("\n")):
        raise BrokenBacklog(
            f"{name}: a list, but no line starts with `- [ ]`",
            fix="write each item as `- [ ] title #label`",
        )
    return found


def _boxes(text: str) -> Iterator[tuple[int, str, list[str], bool]]:
    """Yield (line number, title, lines below, closed) of each item."""
    current: tuple[int, str, list[str], bool] | None = None
    indent = 0
    fenced = False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        box = None if fenced else _BOX.match(line)
        if _FENCE.match(line):
            fenced = not fenced
        inside = current is not None and (not line.strip() or _width(line) > indent)
        if current is not None and inside:
            current[2].append(line)
            continue
        if current is not None:
            yield current
            current = None
        if box:
            indent = _width(line)
            current = (number, box["title"] or "", [], box["mark"] != " ")
    if current is not None:
        yield current


def _width(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))


def _fields(title: str, below: list[str], *, closed: bool) -> dict[str, Any]:
    """Return the keys that a title line and the lines below it say."""
    fields: dict[str, Any] = {"closed": closed}
    labels: list[str] = []
    title = _tags(title.strip(), fields, labels)
    lines = _dedented(below)
    while lines and (pair := _KEY.match(lines[0])):
        key = pair["key"].replace(" ", "_")
        if key not in _KEYS:
            break
        value = pair["value"].strip()
        parts = [part.strip() for part in value.split(",")] if key in _LISTS else value
        labels.extend(parts) if key == "labels" else fields.update({key: parts})
        lines.pop(0)
    return {**fields, "title": title, "labels": labels, "body": "\n".join(lines)}


def _tags(title: str, fields: dict[str, Any], labels: list[str]) -> str:
    """Take labels, id and priority off the end of *title*, and a priority off its start."""
    words = title.split()
    found: list[str] = []
    while words and (tag := _TAG.fullmatch(words[-1])):
        words.pop()
        if tag["label"]:
            found.append(tag["label"])
        elif tag["id"]:
            fields["id"] = tag["id"]
        else:
            fields["priority"] = tag["mark"] or tag["bracket"]
    labels.extend(reversed(found))
    if words and (first := _FIRST.fullmatch(words[0])):
        fields.setdefault("priority", first["mark"] or first["bracket"])
        words.pop(0)
    return " ".join(words)


def _dedented(lines: list[str]) -> list[str]:
    filled = [_width(line) for line in lines if line.strip()]
    margin = min(filled, default=0)
    cut = [line.expandtabs(4)[margin:].rstrip() if line.strip() else "" for line in lines]
    while cut and not cut[0]:
        cut.pop(0)
    while cut and not cut[-1]:
        cut.pop()
    return cut
