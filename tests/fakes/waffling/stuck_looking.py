"""Waffling by looking and running: the same again, in other words."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape

_SPELLINGS = (
    *("", " -v", " -x", " 2>&1", " --tb=short", " -rA", " -s", " --no-header", " -p no:warnings"),
    *(" | tail -30", " | head -40", " --tb=long", " -vv", " --color=no", " -q 2>&1 | tail -5"),
)


def paraphrased_runs(tape: Tape) -> None:
    """Run one failing check over and over in other spellings."""
    error = f"ImportError: cannot import name '{tape.verb}_{tape.noun}'"
    for _ in tape.times(10, 16):
        tape.mumble(tape.pick("run it again", "retry the tests", "check the failure once more"))
        stamp, line = tape.stamp(), tape.chance.randint(1, 400)
        output = f"{stamp} collected 1 item\n{error} (line {line})\n1 failed in 0.{line}s"
        tape.shell(f"pytest tests/{tape.noun}{tape.pick(*_SPELLINGS)}", output, 1)


def three_way_cycle(tape: Tape) -> None:
    """Go round three commands."""
    steps = (
        ("git status --short", " M src/a.py"),
        (f"ls src/{tape.noun}", "a.py\nb.py"),
        ("git diff --stat", " 1 file changed, 2 insertions(+)"),
    )
    for _ in tape.times(6, 8):
        for command, output in steps:
            tape.mumble("see where things stand")
            tape.shell(command, output)


def alternating_tools(tape: Tape) -> None:
    """Read a file by one tool, then by another, then again."""
    path = f"src/{tape.noun}_0.py"
    for number in tape.times(16, 22):
        if number % 2:
            tape.mumble("open the file")
            tape.read(path)
        else:
            tape.mumble("search in it")
            tape.search(tape.verb, f"{path}:12: {tape.verb}()\n{path}:40: {tape.verb}(x)")


def reading_round(tape: Tape) -> None:
    """Read the same files round and round in other pieces."""
    paths = [f"src/{tape.noun}_{number}.py" for number in range(3)]
    for number in tape.times(26, 34):
        tape.mumble(tape.pick("look closer", "re-read this part", "understand the flow again"))
        first = 1 if number < 3 else tape.chance.randint(1, 60)
        tape.read(paths[number % 3], first, 90 if number < 3 else 30)


def searching_absent(tape: Tape) -> None:
    """Search for what is not there, by synonym after synonym."""
    for number in tape.times(18, 26):
        word = f"{tape.pick('get', 'fetch', 'load', 'find', 'read')}_{tape.noun}_{number}"
        tape.mumble(f"look for {word}")
        if tape.chance.random() < 0.5:
            tape.shell(f"grep -rn '{word}' src", "", 1)
        else:
            tape.search(word, tape.pick("No matches found", "No files found", "Found 0 results"))


def unchanged_reruns(tape: Tape) -> None:
    """Run the failing tests again and again, nothing changed, sleeping now and then."""
    for _ in tape.times(9, 14):
        tape.mumble("run the tests again, it may be flaky")
        tape.test(2, "AssertionError: 3 != 4", command=tape.pick("pytest -q", "make test"))


def only_timestamps_grow(tape: Tape) -> None:
    """Print a log that grows by nothing but timestamps."""
    lines: list[str] = []
    for _ in tape.times(12, 18):
        lines.append(f"[{tape.stamp()}] heartbeat")
        tape.mumble("check the log")
        tape.shell("cat logs/app.log", "\n".join(lines))


def failing_installs(tape: Tape) -> None:
    """Install what cannot be installed, in every way there is."""
    name = f"lib{tape.noun}-{tape.verb}"
    ways = (
        (f"pip install {name}", f"ERROR: No matching distribution found for {name}"),
        (f"pip3 install --user {name}", f"ERROR: Could not find a version for {name} (from none)"),
        (f"apt-get install -y {name}", f"E: Unable to locate package {name}"),
        (f"conda install {name}", "PackagesNotFoundError: not available from current channels"),
        (f"npm install {name}", f"npm ERR! 404 Not Found - GET /{name}"),
        (f"python -m pip install {name}==1.0", "ERROR: Ignored: requires a different version"),
        (f"curl -LO https://example.org/{name}.tgz", "curl: (6) Could not resolve host"),
        (f"pip download {name}", "ERROR: Connection refused by proxy"),
        (f"brew install {name}", "bash: brew: command not found"),
        (f"cargo install {name}", f"error: could not find `{name}` in registry"),
        (f"easy_install {name}", "error: Download error on index"),
        (f"git clone https://example.org/{name}", "fatal: unable to access: could not resolve"),
    )
    for command, output in tape.chance.sample(ways, len(ways)):
        tape.mumble("try another way to install it")
        tape.shell(command, output, 1)


def thinking_aloud(tape: Tape) -> None:
    """Print thoughts by a shell instead of doing anything."""
    for number in tape.times(12, 18):
        thought = tape.pick("I should look at", "maybe it is", "let me consider")
        tape.shell(
            f"echo '{thought} the {tape.noun} {number}'", f"{thought} the {tape.noun} {number}"
        )


def asking_denied(tape: Tape) -> None:
    """Ask for what was denied, in other words."""
    for number in tape.times(9, 13):
        tape.mumble("try it another way")
        way = tape.pick("sudo ", "env ", "bash -c ", "nohup ")
        tape.shell(f"{way}systemctl restart {tape.noun}-{number}", "Permission denied", 126)


def delegating_again(tape: Tape) -> None:
    """Look at the same listing by tool after tool."""
    for number in tape.times(14, 18):
        command = ("ls -la", "ls", "find . -maxdepth 1", "tree -L 1", "git ls-files")[number % 5]
        tape.mumble("see what is there")
        tape.shell(command, "README.md\nsetup.cfg\nsrc/package")


STUCK_LOOKING: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        paraphrased_runs,
        three_way_cycle,
        alternating_tools,
        reading_round,
        searching_absent,
        unchanged_reruns,
        only_timestamps_grow,
        failing_installs,
        thinking_aloud,
        asking_denied,
        delegating_again,
    )
}
