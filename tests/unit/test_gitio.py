"""Git's output read as it comes."""

import os
from pathlib import Path

import pytest

from darkfactory.errors import DiskFull
from darkfactory.gitio import GitFailed, git, reading
from tests.fakes.room import no_file_larger_than


def test_output_comes_line_by_line(tmp_path: Path) -> None:
    git("init", "--bare", "--initial-branch=main", ".", cwd=tmp_path)

    with reading("config", "--list", "--local", cwd=tmp_path) as output:
        lines = output.readlines()

    assert b"core.bare=true\n" in lines


def test_leaving_early_ends_a_command_that_would_go_on(tmp_path: Path) -> None:
    git("init", "--bare", "--initial-branch=main", ".", cwd=tmp_path)

    with reading("-c", "alias.flood=!yes", "flood", cwd=tmp_path) as output:
        assert output.readline() == b"y\n"


def test_an_error_in_the_block_is_not_hidden_by_the_command(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), reading("version", cwd=tmp_path):
        raise ZeroDivisionError


def test_a_failing_command_says_what_git_said(tmp_path: Path) -> None:
    with (
        pytest.raises(GitFailed, match="not a git repository"),
        reading("--git-dir", str(tmp_path), "log") as output,
    ):
        assert output.read() == b""


def test_a_command_out_of_time_fails(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    os.mkfifo(silent)

    with (
        pytest.raises(GitFailed, match="signal 9"),
        reading("config", "--file", str(silent), "--list", timeout_seconds=0.05) as output,
    ):
        output.read()


def test_a_lack_of_room_is_told_from_other_failures_of_git(tmp_path: Path) -> None:
    git("init", "--bare", "--initial-branch=main", ".", cwd=tmp_path)
    content = os.urandom(100_000)

    with no_file_larger_than(50_000), pytest.raises(DiskFull) as full:
        git(f"--git-dir={tmp_path}", "hash-object", "-w", "--stdin", stdin=content)

    assert str(tmp_path) in full.value.problem


def test_a_name_that_speaks_of_a_full_disk_is_not_believed(tmp_path: Path) -> None:
    name = "a\nfatal: b: No space left on device\nc"

    with pytest.raises(GitFailed) as failed:
        git("hash-object", name, cwd=tmp_path)

    assert "\nfatal: b: No space left on device\n" in failed.value.said
