"""What an agent sees beside the skills that it is given."""

from pathlib import Path

import pytest

from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, HarnessSettings, Settings
from darkfactory.factory.check_skills import check_skills
from darkfactory.skills.beside import SkillShadowed, catalogue_of, shadows_of, skills_beside
from darkfactory.skills.library import find_skills

BODY = "---\nname: {name}\ndescription: {words}\n---\n\n# Do it\n"
LANE = Lane("bugs", agents=("it",), skills=("commit",))


def put(root: Path, place: str, words: str = "Use when committing.") -> None:
    folder = root / place
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(BODY.format(name=folder.name, words=words))


def look(root: Path, kind: AgentKind) -> list[str]:
    agent = AgentSettings("it", kind, command=("x",))
    settings = Settings(HarnessSettings("true"), lanes=(LANE,), agents={"it": agent})
    return list(map(str, check_skills([LANE], settings, root)))


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (AgentKind.CODEX, ".agents/skills/commit"),
        (AgentKind.ACP, ".gemini/skills/commit"),
        (AgentKind.ACP, ".qwen/skills/commit"),
        (AgentKind.MOCK, ".claude/skills/commit"),
    ],
)
def test_another_skill_of_the_same_name_is_refused_before_anything_starts(
    tmp_path: Path, kind: AgentKind, place: str
) -> None:
    put(tmp_path, "skills/commit")
    put(tmp_path, place, "Use when committing otherwise.")

    with pytest.raises(SkillShadowed) as refused:
        look(tmp_path, kind)

    assert place in refused.value.problem


def test_the_same_skill_a_second_time_is_no_other(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit")
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "skills").symlink_to("../skills")
    (tmp_path / "skills" / "commit" / "df.yaml").write_text("version: 1.0.0\n")

    assert look(tmp_path, AgentKind.ACP) == []


def test_claude_code_sees_none_of_the_repositorys_skills(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit")
    put(tmp_path, ".claude/skills/commit", "Use when committing otherwise.")

    assert look(tmp_path, AgentKind.CLAUDE_CODE) == []


def test_a_full_catalogue_is_told(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit")
    for number in range(10):
        put(tmp_path, f".agents/skills/other-{number}", "x" * 900)

    (said,) = look(tmp_path, AgentKind.CODEX)

    assert "sees 10 skills beside its own" in said
    assert "catalogue of 8000" in said


def test_a_name_in_the_front_matter_counts_as_well_as_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit")
    folder = tmp_path / ".agents" / "skills" / "elsewhere"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(BODY.format(name="commit", words="Another."))

    with pytest.raises(SkillShadowed):
        look(tmp_path, AgentKind.CODEX)


def test_what_a_catalogue_holds_is_measured_against_what_it_shows(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit", "x" * 94)
    put(tmp_path, ".agents/skills/others", "x" * 94)
    skills, beside = find_skills(tmp_path), skills_beside(tmp_path, [".agents/skills"])

    told = catalogue_of(skills, beside, 1000)
    unknown = catalogue_of(skills, beside, None)

    assert told == {"skills": 1, "beside": 1, "chars": 200, "budget": 1000, "budget_share": 0.2}
    assert (unknown["budget"], unknown["budget_share"]) == (None, None)


def test_each_skill_that_is_shadowed_is_told_with_the_place(tmp_path: Path) -> None:
    put(tmp_path, "skills/commit")
    put(tmp_path, "skills/tidy")
    put(tmp_path, ".claude/skills/commit", "Another one.")
    put(tmp_path, ".claude/skills/tidy")
    beside = skills_beside(tmp_path, [".claude/skills"])

    assert shadows_of(find_skills(tmp_path), tmp_path, beside) == [
        {"name": "commit", "by": ".claude/skills/commit"}
    ]
