"""The scenarios of the starter skills: their graders tell right from wrong."""

import shutil
from pathlib import Path

import pytest

from darkfactory.evals.suite import load_suite
from darkfactory.factory.lint_skills import lint_skills
from darkfactory.factory.selftest_evals import selftest
from darkfactory.skills.lint.engine import Choice
from darkfactory.skills.starter import starter_skills
from tests.fakes.repositories import make_repository

SKILLS = Path(__file__).resolve().parents[2] / "skills"
QUICK = "review-change"  # its graders start no process


def problems(folder: Path, skill: str) -> list[str]:
    root = make_repository(folder / "repository", {"README.md": "x"}).path
    shutil.copytree(SKILLS / skill, root / "skills" / skill)
    return [f"{one.scenario} {one.check}: {one.problem}" for one in selftest(root, skill)]


def test_the_library_is_clean_by_the_strictest_measure() -> None:
    linted = lint_skills([SKILLS], Choice(strict=True))

    assert {found.rule for skill in linted for found in skill.findings} <= {"L001"}
    assert [skill.name for skill in linted if skill.allowed] == []


@pytest.mark.parametrize("skill", starter_skills())
def test_a_suite_has_tasks_work_to_leave_alone_and_a_near_miss(skill: str) -> None:
    scenarios = load_suite(SKILLS / skill / "evals").scenarios

    kinds = [scenario.kind for scenario in scenarios]
    assert len(kinds) >= 6
    assert {"task", "negative", "trigger"} <= set(kinds)
    assert all(scenario.reference and scenario.mutants for scenario in scenarios)
    assert all(mutant.fails for scenario in scenarios for mutant in scenario.mutants)


def test_graders_tell_a_reference_from_its_mutants(tmp_path: Path) -> None:
    assert problems(tmp_path, QUICK) == []


@pytest.mark.clients
@pytest.mark.timeout(300)
@pytest.mark.parametrize("skill", [name for name in starter_skills() if name != QUICK])
def test_graders_of_every_suite_do(tmp_path: Path, skill: str) -> None:
    assert problems(tmp_path, skill) == []
