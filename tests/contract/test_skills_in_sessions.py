"""What a session gets of its lane's skills, seen through the real command with mock agents."""

from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.event import Event
from tests.fakes.factories import Factory, bug, make_factory

SKILL = "---\nname: commit\ndescription: Use before you commit.\n---\n\nBODY-OF-THE-SKILL\n"
SIDE = """\
version: 1.2.0
non_negotiables:
  - {id: NN-1, text: Never skip hooks, why: they are the check, check: {trace: {never: {arg: --no-verify}}}}
  - {id: NN-2, text: Leave the check alone, check: {git: {untouched: [check.txt]}}}
  - {id: NN-3, text: Touch little, check: {git: {max_files: 3}}}
"""  # noqa: E501
FILES = {
    "skills/commit/SKILL.md": SKILL,
    "skills/commit/df.yaml": SIDE,
    "skills/commit/references/more.md": "MORE",
    "skills/commit/evals/suite.yaml": "version: 1\n",
}
PLACE = "{cwd}/.agents/skills/commit"
SCRIPT: dict[str, Any] = {
    "sessions": [
        {
            "marker": "bug-1",
            "turns": [
                {"do": [{"shell": "git status --porcelain; find .agents .claude -type f | sort"}]},
                {"do": [{"read": f"{PLACE}/SKILL.md"}, {"read": f"{PLACE}/references/more.md"}]},
                {"do": [{"shell": "echo git commit --no-verify"}]},
                {"do": [{"shell": "echo theirs > .agents/skills/commit/SKILL.md"}]},
                {"do": [{"write": {"path": "{cwd}/check.txt", "content": "x\n"}}]},
                {"say": "Done."},
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A factory that has run a session with a skill, and sent its change back to it."""
    made = make_factory(
        tmp_path_factory.mktemp("skills"),
        SCRIPT,
        [{**bug("bug-1"), "done_when": "true"}],
        lane="skills: [commit]",
        files=FILES,
    )
    made.df("run")
    (change,) = made.json("gate")["changes"]
    Path(made.root, "skills/commit/SKILL.md").write_text(SKILL.replace("BODY", "NEW-BODY"))
    made.df("gate", "rework", change["id"], "-m", "Once more, please.")
    made.df("run", expect=None)
    return made


@pytest.fixture(scope="module")
def both(factory: Factory) -> list[list[Event]]:
    """The events of the session's two runs."""
    found = factory.events("s/s-bug-1-1")
    starts = [at for at, event in enumerate(found) if event.type == "session.started"]
    return [found[: starts[1]], found[starts[1] :]]


@pytest.fixture(scope="module")
def events(both: list[list[Event]]) -> list[Event]:
    return both[0]


def data(events: list[Event], type_: str) -> list[Any]:
    return [event.data for event in events if event.type == type_]


def test_copies_lie_where_agents_look_and_git_sees_nothing_of_them(events: list[Event]) -> None:
    said = data(events, "tool.finished")[0]["output"]

    assert said.split() == [
        ".agents/skills/commit/SKILL.md",
        ".agents/skills/commit/references/more.md",
        ".claude/skills/commit/SKILL.md",
        ".claude/skills/commit/references/more.md",
    ]


def test_no_copy_gets_into_the_change_whatever_the_agent_does_with_it(factory: Factory) -> None:
    (change,) = factory.json("gate")["changes"]

    shown = factory.json("gate", "show", change["id"])["change"]

    assert "check.txt" in shown["diff"]
    assert "SKILL.md" not in shown["diff"]


def test_the_log_tells_what_was_injected_mentioned_and_opened(events: list[Event]) -> None:
    (injected,) = data(events, "skill.injected")
    (loaded,) = data(events, "skill.loaded")
    (reference,) = data(events, "skill.reference_read")

    assert (injected["name"], injected["version"]) == ("commit", "1.2.0")
    assert len(injected["sha256"]) == 64
    assert loaded["sha256"] == injected["sha256"]
    assert reference["path"] == "references/more.md"
    assert data(events, "skill.mention") == [{"names": ["commit"], "turn": 1}]


def test_the_log_tells_how_full_the_catalogue_of_the_agent_is(events: list[Event]) -> None:
    own = len("commit") + len("Use before you commit.")

    assert data(events, "skill.catalog") == [
        {"skills": 1, "beside": 0, "chars": own, "budget": None, "budget_share": None}
    ]
    assert data(events, "skill.shadowed") == []


def test_the_rules_are_judged_live_and_at_the_end(events: list[Event]) -> None:
    told = [(event.type, event.data["id"]) for event in events if event.type.startswith("nn.")]
    live = next(event for event in events if event.type == "nn.violated")

    assert told == [("nn.violated", "NN-1"), ("nn.violated", "NN-2"), ("nn.kept", "NN-3")]
    assert live.turn == 1
    assert len(live.data["calls"]) == 1


def test_the_prompt_names_the_skill_and_holds_its_rules(events: list[Event]) -> None:
    prompt = data(events, "message")[0]["text"]

    assert "Skills for this work: commit." in prompt
    assert "- [NN-1] Never skip hooks. Why: they are the check." in prompt
    assert "BODY-OF-THE-SKILL" not in prompt


def test_a_conversation_that_is_taken_up_keeps_its_skill_and_hears_its_rules_again(
    both: list[list[Event]],
) -> None:
    first, again = both

    prompt = data(again, "message")[0]["text"]
    assert "Once more, please." in prompt
    assert "- [NN-1] Never skip hooks." in prompt
    assert data(again, "skill.mention") == [{"names": ["commit"], "turn": 2}]
    assert data(again, "skill.injected") == data(first, "skill.injected")
