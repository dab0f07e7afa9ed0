"""One factory, opened: settings, hub, pools, record; what every use case needs."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from darkfactory.clock import Clock, SystemClock
from darkfactory.config.loading import load_settings
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.factory.record import Record
from darkfactory.gate.room import GateRoom
from darkfactory.gate.testing import HarnessTester
from darkfactory.processes.probe import probe
from darkfactory.workspaces.base import checked_out_branch
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.pool import Pool

LANES_FILE = "lanes.yaml"


@dataclass(slots=True)
class Line:
    """The factory of one repository. *caller* is the environment of whoever runs it."""

    state: StateFolder
    settings: Settings
    hub: Hub
    record: Record
    clock: Clock = field(default_factory=SystemClock)
    caller: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def agents_pool(self) -> Pool:
        """The workspaces that agents work in."""
        chosen = self.settings.workspace
        return Pool(self.state, "agents", self.hub, kind=chosen.kind, keep=chosen.keep)

    def gate(self, producer: str = "gate") -> GateRoom:
        """Return the gate of this factory."""
        tester = HarnessTester(self.state, self.settings, self.hub, probe())
        return GateRoom(
            self.state, self.settings, self.hub, tester, clock=self.clock, producer=producer
        )


def open_line(root: Path, *, settings: Settings | None = None) -> Line:
    """Open the factory of the repository at *root*, making its state folder on first use.

    Raises:
        LanesMissing: If there is no lanes.yaml.
        LanesInvalid: If it is wrong.
        NoRepository: If *root* is no git repository.
    """
    settings = settings or load_settings(root / LANES_FILE)
    state = StateFolder(root / ".darkfactory")
    state.root.mkdir(mode=0o700, exist_ok=True)
    hub = open_hub(state, settings.base or checked_out_branch(root) or "main")
    record = Record(state)
    record.refresh()
    return Line(state, settings, hub, record)
