from tests.unit.waffle.logs import Log


def found(log: Log, name: str) -> str:
    return next((one.because for one in log.score().signals if one.name == name), "")


def test_contents_that_come_and_go_swing() -> None:
    log = Log()
    for number in range(6):
        log.edit("a.py", f"content {number % 2}")
        log.call("pytest", "1 failed", exit_code=1)

    assert log.strength("edit_osc") == 1
    assert found(log, "edit_osc") == "files got contents back that they had before, 4 times"


def test_prints_that_come_and_go_are_a_search() -> None:
    log = Log()
    for number in range(8):
        log.edit("a.py", f"print {number}")
        log.call("pytest", f"stage {'abcdefgh'[number]} was reached", exit_code=1)
        log.edit("a.py", "no prints")

    assert log.strength("edit_osc") == 0


def test_a_tree_of_the_harness_that_comes_back_swings() -> None:
    log = Log()
    for number in range(6):
        log.add(
            "harness.finished",
            {"tree": f"t{number % 2}", "result": "fail", "failed": 2, "where": "workspace"},
        )

    assert log.strength("edit_osc") == 1


def test_a_file_that_is_rewritten_while_nothing_is_learnt_is_churn() -> None:
    log = Log()
    for number in range(10):
        log.edit("a.py", f"content {number}")
        log.call("pytest", "1 failed in 0.2s", exit_code=1)

    assert log.strength("churn") == 0.75


def test_building_a_file_piece_by_piece_is_no_churn() -> None:
    log = Log()
    for number in range(20):
        log.edit("a.py", f"content {number}")

    assert log.score().score == 0


def test_mending_one_thing_after_the_other_in_a_file_is_no_churn() -> None:
    log = Log()
    for number in range(12):
        log.edit("a.py", f"content {number}")
        log.call("mypy", f"a.py:{90 - number}: error\nFound {20 - number} errors", exit_code=1)

    assert log.strength("churn") == 0


def test_refused_edits_between_runs_that_tell_something_new_weigh_less() -> None:
    log = Log()
    for number in range(6):
        log.edit("a.py", f"content {number}", ok=False, output="refused")
        log.call("make", f"reached stage {'abcdef'[number]}")

    assert log.strength("edit_reject") == 0


def test_an_edit_that_was_called_refused_but_changed_the_error_is_progress() -> None:
    log = Log()
    for number in range(6):
        log.edit("a.py", f"content {number}", ok=False, output="[File: a.py]")
        log.call("python a.py", f"{'ABCDEF'[number]}Error: no", exit_code=1)

    assert log.score().score < 0.3
