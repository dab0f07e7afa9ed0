"""One entry of a backlog as it was written, and the item it stands for."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from darkfactory.backlog.text import (
    clean_line,
    clean_text,
    id_fault,
    id_of_title,
    is_safe_id,
    short_title,
)
from darkfactory.domain.item import PRIORITIES, Item
from darkfactory.errors import UsageError

KEYS = (
    "id",
    "title",
    "body",
    "labels",
    "priority",
    "paths",
    "done_when",
    "blocked_by",
    "url",
    "status",
    "closed",
)
_MEANT = {
    "acceptance": "done_when",
    "acceptance_criteria": "done_when",
    "blockers": "blocked_by",
    "dependencies": "blocked_by",
    "depends_on": "blocked_by",
    "description": "body",
    "done": "closed",
    "files": "paths",
    "link": "url",
    "name": "title",
    "state": "status",
    "tags": "labels",
}
_WORDS = {
    "critical": "P0",
    "critical-urgent": "P0",
    "urgent": "P0",
    "highest": "P0",
    "high": "P1",
    "important-soon": "P1",
    "medium": "P2",
    "normal": "P2",
    "important-longterm": "P2",
    "low": "P3",
    "lowest": "P3",
    "backlog": "P3",
}
_PRIORITY_LABEL = re.compile(r"(?:prio(?:rity)?[\s:/_=-]+)(.+)", re.IGNORECASE)
_OPEN = frozenset({"open", "todo", "to do", "new", "ready", "reopened", "in progress"})
_CLOSED = frozenset({"closed", "done", "tombstone", "merged", "resolved", "completed"})


class BrokenBacklog(UsageError):
    """A backlog that says something no item can be made of; names the place."""

    code = "backlog.broken"


class BadItemId(UsageError):
    """An id that could not be a branch name or a file name."""

    code = "backlog.bad_id"

    def __init__(self, place: str, item: str) -> None:
        super().__init__(
            f"{place}: {item[:80]!r} cannot be an item's id: {id_fault(item)}",
            fix=f"write another one, such as {id_of_title(item)!r}",
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What one place of a backlog says, by our keys; *place* is a file and line for people."""

    fields: Mapping[str, Any]
    place: str

    def broken(self, problem: str, fix: str) -> BrokenBacklog:
        """Return the error that says why this entry is no item."""
        return BrokenBacklog(f"{self.place}: {problem}", fix=fix)


@dataclass(frozen=True, slots=True)
class Found:
    """What a source holds: its entries, and what of it could be meant as one and is none."""

    entries: list[Entry]
    warnings: list[str] = field(default_factory=list)


def item_of(entry: Entry) -> Item:
    """Return the item of *entry*.

    Raises:
        UsageError: If a key is unknown, a value has the wrong shape or the id is not safe.
    """
    fields = entry.fields
    for key in fields:
        if key not in KEYS:
            raise entry.broken(f"unknown key {clean_line(key)[:80]!r}", _nearest_key(key))
    title = clean_line(_text(entry, "title") or "")
    if not title:
        raise entry.broken("the item has no title", "give it a `title:`")
    labels = tuple(dict.fromkeys(_texts(entry, "labels", commas=True)))
    closed, held = _standing(entry)
    return Item(
        id=_id(entry, title),
        title=short_title(title),
        body=clean_text(_text(entry, "body") or ""),
        labels=labels,
        priority=_priority(entry, labels),
        paths=tuple(path.removeprefix("./") for path in _texts(entry, "paths")),
        done_when=clean_text(_text(entry, "done_when") or "") or None,
        blocked_by=tuple(dict.fromkeys(_blocker(text) for text in _texts(entry, "blocked_by"))),
        url=_url(entry),
        closed=closed,
        held=held,
    )


def nearest_key(key: str) -> str | None:
    """Return the key that whoever wrote *key* probably means, or None."""
    meant = _MEANT.get(key.lower())
    near = [meant] if meant else difflib.get_close_matches(key.lower(), KEYS, n=1, cutoff=0.6)
    return near[0] if near else None


def _nearest_key(key: str) -> str:
    near = nearest_key(key)
    return f"did you mean {near!r}?" if near else f"use one of: {', '.join(KEYS)}"


def _text(entry: Entry, key: str) -> str | None:
    value = entry.fields.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise entry.broken(f"{key} is {_kind(value)}, not a text", f"write {key} as one text")


def _texts(entry: Entry, key: str, *, commas: bool = False) -> list[str]:
    """Return the texts of a list; one text alone is a list of one."""
    value = entry.fields.get(key)
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",") if commas else [value]
    if not isinstance(value, list | tuple):
        raise entry.broken(f"{key} is {_kind(value)}, not a list", f"write {key}: [one, two]")
    cleaned = [clean_line(_text(Entry({key: part}, entry.place), key) or "") for part in value]
    return [text for text in cleaned if text]


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"{value!r}"[:40]


def _id(entry: Entry, title: str) -> str:
    written = clean_line(_text(entry, "id") or "")
    if not written:
        return id_of_title(title)
    if not is_safe_id(written):
        raise BadItemId(entry.place, written)
    return written


def _blocker(text: str) -> str:
    """Return the id that *text* names: an id, ``#12`` of a forge, or an item's title."""
    if re.fullmatch(r"#\d{1,18}", text):
        return f"gh-{text[1:]}"
    return text if is_safe_id(text) else id_of_title(text)


def _priority(entry: Entry, labels: tuple[str, ...]) -> str:
    written = clean_line(_text(entry, "priority") or "")
    if not written:
        found = [priority for label in labels if (priority := _label_priority(label))]
        return min(found, default="P2")
    known = _known_priority(written)
    if known is None:
        raise entry.broken(
            f"priority {written[:40]!r} is not known", f"use one of: {', '.join(PRIORITIES)}"
        )
    return known


def _label_priority(label: str) -> str | None:
    if label.upper() in PRIORITIES:
        return label.upper()
    named = _PRIORITY_LABEL.fullmatch(label)
    return _known_priority(named[1]) if named else None


def _known_priority(text: str) -> str | None:
    """Return P0 to P3 for ``p1``, ``1`` (4 is backlog to trackers: P3) or a word like ``high``."""
    text = text.strip().lower()
    if re.fullmatch(r"p?[0-4]", text):
        return PRIORITIES[min(int(text[-1]), len(PRIORITIES) - 1)]
    return _WORDS.get(text)


def _standing(entry: Entry) -> tuple[bool, str | None]:
    """Return whether the item is closed, and why it is held although it is open."""
    closed = entry.fields.get("closed")
    if isinstance(closed, str):
        closed = {"true": True, "yes": True, "false": False, "no": False}.get(
            closed.lower(), closed
        )
    if closed is not None and not isinstance(closed, bool):
        raise entry.broken(f"closed is {_kind(closed)}", "write closed: true or closed: false")
    status = clean_line(_text(entry, "status") or "open")
    plain = status.lower().replace("_", " ").replace("-", " ")
    if closed or plain in _CLOSED:
        return True, None
    return False, None if plain in _OPEN else f"its status is {status[:40]!r}"


def _url(entry: Entry) -> str | None:
    url = (_text(entry, "url") or "").strip()
    if not url:
        return None
    if not re.fullmatch(r"https?://[^\s\x00-\x20\x7f-\x9f]{1,2000}", url) or url != clean_line(url):
        raise entry.broken(f"url {clean_line(url)[:80]!r} is not a web address", "write https://…")
    return url
