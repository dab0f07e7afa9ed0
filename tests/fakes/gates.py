"""A gate over a real hub, with changes made of real commits and a harness that only pretends."""

from collections.abc import Mapping
from pathlib import Path

from darkfactory.domain.change import HarnessResult, HarnessVerdict
from darkfactory.domain.item import Item, PlannedItem
from darkfactory.domain.lane import Lane
from darkfactory.domain.settings import AgentKind, AgentSettings, HarnessSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.gate.propose import Offer, propose
from darkfactory.gate.record import Change
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub, open_hub
from tests.fakes.repositories import Repository, make_repository

SETTINGS = Settings(
    harness=HarnessSettings("true"),
    lanes=(Lane("bugs", agents=("mock",), taste=("Is it small?",)),),
    agents={"mock": AgentSettings("mock", AgentKind.MOCK)},
)


class PretendHarness:
    """Says pass unless a red file lies in the tree; counts what it was asked.

    A tree is red for every path in *red* that it holds; their names are what fails.
    """

    def __init__(self, hub: Hub, red: tuple[str, ...] = ("RED",)) -> None:
        self._hub = hub
        self._red = red
        self.asked: list[str] = []

    def __call__(self, commit: str, lane: Lane | None) -> HarnessResult:
        return self.run(commit, (lane and lane.harness) or "true")

    def run(self, commit: str, command: str) -> HarnessResult:  # noqa: ARG002 - it pretends
        tree = self._hub.tree(commit)
        self.asked.append(tree)
        names = self._hub.git("ls-tree", "-r", "--name-only", tree).text.splitlines()
        failing = tuple(name for name in names if name in self._red)
        if failing:
            return HarnessResult(tree, HarnessVerdict.FAIL, failing=failing, exit_code=1)
        return HarnessResult(tree, HarnessVerdict.PASS, exit_code=0)


def make_gate(folder: Path, files: Mapping[str, str] | None = None) -> tuple[GateRoom, Repository]:
    """Return the gate of a new repository in *folder*."""
    repository = make_repository(folder / "repository", {"calc.py": "one\n", **(files or {})})
    state = StateFolder(repository.path / ".darkfactory")
    hub = open_hub(state, "main")
    hub.sync_base()
    return GateRoom(state, SETTINGS, hub, PretendHarness(hub)), repository


def offer(room: GateRoom, item: str, files: Mapping[str, str]) -> tuple[Change, bool]:
    """Commit *files* on the base as the work of a session and propose it for *item*."""
    base = room.hub.commit(room.hub.base_ref)
    head = commit_on(room.hub, base, files, item)
    planned = PlannedItem(Item(item, f"Do {item}"), "bugs", 1, ())
    return propose(room, Offer(planned, f"s-{item}-1", head, "Done."))


def commit_on(hub: Hub, base: str, files: Mapping[str, str], message: str) -> str:
    """Return a commit in the hub that has *files* on top of *base*; nothing else moves."""
    index = {"GIT_INDEX_FILE": str(hub.path / "test-index")}
    hub.git("read-tree", base, env=index)
    for name, text in files.items():
        blob = hub.git("hash-object", "-w", "--stdin", stdin=text.encode()).text
        hub.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}", env=index)
    tree = hub.git("write-tree", env=index).text
    return hub.commit_tree(tree, (base,), message, when=1_700_000_000)
