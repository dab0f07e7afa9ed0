"""The gate on a real repository: a burst against a queue by hand, and a yes while one reads on."""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line, open_line
from darkfactory.gate.record import ON_THE_WAY
from darkfactory.gate.room import GateRoom
from darkfactory.gate.verdicts import approve
from scripts.benchmarks import reading
from scripts.benchmarks.report import Row, median
from tests.fakes.gates import PretendHarness, offer
from tests.fakes.repositories import make_repository

_LANES = """\
version: 1
harness: {{command: "sleep {seconds} && ! {{ test -e left && test -e right; }}"}}
limits: {{brain_space: 0}}
gate: {{runners: 2, pretest: 2}}
agents: {{mock: {{kind: mock, script: mock.yaml}}}}
lanes: {{bugs: {{default: true, agent: mock}}}}
"""
_INSTANT_SECONDS = 2.0
_REFUSED_EVERY = 5
_WORDS = ("testing", "queued", "retested", "bounced", "landing", "landed", "audited")
_MOST_WORDS = 40
_BEHIND_SECONDS = 0.03
_LOOK_SECONDS = 0.001


def measure(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the ratio of a burst to a queue by hand, yeses that landed at once, reading, storm."""
    burst, read, killed = (8, 6, 20) if quick else (40, 25, 220)
    yield _burst(folder, burst)
    yield _reading(folder, read)
    yield from reading.measure(folder, quick=quick)
    yield _killed(folder, killed)


def _burst(folder: Path, number: int) -> Row:
    """Approve *number* changes at once; do the same by rebasing and testing one after another."""
    line, heads = _factory(folder / "burst", number, seconds=1.0)
    started = time.monotonic()
    _df(line, "gate", "approve", *(f"c-{name}" for name in heads), "--yes")
    ours = time.monotonic() - started
    landed = [change for change in line.gate().refresh() if change.state == "landed"]
    by_hand = _by_hand(folder / "hand", line, list(heads.values()))
    value = f"{ours / by_hand:.2f}x ({ours:.0f} s against {by_hand:.0f} s)"
    how = f"{len(landed)} of {number} changes landed, harness of 1 s, 2 runners against one"
    return Row("burst against a rebase-and-test queue", value, "<= 0.4x", how)


def _by_hand(folder: Path, line: Line, heads: Sequence[str]) -> float:
    """Rebase, test and fast-forward one head after another in a clone; return the seconds."""
    subprocess.run(
        ["git", "clone", "--quiet", "--branch", "main", line.hub.path, folder], check=True
    )
    start = line.hub.git("rev-list", "--max-parents=0", "main").text
    _git(folder, "reset", "--quiet", "--hard", start)
    started = time.monotonic()
    for head in heads:
        _git(folder, "fetch", "--quiet", str(line.hub.path), head)
        _git(folder, "checkout", "--quiet", "--detach", head)
        _git(folder, "-c", "user.name=b", "-c", "user.email=b@localhost", "rebase", "-q", "main")
        subprocess.run(line.settings.harness.command, shell=True, cwd=folder, check=True)  # noqa: S602
        _git(folder, "branch", "--force", "main", "HEAD")
    return time.monotonic() - started


def _reading(folder: Path, number: int) -> Row:
    """Read each change for as long as a harness run takes, say yes, and time the landing."""
    run = 3.0
    line, _ = _factory(folder / "reading", number, seconds=run)
    waits, refused = [], 0
    with _watching(line):
        for place in range(number):
            name = _next_to_read(line)
            time.sleep(run)
            if place % _REFUSED_EVERY == _REFUSED_EVERY - 1:
                _df(line, "gate", "close", name, "--as", "not-planned", "--yes")
                refused += 1
                continue
            started = time.monotonic()
            _df(line, "gate", "approve", name, "--yes")
            waits.append(time.monotonic() - started)
    at_once = sum(wait <= _INSTANT_SECONDS for wait in waits)
    value = f"{100 * at_once / len(waits):.0f} % within 2 s, median {median(waits):.2f} s"
    how = f"{len(waits)} approvals, {refused} refusals, reading and harness of {run:g} s, 2 runners"
    return Row("a yes until it has landed, watched", value, ">= 80 %, <= 2 s", how)


def _killed(folder: Path, number: int) -> Row:
    """Land *number* changes with a gate that is killed again and again; look at every tip."""
    pairs = {at: ("left", "right")[at // 10 % 2] + f"/{at}" for at in range(0, number, 10)}
    line, _ = _factory(folder / "killed", number, seconds=0.02, beside=pairs)
    room = line.gate()
    for change in room.refresh():
        approve(room, change, by="bench")
    chance = random.Random(1)  # noqa: S311 - a world, no secret
    kills: Counter[str] = Counter()
    while any(change.state in ON_THE_WAY for change in line.gate().refresh()):
        kills[_land_and_die(line, chance)] += 1
    del kills[""]
    changes = list(line.gate().refresh())
    landed = [change for change in changes if change.state == "landed"]
    red = [tip for tip in _tips(line) if _is_red(line, tip)]
    on_base = line.hub.git("rev-list", "--first-parent", line.hub.base_ref).text.split()
    commits = {str(change.landing["commit"]) for change in landed}
    twice = len(on_base) - 1 - len(commits)
    wrong = [change for change in landed if not change.audited]
    value = f"{len(red)} red tips, {len(commits - set(on_base))} lost, {abs(twice)} doubled, "
    value += f"{len(wrong)} not audited of {len(landed)} landings"
    told = ", ".join(f"{count} at {kind}" for kind, count in sorted(kills.items()))
    how = f"{number} changes, {len(changes) - len(landed)} bounced, {kills.total()} kills: {told}"
    return Row("kill -9 of the gate, real repository", value, "0", how)


def _land_and_die(line: Line, chance: random.Random) -> str:
    """Let ``df gate land`` work and kill it behind one of its words, whichever comes first.

    That is one of a kind chosen by *chance*, or the last of so many. Facts and no seconds, so that
    it gets as far on a busy machine. Return what word that was, nothing if it had ended before.
    """
    wanted, most = chance.choice(_WORDS), chance.randint(1, _MOST_WORDS)
    stream = Stream(line.state.streams, "factory")
    position, heard = stream.end(), 0
    gate = subprocess.Popen(
        [sys.executable, "-m", "darkfactory", "gate", "land"],
        cwd=line.state.repository,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while gate.poll() is None:
        for behind, event in stream.read(position):
            position, heard = behind, heard + 1
            word = event.type.removeprefix("change.")
            if word == wanted or heard == most:
                time.sleep(chance.uniform(0, _BEHIND_SECONDS))
                gate.kill()
                gate.wait()
                return word
        time.sleep(_LOOK_SECONDS)
    return ""


def _tips(line: Line) -> list[str]:
    """Return every commit that the base has ever been at."""
    log = line.hub.path / "logs" / "refs" / "heads" / line.hub.base
    return [row.split()[1] for row in log.read_text().splitlines()]


def _is_red(line: Line, tip: str) -> bool:
    names = line.hub.git("ls-tree", "--name-only", tip).text.split("\n")
    return "left" in names and "right" in names


def _next_to_read(line: Line) -> str:
    from darkfactory.factory.show_gate import gate_rows

    return next(row["id"] for row in gate_rows(line) if row["state"] == "waiting_taste")


@contextmanager
def _watching(line: Line) -> Iterator[None]:
    """Let ``df gate land --watch`` run."""
    watcher = subprocess.Popen(
        [sys.executable, "-m", "darkfactory", "gate", "land", "--watch"],
        cwd=line.state.repository,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        watcher.terminate()
        watcher.wait(timeout=30)


def _factory(
    folder: Path, number: int, *, seconds: float, beside: Mapping[int, str] | None = None
) -> tuple[Line, dict[str, str]]:
    """Return a factory with *number* changes waiting, and the head of each by its item.

    Args:
        beside: A file more that the change of that number adds; left and right do not go together.
    """
    repository = make_repository(
        folder,
        {"calc.py": "one\n", "lanes.yaml": _LANES.format(seconds=seconds), "backlog.yaml": "[]"},
    )
    line = open_line(repository.path)
    line.hub.sync_base()
    room = GateRoom(line.state, line.settings, line.hub, PretendHarness(line.hub), line.clock)
    heads = {}
    for at in range(number):
        files: dict[str, str | bytes | None] = {f"src/part_{at:03d}.py": f"value = {at}\n"}
        more = (beside or {}).get(at)
        change, _ = offer(room, f"item-{at:03d}", files | ({more: f"{at}\n"} if more else {}))
        heads[change.item] = change.head
    return line, heads


def _df(line: Line, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "darkfactory", *arguments],
        cwd=line.state.repository,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _git(folder: Path, *arguments: str) -> None:
    git = shutil.which("git") or "git"
    subprocess.run([git, *arguments], cwd=folder, check=True)
