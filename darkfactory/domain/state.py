"""Where everything lies under ``.darkfactory/``: paths only, nothing is opened here."""

from dataclasses import dataclass
from pathlib import Path


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
        return self.root / "lock"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def engine(self) -> Path:
        return self.root / "engine.db"

    @property
    def hub(self) -> Path:
        return self.root / "hub.git"

    @property
    def streams(self) -> Path:
        return self.root / "streams"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def sessions(self) -> Path:
        return self.root / "sessions"

    def session(self, session: str) -> Path:
        """The folder of one session: host.json exit.json raw.jsonl prompt.md c.sock home/."""
        return self.root / "sessions" / session

    def pool(self, name: str) -> Path:
        """The folder of a workspace pool, ``agents`` or ``gate``."""
        return self.root / "workspaces" / name
