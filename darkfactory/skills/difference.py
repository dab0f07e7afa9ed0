"""What would change if one folder of files took the place of another, as text."""

import difflib
from collections.abc import Iterator, Mapping

_BINARY = 4096


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Return the unified difference of two sets of files by name; binary files are only named."""
    names = sorted(before.keys() | after.keys())
    return "".join(
        line
        for name in names
        if before.get(name) != after.get(name)
        for line in _of_file(name, before.get(name), after.get(name))
    )


def _of_file(name: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    old = "/dev/null" if before is None else f"a/{name}"
    new = "/dev/null" if after is None else f"b/{name}"
    if any(b"\0" in raw[:_BINARY] for raw in (before or b"", after or b"")):
        yield f"Binary files {old} and {new} differ\n"
        return
    had, has = ((raw or b"").decode("utf-8", "replace").splitlines() for raw in (before, after))
    for line in difflib.unified_diff(had, has, old, new, lineterm=""):
        yield f"{line}\n"
