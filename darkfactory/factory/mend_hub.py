"""Bring back the commits that the hub has lost: from its own ruins, your branches and workspaces.

A commit counts as restored only under the very id that the record names.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from darkfactory.domain.change import ChangeState
from darkfactory.events.stream import Stream
from darkfactory.factory.line import Line
from darkfactory.factory.lost import Wanted, missing_commits
from darkfactory.files import write_atomic
from darkfactory.gate.judging import landing_message, landing_parents, landing_time
from darkfactory.gate.record import Change
from darkfactory.gitio import GitFailed
from darkfactory.sessions.ending import commit_message, told_ending
from darkfactory.sessions.spec import load_spec
from darkfactory.workspaces.collect import collect
from darkfactory.workspaces.hub import Hub, UnknownRevision, existing_hub, open_hub
from darkfactory.workspaces.refs import RefUpdate
from darkfactory.workspaces.salvage import fetch_commits, salvage, set_aside, set_aside_before
from darkfactory.workspaces.soundness import HubDamaged


@dataclass(frozen=True, slots=True)
class Restored:
    """A change whose commits are back, and where they were found."""

    change: str
    where: str


def whole_hub(line: Line) -> tuple[Hub, Path | None]:
    """Return a hub that git can work in, and where the damaged one was put, if it was.

    All refs of the damaged one whose objects are whole are in it, and the user's base branch.

    Raises:
        NotReady: If the user's repository cannot be read.
        DiskFull: If there is no room; a second call goes on.
    """
    base, aside = _base(line), None
    trouble = _trouble(line, base)
    if trouble and line.state.hub.exists():
        aside = set_aside(line.state.hub, line.state.quarantine, f"the hub {trouble}")
    hub = open_hub(line.state, base, union=line.settings.gate.union)
    hub.look_anew()
    if line.settings.base is None:
        write_atomic(hub.path / "df-base", base + "\n")
    for damaged in set_aside_before(line.state.quarantine):
        salvage(hub, damaged)
    hub.sync_base()
    line.take_hub(hub)
    return hub, aside


def restore(line: Line, hub: Hub) -> list[Restored]:
    """Bring back each commit that the record names and *hub* lacks, as far as it can be found.

    Raises:
        GitFailed: If the hub cannot be used.
        DiskFull: If there is no room; a second call goes on.
    """
    found: list[Restored] = []
    progress = True
    while progress:  # a landing is made again of the change, the next change perhaps of it
        progress = False
        for wanted in missing_commits(line.record, hub):
            where = next(_found(line, hub, wanted), None)
            if where is not None:
                move = RefUpdate(wanted.ref, wanted.commit, hub.ref(wanted.ref))
                hub.update_refs([move], message="restored")
                found.append(Restored(wanted.change.id, where))
                progress = True
    _advance_base(line, hub)
    return found


def _trouble(line: Line, base: str) -> str:
    """Return what is wrong with the hub's folder or objects, "" if nothing is."""
    try:
        hub = existing_hub(line.state, base)
        return "lacks objects" if hub.verify(thorough=True) else ""
    except HubDamaged as error:
        return error.trouble


def _base(line: Line) -> str:
    """Return the base of the factory, of which the hub knew and which sessions still know."""
    if line.settings.base is None and not (line.state.hub / "df-base").is_file():
        for row in reversed(line.record.sessions.values()):
            spec = load_spec(str(line.state.session(row.id)))
            if spec is not None:
                return spec.branch
    return line.base()


def _found(line: Line, hub: Hub, wanted: Wanted) -> Iterator[str]:
    """Yield where the wanted commit was found, once it is in the hub."""
    ways: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("at hand already", lambda: hub.commits([wanted.commit]) == [wanted.commit]),
        ("in the damaged hub", lambda: _in_ruins(line, hub, wanted.commit)),
        ("in your repository", lambda: fetch_commits(hub, hub.repository, [wanted.commit])),
        ("made again from its change", lambda: _made_again(hub, wanted)),
        ("in its workspace", lambda: _in_workspace(line, hub, wanted)),
    )
    for where, look in ways:
        try:
            if look():
                yield where
        except (GitFailed, UnknownRevision):
            continue


def _in_ruins(line: Line, hub: Hub, commit: str) -> bool:
    ruins = set_aside_before(line.state.quarantine)
    return any(fetch_commits(hub, damaged, [commit]) for damaged in ruins)


def _made_again(hub: Hub, wanted: Wanted) -> bool:
    """Merge a landed change again onto the base that it landed on: the same facts, the same id."""
    change = wanted.change
    if change.state is not ChangeState.LANDED or wanted.commit == change.head:
        return False
    base = str(change.landing.get("base"))
    merged = hub.merge_onto(base, change.head, began=change.base)
    if not merged.clean:
        return False
    parents = landing_parents(hub, change, base)
    made = hub.commit_tree(merged.tree, parents, landing_message(change), when=landing_time(change))
    return made == wanted.commit


def _in_workspace(line: Line, hub: Hub, wanted: Wanted) -> bool:
    """Collect the work of a change's session once more, where it still lies as it was left."""
    session = wanted.change.session
    if session is None or wanted.commit != wanted.change.head:
        return False
    workspace = line.agents_pool.last_of(session)
    spec = load_spec(str(line.state.session(session)))
    if workspace is None or spec is None:
        return False
    ref, message = f"refs/df/found/{session}/{spec.epoch}", commit_message(spec)
    return any(
        collect(hub, workspace, ref=ref, message=message, when=when).head == wanted.commit
        for when in _dates(line, session)
    )


def _dates(line: Line, session: str) -> Iterator[int]:
    """Yield when the ends of *session* were decided: the dates of commits that were made then."""
    log = Stream(line.state.streams, f"s/{session}")
    endings = [told_ending(event.data) for _, event in log.read() if event.type == "session.ending"]
    yield from dict.fromkeys(int(ending.at) for ending in reversed(endings) if ending)


def _advance_base(line: Line, hub: Hub) -> None:
    """Move the landed base on to what has landed beyond the user's branch and is back."""
    for change in sorted(_landed(line), key=lambda one: one.since):
        commit, base = str(change.landing.get("commit")), hub.commit(hub.base_ref)
        if hub.commits([commit]) == [commit] and commit != base and hub.is_ancestor(base, commit):
            hub.update_refs([RefUpdate(hub.base_ref, commit, base)], message="restored")


def _landed(line: Line) -> list[Change]:
    return [change for change in line.record.changes if change.state is ChangeState.LANDED]
