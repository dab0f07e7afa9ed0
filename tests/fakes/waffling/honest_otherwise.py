"""Honest work that no weight was set with: made after the fact, first looked at as it stood."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape, code_line


def migrating_file_by_file(tape: Tape) -> None:
    """Read a file, port it, check it, and on to the next."""
    for number in tape.times(12, 18):
        path = f"web/components/{tape.pick('Card', 'List', 'Form', 'Menu')}{number}.tsx"
        tape.read(path)
        tape.edit(path, f"ported {number}", added=20, removed=18)
        if number % 3 == 0:
            error = f"{path}({number + 3},7): error TS2339: Property 'p{number}' does not exist"
            tape.shell(f"npx tsc --noEmit {path}", error, 2)
            tape.edit(path, f"ported and typed {number}")
        tape.shell(f"npx tsc --noEmit {path}", "")


def build_looked_after(tape: Tape) -> None:
    """Look after a build in the background, which says nothing new for long."""
    tape.shell("cargo build --release &", "Command running in background with ID: bash_1")
    for number in tape.times(8, 12):
        name = tape.pick("BashOutput", "TaskOutput", "write_stdin")
        kind = "read" if name != "write_stdin" else "other"
        said = f"   Compiling {tape.noun}-{number} v0.{number}.0" if number % 3 == 0 else ""
        tape.use(name, kind, "bash_1", f"<status>running</status>\n{said}".strip())
    tape.use("BashOutput", "read", "bash_1", "<status>completed</status>\nFinished release")


def halving_by_hand(tape: Tape) -> None:
    """Find the commit that broke it by checking commits out by hand."""
    for _ in tape.times(9, 13):
        commit = f"{tape.chance.getrandbits(28):07x}"
        bad = tape.chance.random() < 0.5
        tape.mumble("the middle of what is left")
        tape.shell(f"git checkout -q {commit} && make -s && ./run-case 12", "FAIL" if bad else "ok")
    tape.shell("git checkout -q main", "")


def upgrading_dependencies(tape: Tape) -> None:
    """Raise one dependency after the other, each with a trouble of its own."""
    for number in tape.times(8, 12):
        package = f"{tape.pick('http', 'json', 'date', 'auth')}-kit-{number}"
        tape.edit("package.json", f"{package} raised")
        if number % 2:
            conflict = f"npm ERR! ERESOLVE could not resolve {package}@{number}.0.0"
            tape.shell("npm install", conflict, 1)
            tape.edit("package.json", f"{package} and its peer raised")
        tape.shell("npm install", f"changed {number + 3} packages, audited 812 packages")
        trouble = f"TypeError: {package}.{tape.verb} is not a function"
        tape.shell(
            "npm test", f"FAIL test/{number}.spec.js\n{trouble}\nTests: {number + 1} failed", 1
        )
        tape.edit(f"src/use_{number}.js", f"adapted {number}")
        tape.shell("npm test", "Tests: 212 passed")


def red_but_falling(tape: Tape) -> None:
    """Turn a large project round: red for long, by fewer failures each time."""
    left = tape.chance.randint(120, 200)
    while left:
        for at in range(2):
            tape.edit(f"src/{tape.pick('core', 'api', 'store')}/{tape.noun}.py", f"{left} {at}")
        line = "ImportError: cannot import name 'Session'"
        tape.shell("pytest -q -x --maxfail=1", f"E   {line}\n{left} failed, 40 passed in 9s", 1)
        left = max(0, left - tape.chance.randint(9, 24))
    tape.shell("pytest -q", "400 passed in 12s")


def analysing_data(tape: Tape) -> None:
    """Look at data from many sides by scripts that are not kept."""
    for number in tape.times(18, 26):
        column = f"{tape.pick('price', 'age', 'size', 'score')}_{number}"
        script = f"python - <<'EOF'\nimport pandas as pd\nprint(df['{column}'].describe())\nEOF"
        rows = "\n".join(
            f"{name}    {tape.chance.uniform(0, 900):.4f}" for name in ("mean", "std", "min", "max")
        )
        tape.mumble(f"how is {column} spread?")
        tape.shell(script, f"{rows}\nName: {column}, dtype: float64")


def hunting_a_flake(tape: Tape) -> None:
    """Run one test five times, since it fails one time in three, and change what may be why."""
    for number in tape.times(3, 5):
        for _ in range(5):
            seed = tape.chance.getrandbits(31)
            fails = tape.chance.random() < 0.3
            end = "F\n1 failed" if fails else ".\n1 passed"
            said = f"Using --randomly-seed={seed}\n{end}"
            tape.shell(f"pytest -q tests/test_{tape.noun}.py", said, int(fails))
        tape.edit(f"src/{tape.noun}_0.py", f"less of a race {number}")


def tuning_a_number(tape: Tape) -> None:
    """Change one setting, measure, change it again: only the number that is printed tells."""
    speed = 900.0
    for number in tape.times(10, 14):
        tape.edit("config/pool.toml", f"size = {2**number}", added=1, removed=1)
        speed += tape.chance.uniform(-40, 160)
        tape.shell("make bench", f"throughput: {speed:.1f} requests per second")


def translating(tape: Tape) -> None:
    """Write one language file after the other, all of one shape."""
    for number, language in enumerate(
        tape.chance.sample(["de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "fi"], 10)
    ):
        tape.mumble(f"now {language}")
        tape.use("Read", "read", "en", "\n".join(code_line("en.json", at) for at in range(20)))
        tape.write(f"locales/{language}.json", f"{language} {number}", 40)


def reviewing_changes(tape: Tape) -> None:
    """Read one pull request after the other and write nothing."""
    for number in tape.times(9, 13):
        tape.shell(
            f"gh pr view {number + 300}",
            f"title: {tape.verb} {number}\nstate: OPEN\nauthor: u{number}",
        )
        diff = "\n".join(f"+{code_line(f'pr{number}', at)}" for at in range(25))
        tape.shell(f"gh pr diff {number + 300}", f"diff --git a/f{number} b/f{number}\n{diff}")
        tape.shell(
            f"gh pr checks {number + 300}", tape.pick("all checks were successful", "1 failing")
        )


HONEST_OTHERWISE: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        migrating_file_by_file,
        build_looked_after,
        halving_by_hand,
        upgrading_dependencies,
        red_but_falling,
        analysing_data,
        hunting_a_flake,
        tuning_a_number,
        translating,
        reviewing_changes,
    )
}
