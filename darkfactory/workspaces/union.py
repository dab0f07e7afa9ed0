"""Let listed files keep the lines of both sides where they conflict, by our word alone.

Git takes the way to merge a file from attributes. Those of a repository or an agent decide nothing
here: a bare repository reads none, and newer gits are told to. Ours name single paths.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from darkfactory.domain.globs import matching

NO_ATTRIBUTES = ("-c", "attr.tree=.none")
"""No such tree: git 2.43 and newer then read no attributes of a commit."""

_SPECIAL = re.compile(rb"[*?\[\\]")
_PLAIN = range(0x20, 0x7F)


def listed_among(paths: Iterable[str], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *paths* that lanes.yaml lets merge by union."""
    return tuple(path for path in paths if matching(path, patterns)) if patterns else ()


@contextmanager
def by_union(paths: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Give the options for git by which the files *paths*, and no others, merge by union."""
    with tempfile.TemporaryDirectory(prefix="df-union-") as folder:
        file = Path(folder, "attributes")
        file.write_bytes(b"".join(b'"%s" merge=union\n' % _pattern(path) for path in paths))
        yield ("-c", f"core.attributesFile={file}")


def _pattern(path: str) -> bytes:
    """Return the pattern that *path* alone matches, as it stands between quotes."""
    literal = b"/" + _SPECIAL.sub(rb"\\\g<0>", os.fsencode(path))
    return b"".join(
        bytes((byte,)) if byte in _PLAIN and byte not in b'"\\' else b"\\%03o" % byte
        for byte in literal
    )
