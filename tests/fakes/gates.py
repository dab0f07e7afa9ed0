"""A gate over a real hub, with changes made of real commits and a harness that only pretends."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from darkfactory.clock import Clock, SystemClock
from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.item import Item, PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, HarnessSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.events.stream import Stream, Writer
from darkfactory.gate.land import land_all
from darkfactory.gate.landing import Landings
from darkfactory.gate.names import name_of
from darkfactory.gate.propose import Offer, propose
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom, gate_lock
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.repositories import Repository, make_repository

SETTINGS = Settings(
    harness=HarnessSettings("true"),
    lanes=(Lane("bugs", agents=("mock",), taste=("Is it small?",)),),
    agents={"mock": AgentSettings("mock", AgentKind.MOCK)},
)


class PretendHarness:
    """Says pass unless a red file lies in the tree; remembers the trees and commands asked for.

    A tree is red for every path in *red* that it holds; their names are what fails. Where one is
    called MUTE the output names nothing. Where a file is called COUNT it holds how many tests
    pass, as the output tells; empty, the output tells nothing. The command
    ``test -e NAME`` passes on a tree that holds NAME. Before it answers it calls *meanwhile*, once;
    not before it tells what it knows of the base.
    """

    def __init__(self, hub: Hub, red: Collection[str] = ("RED",)) -> None:
        self._hub = hub
        self.red = red
        self.asked: list[tuple[str, str]] = []
        self._known: dict[tuple[str, str], HarnessResult] = {}
        self.meanwhile: Callable[[], object] | None = None

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        return self.run(commit, (lane and lane.harness) or "true")

    def until(self, unwanted: Callable[[], bool], *, again: bool = False) -> "PretendHarness":
        del unwanted, again  # it answers at once, and always the same
        return self

    def known(self, commit: str, lane: Lane | None) -> HarnessResult | None:
        found = self._known.get((self._hub.tree(commit), (lane and lane.harness) or "true"))
        if found is not None and commit != self._hub.commit(self._hub.base_ref):
            self._break_in()
        return found

    def run(self, commit: str, command: str) -> HarnessResult:
        tree = self._hub.tree(commit)
        self.asked.append((tree, command))
        self._known[tree, command] = found = self._says(tree, command)
        return found

    def _break_in(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    def _says(self, tree: str, command: str) -> HarnessResult:
        self._break_in()
        names = self._hub.git("ls-tree", "-r", "--name-only", tree).text.splitlines()
        wanted = command.removeprefix("test -e ")
        if wanted != command:
            held = wanted in names
            return HarnessResult(
                tree, HarnessVerdict.PASS if held else HarnessVerdict.FAIL, exit_code=not held
            )
        failing = tuple(name for name in names if name in self.red)
        if failing:
            told = () if "MUTE" in failing else failing
            return HarnessResult(
                tree, HarnessVerdict.FAIL, failing=told, exit_code=1, complete=bool(told)
            )
        count = self._hub.git("show", f"{tree}:COUNT").text if "COUNT" in names else ""
        passed = int(count) if count.strip() else None
        return HarnessResult(tree, HarnessVerdict.PASS, passed=passed, exit_code=0)


class ManualClock(SystemClock):
    """A wall clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.at = now

    def now(self) -> float:
        return self.at


@lru_cache(maxsize=8)
def _template(files: tuple[tuple[str, str], ...]) -> Path:
    """Return a repository with its hub, made once a process: a copy of it costs a tenth."""
    path = Path(tempfile.mkdtemp(prefix="df-gate-")) / "repository"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    make_repository(path, {"calc.py": "one\n", **dict(files)})
    open_hub(StateFolder(path / ".darkfactory"), "main").sync_base()
    return path


def make_gate(
    folder: Path,
    files: Mapping[str, str] | None = None,
    *,
    settings: Settings = SETTINGS,
    red: Collection[str] = ("RED",),
    clock: Clock | None = None,
) -> tuple[GateRoom, Repository]:
    """Return the gate of a new repository in *folder*."""
    path = folder / "repository"
    shutil.copytree(_template(tuple((files or {}).items())), path, symlinks=True)
    repository = Repository(path)
    state = StateFolder(path / ".darkfactory")
    hub = open_hub(state, "main")
    room = GateRoom(state, settings, hub, PretendHarness(hub, red), clock=clock or SystemClock())
    return room, repository


def offer(
    room: GateRoom,
    item: str,
    files: Mapping[str, str | bytes | None],
    *,
    on: str | None = None,
    epoch: int = 1,
    done_when: str | None = None,
    summary: str = "Done.",
    session: str | None = None,
    enforced: str | None = None,
) -> tuple[Change, bool]:
    """Commit *files* as the work of a session and propose it for *item*; None deletes a file.

    Args:
        on: The commit to work on; the present base if not named.
        enforced: A rule that the session is known to be held to.
    """
    head = commit_on(room.hub, on or room.hub.commit(room.hub.base_ref), files, item)
    planned = PlannedItem(Item(item, f"Do {item}", done_when=done_when), "bugs", 1, ())
    worker = session or f"s-{name_of(item)}-1"
    rules = (enforced,) if enforced else ()
    return propose(room, Offer(planned, worker, head, summary, (), epoch, rules))


def hold_to(
    room: GateRoom, check: Mapping[str, Any], command: str = "ls", name: str = "s-a-1"
) -> None:
    """Let session *name* have begun with rule commit/NN-1 of that *check*, and run *command*."""
    log = Stream(room.state.streams, f"s/{name}")
    writer = Writer(log, producer="test", session=name)
    rule = {"skill": "commit", "id": "NN-1", "text": "Keep it", "why": None, "check": dict(check)}
    writer.write("skill.injected", {"name": "commit", "enforced": [rule]})
    writer.write("tool.started", {"call": "1", "kind": "shell", "command": command})
    writer.write("tool.finished", {"call": "1", "status": "ok"})
    log.close()


def harness(room: GateRoom) -> PretendHarness:
    """Return the harness of *room*, which notes what it was asked."""
    assert isinstance(room.test, PretendHarness)
    return room.test


def base_of(room: GateRoom) -> str:
    """Return the commit that the base is at."""
    return room.hub.commit(room.hub.base_ref)


def move_base(
    room: GateRoom,
    files: Mapping[str, str | bytes | None],
    message: str = "by hand",
    *,
    on: str | None = None,
) -> str:
    """Put a commit on the base that did not come through the gate; return it."""
    old = base_of(room)
    new = commit_on(room.hub, on or old, files, message)
    room.hub.update_refs([RefUpdate(room.hub.base_ref, new, old)])
    return new


def unlayable(hub: Hub, base: str, name: str = ".GIT") -> str:
    """Return a commit on *base* that git would check out nowhere: it has *name* as a folder."""
    blob = hub.git("hash-object", "-w", "--stdin", stdin=b"x").text
    inner = hub.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode()).text
    listed = hub.git("ls-tree", base).stdout
    entry = f"040000 tree {inner}\t{name}\n"
    if name == ".gitmodules":
        entry = f"120000 blob {blob}\t{name}\n"
    tree = hub.git("mktree", stdin=listed + entry.encode()).text
    return hub.commit_tree(tree, (base,), "nobody can have this\n", when=0)


def land(room: GateRoom) -> Landings:
    """Work the queue of *room* as its only gate."""
    with gate_lock(room.state):
        return land_all(room)


def verbs(room: GateRoom, change: str) -> list[str]:
    """Return what the record tells of *change*, in order."""
    told = [event for _, event in room.stream.read() if event.data.get("change") == change]
    return [event.type.removeprefix("change.") for event in told]


def commit_on(hub: Hub, base: str, files: Mapping[str, str | bytes | None], message: str) -> str:
    """Return a commit in the hub that has *files* on top of *base*; nothing else moves."""
    index = {"GIT_INDEX_FILE": str(hub.path / "test-index")}
    hub.git("read-tree", base, env=index)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        mode, blob = "0", "0" * 40
        if data is not None:
            mode, blob = "100644", hub.git("hash-object", "-w", "--stdin", stdin=data).text
        entry = f"{mode} {blob}\t{name}\0".encode("utf-8", "surrogateescape")
        hub.git("update-index", "-z", "--index-info", stdin=entry, env=index)
    tree = hub.git("write-tree", env=index).text
    return hub.commit_tree(tree, (base,), message, when=1_700_000_000)
