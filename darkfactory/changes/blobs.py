"""The content of the files of a change, as far as it is not out of measure."""

import codecs
from collections.abc import Iterable, Iterator

from darkfactory.changes.measure import Entry, Hub, objects
from darkfactory.changes.unified import Line

_LONGEST_BYTES = 1 << 20
_ALL_BYTES = 8 << 20
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEAST_NULS = 0.3


class Blobs:
    """The files of a change on both sides, in the repository *hub*."""

    def __init__(self, hub: Hub, entries: Iterable[Entry]) -> None:
        self._hub = hub
        self.entries = tuple(entries)
        self._by_path = {entry.delta.path: entry for entry in self.entries}
        sides = (blob for entry in self.entries for blob in (entry.blob, entry.old_blob))
        known = objects(hub).find_all([blob for blob in dict.fromkeys(sides) if blob.strip("0")])
        self._sizes = {each.id: each.size for each in known if each and each.kind == "blob"}

    def size(self, blob: str) -> int:
        """Return how many bytes *blob* has; none where it is no file."""
        return self._sizes.get(blob, 0)

    def content(self, blob: str) -> bytes | None:
        """Return the bytes of *blob*, None where it is no file."""
        if blob not in self._sizes:
            return None
        return objects(self._hub).content(blob, self._sizes[blob])

    def text(self, path: str, most_bytes: int) -> str | None:
        """Return the file *path* as the change leaves it, None where it is too long or none."""
        entry = self._by_path.get(path)
        if entry is None or self.size(entry.blob) > most_bytes:
            return None
        raw = self.content(entry.blob)
        return None if raw is None else raw.decode("utf-8", "replace")

    def hidden_lines(self) -> Iterator[Line]:
        """Yield the lines that a change adds to files that git takes for no text.

        Git shows nothing of what is written in UTF-16, or has one NUL among its letters.
        """
        left = _ALL_BYTES
        for entry in self.entries:
            size = self.size(entry.blob)
            if entry.delta.added is None and 0 < size <= min(left, _LONGEST_BYTES):
                left -= size
                before = set(_lines(self.content(entry.old_blob) or b""))
                for number, text in enumerate(_lines(self.content(entry.blob) or b""), 1):
                    if text not in before:
                        yield Line(entry.delta.path, number, text, added=True)


def _lines(raw: bytes) -> list[str]:
    text = raw.decode(_encoding(raw), "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\0", "").split("\n")


def _encoding(raw: bytes) -> str:
    """Return the encoding that a mark at the beginning tells, or where its NULs lie."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    start = raw[:4096]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > _LEAST_NULS * len(start) / 2 and min(even, odd) * 4 < max(even, odd):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"
