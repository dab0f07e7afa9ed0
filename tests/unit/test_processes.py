"""Who a process is, and that a sweep leaves nothing alive."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from darkfactory.processes.identity import (
    LinuxProcesses,
    PortableProcesses,
    ProcessId,
    ProcessTable,
    is_alive,
    process_table,
    wait_gone,
)
from darkfactory.processes.sweep import descendants, kill_marked, kill_tree

# Prints its pid, starts a child in a session of its own that ignores everything but SIGKILL, waits.
TREE = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c",
    "import os,signal,time\\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    "print(os.getpid(), flush=True)\\n"
    "time.sleep(600)"], start_new_session=True, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), flush=True)
time.sleep(600)
"""


@pytest.fixture(params=[LinuxProcesses, PortableProcesses])
def table(request: pytest.FixtureRequest) -> ProcessTable:
    if request.param is LinuxProcesses and sys.platform != "linux":
        pytest.skip("/proc is Linux only")
    made: ProcessTable = request.param()
    return made


@pytest.fixture
def tree() -> Iterator[tuple[subprocess.Popen[str], int]]:
    environment = {**os.environ, "DF_TEST": f"tree-{os.getpid()}"}
    with subprocess.Popen(
        [sys.executable, "-c", TREE], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout
        grandchild = int(parent.stdout.readline())
        yield parent, grandchild
        kill_marked("DF_TEST", environment["DF_TEST"])
        parent.kill()


def test_a_process_is_itself_and_no_later_one_with_its_pid(table: ProcessTable) -> None:
    me = table.identify(os.getpid())

    assert me is not None
    assert is_alive(me, table)
    assert not is_alive(replace(me, start="0"), table)
    assert not is_alive(replace(me, boot="another boot"), table)


def test_a_process_is_stopped_until_it_is_let_go_on(table: ProcessTable) -> None:
    child = subprocess.Popen(["sleep", "60"])
    told = []
    for number in (signal.SIGSTOP, signal.SIGCONT):
        os.kill(child.pid, number)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WCONTINUED)
        told.append(table.is_stopped(child.pid))
    child.kill()
    child.wait()

    assert told == [True, False]
    assert not table.is_stopped(child.pid)


def test_a_zombie_is_not_alive(table: ProcessTable) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.read()  # ends when the child has: from here on it is a zombie or about to be
    child.stdout.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    found = table.identify(child.pid)

    child.wait()
    assert found is None


def test_descendants_reach_across_sessions(
    table: ProcessTable, tree: tuple[subprocess.Popen[str], int]
) -> None:
    parent, grandchild = tree

    assert grandchild in descendants(parent.pid, table)


def test_the_marker_finds_orphans_in_their_own_session(
    table: ProcessTable, tree: tuple[subprocess.Popen[str], int]
) -> None:
    parent, grandchild = tree
    orphan = table.identify(grandchild)
    parent.kill()
    parent.wait()

    killed = kill_marked("DF_TEST", f"tree-{os.getpid()}", table)

    assert killed == 1
    assert orphan is not None
    assert wait_gone(orphan, 5)


class LateTable:
    """Shows a process in the midst of exec: at the first look it has no environment yet."""

    def __init__(self) -> None:
        self._table = process_table()
        self._looks = 0

    def identify(self, pid: int) -> ProcessId | None:
        return self._table.identify(pid)

    def is_stopped(self, pid: int) -> bool:
        return self._table.is_stopped(pid)

    def children(self) -> dict[int, list[int]]:
        return self._table.children()

    def marked(self, name: str, value: str) -> Iterator[int]:
        self._looks += 1
        return self._table.marked(name, value) if self._looks > 1 else iter(())


def test_one_look_that_finds_nothing_does_not_end_the_sweep() -> None:
    marked = subprocess.Popen(["sleep", "60"], env={"MARK": f"late-{os.getpid()}"})

    killed = kill_marked("MARK", f"late-{os.getpid()}", LateTable())

    assert (killed, marked.wait(10)) == (1, -signal.SIGKILL)


def test_kill_tree_spares_the_root_and_leaves_no_descendant(
    table: ProcessTable, tree: tuple[subprocess.Popen[str], int]
) -> None:
    parent, grandchild = tree
    root = table.identify(parent.pid)

    kill_tree(parent.pid, name="DF_TEST", value="nobody", table=table)

    assert root is not None
    assert is_alive(root, table)
    assert table.identify(grandchild) is None


def test_waiting_for_a_living_process_gives_up_in_time() -> None:
    me = LinuxProcesses().identify(os.getpid()) if sys.platform == "linux" else None
    if me is None:
        me = PortableProcesses().identify(os.getpid())

    assert me is not None
    assert not wait_gone(me, 0.05)


def test_a_child_that_ends_wakes_the_waiter() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        identity = LinuxProcesses().identify(child.pid)
        assert identity is not None
        child.send_signal(signal.SIGKILL)

        assert wait_gone(identity, 5)
