"""Waffling that no weight was set with: made after the fact, first looked at as it stood."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape, code_line

_AGAIN = (
    *("Ich versuche es noch einmal anders", "Noch ein Versuch", "Das sollte jetzt gehen"),
    *("Probemos otra vez", "Essayons autrement", "Hmm, one more go", "OK, different angle"),
)


def heredoc_rewrites(tape: Tape) -> None:
    """Write the same file whole by a here document, hardly changed, and fail as before."""
    path = f"src/{tape.noun}_0.py"
    body = [f"{code_line(path, at).strip()}" for at in range(12)]
    error = f"TypeError: {tape.verb}() got an unexpected keyword argument 'strict'"
    for number in tape.times(9, 13):
        tape.mumble(tape.pick(*_AGAIN))
        at = tape.chance.randrange(12)
        body[at] = f"{body[at].split('  #')[0]}  # {tape.pick('v', 'try', 'rev')}{number}"
        tape.shell(f"cat > {path} <<'EOF'\n" + "\n".join(body) + "\nEOF", "")
        out = f"Traceback (most recent call last):\n  line {tape.chance.randint(3, 60)}\n{error}"
        tape.shell(f"python {path}", out, 1)


def reworded_web_searches(tape: Tape) -> None:
    """Ask the web the same in other words; it answers with the same pages."""
    pages = [f"{at}. How to {tape.verb} a {tape.noun} - forum{at}.example/{at}" for at in range(7)]
    for _ in tape.times(12, 17):
        words = [tape.verb, tape.noun, "python", "error", "fix", "2026", "how to", "why", "best"]
        tape.chance.shuffle(words)
        query = " ".join(words[:5])
        tape.mumble("search the web for it")
        tape.chance.shuffle(pages)
        found = "\n".join(pages[:5])
        name = tape.pick("WebSearch", "web_search")
        command = query if name == "web_search" else None
        tape.use(name, "search", query, found, command=command)


def commit_and_revert(tape: Tape) -> None:
    """Commit a try, revert it, commit it again."""
    for number in tape.times(7, 10):
        commit = f"{tape.chance.getrandbits(28):07x}"
        message = tape.pick("Fix it", "Handle the case", "Try again", "Correct the order")
        tape.edit(f"src/{tape.noun}_0.py", f"variant {number % 2}")
        done = f"[main {commit}] {message}\n 1 file changed, 2 insertions(+), 1 deletion(-)"
        tape.shell(f"git commit -qam '{message}' && git log -1 --oneline", done)
        tape.test(2, f"IndexError: {tape.noun} index out of range")
        back = f"{tape.chance.getrandbits(28):07x}"
        reverted = f'[main {back}] Revert "{message}"\n 1 file changed, 1 insertion(+)'
        tape.shell("git revert --no-edit HEAD", reverted)


def sub_agents_again(tape: Tape) -> None:
    """Send one sub-agent after the other to find out the same."""
    path = f"src/{tape.noun}_0.py"
    for number in tape.times(8, 11):
        ask = tape.pick("Find out why", "Investigate why", "Explore the reason that", "Check why")
        for at in range(3):
            text = "\n".join(code_line(f"{path}{at}", line) for line in range(20))
            tape.use(
                *("Read", "read", f"{path}{at}", text),
                paths=(f"{path}{at}",),
                agent=f"explorer-{number}",
                parent="agent",
            )
        answer = f"The {tape.noun} is {tape.verb}ed in {path}. I could not determine the cause."
        name = tape.pick("Task", "Agent", "spawnAgent")
        tape.use(name, "agent", f"{ask} {tape.verb} fails ({number})", answer)


def asking_leave(tape: Tape) -> None:
    """Ask for leave by a tool, over and over, where nobody answers."""
    for number in tape.times(9, 14):
        asked = tape.pick("May I edit it?", "Which option?", "Proceed with the plan?", "Darf ich?")
        name = tape.pick("AskUserQuestion", "ExitPlanMode", "request_user_input")
        answer = "The user has not answered. Continue with your best judgement."
        tape.use(name, "other", f"{asked} {number}", answer)


def formatter_war(tape: Tape) -> None:
    """Let two formatters undo each other's work."""
    path = f"web/{tape.noun}.ts"
    for _ in tape.times(6, 9):
        took = tape.chance.randint(20, 90)
        tape.shell(f"npx prettier --write {path}", f"{path} {took}ms")
        tape.shell(
            f"npx eslint {path}", f"{path}\n  12:4  error  Expected 4 spaces  indent\n1 problem", 1
        )
        tape.shell(f"npx eslint --fix {path}", "")
        tape.shell(
            f"npx prettier --check {path}", f"[warn] {path}\n[warn] Code style issues found", 1
        )


def plan_documents(tape: Tape) -> None:
    """Write one plan after the other, each in a file of its own."""
    for number in tape.times(12, 17):
        name = tape.pick("PLAN", "design/approach", "docs/strategy", "analysis", "ROADMAP")
        tape.mumble(tape.pick("write down the approach", "refine the strategy", *_AGAIN))
        tape.write(f"{name}_v{number}.md", f"plan {number}", 60)
        tape.use("TodoWrite", "other", f"todos {number}", "Todos have been modified successfully.")


def rotating_installs(tape: Tape) -> None:
    """Install what does not exist with one package manager after the other."""
    package = f"lib{tape.noun}-{tape.verb}"
    ways = (
        (f"pip install {package}", f"ERROR: No matching distribution found for {package}"),
        (f"apt-get install -y {package}", f"E: Unable to locate package {package}"),
        (f"npm install {package}", f"npm ERR! 404 Not Found - GET /{package}"),
        (f"conda install {package}", f"PackagesNotFoundError: not available: {package}"),
        (f"cargo add {package}", f"error: the crate `{package}` could not be found"),
        (f"brew install {package}", f'Error: No formulae found for "{package}".'),
    )
    for number in tape.times(10, 15):
        command, error = ways[number % len(ways)]
        flag = tape.pick("", " --verbose", " --force", " --no-cache")
        tape.mumble(tape.pick(*_AGAIN))
        tape.shell(command + flag, error, 1)


def dead_server(tape: Tape) -> None:
    """Ask a server that is not there for one page after the other."""
    port = tape.pick("8000", "3000", "5173")
    for number in tape.times(10, 14):
        page = tape.pick("", "health", "api/v1", "index.html", f"{tape.noun}/{number}", "docs")
        tool = tape.pick("curl -s", "curl -sv", "wget -qO-", "http GET")
        tape.mumble(tape.pick(*_AGAIN))
        refused = f"Failed to connect to localhost port {port}: Connection refused"
        tape.shell(f"{tool} http://localhost:{port}/{page}", refused, 7)


STUCK_OTHERWISE: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        heredoc_rewrites,
        reworded_web_searches,
        commit_and_revert,
        sub_agents_again,
        asking_leave,
        formatter_war,
        plan_documents,
        rotating_installs,
        dead_server,
    )
}
