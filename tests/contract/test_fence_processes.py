"""What every side of the fence promises about other processes and about powers, for real."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from darkfactory.processes import bubblewrap, restrict
from darkfactory.processes.probe import probe
from tests.fakes.fenced import SIDE_NAMES, SIDES, World, absent, worlds

_BUBBLEWRAP = [pair for pair in SIDES if pair[0] == "bubblewrap"]
_BUBBLEWRAP_NAMES = [name for name in SIDE_NAMES if name.startswith("bubblewrap")]


@pytest.fixture(params=SIDES, ids=SIDE_NAMES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from worlds(*request.param)


@pytest.fixture(params=_BUBBLEWRAP, ids=_BUBBLEWRAP_NAMES)
def wrapped(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from worlds(*request.param)


def test_the_environment_of_another_process_cannot_be_read(world: World) -> None:
    secret = "TOKEN=SECRET"
    with world.started(["env", secret, "sh", "-c", "echo ready; read go"], fenced=False) as (
        other,
        _,
        stdout,
    ):
        stdout.readline()

        done = world.shell("cat /proc/$1/environ; cat /proc/[0-9]*/environ; true", str(other.pid))

        assert b"SECRET" in Path(f"/proc/{other.pid}/environ").read_bytes()
    assert "SECRET" not in done.stdout
    assert "USERHOME" in done.stdout


def test_the_memory_and_the_files_of_another_process_are_shut(world: World) -> None:
    line = ["sh", "-c", "echo ready; read go"]
    with world.started(line, fenced=False) as (other, _, stdout):
        stdout.readline()

        done = world.shell(
            "cd /proc/$1; ls root/ cwd/; readlink exe fd/0; cat maps fd/0; true", str(other.pid)
        )

    assert done.stdout == ""


def test_another_process_cannot_be_signalled(world: World) -> None:
    with world.started(["sh", "-c", "echo ready; read go; echo alive"], fenced=False) as (
        other,
        stdin,
        stdout,
    ):
        stdout.readline()

        world.shell("kill -9 $1; kill -9 -$1; true", str(other.pid))
        stdin.write("go\n")
        stdin.flush()

        assert stdout.readline() == "alive\n"


def test_programs_inside_have_no_powers_and_get_none(world: World) -> None:
    done = world.shell("grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs)' /proc/self/status")

    facts = dict(line.split(":\t") for line in done.stdout.splitlines())
    assert facts["NoNewPrivs"] == "1"
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 0


def test_a_new_user_namespace_does_not_undo_the_fence(world: World) -> None:
    script = (
        'for place in "$USERHOME" "$USERHOME/.ssh" "$USERHOME/project/.darkfactory" /tmp /run; do '
        'umount "$place"; umount -l "$place"; mount -o remount,rw "$place"; '
        'mount -o remount,rw,bind "$place"; done; mount -o remount,rw,bind /; umount -l /proc/sys; '
        'cat "$USERHOME/.ssh/id" "$USERHOME/.netrc" "$USERHOME/project/.darkfactory/token"; '
        'echo x > "$USERHOME/notes.txt"; echo end'
    )
    done = world.shell(
        'unshare --user --map-root-user --mount --pid --fork sh -c "$1" || true', script
    )

    assert "SECRET" not in done.stdout
    assert (world.home / "notes.txt").read_text() == "readable\n"


def test_the_settings_of_the_kernel_cannot_be_written(world: World) -> None:
    # Writing the value that is there changes nothing, should it get through. Read it by cat: the
    # kernel answers only the first of the one-byte reads that the shell's own `read` makes.
    script = (
        "for name in kernel/core_pattern vm/swappiness; do was=$(cat /proc/sys/$name);"
        ' (echo "$was" > /proc/sys/$name) && echo "WRITTEN $name"; done;'
        'for file in /proc/*; do [ -f "$file" ] && (exec 3>> "$file") && echo "OPEN $file"; done;'
        "true"
    )

    done = world.shell(script)

    assert done.stdout == ""


def test_the_devices_of_the_host_are_shut(world: World) -> None:
    disks = [f"/dev/{name}" for name in ("mem", "kmsg", *os.listdir("/sys/block"))]

    done = world.shell('for disk; do head -c 1 "$disk" && echo READ; done; true', *disks)

    assert done.stdout == ""


def test_everything_inside_dies_with_the_wrapper(wrapped: World) -> None:
    script = "setsid sh -c 'sleep 1000' & echo ready; wait"
    with wrapped.started(["sh", "-c", script]) as (process, _, stdout):
        stdout.readline()

        process.kill()

        # The pipe ends when the last process that holds it is gone.
        assert stdout.read() == ""


def test_everything_inside_dies_with_the_one_who_started_it(wrapped: World) -> None:
    starter = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE).wait()"
    line = wrapped.fenced(["sh", "-c", "setsid sleep 1000 & echo ready; wait"]).argv
    line = line[len(wrapped.become) :]
    argv = [wrapped.host.python, "-I", "-c", starter, *line]
    with wrapped.started(argv, fenced=False) as (process, _, stdout):
        stdout.readline()

        process.kill()

        assert stdout.read() == ""


def test_the_program_behind_the_wrapper_can_be_asked_to_end(wrapped: World) -> None:
    script = "trap 'echo polite; exit 9' TERM; echo ready; while :; do read word; done"
    with wrapped.started(["sh", "-c", script]) as (process, _, stdout):
        stdout.readline()
        program = bubblewrap.program(process.pid)
        assert program

        os.kill(program, signal.SIGTERM)

        assert stdout.read() == "polite\n"
        assert process.wait() == 9


def test_there_is_no_program_behind_a_process_that_is_gone() -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()

    assert bubblewrap.program(gone.pid) is None


def test_a_sandbox_inside_still_works_and_stays_inside(wrapped: World) -> None:
    inner = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-pid", "--unshare-net"]
    if wrapped.host.inner_proc:
        inner += ["--proc", "/proc"]
    inner += ["--bind", str(wrapped.workspace), str(wrapped.workspace), "--", "sh", "-c"]
    script = 'echo x > made; cat "$USERHOME/.ssh/id"; echo x > "$HOME/new"; echo end'
    bounds = wrapped.bounds(network="ports", ports=(443,))
    fenced = wrapped.fenced([*inner, script], bounds, inner_sandbox=True)

    done = subprocess.run(
        fenced.argv,
        env=wrapped.environment(),
        cwd=wrapped.workspace,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "end\n"
    assert (wrapped.workspace / "made").exists()
    assert not (wrapped.private / "new").exists()


def test_without_bubblewrap_a_program_keeps_its_own_sandbox_and_its_ports(world: World) -> None:
    if probe().bubblewrap is None:
        absent("there is no bubblewrap to play the program's own sandbox")
    if world.side != "landlock":
        world = replace(world, host=replace(world.host, bubblewrap=None))
    inner = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--", "true"]
    bounds = world.bounds(network="ports", ports=(443,))
    fenced = world.fenced(inner, bounds, inner_sandbox=True)

    done = subprocess.run(fenced.argv, capture_output=True, text=True, check=False)

    assert (fenced.files, fenced.network) == ("none", "ports")
    assert [words.split(":")[0] for words in fenced.missing] == ["files"]
    assert done.stderr == ""


def test_a_program_does_not_run_when_it_cannot_be_confined(tmp_path: Path) -> None:
    made = tmp_path / "made"
    unknown_right = str(1 << 63)
    line = [sys.executable, "-I", "-S", restrict.__file__, "--files", unknown_right, "--"]

    done = subprocess.run([*line, "touch", str(made)], capture_output=True, text=True, check=False)

    assert done.returncode == 126
    assert "did not confine touch" in done.stderr
    assert not made.exists()


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    line = [sys.executable, "-I", "-S", restrict.__file__, "--", str(tmp_path / "agent")]

    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode == 127
    assert f"cannot run {tmp_path / 'agent'}: No such file" in done.stderr


def test_signals_that_python_ignores_end_a_program_again() -> None:
    line = [sys.executable, "-I", "-S", restrict.__file__, "--", "sh", "-c", "kill -PIPE $$"]

    done = subprocess.run(line, check=False)

    assert done.returncode == -signal.SIGPIPE
