"""Hosts that are forked: nothing to load, nothing of each other, and what is told of their end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from darkfactory.factory.launching import Running
from darkfactory.factory.waiting import gone
from darkfactory.processes.identity import process_table, wait_gone
from darkfactory.sessions.start import ForkServer, HostNotStarted, StartHost
from tests.fakes.hosted import BOTH_WAYS, EDIT, SESSION, UNFENCED, Bench, bench_in

FOREVER = {"say": "Thinking.", "forever": True}
FIXED = {"say": "Fixed it."}
SECRET = "of-this-session-alone-6b1f"
TELLS_IMPORTS = """
import sys
sys.path.append(sys.argv[1])
from darkfactory.agents.registry import adapter
from darkfactory.sessions import fork_server
fork_server.preload()
adapter("mock")
def tell(event, given):
    if event == "import" and given[0] not in sys.modules:
        sys.stderr.write(f"imported late: {given[0]}\\n")
sys.addaudithook(tell)
fork_server.main(int(sys.argv[2]))
"""
DEAF = "import signal; signal.pause()"


@pytest.fixture
def other(tmp_path: Path, hosted_template: Path, start: StartHost) -> Iterator[Bench]:
    (tmp_path / "other").mkdir()
    with bench_in(tmp_path / "other", hosted_template, start) as made:
        yield made


def holds(pid: int, text: str) -> bool:
    """Tell whether *text* is anywhere in the memory of a process."""
    areas = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for area in areas:
            place, rights, *_ = area.split()
            first, last = (int(end, 16) for end in place.split("-"))
            if rights.startswith("rw"):
                memory.seek(first)
                if text.encode() in memory.read(last - first):
                    return True
    return False


def test_a_forked_host_has_nothing_left_to_load(bench: Bench) -> None:
    bench.script({"say": "Looking.", "do": [EDIT]}, FIXED, FIXED)

    with contextlib.closing(ForkServer(TELLS_IMPORTS)) as server:
        bench.start_host = server.start
        started = bench.status(bench.start())
        resumed = bench.status(bench.start(epoch=2, resume=True))

    assert (bench.folder / "host.log").read_text() == ""
    assert (started, resumed) == (0, 0)


def test_what_one_session_is_told_is_nowhere_in_another_nor_in_the_server(
    bench: Bench, other: Bench
) -> None:
    told, untold = bench, other
    told.caller["GH_TOKEN"] = SECRET
    untold.caller["MINE"] = "1"
    for each in (told, untold):
        each.script(FOREVER)
    first = told.start(agent={"pass_env": ("GH_TOKEN",)})
    told.wait_for("turn.started")

    second = untold.start(agent={"pass_env": ("GH_TOKEN", "MINE")})
    untold.wait_for("turn.started")

    server = psutil.Process(second.pid).ppid()
    assert server == psutil.Process(first.pid).ppid()
    assert [holds(pid, SECRET) for pid in (first.pid, second.pid, server)] == [True, False, False]
    assert psutil.Process(first.pid).environ().keys() <= {"LANG", "LC_ALL", "LC_CTYPE"}
    agents = {psutil.Process(one).environ().get("GH_TOKEN") for one in untold.marked()}
    assert agents == {None}


@BOTH_WAYS
def test_an_environment_arrives_whole_and_byte_by_byte(bench: Bench) -> None:
    big = {f"BIG_{number}": "x" * 100_000 for number in range(3)}
    bench.script(
        {"say": "Hi.", "do": [{"shell": "echo ${#BIG_2}; printf '%s' \"$ODD\" | od -An -tx1"}]}
    )
    prepared = bench.prepare(fences=UNFENCED)
    environment = {**prepared.environment, **big, "ODD": os.fsdecode(b"=\xff\n")}

    bench.ended(bench.start(replace(prepared, environment=environment)))

    assert bench.events("tool.finished")[0].data["output"].split() == ["100000", "3d", "ff", "0a"]


@BOTH_WAYS
@pytest.mark.parametrize("odd", [{"A": "x\0y"}, {"A=B": "x"}, {"A": "\ud800"}])
def test_an_environment_that_cannot_be_one_starts_nothing(
    bench: Bench, odd: dict[str, str]
) -> None:
    bench.script(FIXED)
    prepared = replace(bench.prepare(), environment=odd)

    with pytest.raises(HostNotStarted):
        bench.start(prepared)

    assert bench.types() == []


@BOTH_WAYS
def test_the_death_of_a_host_is_noticed_at_once_and_told(bench: Bench) -> None:
    bench.script(FOREVER)
    host = bench.start()
    bench.wait_for("turn.started")

    async def notice() -> None:
        wait = asyncio.ensure_future(gone(Running(SESSION, None, host), stopped_seconds=60))
        await asyncio.wait({wait}, timeout=0)
        os.kill(host.pid, signal.SIGKILL)
        await asyncio.wait_for(wait, timeout=2.5)  # half of how often it looks without being told

    asyncio.run(notice())

    assert host.poll() == -signal.SIGKILL


def test_the_server_ends_with_its_client_and_the_hosts_live_on(bench: Bench) -> None:
    bench.script({"say": "Looking.", "sleep": 0.5, "do": [EDIT]}, FIXED)
    server = ForkServer()
    bench.start_host = server.start
    host = bench.start()
    bench.wait_for("turn.started")
    process = process_table().identify(psutil.Process(host.pid).ppid())
    assert process is not None

    server.close()

    assert wait_gone(process, 5)
    bench.wait_for("session.ended", outcome="proposed")
    assert bench.status(host) == 255  # who could tell is gone


def test_a_server_that_does_not_answer_is_ended_and_done_without(bench: Bench) -> None:
    bench.script({"say": "Looking.", "do": [EDIT]}, FIXED)
    program = f"{DEAF}  # {bench.root}"

    with contextlib.closing(ForkServer(program, answer_seconds=0.1)) as server:
        bench.start_host = server.start
        end = bench.ended(bench.start())

    assert end.outcome == "proposed"
    assert [one for one in psutil.process_iter() if program in _command(one)] == []


def test_a_server_that_cannot_begin_says_why_in_the_log_of_the_session(bench: Bench) -> None:
    bench.script({"say": "Looking.", "do": [EDIT]}, FIXED)

    with contextlib.closing(ForkServer("import no_such_module")) as server:
        bench.start_host = server.start
        host = bench.start()
        bench.wait_for("session.ended", outcome="proposed")

    assert bench.status(host) == 0
    assert "No module named 'no_such_module'" in (bench.folder / "host.log").read_text()


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []
