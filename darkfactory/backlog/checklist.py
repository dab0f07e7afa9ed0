"""Markdown checklists: ``- [ ] title #label !P1 {#id}``, indented lines below are the body."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from darkfactory.backlog.boxes import Box, Checklist, read_boxes, width
from darkfactory.backlog.entry import BrokenBacklog, Entry, Found, nearest_key
from darkfactory.domain.counting import listed

_KEY = re.compile(r"^(?P<key>[A-Za-z]+(?:[_ -][A-Za-z]+)?):[ \t]+(?P<value>\S.*)$")
_KEYS = frozenset({"id", "priority", "labels", "paths", "done_when", "blocked_by", "url"})
_LISTS = frozenset({"labels", "paths", "blocked_by"})
_PRIORITY = r"(?:[!@](?P<mark>[Pp][0-4])|[(\[](?P<bracket>[Pp][0-4])[)\]])"
_TAG = re.compile(
    rf"#(?P<label>[A-Za-z][\w:/.+-]*)|\{{#(?P<id>[^{{}}\s]+)\}}|{_PRIORITY}", re.ASCII
)
_FIRST = re.compile(_PRIORITY)
_COMMENT = re.compile("<!--.*?-->")
_MOST_NAMED = 10


def checklist_found(text: str, name: str) -> Found:
    """Return one entry for each box of *text*; boxes indented below one are steps in its body.

    Raises:
        BrokenBacklog: If there are entries of lists and none of them has a box.
    """
    found = read_boxes(text)
    if not found.boxes and (found.bullets or found.nearly):
        raise BrokenBacklog(
            f"{name}: a list, but no line starts with `- [ ]`",
            fix="write each item as `- [ ] title #label`",
        )
    warnings = list(_warnings(found))
    entries = [Entry(_fields(box, warnings), f"{name}:{box.line}") for box in found.boxes]
    return Found(entries, [f"{name}: {warning}" for warning in warnings])


def _warnings(found: Checklist) -> Iterator[str]:
    """Yield what of *found* looks like work and becomes no item."""
    steps = [line for box in found.boxes if not box.closed for line in box.steps]
    lost = [line for box in found.boxes if box.closed for line in box.steps]
    for lines, what in (
        (steps, _STEPS),
        (lost, "open boxes below a ticked one are not worked; untick it, or move them out"),
        (found.nearly, "not boxes, so no items; a box is written `- [ ] title`"),
        (found.bullets, "entries without a box are no items; write `- [ ] title` for what is work"),
        (found.hidden, "boxes in code or in a comment that never ends are no items; close it"),
    ):
        if lines:
            yield f"{_line_numbers(lines)}: {what}"


_STEPS = (
    "boxes below an item are steps of it, for one session together; where each is to be an item, "
    "take the box off the line above them"
)


def _line_numbers(lines: Sequence[int]) -> str:
    numbers = [str(line) for line in sorted(lines)]
    return f"line{'s' if len(lines) > 1 else ''} {listed(numbers, at_most=_MOST_NAMED)}"


def _fields(box: Box, warnings: list[str]) -> dict[str, Any]:
    """Return the keys that a title line and the lines below it say."""
    fields: dict[str, Any] = {"closed": box.closed}
    labels: list[str] = []
    title = _tags(_COMMENT.sub(" ", box.title).strip(), fields, labels)
    lines = _dedented(box.below)
    while lines and (pair := _KEY.match(lines[0])):
        key = pair["key"].lower().replace(" ", "_").replace("-", "_")
        if key not in _KEYS:
            if (meant := nearest_key(key)) in _KEYS:
                warnings.append(
                    f"line {box.line}: `{pair['key']}:` below it is text; did you mean `{meant}:`?"
                )
            break
        value = pair["value"].strip()
        parts = [part.strip() for part in value.split(",")] if key in _LISTS else value
        labels.extend(parts) if key == "labels" else fields.update({key: parts})
        lines.pop(0)
    if box.heads:
        lines.insert(0, f"Part of: {' > '.join(box.heads)}")
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
    filled = [width(line) for line in lines if line.strip()]
    margin = min(filled, default=0)
    cut = [line.expandtabs(4)[margin:].rstrip() if line.strip() else "" for line in lines]
    while cut and not cut[0]:
        cut.pop(0)
    while cut and not cut[-1]:
        cut.pop()
    return cut
