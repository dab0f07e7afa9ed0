"""In which order files and hunks are read, and which are folded."""

from typing import Any

from darkfactory.changes.hunks import FilePatch, Hunk, Row
from darkfactory.changes.reading import (
    ReadingFile,
    in_reading_order,
    seen_files,
    shape,
    unseen_places,
)


def patch(path: str, *hunks: int) -> FilePatch:
    """Return a patch that adds a line at the place of each hunk."""
    return FilePatch(
        path, path, tuple(Hunk("", (Row("+", f"line {at}", 0, at),)) for at in hunks or (1,))
    )


def read(*files: FilePatch, **change: Any) -> tuple[ReadingFile, ...]:
    return in_reading_order(files, change)


def test_what_may_do_harm_is_read_first_and_what_nobody_wrote_last() -> None:
    names = ["package-lock.json", "docs/a.md", "tests/test_a.py", "src/a.py", "Makefile"]
    names += ["migrations/1.sql", "pyproject.toml"]

    found = read(*map(patch, names))

    assert [file.path for file in found] == [
        "Makefile", "migrations/1.sql", "pyproject.toml", "src/a.py", "tests/test_a.py",
        "docs/a.md", "package-lock.json",
    ]  # fmt: skip
    assert [file.path for file in found if file.folded] == ["package-lock.json"]


def test_a_line_with_a_flag_brings_its_file_and_its_hunk_to_the_top() -> None:
    flag = {"path": "tests/test_a.py", "line": 90, "why": "skips a test"}

    found = read(patch("src/a.py"), patch("tests/test_a.py", 5, 90), tampered=[flag])

    assert found[0].path == "tests/test_a.py"
    assert [hunk.first for hunk in found[0].hunks] == [90, 5]
    assert [flag.words for flag in found[0].flags_of(found[0].hunks[0])] == [
        "WEAKENS TESTS? skips a test"
    ]


def test_a_generated_file_with_a_flag_is_not_folded() -> None:
    secret = {"path": "vendor/x.min.js", "line": 1, "kind": "AWS key"}

    found = read(patch("vendor/x.min.js"), secrets=[secret])

    assert not found[0].folded
    assert found[0].is_risky(found[0].hunks[0])


def test_protected_paths_are_risky_whatever_they_are() -> None:
    found = read(patch("notes.txt"), patch("a.py"), protected=["notes.txt"])

    assert (found[0].path, found[0].protected) == ("notes.txt", True)
    assert [file.is_risky(file.hunks[0]) for file in found] == [True, False]


def test_the_shape_counts_lines_by_kind() -> None:
    found = read(patch("a.py", 1, 2), patch("b.py"), patch("yarn.lock"))

    assert shape(found) == "2 code +3 -0, 1 generated +1 -0"


def test_a_file_is_seen_once_all_its_hunks_were_and_risky_hunks_that_were_not_are_named() -> None:
    found = read(patch("a.py", 1, 40), patch("notes.txt", 7, 30), protected=["notes.txt"])
    seen = {("a.py", 0), ("a.py", 1), ("notes.txt", 1)}

    assert seen_files(found, seen) == ("a.py",)
    assert unseen_places(found, seen) == ("notes.txt:7",)
