"""Read the backlog: sources in, items out, each id once."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from darkfactory.backlog.boxes import has_box
from darkfactory.backlog.checklist import checklist_found
from darkfactory.backlog.entry import BrokenBacklog, Found, item_of
from darkfactory.backlog.listing import json_entries, json_line_entries, yaml_entries
from darkfactory.backlog.notes import has_front_matter, note_entry, note_files
from darkfactory.backlog.text import clean_line
from darkfactory.backlog.trackers import in_our_words
from darkfactory.domain.counting import listed
from darkfactory.domain.item import Backlog, Item
from darkfactory.errors import UsageError

DEFAULT_SOURCES = ("backlog.yaml", "backlog.md", "backlog")
STDIN = "-"
_LIVE = "github:"
_LARGEST_BYTES = 64 << 20
_GH = "gh issue list --json number,title,body,labels,url"


class BacklogMissing(UsageError):
    """There is nothing to read items from."""

    code = "backlog.missing"


class DuplicateItemId(UsageError):
    """Two items with one id."""

    code = "backlog.duplicate_id"

    def __init__(self, item: str, first: str, second: str) -> None:
        super().__init__(
            f"two items have the id {item!r}: {first} and {second}",
            fix="give one of them another `id`, or remove it",
        )


class LiveForge(UsageError):
    """A source that would have to be asked over the network."""

    code = "backlog.live_forge"

    def __init__(self, source: str) -> None:
        repository = source.removeprefix(_LIVE)
        named = re.fullmatch(r"[\w.-]+/[\w.-]+", repository)
        option = f" --repo {repository}" if named else ""
        super().__init__(
            f"{source[:200]!r}: reading a live forge is not built in yet",
            fix=f"`{_GH}{option} > issues.json`, then use issues.json as the source",
        )


def read_backlog(
    root: Path, sources: Sequence[str] | None, *, stdin: TextIO | None = None
) -> Backlog:
    """Return all items of *sources*, in the order in which they are written.

    Args:
        root: Where relative sources are looked for.
        sources: Files, folders, ``-`` for *stdin*; None: which of :data:`DEFAULT_SOURCES` exist.
        stdin: Read for ``-``; None: the program's own.

    Raises:
        UsageError: If a source is missing, cannot be read or says something no item can be made
            of, or if two items have one id.
    """
    places: dict[str, str] = {}
    items: list[Item] = []
    warnings: list[str] = []
    for source in _existing(root) if sources is None else sources:
        found = _found(root, source, stdin)
        warnings += found.warnings
        for entry in found.entries:
            item = item_of(entry)
            # Ids become file names, and not every file system tells A from a.
            if (first := places.get(item.id.casefold())) is not None:
                raise DuplicateItemId(item.id, first, entry.place)
            places[item.id.casefold()] = entry.place
            items.append(item)
    return Backlog(tuple(items), tuple(map(clean_line, warnings)))


def _existing(root: Path) -> list[str]:
    found = [name for name in DEFAULT_SOURCES if (root / name).exists()]
    if not found:
        raise BacklogMissing(
            f"no backlog in {root}: none of {', '.join(DEFAULT_SOURCES)} exists",
            fix="`df init` writes a first one; or name a source with --from or `backlog:`",
        )
    return found


def _found(root: Path, source: str, stdin: TextIO | None) -> Found:
    if source == STDIN:
        return _in_text(_read_stdin(stdin or sys.stdin), "stdin", suffix="")
    if source.startswith(_LIVE):
        raise LiveForge(source)
    if not source or "\0" in source:
        raise BacklogMissing(f"{source!r} is no source", fix="name a file, a folder or -")
    path = root / os.path.expanduser(source)
    name = clean_line(source)
    if os.path.isdir(path):
        return _in_folder(path, name.rstrip("/"))
    return _in_text(_read_file(path, name), name, suffix=path.suffix.lower())


def _in_folder(folder: Path, name: str) -> Found:
    beads = folder / "issues.jsonl"
    if folder.name == ".beads" and beads.is_file():
        shown = f"{name}/issues.jsonl"
        return in_our_words(json_line_entries(_read_file(beads, shown), shown), shown, beads=True)
    notes, others = note_files(os.fspath(folder))
    found = Found([])
    for file in notes:
        shown = clean_line(os.path.join(name, os.path.relpath(file, folder)))
        text = _read_file(Path(file), shown)
        entry = note_entry(text, shown)
        if entry is not None:
            found.entries.append(entry)
        elif has_box(text):
            found.warnings.append(f"{shown}: boxes in a README are no items; move them to a file")
    if others:
        named = listed([os.path.relpath(file, folder) for file in others])
        found.warnings.append(
            f"{name}: a folder holds one Markdown file an item; left out: {named}"
        )
    return found


def _in_text(text: str, name: str, *, suffix: str) -> Found:
    """Return what *text* holds, whose format *suffix* or else the text itself tells."""
    kind = _SUFFIXES.get(suffix) or _kind_of(text)
    if kind == "checklist":
        if has_front_matter(text):
            entry = note_entry(text, name)
            return Found([entry] if entry else [])
        return checklist_found(text, name)
    return in_our_words(_READERS[kind](text, name), name, beads=".beads/" in name)


_SUFFIXES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".md": "checklist",
    ".markdown": "checklist",
}
_READERS = {
    "yaml": yaml_entries,
    "json": json_entries,
    "lines": json_line_entries,
}


def _kind_of(text: str) -> str:
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        return "json"
    return "checklist" if has_box(text) or has_front_matter(text) else "yaml"


def _read_stdin(stdin: TextIO) -> str:
    try:
        text = stdin.read(_LARGEST_BYTES + 1)
        text.encode()  # undecodable bytes may have been smuggled through as surrogates
    except ValueError as error:
        raise _not_text("stdin", error) from error
    if len(text) > _LARGEST_BYTES:
        raise _too_large("stdin")
    return text.removeprefix("\ufeff")


def _read_file(path: Path, name: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise BacklogMissing(
            f"no backlog {name!r}", fix="name a file or folder that exists, or run `df init`"
        ) from error
    except OSError as error:
        raise BacklogMissing(
            f"cannot read backlog {name!r}: {error.strerror}", fix="check its permissions"
        ) from error
    if len(content) > _LARGEST_BYTES:
        raise _too_large(name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(name, error) from error


def _too_large(name: str) -> BrokenBacklog:
    return BrokenBacklog(
        f"{name}: larger than {_LARGEST_BYTES >> 20} MiB", fix="split it, or export fewer items"
    )


def _not_text(name: str, error: ValueError) -> BrokenBacklog:
    where = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
    return BrokenBacklog(f"{name}: not UTF-8 text{where}", fix=f"save {name} as UTF-8")
