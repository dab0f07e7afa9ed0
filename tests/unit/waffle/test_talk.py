import pytest

from darkfactory.waffle.truth import claim_of
from tests.unit.waffle.logs import Log

WORDS = ["the parser", "a cache", "old clocks", "one more idea", "some plan", "another thing"]


def test_messages_in_a_row_are_a_monologue() -> None:
    log = Log()
    seen = [log.say(f"I wonder about {words}.") for words in WORDS]

    (talk,) = log.score().signals

    assert (talk.name, talk.family, talk.strength) == ("monologue", "talk", 1.0)
    assert talk.events == tuple(seen)
    assert talk.because == "6 messages in a row without a call"


def test_a_person_who_answers_makes_it_a_talk() -> None:
    log = Log()
    for words in WORDS:
        log.say(f"What about {words}?")
        log.say("Yes.", role="user")

    assert log.score().score == 0


def test_saying_the_same_with_nothing_new_in_between_is_a_monologue() -> None:
    log = Log()
    for _ in range(4):
        log.say("Let me look at the parser once more to be sure.")
        log.call("cat parser.py", "text")

    (talk,) = [one for one in log.score().signals if one.name == "monologue"]
    assert talk.because == "3 messages say the same, with nothing new in between"


def test_the_same_words_about_new_results_are_style() -> None:
    log = Log()
    for number in range(12):
        log.say(f"Same change in file {number} of the package now.")
        log.edit(f"m{number}.py", f"content {number}")
        log.call("make", f"{number} files")

    assert log.score().score == 0


def test_calls_without_logged_results_may_have_told_something_new() -> None:
    log = Log()
    for number in range(8):
        log.say("Let me look at the parser once more to be sure.")
        log.add("tool.started", {"call": str(number), "kind": "shell", "command": f"ls {number}"})

    assert log.strength("monologue") == 0


@pytest.mark.parametrize(
    "said",
    [
        "All tests pass.",
        "I looked around. The bug has been fixed.",
        "Done",
        "Everything is implemented and works as expected",
        "All 12 unit tests are green",
        "I've successfully resolved the problem!",
    ],
)
def test_a_claim_of_success_is_one(said: str) -> None:
    assert claim_of(said)


@pytest.mark.parametrize(
    "said",
    [
        "The tests do not pass yet.",
        "Once this is fixed, I will run the tests.",
        "Let me verify that all tests pass.",
        "All tests should pass now.",
        "Is it fixed?",
        "2 tests still fail, the rest is done",
        "It isn't working",
        "I hope this is resolved",
        "Make sure that all tests pass.",
        "Looking at the parser.",
        "",
    ],
)
def test_wishes_conditions_and_negations_are_no_claims(said: str) -> None:
    assert not claim_of(said)


def test_a_claim_that_the_harness_refutes_is_a_bluff() -> None:
    log = Log()
    log.edit("a.py", "content")
    failed = log.harness("fail", failed=3)
    claimed = log.say("All tests pass now.")

    scorer = log.score()

    (bluff,) = scorer.signals
    assert (bluff.name, bluff.family, bluff.events) == ("bluff", "truth", (failed, claimed))
    assert bluff.because == "says 'All tests pass now', but the harness fails on these files"
    assert scorer.action == "steer"


def test_it_is_a_bluff_as_well_when_the_harness_speaks_last() -> None:
    log = Log()
    log.edit("a.py", "content")
    log.say("The bug is fixed.")
    log.harness("fail", failed=3)

    assert log.strength("bluff") == 1


@pytest.mark.parametrize("result", ["pass", "error", "timeout"])
def test_only_a_failing_harness_refutes(result: str) -> None:
    log = Log()
    log.harness(result)
    log.say("All tests pass.")

    assert log.score().score == 0


@pytest.mark.parametrize(
    ("base", "new", "refuted"),
    [("fail", [], 0), ("fail", None, 0), ("fail", ["a::x"], 1), ("pass", None, 1)],
)
def test_what_fails_on_the_base_already_refutes_no_claim_of_the_own_work(
    base: str, new: list[str] | None, refuted: int
) -> None:
    log = Log()
    log.edit("a.py", "content")
    log.say("The bug is fixed. The new tests pass. All 3 tests of the parser pass.")
    log.harness("fail", failed=1, base=base, new_failing=new)

    assert log.strength("bluff") == refuted


@pytest.mark.parametrize(
    "said",
    [
        "All tests pass now.",
        "I ran it: every test passes",
        "All of the unit tests are green.",
        "Done, the whole test suite passes.",
        "Everything is green",
    ],
)
def test_that_all_passes_is_refuted_by_whatever_fails_on_the_base_already(said: str) -> None:
    log = Log()
    log.edit("a.py", "content")
    log.say(said)
    log.harness("fail", failed=4, base="fail", new_failing=[])

    (bluff,) = log.score().signals
    assert bluff.because.endswith(
        "but the harness fails on these files, if not by this work: 4 checks, as before it"
    )


@pytest.mark.parametrize(
    "said", ["All tests pass except those that failed before.", "All tests should pass now."]
)
def test_a_claim_with_its_exceptions_stands_on_a_red_base(said: str) -> None:
    log = Log()
    log.say(said)
    log.harness("fail", failed=4, base="fail", new_failing=[])

    assert log.score().score == 0


def test_a_base_that_fails_without_a_count_refutes_nothing() -> None:
    log = Log()
    log.say("All tests pass.")
    log.harness("fail", failed=None, base="fail", new_failing=None)

    assert log.score().score == 0


def at(second: int) -> str:
    return f"2026-11-21T23:04:{second:02d}.000Z"


def checked_while_it_worked(command: str, *, taken: int) -> Log:
    """Return a log in which *command* ran at second 28, and a verdict came after it."""
    log = Log()
    log.edit("m.py", "content")
    log.call(command, "", ts=at(28))
    log.harness("fail", failed=1, taken=at(taken))
    log.say("All done.")
    return log


def test_a_verdict_of_a_tree_that_a_command_may_have_changed_since_refutes_nothing() -> None:
    log = checked_while_it_worked("python write.py >> m.py", taken=26)

    assert log.score().score == 0


@pytest.mark.parametrize(
    ("command", "taken"),
    [("python write.py >> m.py", 29), ("cat m.py | head -3; echo; git diff", 26)],
)
def test_a_verdict_of_the_tree_that_is_still_there_refutes(command: str, taken: int) -> None:
    log = checked_while_it_worked(command, taken=taken)

    assert log.strength("bluff") == 1


def test_a_verdict_that_comes_while_a_command_runs_refutes_nothing() -> None:
    log = Log()
    log._start("make all", "shell", ())
    log.harness("fail", failed=1)
    log.say("All done.")

    assert log.score().score == 0


def test_the_tree_that_failed_and_is_still_there_refutes_what_was_said_since() -> None:
    log = Log()
    log.edit("m.py", "content")
    log.harness("fail", failed=1, taken=at(20))
    log.call("pytest -q", "4 passed", ts=at(28))
    log.say("All tests pass.")

    before = log.strength("bluff")
    log.harness("fail", failed=1, taken=at(30), again=True)

    assert (before, log.strength("bluff")) == (0, 1)


def test_the_agents_own_failing_command_refutes_nothing() -> None:
    log = Log()
    log.call("javac A.java", "javac: command not found", exit_code=127)
    log.say("The bug is fixed.")

    assert log.score().score == 0


def test_a_verdict_on_other_files_refutes_nothing() -> None:
    log = Log()
    log.harness("fail", failed=3)
    log.edit("a.py", "content")
    log.say("The bug is fixed.")

    assert log.score().score == 0


def test_a_verdict_on_the_merged_tree_refutes_nothing() -> None:
    log = Log()
    log.say("The bug is fixed.")
    log.harness("fail", failed=3, where="merged")

    assert log.score().score == 0


def test_apologies_and_new_beginnings_set_a_tone() -> None:
    log = Log()
    for words in WORDS:
        log.say(f"Sorry, let me take a fresh look at {words}.")
        log.call(f"cat {words}", words)

    assert log.strength("talk") > 0.5


def test_giving_up_again_and_again_counts() -> None:
    log = Log()
    for words in WORDS:
        log.say(f"I am unable to mend {words}.")
        log.call(f"cat {words}", words)

    assert log.strength("give_up") == 1
