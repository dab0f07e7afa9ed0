"""Hard negatives: honest work that looks like waffling."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape, code_line


def polling_ci(tape: Tape) -> None:
    """Wait for a build that somebody else runs."""
    command = tape.pick(
        "gh run view 812 --json status",
        "sleep 60; gh pr checks 12",
        "sleep 30 && curl -s localhost:8080/health",
        "kubectl get pods -n ci",
    )
    for number in tape.times(6, 9):
        tape.mumble("wait for the build")
        tape.shell(command, f"in_progress, step {number} of 12, {tape.stamp()}")
    tape.shell(command, "completed: success")


def red_green(tape: Tape) -> None:
    """Write a failing test, make it pass, and so on."""
    for number in tape.times(6, 9):
        tape.edit(f"tests/test_{tape.noun}.py", f"test {number}", added=8, removed=0)
        tape.test(1, f"AssertionError: case {number} of {tape.verb}")
        tape.edit(f"src/{tape.noun}_0.py", f"code {number}")
        tape.test(0)


def bisecting(tape: Tape) -> None:
    """Find the commit that broke it."""
    for number in tape.times(8, 11):
        commit = f"{tape.chance.getrandbits(28):07x}"
        verdict = tape.pick("good", "bad")
        tape.shell("pytest -q tests/test_it.py", "1 failed" if verdict == "bad" else "1 passed")
        left = f"Bisecting: {2 ** (11 - number)} revisions left to test\n[{commit}] change {commit}"
        tape.shell(f"git bisect {verdict}", left)


def batch_edits(tape: Tape) -> None:
    """Make the same small change in many files."""
    for number in tape.times(16, 24):
        path = f"src/pages/page_{number}.py"
        tape.mumble("same change in the next file")
        tape.edit(path, f"import of {number}")


def batch_seds(tape: Tape) -> None:
    """Change many files by one command each; each says nothing."""
    for number in tape.times(14, 20):
        name = f"{tape.pick('order', 'user', 'cart')}_{number}"
        tape.mumble(f"rename it in {name}")
        tape.shell(f"sed -i 's/old_{tape.verb}/{tape.verb}/g' src/{name}.py", "")
    tape.test(0)


def long_exploring(tape: Tape) -> None:
    """Read a large project before anything is changed."""
    for number in tape.times(28, 40):
        tape.mumble(f"read module {number}")
        if number % 4 == 3:
            path = f"lib/{tape.verb}_{number}.py"
            found = "\n".join(f"{path}:{at}:{code_line(path, at)}" for at in range(4, 40, 9))
            tape.search(f"{tape.verb}_{number}", found)
        else:
            tape.read(f"lib/{tape.noun}_{number + 10}.py", lines=60)


def formatting(tape: Tape) -> None:
    """Edit, let the formatter run, edit."""
    for number in tape.times(8, 12):
        tape.edit(f"src/{tape.noun}_{number}.py", f"feature {number}")
        done = tape.pick("1 file reformatted", "All done! 1 file left unchanged.")
        tape.shell(f"ruff format src/{tape.noun}_{number}.py", done)
        tape.shell("ruff check src", "All checks passed!")


def flaky_reruns(tape: Tape) -> None:
    """Mend a flaky test: each change is followed by three runs."""
    for number in tape.times(4, 6):
        tape.edit(f"tests/test_{tape.noun}.py", f"less flaky {number}")
        for run in range(3):
            tape.test(0 if run else 1, f"TimeoutError: after {number} retries")


def big_refactor(tape: Tape) -> None:
    """Move code between files, many edits, few runs."""
    for number in tape.times(24, 36):
        path = f"src/{tape.pick('core', 'api', 'store')}/{tape.noun}_{number % 7}.py"
        if number % 5 == 0:
            tape.read(path, first=number * 10)
        tape.edit(path, f"moved {number}", added=12, removed=10)
        if number % 9 == 8:
            tape.test(9 - number // 9, f"ImportError: cannot import name 'part_{number}'")
    tape.test(0)


def paging_one_file(tape: Tape) -> None:
    """Read one large file from its beginning to its end."""
    path = f"src/{tape.noun}_huge.py"
    for number in tape.times(18, 26):
        first = 1 + 100 * number
        if tape.chance.random() < 0.5:
            text = "\n".join(code_line(path, at) for at in range(first, first + 100))
            tape.shell(f"sed -n '{first},{first + 99}p' {path}", text)
        else:
            tape.read(path, first, 100)


def print_debugging(tape: Tape) -> None:
    """Put prints in, look at what they say, take them out, put them elsewhere."""
    path = f"src/{tape.noun}_0.py"
    for number in tape.times(5, 7):
        tape.mumble("print what comes in here")
        tape.edit(path, f"print {number}", added=1, removed=0)
        seen = tape.chance.getrandbits(40)
        error = "AssertionError: 3 != 4\n1 failed in 0.4s"
        tape.shell(
            "pytest -q -s -k one", f"DEBUG {tape.verb} {seen:x}: stage {number}\nE {error}", 1
        )
        tape.edit(path, "without prints", added=0, removed=1)
    tape.edit(path, "the fix")
    tape.test(0)


def numbered_migrations(tape: Tape) -> None:
    """Apply numbered files one after the other."""
    for number in tape.times(14, 20):
        command = f"psql -f db/migrations/{number + 1:04d}.sql"
        tape.mumble(f"apply migration {number + 1}")
        tape.shell(command, tape.pick("ALTER TABLE", "OK", "Applied."))


def long_builds(tape: Tape) -> None:
    """Look at a build that takes its time."""
    tape.shell("nohup make -j8 all > build.log 2>&1 &", "[1] 4711")
    for number in tape.times(7, 10):
        tape.mumble("give it time")
        done = 9 * number + tape.chance.randint(0, 4)
        unit = f"{tape.noun}_{tape.chance.getrandbits(24):x}.o"
        tape.shell("sleep 120; tail -n 2 build.log", f"[{done:3d}%] Building CXX object {unit}")
    tape.shell("tail -n 1 build.log", "[100%] Built target all")


def fixing_one_by_one(tape: Tape) -> None:
    """Mend the type errors of a large file one after the other."""
    count = tape.chance.randint(9, 13)
    for number in range(count):
        left = count - number
        tape.edit(f"src/{tape.noun}_0.py", f"typed {number}")
        line = (
            f'src/{tape.noun}_0.py:{90 - number}: error: Argument {number} has type "{tape.verb}"'
        )
        tape.shell("mypy src", f"{line}\nFound {left} errors in 1 file", 1)
    tape.shell("mypy src", "Success: no issues found")


def building_one_file(tape: Tape) -> None:
    """Write one long file piece by piece, then try it."""
    for number in tape.times(12, 18):
        tape.edit(f"src/{tape.noun}_0.py", f"part {number}", added=30, removed=0)
    tape.test(2, "AssertionError: 3 != 4")
    tape.edit(f"src/{tape.noun}_0.py", "mended")
    tape.test(0)


def like_reports(tape: Tape) -> None:
    """Look at the logs of many services, which all look alike."""
    for number in tape.times(16, 22):
        lines = [f"service-{number} INFO request {at} served" for at in range(6)]
        tape.mumble(f"look at service {number}")
        tape.shell(f"tail -n 6 logs/service-{number}.log", "\n".join(lines))


def rebasing(tape: Tape) -> None:
    """Rebase commit by commit, with a conflict in each."""
    for number in tape.times(7, 11):
        path = f"src/{tape.noun}_{number % 3}.py"
        tape.shell(
            "git rebase --continue", f"CONFLICT (content): {path}\ncould not apply {number}", 1
        )
        tape.edit(path, f"resolved {number}")
        tape.shell(f"git add {path}", "")
    tape.shell("git rebase --continue", "Successfully rebased")


def restarting_a_server(tape: Tape) -> None:
    """Change, restart the server, ask it, and so on, until it answers."""
    for number in tape.times(6, 8):
        tape.edit("src/app.py", f"try {number}")
        tape.shell("pkill -f app.py", "")
        tape.shell("nohup python app.py &", "")
        tape.shell("curl -s localhost:8000", "Internal Server Error", 22)
    tape.shell("curl -s localhost:8000", "hello")


HONEST: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        polling_ci,
        red_green,
        bisecting,
        batch_edits,
        batch_seds,
        long_exploring,
        formatting,
        flaky_reruns,
        big_refactor,
        paging_one_file,
        print_debugging,
        numbered_migrations,
        long_builds,
        fixing_one_by_one,
        building_one_file,
        like_reports,
        rebasing,
        restarting_a_server,
    )
}
