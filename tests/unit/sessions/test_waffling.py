"""What the waffle score asks for becomes control messages, as far as the lane lets it."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from darkfactory.domain.lane import Autonomy
from darkfactory.sessions.waffling import Waffling
from darkfactory.waffle.signal import Signal, signal
from tests.fakes.rehearsal import Rehearsal, turn_over

LOOP = signal("exact_loop", 1.0, (3, 5), "`make check` gave the same result 4 times")


@dataclass
class TellingScore:
    """A score that asks for what the test says."""

    action: str = "none"
    steers: int = 0
    signals: tuple[Signal, ...] = field(default=(LOOP,))


def session_of(folder: Path, score: TellingScore, autonomy: Autonomy) -> Rehearsal:
    waffling = Waffling(score, autonomy=autonomy, epoch=1)
    made = Rehearsal(folder, autonomy=autonomy, waffling=waffling)
    made.at(0)
    return made


def asked(session: Rehearsal) -> list[tuple[str, str]]:
    return [(data["op"], data["by"]) for data in session.data("control.requested")]


@pytest.mark.parametrize("autonomy", [Autonomy.OBSERVE, Autonomy.PROPOSE, Autonomy.LAND])
def test_a_steer_quotes_the_evidence_and_is_given_once(tmp_path: Path, autonomy: Autonomy) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, autonomy)

    score.action, score.steers = "steer", 1
    session.at(1)
    session.at(2)

    (wish,) = session.data("control.requested")
    assert (wish["op"], wish["by"], wish["reason"]) == ("steer", "waffle", LOOP.because)
    assert LOOP.because in wish["text"]
    assert session.told == ["steer waffle-1-1"]


def test_each_further_steer_is_given_too(tmp_path: Path) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, Autonomy.PROPOSE)

    for steers in (1, 2):
        score.action, score.steers = "steer", steers
        session.at(steers)

    assert session.told == ["steer waffle-1-1", "steer waffle-1-2"]


@pytest.mark.parametrize("autonomy", [Autonomy.PROPOSE, Autonomy.LAND])
def test_a_nuke_is_a_cancel_by_the_detector(tmp_path: Path, autonomy: Autonomy) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, autonomy)

    score.action = "nuke"
    session.at(1)
    session.at(2)

    assert asked(session)[0] == ("cancel", "waffle")
    (ending,) = session.data("session.ending")
    assert (ending["outcome"], LOOP.because in ending["reason"]) == ("nuked", True)


def test_who_only_reads_is_steered_and_never_nuked(tmp_path: Path) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, Autonomy.OBSERVE)

    score.action, score.steers = "nuke", 1
    session.at(1)

    assert asked(session) == [("steer", "waffle")]


def test_a_suggest_lane_shows_a_steer_and_leaves_it_to_a_person(tmp_path: Path) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, Autonomy.SUGGEST)

    score.action, score.steers = "nuke", 1
    session.at(1)

    assert session.told == []
    assert asked(session) == [("steer", "waffle")]
    (rejected,) = session.data("control.rejected")
    assert "a person decides" in rejected["reason"]


def test_between_turns_nobody_is_steered(tmp_path: Path) -> None:
    score = TellingScore()
    session = session_of(tmp_path, score, Autonomy.PROPOSE)
    session.agent_says(turn_over("interrupted"))

    score.action, score.steers = "steer", 1
    session.at(1)

    assert session.told == []


def test_what_an_earlier_run_was_told_is_not_told_again(tmp_path: Path) -> None:
    score = TellingScore("steer", 2)
    session = session_of(tmp_path, score, Autonomy.PROPOSE)

    session.at(1)

    assert session.told == []
