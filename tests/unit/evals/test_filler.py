"""Irrelevant skills: as long as the real one, and loadable as skills are."""

from pathlib import Path

import pytest

from darkfactory.evals.filler import distractors, null_skill
from darkfactory.skills import skills_for
from tests.fakes.studies import SKILL


@pytest.mark.parametrize("length", [400, 2000, 9000])
def test_a_null_skill_is_as_long_as_the_skill_that_it_stands_for(length: int) -> None:
    name, text = null_skill("x" * length)

    assert f"name: {name}" in text
    assert abs(len(text) - length) <= 2


def test_made_up_skills_may_go_into_a_session(tmp_path: Path) -> None:
    made = dict([null_skill(SKILL)]) | distractors(7)
    for name, text in made.items():
        folder = tmp_path / "skills" / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(text)

    assert len(made) == 8
    assert [skill.name for skill in skills_for(list(made), tmp_path)] == list(made)


def test_no_made_up_skill_has_the_name_of_a_real_one() -> None:
    taken = {"brew-coffee", "read-maps-2"}

    made = distractors(50, but=taken)

    assert len(made) == 50
    assert not taken & made.keys()
