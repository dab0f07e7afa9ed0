"""Markdown files with front matter, one item a file."""

import os
import re
from collections.abc import Iterator

from darkfactory.backlog.entry import BrokenBacklog, Entry
from darkfactory.backlog.text import id_of_title, is_safe_id
from darkfactory.backlog.yaml_text import read_yaml

_FRONT = re.compile(r"\A---[ \t]*\n(?P<front>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>\S.*)$", re.MULTILINE)
_LONGEST_NUMBER = 18
_SUFFIXES = (".md", ".markdown")


def has_front_matter(text: str) -> bool:
    """Tell whether *text* starts with front matter."""
    return _FRONT.match(text) is not None


def note_files(folder: str) -> Iterator[str]:
    """Yield the Markdown files below *folder*, ``2-x.md`` before ``10-x.md``.

    Hidden files, what is not a regular file and links that lead elsewhere are passed over.
    """
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            path
            for name in names
            if name.lower().endswith(_SUFFIXES) and not name.startswith(".")
            if os.path.isfile(path := os.path.join(here, name)) and not os.path.islink(path)
        ]
    return iter(sorted(found, key=_natural))


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
