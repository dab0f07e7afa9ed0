"""What the record names and the disk has no more: commits of the hub, the streams of sessions.

The two halves of the record cannot be made from each other, so a loss is told before anything new
is written over it.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from darkfactory.domain.change import ChangeState
from darkfactory.domain.counting import listed
from darkfactory.errors import NotReady
from darkfactory.factory.record import Record
from darkfactory.gate.record import Change

if TYPE_CHECKING:
    from darkfactory.workspaces.hub import Hub

_SHOWN = 5
_FORGOTTEN = frozenset({ChangeState.CLOSED, ChangeState.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A *ref* that the hub has to have, the *commit* it has to name, and the change it is of."""

    change: Change
    ref: str
    commit: str


class HubLost(NotReady):
    """The hub lacks commits that the record names, or is gone altogether."""

    code = "hub.lost"

    def __init__(self, trouble: str, lost: Sequence[str]) -> None:
        names = f"; the commits of {listed(lost, at_most=_SHOWN)} were in it" if lost else ""
        super().__init__(
            f"hub.git {trouble}{names}",
            fix="put it back from a copy, if there is one; if not, `df doctor --mend` brings back "
            "what workspaces and your branches hold, and says what is lost",
        )


class StreamsLost(NotReady):
    """Sessions have ended of which the streams tell nothing."""

    code = "streams.lost"

    def __init__(self, sessions: Sequence[str]) -> None:
        names = listed(sessions, at_most=_SHOWN)
        super().__init__(
            f"streams/ has lost what happened in {names}, and what was decided since",
            fix="put it back from a copy, if there is one; if not, `df doctor --mend` takes in "
            "what sessions/ and hub.git still tell",
        )


def check_streams(record: Record) -> None:
    """Make sure that the streams tell of every session that has ended here, and of changes.

    Raises:
        StreamsLost: If they do not.
    """
    if lost_sessions(record):
        record.refresh()  # one may have begun and ended since it was read
        lost = lost_sessions(record)
        if lost:
            raise StreamsLost(lost)
    if not record.position:
        forgotten = _changes_in(record.state.hub)
        if forgotten:
            raise StreamsLost(forgotten)


def lost_sessions(record: Record) -> list[str]:
    """Return the sessions that have ended by their folders and that *record* does not know.

    An end is on record before the folder tells of it, so one that is not has been lost.
    """
    state = record.state
    try:
        found = os.listdir(state.sessions)
    except FileNotFoundError:
        return []
    unknown = sorted(set(found).difference(record.sessions))
    return [name for name in unknown if (state.session(name) / "exit.json").exists()]


def _changes_in(hub: Path) -> list[str]:
    """Return the changes that *hub* holds, as its files tell without git."""
    loose = {path.name for path in (hub / "refs" / "df" / "prop").glob("*")}
    try:
        packed = (hub / "packed-refs").read_text(encoding="utf-8", errors="replace")
    except OSError:
        packed = ""
    return sorted(loose.union(re.findall(r"^\w+ refs/df/prop/([^/\n]+)/", packed, re.MULTILINE)))


def check_hub_is_there(record: Record) -> None:
    """Make sure that the hub of which *record* tells is there; it is not looked into.

    Raises:
        HubLost: If it is gone.
    """
    if not record.state.hub.is_dir():
        raise HubLost("is gone", _ids(_wanted(record)))


def check_hub(record: Record, open_it: "Callable[[], Hub]") -> "Hub":
    """Return the hub that *open_it* opens, if it has the commits that *record* names.

    Raises:
        HubLost: If it has not, or cannot be opened.
    """
    from darkfactory.gitio import GitFailed
    from darkfactory.workspaces.soundness import HubDamaged

    try:
        hub = open_it()
        lost = missing_commits(record, hub)
    except HubDamaged as error:
        raise HubLost(error.trouble, _ids(_wanted(record))) from error
    except GitFailed as error:
        trouble = "cannot be read by git"
        raise HubLost(trouble, _ids(_wanted(record))) from error
    if lost:
        raise HubLost("lacks commits", _ids(lost))
    return hub


def missing_commits(record: Record, hub: "Hub") -> list[Wanted]:
    """Return what *record* names and *hub* lacks, what is written off left out.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    wanted = list(_wanted(record))
    found = hub.commits([each.ref for each in wanted])
    return [each for each, at in zip(wanted, found, strict=True) if at != each.commit]


def _wanted(record: Record) -> Iterator[Wanted]:
    """Yield each ref that has to be there, and the commit that it has to name."""
    for change in record.changes:
        if change.state in _FORGOTTEN:
            continue
        ref = change.facts.get("ref") or f"refs/df/prop/{change.id}/{change.revision}"
        wanted = [Wanted(change, str(ref), change.head)]
        if change.state is ChangeState.LANDED:
            landed = str(change.landing.get("commit"))
            wanted.append(Wanted(change, f"refs/df/landed/{change.id}", landed))
        yield from (each for each in wanted if each.commit not in record.written_off)


def _ids(wanted: Iterable[Wanted]) -> list[str]:
    return list(dict.fromkeys(each.change.id for each in wanted))
