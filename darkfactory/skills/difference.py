"""What would change if one folder of files took the place of another, as text."""

import difflib
from collections.abc import Iterator, Mapping

_BINARY = 4096
_CRLF = "(lines end in CRLF)"


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Return the unified difference of two sets of files by name; binary files are only named.

    Lines end in a newline and nothing else. A file whose lines all end in CRLF is shown without
    them and said to be one; any other carriage return stays, and so does what is no UTF-8, as an
    escape: two files that differ never look the same.
    """
    names = sorted(before.keys() | after.keys())
    return "".join(
        line
        for name in names
        if before.get(name) != after.get(name)
        for line in _of_file(name, before.get(name), after.get(name))
    )


def _of_file(name: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    shown = name if name.isprintable() else repr(name)[1:-1]  # no name makes a line of its own
    old = "/dev/null" if before is None else f"a/{shown}"
    new = "/dev/null" if after is None else f"b/{shown}"
    if any(b"\0" in raw[:_BINARY] for raw in (before or b"", after or b"")):
        yield f"Binary files {old} and {new} differ\n"
        return
    sides = [raw for raw in (before, after) if raw]
    crlf = bool(sides) and all(map(_is_crlf, sides))
    had, has = (_lines(raw or b"", crlf=crlf) for raw in (before, after))
    was, is_ = (_CRLF if crlf and raw else "" for raw in (before, after))
    for line in difflib.unified_diff(had, has, old, new, was, is_, lineterm=""):
        yield f"{line}\n"
    if not had and not has:
        yield f"--- {old}\n+++ {new}\n"  # an empty file, which has no line to show


def _is_crlf(raw: bytes) -> bool:
    pairs = raw.count(b"\r\n")
    return pairs > 0 and pairs == raw.count(b"\n") == raw.count(b"\r")


def _lines(raw: bytes, *, crlf: bool) -> list[str]:
    text = raw.decode("utf-8", "backslashreplace")
    lines = (text.replace("\r\n", "\n") if crlf else text).split("\n")
    if lines[-1]:
        lines[-1] += "\n\\ No newline at end of file"
    else:
        lines.pop()
    return lines
