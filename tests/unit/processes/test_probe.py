import sys
from pathlib import Path

import pytest

from darkfactory.processes import probe as probing
from darkfactory.processes.bounds import HostFences


def host(bubblewrap: Path | None) -> HostFences:
    name = None if bubblewrap is None else str(bubblewrap)
    return HostFences(name, 7, sockets=True, root=False, python=sys.executable)


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_bubblewrap_that_is_missing_is_a_lack_with_a_fix() -> None:
    works, lacks = probing._tried(host(None))

    assert not works
    assert lacks[0].problem == "bubblewrap is not installed"
    assert "`bubblewrap`" in lacks[0].fix


def test_a_bubblewrap_that_fails_is_quoted(tmp_path: Path) -> None:
    broken = script(tmp_path / "bwrap", "echo 'setting up uid map: Permission denied' >&2; exit 1")

    works, lacks = probing._tried(host(broken))

    assert not works
    assert "setting up uid map: Permission denied" in lacks[0].problem


def test_a_bubblewrap_that_cannot_be_run_is_a_lack(tmp_path: Path) -> None:
    works, lacks = probing._tried(host(tmp_path))

    assert not works
    assert lacks[0].problem.startswith("bubblewrap does not run")


def test_a_bubblewrap_that_works_lacks_nothing(tmp_path: Path) -> None:
    assert probing._tried(host(script(tmp_path / "bwrap", "exit 0"))) == (True, ())


@pytest.mark.parametrize(("abi", "lacks"), [(0, "no Landlock"), (3, "cannot limit TCP"), (4, "")])
def test_an_old_kernel_is_told_what_it_lacks(abi: int, lacks: str) -> None:
    found = [lack.problem for lack in probing._landlock_lacks(abi)]

    assert lacks in " ".join(found)
    assert bool(found) == bool(lacks)


def test_this_host_is_probed_once() -> None:
    assert probing.probe() is probing.probe()
