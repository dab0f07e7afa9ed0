"""A report of a bug is kept for a while and tells nothing that is nobody's business."""

import os
import re
from pathlib import Path

import pytest

from darkfactory.cli.bug_report import KEPT, report_text, write_report

TOKEN = "ghp_" + "q9Xw2Lr7Tz4Vb8Nc1Mk5Jh3Gf6Ds0Pa2Yu8Z"


def fail(words: str) -> None:
    raise ValueError(words)


def caught(words: str) -> ValueError:
    with pytest.raises(ValueError, match=re.escape(words)) as found:
        fail(words)
    return found.value


def test_a_report_names_the_command_the_release_and_the_place() -> None:
    text = report_text(caught("no such thing"), "gate", {})

    assert text.startswith("darkfactory ")
    assert "\ncommand: df gate\n" in text
    assert 'test_bug_report.py", line' in text
    assert text.endswith("ValueError: no such thing\n")


@pytest.mark.parametrize(
    ("words", "environment", "secret"),
    [
        ("asked with Zu4nXc8w", {"MODEL_API_KEY": "Zu4nXc8w"}, "Zu4nXc8w"),
        (f"git said: bad credentials {TOKEN}", {}, TOKEN),
        ("no https://ada:Tr0ub4dour@git.acme.dev/x", {}, "Tr0ub4dour"),
    ],
)
def test_a_report_holds_no_credential(words: str, environment: dict[str, str], secret: str) -> None:
    assert secret not in report_text(caught(words), "run", environment)


def test_a_report_names_modules_from_where_python_finds_them_and_no_home(tmp_path: Path) -> None:
    place = Path(__file__).parents[3]
    home = {"HOME": str(tmp_path)}

    text = report_text(caught(f"cannot read {tmp_path}/acme/notes"), "run", home)

    assert str(place) not in text
    assert "cannot read ~/acme/notes" in text


def test_only_the_latest_reports_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    other = tmp_path / "darkfactory-bug-notes.md"
    other.write_text("mine")
    link = tmp_path / "darkfactory-bug-link.txt"
    link.symlink_to(other)
    written = []
    for number in range(KEPT + 3):
        written.append(Path(write_report(caught("again"), "run", folder=tmp_path)))
        os.utime(written[-1], (number, number))

    assert [path for path in written if path.exists()] == written[-KEPT:]
    assert other.read_text() == "mine"
    assert link.is_symlink()
