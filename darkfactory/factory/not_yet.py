"""What lanes.yaml may say and this release does not do, as the code that would do it answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.backlog.read import LiveForge, read_backlog
from darkfactory.domain.settings import Settings

_LOCAL = "local"
_FORGE = "changes are shown here only, not as pull requests yet"


@dataclass(frozen=True, slots=True)
class NotYet:
    """One value of a key that is understood and not done: what comes of it, and what to do."""

    key: str
    value: str
    what: str
    instead: str


def not_yet() -> Iterator[NotYet]:
    """Yield everything that this release does not do."""
    source = "github:OWNER/REPO"
    try:
        read_backlog(Path(), [source])
    except LiveForge as error:
        yield NotYet("backlog", source, error.problem, error.fix)
    yield NotYet("gate.forge", "github", _FORGE, "leave `forge: local`; push and open them by hand")


def said_in_vain(settings: Settings) -> Iterator[str]:
    """Yield what *settings* ask for and get no error for, though nothing comes of it."""
    if settings.gate.forge != _LOCAL:
        yield f"gate.forge: {settings.gate.forge}: {_FORGE}"
