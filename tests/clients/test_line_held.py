"""What real agents cannot do: the scripted model tries to get out, to waste and to stall."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.clock import seconds_of
from darkfactory.domain.settings import AgentKind
from tests.fakes.agent_bench import client_program
from tests.fakes.real_line import CLAUDE, CODEX, Bug, RealLine, real_line

pytestmark = [pytest.mark.clients, pytest.mark.timeout(180)]

KINDS = pytest.mark.parametrize("kind", [CLAUDE, CODEX])
SECRET = "SECRET-THAT-MUST-STAY"
GOT_OUT = "GOT-OUT"
TRIED = "TRIED-IT"
WITHOUT = ("bwrap", "socat")
MAY_TAKE_SECONDS = 20  # to start, to hear the first words, to be interrupted


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of loopback that no agent may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@KINDS
def test_an_observer_changes_nothing_and_reports(tmp_path: Path, kind: AgentKind) -> None:
    bug = Bug(kind)
    tries: list[dict[str, Any]] = [
        {"do": [{"write": {"path": "{cwd}/made-by-tool", "content": "no\n"}}]},
        {"do": [{"shell": "echo no > made-by-command; git commit -q --allow-empty -m no"}]},
        {"do": [bug.edit()]},
        {"do": [{"read": f"{{cwd}}/{bug.module}.py"}]},
        {"say": "It subtracts."},
    ]

    with real_line(tmp_path, [bug], scripts=[bug.script(*tries)], lane="autonomy: observe") as line:
        line.run()
        (ended,) = line.log(bug, "session.ended")
        workspace = line.workspace(bug)
        shown = line.json("sessions", "show", bug.session)["session"]
        changes = line.json("gate")["changes"]

    assert ended.data["outcome"] == "reported"
    assert ended.data["head"] is None
    assert shown["summary"] == "It subtracts."
    assert changes == []
    assert not list(workspace.glob("made-by-*"))
    assert "return a - b" in (workspace / f"{bug.module}.py").read_text()
    assert "ok" not in statuses(line, bug)[:3]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder off /tmp, for in a fence that is another one, where everybody may write."""
    with tempfile.TemporaryDirectory(prefix="df-line-", dir="/var/tmp") as folder:
        yield Path(folder)


def break_out(place: Path, port: int) -> dict[str, str]:
    """Return commands, by what they are after, that print the secret or GOT_OUT if they get it."""
    root = place / "repository"
    connect = f'import socket; socket.create_connection(("127.0.0.1", {port}), 3)'
    tries = {
        "write beside the checkout": f"echo x > {place}/out && echo {GOT_OUT}",
        "write in the checkout": f"echo x > {root}/out && echo {GOT_OUT}",
        "write in the factory": f"echo x > {root}/.darkfactory/out && echo {GOT_OUT}",
        "read a key": f"cat {place}/home/.ssh/id_test",
        "read the token": f"cat {root}/.darkfactory/token",
        "read the factory's log": f"cat {root}/.darkfactory/streams/* && echo {GOT_OUT}",
        "read another session's home": f"cat {root}/.darkfactory/sessions/s-OTHER-1/home/key",
        "connect": f"python3 -c '{connect}' && echo {GOT_OUT}",
        "read an environment": "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -a ^MARK_OF_RUN",
    }
    return {name: f"echo {TRIED}; {command}" for name, command in tries.items()}


def got_out(text: str) -> bool:
    return SECRET in text or GOT_OUT in text


def test_each_try_gets_out_where_nothing_holds_it(place: Path, listener: int) -> None:
    factory = "repository/.darkfactory"
    for name in ("home/.ssh/id_test", f"{factory}/sessions/s-OTHER-1/home/key", f"{factory}/token"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(SECRET)
    (place / "repository/.darkfactory/streams").mkdir()
    (place / "repository/.darkfactory/streams/factory.jsonl").touch()
    environment = {**os.environ, "MARK_OF_RUN": SECRET}

    said = {
        name: subprocess.run(
            ["sh", "-c", command], check=False, capture_output=True, text=True, env=environment
        ).stdout
        for name, command in break_out(place, listener).items()
    }

    assert [name for name, text in said.items() if not got_out(text)] == []


@KINDS
@pytest.mark.parametrize("bubblewrap", [True, False], ids=["bubblewrap", "no-bubblewrap"])
def test_a_worker_cannot_get_out(
    place: Path, kind: AgentKind, bubblewrap: bool, listener: int
) -> None:
    bug = Bug(kind)
    commands = break_out(place, listener)
    by_tool = [
        {"write": {"path": f"{place}/out", "content": "no\n"}},
        {"read": f"{place}/home/.ssh/id_test"},
    ]
    tries = [{"do": [do]} for do in (*by_tool, *({"shell": c} for c in commands.values()))]

    with real_line(place, [bug], scripts=[bug.script(*tries, *bug.fixing())]) as line:
        prepare_secrets(line)
        if not bubblewrap:
            line.machine["PATH"] = str(poor_path(place / "bin"))
        line.run()
        (started,) = line.log(bug, "session.started")
        told = [text for text in outputs(line, bug) if TRIED in text]

        assert started.data["confined"] is True
        assert started.data["confinement"]["files"] == held_by(kind, bubblewrap=bubblewrap)
        assert len(told) == len(commands)
        assert [name for name, text in zip(commands, told, strict=True) if got_out(text)] == []
        assert not any(found.holds(SECRET) for found in line.model.requests)
        assert not any(path.name == "out" for path in (*place.iterdir(), *line.root.iterdir()))


@KINDS
@pytest.mark.parametrize("bubblewrap", [True, False], ids=["bubblewrap", "no-bubblewrap"])
def test_a_program_that_lies_in_a_hidden_folder_works_all_the_same(
    tmp_path: Path, kind: AgentKind, bubblewrap: bool
) -> None:
    bug = Bug(kind)
    package = next(path for path in client_program(kind).parents if path.name == "package")
    copied = tmp_path / "hidden" / "package"
    shutil.copytree(package, copied, copy_function=link_or_copy)
    program = copied / client_program(kind).relative_to(package)

    with real_line(tmp_path, [bug], programs={kind: program}) as line:
        if not bubblewrap:
            line.machine["PATH"] = str(poor_path(tmp_path / "bin"))
        line.run()

        assert line.row(bug)["outcome"] == "proposed"
        assert statuses(line, bug) == ["ok"] * 3


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def held_by(kind: AgentKind, *, bubblewrap: bool) -> str:
    """Return what holds files: without bubblewrap Codex has its own, Claude Code has none."""
    if bubblewrap:
        return "bubblewrap"
    return "landlock" if kind is CLAUDE else "agent"


@KINDS
def test_an_agent_that_loops_for_ever_ends_at_its_token_budget(
    tmp_path: Path, kind: AgentKind
) -> None:
    bug = Bug(kind)
    loop = {
        "do": [{"shell": "echo again"}],
        "usage": {"input": 2000, "output": 50},
        "forever": True,
    }
    lane = "attempts: 1, budget: {tokens: 8k}"

    with real_line(tmp_path, [bug], scripts=[bug.script(loop)], lane=lane) as line:
        line.run(expect=1)
        (ended,) = line.log(bug, "session.ended")
        asked = [e.data for e in line.log(bug, "control.requested") if e.data["by"] == "budget"]
        row, left = line.row(bug), line.marked(bug)

    assert ended.data["outcome"] == "budget"
    assert row["outcome"] == "budget"
    assert len(asked) == 1
    assert 8000 <= row["tokens"] <= 8000 + 6 * 2050
    assert any(found.holds("Start nothing new") for found in line.asked(bug))
    assert left == []


@KINDS
def test_an_agent_whose_model_stalls_ends_after_the_lanes_silence(
    tmp_path: Path, kind: AgentKind
) -> None:
    bug = Bug(kind)
    stall = {
        "say": "words that stop here, in the middle",
        "fault": {"kind": "stall", "seconds": 90},
    }
    lane = "attempts: 1, silence: 4s"

    with real_line(tmp_path, [bug], scripts=[bug.script(stall)], lane=lane) as line:
        line.run(expect=1)
        (ended,) = line.log(bug, "session.ended")
        began, over = (event.ts for event in line.log(bug, "turn.started", "turn.finished"))
        (turn,) = line.log(bug, "turn.finished")
        left = line.marked(bug)

    assert ended.data["outcome"] == "timed_out"
    assert turn.data["reason"] == "stalled"
    assert 4 < seconds_of(str(over)) - seconds_of(str(began)) < 4 + MAY_TAKE_SECONDS
    assert left == []


def prepare_secrets(line: RealLine) -> None:
    """Put the secret where agents may look for it."""
    line.machine["MARK_OF_RUN"] = SECRET
    (line.home / ".ssh" / "id_test").write_text(SECRET)
    line.state.root.mkdir(exist_ok=True)
    (line.state.root / "token").write_text(SECRET)
    other = line.state.session("s-OTHER-1") / "home"
    other.mkdir(parents=True)
    (other / "key").write_text(SECRET)


def poor_path(folder: Path) -> Path:
    """Return a folder of all programs of this machine but those that make a fence."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / program.name
            if program.name not in WITHOUT and not link.is_symlink():
                link.symlink_to(program)
    return folder


def outputs(line: RealLine, bug: Bug) -> list[str]:
    return [str(event.data["output"]) for event in line.log(bug, "tool.finished")]


def statuses(line: RealLine, bug: Bug) -> list[Any]:
    return [event.data["status"] for event in line.log(bug, "tool.finished")]
