"""Paths tell which changes cannot conflict, and never part two that can."""

import pytest

from darkfactory.gate.footprint import MOST_PATHS, footprint, left_by

MANY = [f"f{number}" for number in range(MOST_PATHS)]


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (["a.py"], ["a.py"], True),
        (["a.py"], ["b.py"], False),
        (["src/a.py"], ["src/b.py"], False),
        (["docs"], ["docs/b.md"], True),
        (["docs"], ["docs/deep/b.md"], True),
        (["doc"], ["docs/b.md"], False),
        (MANY, ["z"], True),
        (MANY, [], False),
        ([], [], False),
    ],
)
def test_what_shares_a_path_or_has_a_file_where_the_other_has_a_folder_is_near(
    one: list[str], other: list[str], near: bool
) -> None:
    assert footprint(one).is_near(footprint(other)) is near
    assert footprint(other).is_near(footprint(one)) is near


def test_what_is_put_into_a_folder_that_was_moved_is_near() -> None:
    moved = footprint(["old/a", "new/a"], left_by([("old/a", "new/a")]))

    assert moved.is_near(footprint(["old/b"]))
    assert moved.is_near(footprint(["old/deep/b"]))
    assert not moved.is_near(footprint(["older/b"]))


def test_a_file_renamed_where_it_is_has_left_no_folder() -> None:
    assert left_by([("src/a", "src/b"), ("x/a", "y/a"), ("x/b", "y/b")]) == ["x"]
