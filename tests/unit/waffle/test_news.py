import pytest

from tests.unit.waffle.logs import Log

CODE = [f"    value_{letter} = compute_{letter}(row)" for letter in "abcdefghijklmnopqrstuvwxyz"]


def test_reading_a_file_round_and_round_in_other_pieces_is_stale() -> None:
    log = Log()
    log.call("cat src/a.py", "\n".join(CODE))
    for number in range(12):
        first = number % 9
        log.call(f"sed -n '{first},{first + 8}p' src/a.py", "\n".join(CODE[first : first + 8]))

    assert log.strength("stale") == 1
    (because,) = [one.because for one in log.score().signals if one.name == "stale"]
    assert because == "12 of the last 12 calls told nothing new"


def test_paging_through_a_file_is_not() -> None:
    log = Log()
    for number in range(30):
        lines = [f"    row_{number}_{line} = 1" for line in range(20)]
        log.call(f"sed -n '{number * 20},{number * 20 + 19}p' src/a.py", "\n".join(lines))

    assert log.strength("stale") == 0


def test_searching_for_what_is_not_there_is_stale() -> None:
    log = Log()
    for word in ("get_user", "fetch_user", "load_user", "find_user", "user_of", "who", "whoami"):
        log.call(f"grep -rn {word} src", f"no match for {word}", exit_code=1)

    assert log.strength("stale") == pytest.approx(0.4)


def test_a_log_that_grows_by_timestamps_only_is_stale() -> None:
    log = Log()
    log.call("cat app.log", "2026-11-21 10:00:00 heartbeat")
    for minute in range(10):
        log.call("cat app.log", f"2026-11-21 10:{minute:02d}:30.123 heartbeat")

    assert log.strength("stale") == 1


@pytest.mark.parametrize("tool", ["TodoWrite", "update_plan", "mcp__box__set_plan", "think"])
def test_planning_tells_nothing_new(tool: str) -> None:
    log = Log()
    for number in range(10):
        log.add("tool.started", {"call": "p", "kind": "other", "name": tool, "input_hash": number})
        log.add("tool.finished", {"call": "p", "status": "ok", "output": "done"})

    assert log.strength("stale") == 1


def test_commands_that_work_in_silence_say_nothing_either_way() -> None:
    log = Log()
    for number in range(20):
        log.call(f"psql -f migrations/{number:04d}.sql", "OK")

    assert "loop" not in {one.family for one in log.score().signals}


def test_looking_at_changed_files_again_is_no_repetition() -> None:
    log = Log()
    for number in range(14):
        log.edit(f"m{number}.py", f"content {number}")
        log.call("git diff --stat", "1 file changed")

    assert log.strength("stale") == 0


def test_notes_of_progress_are_no_progress() -> None:
    log = Log()
    for number in range(30):
        log.edit("PROGRESS.md", f"note {number}")

    assert {one.family for one in log.score().signals} >= {"loop", "burn"}


def test_failures_in_a_row_with_ever_other_errors_are_a_streak() -> None:
    log = Log()
    for number in range(9):
        log.call(f"install way {number}", f"{'abcdefghi'[number]}: no such package", exit_code=1)

    assert log.strength("err_streak") == 1


def test_a_success_ends_the_streak() -> None:
    log = Log()
    for number in range(9):
        log.call(f"try {number}", f"{'abcdefghi'[number]}: broken", exit_code=1)
    log.call("make", "built")
    log.call("try 9", "j: broken", exit_code=1)

    assert log.score().signals[0].strength < 1


def test_thinking_aloud_by_a_shell_tells_nothing_new() -> None:
    log = Log()
    for word in (
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "mu",
    ):
        log.call(f"echo 'I should look at {word} next'", f"I should look at {word} next")

    assert log.strength("stale") == 1
