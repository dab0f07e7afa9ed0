"""Rules about a skill and what is around it."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.lane import Budget, Lane
from darkfactory.skills.lint.engine import Choice, lint
from darkfactory.skills.lint.links import addresses
from darkfactory.skills.lint.project import Project, Tried
from darkfactory.skills.lint.reader import read_skill
from darkfactory.skills.lint.rule import Finding
from darkfactory.skills.lint.text import Text

TODAY = date(2026, 11, 1)
WORDS = " ".join(f"word{number}" for number in range(120))
BODY = f"---\nname: commit\ndescription: Use it.\n---\n\n{WORDS}\n\nSee https://example.org/a.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "commit"
    made.mkdir()
    (made / "SKILL.md").write_text(BODY)
    return made


def found(folder: Path, rule: str, **project: Any) -> list[Finding]:
    skill = replace(read_skill(folder, TODAY), project=Project(**project))
    (all_,) = lint([skill], Choice())
    return [each for each in all_ if each.rule == rule]


def lane(*skills: str, **more: Any) -> Lane:
    return Lane("bugs", skills=skills, **more)


@pytest.mark.parametrize(
    ("count", "severities"), [(3, []), (4, ["info"]), (5, ["info"]), (6, ["error"])]
)
def test_a_lane_with_many_skills_is_told(folder: Path, count: int, severities: list[str]) -> None:
    names = ["commit", *(f"other-{number}" for number in range(count - 1))]

    spots = found(folder, "Z005", lanes=(lane(*names),), sizes={"commit": 100})

    assert [spot.severity for spot in spots] == severities


def test_a_lane_is_told_of_by_the_first_of_its_skills_that_is_there(folder: Path) -> None:
    names = ("gone", "commit", "a", "b")

    (spot,) = found(folder, "Z005", lanes=(lane(*names),), sizes={"commit": 100, "a": 100})

    assert spot.message == "lane bugs has 4 skills"


def test_a_lane_whose_catalogue_is_too_large_is_told_once(folder: Path) -> None:
    sizes = {"commit": 2500, "other": 1600}

    (spot,) = found(folder, "Z005", lanes=(lane("commit", "other"),), sizes=sizes)

    assert (spot.severity, spot.file) == ("warning", "../../lanes.yaml")
    assert "4100 characters" in spot.message
    assert found(folder, "Z005", lanes=(lane("other", "commit"),), sizes=sizes) == []


def test_what_a_session_pays_is_tokens_times_requests_and_money_at_a_price(folder: Path) -> None:
    lanes = (lane("commit", budget=Budget(turns=100)),)

    (plain,) = found(folder, "Z006", lanes=lanes, sizes={"commit": 400})
    (priced,) = found(folder, "Z006", lanes=lanes, sizes={"commit": 400}, price=3.0)

    tokens = 100 + read_skill(folder).body_tokens
    assert f"about {tokens * 100} tokens" in plain.message
    assert "USD" not in plain.message
    assert f"USD {tokens * 100 * 3 / 1_000_000:.2f}" in priced.message


def test_a_skill_that_no_lane_gives_costs_nobody(folder: Path) -> None:
    assert found(folder, "Z006", lanes=(lane("other"),)) == []


@pytest.mark.parametrize(("days", "count"), [(90, 0), (91, 1)])
def test_evals_that_ran_long_ago_are_told(folder: Path, days: int, count: int) -> None:
    tried = {"commit": Tried(TODAY - timedelta(days=days))}

    assert len(found(folder, "T006", tried=tried)) == count


def test_evals_with_another_model_than_the_lanes_are_told(folder: Path) -> None:
    ran = {"codex": frozenset({"old"}), "other": frozenset({"old"})}
    tried = {"commit": Tried(TODAY, ran)}
    lanes = (lane("commit", agents=("codex",)),)

    (spot,) = found(folder, "T006", tried=tried, lanes=lanes, models={"codex": "new"})

    assert "codex has model new, the evals ran with old" in spot.message
    assert found(folder, "T006", tried=tried, lanes=lanes, models={"codex": "old"}) == []


def test_evals_that_nobody_ran_here_are_not_told(folder: Path) -> None:
    assert found(folder, "T006") == []


def test_a_body_that_repeats_a_mirror_of_documentation_is_told(folder: Path) -> None:
    (spot,) = found(folder, "L005", mirrors={"page.md": f"before {WORDS} after"})

    assert "100 % of the body stand in the documentation: page.md" in spot.message
    assert found(folder, "L005", mirrors={"page.md": "quite another text"}) == []


def test_a_link_that_does_not_answer_is_told_with_its_line(folder: Path) -> None:
    (spot,) = found(folder, "L006", answers={"https://example.org/a": "status 404"})

    assert (spot.severity, spot.line) == ("info", 8)
    assert "status 404" in spot.message
    assert found(folder, "L006", answers={"https://example.org/a": ""}) == []


def test_addresses_end_where_the_sentence_goes_on() -> None:
    text = Text("a.md", "[a](https://a.org/x). Or <https://b.org>,\n`https://c.org/y?z=1`!")

    assert list(addresses(text)) == [
        (1, "https://a.org/x"),
        (1, "https://b.org"),
        (2, "https://c.org/y?z=1"),
    ]
