"""Whatever a lane's attempts: an item is started once more after a nuke, then it is a person's."""

import pytest

from tests.fakes.factories import LANES, Factory, bug, make_factory

LOOP = {
    "say": "Let me run the checks.",
    "do": [{"shell": "python3 -c 'import nowhere'"}],
    "repeat": 60,
}
TWO_AGENTS = (
    LANES.format(harness="true", extra="")
    .replace(
        "  mock: {kind: mock, script: mock.yaml}",
        "  mock: {kind: mock, script: mock.yaml}\n  second: {kind: mock, script: mock.yaml}",
    )
    .replace("agent: mock, sessions: 8", "agent: [mock, second], attempts: 4")
)


@pytest.fixture(scope="module")
def nuked(tmp_path_factory: pytest.TempPathFactory) -> Factory:
    """A factory whose one item was nuked as often as a run nukes it, by the real ladder."""
    script = {"sessions": [{"marker": "1", "turns": [LOOP]}]}
    made = make_factory(tmp_path_factory.mktemp("nuked"), script, [bug("1")], lanes=TWO_AGENTS)
    made.df("run", expect=1)
    return made


def started(factory: Factory) -> list[str | None]:
    return [event.agent for event in factory.events() if event.type == "session.started"]


def test_the_lanes_next_agent_tries_once_with_the_lessons_and_no_run_tries_again(
    nuked: Factory,
) -> None:
    nuked.df("run", expect=None)

    assert started(nuked) == ["mock", "second"]
    prompt = (nuked.state.session("s-1-2") / "prompt.md").read_text()
    assert "ended as nuked: cancelled by waffle" in prompt
    assert "Commands it tried:\n- python3 -c 'import nowhere'" in prompt


def test_every_screen_says_that_a_person_is_to_triage_it(nuked: Factory) -> None:
    status, brief = nuked.df("status").stdout, nuked.df("brief").stdout
    explained = nuked.json("triage", "--explain", "1")["needs_triage"]

    assert "1 item needs triage, nuked twice" in status
    assert "needs triage, nuked twice" in brief
    assert explained["reason"].startswith("needs triage, nuked twice: cancelled by waffle")
    assert "python3 -c 'import nowhere'" in explained["lessons"]
