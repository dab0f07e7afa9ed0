"""In which order a diff is read: what may do harm first, what nobody wrote by hand last."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from darkfactory.changes import paths
from darkfactory.changes.hunks import FilePatch, Hunk
from darkfactory.domain.change import PLACE_TITLES
from darkfactory.domain.counting import counted

_RISKY_FROM = 30
_NAMED = 100
_LINES_A_POINT = 30
_MOST_POINTS = 10
_KINDS = (
    ("generated", paths.is_generated, -100),
    ("runs the checks", paths.decides_checks, 60),
    ("migration", paths.is_migration, 45),
    ("dependencies", paths.is_manifest, 30),
    ("test", paths.is_test, 15),
    ("code", paths.is_code, 20),
)
"""What a file is, the first that holds, and how early that is read."""
_OTHER = ("other", 5)

HunkKey = tuple[str, int]
"""The path of a file and the number of a hunk in it."""


@dataclass(frozen=True, slots=True)
class Flag:
    """What the facts say of a line of a file; line 0 is the whole file."""

    line: int
    words: str


@dataclass(frozen=True, slots=True)
class ReadingFile:
    """A file of a diff as it is read: its *kind*, whether it is *folded*, what is said of it.

    *hunks* are in reading order, those with a flag first.
    """

    patch: FilePatch
    kind: str
    weight: int
    folded: bool
    flags: tuple[Flag, ...] = ()
    protected: bool = False

    @property
    def path(self) -> str:
        """Where the file is once the change has landed."""
        return self.patch.path

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """Its hunks."""
        return self.patch.hunks

    def is_risky(self, hunk: Hunk) -> bool:
        """Tell whether somebody should have seen *hunk* before saying yes."""
        return bool(self.flags_of(hunk)) or (self.weight >= _RISKY_FROM and not self.folded)

    def flags_of(self, hunk: Hunk) -> list[Flag]:
        """Return what is said of lines of *hunk*."""
        numbers = {row.new or row.old for row in hunk.rows if row.mark != " "}
        return [flag for flag in self.flags if flag.line in numbers]

    def flags_at(self, hunk: Hunk) -> dict[int, list[str]]:
        """Return by the index of a row of *hunk* what is said of it.

        Where a line went and another one came in its place, that is said of the one that came.
        """
        gone = {row.old: at for at, row in enumerate(hunk.rows) if row.mark == "-"}
        places = gone | {row.new: at for at, row in enumerate(hunk.rows) if row.mark == "+"}
        found: dict[int, list[str]] = {}
        for flag in self.flags_of(hunk):
            found.setdefault(places[flag.line], []).append(flag.words)
        return found


def in_reading_order(
    files: Iterable[FilePatch], change: Mapping[str, Any]
) -> tuple[ReadingFile, ...]:
    """Return *files* of a change, shown as ``gate show`` has it, in the order they are read."""
    flags = flags_of(change)
    protected = frozenset(change.get("protected") or ())
    read = [_reading(file, flags, protected) for file in files]
    return tuple(sorted(read, key=lambda file: (-file.weight, file.path)))


def flags_of(change: Mapping[str, Any]) -> dict[str, list[Flag]]:
    """Return by path what the facts of a change say of its lines."""
    found: dict[str, list[Flag]] = {}
    for name, title in PLACE_TITLES.items():
        for place in change.get(name) or ():
            words = f"{title} {place['why']}"
            found.setdefault(str(place["path"]), []).append(Flag(int(place["line"] or 0), words))
    for secret in change.get("secrets") or ():
        flag = Flag(int(secret["line"] or 0), f"SECRET? {secret['kind']}")
        found.setdefault(str(secret["path"]), []).append(flag)
    return found


def shape(files: Sequence[ReadingFile]) -> str:
    """Return in words of what kind the files are: ``2 code +12 -3, 1 test +20 -0``."""
    kinds: dict[str, list[ReadingFile]] = {}
    for file in files:
        kinds.setdefault(file.kind, []).append(file)
    return ", ".join(
        f"{len(some)} {kind} +{_sum(some, '+')} -{_sum(some, '-')}" for kind, some in kinds.items()
    )


def seen_files(files: Sequence[ReadingFile], seen: Collection[HunkKey]) -> tuple[str, ...]:
    """Return the paths of those *files* of which there is something to see, all of it *seen*."""
    return tuple(
        file.path for file in files if file.hunks and all(key in seen for key in _keys(file))
    )


def unseen_places(files: Sequence[ReadingFile], seen: Collection[HunkKey]) -> tuple[str, ...]:
    """Return where those hunks of *files* begin that are risky and were not *seen*."""
    return tuple(
        f"{file.path}:{hunk.first}"
        for file in files
        for key, hunk in zip(_keys(file), file.hunks, strict=True)
        if file.is_risky(hunk) and key not in seen
    )


def folded_words(file: ReadingFile) -> str:
    """Return what is said of a folded file in place of its hunks."""
    return f"{file.kind}, {counted(len(file.hunks), 'hunk')} folded"


def _keys(file: ReadingFile) -> list[HunkKey]:
    return [(file.path, number) for number in range(len(file.hunks))]


def _sum(files: Sequence[ReadingFile], mark: str) -> int:
    return sum(file.patch.changed(mark) for file in files)


def _reading(
    file: FilePatch, flags: Mapping[str, Sequence[Flag]], protected: frozenset[str]
) -> ReadingFile:
    said = (*flags.get(file.path, ()), *flags.get(file.old_path, ()))
    said = tuple(dict.fromkeys(said))
    kind, weight = next(
        ((name, weight) for name, is_kind, weight in _KINDS if is_kind(file.path)), _OTHER
    )
    is_protected = not protected.isdisjoint((file.path, file.old_path))
    lines = file.changed("+") + file.changed("-")
    weight += min(_MOST_POINTS, lines // _LINES_A_POINT)
    weight += _NAMED * bool(said) + 2 * _RISKY_FROM * is_protected
    folded = kind == "generated" and not said and not is_protected
    read = ReadingFile(file, kind, weight, folded, said, is_protected)
    flagged_first = sorted(file.hunks, key=lambda hunk: not read.flags_of(hunk))
    return replace(read, patch=replace(file, hunks=tuple(flagged_first)))
