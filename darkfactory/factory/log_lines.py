"""The lines of a file that should be a log; what is none is told before it is read through."""

from collections.abc import Iterator
from typing import Protocol

from darkfactory.domain.counting import counted
from darkfactory.errors import UsageError

_LOOKED_AT = 4096
_LONGEST = 64 << 20
_BLANK = 1000
_PACKED = {
    b"\x1f\x8b": ("gzip", "zcat"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstdcat"),
    b"\xfd7zXZ\x00": ("xz", "xzcat"),
    b"BZh": ("bzip2", "bzcat"),
}


class Lines(Protocol):
    """What gives a log's bytes: a file that is open for reading."""

    def readline(self, limit: int, /) -> bytes:
        """Return the next line, or *limit* bytes of it; nothing at the end."""
        ...


class NotALog(UsageError):
    """A file whose first bytes or lines cannot be those of a log."""

    code = "waffle.not_a_log"

    def __init__(self, name: str, why: str, *, fix: str = "") -> None:
        super().__init__(
            f"{name} is no log that can be scored: {why}",
            fix=fix or "name JSON Lines, such as .darkfactory/streams/s/ID.jsonl",
        )


def lines_of(file: Lines, *, name: str) -> Iterator[bytes]:
    """Yield the lines of *file*.

    Raises:
        NotALog: If it is compressed or no text, if a line has no end, or if there is no JSON object
            in the first lines.
    """
    line, seen, objects = file.readline(_LOOKED_AT), 0, False
    _refuse_packed(line, name)
    while line:
        if not line.endswith(b"\n"):
            line += file.readline(_LONGEST)
            if len(line) >= _LONGEST:
                raise NotALog(name, f"line {seen + 1} has more than {_LONGEST >> 20} MB")
        seen, objects = seen + 1, objects or line.lstrip().startswith(b"{")
        if seen == _BLANK and not objects:
            raise NotALog(name, f"none of its first {counted(_BLANK, 'line')} is a JSON object")
        yield line
        line = file.readline(_LOOKED_AT)


def _refuse_packed(start: bytes, name: str) -> None:
    for magic, (how, program) in _PACKED.items():
        if start.startswith(magic):
            fix = f"`{program} {name} | df waffle score -` reads what is in it"
            raise NotALog(name, f"it is compressed ({how})", fix=fix)
    if b"\x00" in start:
        raise NotALog(name, f"it is no text: byte {start.index(0)} is a NUL")
