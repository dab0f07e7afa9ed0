"""The mock's file actions survive any bytes, and count the lines that they change."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkfactory.agents.mock import edits

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=8).map(b"".join)


def test_an_edit_replaces_the_first_place_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_bytes(b"\xff one\none\n")
    path.chmod(0o755)

    change = edits.edit(str(path), "one\n", "two\n")

    assert path.read_bytes() == b"\xff two\none\n"
    assert path.stat().st_mode & 0o777 == 0o755
    assert (change["added"], change["removed"]) == (1, 1)


def test_an_edit_of_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one\n")

    with pytest.raises(LookupError):
        edits.edit(str(path), "two", "three")

    assert path.read_text() == "one\n"


def test_a_write_makes_the_folders_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "a"

    change = edits.write(str(path), "one\ntwo\n")

    assert path.read_text() == "one\ntwo\n"
    assert (change["added"], change["removed"]) == (2, 0)


def test_equal_contents_have_equal_hashes(tmp_path: Path) -> None:
    first, second, third = (
        edits.write(str(tmp_path / name), text)["content_hash"]
        for name, text in (("a", "one"), ("b", "one"), ("c", "two"))
    )

    assert first == second
    assert first != third


@given(LINES, LINES)
def test_added_less_removed_is_what_the_file_grew(before: bytes, after: bytes) -> None:
    added, removed = edits.changed_lines(before, after)

    assert added - removed == after.count(b"\n") - before.count(b"\n")
    assert (added, removed) == (0, 0) or before != after
