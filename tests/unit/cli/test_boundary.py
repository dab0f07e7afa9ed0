import errno
import json
from pathlib import Path

import pytest

from darkfactory.cli.boundary import BUG, _refused, _usage_or_bug, help_text, run
from darkfactory.cli.table import COMMANDS


def test_every_command_is_in_the_help_within_80_columns() -> None:
    lines = help_text().splitlines()

    assert {line.split()[0] for line in lines[lines.index("Commands:") + 1 : -2]} == set(COMMANDS)
    assert [line for line in lines if len(line) > 80] == []


def test_every_command_says_in_the_imperative_what_it_does() -> None:
    lines = [line for _, line in COMMANDS.values()]

    assert [
        line for line in lines if line.endswith(".") or line != line[:1].upper() + line[1:]
    ] == []


def test_the_global_option_comes_before_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    status = run(["--no-color", "--help"])

    assert status == 0
    assert capsys.readouterr().out == help_text()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk.full"),
        (errno.EDQUOT, "disk.full"),
        (errno.EACCES, "system.refused"),
        (errno.EROFS, "system.refused"),
        (errno.ENOTDIR, "system.refused"),
        (errno.EISDIR, "system.refused"),
        (errno.EEXIST, "system.refused"),
        (errno.EAGAIN, "system.refused"),
        (errno.ENOLCK, "system.refused"),
    ],
)
def test_what_the_system_refuses_is_not_ready_and_no_bug(
    number: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _refused(OSError(number, "said", "a/file"), as_json=True)

    error = json.loads(capsys.readouterr().err)["error"]
    assert (status, error["code"]) == (3, code)
    assert "a/file" in error["problem"]


def test_a_pipe_that_broke_elsewhere_is_a_bug_and_not_a_reader_that_has_left(
    capfd: pytest.CaptureFixture[str],
) -> None:
    status = _refused(BrokenPipeError(errno.EPIPE, "to an agent"), as_json=False)

    said = capfd.readouterr().err
    assert status == BUG
    Path(said.split("please send ")[1].strip()).unlink()


def _break() -> None:
    raise ValueError("no such thing")


def test_a_bug_leaves_a_report_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no such thing") as caught:
        _break()
    status = _usage_or_bug(caught.value, as_json=True)

    error_told = json.loads(capsys.readouterr().err)["error"]
    report = Path(error_told["fix"].split("please send ")[1])
    text = report.read_text()
    report.unlink()
    assert (status, error_told["code"]) == (BUG, "bug")
    assert error_told["problem"] == "ValueError: no such thing"
    assert "test_boundary.py" in text


def test_a_bug_is_told_even_where_no_report_can_be_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))

    status = _usage_or_bug(ValueError("no such thing"), as_json=True)

    error = json.loads(capsys.readouterr().err)["error"]
    assert (status, error["problem"]) == (BUG, "ValueError: no such thing")
    assert "could not be written" in error["fix"]
