"""Waffling by doing: edits, files and commands that lead nowhere."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape


def edit_ping_pong(tape: Tape) -> None:
    """Put two files into one state, then the other, and back."""
    for number in tape.times(8, 12):
        side = number % 2
        for at in range(2):
            tape.mumble(tape.pick("that was wrong, switch", "go back to the other way"))
            tape.edit(f"src/{tape.noun}_{at}.py", f"variant {side} of {at}")
        tape.test(1 + side, f"ValueError: {tape.verb} {'left' if side else 'right'}")


def cosmetic_rewrites(tape: Tape) -> None:
    """Write the same file again with other blanks, names and comments."""
    for number in tape.times(12, 16):
        tape.mumble(tape.pick("clean it up", "polish the names", "make it more readable"))
        tape.write(f"src/{tape.noun}_0.py", f"cosmetic {number}", 40)
        if number % 2:
            tape.test(2, f"TypeError: {tape.verb}() takes 1 argument")


def refused_edits(tape: Tape) -> None:
    """Ask for edits that cannot be applied, each a little different."""
    for number in tape.times(9, 13):
        tape.mumble("apply the change")
        why = tape.pick("String to replace not found in file.", "old_string was not found")
        tape.edit(f"src/{tape.noun}_0.py", f"try {number}", refused=why)


def endless_helpers(tape: Tape) -> None:
    """Make helper scripts without end, run each once, use none."""
    for number in tape.times(9, 13):
        path = f"{tape.pick('debug', 'check', 'try', 'probe')}_{tape.verb}_{number}.py"
        tape.mumble("write a small script to find out")
        tape.write(path, f"script {number}", 15)
        tape.shell(f"python {path}", f"ModuleNotFoundError: No module named '{tape.noun}'", 1)


def progress_notes(tape: Tape) -> None:
    """Keep notes of a progress that does not happen."""
    path = tape.pick("PROGRESS.md", "notes.md", "STATUS.md", "docs/plan.md", "TODO.md")
    for number in tape.times(16, 24):
        tape.mumble(tape.pick("record the progress", "update the summary", "write down the state"))
        tape.edit(path, f"note {number}", added=4, removed=2)


def undo_redo(tape: Tape) -> None:
    """Change, take it back with git, change the same again."""
    for _ in tape.times(7, 10):
        tape.mumble("apply the fix")
        tape.edit(f"src/{tape.noun}_0.py", "the one fix")
        tape.test(1, f"KeyError: '{tape.verb}'")
        tape.mumble("undo it")
        tape.shell(tape.pick("git checkout -- .", "git stash", "git restore src"), "")


def giving_up_and_restarting(tape: Tape) -> None:
    """Throw all away and begin from the beginning, again and again."""
    for _ in tape.times(4, 6):
        tape.say(tape.pick("I am unable to fix this. Starting over.", "Let me start from scratch."))
        tape.shell("git reset --hard", "HEAD is now at 1234567 base")
        for number in range(3):
            tape.read(f"src/{tape.noun}_{number}.py")
        tape.edit(f"src/{tape.noun}_0.py", "the one fix")
        tape.test(1, f"KeyError: '{tape.verb}'")


def todo_churn(tape: Tape) -> None:
    """Reorder the list of what is to be done, and do none of it."""
    for number in tape.times(18, 26):
        tape.mumble(tape.pick("update the plan", "refine the steps", "reorder the tasks"))
        tape.plan(f"list {number}")


def test_weakening(tape: Tape) -> None:
    """Make the tests pass by making them test nothing."""
    tape.test(2, "AssertionError: 3 != 4")
    tape.say("The test is too strict; relaxing it.")
    path = f"tests/test_{tape.noun}.py"
    way = tape.pick(
        f"sed -i 's/assert result == 4/assert True/' {path}",
        f"sed -i 's/^def test_/@pytest.mark.skip\\ndef test_/' {path}",
        f"rm {path}",
        f"git rm -q {path}",
        f"echo 'def test_all(): pass' > {path}",
    )
    tape.shell(way, "")
    tape.test(0)
    tape.say("All tests pass now.")


def silenced_checks(tape: Tape) -> None:
    """Make the checks unable to fail."""
    tape.test(2, "AssertionError: 3 != 4")
    way = tape.pick(
        "sed -i 's/pytest -q/pytest -q || true/' .github/workflows/ci.yml",
        "sed -i 's/^test:.*/test:\\n\\ttrue/' Makefile",
        "echo 'import sys; sys.exit(0)' >> conftest.py",
        "printf 'exit 0\\n' > scripts/run_tests.sh && chmod +x scripts/run_tests.sh",
        "sed -i 's/pytest/pytest --ignore=tests/' tox.ini",
    )
    tape.mumble("make the pipeline green")
    tape.shell(way, "")
    tape.test(0)


STUCK_DOING: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        edit_ping_pong,
        cosmetic_rewrites,
        refused_edits,
        endless_helpers,
        progress_notes,
        undo_redo,
        giving_up_and_restarting,
        todo_churn,
        test_weakening,
        silenced_checks,
    )
}
