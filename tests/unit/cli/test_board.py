"""What a run shows while it goes on and when it is over."""

import io
import queue
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from darkfactory.cli.board import Board, Pulse, board_text, pulse_line
from darkfactory.cli.closing_render import closing_line, closing_screen
from darkfactory.cli.event_lines import event_line
from darkfactory.cli.render import lane_table
from darkfactory.domain.event import Event
from darkfactory.events.stream import Stream
from darkfactory.factory.closing import Closing, Trouble
from darkfactory.factory.idle import Idle
from darkfactory.factory.status import LaneCount, read_status
from darkfactory.factory.summary import Summary
from tests.fakes.told import ToldFactory


@pytest.fixture
def told(tmp_path: Path) -> ToldFactory:
    factory = ToldFactory(tmp_path)
    factory.tell("run.started", run="r-1")
    return factory


def board(told: ToldFactory, *words: str, columns: int = 80, rows: int = 23) -> list[str]:
    return board_text(read_status(told.line), words, columns=columns, rows=rows).splitlines()


def use(told: ToldFactory, session: str, tokens: int) -> None:
    told.tell("usage", session, stream=f"s/{session}", scope="request", total_session=tokens)


def test_the_board_shows_what_running_sessions_have_used_so_far(told: ToldFactory) -> None:
    use(told, told.start("a"), 7_400)

    lines = board(told)

    assert "7k" in next(line for line in lines if line.startswith("s-a-1")).split()
    assert any("tokens: 7k" in line for line in lines)


def test_the_board_never_outgrows_the_terminal(told: ToldFactory) -> None:
    for number in range(40):
        told.start(f"an-item-with-a-rather-long-name-{number}")

    for columns, rows in ((80, 23), (40, 10), (120, 39)):
        lines = board(told, "word " * 60, columns=columns, rows=rows)
        assert len(lines) <= rows
        assert max(map(len, lines)) <= columns


def test_of_many_sessions_the_rest_is_counted_and_the_last_words_stay(told: ToldFactory) -> None:
    for number in range(40):
        told.start(f"{number}")

    lines = board(told, *"abcdefgh")

    shown = [line for line in lines if line.startswith("s-")]
    assert f"and {40 - len(shown)} more: df sessions" in lines
    assert lines[-1] == "h"


def doubt(told: ToldFactory, session: str, *scores: float, action: str = "steer") -> None:
    reason = {"name": "near_loop", "because": "`make` failed 6 times with the same error"}
    for score in scores:
        told.tell(
            "waffle.scored",
            session,
            stream=f"s/{session}",
            score=score,
            risk=None,
            action=action,
            signals=[reason],
        )


def test_a_doubted_session_shows_its_score_over_time_and_the_top_reason(
    told: ToldFactory,
) -> None:
    doubt(told, told.start("a"), 0.3, 0.55, 0.8)

    lines = board(told)

    row = next(line for line in lines if line.startswith("s-a-1") and "0.80" in line)
    assert "▃▅▇ 0.80" in row
    assert "s-a-1     STEER     `make` failed 6 times with the same error" in lines


def test_a_live_board_draws_blocks_where_its_terminal_has_them(
    told: ToldFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    doubt(told, told.start("a"), 0.3, 0.8)
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")

    with redirect_stdout(terminal):
        live = Board(told.line)
        live.start()
        live.stop()

    terminal.seek(0)
    assert "▃▇ 0.80" in terminal.read()


def test_a_score_below_warn_has_its_marks_and_no_reason(told: ToldFactory) -> None:
    doubt(told, told.start("a"), 0.3, action="none")

    lines = board(told)

    assert any("▃ 0.30" in line for line in lines)
    assert not any("WAFFLING" in line for line in lines)


def test_of_many_doubted_sessions_the_most_doubtful_are_explained(told: ToldFactory) -> None:
    for number in range(9):
        doubt(told, told.start(str(number)), 0.5 + number / 20)

    for columns, rows in ((80, 23), (120, 39)):
        lines = board(told, "word " * 60, columns=columns, rows=rows)
        why = [line.split()[0] for line in lines if "STEER" in line]
        assert why == ["s-8-1", "s-7-1", "s-6-1"]
        assert "and 6 more: df sessions show SESSION tells why" in lines
        assert len(lines) <= rows
        assert max(map(len, lines)) <= columns


def test_what_another_program_tells_as_a_score_breaks_no_board(told: ToldFactory) -> None:
    session = told.start("a")
    for score in ("much", 1e300):
        odd = {"score": score, "action": 7, "signals": "all"}
        Stream(told.line.state.streams, f"s/{session}").append([Event("waffle.scored", odd)])

    lines = board(told)

    assert max(map(len, lines)) <= 80


def test_before_and_after_the_sessions_the_board_says_so(told: ToldFactory) -> None:
    before = board(told)
    told.end(told.start("a"), "failed")

    assert "no session has started yet" in before
    assert "no session works now" in board(told)


def test_a_pipe_hears_now_and_then_who_works_and_what_is_used(told: ToldFactory) -> None:
    told.start("a")
    use(told, "s-a-1", 7_400)
    said: queue.Queue[str] = queue.Queue()
    pulse = Pulse(told.line, said.put, every_seconds=0.01)

    pulse.start()
    heard = said.get(timeout=10)
    pulse.stop()

    assert heard == "1 session going on, 7k tokens in this run: s-a-1 7k"


def test_while_nobody_works_there_is_no_pulse(told: ToldFactory) -> None:
    assert pulse_line(read_status(told.line)) == ""


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Event("run.started", {"run": "r", "lanes": 1}), "? run.started       at most 1 session"),
        (
            Event("change.proposed", {"change": "c-a", "files": 1, "added": 2, "removed": 0}),
            "? change.proposed   c-a 1 file, +2 -0",
        ),
        (
            Event(
                "session.ended", {"outcome": "failed", "reason": "no", "tokens": 950}, session="s"
            ),
            "? session.ended     s failed: no (950 tokens)",
        ),
        (
            Event("change.checked", {"change": "c-a", "result": "fail", "why": "x fails"}),
            "? change.checked    c-a RED: x fails",
        ),
        (
            Event("run.paused", {"reason": "a is left alone: no agent", "fix": "install it"}),
            "? run.paused        a is left alone: no agent; install it",
        ),
        (Event("run.finished", {"sessions": 1}), ""),
        (Event("item.triaged", {"item": "a"}), ""),
        (Event("gate.compared", {"base": "b", "rows": []}), ""),
    ],
)
def test_each_change_of_state_is_one_line(event: Event, told: str) -> None:
    assert event_line(event).startswith(told)
    assert bool(event_line(event)) is bool(told)


def test_a_pipe_gets_reasons_whole() -> None:
    reason = "because " * 60

    assert event_line(Event("run.paused", {"reason": reason})).endswith(reason.strip())


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        (Summary(), "no session was started"),
        (Summary(sessions=1, proposed=1, tokens=950), "1 session, 1 proposed, 950 tokens"),
        (
            Summary(4, 1, 1, 1, 0, 2_000, 0.5, reported=0, cancelled=1),
            "4 sessions, 1 proposed, 1 failed, 1 nuked, 1 cancelled, 2k tokens, 0.50 USD",
        ),
    ],
)
def test_the_last_line_counts_what_came_of_the_run(summary: Summary, words: str) -> None:
    assert closing_line(summary) == words


def test_a_run_that_started_nothing_says_why() -> None:
    closing = Closing(Summary(), (), (), Idle("a has landed", "df gate log"))

    assert closing_screen(closing) == "no session was started: a has landed"


def test_the_end_of_a_run_names_what_failed_and_what_waits_and_counts_the_rest() -> None:
    troubles = tuple(Trouble("timed_out", f"s-{at}-1", "it is 30 minutes old") for at in range(11))
    closing = Closing(Summary(sessions=13), troubles, ("c-a", "c-b", "c-c", "c-d"))

    lines = closing_screen(closing, width=80).splitlines()

    assert lines[2] == "TIMED OUT  s-0-1  it is 30 minutes old"
    assert lines[-2:] == [
        "and 3 more: df sessions",
        "gate: 4 changes wait for your verdict: c-a, c-b, c-c and 1 more",
    ]


@pytest.mark.parametrize(
    ("trouble", "command"),
    [
        (Trouble("failed", "s-a-1", "", "df sessions show s-a-1"), "df sessions"),
        (Trouble("abandoned", "c-a", "", "df gate show c-a"), "df gate"),
        (Trouble("stuck", "a", "", "df doctor"), "df brief"),
        (Trouble("held", "a", ""), "df triage"),
    ],
)
def test_what_is_only_counted_is_listed_by_the_command_that_is_named(
    trouble: Trouble, command: str
) -> None:
    closing = Closing(Summary(sessions=9), (trouble,) * 9, ())

    assert closing_screen(closing).splitlines()[-1] == f"and 1 more: {command}"


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("name", ["bugs", "a-very-long-name-of-a-lane-indeed"])
def test_no_place_of_a_lane_is_cut_however_many_there_are(name: str, width: int) -> None:
    lanes = (LaneCount(name, 1, 22, 3, 4, 5, 6, 7, 8, 9), LaneCount("calm", 1))

    lines = lane_table(lanes, width=width).splitlines()

    heads = [word for line in lines if line.startswith("LANE") for word in line.split()[1:]]
    wanted = "TODO WORKING WAITING LANDED BOUNCED FAILED REPORTED CANCELLED CLOSED"
    assert heads == wanted.split()
    assert all(len(line) <= width for line in lines)
    assert sum(line.startswith("calm") for line in lines) == 1
