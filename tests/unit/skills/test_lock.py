"""The lock file: what a person agreed to is what sessions get."""

import json
from pathlib import Path

import pytest

from darkfactory.skills import content_hash, skills_for
from darkfactory.skills.lock import (
    FILE,
    Locked,
    LockInvalid,
    SkillChanged,
    check_locked,
    read_lock,
    sidecar_hash,
    write_lock,
)


def put(root: Path, words: str = "Do it.", side: str = "version: 1.0.0\n") -> None:
    folder = root / "skills" / "commit"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\nname: commit\ndescription: Use it.\n---\n\n{words}\n")
    (folder / "df.yaml").write_text(side)


def lock(root: Path) -> None:
    (skill,) = skills_for(["commit"], root)
    entry = Locked("commit", "1.0.0", content_hash(skill), sidecar_hash(skill.path), by)
    write_lock(root, {"commit": entry}, root / "draft")


by = "https://host/repo"


def check(root: Path) -> None:
    (skill,) = skills_for(["commit"], root)
    check_locked(skill, read_lock(root))


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    put(tmp_path)
    lock(tmp_path)

    entry = read_lock(tmp_path)["commit"]

    assert (entry.name, entry.version, entry.source) == ("commit", "1.0.0", by)
    check(tmp_path)


def test_a_skill_without_an_entry_is_the_projects_own(tmp_path: Path) -> None:
    put(tmp_path)

    assert read_lock(tmp_path) == {}
    check(tmp_path)


@pytest.mark.parametrize(
    "change", [{"words": "Do something else."}, {"side": "version: 1.0.0\ndeliver: catalog\n"}]
)
def test_a_locked_skill_that_changed_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    put(tmp_path)
    lock(tmp_path)
    put(tmp_path, **change)

    with pytest.raises(SkillChanged, match="agreed to"):
        check(tmp_path)


def test_scenarios_may_change_without_a_new_agreement(tmp_path: Path) -> None:
    put(tmp_path)
    lock(tmp_path)
    (tmp_path / "skills" / "commit" / "evals").mkdir()
    (tmp_path / "skills" / "commit" / "evals" / "suite.yaml").write_text("version: 1\n")

    check(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"version": 9, "skills": {}}', '{"version": 1, "skills": []}',
     '{"version": 1, "skills": {"a": {"sha256": 1}}}', '{"version": 1, "skills": {"a": {}}}'],
)  # fmt: skip
def test_a_lock_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    put(tmp_path)
    (tmp_path / FILE).write_text(text)

    with pytest.raises(LockInvalid):
        read_lock(tmp_path)


def test_a_lock_file_of_a_later_release_may_say_more(tmp_path: Path) -> None:
    put(tmp_path)
    entry = {"version": "1", "sha256": "f", "later": {}}
    (tmp_path / FILE).write_text(json.dumps({"version": 1, "skills": {"commit": entry}}))

    assert read_lock(tmp_path)["commit"].sha256 == "f"
