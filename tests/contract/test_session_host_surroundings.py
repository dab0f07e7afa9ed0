"""What surrounds a session host: environment, secrets, hostile output, full disks, its death."""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkfactory.domain.session import ControlOp, Outcome
from darkfactory.domain.settings import WorkspaceSettings
from darkfactory.events.stream import Stream, Writer
from darkfactory.processes.identity import ProcessId, wait_gone
from darkfactory.processes.probe import probe
from darkfactory.sessions.control import ControlRejected, HostGone, SessionEnded
from darkfactory.sessions.hosts import HostState, find_host
from darkfactory.sessions.recover import bury
from darkfactory.sessions.start import ForkServer, HostProcess, start_host
from tests.fakes.hosted import BOTH_WAYS, EDIT, SESSION, UNFENCED, Bench, bench_in

FOREVER = {"say": "Thinking.", "forever": True}
FIXED = {"say": "Fixed it."}
SECRET = 'hunter2-"quoted"-hunter2'


def agent_process(bench: Bench) -> ProcessId:
    found = find_host(str(bench.folder))
    assert found.state is HostState.ALIVE
    body = json.loads((bench.folder / "host.json").read_text())
    return ProcessId(body["agent_pid"], body["agent_start"], body["boot"])


def program(bench: Bench, before: str) -> dict[str, Any]:
    """Return settings of an agent whose program runs the shell lines *before* and then the mock."""
    path = bench.root / "agent.sh"
    path.write_text(f'#!/bin/sh\n{before}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return {"command": (str(path),)}


@BOTH_WAYS
@pytest.mark.parametrize("fences", [None, UNFENCED], ids=["fenced", "unfenced"])
def test_an_agent_sees_nothing_of_the_callers_environment_but_what_is_named(
    bench: Bench, fences: Any
) -> None:
    bench.caller |= {
        "ANTHROPIC_API_KEY": SECRET, "AWS_SESSION": "x", "PYTHONPATH": "/x", "LD_PRELOAD": "",
        "SSH_AUTH_SOCK": "/x", "HOME": "/root", "USER": "ada", "LC_TIME": "C", "TZ": "UTC",
        "TMPDIR": "/var/tmp", "GIT_DIR": "/x", "DARKFACTORY_USER": "ada", "NAMED": "yes",
    }  # fmt: skip
    bench.script({"say": "Hi.", "do": [{"shell": "env -0 | tr '\\0' '\\n'"}]}, FIXED)
    how = {"pass_env": ("NAMED", "ABSENT"), "env": {"EXTRA": "1"}}

    bench.ended(bench.start(agent=how, fences=fences))

    said = bench.events("tool.finished")[0].data["output"]
    seen = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    shells_own = {"PWD", "SHLVL", "_", "OLDPWD"}
    assert seen.keys() - shells_own <= {
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ", "DF_SESSION", "NAMED",
        "EXTRA", "TMPDIR",
    }  # fmt: skip
    assert (seen["NAMED"], seen["EXTRA"], seen["LC_TIME"]) == ("yes", "1", "C")
    assert seen["HOME"] == str(bench.folder / "home")
    assert seen.get("TMPDIR", "/tmp") != "/var/tmp"


@pytest.mark.parametrize("kind", ["clone", "worktree"])
def test_an_agents_own_git_works_however_its_workspace_was_made(bench: Bench, kind: str) -> None:
    bench.workspaces = WorkspaceSettings(kind)
    command = "git commit -q --allow-empty -m mine && git log --format=%s"
    bench.script({"do": [{"shell": command}]}, FIXED)

    bench.ended(bench.start())

    (call,) = bench.events("tool.finished")
    assert call.data["output"] == "mine\nfirst\n"


def test_half_a_secret_at_the_cut_of_what_an_agent_complained_is_not_told(bench: Bench) -> None:
    bench.caller["GH_TOKEN"] = SECRET
    bench.script({"say": "Bye.", "fault": {"kind": "exit", "status": 3}})
    complain = 'printf "%s\n%1995s\n" "$GH_TOKEN" end >&2'
    how = {**program(bench, complain), "pass_env": ("GH_TOKEN",)}

    end = bench.ended(bench.start(agent=how))

    assert any("end" in note for note in end.notes)
    assert not any(SECRET[-3:] in note for note in end.notes)


def test_secrets_that_are_passed_on_reach_no_file_of_the_session(bench: Bench) -> None:
    bench.caller["GH_TOKEN"] = SECRET
    commands = ["echo token $GH_TOKEN", "echo $GH_TOKEN | base64"]
    bench.script(
        {"say": "Hi.", "do": [{"shell": command} for command in commands]},
        {"say": "Bye.", "fault": {"kind": "exit", "status": 3}},
    )
    how = {**program(bench, 'echo "bad token: $GH_TOKEN" >&2'), "pass_env": ("GH_TOKEN",)}

    end = bench.ended(bench.start(agent=how))

    assert end.notes == ("stderr: bad token: [redacted GH_TOKEN]",)
    outputs = [event.data["output"] for event in bench.events("tool.finished")]
    assert outputs[0] == "token [redacted GH_TOKEN]\n"
    assert "redacted" not in outputs[1]  # what is encoded cannot be told from anything else
    forms = [SECRET.encode(), SECRET.replace('"', '\\"').encode()]
    for file in [*bench.folder.glob("*"), *bench.state.streams.rglob("*.jsonl")]:
        if file.is_file():
            assert not any(form in file.read_bytes() for form in forms), file


def test_huge_and_broken_lines_are_survived_and_the_rest_is_understood(bench: Bench) -> None:
    lines = [
        b"x" * 9_000_000, b"[" * 300_000, b"\0\xff", b'{"type":"message"}', b"[]",
        b'{"type":"usage","input":1,"output":NaN,"cached":0,"reasoning":0}',
        b'{"type":"message","text":"lone \\ud800 surrogate"}',
    ]  # fmt: skip
    (bench.root / "noise").write_bytes(b"\n".join(lines) + b"\n")
    bench.script({"say": "Hi.", "do": [EDIT]}, FIXED)

    end = bench.ended(bench.start(agent=program(bench, f"cat '{bench.root}/noise'")))

    assert end.outcome is Outcome.PROPOSED
    raw = (bench.folder / "raw.jsonl").read_bytes()
    assert max(map(len, raw.split(b"\n"))) == 8 << 20
    assert b"\0\xff\n" in raw
    assert len(bench.events("warning")) == 6
    assert "lone \ud800 surrogate" in [e.data["text"] for e in bench.events("message")]
    Path(Stream(bench.state.streams, f"s/{SESSION}").file).read_bytes().decode("utf-8")


@contextmanager
def deaf_to(ignored: set[signal.Signals], blocked: set[signal.Signals]) -> Iterator[None]:
    """Ignore and block signals in this process, as a caller of ours may."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, action in before.items():
            signal.signal(number, action)


@pytest.mark.parametrize("way", ["forked", "direct"])
def test_an_agent_is_deaf_to_no_signal_that_our_caller_ignored_or_blocked(
    bench: Bench, way: str
) -> None:
    bench.script({"say": "Hi.", "do": [{"shell": "grep -E 'Sig(Blk|Ign)' /proc/self/status"}]})

    with (
        deaf_to({signal.SIGINT, signal.SIGQUIT, signal.SIGUSR2}, {signal.SIGTERM, signal.SIGUSR1}),
        contextlib.closing(ForkServer()) as server,
    ):
        bench.start_host = server.start if way == "forked" else start_host
        bench.ended(bench.start())

    said = bench.events("tool.finished")[0].data["output"]
    known = sum(1 << number - 1 for number in signal.valid_signals())  # the rest is the C library's
    assert [int(line.split()[1], 16) & known for line in said.splitlines()] == [0, 0]


DESCRIPTORS = """
import os
held = [one for one in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{one}")]
open("held", "w").write(" ".join(sorted(held)))
"""


@BOTH_WAYS
def test_an_agent_inherits_its_pipes_and_no_other_descriptor(bench: Bench) -> None:
    bench.script(FIXED)

    bench.ended(
        bench.start(agent={"command": (sys.executable, "-c", DESCRIPTORS)}, fences=UNFENCED)
    )

    assert (bench.workspace / "held").read_text() == "0 1 2"


@pytest.mark.parametrize("fences", [None, UNFENCED], ids=["fenced", "unfenced"])
def test_daemons_do_not_outlive_the_session_that_started_them(bench: Bench, fences: Any) -> None:
    daemon = "setsid sh -c 'trap \"\" TERM HUP; echo $$ > pid; exec sleep 60' > /dev/null 2>&1 &"
    bench.script(
        {"say": "Serving.", "do": [{"shell": f"{daemon} while [ ! -s pid ]; do sleep 0.01; done"}]},
        FIXED,
    )
    host = bench.start(fences=fences)
    bench.wait_for("tool.finished")

    end = bench.ended(host)

    assert end.outcome is Outcome.PROPOSED  # it left a file
    assert bench.marked() == []
    taken_along = fences is not UNFENCED and probe().bubblewrap is not None
    assert end.orphans_killed == (0 if taken_along else 1)


@BOTH_WAYS
def test_an_agent_that_cannot_be_started_is_a_session_that_crashed(bench: Bench) -> None:
    bench.script(FIXED)
    how = program(bench, "")
    prepared = bench.prepare(agent=how, fences=UNFENCED)
    (bench.root / "agent.sh").unlink()

    end = bench.ended(bench.start(prepared), status=70)

    assert end.outcome is Outcome.CRASHED
    assert end.reason.startswith("the session host failed: FileNotFoundError")
    assert bench.types() == ["session.started", "session.ending", "session.ended"]
    assert "Traceback" in (bench.folder / "host.log").read_text()


@BOTH_WAYS
def test_a_host_that_is_told_to_stop_ends_its_agent_and_leaves_a_session_to_resume(
    bench: Bench,
) -> None:
    bench.script({"say": "Half.", "do": [EDIT]}, FOREVER)
    host = bench.start()
    bench.wait_for("usage", count=2)

    os.kill(host.pid, signal.SIGTERM)
    end = bench.ended(host)

    assert (end.outcome, end.reason) == (Outcome.CRASHED, "the session host got SIGTERM")
    assert bench.kept(str(end.preserved))["calc.py"].endswith("a + b\n")
    assert bench.marked() == []


def test_what_nobody_foresaw_ends_the_session_and_is_our_bug(bench: Bench) -> None:
    bench.script({"say": "Half.", "do": [EDIT]}, FOREVER)
    said = """echo '{"type":"done","reason":"bored","text":""}'"""

    end = bench.ended(bench.start(agent=program(bench, said)), status=70)

    assert end.outcome is Outcome.CRASHED
    assert end.reason == "the session host failed: ValueError: 'bored' is not a valid TurnEnd"
    assert bench.events("turn.finished")[0].data["reason"] == "killed"
    assert bench.marked() == []


@BOTH_WAYS
@pytest.mark.parametrize("fences", [None, UNFENCED], ids=["fenced", "unfenced"])
def test_the_death_of_a_host_is_the_death_of_its_agent(bench: Bench, fences: Any) -> None:
    bench.script(FOREVER)
    host = bench.start(fences=fences)
    bench.wait_for("turn.started")
    agent = agent_process(bench)

    bench.kill(host)
    end = bench.wait(lambda: bury(str(bench.folder)))

    assert (end.outcome, end.reason) == (Outcome.CRASHED, "the session host was killed")
    assert wait_gone(agent, 5)
    assert bench.marked() == []


def test_a_steer_sent_while_no_host_lives_is_obeyed_by_the_next(bench: Bench) -> None:
    bench.script(FOREVER, again=[{"say": "Again.", "do": [EDIT]}, FIXED])
    host = bench.start()
    bench.wait_for("usage")
    bench.kill(host)
    with pytest.raises(HostGone):
        bench.control(ControlOp.STEER, text="do it again")

    buried = bury(str(bench.folder))
    end = bench.ended(bench.start(epoch=2, resume=True))

    assert buried is not None
    assert buried.outcome is Outcome.CRASHED
    assert end.outcome is Outcome.PROPOSED
    (steer,) = [e.data["id"] for e in bench.events("control.requested")]
    assert [e.type for e in bench.events() if e.data.get("id") == steer] == [
        "control.requested", "control.accepted", "control.applied",
    ]  # fmt: skip


def test_a_cancel_sent_while_no_host_lives_ends_the_session_for_good(bench: Bench) -> None:
    bench.script({"say": "Half.", "do": [EDIT]}, FOREVER)
    host = bench.start()
    bench.wait_for("usage", count=2)
    bench.kill(host)
    with pytest.raises(HostGone):
        bench.control(ControlOp.CANCEL, reason="enough")

    end = bury(str(bench.folder))

    assert end is not None
    assert (end.outcome, end.reason) == (Outcome.CANCELLED, "cancelled by ada: enough")
    assert bench.kept(f"refs/df/wreck/{SESSION}")["calc.py"].endswith("a + b\n")
    with pytest.raises(SessionEnded):
        bench.control(ControlOp.STEER, text="too late")


def test_control_needs_no_message_of_ours_only_a_line_in_the_stream(bench: Bench) -> None:
    bench.script(FOREVER)
    host = bench.start()
    bench.wait_for("turn.started")
    control = Stream(bench.state.streams, f"s/{SESSION}/control")

    for name, op in (("x", "explode"), ("c", "cancel"), ("c", "cancel")):
        Writer(control, producer="phone").write("control", {"id": name, "op": op, "by": "bob"})
    end = bench.ended(host)

    assert end.reason == "cancelled by bob"
    assert [e.data["id"] for e in bench.events("control.applied")] == ["c", "end-1"]
    assert bench.events("control.rejected")[0].data["reason"] == "unknown op 'explode'"


SLOW_GIT = """#!/bin/sh
case " $* " in
*" commit-tree "*) : > '{folder}/started'; read _ < '{folder}/go' ;;
esac
exec '{git}' "$@"
"""


def test_a_message_that_comes_while_the_session_ends_is_answered(
    bench: Bench, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(SLOW_GIT.format(folder=tmp_path, git=shutil.which("git")))
    git.chmod(0o755)
    bench.script({"say": "Work.", "do": [EDIT]}, FIXED)
    prepared = bench.prepare()
    environment = {**prepared.environment, "PATH": f"{git.parent}:{prepared.environment['PATH']}"}
    host = bench.start(replace(prepared, environment=environment))
    bench.wait((tmp_path / "started").exists)

    control = Stream(bench.state.streams, f"s/{SESSION}/control")
    wish = {"id": "late", "op": "steer", "by": "bob", "text": "one more thing"}
    Writer(control, producer="phone").write("control", wish)
    (tmp_path / "go").write_text("\n")
    end = bench.ended(host)

    assert end.outcome is Outcome.PROPOSED
    (answer,) = bench.events("control.expired")
    assert answer.data == {"id": "late", "op": "steer", "reason": "the session has ended"}


def test_what_cannot_be_done_now_is_refused_at_once(bench: Bench) -> None:
    bench.script(FOREVER)
    bench.start()
    bench.wait_for("turn.started")

    with pytest.raises(ControlRejected) as refused:
        bench.control(ControlOp.APPROVE, request="nothing")

    assert "no open approval 'nothing'" in refused.value.problem


def test_a_state_folder_deeper_than_a_socket_path_may_be_changes_nothing(
    tmp_path: Path, hosted_template: Path
) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with bench_in(deep, hosted_template) as bench:
        bench.script(FOREVER)
        host = bench.start()
        bench.wait_for("turn.started")
        folder = os.open(bench.folder, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect(f"/proc/self/fd/{folder}/c.sock")  # somebody listens
        os.close(folder)

        bench.control(ControlOp.CANCEL)

        assert bench.ended(host).outcome is Outcome.CANCELLED
        assert len(str(bench.folder / "c.sock")) > 108


def _limit_files(bench: Bench, host: HostProcess) -> None:
    log = Path(Stream(bench.state.streams, f"s/{SESSION}").file)
    size = log.stat().st_size + 1500
    resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (size, size))


@BOTH_WAYS
def test_a_full_disk_ends_the_agent_and_costs_nothing_that_was_told(bench: Bench) -> None:
    bench.script({"say": "Half.", "do": [EDIT]}, FOREVER)
    host = bench.start()
    bench.wait_for("usage", count=2)
    agent, before = agent_process(bench), bench.events()

    _limit_files(bench, host)

    assert bench.status(host) == 3
    assert "the disk is full" in (bench.folder / "host.log").read_text()
    assert wait_gone(agent, 5)
    assert bench.marked() == []
    told = bench.events()
    assert [event.id for event in told[: len(before)]] == [event.id for event in before]
    assert "session.ended" not in bench.types()
    end = bury(str(bench.folder))
    assert end is not None
    assert end.outcome is Outcome.CRASHED
    assert bench.kept(str(end.preserved))["calc.py"].endswith("a + b\n")
    assert [event.id for event in bench.events()[: len(told)]] == [event.id for event in told]


@pytest.mark.parametrize(
    ("file", "start"),
    [("raw.jsonl", "forked"), ("host.json", "direct")],  # a forked host may be there before a limit
    indirect=["start"],
)
def test_no_file_of_the_session_may_be_lost_to_a_full_disk(bench: Bench, file: str) -> None:
    bench.script(FOREVER)
    prepared = bench.prepare()
    if file == "raw.jsonl":
        (bench.folder / file).symlink_to("/dev/full")
        host = bench.start(prepared)
    else:
        host = bench.start(prepared)
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (20, 20))

    assert bench.status(host) == 3
    assert bench.marked() == []


@BOTH_WAYS
def test_a_host_compiles_no_module_that_a_full_disk_could_cut(bench: Bench) -> None:
    bench.script(FOREVER)

    host = bench.start()
    bench.wait_for("session.started")

    command = Path(f"/proc/{host.pid}/cmdline").read_bytes().split(b"\0")
    assert b"-B" in command[: command.index(b"-c")]


def test_a_disk_that_takes_not_even_the_complaint_is_told_by_the_exit_status(bench: Bench) -> None:
    bench.script(FOREVER)
    prepared = bench.prepare()
    (bench.folder / "host.log").symlink_to("/dev/full")
    host = bench.start(prepared)
    bench.wait_for("usage", count=2)

    _limit_files(bench, host)

    assert bench.status(host) == 3
    assert bench.marked() == []
