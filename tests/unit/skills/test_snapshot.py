import os
from pathlib import Path

import pytest

from darkfactory.domain.skill import Skill, SkillRef
from darkfactory.skills import find_skills, snapshot
from darkfactory.skills.folder import DEEPEST, MOST_BYTES, MOST_FILES
from darkfactory.skills.library import SkillInvalid


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "repo" / "skills" / "commit"
    (made / "scripts").mkdir(parents=True)
    (made / "SKILL.md").write_text("---\nname: commit\ndescription: Use.\n---\n")
    (made / "scripts" / "check.sh").write_text("#!/bin/sh\n")
    (made / "scripts" / "check.sh").chmod(0o755)
    return made


def skill(folder: Path) -> Skill:
    return Skill("commit", folder, version="1.2.0")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_snapshot_is_a_whole_copy_with_its_hash(folder: Path, tmp_path: Path) -> None:
    ref = snapshot(skill(folder), tmp_path / "copy")

    assert names(tmp_path / "copy") == {"SKILL.md", "scripts/check.sh"}
    assert (tmp_path / "copy" / "SKILL.md").read_bytes() == (folder / "SKILL.md").read_bytes()
    assert os.access(tmp_path / "copy" / "scripts" / "check.sh", os.X_OK)
    assert (ref.name, ref.version) == ("commit", "1.2.0")
    assert len(ref.sha256) == 64


def test_the_hash_is_of_names_and_bytes_and_of_nothing_else(folder: Path, tmp_path: Path) -> None:
    first = snapshot(skill(folder), tmp_path / "1")
    os.utime(folder / "SKILL.md", (1, 1))
    (folder / "df.yaml").write_text("version: 9\n")
    same = snapshot(skill(folder), tmp_path / "2")
    (folder / "scripts" / "check.sh").rename(folder / "scripts" / "test.sh")
    renamed = snapshot(skill(folder), tmp_path / "3")
    (folder / "SKILL.md").write_text("changed")
    changed = snapshot(skill(folder), tmp_path / "4")

    assert first == same
    assert len({first.sha256, renamed.sha256, changed.sha256}) == 3


def test_the_hash_of_a_copy_is_the_hash_of_the_skill(folder: Path, tmp_path: Path) -> None:
    first = snapshot(skill(folder), tmp_path / "copy")

    assert snapshot(skill(tmp_path / "copy"), tmp_path / "again") == first


def test_bytes_that_move_between_name_and_content_change_the_hash(tmp_path: Path) -> None:
    refs: list[SkillRef] = []
    for number, (name, text) in enumerate([("ab", "c"), ("a", "bc")]):
        source = tmp_path / f"source{number}"
        source.mkdir()
        (source / name).write_text(text)
        refs.append(snapshot(skill(source), tmp_path / f"copy{number}"))

    assert refs[0].sha256 != refs[1].sha256


def test_what_is_about_the_skill_stays_behind(folder: Path, tmp_path: Path) -> None:
    for name in ("df.yaml", "HISTORY.jsonl", "evals/hidden.yaml", ".git/config", "__pycache__/x"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    (folder / "references").mkdir()
    (folder / "references" / "df.yaml").write_text("part of the skill")

    snapshot(skill(folder), tmp_path / "copy")

    assert names(tmp_path / "copy") == {"SKILL.md", "scripts/check.sh", "references/df.yaml"}


def test_a_link_inside_the_skill_becomes_a_plain_file(folder: Path, tmp_path: Path) -> None:
    (folder / "AGENTS.md").symlink_to("SKILL.md")

    snapshot(skill(folder), tmp_path / "copy")

    assert not (tmp_path / "copy" / "AGENTS.md").is_symlink()
    assert (tmp_path / "copy" / "AGENTS.md").read_bytes() == (folder / "SKILL.md").read_bytes()


@pytest.mark.parametrize(
    "target",
    ["/etc/hostname", "../../../secret", "evals/answer.md", "df.yaml", "scripts", "gone", "itself"],
)
def test_a_link_to_anything_else_keeps_the_skill_out(
    folder: Path, tmp_path: Path, target: str
) -> None:
    (tmp_path / "secret").write_text("token")
    (folder / "evals").mkdir()
    (folder / "evals" / "answer.md").write_text("42")
    (folder / "df.yaml").write_text("version: 1\n")
    (folder / "itself").symlink_to(target)

    (listed,) = find_skills(tmp_path / "repo")

    assert [(odd.rule, odd.file) for odd in listed.errors] == [("I012", "itself")]
    with pytest.raises(SkillInvalid, match="itself"):
        snapshot(listed, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_pipe_in_the_folder_is_refused_and_not_waited_for(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe")

    with pytest.raises(SkillInvalid, match="no file at all"):
        snapshot(skill(folder), tmp_path / "copy")


def test_a_folder_too_large_to_inject_is_refused(tmp_path: Path) -> None:
    large, many, deep = (tmp_path / name for name in ("large", "many", "deep"))
    for made in (large, many):
        made.mkdir()
    with (large / "blob").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for number in range(MOST_FILES + 1):
        (many / str(number)).touch()
    deep.joinpath(*["d"] * DEEPEST).mkdir(parents=True)

    for made in (large, many, deep):
        with pytest.raises(SkillInvalid, match="too large"):
            snapshot(skill(made), tmp_path / "copy")


def test_a_name_that_is_not_utf_8_is_copied_and_hashed(folder: Path, tmp_path: Path) -> None:
    raw = os.fsencode(folder) + b"/caf\xe9.md"
    with open(raw, "wb") as file:
        file.write(b"x")

    snapshot(skill(folder), tmp_path / "copy")

    assert os.path.exists(os.fsencode(tmp_path / "copy") + b"/caf\xe9.md")


def test_an_empty_target_is_filled_and_a_full_one_is_left_alone(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")

    snapshot(skill(folder), tmp_path / "empty")
    with pytest.raises(FileExistsError):
        snapshot(skill(folder), tmp_path / "full")

    assert names(tmp_path / "empty") == {"SKILL.md", "scripts/check.sh"}
    assert names(tmp_path / "full") == {"mine"}


def test_nothing_is_left_beside_the_copy(folder: Path, tmp_path: Path) -> None:
    snapshot(skill(folder), tmp_path / "deep" / "copies" / "commit")

    assert [path.name for path in (tmp_path / "deep" / "copies").iterdir()] == ["commit"]
