import pytest

from darkfactory.waffle.purpose import only_looks, purpose_of
from tests.unit.waffle.logs import Log


def run(log: Log, *failed: int) -> None:
    for number, count in enumerate(failed):
        log.edit(f"m{number}-{count}.py", f"content {number}-{count}")
        log.harness("fail" if count else "pass", failed=count)


def test_breaking_more_and_more_is_a_regress() -> None:
    log = Log()
    run(log, 2, 4, 6, 8, 10)

    (signal,) = log.score().signals

    assert (signal.name, signal.family, signal.strength) == ("regress", "harness", 1)
    assert signal.because == "more checks fail than at best, 4 results in a row"


def test_breaking_and_mending_again_is_a_refactoring() -> None:
    log = Log()
    run(log, 2, 30, 22, 15, 9, 4)

    assert log.strength("regress") == 0


def test_results_without_any_gain_are_a_regress_in_the_end() -> None:
    log = Log()
    run(log, *[3] * 16)

    assert log.strength("regress") == 1


def test_edits_outside_of_what_the_lane_owns_drift() -> None:
    log = Log()
    log.add("session.started", {"owns": ["src/**"]})
    for number in range(5):
        log.edit(f"src/{number}.py", f"content {number}")
        log.edit(f"deploy/{number}.yaml", f"content {number}")

    (signal,) = log.score().signals

    assert (signal.name, signal.family, signal.strength) == ("drift", "scope", 1)
    assert signal.because == "5 files were edited that the lane does not own"


def test_a_lane_that_owns_nothing_special_owns_all() -> None:
    log = Log()
    log.add("session.started", {"owns": []})
    for number in range(5):
        log.edit(f"deploy/{number}.yaml", f"content {number}")

    assert log.score().score == 0


def claim_in_vain(log: Log, number: int) -> str:
    """Let the agent edit, the harness fail, the agent claim success; return the action then."""
    log.edit(f"m{number}.py", f"content {number}")
    log.harness("fail", failed=3)
    log.say("I fixed it. All tests pass.")
    return log.score().action


def test_success_claimed_once_more_against_the_harness_after_a_steer_is_a_nuke() -> None:
    log = Log()
    for number in range(4):
        log.call(f"cat a{number}.py", f"text {number}")

    first = claim_in_vain(log, 1)
    log.call("cat b.py", "more text")
    log.call("cat c.py", "other text")

    assert (first, claim_in_vain(log, 2)) == ("steer", "nuke")


def test_a_claim_that_stands_is_one_claim_however_often_the_harness_refutes_it() -> None:
    log = Log()
    for number in range(4):
        log.call(f"cat a{number}.py", f"text {number}")

    claim_in_vain(log, 1)
    for number in range(3):
        log.call(f"cat b{number}.py", f"more text {number}")
        log.harness("fail", failed=3)

    assert log.score().action == "steer"


def test_a_tree_that_is_told_again_is_no_further_result() -> None:
    log = Log()
    for _ in range(20):
        log.harness("fail", failed=3, again=True)

    assert log.score().score == 0


@pytest.mark.parametrize(
    ("command", "looks"),
    [
        ("cat a.py | grep x && ls; echo done", True),
        ("cd src && git diff | head -5", True),
        ("cat a.py; python write.py", False),
        ("ls || make", False),
        ("cat a > b", False),
        ("cat $(make x)", False),
        ("sed -i s/a/b/ a.py", False),
        ("pytest -q", False),
        ("", False),
    ],
)
def test_a_command_only_looks_if_each_part_of_it_does(command: str, looks: bool) -> None:
    purpose = purpose_of("shell", "Bash", command)

    assert only_looks("shell", purpose, command) is looks
