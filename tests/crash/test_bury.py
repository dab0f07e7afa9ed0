"""The end of a session whose host was killed: swept, kept, closed, once."""

import fcntl
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from darkfactory.domain.session import Outcome
from darkfactory.errors import DiskFull
from darkfactory.events.stream import Stream
from darkfactory.processes.sweep import MARKER
from darkfactory.sessions.ending import Ending, Left, finish_session, told_ending
from darkfactory.sessions.hosts import HostState, find_host, host_lock
from darkfactory.sessions.recover import bury
from darkfactory.sessions.spec import SessionEnd, load_end, marker_of, save_end, save_spec
from tests.crash.host_killer import ENDINGS, Stage, outcome
from tests.fakes.hosted import SESSION


@pytest.fixture
def midway(tmp_path: Path) -> Iterator[Stage]:
    """A session whose host died in the middle of a turn; a cancel and a steer wait."""
    stage = Stage(tmp_path, "bury")
    yield stage
    stage.bench.end()


@pytest.fixture
def decided(tmp_path: Path) -> Iterator[Stage]:
    """A session whose host died after it had decided that the agent was done."""
    stage = Stage(tmp_path, "finish")
    yield stage
    stage.bench.end()


def test_each_message_is_answered_as_far_as_it_had_come(midway: Stage) -> None:
    midway.act()

    told = outcome(midway)["events"]
    controls = {key.split(":", 1)[1]: n for key, n in told.items() if ":control." in key}
    assert controls == {
        "control.accepted:c-1": 1, "control.expired:c-1": 1,  # the dead host had taken it
        "control.requested:c-2": 1, "control.accepted:c-2": 2, "control.applied:c-2": 1,
    }  # fmt: skip  # c-3, a steer that no host has seen, waits for the next one


def test_what_was_open_is_closed(midway: Stage) -> None:
    midway.act()

    data = {e.type: e.data for e in midway.bench.events() if e.turn == 1}
    assert data["tool.finished"]["status"] == "unknown"
    assert data["approval.resolved"] == {
        "request": "r-1", "decision": "deny", "by": "recovery",
    }  # fmt: skip
    assert data["turn.finished"]["reason"] == "killed"


def test_a_verdict_that_the_host_had_logged_stands(decided: Stage) -> None:
    end = bury(decided.folder)

    assert end is not None
    assert (end.outcome, end.polite, end.summary) == (Outcome.PROPOSED, True, "Fixed it.")
    assert find_host(decided.folder).state is HostState.ENDED


def test_what_is_left_of_the_agent_is_swept_and_counted(decided: Stage) -> None:
    orphan = subprocess.Popen(
        ["sleep", "60"], env={MARKER: marker_of(decided.folder)}, start_new_session=True
    )

    end = bury(decided.folder)

    assert end is not None
    assert orphan.wait(10) == -9
    assert end.orphans_killed == 1


def test_nobody_buries_a_session_that_somebody_runs(decided: Stage) -> None:
    with host_lock(decided.folder):
        assert bury(decided.folder) is None

    assert load_end(decided.folder) is None


def test_where_nothing_was_prepared_nothing_is_buried(tmp_path: Path) -> None:
    assert bury(str(tmp_path)) is None


def test_a_second_burial_changes_nothing(decided: Stage) -> None:
    first = bury(decided.folder)
    before = outcome(decided)

    second = bury(decided.folder)

    assert second == first
    assert outcome(decided) == before


def test_the_factory_is_told_once_though_the_host_had_said_it_and_not_written_exit_json(
    decided: Stage,
) -> None:
    decided.act()
    (decided.bench.folder / "exit.json").unlink()

    end = bury(decided.folder)

    told = outcome(decided)
    assert end is not None
    assert (end.outcome, end.exit_code) == (Outcome.PROPOSED, 0)
    assert told["events"]["factory:session.ended:"] == 1
    assert len(told["ended"]) == 1


def test_a_run_killed_before_its_first_event_does_not_repeat_the_end_of_an_earlier_one(
    decided: Stage,
) -> None:
    decided.act()
    save_spec(decided.folder, replace(decided.spec, epoch=2))
    host = {"pid": 1, "start": "dead", "boot": "dead", "epoch": 2}
    (decided.bench.folder / "host.json").write_text(json.dumps(host))

    end = bury(decided.folder)

    assert end is not None
    assert (end.epoch, end.outcome, end.reason) == (
        2, Outcome.CRASHED, "the session host was killed",
    )  # fmt: skip


def test_an_earlier_end_is_found_while_the_next_run_has_not_begun(decided: Stage) -> None:
    decided.act()
    save_spec(decided.folder, replace(decided.spec, epoch=2))

    found = find_host(decided.folder)

    assert found.state is HostState.UNSTARTED
    assert found.end is not None
    assert found.end.epoch == 1


def test_a_full_disk_leaves_the_end_to_the_next_burial(decided: Stage) -> None:
    log = Path(Stream(decided.bench.state.streams, f"s/{SESSION}").file)
    kept = log.rename(log.with_suffix(".kept"))
    log.symlink_to("/dev/full")

    with pytest.raises(DiskFull):
        decided.act()
    log.unlink()
    kept.rename(log)

    assert load_end(decided.folder) is None
    end = bury(decided.folder)
    assert end is not None
    assert end.outcome is Outcome.PROPOSED


def test_work_that_git_cannot_collect_is_said_and_proposes_nothing(decided: Stage) -> None:
    decided.bench.pool.release(SESSION)
    log, factory = decided.writer(f"s/{SESSION}"), decided.writer("factory")

    end = finish_session(
        decided.folder, decided.spec, ENDINGS["finish"], Left(), log=log, factory=factory
    )

    assert (end.outcome, end.reason) == (Outcome.FAILED, "the session has no workspace")


@pytest.mark.parametrize(
    "data", [None, {}, {"outcome": "?", "reason": "", "polite": True, "at": 0},
             {"outcome": "failed", "reason": "", "polite": True, "at": []}],
)  # fmt: skip
def test_a_verdict_that_nobody_can_read_is_none(data: dict[str, object] | None) -> None:
    assert told_ending(data) is None


def test_a_verdict_is_read_as_it_was_written() -> None:
    ending = Ending(Outcome.BUDGET, "spent", polite=True, at=7.5)
    told = {"outcome": "budget", "reason": "spent", "polite": True, "at": 7.5}

    assert told_ending(told) == ending


@contextmanager
def looking(folder: str) -> Iterator[None]:
    """Be somebody who looks whether the session runs, caught in the middle of it."""
    with open(f"{folder}/host.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def test_those_who_look_do_not_take_each_other_for_a_host(decided: Stage) -> None:
    with looking(decided.folder):
        assert find_host(decided.folder).state is HostState.GONE


def test_those_who_look_never_keep_a_host_from_starting(decided: Stage) -> None:
    with ExitStack() as eyes:
        eyes.enter_context(looking(decided.folder))
        Timer(0.05, eyes.close).start()

        with host_lock(decided.folder) as ours:
            assert ours


def test_a_host_that_has_ended_is_told_by_exit_json_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "finish")
    save_end(stage.folder, SessionEnd(epoch=1, outcome=Outcome.FAILED, reason="x"))

    assert find_host(stage.folder).state is HostState.ENDED
