"""The conflicts among the changes at the gate: all of them told anew, and those of one more."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.settings import HarnessSettings, Settings
from darkfactory.domain.state import StateFolder
from darkfactory.gate.conflicts import compare
from darkfactory.gate.room import GateRoom
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.refs import RefUpdate
from scripts.benchmarks.report import Row, median
from scripts.benchmarks.trees import make_repository
from tests.fakes.gates import PretendHarness, commit_on

_CHANGES = 50
_FILES = 2000
_LINES = 100
_SHARED = 12
_PLACES = 5

Edits = dict[str, str | bytes | None]


def measure(folder: Path, *, quick: bool) -> list[Row]:
    """Return how long it takes to compare fifty changes, one more, and all on another base."""
    rounds = 2 if quick else 5
    make_repository(folder / "repository", _tree)
    hub = open_hub(StateFolder(folder / "repository" / ".darkfactory"), "main")
    base = hub.sync_base().commit
    rows = []
    for name, everyone in (("", False), (", one file in all of them", True)):
        edits = [_edits(at, everyone=everyone) for at in range(_CHANGES + 1)]
        world = _World(hub, base, edits, folder / f"gates-{everyone}")
        rows += _rows(name, [world.turn(at) for at in range(rounds)])
    return rows


@dataclass(slots=True)
class _Turn:
    """Seconds of one round, by the clock: all anew, one more, on another base; and what it saw."""

    cold: float
    one: float
    moved: float
    pairs: int


class _World:
    """Changes of one repository, proposed anew in each round."""

    def __init__(self, hub: Hub, base: str, edits: list[Edits], folder: Path) -> None:
        self._hub, self._base, self._edits, self._folder = hub, base, edits, folder
        self._heads = [commit_on(hub, base, each, f"{at}") for at, each in enumerate(edits)]

    def turn(self, number: int) -> _Turn:
        state, hub = StateFolder(self._folder / f"{number}"), self._hub
        state.root.mkdir(parents=True)
        hub.update_refs([RefUpdate(hub.base_ref, self._base, hub.commit(hub.base_ref))])
        room = GateRoom(state, _SETTINGS, hub, PretendHarness(hub))
        for at in range(_CHANGES):
            self._propose(room, at)
        cold = _seconds(room)
        pairs = sum(len(room.changes.conflicts_of(change)) for change in room.changes) // 2
        self._propose(room, _CHANGES)
        one = _seconds(room)
        files: Edits = {_name(at): _text(at, at) for at in range(_SHARED)}
        landed = commit_on(hub, self._base, files, "land")
        hub.update_refs([RefUpdate(hub.base_ref, landed, self._base)])
        return _Turn(cold, one, _seconds(room), pairs)

    def _propose(self, room: GateRoom, at: int) -> None:
        head = self._heads[at]
        facts = {"change": f"c-{at}", "item": f"{at}", "head": head, "base": self._base}
        paths = sorted(self._edits[at])
        room.record("change.proposed", {**facts, "patch_id": head, "paths": paths})


def _rows(name: str, turns: list[_Turn]) -> list[Row]:
    all_pairs = _CHANGES * (_CHANGES - 1) // 2
    how = f"{_FILES} files, {turns[0].pairs} of {all_pairs} pairs conflict, median of {len(turns)}"
    return [
        Row(
            f"conflicts among {_CHANGES} changes{name}",
            _ms([turn.cold for turn in turns]),
            "<= 1000 ms",
            f"{how}, none known before",
        ),
        Row(
            f"conflicts of one more change{name}",
            _ms([turn.one for turn in turns]),
            "<= 100 ms",
            how,
        ),
        Row(
            f"conflicts of {_CHANGES + 1} changes on another base{name}",
            _ms([turn.moved for turn in turns]),
            "<= 1000 ms",
            f"{how}, the base moved under all of them",
        ),
    ]


_SETTINGS = Settings(HarnessSettings("true"), lanes=(), agents={})


def _ms(values: list[float]) -> str:
    return f"{median(values) * 1000:.0f} ms"


def _seconds(room: GateRoom) -> float:
    started = time.monotonic()
    compare(room)
    return time.monotonic() - started


def _tree() -> Mapping[str, str]:
    return {_name(at): _text(at) for at in range(_FILES)}


def _edits(at: int, *, everyone: bool) -> Edits:
    """Return what one change writes: files of its own, two of others, and one that all write."""
    own = range(_SHARED + at * 4, _SHARED + at * 4 + 4)
    shared = {at % _SHARED, at * 7 % _SHARED, *((0,) if everyone else ())}
    return {_name(one): _text(one, at) for one in (*own, *shared)}


def _name(at: int) -> str:
    return f"package_{at // 50:02d}/module_{at:04d}.py"


def _text(at: int, by: int | None = None) -> str:
    """Return a file, one line of it written *by* a change at one of few places."""
    lines = [f"value_{at}_{line} = {at * line}\n" for line in range(_LINES)]
    if by is not None:
        lines[by % _PLACES * (_LINES // _PLACES)] = f"written_by = {by}\n"
    return "".join(lines)
