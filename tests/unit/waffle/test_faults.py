import pytest

from tests.unit.waffle.logs import Log


def test_one_error_by_different_commands_repeats() -> None:
    log = Log()
    seen = [
        log.call(command, f"KeyError: 'lanes' at line {number}", exit_code=1)
        for number, command in enumerate(("make a", "tox", "python b.py", "nox", "just c"))
    ]

    (error,) = log.score().signals

    assert (error.name, error.family, error.strength) == ("err_repeat", "error", 1.0)
    assert error.events == tuple(seen)
    assert error.because == (
        "the same error 5 times on unchanged files: keyerror: 'lanes' at line #"
    )


def test_an_error_on_changed_files_is_a_new_one() -> None:
    log = Log()
    for number in range(6):
        log.call(f"make t{number}", "KeyError: 'lanes'", exit_code=1)
        log.edit("a.py", f"content {number}")

    assert log.strength("err_repeat") == 0


@pytest.mark.parametrize(
    ("output", "signature"),
    [
        ("a\nTypeError: no 12\n=== 3 failed, 4 passed in 1.2s ===", "typeerror: no #"),
        ("sh: foo: command not found\n", "sh: foo: command not found"),
        ("FF..E\n1 failed in 0.3s", ""),
        ("plain words\nlast words", "last words"),
        ("", ""),
    ],
)
def test_the_signature_is_the_last_line_that_names_an_error(output: str, signature: str) -> None:
    from darkfactory.waffle.step import signature_of

    assert signature_of(output) == signature


def test_edits_that_do_not_apply_are_a_signal() -> None:
    log = Log()
    for number in range(5):
        log.edit("a.py", f"content {number}", ok=False, output="No match for the old text")

    (edits,) = [one for one in log.score().signals if one.name == "edit_reject"]

    assert (edits.family, edits.strength) == ("edit", 1.0)
    assert edits.because == "5 edits were rejected lately"


def test_a_slip_or_two_among_edits_is_nothing() -> None:
    log = Log()
    for number in range(8):
        log.edit("a.py", f"content {number}", ok=number not in (2, 5))

    assert log.strength("edit_reject") == 0


@pytest.mark.parametrize(("calls", "strength"), [(14, 0), (22, 0.5), (30, 1), (60, 1)])
def test_calls_without_new_content_burn(calls: int, strength: float) -> None:
    log = Log()
    for number in range(calls):
        log.call(f"command {number}", f"output {number}")

    assert log.strength("no_diff") == pytest.approx(strength)


def test_new_content_ends_the_burning() -> None:
    log = Log()
    for number in range(30):
        log.call(f"command {number}", f"output {number}")
    log.edit("a.py", "content")

    assert not log.score()._main.burn._calls


def test_a_first_look_at_a_file_counts_half() -> None:
    log = Log()
    for number in range(40):
        log.call("", f"text {number}", kind="read", paths=(f"f{number}.py",))

    assert log.strength("no_diff") == 0


def test_where_no_change_is_asked_for_its_helpers_do_not_burn_either() -> None:
    log = Log()
    log.add("session.started", {"autonomy": "observe"})
    for number in range(60):
        log.call(f"command {number}", f"output {number}", agent="explorer", parent="t-1")

    assert log.score().score == 0


def test_where_no_change_is_asked_for_nothing_burns() -> None:
    log = Log()
    log.add("session.started", {"autonomy": "observe"})
    for number in range(60):
        log.call(f"command {number}", f"output {number}")

    assert log.score().score == 0


def test_a_failure_that_no_change_moves_is_a_doubt() -> None:
    log = Log()
    for number in range(9):
        log.edit(f"m{number}.py", f"content {number}")
        log.call("pytest -q", f"E   assert 3 == 4\n1 failed in 0.{number}s", exit_code=1)

    assert log.strength("err_unmoved") == 1


def test_a_failure_that_moves_is_work() -> None:
    log = Log()
    for number in range(9):
        log.edit(f"m{number}.py", f"content {number}")
        log.call("mypy", f"Found {20 - number} errors", exit_code=1)

    assert log.strength("err_unmoved") == 0


@pytest.mark.parametrize("command", ["git bisect bad", "git checkout {}", "mv a{} b", "patch {}"])
def test_a_command_that_moves_files_makes_a_run_after_it_no_repetition(command: str) -> None:
    log = Log()
    for number in range(8):
        log.call("pytest -q", "1 failed", exit_code=1)
        log.call(command.format(number), f"now at {'abcdefgh'[number]}")

    assert "loop" not in {one.family for one in log.score().signals}


def test_an_error_that_only_stands_in_another_line_now_is_the_same() -> None:
    log = Log()
    for number in range(10):
        log.edit("a.py", f"content {number}")
        log.call("python a.py", f'File "a.py", line {number + 3}\nTypeError: no', exit_code=1)

    assert log.strength("err_unmoved") == 1


def test_failures_in_a_row_are_counted_from_the_last_edit_on() -> None:
    log = Log()
    for number in range(5):
        log.call(f"make t{number}", f"Error {number}", exit_code=1)
    log.edit("a.py", "content")
    for number in range(5):
        log.call(f"make u{number}", f"Error {number}", exit_code=1)

    before = log.strength("err_streak")
    log.call("make v", "Error 9", exit_code=1)

    (streak,) = [one for one in log.score().signals if one.name == "err_streak"]
    assert before == 0
    assert streak.because == "6 commands failed in a row, with no edit in between"
