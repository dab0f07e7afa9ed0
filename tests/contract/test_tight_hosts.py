"""Hosts that give little: few open files, a small disk. A run works there or says what it needs."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from darkfactory.factory.host_room import LEAST_BYTES, files_needed
from tests.fakes.factories import Factory, bug, make_factory, write_note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

EIGHT = tuple(f"NOTE{number}" for number in range(8))


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    shell = {"say": "Looking.", "do": [{"shell": "ulimit -n > limit.txt"}]}
    asks = {"marker": "ASKS", "turns": [shell, {"say": "Looked."}]}
    script = {"sessions": [asks, *(write_note(name, sleep=0.2) for name in EIGHT)]}
    made = make_factory(tmp_path, script, [bug("ASKS"), *map(bug, EIGHT)])
    yield made
    made.end()


def run(
    factory: Factory, *arguments: str, within: Sequence[str]
) -> "subprocess.CompletedProcess[str]":
    """Run one command of ours as the last words of *within*."""
    return subprocess.run(
        [*within, sys.executable, "-m", "darkfactory", *arguments],
        cwd=factory.root,
        env=factory.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


needs_small_disk = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap for a small disk"
)


def on_a_disk_of(size: int, factory: Factory) -> list[str]:
    """Return the words that run a command in a copy of the repository on a disk of that *size*."""
    disk = factory.root.parent / "disk"
    disk.mkdir()
    mount = ["bwrap", "--dev-bind", "/", "/", "--size", str(size), "--tmpfs", str(disk)]
    return [*mount, "sh", "-c", f'cp -a {factory.root} {disk}/r && cd {disk}/r && exec "$@"', "sh"]


def files(limit: int, kind: str = "") -> list[str]:
    return ["sh", "-c", f'ulimit {kind} -n {limit}; exec "$@"', "sh"]


@pytest.mark.parametrize("limit", [24, 64])
def test_with_too_few_open_files_nothing_is_started_and_the_number_is_told(
    factory: Factory, limit: int
) -> None:
    done = run(factory, "run", "--json", within=files(limit))

    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["code"]) == (3, "run.open_files")
    assert f"ulimit -n {files_needed(8)}" in error["fix"]
    assert ("--lanes 1" in error["fix"]) is (limit == 64)
    assert factory.events() == []


def test_the_files_that_eight_sessions_need_are_enough_for_them(factory: Factory) -> None:
    done = run(factory, "run", within=files(files_needed(8)))

    assert done.returncode == 0, done.stderr
    assert "9 proposed" in done.stdout


def test_a_low_limit_that_may_be_raised_is_raised_for_the_run_and_its_agents(
    factory: Factory,
) -> None:
    done = run(factory, "run", "--item", "ASKS", within=files(24, "-S"))

    head = next(e for e in factory.events() if e.type == "change.proposed").data["head"]
    seen = subprocess.run(
        ["git", f"--git-dir={factory.state.hub}", "show", f"{head}:limit.txt"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert done.returncode == 0, done.stderr
    assert int(seen) >= files_needed(8)


@pytest.mark.parametrize("kilobytes", [1, 64])
def test_a_limit_of_file_sizes_is_told_as_a_full_disk_and_not_as_damage(
    factory: Factory, kilobytes: int
) -> None:
    within = ["sh", "-c", f'ulimit -f {kilobytes * 2}; exec "$@"', "sh"]

    done = run(factory, "run", "--json", within=within)

    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["code"]) == (3, "disk.full")
    assert "Traceback" not in done.stderr


@needs_small_disk
def test_a_disk_without_room_for_a_session_is_told_before_anything_starts(
    factory: Factory,
) -> None:
    done = run(factory, "run", "--json", within=on_a_disk_of(LEAST_BYTES, factory))

    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["code"]) == (3, "disk.nearly_full")
    assert "df gc" in error["fix"]
    assert done.stdout == ""


@needs_small_disk
def test_a_run_whose_agent_fills_the_disk_ends_in_words(factory: Factory) -> None:
    eats = {"say": "Eating.", "do": [{"shell": "dd if=/dev/zero of=big bs=1M; true"}], "sleep": 0.5}
    script = {"sessions": [{"marker": "ASKS", "turns": [eats]}]}
    (factory.root / "mock.yaml").write_text(json.dumps(script))
    within = on_a_disk_of(LEAST_BYTES + (32 << 20), factory)

    done = run(factory, "run", "--json", "--item", "ASKS", within=within)

    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (done.returncode, error["code"]) == (3, "disk.full")
    assert "Traceback" not in done.stderr
