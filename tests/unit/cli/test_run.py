"""Leaving a run on a terminal: what is said stays true for as long as it is seen."""

import io
import sys
from pathlib import Path

import pytest

from darkfactory.cli.run import _detach
from tests.fakes.gates import ManualClock
from tests.fakes.told import ToldFactory

LEFT = "detached: 1 agent goes on; `df run` adopts what works, `df run --stop` ends it\n"
OFFER = "Ctrl-C again within 2 s ends them; what they did is kept"


class Terminal(io.StringIO):
    """Somebody who sees what is written, and may type."""

    def isatty(self) -> bool:
        return True


class Passing(ManualClock):
    """A clock on which the time that somebody waits for has passed already."""

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.line.clock = Passing()
    factory.start("a")
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return factory


def test_the_offer_of_a_second_ctrl_c_goes_with_its_time(
    told: ToldFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)

    status = _detach(told.line)

    assert status == 130
    assert screen.getvalue().startswith(LEFT)
    *shown, last = screen.getvalue().removeprefix(LEFT).split("\r\x1b[K")
    assert any(OFFER in line for line in shown)
    assert last == ""


def test_where_no_line_can_be_taken_away_the_offer_tells_its_time(
    told: ToldFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    _detach(told.line)

    assert capsys.readouterr().err == f"{LEFT}{OFFER}\n"
