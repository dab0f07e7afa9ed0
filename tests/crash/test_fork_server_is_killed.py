"""Kill -9 of the fork server at each step: the session runs, and runs once."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from darkfactory.domain.session import Outcome
from darkfactory.sessions.start import UNTOLD, ForkServer
from tests.fakes.hosted import EDIT, Bench, bench_in, make_template

DEADLY = """
import os, select, signal, socket, sys
sys.path.append(sys.argv[1])
from darkfactory.sessions import fork_server

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

server, fork, waitpid, sendall = os.getpid(), os.fork, os.waitpid, socket.socket.sendall
{step}
fork_server.main(int(sys.argv[2]))
# {mark}
"""
UNANSWERED = {
    "before it takes the request": "select.select = die",
    "before the fork": "os.fork = die",
    "between fork and answer": "os.fork = lambda: fork() and die()",
    "in the middle of the answer": (
        "socket.socket.sendall = lambda sock, line: die(sendall(sock, line[:9]))"
    ),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("hosted"))


@pytest.fixture
def bench(tmp_path: Path, template: Path) -> Iterator[Bench]:
    with bench_in(tmp_path, template) as made:
        made.script({"say": "Looking.", "do": [EDIT]}, {"say": "Fixed it."}, {"say": "Again."})
        yield made


def of_server(mark: Path) -> list[psutil.Process]:
    """Return the server that was started with *mark*, and what it forked."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(f"# {mark}" in word for word in process.cmdline()):
                found.append(process)
    return found


@pytest.mark.parametrize("step", UNANSWERED.values(), ids=UNANSWERED)
def test_a_host_that_was_not_answered_for_never_begins_and_another_runs_once(
    bench: Bench, tmp_path: Path, step: str
) -> None:
    program = DEADLY.format(step=step, mark=tmp_path)

    with contextlib.closing(ForkServer(program)) as server:
        bench.start_host = server.start
        end = bench.ended(bench.start())

    assert end.outcome is Outcome.PROPOSED
    assert [bench.types().count(f"session.{word}") for word in ("started", "ended")] == [1, 1]
    bench.wait(lambda: not of_server(tmp_path))


def test_a_host_lives_on_and_the_next_one_has_a_new_server(bench: Bench) -> None:
    with contextlib.closing(ForkServer()) as server:
        bench.start_host = server.start
        first = bench.start()
        killed = psutil.Process(first.pid).ppid()
        os.kill(killed, signal.SIGKILL)
        bench.wait_for("session.ended")
        status = bench.status(first)
        second = bench.start(epoch=2, resume=True)
        following = psutil.Process(second.pid).ppid()
        bench.ended(second)

    assert status == UNTOLD
    assert len({killed, following, os.getpid()}) == 3
    assert [bench.types().count(f"session.{word}") for word in ("started", "ended")] == [2, 2]


def test_a_server_that_dies_collecting_a_host_takes_no_end_with_it(
    bench: Bench, tmp_path: Path
) -> None:
    step = "os.waitpid = lambda *asked: (os.getpid() == server and die()) or waitpid(*asked)"
    program = DEADLY.format(step=step, mark=tmp_path)

    with contextlib.closing(ForkServer(program)) as server:
        bench.start_host = server.start
        host = bench.start()
        bench.wait(lambda: not of_server(tmp_path))

        assert bench.status(host) == UNTOLD

    assert [event.data["outcome"] for event in bench.events("session.ended")] == ["proposed"]
