"""What real agents make of the skills of their lane: seen in the requests that their model got."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.real_line import (
    CLAUDE,
    CLAUDE_ACP,
    CODEX,
    CODEX_ACP,
    GEMINI,
    OPENCODE,
    QWEN,
    Bug,
    RealLine,
    real_line,
)

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("the line with skills"),
]

KINDS = (CLAUDE, CODEX, CLAUDE_ACP, CODEX_ACP, OPENCODE, GEMINI, QWEN)
BUGS = {kind: Bug(kind) for kind in KINDS}
FILES = {
    "skills/tidy/SKILL.md": (
        "---\nname: tidy\ndescription: Use when a sum comes out too small.\n---\n\nBODY-OF-TIDY\n"
    ),
    "skills/tidy/references/more.md": "MORE-OF-TIDY\n",
    "skills/tidy/df.yaml": """\
version: 1.2.0
non_negotiables:
  - {id: T-1, text: Never skip hooks, check: {trace: {never: {tool: shell, arg: --no-verify}}}}
  - {id: T-2, text: Leave the tests alone, check: {git: {untouched: ["test_*.py"]}}}
""",
}
OPENED: dict[str, list[dict[str, Any]]] = {
    CLAUDE: [
        {"do": [{"tool": {"name": "Skill", "input": {"skill": "darkfactory:tidy"}}}]},
        {"do": [{"read": "{cwd}/.claude/skills/tidy/references/more.md"}]},
    ],
    CODEX: [
        {"do": [{"shell": "cat .agents/skills/tidy/SKILL.md"}]},
        {"do": [{"shell": "sed -n 1,20p .agents/skills/tidy/references/more.md"}]},
    ],
    CLAUDE_ACP: [
        {"do": [{"tool": {"name": "Skill", "input": {"skill": "tidy"}}}]},
        {"do": [{"shell": "cat ~/.claude/skills/tidy/references/more.md"}]},
    ],
    CODEX_ACP: [
        {"do": [{"shell": "cat ~/.agents/skills/tidy/SKILL.md"}]},
        {"do": [{"shell": "cat ~/.agents/skills/tidy/references/more.md"}]},
    ],
    OPENCODE: [
        {"do": [{"tool": {"name": "skill", "input": {"name": "tidy"}}}]},
        {"do": [{"shell": "cat ~/.agents/skills/tidy/references/more.md"}]},
    ],
    GEMINI: [
        {"do": [{"tool": {"name": "activate_skill", "input": {"name": "tidy"}}}]},
        {"do": [{"shell": "cat ~/.agents/skills/tidy/references/more.md"}]},
    ],
    QWEN: [
        {"do": [{"tool": {"name": "skill", "input": {"skill": "tidy"}}}]},
        # Not by its shell, which gave the model nothing of a short command once in fourteen runs.
        {"do": [{"read": "HOME/.agents/skills/tidy/references/more.md"}]},
    ],
}
BREAKING: dict[str, Any] = {"do": [{"shell": "echo git commit --no-verify"}]}


def opening(kind: str, folder: Path, bug: Bug) -> list[dict[str, Any]]:
    """Return the turns in which an agent opens its skill; a file tool knows no ``~``."""
    home = folder / "repository" / ".darkfactory" / "sessions" / bug.session / "home"
    turns: list[dict[str, Any]] = json.loads(
        json.dumps(OPENED[kind]).replace("HOME", os.fspath(home))
    )
    return turns


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLine]:
    folder = tmp_path_factory.mktemp("skills")
    scripts = [
        bug.script(*opening(kind, folder, bug), BREAKING, *bug.fixing())
        for kind, bug in BUGS.items()
    ]
    bugs = list(BUGS.values())
    with real_line(folder, bugs, scripts=scripts, lane="skills: [tidy]", files=FILES) as made:
        made.run("--json")
        yield made


HOW = [(kind, "file-read" if kind in (CODEX, CODEX_ACP) else "tool") for kind in KINDS]


@pytest.mark.parametrize(("kind", "how"), HOW)
def test_what_an_agent_opens_of_its_skill_is_told(line: RealLine, kind: str, how: str) -> None:
    (injected,) = line.log(BUGS[kind], "skill.injected")
    (loaded,) = line.log(BUGS[kind], "skill.loaded")
    (reference,) = line.log(BUGS[kind], "skill.reference_read")

    assert (loaded.data["how"], loaded.data["version"]) == (how, "1.2.0")
    assert loaded.data["sha256"] == injected.data["sha256"]
    assert (reference.data["path"], reference.data["tokens"]) == ("references/more.md", 4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_tells_of_the_catalogue_and_the_turns(line: RealLine, kind: str) -> None:
    (catalogue,) = line.log(BUGS[kind], "skill.catalog")
    mentions = line.log(BUGS[kind], "skill.mention")
    (loaded,) = line.log(BUGS[kind], "skill.loaded")

    chars = len("tidy") + len("Use when a sum comes out too small.")
    assert (catalogue.data["chars"], catalogue.data["budget"]) == (chars, 8000)
    assert catalogue.data["budget_share"] == round(chars / 8000, 4)
    assert [event.data["turn"] for event in mentions] == [1]
    assert loaded.turn == 1
    assert line.log(BUGS[kind], "skill.shadowed") == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_gets_the_rules_at_once_and_the_body_when_it_is_opened(
    line: RealLine, kind: str
) -> None:
    requests = line.asked(BUGS[kind])

    assert requests[0].holds("- [T-1] Never skip hooks.")
    assert requests[0].holds("Use when a sum comes out too small.")
    assert not requests[0].holds("BODY-OF-TIDY")
    assert requests[-1].holds("BODY-OF-TIDY")
    assert requests[-1].holds("MORE-OF-TIDY")


@pytest.mark.parametrize("kind", KINDS)
def test_rules_are_judged_for_every_agent_alike(line: RealLine, kind: str) -> None:
    told = line.log(BUGS[kind], "nn.violated", "nn.kept")

    assert [(event.type, event.data["id"]) for event in told] == [
        ("nn.violated", "T-1"),
        ("nn.kept", "T-2"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_change_holds_nothing_of_the_copies(line: RealLine, kind: str) -> None:
    change = line.json("gate", "show", BUGS[kind].id)["change"]

    assert change["files"] == 1
    assert "SKILL.md" not in change["diff"]
