"""Skills that no session may have are refused before anything starts."""

from pathlib import Path

import pytest

from tests.fakes.factories import Factory, bug, make_factory

SKILL = "---\nname: commit\ndescription: Use before you commit.\nlicense: MIT\n---\n\nBODY\n"
SCRIPT = {"default": {"turns": [{"say": "Hello."}]}}


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    files = {"skills/commit/SKILL.md": SKILL}
    return make_factory(tmp_path, SCRIPT, [bug("1")], lane="skills: [commit]", files=files)


def refused(factory: Factory) -> str:
    done = factory.df("run", expect=2)
    assert factory.events("s/s-1-1") == []
    return done.stderr


def test_a_skill_that_another_one_would_shadow(factory: Factory) -> None:
    place = factory.root / ".claude" / "skills" / "commit"
    place.mkdir(parents=True)
    (place / "SKILL.md").write_text(SKILL.replace("BODY", "OTHER"))

    said = refused(factory)

    assert "error: skill commit: agent 'mock' would see another one" in said
    assert "fix: rename one of them, remove .claude/skills/commit" in said


def test_a_skill_that_is_not_as_it_was_agreed_to(factory: Factory) -> None:
    factory.df("skills", "lock", "commit", "--yes")
    (factory.root / "skills" / "commit" / "SKILL.md").write_text(SKILL.replace("BODY", "OTHER"))

    said = refused(factory)

    assert "its content is not what tester agreed to in skills/skills.lock.json" in said
    assert "df skills lock commit" in said
