"""A skill is withheld from some items of a lane, seen through the real command with mock agents."""

from typing import Any

import pytest

from darkfactory.skills.holdout import lot
from tests.fakes.event_contract import problems_of
from tests.fakes.factories import Factory, bug, make_factory

SHARE = 0.5
SKILL = "---\nname: commit\ndescription: Use before you commit.\n---\n\nBODY\n"
SIDE = """\
version: 1.2.0
non_negotiables: [{id: NN-1, text: Touch little, check: {git: {max_files: 3}}}]
"""
FILES = {"skills/commit/SKILL.md": SKILL, "skills/commit/df.yaml": SIDE}
NAMES = [f"bug-{number}" for number in range(40)]
WITHOUT = next(name for name in NAMES if lot(name, "commit", "1.2.0") < SHARE)
WITH = next(name for name in NAMES if lot(name, "commit", "1.2.0") >= SHARE)
SCRIPT: dict[str, Any] = {
    "sessions": [
        {"marker": name, "turns": [{"do": [{"shell": "ls -a; touch made"}], "say": "Done."}]}
        for name in (WITH, WITHOUT)
    ]
}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A factory whose lane withholds its skill from half of the items, with one of each kind."""
    made = make_factory(
        tmp_path_factory.mktemp("holdout"),
        SCRIPT,
        [{**bug(name), "done_when": "true"} for name in (WITH, WITHOUT)],
        lane=f"skills: [commit], holdout: {SHARE}",
        files=FILES,
    )
    made.df("run", expect=None)
    return made


def test_the_one_session_has_the_skill_and_the_other_knows_nothing_of_it(factory: Factory) -> None:
    logs = {name: factory.events(f"s/s-{name}-1") for name in (WITH, WITHOUT)}
    prompts = {
        name: next(event.data["text"] for event in log if event.type == "message")
        for name, log in logs.items()
    }
    ran = {
        name: next(event.data["output"] for event in log if event.type == "tool.finished")
        for name, log in logs.items()
    }

    assert "Skills for this work: commit." in prompts[WITH]
    assert "commit" not in prompts[WITHOUT].lower()
    assert ".agents" in ran[WITH]
    assert ".agents" not in ran[WITHOUT]


def test_both_logs_tell_of_the_draw(factory: Factory) -> None:
    (given,) = [e for e in factory.events(f"s/s-{WITH}-1") if e.type == "skill.injected"]
    (kept,) = [e for e in factory.events(f"s/s-{WITHOUT}-1") if e.type == "skill.withheld"]
    started = {
        event.data["item"]: event.data
        for event in factory.events("factory")
        if event.type == "session.started"
    }

    assert given.data["share"] == SHARE
    assert kept.data == {
        "name": "commit",
        "version": "1.2.0",
        "sha256": given.data["sha256"],
        "share": SHARE,
    }
    assert started[WITHOUT]["withheld"] == [dict(kept.data)]
    assert (started[WITH]["withheld"], started[WITHOUT]["skills"]) == ([], [])
    assert not [*problems_of(given), *problems_of(kept)]


def test_the_retro_tells_both_arms_apart(factory: Factory) -> None:
    (found,) = factory.json("retro")["holdouts"]

    assert (found["skill"], found["version"]) == ("commit", "1.2.0")
    assert (found["given"]["items"], found["withheld"]["items"]) == (0, 0)  # both are at the gate
    assert (found["delta"], found["interval"], found["verdict"]) == (None, None, "not enough data")


def test_its_rules_are_judged_without_it_too_and_why_adds_them_up(factory: Factory) -> None:
    told = factory.json("skills", "why", "commit")
    screen = factory.df("skills", "why", "commit").stdout

    (row,) = told["rules"]
    (week,) = told["weeks"]
    assert [use["session"] for use in told["sessions"]] == [f"s-{WITH}-1"]
    assert (row["rule"], row["kept"], row["violated"]) == ("NN-1", 1, 0)
    assert (row["kept_without_skill"], row["judged_without_skill"]) == (1, 1)
    assert (week["sessions"], week["tokens"], week["landed"]) == (1, told["tokens"], 0)
    assert "1 of 1" in screen
    assert "withheld from 1: df retro" in screen
    (bare,) = told["without"]
    assert (bare["session"], bare["version"], bare["kept"]) == (f"s-{WITHOUT}-1", "1.2.0", ["NN-1"])
    assert "WITHHELD FROM" in screen


def test_a_lane_whose_skill_requires_another_has_to_give_that_too(factory: Factory) -> None:
    (factory.root / "skills/commit/df.yaml").write_text("version: 1.2.0\nrequires: [run-tests]\n")

    said = factory.df("run", expect=2).stderr

    assert "gives skill commit without 'run-tests', which it requires" in said
    assert "fix: add run-tests to the skills of lane" in said
