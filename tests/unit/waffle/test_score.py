import json
import time
import tracemalloc

import pytest

from darkfactory.domain.event import Event
from darkfactory.domain.lane import WaffleLimits
from darkfactory.waffle.log import score_log
from darkfactory.waffle.score import Scorer
from tests.unit.waffle.logs import Log


def stuck(calls: int = 12) -> Log:
    log = Log()
    for number in range(calls):
        log.call("pytest -q", f"E   ImportError: foo\n1 failed in 0.{number}s", exit_code=1)
    return log


def test_families_add_up_and_one_family_counts_by_its_strongest() -> None:
    scorer = stuck(5).score()

    # loop .80 (exact and near are one family) and error .60
    assert scorer.score == pytest.approx(1 - 0.2 * 0.4)
    assert {one.name for one in scorer.signals} == {"exact_loop", "near_loop", "err_repeat"}


def test_signals_come_most_doubtful_first() -> None:
    doubts = [one.doubt for one in stuck().score().signals]

    assert doubts == sorted(doubts, reverse=True)
    assert len(doubts) > 3


def test_a_session_that_is_stuck_is_warned_of_then_steered_then_nuked() -> None:
    timeline = score_log(stuck().lines())["timeline"]

    actions = [action for _, _, action in timeline]
    assert list(dict.fromkeys(actions)) == ["none", "warn", "steer", "nuke"]


def test_the_score_rises_at_once_and_falls_slowly() -> None:
    log = stuck(5)
    high = log.score().score
    log.call("ls", "a")

    after = log.score().score

    assert 0.8 * high <= after < high


def test_signals_fade_with_the_score_and_keep_their_evidence() -> None:
    log = stuck()
    before = log.score().signals[0]
    log.call("ls", "a")

    faded = next(one for one in log.score().signals if one.name == "exact_loop")

    assert faded.strength == pytest.approx(0.8 * before.strength)
    assert faded.events == before.events


@pytest.mark.parametrize("calls", range(1, 30))
def test_a_harness_that_passes_again_lets_no_call_before_it_raise_the_score(calls: int) -> None:
    log = Log()
    log.harness("pass")
    for _ in range(calls):
        log.call("pytest -q", "1 failed", exit_code=1)
    log.add("tool.started", {"call": "last", "kind": "shell", "command": "ls"})
    high = log.score().score
    log.harness("pass")

    assert log.score().score <= high


def test_a_harness_that_newly_passes_halves_the_score_and_forgets_the_loop() -> None:
    log = stuck()
    high = log.score().score
    log.harness("pass")

    scorer = log.score()

    assert scorer.score <= high / 2
    log.call("pytest -q", "E   ImportError: foo\n1 failed in 0.1s", exit_code=1)
    assert log.score().score < high / 2


def test_fewer_failures_are_progress_and_as_many_are_not() -> None:
    log = stuck()
    log.harness("fail", failed=4)
    same, fewer = Log(), Log()
    same.events, fewer.events = list(log.events), list(log.events)
    same.harness("fail", failed=4)
    fewer.harness("fail", failed=3)

    assert fewer.score().score <= same.score().score / 2


def test_another_error_after_an_edit_is_progress() -> None:
    log = stuck()
    high = log.score().score
    log.edit("a.py", "new")
    log.call("pytest -q", "E   AssertionError: 1\n1 failed in 0.1s", exit_code=1)

    assert log.score().score < high / 2


def test_families_that_are_off_do_not_count() -> None:
    scorer = stuck(5).score(WaffleLimits(off=("loop",)))

    assert {one.family for one in scorer.signals} == {"error"}
    assert scorer.score == pytest.approx(0.6)


def test_agents_that_work_for_another_do_not_repeat_each_other() -> None:
    log = Log()
    for number in range(6):
        log.call("ls", "a", agent=f"sub-{number}", parent="main")

    assert log.score().score == 0


def test_an_agent_that_works_for_another_can_be_stuck_itself() -> None:
    log = Log()
    for number in range(6):
        log.call("ls", "a", agent="sub", parent="main")
        log.call(f"work {number}", f"{number}", agent="main")

    assert {one.family for one in log.score().signals} == {"loop"}


def test_risk_is_not_known_without_calibration() -> None:
    assert stuck().score().risk is None


def test_the_score_of_a_log_is_one_object() -> None:
    log = Log()
    events = [log.call("make", "same") for _ in range(4)]
    lines = ["not an event", *log.lines(), '{"v":1}', ""]

    scored = score_log(lines, file="a.jsonl")

    assert scored["signals"][0] == {
        "name": "exact_loop",
        "family": "loop",
        "strength": 1.0,
        "events": [index + 1 for index in events],
        "because": "`make` gave the same result 4 times on unchanged files",
    }
    del scored["signals"]
    assert scored == {
        "version": 1,
        "file": "a.jsonl",
        "waffle": 0.8,
        "peak": 0.8,
        "risk": None,
        "action": "steer",
        "timeline": [[4, 0.15, "none"], [6, 0.4, "none"], [8, 0.8, "steer"]],
        "events": 8,
        "judged": 8,
        "skipped": 2,
        "first_skipped": {"line": 1, "why": "it is no JSON"},
    }


def test_a_log_without_events_scores_nothing() -> None:
    assert score_log([])["waffle"] == 0
    assert score_log([b"\xff\n", "[" * 100_000, "null", "{}"])["timeline"] == []


def test_lines_that_are_no_events_are_counted_and_the_first_is_named_with_its_reason() -> None:
    scored = score_log(["\n", '{"type": "usage"}\n', "[]\n", "no json\n"])

    assert (scored["events"], scored["judged"], scored["skipped"]) == (1, 0, 2)
    assert scored["first_skipped"] == {"line": 3, "why": "it is no object with a type"}


def test_text_of_an_agent_is_made_safe_before_it_is_quoted() -> None:
    log = Log()
    for _ in range(4):
        log.call("echo \x1b[31m\ud800\u202e" + "x" * 500)

    (because,) = {one.because for one in log.score().signals if one.name == "exact_loop"}

    because.encode()
    assert "\x1b" not in because
    assert len(because) < 200


WRONG = [None, 7, [], {}, "text", ["a", 3], {"a": 1}, True, float("nan")]


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize(
    "kind", ["session.started", "tool.started", "tool.finished", "file.changed", "message"]
)
def test_data_of_a_wrong_shape_does_no_harm(kind: str, value: object) -> None:
    keys = "call kind name command paths status exit_code output output_hash path content_hash role"
    event = Event(kind, dict.fromkeys((*keys.split(), "text", "ok", "autonomy"), value))
    scorer = Scorer()

    for _ in range(5):
        scorer.feed(event)
        scorer.feed(Event("harness.finished", {"result": value, "failed": value}))

    assert 0 <= scorer.score <= 1


def hostile(number: int) -> list[Event]:
    log = Log()
    log._calls = number
    log.edit(f"p{number}", f"c{number}")
    log.call(f"cmd {number} " + "-x " * 90, f"Error: {number} " + "1s " * 90, exit_code=1)
    log.say(f"words {number} " * 40, agent=f"a{number % 40}", parent="main")
    log.add("tool.started", {"call": f"open {number}", "kind": "read", "paths": [f"q{number}"]})
    return log.events


def test_memory_does_not_grow_with_the_log() -> None:
    scorer = Scorer()
    tracemalloc.start()
    sizes = []
    for number in range(1_000):
        for event in hostile(number):
            scorer.feed(event)
        if number in (500, 999):
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    # Eight agents that leave calls open. Python keeps some freed tuples, which are counted, too.
    assert sizes[1] < 1.25 * sizes[0]
    assert sizes[1] < 512 * 1024


def test_a_session_of_one_agent_takes_a_quarter_of_a_megabyte_at_most() -> None:
    scorer = Scorer()
    events = [event for n in range(600) for event in hostile(n) if event.parent is None]
    tracemalloc.start()
    for event in events:
        scorer.feed(event)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert size < 256 * 1024


@pytest.mark.parametrize(
    "said",
    [
        "=" * 200_000,
        "1 failed, " * 20_000,
        "0x" * 100_000,
        "passed all " * 20_000,
        "| tail" * 30_000,
    ],
)
def test_hostile_text_takes_no_time(said: str) -> None:
    log = Log()
    log.call(said, said, exit_code=1)
    log.say(said)
    begun = time.process_time()

    log.score()

    assert time.process_time() - begun < 1


def test_lines_may_be_bytes_or_text() -> None:
    lines = stuck().lines()

    assert score_log(line.encode() for line in lines) == score_log(lines)


def test_its_own_verdicts_in_a_log_do_not_count() -> None:
    log = stuck()
    plain = score_log(log.lines())["waffle"]
    log.add("waffle.scored", {"score": 0.1, "action": "none", "signals": []})
    log.add("control.applied", {"op": "steer", "by": "waffle"})

    assert json.dumps(score_log(log.lines())["waffle"]) == json.dumps(plain)


def asked_again(end: str) -> Log:
    """Return a session that is opened four times and looks at the same file in each."""
    log = Log()
    for _ in range(4):
        log.add("session.started", {"autonomy": "propose"})
        log.call("", "the same text", kind="read", paths=("a.py",))
        log.add("session.ended", {"outcome": end})
    return log


@pytest.mark.parametrize("end", ["proposed", "failed", "reported", "budget"])
def test_what_is_looked_at_again_because_somebody_asked_again_is_no_loop(end: str) -> None:
    assert asked_again(end).score().score == 0


def test_a_session_that_crashed_is_in_the_same_loop_when_it_goes_on() -> None:
    assert asked_again("crashed").score().score >= 0.5


def test_a_log_of_another_program_is_scored_by_what_it_tells() -> None:
    told = [json.loads(line) for line in stuck().lines()]
    foreign = [{"type": row["type"], "data": row["data"], "ts": 1.5} for row in told]
    nameless = [{**row, "ts": None, "parent": None, "unheard": {}} for row in foreign]

    scores = [
        {key: score_log(map(json.dumps, rows))[key] for key in ("waffle", "peak", "action")}
        for rows in (told, foreign, nameless)
    ]

    assert scores[0]["waffle"] > 0.9
    assert scores == [scores[0]] * 3


def test_what_is_posted_counts_for_its_line_alone() -> None:
    scorer = Scorer()
    for number in range(12):
        scorer.feed(Event("message", {"role": "assistant", "text": f"{number}"}, posted=True))

    assert (scorer.score, scorer.signals) == (0.0, ())
