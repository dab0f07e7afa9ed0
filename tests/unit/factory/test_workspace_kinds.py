"""An agent's own git works inside the fence, however its workspace was made."""

from pathlib import Path

import pytest

from tests.fakes.factories import bug, make_factory

LANES = """\
version: 1
harness: {{command: "true"}}
workspace: {{kind: {kind}}}
agents: {{mock: {{kind: mock, script: mock.yaml}}}}
lanes: {{bugs: {{default: true, agent: mock}}}}
"""


@pytest.mark.parametrize("kind", ["clone", "worktree"])
def test_git_works_for_the_agent(tmp_path: Path, kind: str) -> None:
    command = {"shell": "git commit -q --allow-empty -m mine && git log --format=%s"}
    played = {"marker": "alpha", "turns": [{"do": [command]}, {"say": "Done."}]}
    factory = make_factory(
        tmp_path, {"sessions": [played]}, [bug("alpha")], lanes=LANES.format(kind=kind)
    )
    try:
        factory.df("run", expect=None)
        (call,) = [e for e in factory.events("s/s-alpha-1") if e.type == "tool.finished"]
    finally:
        factory.end()

    assert call.data["output"] == "mine\nfirst\n"
