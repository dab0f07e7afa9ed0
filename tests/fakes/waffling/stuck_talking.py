"""Waffling by words: talk instead of work, and claims that the harness refutes."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape

_SORRY = (
    "I apologize for the confusion. Let me reconsider the approach to the {}.",
    "Sorry about that, you are right. I should think about the {} more carefully.",
    "My apologies. I will now take a fresh look at the {}.",
    "I see the mistake. Let me think again about how the {} works.",
    "Apologies for the oversight; the {} deserves another thought.",
)


def apologising(tape: Tape) -> None:
    """Apologise, message after message."""
    for _ in tape.times(9, 13):
        tape.say(tape.pick(*_SORRY).format(tape.noun))


def plan_rewriting(tape: Tape) -> None:
    """Write the plan again and again, with a glance at a known file between."""
    for number in tape.times(14, 20):
        steps = ["read the code", "find the cause", "change it", "run the tests"]
        tape.chance.shuffle(steps)
        tape.say(f"Here is my updated plan for the {tape.noun}: {', then '.join(steps)}.")
        if number % 2:
            tape.shell("ls", "README.md\nsrc\ntests")


def handing_back(tape: Tape) -> None:
    """Ask to be told how to go on, with nobody there."""
    for number in tape.times(9, 13):
        asked = tape.pick("Shall I go on?", "Would you like me to proceed?", "Please confirm.")
        tape.say(f"Step {number}: I could {tape.verb} the {tape.noun} next. {asked}")


def claims_against_red(tape: Tape) -> None:
    """Claim success while the harness is red, and do something else."""
    tape.edit(f"src/{tape.noun}_0.py", "not quite")
    tape.harness("fail", "t1", failed=3)
    claim = (
        "All tests pass and the issue is fixed.",
        "The bug is fixed.",
        "Done. Tests are green.",
    )
    tape.say(tape.pick(*claim))
    for number in range(3):
        tape.read(f"docs/page_{number}.md")
        tape.say(tape.pick(*claim))


def making_it_worse(tape: Tape) -> None:
    """Break more with every edit, and go on."""
    for number in tape.times(7, 9):
        tape.mumble("improve it further")
        tape.edit(f"src/{tape.noun}_{number}.py", f"worse {number}")
        tape.harness("fail", f"t{number}", failed=2 + 2 * number)


STUCK_TALKING: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (apologising, plan_rewriting, handing_back, claims_against_red, making_it_worse)
}
