"""What people said to three sessions becomes a rule of their skill, through the gate."""

import json
from typing import Any

import pytest

from darkfactory.events.stream import Stream, Writer
from darkfactory.skills import skills_for
from darkfactory.skills.lock import FILE, check_locked, read_lock
from tests.fakes.factories import Factory, bug, edit_calc, make_factory
from tests.fakes.repositories import Repository

WISH = "Keep the docstring in step with the code."
SKILL = """---
name: docs
description: Use when code with a docstring changes.
---
# Docs

## Rules

- Write for the reader, because nobody else reads it.
"""
MARKERS = ("one", "two", "three")
POLISH = {"write": {"path": "{cwd}/calc.md", "content": "Adds.\n"}}
POLISHES = {"marker": "polish", "turns": [{"say": "Writing.", "do": [POLISH]}, {"say": "Done."}]}
SCENARIO = "checks: [{id: written, file_exists: calc.md}]\n"
FILES = {
    "skills/docs/SKILL.md": SKILL,
    "skills/docs/df.yaml": "version: 0.3.0\n",
    "skills/docs/evals/suite.yaml": "repeats: 1\nagents: [mock]\n",
    **{f"skills/docs/evals/s{at}/scenario.yaml": SCENARIO for at in range(6)},
    **{f"skills/docs/evals/s{at}/prompt.md": "Please polish calc.md.\n" for at in range(6)},
}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """Three items were worked on with one skill, and a person told each session the same."""
    script = {"sessions": [*(edit_calc(marker) for marker in MARKERS), POLISHES]}
    folder = tmp_path_factory.mktemp("retro")
    items = [bug(marker) for marker in MARKERS]
    made = make_factory(folder, script, items, files=FILES, lane="skills: [docs]")
    made.df("skills", "lock", "docs", "--yes")
    repository = Repository(made.root)
    repository.commit("Agree to docs", {FILE: (made.root / FILE).read_text()})
    made.df("run")
    for marker in MARKERS:
        log = Stream(made.state.streams, f"s/s-{marker}-1")
        Writer(log, producer="control", session=f"s-{marker}-1", once=True).write(
            "control.requested", {"id": "w", "op": "steer", "by": "ada", "text": WISH}
        )
    return made


@pytest.fixture(scope="module")
def screen(factory: Factory) -> str:
    """What a person reads before anything is judged."""
    return factory.df("retro").stdout


@pytest.fixture(scope="module")
def told(factory: Factory, screen: str) -> dict[str, Any]:
    """The same for programs."""
    del screen
    return dict(factory.json("retro"))


def test_the_finding_names_events_that_can_be_read_from_there(
    factory: Factory, told: dict[str, Any]
) -> None:
    (found,) = (one for one in told["findings"] if one["miner"] == "M5")

    assert found["support"] == {"sessions": 3, "items": 3}
    for place in found["evidence"]:
        follow = ("sessions", "follow", place["session"], "--from", place["offset"], "--json")
        first = json.loads(factory.df(*follow).stdout.splitlines()[0])
        assert first["data"]["text"] == WISH


def test_the_screen_shows_what_was_found_and_what_it_would_change(screen: str) -> None:
    assert "ADD_RULE in docs 0.3.0 -> 0.4.0" in screen
    assert "+- Keep the docstring in step with the code: people had to ask" in screen


@pytest.mark.parametrize("command", [("accept",), ("reject", "--reason", "no")])
def test_an_unknown_proposal_is_asked_wrongly(factory: Factory, command: tuple[str, ...]) -> None:
    done = factory.df("retro", *command, "rp-unknown", expect=2)

    assert "there is no proposal 'rp-unknown'" in done.stderr


@pytest.fixture(scope="module")
def entered(factory: Factory, told: dict[str, Any]) -> dict[str, Any]:
    """What accepting told while another edit was at the gate, and without scenarios."""
    (proposal,) = told["proposals"]
    git = Repository(factory.root).git
    git("checkout", "-q", "-b", "skills/docs-0.9.0")
    Repository(factory.root).commit("Another edit", {"skills/docs/df.yaml": "version: 0.9.0\n"})
    git("checkout", "-q", "main")
    factory.df("gate", "add", "skills/docs-0.9.0", "--item", "skill-rp-other")
    busy = factory.df("retro", "accept", proposal["id"], expect=1)
    factory.df("gate", "close", "c-skill-rp-other", "--as", "not-planned")
    evals = factory.root / "skills/docs/evals"
    aside = evals.rename(factory.root / "aside")
    unproved = factory.json("retro", "accept", proposal["id"], "--prove", expect=1)
    aside.rename(evals)
    return {"busy": busy.stderr, "follow_ups": factory.json("retro")["follow_ups"], **unproved}


def test_two_edits_of_a_skill_go_through_the_gate_one_after_the_other(
    entered: dict[str, Any],
) -> None:
    assert "another edit of skill docs is at the gate as c-skill-rp-other" in entered["busy"]


def test_an_edit_without_scenarios_waits_and_is_followed_once_it_has_landed(
    entered: dict[str, Any],
) -> None:
    assert (entered["change"]["state"], entered["proof"]) == ("waiting_taste", None)
    assert entered["follow_ups"] == []


def test_an_accepted_rule_lands_once_it_is_proved_with_its_version_and_its_history(
    factory: Factory, told: dict[str, Any], entered: dict[str, Any]
) -> None:
    (proposal,) = told["proposals"]

    change = entered["change"]
    shown = factory.json("gate", "show", change["id"])["change"]
    again = factory.df("retro", "accept", proposal["id"], expect=1)
    proof = factory.json("retro", "accept", proposal["id"], "--prove")["proof"]

    git = Repository(factory.root).git
    assert (change["state"], change["files"]) == ("waiting_taste", 4)
    assert f"as {change['id']}" in again.stderr
    assert (proof["verdict"], proof["landed"]) == ("pass", True)
    assert proof["comparison"]["scenarios"] == 6
    assert proposal["reason"] in shown["summary"]
    assert [one["proposal"] for one in factory.json("retro")["follow_ups"]] == [proposal["id"]]
    assert "- Keep the docstring in step" in git("show", "main:skills/docs/SKILL.md")
    assert git("show", "main:skills/docs/df.yaml").strip() == "version: 0.4.0"
    entry = json.loads(git("show", "main:skills/docs/HISTORY.jsonl"))
    assert (entry["id"], entry["decision"]["verdict"]) == (proposal["id"], "accept")
    assert entry["anchor"]
    locked = read_lock(factory.root)
    check_locked(skills_for(["docs"], factory.root)[0], locked)
    assert (locked["docs"].version, locked["docs"].reviewed_by) == ("0.4.0", "tester")
    assert factory.json("retro")["proposals"] == []
    (changed,) = (event for event in factory.events() if event.type == "skill.changed")
    assert (changed.data["skill"], changed.data["version"]) == ("docs", "0.4.0")
