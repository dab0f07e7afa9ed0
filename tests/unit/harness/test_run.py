"""Runs of real commands: what they see, how they end, what is left of them."""

import os
import shutil
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from darkfactory.clock import SystemClock
from darkfactory.domain.change import HarnessVerdict
from darkfactory.domain.settings import HarnessSettings
from darkfactory.errors import DiskFull
from darkfactory.harness.capture import OMITTED
from darkfactory.harness.run import RawRun, RunStopped, Wrap, run_check
from darkfactory.harness.verdict import result_of
from darkfactory.processes.identity import process_table

needs_setsid = pytest.mark.skipif(not shutil.which("setsid"), reason="no setsid program")
needs_full_disk = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")


class LeapingClock(SystemClock):
    """Goes on normally until *file* holds "ready"; then it is a quarter of an hour later."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def monotonic(self) -> float:
        ready = self._file.exists() and b"ready" in self._file.read_bytes()
        return time.monotonic() + (900 if ready else 0)


class Bench:
    """A tree to run commands on."""

    def __init__(self, root: Path) -> None:
        self.tree = root / "tree"
        self.tree.mkdir()
        self.home = root / "home"
        self.temp = root / "temp"
        self.output_file = root / "output.log"

    def run(
        self,
        command: str,
        *,
        settings: HarnessSettings | None = None,
        wrap: Wrap = list,
        grace_seconds: float = 5.0,
        limit_bytes: int = 1 << 20,
        output_file: str | None = None,
    ) -> RawRun:
        return run_check(
            command,
            str(self.tree),
            settings=settings or HarnessSettings(command),
            wrap=wrap,
            home=str(self.home),
            temp=str(self.temp),
            output_file=output_file or str(self.output_file),
            clock=LeapingClock(self.output_file),
            grace_seconds=grace_seconds,
            limit_bytes=limit_bytes,
        )

    def pid(self, name: str) -> int:
        return int((self.tree / name).read_text())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def is_alive(pid: int) -> bool:
    return process_table().identify(pid) is not None


def test_a_command_runs_at_the_root_of_the_tree_and_tells_its_exit_status(bench: Bench) -> None:
    (bench.tree / "mark").write_text("here")

    raw = bench.run("cat mark; echo oops >&2; exit 7")

    assert raw.exit_code == 7
    assert raw.output == "hereoops\n"
    assert not raw.timed_out


def test_the_output_is_also_in_the_file(bench: Bench) -> None:
    bench.run("echo one; echo two")

    assert bench.output_file.read_text() == "one\ntwo\n"


def test_a_command_sees_nothing_of_the_caller_but_tools_and_locale(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSH_TOKEN", "do not leak")

    raw = bench.run("env", settings=HarnessSettings("env", env={"CI": "1"}))

    seen = dict(line.split("=", 1) for line in raw.output.splitlines() if "=" in line)
    assert "PUSH_TOKEN" not in seen
    assert seen["HOME"] == str(bench.home)
    assert seen["TMPDIR"] == str(bench.temp)
    assert seen["CI"] == "1"
    assert bench.home.is_dir()
    assert bench.temp.is_dir()


def test_standard_input_is_empty(bench: Bench) -> None:
    assert bench.run("read line || echo nothing").output == "nothing\n"


def test_the_fence_is_put_around_the_shell(bench: Bench) -> None:
    def fence(argv: Sequence[str]) -> Sequence[str]:
        return ["env", "FENCED=yes", *argv]

    assert bench.run("echo $FENCED", wrap=fence).output == "yes\n"


def test_a_fence_that_is_not_there_is_a_problem_and_no_exit_status(bench: Bench) -> None:
    raw = bench.run("true", wrap=lambda argv: ["/no/such/fence", *argv])

    assert raw.exit_code is None
    assert "/no/such/fence" in raw.problem


def test_a_background_process_neither_delays_the_end_nor_outlives_it(bench: Bench) -> None:
    raw = bench.run("sleep 300 & echo $! > pid; exit 3")

    assert raw.exit_code == 3
    assert raw.seconds < 10
    assert not is_alive(bench.pid("pid"))


@needs_setsid
def test_a_process_that_moved_to_its_own_session_does_not_outlive_the_run(bench: Bench) -> None:
    raw = bench.run("setsid sh -c 'echo $$ > pid; sleep 300' & while ! test -s pid; do :; done")

    assert raw.exit_code == 0
    assert not is_alive(bench.pid("pid"))


@needs_setsid
def test_a_process_that_hid_from_the_sweep_cannot_hold_the_run_by_its_output(bench: Bench) -> None:
    hidden = "env -i setsid sh -c 'echo $$ > pid; exec yes'"
    try:
        raw = bench.run(f"{hidden} & while ! test -s pid; do :; done; exit 4")
    finally:
        os.kill(bench.pid("pid"), signal.SIGKILL)

    assert raw.exit_code == 4
    assert raw.seconds < 10


@needs_setsid
def test_the_time_limit_ends_a_stubborn_tree(bench: Bench) -> None:
    (bench.tree / "stubborn.sh").write_text(
        "trap '' TERM; echo $$ > $1; while :; do sleep 300; done"
    )
    raw = bench.run(
        "setsid sh stubborn.sh far & sh stubborn.sh near & "
        "while ! test -s far || ! test -s near; do :; done; echo ready; wait",
        grace_seconds=0.0,
    )

    assert raw.timed_out
    assert raw.exit_code is None
    assert not is_alive(bench.pid("near"))
    assert not is_alive(bench.pid("far"))


def test_after_the_time_limit_a_command_may_clean_up(bench: Bench) -> None:
    raw = bench.run(
        "(trap 'rm -f lock; echo cleaned; exit 0' TERM; touch lock; echo ready; "
        "while :; do sleep 0.02; done) & wait"
    )

    assert raw.timed_out
    assert "cleaned" in raw.output
    assert not (bench.tree / "lock").exists()


def test_endless_output_does_not_hide_the_time_limit(bench: Bench) -> None:
    raw = bench.run("echo ready; exec yes", grace_seconds=0.0, limit_bytes=100_000)

    assert raw.timed_out
    assert bench.output_file.stat().st_size < 110_000


def test_of_huge_output_the_beginning_and_the_end_are_kept(bench: Bench) -> None:
    raw = bench.run("echo first; seq 1 200000; echo last", limit_bytes=10_000)

    kept = bench.output_file.read_bytes()
    assert kept.decode() == raw.output
    assert raw.output.startswith("first\n1\n")
    assert raw.output.endswith("200000\nlast\n")
    left_out = 6 + 1_288_895 + 5 - 10_000
    assert OMITTED.format(left_out) in raw.output


def test_output_that_is_not_text_is_kept_as_far_as_it_can_be_read(bench: Bench) -> None:
    assert bench.run(r"printf 'a\377\000b'").output == "a\ufffd\0b"


def test_100_mb_without_a_line_end_are_survived_with_the_true_status(bench: Bench) -> None:
    raw = bench.run("head -c 100000000 /dev/zero; exit 3", limit_bytes=1 << 20)

    result = result_of("tree", raw)
    assert (result.result, result.exit_code, result.complete) == (HarnessVerdict.FAIL, 3, False)
    assert bench.output_file.stat().st_size < 1 << 21


def test_a_command_that_closes_its_output_is_waited_for(bench: Bench) -> None:
    raw = bench.run("echo before; exec >&- 2>&-; for i in $(seq 2000); do :; done; exit 6")

    assert (raw.exit_code, raw.output) == (6, "before\n")


def test_a_command_that_closes_its_output_meets_the_time_limit_all_the_same(bench: Bench) -> None:
    raw = bench.run(
        "trap '' TERM; echo $$ > pid; echo ready; exec >&- 2>&-; exec sleep 300",
        grace_seconds=0.0,
    )

    assert raw.timed_out
    assert not is_alive(bench.pid("pid"))


FORKS = """
import os, time
for generation in range(6):
    if os.fork() == 0:
        os.setsid()
open(f"pids/{os.getpid()}", "w").close()
while len(os.listdir("pids")) < 64:
    time.sleep(0.01)
print("ready", flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("ends", [True, False], ids=["its first ends", "none ends"])
def test_processes_that_multiply_do_not_outlive_the_run(bench: Bench, ends: bool) -> None:
    (bench.tree / "pids").mkdir()
    (bench.tree / "forks.py").write_text(FORKS)
    first = "until grep -q ready said; do :; done; exit 9" if ends else "tail -f said"

    raw = bench.run(f"touch said; python3 forks.py > said & {first}", grace_seconds=0.0)

    forked = [int(name) for name in os.listdir(bench.tree / "pids")]
    assert len(forked) == 64
    assert raw.exit_code == (9 if ends else None)
    assert [pid for pid in forked if is_alive(pid)] == []


@needs_full_disk
def test_a_full_disk_stops_the_run_and_says_so(bench: Bench) -> None:
    with pytest.raises(DiskFull):
        bench.run("echo $$ > pid; echo hello; sleep 300", output_file="/dev/full")

    assert not is_alive(bench.pid("pid"))


def test_a_command_killed_by_a_signal_tells_it_as_a_shell_would(bench: Bench) -> None:
    assert bench.run("kill -KILL $$").exit_code == 137


def test_two_runs_at_once_do_not_end_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    long, short = Bench(tmp_path / "a"), Bench(tmp_path / "b")

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(long.run, "touch on; while ! test -e off; do sleep 0.01; done; exit 6")
        while not (long.tree / "on").exists() and not going.done():
            pass
        first = short.run("exit 5")
        (long.tree / "off").touch()

        assert first.exit_code == 5
        assert going.result().exit_code == 6


def test_a_run_that_is_stopped_leaves_nothing_behind(bench: Bench) -> None:
    ready = bench.output_file

    def stopped() -> bool:
        return ready.exists() and b"ready" in ready.read_bytes()

    with pytest.raises(RunStopped):
        run_check(
            "sleep 300 & echo $! > child; echo ready; wait",
            str(bench.tree),
            settings=HarnessSettings("x"),
            wrap=list,
            home=str(bench.home),
            temp=str(bench.temp),
            output_file=str(ready),
            clock=SystemClock(),
            stopped=stopped,
        )

    child = int((bench.tree / "child").read_text())
    assert process_table().identify(child) is None
