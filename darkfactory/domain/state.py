"""Where everything lies under ``.darkfactory/``: paths only, nothing is opened here."""

import re
from dataclasses import dataclass
from pathlib import Path

STATE_NAME = ".darkfactory"
# Letters that macOS does not see in a name, and what Windows cuts off its end.
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]|[. ]+$")


def is_state_path(path: str) -> bool:
    """Tell whether *path*, below a repository's root, lies in a state folder on any system.

    What a change holds there would land in the midst of the factory's own record.
    """
    return _UNSEEN.sub("", path.partition("/")[0]).lower() == STATE_NAME


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The ``.darkfactory`` folder of one repository (contract: docs/architecture.md, State)."""

    root: Path

    @property
    def repository(self) -> Path:
        """The repository root that holds this folder."""
        return self.root.parent

    @property
    def lock(self) -> Path:
        """What the one ``df run`` of the repository holds."""
        return self.root / "lock"

    @property
    def settings(self) -> Path:
        """What lanes.yaml said the last time; made anew at will."""
        return self.root / "settings.json"

    @property
    def engine(self) -> Path:
        """The engine's database; made anew from the record."""
        return self.root / "engine.db"

    @property
    def hub(self) -> Path:
        """The factory's own bare repository, whose refs are half of the record."""
        return self.root / "hub.git"

    @property
    def serve(self) -> Path:
        """Where the server of this factory listens; locked while it runs."""
        return self.root / "serve.json"

    @property
    def door(self) -> Path:
        """The folder of the server's Unix socket: what sees it needs no network to write."""
        return self.root / "door"

    @property
    def notify(self) -> Path:
        """How far each hook of lanes.yaml was told."""
        return self.root / "notify"

    @property
    def library(self) -> Path:
        """What the one command that changes the library of skills holds."""
        return self.root / "skills.lock"

    @property
    def lock_draft(self) -> Path:
        """The next ``skills.lock.json``, until it is whole."""
        return self.root / "skills.lock.json"

    @property
    def taking(self) -> Path:
        """A skill that is being put into the library; empty or missing but for that moment."""
        return self.root / "taking"

    @property
    def evals(self) -> Path:
        """The runs of evals, their results, and the laboratory of their sessions."""
        return self.root / "evals"

    @property
    def streams(self) -> Path:
        """The event streams, the other half of the record."""
        return self.root / "streams"

    @property
    def quarantine(self) -> Path:
        """What was nuked or swept and git cannot hold."""
        return self.root / "quarantine"

    @property
    def sessions(self) -> Path:
        """The folders of all sessions."""
        return self.root / "sessions"

    @property
    def scratch(self) -> Path:
        """The homes and temporary folders of harness runs, while they run."""
        return self.root / "tmp"

    def session(self, session: str) -> Path:
        """The folder of one session: host.json exit.json raw.jsonl prompt.md c.sock home/."""
        return self.root / "sessions" / session

    def pool(self, name: str) -> Path:
        """The folder of a workspace pool, ``agents`` or ``gate``."""
        return self.root / "workspaces" / name
