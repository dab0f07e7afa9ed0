"""A session host with a real agent process, from start to exit.json."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from darkfactory.domain.lane import Autonomy, Budget
from darkfactory.domain.session import ControlOp, Outcome, State
from darkfactory.events.offset import START
from darkfactory.sessions.follow import follow_logs
from darkfactory.sessions.spec import SessionEnd, marker_of, save_spec
from darkfactory.sessions.start import StartHost
from darkfactory.sessions.view import show_session
from tests.fakes.hosted import BOTH_WAYS, EDIT, PATIENT, SESSION, Bench, bench_in

FOREVER = {"say": "Thinking.", "forever": True}
WORK = {"say": "Looking.", "do": [{"read": "{cwd}/calc.py"}, EDIT, {"shell": "echo tested"}]}
FIXED = {"say": "Fixed it."}


@dataclass(frozen=True, slots=True)
class Finished:
    """A session that has ended in order, for those who only read."""

    bench: Bench
    end: SessionEnd


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, hosted_template: Path, start: StartHost
) -> Iterator[Finished]:
    with bench_in(tmp_path_factory.mktemp("finished"), hosted_template, start) as bench:
        bench.script(WORK, FIXED)
        host = bench.start(autonomy=Autonomy.LAND, budget=Budget(tokens=9000, minutes=2))
        yield Finished(bench, bench.ended(host))


@BOTH_WAYS
def test_a_session_is_told_from_its_start_to_its_end(finished: Finished) -> None:
    bench, end = finished.bench, finished.end

    assert bench.types() == [
        "session.started", "message", "turn.started", "session.native", "message", "usage",
        "tool.started", "tool.finished", "tool.started", "file.changed", "tool.finished",
        "tool.started", "tool.output", "tool.finished", "message", "usage", "turn.finished",
        "session.ending", "session.ended",
    ]  # fmt: skip
    assert (end.outcome, end.polite, end.exit_code, end.signal) == (
        Outcome.PROPOSED, True, 0, None,
    )  # fmt: skip
    assert (end.orphans_killed, end.tokens, end.summary, end.notes) == (0, 2200, "Fixed it.", ())
    assert end.preserved == f"refs/df/work/{SESSION}/1"
    assert bench.kept(end.preserved)["calc.py"] == "def add(a, b):\n    return a + b\n"
    assert (bench.folder / "SUMMARY.md").read_text() == "Fixed it.\n"
    assert bench.marked() == []


def test_the_factory_hears_of_start_and_end_and_of_no_more(finished: Finished) -> None:
    told = finished.bench.events(path="factory")
    assert [event.type for event in told] == ["session.started", "session.ended"]
    assert {event.session for event in told} == {SESSION}
    assert (told[1].data["item"], told[1].data["lane"], told[1].data["attempt"]) == (
        "item-1", "bugs", 1,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["factory", f"s/{SESSION}"])
def test_a_host_numbers_its_events_without_gap_in_each_stream(
    finished: Finished, path: str
) -> None:
    producers = [event.producer for event in finished.bench.events(path=path)]
    assert [(p.id, p.epoch, p.seq) for p in producers if p] == [
        (f"host:{SESSION}", 1, number) for number in range(len(producers))
    ]


def test_the_start_says_who_works_where_and_in_what_bounds(finished: Finished) -> None:
    bench = finished.bench

    (started,) = bench.events("session.started")
    assert started.agent == "mock"
    assert started.data.items() >= {
        "item": "item-1", "lane": "bugs", "attempt": 1, "kind": "mock", "autonomy": "land",
        "workspace": str(bench.workspace), "base": bench.hub.commit("refs/heads/main"),
        "skills": [], "enforced": [], "mcp": [], "confined": True,
    }.items()  # fmt: skip


def test_the_start_tells_what_the_catalogue_holds_and_what_shadows_a_skill(bench: Bench) -> None:
    bench.script({"say": "All is well."})
    prepared = bench.prepare()
    catalogue, shadow = {"chars": 9, "budget": None}, {"name": "commit", "by": ".claude/skills/a"}
    save_spec(prepared.folder, replace(prepared.spec, catalogue=catalogue, shadows=(shadow,)))

    bench.ended(bench.start(prepared))

    told = bench.events("skill.catalog", "skill.shadowed")
    assert [dict(event.data) for event in told] == [catalogue, shadow]


def test_a_session_that_changed_nothing_has_failed(bench: Bench) -> None:
    bench.script({"say": "All is well."})

    end = bench.ended(bench.start())

    assert (end.outcome, end.head) == (Outcome.FAILED, None)
    assert end.reason == "the agent ended its turn and left no change"


def test_an_observer_reports(bench: Bench) -> None:
    bench.script(WORK, {"say": "It subtracts."})

    end = bench.ended(bench.start(autonomy=Autonomy.OBSERVE))

    assert (end.outcome, end.summary) == (Outcome.REPORTED, "It subtracts.")
    assert [e.data["status"] for e in bench.events("tool.finished")] == ["ok", "denied", "denied"]


def test_a_steer_is_applied_and_may_switch_the_script(bench: Bench) -> None:
    bench.script(FOREVER, other=[WORK, FIXED])
    host = bench.start()
    bench.wait_for("usage")

    receipt = bench.control(ControlOp.STEER, text="now do the other thing")
    end = bench.ended(host)

    assert (receipt.state, receipt.how) == ("applied", "now")
    assert end.outcome is Outcome.PROPOSED
    told = [e for e in bench.events() if e.data.get("id") == receipt.id]
    assert [e.type for e in told] == ["control.requested", "control.accepted", "control.applied"]
    words = [e.data["text"] for e in bench.events("message") if e.data["role"] == "user"]
    assert words == ["# item-1: Mend add\n", "now do the other thing"]
    assert "now do the other thing" in [line.get("text") for line in bench.raw()]


def test_an_interrupted_session_is_idle_with_its_command_dead_and_can_be_steered(
    bench: Bench,
) -> None:
    command = "setsid sleep 60 > /dev/null & echo $$; trap '' TERM INT; sleep 60"
    busy = {"say": "Waiting.", "do": [{"shell": command}]}
    bench.script(busy, again=[WORK, FIXED])
    host = bench.start()
    bench.wait_for("tool.output")

    bench.control(ControlOp.INTERRUPT)
    bench.wait_for("turn.finished", reason="interrupted")
    view = show_session(bench.state, SESSION, now=0)
    began = _sleeping(bench)
    bench.wait(lambda: not _sleeping(bench), seconds=10)
    bench.control(ControlOp.STEER, text="do it again")
    end = bench.ended(host)

    assert view.state is State.IDLE
    assert len(began) >= 1  # the agent itself ends its command, and what that left is ours
    assert bench.events("tool.finished")[0].data["status"] == "aborted"
    assert [(e.turn, e.data["trigger"]) for e in bench.events("turn.started")] == [
        (1, "start"), (2, "steer"),
    ]  # fmt: skip
    assert end.outcome is Outcome.PROPOSED


def _sleeping(bench: Bench) -> list[int]:
    found = []
    for pid in bench.marked():
        with contextlib.suppress(OSError):  # gone since
            if b"sleep\x0060" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def test_a_cancelled_session_keeps_all_that_it_did(bench: Bench) -> None:
    wrote = {"write": {"path": "{cwd}/new/note.txt", "content": "half\n"}}
    ignored = {"write": {"path": "{cwd}/trace.log", "content": "ignored\n"}}
    bench.script({"say": "Half way.", "do": [EDIT, wrote, ignored]}, FOREVER)
    host = bench.start()
    bench.wait_for("usage", count=2)

    receipt = bench.control(ControlOp.CANCEL, reason="not worth it")
    end = bench.ended(host)

    assert receipt.state == "applied"
    assert (end.outcome, end.reason) == (Outcome.CANCELLED, "cancelled by ada: not worth it")
    assert end.preserved == f"refs/df/wreck/{SESSION}"
    kept = bench.kept(end.preserved)
    assert kept["calc.py"] == "def add(a, b):\n    return a + b\n"
    assert kept["new/note.txt"] == "half\n"
    found = [path.read_text() for path in (bench.state.root / "quarantine").rglob("trace.log")]
    assert kept.get("trace.log", *found) == "ignored\n"
    ended = bench.events("session.ended")[0].data
    assert ended["preserved"] == {"ref": end.preserved, "path": end.quarantine}
    assert bench.events("turn.finished")[-1].data["reason"] == "interrupted"
    assert bench.events("message")[1].data["text"] == "Half way."


@pytest.mark.parametrize(
    ("op", "status", "made"), [(ControlOp.APPROVE, "ok", True), (ControlOp.DENY, "denied", False)]
)
def test_a_suggesting_agents_commands_wait_for_a_persons_word(
    bench: Bench, op: ControlOp, status: str, made: bool
) -> None:
    bench.script({"say": "May I?", "do": [EDIT, {"shell": "touch made"}]}, FIXED)
    host = bench.start(autonomy=Autonomy.SUGGEST)
    asked = bench.wait_for("approval.requested")
    waiting = show_session(bench.state, SESSION, now=0)

    bench.control(op, request=asked.data["request"])
    end = bench.ended(host)

    assert waiting.state is State.WAITING_APPROVAL
    assert asked.data["command"] == "touch made"
    (resolved,) = bench.events("approval.resolved")
    assert resolved.data == {"request": asked.data["request"], "decision": op, "by": "ada"}
    assert bench.events("tool.finished")[-1].data["status"] == status
    assert ("made" in bench.kept(str(end.preserved))) is made
    assert end.outcome is Outcome.PROPOSED


def test_what_no_person_answers_is_denied_and_the_agent_ends_its_turn_without_it(
    bench: Bench,
) -> None:
    bench.script({"say": "May I?", "do": [EDIT, {"shell": "touch made"}]}, FIXED)
    host = bench.start(autonomy=Autonomy.SUGGEST, silence_seconds=1.5)
    bench.wait_for("approval.requested")
    waiting = show_session(bench.state, SESSION, now=0)

    end = bench.ended(host)

    (resolved,) = bench.events("approval.resolved")
    assert waiting.state is State.WAITING_APPROVAL
    assert (resolved.data["decision"], resolved.data["by"]) == ("deny", "timeout")
    (denied,) = bench.events("denied")
    assert denied.data["reason"].startswith("nobody answered for 1.5 s, so it is denied.")
    assert "made" not in bench.kept(str(end.preserved))
    assert end.outcome is Outcome.PROPOSED


def test_a_silent_turn_is_ended_as_stalled(bench: Bench) -> None:
    bench.script({"say": "Hm.", "do": [EDIT], "sleep": 60})

    end = bench.ended(bench.start(silence_seconds=0.4))

    assert (end.outcome, end.reason) == (Outcome.TIMED_OUT, "stalled: no output for 0.4 s")
    assert [e.data["reason"] for e in bench.events("turn.finished")] == ["stalled"]
    assert bench.kept(str(end.preserved))["calc.py"].endswith("a + b\n")


def test_a_deadline_of_a_fraction_of_a_minute_ends_the_session(bench: Bench) -> None:
    bench.script(FOREVER)

    end = bench.ended(bench.start(budget=Budget(minutes=0.02), waffle=PATIENT))

    assert end.outcome is Outcome.TIMED_OUT
    asked = bench.events("control.requested")[0].data
    assert (asked["by"], asked["reason"]) == ("budget", "the session's time is nearly over")


@pytest.mark.parametrize("budget", [Budget(tokens=3000), Budget(turns=2)])
def test_an_agent_over_its_budget_is_asked_and_then_forced(bench: Bench, budget: Budget) -> None:
    bench.script(FOREVER)

    end = bench.ended(bench.start(budget=budget, waffle=PATIENT))

    assert (end.outcome, end.polite) == (Outcome.BUDGET, False)
    wishes = [(e.data["by"], e.data["op"]) for e in bench.events("control.requested")]
    assert wishes == [("budget", "steer"), ("host", "interrupt")]
    assert bench.events("turn.finished")[0].data["reason"] == "budget"
    assert 5 <= len(bench.events("usage")) < 40


def test_an_agent_that_dies_in_its_turn_has_crashed(bench: Bench) -> None:
    bench.script({"say": "Oops.", "do": [EDIT], "fault": {"kind": "exit", "status": 3}})

    end = bench.ended(bench.start())

    assert (end.outcome, end.exit_code) == (Outcome.CRASHED, 3)
    assert end.reason == "the agent ended in the middle of its turn: exit status 3"
    assert bench.events("turn.finished")[-1].data["reason"] == "killed"
    assert bench.kept(str(end.preserved))["calc.py"].endswith("a + b\n")


def test_an_agent_that_is_killed_has_crashed_by_that_signal(bench: Bench) -> None:
    bench.script({"say": "Oops.", "do": [{"read": "calc.py"}], "fault": {"kind": "crash"}})

    end = bench.ended(bench.start())

    assert (end.outcome, end.exit_code, end.signal) == (Outcome.CRASHED, None, 9)


def test_nonsense_from_an_agent_is_logged_raw_and_warned_of(bench: Bench) -> None:
    bench.script({"say": "Hm.", "do": [EDIT], "fault": {"kind": "garbage"}}, FIXED)

    end = bench.ended(bench.start())

    assert end.outcome is Outcome.PROPOSED
    assert len(bench.events("warning")) >= 2
    assert b'\xff\xfe{"type": \x00 not a line of ours' in bench.raw()


@BOTH_WAYS
def test_a_second_host_of_the_same_session_leaves_it_alone(bench: Bench) -> None:
    bench.script(FOREVER)
    prepared = bench.prepare()
    first = bench.start(prepared)
    bench.wait_for("turn.started")

    second = bench.status(bench.start(prepared))
    bench.control(ControlOp.CANCEL)
    bench.ended(first)
    third = bench.status(bench.start(prepared))

    assert (second, third) == (75, 0)
    assert [bench.types().count(f"session.{word}") for word in ("started", "ended")] == [1, 1]


def test_exit_json_is_there_whole_or_not_at_all(bench: Bench) -> None:
    bench.script({"say": "x" * 60_000, "do": [EDIT]}, {"say": "y" * 60_000})
    path = bench.folder / "exit.json"
    host = bench.start()

    while host.poll() is None:
        if path.exists():
            json.loads(path.read_text())

    assert len(json.loads(path.read_text())["summary"]) == 60_000
    assert not list(bench.folder.glob("*.tmp"))


def test_following_resumes_by_offset_and_ends_with_the_session(bench: Bench) -> None:
    bench.script(WORK, FIXED)
    host = bench.start()
    bench.wait_for("session.started")

    def read(start: str) -> list[tuple[str, str]]:
        return [(told.next, told.event.id) for told in follow_logs(bench.state, {SESSION: start})]

    whole = read(START)
    bench.ended(host)

    assert [event_id for _, event_id in whole] == [event.id for event in bench.events()]
    for at, _ in whole[::4]:
        assert read(at) == [pair for pair in whole if pair[0] > at]


def test_a_session_taken_up_again_counts_on(bench: Bench) -> None:
    bench.script({"say": "Oops.", "do": [EDIT], "fault": {"kind": "exit", "times": 1}}, FIXED)
    first = bench.ended(bench.start())

    second = bench.ended(bench.start(epoch=2, resume=True, tokens_before=first.tokens))

    assert (first.outcome, second.outcome) == (Outcome.CRASHED, Outcome.PROPOSED)
    assert [e.turn for e in bench.events("turn.started")] == [1, 2]
    assert second.tokens > first.tokens
    assert bench.kept(f"refs/df/work/{SESSION}/2")["calc.py"].endswith("a + b\n")
    assert [e.producer.epoch for e in bench.events("session.ended") if e.producer] == [1, 2]


def test_the_processes_of_a_session_bear_its_mark(bench: Bench) -> None:
    bench.script({"say": "Hi.", "do": [{"shell": "echo $DF_SESSION"}]}, FIXED)

    bench.ended(bench.start())

    assert bench.events("tool.finished")[0].data["output"].strip() == marker_of(str(bench.folder))
