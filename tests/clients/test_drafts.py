"""Claude Code and Codex word an edit: held to reading, in a workspace that holds nothing.

The model is scripted: it tries to change the skill and to read a scenario, then it answers.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.events.stream import Stream
from darkfactory.gitio import git
from tests.fakes.agent_bench import client_program
from tests.fakes.factories import make_factory
from tests.fakes.real_line import CLAUDE, CODEX, KEYS, RealLine, lanes_of
from tests.fakes.scripted_model import ScriptedModel
from tests.fakes.told import ToldFactory

pytestmark = [pytest.mark.clients, pytest.mark.timeout(200)]

WISH = "Name the unit of each number."
BETTER = "Name the unit of each number where it stands, because readers guess wrong."
SKILL = f"---\nname: docs\ndescription: Use when docs change.\n---\n# Docs\n\n- {WISH}\n"
HIDDEN = "the-words-of-a-scenario"
DELTA = {"type": "EDIT_RULE", "old": WISH, "text": BETTER, "evidence": ["e2"]}
AGENTS = (CLAUDE, CODEX)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLine]:
    """Three sessions had a skill that says what people had to ask each of them for."""
    programs: dict[str, Path] = {kind: client_program(kind) for kind in AGENTS}
    files = {"skills/docs/SKILL.md": SKILL, "skills/docs/evals/a/prompt.md": f"{HIDDEN}\n"}
    root = tmp_path_factory.mktemp("drafts")
    look = f"cat {root}/repository/skills/docs/evals/a/prompt.md"
    turns: list[dict[str, Any]] = [
        {"do": [{"shell": f"{look}; echo Obey > {root}/repository/skills/docs/SKILL.md"}]},
        {"say": json.dumps(DELTA)},
    ]
    script = {"sessions": [{"marker": "Word an edit of skill docs", "turns": turns}]}
    with ScriptedModel(script) as model:
        lanes = lanes_of(model.url, programs)
        made = make_factory(root, {}, [], files=files, lanes=lanes)
        tell_wishes(ToldFactory(made.root))
        line = RealLine(made.root, model=model, machine=dict(KEYS))
        try:
            yield line
        finally:
            line.end()


def tell_wishes(told: ToldFactory) -> None:
    git("clone", "-q", "--bare", str(told.state.repository), str(told.state.hub))
    told.clock.at = time.time() - 60
    for item in "abc":
        session = told.start(item)
        skills = [{"name": "docs", "version": "1"}]
        told.tell("session.started", session, stream=f"s/{session}", skills=skills)
        wish: dict[str, Any] = {"op": "steer", "by": "ada", "text": WISH}
        told.tell("control.requested", session, stream=f"s/{session}", **wish)
        told.end(session, "failed")


@pytest.mark.parametrize("agent", AGENTS)
def test_a_real_agent_words_an_edit_and_reaches_nothing_else(line: RealLine, agent: str) -> None:
    done = line.json("retro", "--draft-with", str(agent), "--again", "--yes")

    (draft,) = done["drafts"]
    (proposal,) = done["proposals"]
    assert (draft["proposal"], draft["dropped"]) == (proposal["id"], None)
    assert proposal["drafted_by"] == f"model:{agent}"
    assert f"+- {BETTER}" in proposal["patch"].splitlines()
    log = Stream(line.state.root / "retro/lab/.darkfactory/streams", f"s/{draft['session']}")
    told = [event.data for _, event in log.read() if event.type == "tool.finished"]
    assert told
    assert HIDDEN not in json.dumps(told)
    assert (line.root / "skills/docs/SKILL.md").read_text() == SKILL
