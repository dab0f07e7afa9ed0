"""Work at a gate, killed before or after one of its durable steps; print how many were taken.

A process of its own, because it dies. Its arguments are ``FOLDER ACTION NUMBER WHEN``: *FOLDER* is
the repository of :func:`tests.fakes.gates.make_gate`, *ACTION* lands what is approved
(``land``), looks at a base that is red behind a green one (``look``) or lets the branch ``topic``
enter (``add``). Durable steps are the words of the record and the moves of refs.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from darkfactory.domain.settings import GateSettings
from darkfactory.domain.state import StateFolder
from darkfactory.factory.add_branches import add_branches
from darkfactory.factory.line import Line
from darkfactory.factory.record import Record
from darkfactory.gate.guard import Guard
from darkfactory.gate.land import land_all
from darkfactory.gate.room import GateRoom, gate_lock
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes import warm
from tests.fakes.gates import SETTINGS, PretendHarness

BRANCH = "topic"

T = TypeVar("T")


@dataclass(eq=False)
class Steps:
    """Counts durable steps; the process dies *when* (before, after) it takes that *number*."""

    number: int = 0
    when: str = "before"
    taken: int = 0

    def take(self, step: Callable[[], T]) -> T:
        self.taken += 1
        self._die("before")
        done = step()
        self._die("after")
        return done

    def _die(self, when: str) -> None:
        if (self.taken, when) == (self.number, self.when):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class DyingHub(Hub):
    """A hub whose moves of refs are steps."""

    steps: Steps = field(default_factory=Steps, compare=False)

    def update_refs(self, updates: Sequence[RefUpdate], *, message: str = "df") -> None:
        self.steps.take(lambda: super(DyingHub, self).update_refs(updates, message=message))


@dataclass
class DyingRoom(GateRoom):
    """A gate whose words are steps."""

    steps: Steps = field(default_factory=Steps)

    def record(self, type_: str, data: dict[str, Any], *, session: str | None = None) -> bool:
        return self.steps.take(lambda: super(DyingRoom, self).record(type_, data, session=session))


@dataclass
class GateLine(Line):
    """A factory whose gate is *room*."""

    room: GateRoom | None = None

    def gate(self, producer: str = "gate") -> GateRoom:
        assert self.room is not None
        return replace(self.room, producer=producer)


def land(room: GateRoom) -> None:
    with gate_lock(room.state):
        land_all(room)


def look(room: GateRoom) -> None:
    for revision in (f"{room.hub.base_ref}^", room.hub.base_ref):
        room.test(room.hub.commit(revision), None)
    Guard(room).look()


def add(room: GateRoom) -> None:
    line = GateLine(room.state, room.settings, Record(room.state), room=room)
    line.take_hub(room.hub)
    add_branches(line, [BRANCH], by="ada")


ACTIONS = {"land": land, "look": look, "add": add}


def die_at(folder: Path, action: str, number: int, when: str) -> "subprocess.CompletedProcess[str]":
    """Do *action* in a process that is to die there; what it prints tells that it lived."""
    return warm.run(
        (str(folder), action, str(number), when),
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        timeout=30,
        program=work,
    )


def count_steps(folder: Path, action: str) -> int:
    """Do *action* to its end and return how many steps that takes."""
    lived = die_at(folder, action, 0, "after")
    assert lived.returncode == 0, lived.stderr
    return int(lived.stdout)


def work(arguments: Sequence[str]) -> None:
    """Do what :func:`die_at` asks for, in the process that is to die."""
    folder, action, number, when = arguments
    steps = Steps(int(number), when)
    state = StateFolder(Path(folder) / ".darkfactory")
    hub = open_hub(state, "main")
    hub = DyingHub(**{each.name: getattr(hub, each.name) for each in fields(hub)}, steps=steps)
    settings = replace(SETTINGS, gate=GateSettings(runners=1))
    ACTIONS[action](DyingRoom(state, settings, hub, PretendHarness(hub), steps=steps))
    print(steps.taken)  # noqa: T201 - read by the test
