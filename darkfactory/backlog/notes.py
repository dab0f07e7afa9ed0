"""Markdown files with front matter, one item a file."""

import os
import re

from darkfactory.backlog.entry import BrokenBacklog, Entry
from darkfactory.backlog.text import id_of_title, is_safe_id
from darkfactory.backlog.yaml_text import read_yaml

_FRONT = re.compile(r"\A---[ \t]*\n(?P<front>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>\S.*)$", re.MULTILINE)
_LONGEST_NUMBER = 18
_SUFFIXES = (".md", ".markdown")
_OTHER_SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".txt")


def has_front_matter(text: str) -> bool:
    """Tell whether *text* starts with front matter."""
    return _FRONT.match(text) is not None


def note_files(folder: str) -> tuple[list[str], list[str]]:
    """Return the Markdown files below *folder*, ``2-x.md`` before ``10-x.md``, and what is not one.

    The second list holds files that could be meant as items: links, and lists in other formats.
    Hidden files and files of other kinds are in neither.
    """
    found: list[str] = []
    others: list[str] = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path, suffix = os.path.join(here, name), os.path.splitext(name)[1].lower()
            if name.startswith(".") or suffix not in _SUFFIXES + _OTHER_SUFFIXES:
                continue
            taken = suffix in _SUFFIXES and os.path.isfile(path) and not os.path.islink(path)
            (found if taken else others).append(path)
    return sorted(found, key=_natural), sorted(others, key=_natural)


def note_entry(text: str, name: str) -> Entry | None:
    """Return the entry of one file, or None for a README that is no item.

    Raises:
        BrokenBacklog: If its front matter is not a mapping.
    """
    text = text.replace("\r\n", "\n")
    stem = os.path.splitext(os.path.basename(name))[0]
    front = _FRONT.match(text)
    if front is None and stem.lower() == "readme":
        return None
    fields = _front_fields(front["front"], name) if front else {}
    body = text[front.end() :] if front else text
    if "body" in fields:
        raise BrokenBacklog(
            f"{name}:2: the body stands below the front matter", fix="move `body:` below the `---`"
        )
    heading = _HEADING.search(body)
    if fields.get("title") is None:
        named = stem.replace("-", " ").replace("_", " ")
        fields["title"] = heading["title"].rstrip(" \t#") if heading else named
        if heading and not body[: heading.start()].strip():
            body = body[heading.end() :]
    if fields.get("id") is None:
        fields["id"] = stem if is_safe_id(stem) else id_of_title(stem)
    return Entry({**fields, "body": body}, name)


def _front_fields(front: str, name: str) -> dict[str, object]:
    root, _ = read_yaml(front, name, above=1)
    if root is None:
        return {}
    if not isinstance(root, dict):
        raise BrokenBacklog(
            f"{name}:2: the front matter is not a mapping", fix="write `title: …` lines there"
        )
    return root


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers in names by value."""
    parts = re.findall(r"\d+|\D+", path.casefold())
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < _LONGEST_NUMBER else (1, 0, part)
        for part in parts
    ]
