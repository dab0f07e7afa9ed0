"""A retired skill comes back by one command, also where that was killed half-way."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkfactory.factory.restore_skill import (
    NotRetired,
    SkillThere,
    doubt_of_restored,
    restore_skill,
)
from darkfactory.skills.lock import (
    Locked,
    LockInvalid,
    Tombstone,
    read_lock,
    read_tombstones,
    write_lock,
)
from tests.fakes.repositories import make_repository

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WAS = Locked("docs", "1.0.0", "f" * 64)


def retired(root: Path) -> Path:
    make_repository(root, {"a": "a\n"})
    folder = root / "skills" / "retired" / "docs"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: docs\ndescription: Use it.\n---\n\nBODY\n")
    stone = Tombstone("1.0.0", "f" * 64, "it does nothing", "ada", "2026-01-01", WAS)
    write_lock(root, {}, root / "draft", {"docs": stone})
    return folder


def types(root: Path) -> list[str]:
    text = (root / "skills/docs/HISTORY.jsonl").read_text()
    return [json.loads(line)["type"] for line in text.splitlines()]


def test_a_call_that_was_killed_before_the_move_tells_of_it_once(tmp_path: Path) -> None:
    folder = retired(tmp_path)
    (folder / "HISTORY.jsonl").write_text('{"type": "RETIRE"}\n{"type": "RESTORE"}\n')

    restore_skill(tmp_path, "docs", "ada", NOW)

    assert types(tmp_path) == ["RETIRE", "RESTORE"]


def test_a_call_that_was_killed_behind_the_move_mends_the_lock(tmp_path: Path) -> None:
    folder = retired(tmp_path)
    folder.rename(tmp_path / "skills" / "docs")

    restore_skill(tmp_path, "docs", "ada", NOW)

    assert (read_lock(tmp_path), read_tombstones(tmp_path)) == ({"docs": WAS}, {})


def test_nothing_that_has_taken_its_place_is_written_over(tmp_path: Path) -> None:
    retired(tmp_path)
    (tmp_path / "skills" / "docs").mkdir()

    with pytest.raises(SkillThere):
        restore_skill(tmp_path, "docs", "ada", NOW)


def test_a_name_that_no_retired_skill_has_names_the_nearest(tmp_path: Path) -> None:
    retired(tmp_path)

    with pytest.raises(NotRetired) as caught:
        restore_skill(tmp_path, "dosc", "ada", NOW)

    assert "docs" in caught.value.fix


def test_another_entry_of_the_lock_keeps_the_tombstones(tmp_path: Path) -> None:
    retired(tmp_path)

    write_lock(tmp_path, {"other": WAS}, tmp_path / "draft")

    assert list(read_tombstones(tmp_path)) == ["docs"]


def test_a_tombstone_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "skills").mkdir()
    path = tmp_path / "skills" / "skills.lock.json"
    path.write_text('{"version": 1, "skills": {}, "retired": {"docs": {"version": 1}}}')

    with pytest.raises(LockInvalid):
        read_tombstones(tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "docs/../docs", "retired/docs"])
def test_what_is_no_name_is_no_retired_skill(tmp_path: Path, name: str) -> None:
    retired(tmp_path)

    with pytest.raises(NotRetired):
        restore_skill(tmp_path, name, "ada", NOW)


def test_one_that_was_edited_while_it_was_away_is_doubted(tmp_path: Path) -> None:
    retired(tmp_path)  # its entry says another hash than its content has

    restore_skill(tmp_path, "docs", "ada", NOW)
    doubt = doubt_of_restored(tmp_path, "docs")

    assert doubt is not None
    assert "its content is not what" in doubt.problem
