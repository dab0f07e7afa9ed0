"""One factory, opened: settings, record, and the hub once it is asked for.

Every command opens a line, so what only some of them need (git, pools, the gate) is loaded by the
property or method that gives it.
"""

import contextlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from darkfactory.clock import Clock, SystemClock
from darkfactory.config.cache import cached_settings
from darkfactory.domain.settings import Settings
from darkfactory.domain.state import StateFolder
from darkfactory.factory.lost import check_hub_is_there, check_streams
from darkfactory.factory.record import Record
from darkfactory.factory.state_folder import (
    check_readable,
    check_writable,
    make_state_folder,
    state_of,
)
from darkfactory.files import write_atomic

if TYPE_CHECKING:
    from darkfactory.gate.room import GateRoom
    from darkfactory.gate.testing import HarnessTester
    from darkfactory.sessions.stories import Stories
    from darkfactory.workspaces.hub import Hub
    from darkfactory.workspaces.pool import Pool

LANES_FILE = "lanes.yaml"


@dataclass(slots=True)
class Line:
    """The factory of one repository. *caller* is the environment of whoever runs it."""

    state: StateFolder
    settings: Settings
    record: Record
    clock: Clock = field(default_factory=SystemClock)
    caller: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    lock: threading.RLock = field(default_factory=threading.RLock)
    _stories: "Stories | None" = None
    _hub: "Hub | None" = None
    _tester: "HarnessTester | None" = None

    @property
    def stories(self) -> "Stories":
        """What the logs of sessions told so far."""
        from darkfactory.sessions.stories import Stories

        if self._stories is None:
            self._stories = Stories(self.state.streams)
        return self._stories

    def take_stories(self, stories: "Stories") -> None:
        """Go on from what *stories* know already."""
        self._stories = stories

    @property
    def hub(self) -> "Hub":
        """The hub of this factory, made on first use.

        Raises:
            NoRepository: If this is no git repository that can be read.
            HubLost: If it is damaged, or lacks commits that the record names.
        """
        if self._hub is None and self.is_new:
            self.begin()
        if self._hub is None:
            from darkfactory.factory.lost import check_hub
            from darkfactory.workspaces.hub import existing_hub

            union = self.settings.gate.union
            self._hub = check_hub(
                self.record, lambda: existing_hub(self.state, self.base(), union=union)
            )
        return self._hub

    def base(self) -> str:
        """Return the branch that changes land on.

        Where lanes.yaml does not say, that is the branch checked out when the factory began, for as
        long as it exists: what waits at the gate must not change its target because somebody looks
        at another branch.
        """
        from darkfactory.workspaces.base import BaseMissing, checked_out_branch, read_tip

        name = self.state.hub / "df-base"
        if self.settings.base:
            return self.settings.base
        with contextlib.suppress(OSError, ValueError, BaseMissing):
            base = name.read_text(encoding="utf-8").strip()
            read_tip(self.state.repository, base)
            return base
        return checked_out_branch(self.state.repository) or "main"

    def take_hub(self, hub: "Hub") -> None:
        """Work with *hub* from here on, whatever the record says of it."""
        self._hub = hub

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever done here: looks, and what is refused, leave it so."""
        return not self.record.position and not self.state.hub.exists()

    def begin(self) -> None:
        """Make the state folder and the hub; from the first moment on git ignores them.

        Raises:
            NoRepository: If this is no git repository that can be read.
            StateRefused: If the state folder cannot be made or written.
        """
        from darkfactory.workspaces.hub import open_hub

        make_state_folder(self.state)
        check_writable(self.state)
        lanes = self.state.repository / LANES_FILE
        if lanes.is_file():
            cached_settings(lanes, self.state.settings)  # there was no place to keep them before
        base = self.base()
        self._hub = open_hub(self.state, base, union=self.settings.gate.union)
        if self.settings.base is None:
            write_atomic(self.state.hub / "df-base", base + "\n")

    @property
    def agents_pool(self) -> "Pool":
        """The workspaces that agents work in."""
        from darkfactory.workspaces.pool import Pool

        chosen = self.settings.workspace
        return Pool(self.state, "agents", self.hub, kind=chosen.kind, keep=chosen.keep)

    @property
    def tester(self) -> "HarnessTester":
        """The one runner of this factory's harness, so that its cap holds for all its runs."""
        from darkfactory.gate.testing import HarnessTester
        from darkfactory.processes.open_files import raise_open_files
        from darkfactory.processes.probe import probe

        if self._tester is None:
            raise_open_files()  # whoever asks for the harness, it runs under the same limit
            self._tester = HarnessTester(self.state, self.settings, self.hub, probe())
        return self._tester

    def stop_harness(self) -> None:
        """Kill the harness runs of this process: a person wants it to end now."""
        if self._tester is not None:
            self._tester.stop()

    def gate(self, producer: str = "gate") -> "GateRoom":
        """Return the gate of this factory."""
        from darkfactory.gate.room import GateRoom

        return GateRoom(
            self.state, self.settings, self.hub, self.tester, clock=self.clock, producer=producer
        )


def open_line(root: Path, *, settings: Settings | None = None) -> Line:
    """Open the factory of the repository at *root*; nothing is written before it does something.

    Raises:
        LanesMissing: If there is no lanes.yaml.
        LanesInvalid: If it is wrong.
        OddStateFolder: If something else lies where the state folder belongs.
        StateRefused: If the state folder is not ours to use.
        StreamsLost: If sessions have ended of which the streams tell nothing.
        HubLost: If the record tells of a hub that is gone.
    """
    line = look_at_line(root, settings=settings)
    check_streams(line.record)
    if line.record.position:
        check_hub_is_there(line.record)
    return line


def look_at_line(root: Path, *, settings: Settings | None = None) -> Line:
    """Open the factory of the repository at *root* as it is, whatever its record has lost.

    Raises:
        LanesMissing: If there is no lanes.yaml.
        LanesInvalid: If it is wrong.
        OddStateFolder: If something else lies where the state folder belongs.
        StateRefused: If the state folder is not ours to use.
    """
    state = state_of(root)
    settings = settings or cached_settings(root / LANES_FILE, state.settings)
    if state.root.is_dir():
        check_readable(state)
    line = Line(state, settings, Record(state))
    line.record.refresh()
    return line
