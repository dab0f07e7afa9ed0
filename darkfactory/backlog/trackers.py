"""Entries of other programs said with our keys: GitHub issues and beads.

Their keys are theirs: what we do not use is passed over, not refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from darkfactory.backlog.entry import Entry, Found
from darkfactory.backlog.text import clean_line

_BEADS_KEYS = frozenset({"issue_type", "dependencies", "created_at"})
_BLOCKING = frozenset({"blocks", "conditional-blocks", "waits-for"})
_NOT_WORK = frozenset({"message", "merge-request", "molecule", "gate", "event"})
_DEEPEST_FAMILY = 32
_BEADS_SECTIONS = (("design", "Design"), ("notes", "Notes"))


def in_our_words(entries: Sequence[Entry], name: str, *, beads: bool = False) -> Found:
    """Return *entries* by our keys, whichever program wrote them.

    Args:
        entries: All entries of one source: parents hand their blockers down.
        name: What the source is called.
        beads: The file is known to be of beads.
    """
    parents = _blocked_parents(entries)
    told: list[Entry] = []
    passed = 0
    for entry in entries:
        if isinstance(entry.fields.get("number"), int):
            if "pull_request" in entry.fields:
                passed += 1
            else:
                told.append(Entry(_github(entry.fields), entry.place))
        elif beads or _BEADS_KEYS & entry.fields.keys():
            told.append(Entry(_beads(entry.fields, parents), entry.place))
        else:
            told.append(entry)
    return Found(told, [f"{name}: pull requests are no items: {passed} left out"] if passed else [])


def _github(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of ``gh issue list --json`` or of the REST interface."""
    labels = fields.get("labels")
    return {
        "id": f"gh-{fields['number']}",
        "title": fields.get("title"),
        "body": fields.get("body"),
        "labels": [name for label in _list(labels) if (name := _label_name(label))],
        "url": _web_address(fields.get("html_url") or fields.get("url")),
        "closed": str(fields.get("state")).upper() in ("CLOSED", "MERGED"),
    }


def _label_name(label: Any) -> str | None:
    name = label.get("name") if isinstance(label, dict) else label
    return name if isinstance(name, str) else None


def _beads(fields: Mapping[str, Any], parents: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a line of ``.beads/issues.jsonl``."""
    kind = _text(fields.get("issue_type"))
    labels = [label for label in _list(fields.get("labels")) if isinstance(label, str)]
    if kind and kind not in labels:
        labels.append(kind)
    sections = [_text(fields.get("description"))]
    sections += [
        f"## {heading}\n{text}"
        for key, heading in _BEADS_SECTIONS
        if (text := _text(fields.get(key)).strip())
    ]
    status = fields.get("status") or "open"
    blockers = [*_blockers(fields), *parents.get(str(fields.get("id")), [])]
    if kind in _NOT_WORK and status == "open":
        status = kind
    elif status == "blocked" and blockers:
        status = "open"  # its blockers say so already, and know when it ends
    return {
        "id": fields.get("id"),
        "title": fields.get("title"),
        "body": "\n\n".join(section for section in sections if section.strip()),
        "labels": labels,
        "priority": fields.get("priority"),
        "done_when": fields.get("acceptance_criteria"),
        "blocked_by": blockers,
        "url": _web_address(fields.get("external_ref")),
        "status": status,
    }


def _blockers(fields: Mapping[str, Any]) -> list[str]:
    return [other for other, kind in _dependencies(fields) if kind in _BLOCKING and other]


def _dependencies(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield (id, kind) of each dependency; beads writes the pair in two ways."""
    for one in _list(fields.get("dependencies")):
        if isinstance(one, str):
            yield one, "blocks"
        elif isinstance(one, dict):
            other = one.get("depends_on_id") or one.get("id")
            kind = one.get("type") or one.get("dep_type") or one.get("dependency_type") or "blocks"
            if isinstance(other, str) and isinstance(kind, str):
                yield other, kind


def _blocked_parents(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """Return for each id the blockers of all its parents: a blocked epic blocks its children."""
    parent: dict[str, str] = {}
    own: dict[str, list[str]] = {}
    for entry in entries:
        name = entry.fields.get("id")
        if isinstance(name, str):
            own[name] = _blockers(entry.fields)
            for other, kind in _dependencies(entry.fields):
                if kind == "parent-child":
                    parent[name] = other
    handed: dict[str, list[str]] = {}
    for name in parent:
        above, seen = parent.get(name), {name}
        while above is not None and above not in seen and len(seen) <= _DEEPEST_FAMILY:
            seen.add(above)
            handed.setdefault(name, []).extend(one for one in own.get(above, []) if one != name)
            above = parent.get(above)
    return handed


def _web_address(value: Any) -> str | None:
    """Return *value* where it is a web address; trackers keep other references there, too."""
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return value if value == clean_line(value) and " " not in value else None
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
