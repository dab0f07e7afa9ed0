"""One command at a time changes the library of skills, and git sees nothing of how."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkfactory.factory.add_skill import SkillMoved, accept_skill, lock_skills, offer_skill
from darkfactory.factory.hold_library import LibraryBusy, library_held
from darkfactory.factory.put_skill import put_skill, settle
from darkfactory.factory.restore_skill import restore_skill
from darkfactory.skills.lock import Locked, Tombstone, read_lock, write_lock
from tests.fakes.repositories import Repository, make_repository

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = "---\nname: {0}\ndescription: Use when you {0}.\nlicense: MIT\n---\n\n# {0}\n\n{1}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "project", {"a": "a\n"})


def write(folder: Path, name: str, words: str = "Do it.") -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "SKILL.md").write_text(BODY.format(name, words))


def test_who_locks_a_skill_waits_for_who_changes_the_lock_and_loses_nothing(
    repository: Repository,
) -> None:
    root = repository.path
    write(root / "skills", "one")
    waits, other = threading.Event(), Locked("other", "1", "f")

    with ThreadPoolExecutor(1) as pool:
        with library_held(root) as state:
            before = read_lock(root)
            locking = pool.submit(lock_skills, root, ["one"], "ana", NOW, on_wait=waits.set)
            assert waits.wait(10)
            write_lock(root, {**before, "other": other}, state.lock_draft)
        locking.result(10)

    assert set(read_lock(root)) == {"one", "other"}


def test_who_takes_a_skill_over_waits_as_well(repository: Repository, tmp_path: Path) -> None:
    root = repository.path
    write(tmp_path / "other", "one")
    offer = offer_skill(root, str(tmp_path / "other"), "", tmp_path / "quarantine", NOW)
    waits, other = threading.Event(), Locked("other", "1", "f")

    with ThreadPoolExecutor(1) as pool:
        with library_held(root) as state:
            accepting = pool.submit(accept_skill, root, offer, "ana", NOW, on_wait=waits.set)
            assert waits.wait(10)
            (root / "skills").mkdir()
            write_lock(root, {"other": other}, state.lock_draft)
        accepting.result(10)

    assert set(read_lock(root)) == {"one", "other"}


def test_git_shows_the_skill_and_its_lock_and_nothing_else(
    repository: Repository, tmp_path: Path
) -> None:
    root = repository.path
    write(tmp_path / "other", "one")
    offer = offer_skill(root, str(tmp_path / "other"), "", tmp_path / "quarantine", NOW)

    accept_skill(root, offer, "ana", NOW)
    lock_skills(root, ["one"], "ana", NOW)

    seen = repository.git("status", "--porcelain", "-uall").splitlines()
    assert seen == ["?? skills/one/SKILL.md", "?? skills/skills.lock.json"]


def test_who_holds_the_library_for_long_is_told(repository: Repository) -> None:
    with (
        library_held(repository.path),
        pytest.raises(LibraryBusy, match="over 0 s"),
        library_held(repository.path, wait_seconds=0),
    ):
        pass


def test_what_was_edited_since_it_was_shown_is_not_replaced(
    repository: Repository, tmp_path: Path
) -> None:
    root = repository.path
    write(root / "skills", "one", "Ours.")
    write(tmp_path / "other", "one")
    offer = offer_skill(root, str(tmp_path / "other"), "", tmp_path / "quarantine", NOW)
    write(root / "skills", "one", "Ours, edited.")

    with pytest.raises(SkillMoved, match="skills/one has changed"):
        accept_skill(root, offer, "ana", NOW)

    assert "Ours, edited." in (root / "skills" / "one" / "SKILL.md").read_text()
    assert read_lock(root) == {}


def test_what_was_edited_since_an_add_was_killed_is_not_replaced(
    repository: Repository, tmp_path: Path
) -> None:
    root = repository.path
    write(root / "skills", "one", "Ours.")
    write(tmp_path / "other", "one")

    with library_held(root) as state:
        put_skill(state, tmp_path / "other" / "one", Locked("one", "1", "f"), "another print")
        settle(state)

    assert "Ours." in (root / "skills" / "one" / "SKILL.md").read_text()
    assert read_lock(root) == {}
    assert not state.taking.exists()


def test_a_skill_that_is_brought_back_waits_as_well_and_is_locked_as_it_was(
    repository: Repository,
) -> None:
    root, was = repository.path, Locked("one", "1", "f")
    write(root / "skills" / "retired", "one")
    stone = Tombstone("1", "f", "unused", "2026-11-01T00:00:00Z", "ana", was)
    waits, other = threading.Event(), Locked("other", "1", "f")

    with ThreadPoolExecutor(1) as pool:
        with library_held(root) as state:
            restoring = pool.submit(restore_skill, root, "one", "ana", NOW, on_wait=waits.set)
            assert waits.wait(10)
            write_lock(root, {"other": other}, state.lock_draft, {"one": stone})
        restoring.result(10)

    assert read_lock(root) == {"one": was, "other": other}
