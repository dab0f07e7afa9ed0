"""Copies of skills in a workspace, past whatever an agent has put there."""

from pathlib import Path

import pytest

from darkfactory.agents.protocol import SkillFolder
from darkfactory.domain.skill import SkillRef
from darkfactory.sessions.skill_copies import SessionSkills, lay_copies

PATH = ".agents/skills/commit"


@pytest.fixture
def skills(tmp_path: Path) -> SessionSkills:
    source = tmp_path / "pinned" / "commit"
    source.mkdir(parents=True)
    (source / "SKILL.md").write_text("ours")
    pair = (SkillFolder("commit", "d", str(source)), SkillRef("commit", "1", "f"))
    return SessionSkills([pair], paths=(PATH,))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = tmp_path / "workspace"
    made.mkdir()
    return made


def test_a_copy_is_laid_where_nothing_was(workspace: Path, skills: SessionSkills) -> None:
    assert lay_copies(str(workspace), skills) == []

    assert (workspace / PATH / "SKILL.md").read_text() == "ours"


def test_what_an_agent_made_of_its_copy_is_replaced(workspace: Path, skills: SessionSkills) -> None:
    lay_copies(str(workspace), skills)
    (workspace / PATH / "SKILL.md").write_text("theirs")
    (workspace / PATH / "more.md").write_text("theirs")

    lay_copies(str(workspace), skills)

    assert [file.name for file in (workspace / PATH).iterdir()] == ["SKILL.md"]
    assert (workspace / PATH / "SKILL.md").read_text() == "ours"


@pytest.mark.parametrize("link", [".agents", ".agents/skills"])
def test_no_link_on_the_way_is_followed(
    workspace: Path, skills: SessionSkills, link: str, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (workspace / link).parent.mkdir(exist_ok=True)
    (workspace / link).symlink_to(outside)

    problems = lay_copies(str(workspace), skills)

    assert problems == [f"{PATH} is not laid: {link} is no folder"]
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_the_copy_is_replaced_and_its_target_is_left(
    workspace: Path, skills: SessionSkills, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("kept")
    (workspace / PATH).parent.mkdir(parents=True)
    (workspace / PATH).symlink_to(outside)

    assert lay_copies(str(workspace), skills) == []

    assert (outside / "mine").read_text() == "kept"
    assert not (workspace / PATH).is_symlink()
