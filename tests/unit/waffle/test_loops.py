import pytest

from darkfactory.waffle.score import Scorer
from tests.unit.waffle.logs import Log

ERROR = "E   ImportError: cannot import name foo (line {})\n1 failed in 0.{}s"


def test_the_same_result_four_times_is_an_exact_loop_with_its_events() -> None:
    log = Log()
    log.call("ls")
    seen = [log.call("pytest -q", "1 failed in 0.4s", exit_code=1) for _ in range(4)]

    (loop,) = [one for one in log.score().signals if one.name == "exact_loop"]

    assert (loop.family, loop.strength, loop.events) == ("loop", 1.0, tuple(seen))
    assert loop.because == "`pytest -q` gave the same result 4 times on unchanged files"


@pytest.mark.parametrize(("times", "strength"), [(1, 0), (2, 0), (3, 0.5), (4, 1), (9, 1)])
def test_an_exact_loop_grows_with_its_length(times: int, strength: float) -> None:
    log = Log()
    for _ in range(times):
        log.call("make")

    assert log.strength("exact_loop") == strength


def test_equal_runs_may_take_different_times() -> None:
    log = Log()
    for number in range(4):
        log.call("pytest", f"4 failed in 1.{number}s at 0x7f{number}a")

    assert log.strength("exact_loop") == 1


def test_other_results_are_no_loop() -> None:
    log = Log()
    for number in range(9):
        log.call("make", f"built {number} of 9")

    assert log.score().signals == ()


def test_a_run_on_new_content_is_no_repetition() -> None:
    log = Log()
    for number in range(8):
        log.edit("a.py", f"content {number}")
        log.call("pytest", "1 failed", exit_code=1)

    assert "loop" not in {one.family for one in log.score().signals}


def test_an_edit_back_to_known_content_is_nothing_new() -> None:
    log = Log()
    for number in range(8):
        log.edit("a.py", f"content {number % 2}")
        log.call("pytest", "1 failed", exit_code=1)

    assert log.strength("exact_loop") == 1


def test_reading_different_files_is_no_repetition() -> None:
    log = Log()
    for number in range(12):
        log.call(f"cat src/module_{number}.py", "x = 1\n")

    assert log.score().score == 0


def test_two_calls_in_turn_are_a_cycle() -> None:
    log = Log()
    seen = [log.call(command, command) for _ in range(4) for command in ("ls", "git diff")]

    (cycle,) = [one for one in log.score().signals if one.name == "cycle"]

    assert (cycle.strength, cycle.events) == (1.0, tuple(seen))
    assert cycle.because == "`ls`, `git diff` came 4 times in a row"


def test_three_calls_in_turn_are_a_cycle() -> None:
    log = Log()
    for _ in range(3):
        for command in ("ls", "git diff", "make"):
            log.call(command, command)

    assert log.strength("cycle") == 1


@pytest.mark.parametrize(("calls", "steered"), [(4, False), (5, True)])
def test_two_turns_and_a_half_of_two_calls_are_steered(calls: int, *, steered: bool) -> None:
    log = Log()
    for number in range(calls):
        log.call(("ls", "git diff")[number % 2], "same" * (1 + number % 2))

    assert (log.score().steers > 0) == steered


def test_turns_on_files_that_change_take_longer() -> None:
    log = Log()
    for number in range(3):
        log.call("ls", "a")
        log.edit("a.py", f"content {number}")
        log.call("git stash list", "b")

    assert log.strength("cycle") == 0


def test_a_check_that_fails_now_and_then_may_be_run_again() -> None:
    log = Log()
    for code in (0, 1, 0, 0, 1, 0):
        log.call("pytest -q", "1 failed" if code else "1 passed", exit_code=code)

    assert log.score().steers == 0


def test_looking_after_what_runs_in_the_background_is_waiting() -> None:
    log = Log()
    for _ in range(6):
        log.add("tool.started", {"call": "1", "kind": "read", "name": "BashOutput"})
        log.add("tool.finished", {"call": "1", "status": "ok", "output": "running"})

    assert log.score().action == "none"


@pytest.mark.parametrize("kind", ["agent", "other"])
def test_the_same_answer_to_questions_in_other_words_is_a_near_loop(kind: str) -> None:
    log = Log()
    for number in range(5):
        told = {"call": "1", "kind": kind, "name": "Ask", "input_hash": f"{number}"}
        log.add("tool.started", told)
        log.add("tool.finished", {"call": "1", "status": "ok", "output": "nobody knows"})

    assert log.strength("near_loop") > 0.9


def test_one_call_alone_is_no_cycle() -> None:
    log = Log()
    for _ in range(8):
        log.call("ls")

    assert log.strength("cycle") == 0


def test_variations_that_fail_the_same_way_are_a_near_loop() -> None:
    log = Log()
    for number, flags in enumerate(["", " -x", " --tb=short", " 2>&1 | tail -5", " -q"]):
        log.call(f"cd /w && pytest tests/a.py{flags}", ERROR.format(number, number), exit_code=1)

    assert log.strength("near_loop") == pytest.approx(0.95)
    assert log.strength("exact_loop") == 0


def test_variations_with_different_errors_are_a_search() -> None:
    log = Log()
    for number in range(5):
        log.call(f"pytest -k t{number}", f"{'xyzuv'[number]}Error: {'abcde'[number]}", exit_code=1)

    assert log.score().score == 0


def test_searches_for_different_words_without_a_hit_are_no_near_loop() -> None:
    log = Log()
    for word in ("foo", "bar", "baz", "qux", "quux", "corge"):
        log.call(word, "no matches", kind="search")

    assert log.strength("near_loop") == 0


def test_waiting_for_something_that_moves_is_no_loop() -> None:
    log = Log()
    for percent in range(0, 96, 8):
        log.call("sleep 30; tail -n 1 build.log", f"[{percent}%] compiling")

    assert log.score().score == 0


def test_waiting_for_something_that_stands_counts_a_third() -> None:
    log = Log()
    for _ in range(9):
        log.call("gh run view 7 --json status", "in_progress")

    assert log.strength("exact_loop") == 0.5


@pytest.mark.parametrize(
    "command",
    [
        "sleep 30; gh run view 17",
        "timeout 120 bash -c 'until test -e done; do :; done'; tail -1 log",
        "squeue -u me",
        "./how-far.sh",
    ],
)
def test_waiting_alone_is_never_nuked_however_long_and_whatever_is_said(command: str) -> None:
    log = Log()
    scorer, actions = Scorer(), set()
    for number in range(200):
        log.say("Still pending. Perhaps it hangs, not sure; I am unable to tell, maybe later.")
        log.call(command, "17 gpu PENDING" if number else "17 gpu QUEUED")

    for event in log.events:
        scorer.feed(event)
        actions.add(scorer.action)

    assert "nuke" not in actions
    assert scorer.steers  # nothing has moved for two hundred looks: it is told so


def test_a_wait_in_which_only_a_clock_moves_is_no_standstill() -> None:
    log = Log()
    for number in range(24):
        log.call("kubectl get pods", f"x-abc 0/1 ContainerCreating {20 * number}s")

    assert log.score().score == 0


def test_a_command_that_fails_waits_for_nothing_whatever_it_says() -> None:
    log = Log()
    for _ in range(6):
        log.call("make e2e", "2 jobs running\nError: job pending", exit_code=1)

    assert log.strength("exact_loop") == 1


def test_the_same_edit_again_is_told_as_one() -> None:
    log = Log()
    for _ in range(5):
        log.edit("a.py", "content")

    (loop,) = [one for one in log.score().signals if one.name == "exact_loop"]

    assert loop.because == (
        "`a.py content` was made 5 times alike: only the first can have changed anything"
    )
