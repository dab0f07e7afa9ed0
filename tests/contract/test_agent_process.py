"""The process side of a session host with real programs: pipes, lines, signals, what is left.

Each play runs in a process of its own, which becomes the reaper of all it starts, as a host does.
"""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import MARKER, kill_marked

ROOT = Path(__file__).parents[2]

PREAMBLE = """
import json, os, select, signal, sys, time
from pathlib import Path
from darkfactory.processes.identity import process_table
from darkfactory.processes.sweep import MARKER, become_subreaper, descendants
from darkfactory.sessions.agent_process import AgentProcess

folder = Path(sys.argv[1])
marker = str(folder)
lines = []
become_subreaper()

def start(*argv, wrapped=False):
    agent = AgentProcess(marker=marker, wrapped=wrapped, hear=lines.append)
    agent.start(argv, cwd=str(folder))
    return agent

def hear(agent, until):
    "Read the agent's output until a fact holds."
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline, (lines, agent.stderr_tail)
        select.select([agent.stdout], [], [], 0.02)
        agent.read_stdout()
        agent.push()
        agent.reap()

def alive(pid):
    return process_table().identify(int(pid)) is not None

def told(name):
    deadline = time.monotonic() + 20
    while not (folder / name).exists() or not (folder / name).read_text().strip():
        assert time.monotonic() < deadline, name
        time.sleep(0.01)
    return int((folder / name).read_text())
"""


def play(folder: Path, script: str) -> Any:
    """Run *script* behind the preamble and return the JSON that it printed last."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), str(folder)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        timeout=40,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    kill_marked(MARKER, str(tmp_path))


def test_lines_come_whole_whatever_is_in_them(folder: Path) -> None:
    (folder / "said").write_bytes(b'{"a":1}\n\n\xff\xfe\0garbage\r\nno newline at the end')

    heard = play(
        folder,
        """
        agent = start("cat", "said")
        hear(agent, lambda: not agent.running)
        while agent.read_stdout(): pass
        print(json.dumps([line.decode("latin-1") for line in lines]))
        """,
    )

    assert heard == ['{"a":1}', "", "\xff\xfe\0garbage\r", "no newline at the end"]


@pytest.mark.parametrize("mebibytes", [8, 20])
def test_a_huge_line_is_cut_and_the_next_one_is_whole(folder: Path, mebibytes: int) -> None:
    size = mebibytes * 1024 * 1024
    (folder / "said").write_bytes(b"x" * size + b"\nnext\n" + b"y" * (9 << 20))

    heard = play(
        folder,
        """
        agent = start("cat", "said")
        hear(agent, lambda: not agent.running)
        while agent.read_stdout(): pass
        print(json.dumps([[len(line), line[:4].decode()] for line in lines]))
        """,
    )

    assert heard == [[8 << 20, "xxxx"], [4, "next"], [8 << 20, "yyyy"]]


def test_an_agent_that_does_not_listen_blocks_nobody(folder: Path) -> None:
    written = play(
        folder,
        """
        agent = start("sh", "-c", "read go; cat | wc -c")
        agent.write(b"x" * 1_000_000)
        waiting = agent.wants_to_write
        agent.write(b"\\n" + b"y" * 1_000_000)
        agent.write(None)
        hear(agent, lambda: lines)
        print(json.dumps([waiting, int(lines[0]), agent.wants_to_write]))
        """,
    )

    assert written == [True, 1_000_000, False]


def test_an_agent_that_has_closed_its_input_is_survived(folder: Path) -> None:
    code = play(
        folder,
        """
        agent = start("sh", "-c", "exec <&-; echo shut; sleep 0.2; exit 7")
        hear(agent, lambda: lines)
        for _ in range(3):
            agent.write(b"hello\\n")
        agent.write(None)
        hear(agent, lambda: not agent.running)
        agent.write(b"anybody there?\\n")
        agent.kill_all()
        agent.close()
        print(json.dumps([agent.exit_code, agent.signal, agent.wants_to_write]))
        """,
    )

    assert code == [7, None, False]


@pytest.mark.parametrize(
    ("wrapped", "script", "end"),
    [
        (False, "exit 3", [3, None]),
        (False, "kill -9 $$", [None, 9]),
        (False, "exit 137", [137, None]),
        (True, "exit 137", [None, 9]),
        (True, "exit 3", [3, None]),
    ],
)
def test_how_the_agent_ended_is_told_also_through_a_wrapper(
    folder: Path, wrapped: bool, script: str, end: list[int | None]
) -> None:
    found = play(
        folder,
        f"""
        agent = start("sh", "-c", {script!r}, wrapped={wrapped})
        hear(agent, lambda: not agent.running)
        print(json.dumps([agent.exit_code, agent.signal]))
        """,
    )

    assert found == end


def test_of_its_complaints_the_end_is_kept(folder: Path) -> None:
    found = play(
        folder,
        """
        agent = start("sh", "-c", "head -c 3000000 /dev/zero >&2; echo why >&2")
        while agent.read_stderr(): time.sleep(0.001)
        hear(agent, lambda: not agent.running)
        agent.close()
        print(json.dumps([len(agent.stderr_tail), agent.stderr_tail[-5:].decode()]))
        """,
    )

    assert found == [1 << 20, "\0why\n"]


DAEMONS = """
trap '' TERM INT HUP
(setsid sh -c 'echo $$ > one; exec sleep 60' &)
setsid sh -c '(setsid sh -c "echo \\$\\$ > two; exec sleep 60" &)' &
env -u DF_SESSION setsid sh -c 'echo $$ > three; for n in $(seq 60); do sleep 1; done' &
echo $$ > four
echo ready
for n in $(seq 1000); do sleep 0.05; done
"""


def test_an_agent_that_ignores_every_signal_and_forks_daemons_leaves_nothing(
    folder: Path,
) -> None:
    (folder / "agent.sh").write_text(DAEMONS)

    found = play(
        folder,
        """
        from tests.fakes.rehearsal import make_spec
        from darkfactory.domain.session import ControlOp
        from darkfactory.events.stream import Stream, Writer
        from darkfactory.sessions.dialogue import Dialogue
        from darkfactory.sessions.inbox import ControlMessage
        from darkfactory.sessions.redact import Redactor
        from darkfactory.sessions.supervisor import Supervisor
        from tests.fakes.rehearsal import ToldConversation

        agent = start("sh", "agent.sh")
        spec = make_spec(folder)
        writer = Writer(Stream(spec.streams, "s/s-1"), producer="host")
        dialogue = Dialogue(
            spec, ToldConversation(), writer, redactor=Redactor({}), write=agent.write
        )
        supervisor = Supervisor(spec, dialogue, agent, writer, now=0.0)
        dialogue.open()
        hear(agent, lambda: lines)
        pids = [told(name) for name in ("one", "two", "three", "four")]
        supervisor.obey(ControlMessage("c", ControlOp.CANCEL, "ada", "", "", ""), 0.0)
        running = []
        for second in (0, 3, 8, 10.9):
            supervisor.look(second)
            agent.reap()
            running.append(sum(map(alive, pids)))
        supervisor.look(11)
        left = sorted(process_table().marked(MARKER, marker))
        print(json.dumps([
            running, list(map(alive, pids)), left, len(descendants(os.getpid())), agent.signal,
            agent.orphans_killed >= 3,
        ]))
        """,
    )

    running, alive, marked, descendants, signal, counted = found
    assert running == [4, 4, 4, 4]
    assert alive == [False] * 4
    assert (marked, descendants, signal, counted) == ([], 0, 9, True)
    assert list(process_table().marked(MARKER, str(folder))) == []


def test_an_agent_that_is_killed_is_no_orphan_of_its_own(folder: Path) -> None:
    found = play(
        folder,
        """
        agent = start("sleep", "60")
        agent.kill_all()
        print(json.dumps([agent.running, agent.signal, agent.orphans_killed]))
        """,
    )

    assert found == [False, 9, 0]


def test_an_agent_that_ended_in_order_leaves_no_orphan_to_count(folder: Path) -> None:
    found = play(
        folder,
        """
        agent = start("sh", "-c", "sleep 0.01 & wait")
        hear(agent, lambda: not agent.running)
        agent.kill_all()
        print(json.dumps([agent.exit_code, agent.orphans_killed]))
        """,
    )

    assert found == [0, 0]


def test_what_an_orderly_agent_leaves_behind_is_killed_and_counted(folder: Path) -> None:
    found = play(
        folder,
        """
        agent = start("sh", "-c", "setsid sh -c 'echo $$ > one; exec sleep 60' & exit 0")
        hear(agent, lambda: not agent.running)
        pid = told("one")
        before = alive(pid)
        agent.kill_all()
        print(json.dumps([before, alive(pid), agent.orphans_killed]))
        """,
    )

    assert found == [True, False, 1]


TURN = """
setsid sh -c 'echo $$ > server; exec sleep 60' &
while [ ! -s server ]; do sleep 0.01; done
echo begun; read go
setsid sh shell.sh &
sh -c 'echo $$ > own; exec sleep 60' &
echo busy; read go
setsid sh -c 'echo $$ > next; exec sleep 60' &
echo busy again; read go
"""

SHELL = """
echo $$ > shell
(setsid sh -c 'echo $$ > daemon; exec sleep 60' &)
while [ ! -e more ]; do sleep 0.01; done
setsid sh -c 'echo $$ > late; exec sleep 60' &
wait
"""


def test_only_the_commands_of_the_interrupted_turn_are_killed(folder: Path) -> None:
    (folder / "agent.sh").write_text(TURN)
    (folder / "shell.sh").write_text(SHELL)

    found = play(
        folder,
        """
        agent = start("sh", "agent.sh")
        hear(agent, lambda: len(lines) == 1)
        agent.turn_began()
        agent.write(b"go\\n")
        hear(agent, lambda: len(lines) == 2)
        pids = {name: told(name) for name in ("server", "shell", "daemon", "own")}
        agent.mark_strays()
        agent.turn_began()
        agent.write(b"go\\n")
        hear(agent, lambda: len(lines) == 3)
        (folder / "more").touch()
        pids |= {name: told(name) for name in ("next", "late")}
        before = list(map(alive, pids.values()))
        agent.kill_strays()
        hear(agent, lambda: not any(alive(pids[name]) for name in ("shell", "daemon", "late")))
        agent.kill_strays()
        left = [name for name in pids if alive(pids[name])]
        agent.kill_all()
        print(json.dumps([before, left, sum(map(alive, pids.values()))]))
        """,
    )

    assert found == [[True] * 6, ["server", "own", "next"], 0]


def test_an_agent_that_cannot_be_started_is_an_error_and_needs_no_end(folder: Path) -> None:
    found = play(
        folder,
        """
        agent = AgentProcess(marker=marker, wrapped=False, hear=lines.append)
        try:
            agent.start(["/no/such/program"], cwd=str(folder))
            error = None
        except OSError as raised:
            error = raised.errno
        running = agent.running
        agent.kill_all()
        agent.close()
        print(json.dumps([error, running, agent.orphans_killed]))
        """,
    )

    assert found == [2, False, 0]
